/* An API server that is slow, or refuses because it has too much to do. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { addClusters, pediaClusterIs, policyIs } from '../controller/expecting.ts';
import { followPediaClusters } from '../controller/followed.ts';
import { startMortal } from '../controller/mortal.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import {
  MCP_CLUSTERS,
  POLICIES,
  SECRETS,
  base64,
  eventually,
  merge,
  policy,
  scopedPolicy,
} from '../controller/world.ts';

const world = useMcpWorld();

async function imported(label: string): Promise<void> {
  await world.client.create(POLICIES, policy(label, scopedPolicy(world, label)));
  await addClusters(world.client, label, `${label}1`, `${label}2`, `${label}3`);
  await policyIs(world.client, label, { Ready: 'True/Settled' }, { pediaClusters: 3 });
}

/** Changes three things; each is worked on. */
async function changeAll(label: string): Promise<void> {
  await merge(world.client, SECRETS, `${label}1`, { data: { token: base64('renewed') } }, 'default');
  await world.client.delete(MCP_CLUSTERS, `${label}2`, undefined);
  await addClusters(world.client, label, `${label}4`);
}

async function isFollowed(label: string): Promise<void> {
  await pediaClusterIs(world.client, `${label}-${label}1`, { tokenData: base64('renewed') });
  await pediaClusterIs(world.client, `${label}-${label}4`, { tokenData: base64(`token of ${label}4`) });
  await policyIs(world.client, label, { Ready: 'True/Settled' }, { lifecycles: 3, failed: 0 });
}

describe('an API server that answers 429 to everything', () => {
  it.each([
    ['with Retry-After', 'asks', { retryAfterSeconds: 1 }],
    ['without Retry-After', 'refuses', {}],
  ])('%s is asked less and less often, and all is done once it answers', async (_, label, refusal) => {
    const controller = await startMortal(world.controlPlane);
    const { gateway } = controller;
    try {
      await imported(label);
      const followed = await followPediaClusters(world.client, label);
      gateway.overload = () => refusal;
      const before = gateway.requests.length;
      await changeAll(label);
      // The watches go on, so that there is work, and each piece of it is refused from its first try to the fifth.
      await eventually('five tries of one request', () => {
        const tries = Map.groupBy(gateway.requests.slice(before), (request) => request);
        expect(Math.max(...[...tries.values()].map(({ length }) => length))).toBeGreaterThanOrEqual(5);
      });
      // A request is tried five times at most before its key is put off, for longer each time.
      expect(gateway.requests.length - before).toBeLessThan(100);
      gateway.overload = () => undefined;
      await isFollowed(label);
      expect(await followed.end(2)).toEqual([`added ${label}4`, `deleted ${label}2`]);
    } finally {
      await controller.end();
    }
  });

  it('at the start of the controller is waited for', async () => {
    const controller = await startMortal(world.controlPlane);
    const { gateway } = controller;
    try {
      gateway.overload = () => ({});
      await world.client.create(POLICIES, policy('late', scopedPolicy(world, 'late')));
      await addClusters(world.client, 'late', 'late1');
      await eventually('lists to be refused', () => expect(gateway.requests.length).toBeGreaterThan(5));
      expect(gateway.requests.length).toBeLessThan(100);
      gateway.overload = () => undefined;
      await pediaClusterIs(world.client, 'late-late1', { tokenData: base64('token of late1') });
    } finally {
      await controller.end();
    }
  });
});

describe('an API server that answers slowly', () => {
  it('has everything done, and no write twice', async () => {
    const controller = await startMortal(world.controlPlane);
    const { gateway } = controller;
    try {
      gateway.hold = () => delay(300);
      const followed = await followPediaClusters(world.client, 'slow');
      await imported('slow');
      await changeAll('slow');
      await isFollowed('slow');
      expect(await followed.end(5)).toEqual([
        'added slow1',
        'added slow2',
        'added slow3',
        'added slow4',
        'deleted slow2',
      ]);
      const made = gateway.writes.filter(
        (write) => write.startsWith('POST') && write.endsWith('/pediaclusters'),
      );
      expect(made).toHaveLength(4);
    } finally {
      await controller.end();
    }
  });
});
