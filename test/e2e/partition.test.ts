/* The network between controller and API server fails: connections are reset, or nothing comes through any more. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { StoredObject } from '../../src/kube/index.ts';
import { LEASES } from '../../src/kube/index.ts';
import type { ManagedProcess } from '../control-plane/index.ts';
import { startProcesses, startProduct } from '../control-plane/index.ts';
import { addClusters, pediaClusterIs, policyIs } from '../controller/expecting.ts';
import { followPediaClusters } from '../controller/followed.ts';
import type { RunningController } from '../controller/running.ts';
import { runInProcess } from '../controller/running.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import {
  MCP_CLUSTERS,
  NAMESPACES,
  POLICIES,
  SECRETS,
  base64,
  controllerConfig,
  eventually,
  merge,
  policy,
  scopedPolicy,
} from '../controller/world.ts';
import { FaultyProxy } from '../kube/server/proxy.ts';
import { unless } from '../skips.ts';

/** FAULT_TESTS=all breaks the network many times, and waits for silence to be noticed by itself. */
const THOROUGH = process.env['FAULT_TESTS'] === 'all';
const ROUNDS = THOROUGH ? 40 : 4;

const election = { leaseDurationSeconds: 4, renewDeadlineSeconds: 3, retryPeriodSeconds: 0.5 };
const world = useMcpWorld();
beforeAll(async () => {
  const { namespace } = controllerConfig(world.controlPlane).controller.leaderElection;
  await world.client.create(NAMESPACES, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
});

let ways = 0;

/** A way to the API server that can be broken, and a kubeconfig that leads through it. */
async function brokenWay(): Promise<{ readonly proxy: FaultyProxy; readonly kubeconfigPath: string }> {
  const { controlPlane } = world;
  const proxy = new FaultyProxy(controlPlane.url);
  await proxy.listen();
  onTestFinished(() => proxy.close());
  const kubeconfigPath = join(controlPlane.processes.dir, `way-${String(ways++)}`);
  await writeFile(kubeconfigPath, controlPlane.kubeconfig.replace(controlPlane.url, proxy.url));
  return { proxy, kubeconfigPath };
}

async function runBehind(): Promise<{ readonly proxy: FaultyProxy; readonly controller: RunningController }> {
  const { proxy, kubeconfigPath } = await brokenWay();
  const config = controllerConfig({ ...world.controlPlane, kubeconfigPath });
  return { proxy, controller: runInProcess(config) };
}

async function imported(label: string): Promise<void> {
  await world.client.create(POLICIES, policy(label, scopedPolicy(world, label)));
  await addClusters(world.client, label, `${label}1`, `${label}2`, `${label}3`);
  await policyIs(world.client, label, { Ready: 'True/Settled' }, { pediaClusters: 3 });
}

/** Changes everything that the controller watches. */
async function changeAll(label: string): Promise<void> {
  const { client } = world;
  await merge(client, SECRETS, `${label}1`, { data: { token: base64('renewed') } }, 'default');
  await client.delete(MCP_CLUSTERS, `${label}2`, undefined);
  await addClusters(client, label, `${label}4`);
  const template = world.mcp.template.replace('.apiEndpoint }}"', '.apiEndpoint }}/edited"');
  await merge(client, POLICIES, label, { spec: { template } });
}

/** Waits until all of {@link changeAll} is followed. */
async function isFollowed(label: string): Promise<void> {
  const { client } = world;
  const apiserver = (name: string): string => `https://${name}.example:6443/edited`;
  await pediaClusterIs(client, `${label}-${label}1`, {
    apiserver: apiserver(`${label}1`),
    tokenData: base64('renewed'),
  });
  for (const name of [`${label}3`, `${label}4`])
    await pediaClusterIs(client, `${label}-${name}`, {
      apiserver: apiserver(name),
      tokenData: base64(`token of ${name}`),
    });
  await policyIs(client, label, { Ready: 'True/Settled' }, { lifecycles: 3, pediaClusters: 3, failed: 0 });
}

describe('a controller that is cut off from the API server', () => {
  it.each([
    ['by resets', 'cut'],
    ['by silence', 'silence'],
  ] as const)(
    '%s follows what happened meanwhile once it is back, and deletes nothing else',
    async (_, how) => {
      const { proxy, controller } = await runBehind();
      await imported(how);
      const followed = await followPediaClusters(world.client, how);
      proxy[how]();
      await changeAll(how);
      if (how === 'cut') {
        await eventually('the outage to be noticed', () =>
          expect(controller.log()).toContain('a watch was interrupted'),
        );
      }
      proxy.heal();
      await isFollowed(how);
      expect(await followed.end(2)).toEqual([`added ${how}4`, `deleted ${how}2`]);
    },
  );

  it('in the middle of its work, again and again, leaves nothing half done', async () => {
    const { proxy } = await runBehind();
    const followed = await followPediaClusters(world.client, 'flap');
    await world.client.create(POLICIES, policy('flap', scopedPolicy(world, 'flap')));
    for (let round = 0; round < ROUNDS; round++) {
      const before = proxy.packets;
      await addClusters(world.client, 'flap', `flap${String(round)}`);
      // Some packets later, so that each round breaks another part of the work.
      await eventually('the controller to be at work', () =>
        expect(proxy.packets).toBeGreaterThan(before + (round % 7)),
      );
      if (round % 2 === 0) proxy.cut();
      else proxy.silence();
      await merge(
        world.client,
        SECRETS,
        `flap${String(round)}`,
        { data: { token: base64(`renewed ${String(round)}`) } },
        'default',
      );
      proxy.heal();
    }
    for (let round = 0; round < ROUNDS; round++)
      await pediaClusterIs(world.client, `flap-flap${String(round)}`, {
        tokenData: base64(`renewed ${String(round)}`),
      });
    await policyIs(world.client, 'flap', { Ready: 'True/Settled' }, { lifecycles: ROUNDS, failed: 0 });
    expect(await followed.end(ROUNDS)).toEqual(
      Array.from({ length: ROUNDS }, (_, round) => `added flap${String(round)}`).toSorted(),
    );
  });

  it(
    'by connections that stay open and silent for good finds out by itself',
    { timeout: 180_000, ...unless(THOROUGH ? undefined : 'it takes half a minute: set FAULT_TESTS=all') },
    async () => {
      const { proxy, controller } = await runBehind();
      await imported('mute');
      proxy.muteAll();
      await changeAll('mute');
      await isFollowed('mute');
      expect(controller.log()).toContain('no ping was answered');
    },
  );
});

type Lease = StoredObject & {
  readonly spec: { readonly holderIdentity: string; readonly leaseTransitions: number };
};

describe('a leader that is cut off', () => {
  /** A controller process with a way of its own. */
  async function startReplica(
    name: string,
    identity: string,
  ): Promise<{ readonly proxy: FaultyProxy; readonly process: ManagedProcess }> {
    const { proxy, kubeconfigPath } = await brokenWay();
    const leaderElection = { ...election, name, identity };
    const config = controllerConfig({ ...world.controlPlane, kubeconfigPath }, { leaderElection });
    return { proxy, process: await startProduct(await startProcesses(), 'controller', config) };
  }

  const holderOf = async (name: string): Promise<string> => {
    const { namespace } = controllerConfig(world.controlPlane).controller.leaderElection;
    return (await world.client.get<Lease>(LEASES, name, namespace)).spec.holderIdentity;
  };

  it.each([
    ['by resets', 'cut'],
    ['by silence', 'silence'],
  ] as const)('%s ends, and another replica takes over and goes on', async (_, how) => {
    const label = `lead${how}`;
    const first = await startReplica(label, 'first');
    await eventually('the first to lead', async () => expect(await holderOf(label)).toBe('first'));
    const second = await startReplica(label, 'second');
    await imported(label);
    await eventually('the second to stand by', () =>
      expect(second.process.output()).toContain('standing by'),
    );
    const followed = await followPediaClusters(world.client, label);
    first.proxy[how]();
    await changeAll(label);
    const { code } = await first.process.exited;
    expect(code).not.toBe(0);
    expect(first.process.output()).toContain('leadership was lost');
    await isFollowed(label);
    expect(await holderOf(label)).toBe('second');
    // What kubelet starts again stands by.
    first.proxy.heal();
    const again = await startReplica(label, 'again');
    await eventually('it to stand by', () => expect(again.process.output()).toContain('standing by'));
    expect(await followed.end(2)).toEqual([`added ${label}4`, `deleted ${label}2`]);
    expect(await second.process.stop()).toEqual({ code: 0, signal: null });
    await again.process.stop();
  });
});
