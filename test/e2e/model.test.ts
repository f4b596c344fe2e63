import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../controller/history.ts';
import { collectGarbage, compare, history, mend, take } from '../controller/history.ts';
import type { Mortal } from '../controller/mortal.ts';
import { startMortal } from '../controller/mortal.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import {
  MCP_CLUSTERS,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  eventually,
  isGone,
  names,
} from '../controller/world.ts';

/** Histories to try; MODEL_TEST_RUNS=100 tries many, with PROPERTY_SEED=random others each time. */
const RUNS = Number(process.env['MODEL_TEST_RUNS'] ?? 6);

const world = useMcpWorld();

/**
 * The breaker has tests of its own; here every deletion is meant. One window passes before anything is deleted after an
 * API server has started, for it serves custom resources late.
 */
const breakerLimits = { count: 1000, settleSeconds: 0, windowSeconds: 1 };

const start = (): Promise<Mortal> => startMortal(world.controlPlane, { breaker: breakerLimits });

/** Cuts its way to the API server, as a kill -9 would. */
async function kill(controller: Mortal): Promise<void> {
  controller.gateway.cut();
  await controller.end();
}

async function agrees(after: Step | 'the end'): Promise<void> {
  await eventually(`the cluster to be as render says after ${JSON.stringify(after)}`, async () => {
    await collectGarbage(world.client);
    const { expected, actual } = await compare(world.client);
    expect(actual).toEqual(expected);
  });
}

/** Ends what keeps the controller from its work, and waits until it is through with it. */
async function settle(controller: Mortal, after: Step | 'the end'): Promise<void> {
  controller.gateway.restore();
  await mend(world.client, world.mcp);
  await agrees(after);
}

/** Plays a history, then removes everything. */
async function play(steps: readonly Step[]): Promise<void> {
  const { client } = world;
  let controller = await start();
  try {
    for (const step of steps) {
      if (step.kind === 'settle') await settle(controller, step);
      if (step.kind === 'lose connection') controller.gateway.interrupt();
      if (step.kind === 'find connection') controller.gateway.restore();
      if (step.kind === 'kill controller') {
        await kill(controller);
        controller = await start();
      }
      await take(client, world.mcp, step);
    }
    await settle(controller, 'the end');
    for (const name of await names(client, POLICIES)) {
      await client.delete(POLICIES, name, undefined);
      await isGone(client, POLICIES, name);
    }
    await collectGarbage(client);
    expect(await names(client, PEDIA_CLUSTERS)).toEqual([]);
  } catch (error) {
    process.stderr.write(controller.log());
    throw error;
  } finally {
    await kill(controller);
  }
  for (const name of await names(client, MCP_CLUSTERS)) await client.delete(MCP_CLUSTERS, name, undefined);
  for (const { metadata } of (await client.list(SECRETS, { namespace: 'default' })).items) {
    await client.delete(SECRETS, metadata.name, 'default');
  }
}

describe('whatever happens, in whatever order', () => {
  it(
    'the controller comes to what render says should be',
    { timeout: 300_000 * Math.max(1, RUNS / 10) },
    async () => {
      await fc.assert(
        fc.asyncProperty(history, async (steps) => {
          await play(steps);
        }),
        {
          numRuns: RUNS,
          // Each history takes seconds and the cluster is not clean after a failure: the first one found is shown.
          endOnFailure: true,
        },
      );
    },
  );

  it('an outage of the API server included', async () => {
    const controller = await start();
    try {
      for (const step of [
        { kind: 'add policy', policy: 'first' },
        { kind: 'add source', cluster: 'a' },
        { kind: 'add source', cluster: 'b' },
        { kind: 'settle' },
      ] as const) {
        await take(world.client, world.mcp, step);
      }
      await agrees('the end');
      const before = (await world.client.get(PEDIA_CLUSTERS, 'first-a')).metadata.uid;
      await world.controlPlane.restartApiServer();
      await take(world.client, world.mcp, { kind: 'rotate secret', cluster: 'a', token: 1 });
      await take(world.client, world.mcp, { kind: 'remove source', cluster: 'b' });
      await take(world.client, world.mcp, { kind: 'add source', cluster: 'c' });
      await agrees('the end');
      expect((await world.client.get(PEDIA_CLUSTERS, 'first-a')).metadata.uid).toBe(before);
    } finally {
      await kill(controller);
    }
  });
});
