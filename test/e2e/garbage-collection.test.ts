import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inCluster } from '../control-plane/cluster.ts';
import type { Mortal } from '../controller/mortal.ts';
import { startMortal } from '../controller/mortal.ts';
import type { McpWorld } from '../controller/world.ts';
import {
  LIFECYCLES,
  MCP_CLUSTERS,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  create,
  eventually,
  find,
  isGone,
  mcpCluster,
  mcpSecret,
  names,
  policy,
  scopedPolicy,
  startMcpWorld,
} from '../controller/world.ts';

/* The controller beside Kubernetes' own garbage collector, which deletes what has an owner that is gone. */

let world: McpWorld;
let controller: Mortal;

describe('beside the garbage collector', inCluster, () => {
  beforeAll(async () => {
    world = await startMcpWorld({ controllers: ['garbagecollector'] });
    controller = await startMortal(world.controlPlane);
  });

  afterAll(async () => {
    await controller?.end();
    await world?.stop();
  });

  async function addCluster(label: string, name: string): Promise<void> {
    await world.client.create(SECRETS, mcpSecret(name));
    await create(world.client, MCP_CLUSTERS, mcpCluster(name, { labels: { test: label } }));
  }

  async function imported(...expected: readonly string[]): Promise<void> {
    await eventually('the clusters to be imported', async () => {
      expect(await names(world.client, PEDIA_CLUSTERS)).toEqual(expected);
    });
  }

  it('a lifecycle and a PediaCluster that come from a backup, with owners that are gone, are made anew', async () => {
    const { client } = world;
    await client.create(POLICIES, policy('backup', scopedPolicy(world, 'backup')));
    await addCluster('backup', 'g1');
    await imported('backup-g1');
    const [lifecycle, pediaCluster] = [
      await client.get(LIFECYCLES, 'backup-g1'),
      await client.get(PEDIA_CLUSTERS, 'backup-g1'),
    ];
    await client.delete(POLICIES, 'backup', undefined);
    await isGone(client, POLICIES, 'backup');

    // Owners are known by their UIDs, which the restored policy does not have.
    for (const [type, { metadata, status: _, ...object }] of [
      [LIFECYCLES, lifecycle],
      [PEDIA_CLUSTERS, pediaCluster],
    ] as const) {
      const { name, labels = {}, annotations = {}, ownerReferences = [] } = metadata;
      await client.create(type, { ...object, metadata: { name, labels, annotations, ownerReferences } });
    }
    await client.create(POLICIES, policy('backup', scopedPolicy(world, 'backup')));

    await eventually('both to be made anew', async () => {
      const uids = await Promise.all(
        [POLICIES, LIFECYCLES].map(async (type) => {
          const object = await find(client, type, type === POLICIES ? 'backup' : 'backup-g1');
          return object?.metadata.uid;
        }),
      );
      const owned = await find(client, LIFECYCLES, 'backup-g1');
      expect(owned?.metadata['ownerReferences']).toMatchObject([
        { kind: 'ClusterImportPolicy', uid: uids[0] },
      ]);
      const made = await find(client, PEDIA_CLUSTERS, 'backup-g1');
      expect(made?.metadata['ownerReferences']).toMatchObject([
        { kind: 'PediaClusterLifecycle', uid: uids[1] },
      ]);
    });
  });

  it.each(['Background', 'Foreground'] as const)(
    'a policy that is deleted with the propagation policy %s goes, with all that it made',
    async (propagationPolicy) => {
      const { client } = world;
      const name = propagationPolicy.toLowerCase();
      await client.create(POLICIES, policy(name, scopedPolicy(world, name)));
      for (const cluster of ['a', 'b', 'c']) await addCluster(name, `${name}-${cluster}`);
      await eventually('the clusters to be imported', async () => {
        const made = await names(client, PEDIA_CLUSTERS);
        expect(made.filter((made) => made.startsWith(name))).toHaveLength(3);
      });
      await client.delete(POLICIES, name, undefined, { propagationPolicy });
      await isGone(client, POLICIES, name);
      for (const type of [LIFECYCLES, PEDIA_CLUSTERS])
        expect((await names(client, type)).filter((made) => made.startsWith(name))).toEqual([]);
    },
  );
});
