/** What Clusterpedia says of a PediaCluster, by its status, reaches lifecycle, policy and metrics. */
import { expect, it } from 'vitest';
import { addClusters, lifecycleIs, policyIs, removePolicy } from '../controller/expecting.ts';
import { startMortal } from '../controller/mortal.ts';
import { runInProcess } from '../controller/running.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import {
  LIFECYCLES,
  MCP_CLUSTERS,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  base64,
  controllerConfig,
  eventually,
  merge,
  policy,
  scopedPolicy,
} from '../controller/world.ts';

const world = useMcpWorld();

/** Writes what Clusterpedia would: its condition, and the time of its last look. */
async function says(name: string, status: 'True' | 'False', looked: string): Promise<void> {
  const condition = { type: 'Ready', status, reason: 'Theirs', message: looked, lastTransitionTime: looked };
  await world.client.patchStatus(
    PEDIA_CLUSTERS,
    name,
    undefined,
    { status: { version: 'v1.31', conditions: [condition] } },
    { type: 'merge' },
  );
}

it('is followed, counted, and told again after a restart', async () => {
  const { client, controlPlane } = world;
  const first = runInProcess(controllerConfig(controlPlane));
  await client.create(POLICIES, policy('reach', scopedPolicy(world, 'reach')));
  await addClusters(client, 'reach', 'r1', 'r2');
  await policyIs(client, 'reach', { Ready: 'True/Settled' }, { pediaClusters: 2, reachable: 0 });
  await lifecycleIs(client, 'reach-r1', { Reachable: 'Unknown/NotReported' });
  await says('reach-r1', 'True', '2026-01-01T00:00:00Z');
  await says('reach-r2', 'False', '2026-01-01T00:00:00Z');
  await lifecycleIs(client, 'reach-r1', { Reachable: 'True/Reachable', Ready: 'True/UpToDate' });
  await lifecycleIs(client, 'reach-r2', { Reachable: 'False/Unreachable', Ready: 'True/UpToDate' });
  await policyIs(client, 'reach', { Ready: 'True/Settled' }, { pediaClusters: 2, reachable: 1 });
  await eventually('the metric', async () => {
    expect(await first.sum('clusterpedia_import_clusters')).toBe(2);
  });
  await first.stop();
  await says('reach-r2', 'True', '2026-01-02T00:00:00Z');
  runInProcess(controllerConfig(controlPlane));
  await policyIs(client, 'reach', { Ready: 'True/Settled' }, { pediaClusters: 2, reachable: 2 });
  await removePolicy(client, 'reach');
});

it('costs no write where nothing has changed, and an import takes three', async () => {
  const { client, controlPlane } = world;
  const controller = await startMortal(controlPlane);
  try {
    await client.create(POLICIES, policy('beat', scopedPolicy(world, 'beat')));
    await policyIs(client, 'beat', { Ready: 'True/Settled' });
    const own = (): readonly string[] =>
      controller.gateway.writes.filter((write) => !write.includes('/clusterimportpolicies/'));
    const before = own().length;
    // It enters the policy's scope with its status: without it, the import waits for its creationCondition and says so.
    await addClusters(client, 'not-yet', 'b1');
    await merge(client, MCP_CLUSTERS, 'b1', { metadata: { labels: { test: 'beat' } } });
    await lifecycleIs(client, 'beat-b1', { Ready: 'True/UpToDate' });
    await policyIs(client, 'beat', { Ready: 'True/Settled' }, { pediaClusters: 1 });
    expect(own().slice(before)).toHaveLength(3);
    await says('beat-b1', 'True', '2026-01-01T00:00:00Z');
    await lifecycleIs(client, 'beat-b1', { Reachable: 'True/Reachable' });
    const { resourceVersion } = (await client.get(LIFECYCLES, 'beat-b1')).metadata;
    for (let day = 2; day < 10; day++) await says('beat-b1', 'True', `2026-01-0${String(day)}T00:00:00Z`);
    // A sign of life: by then the heartbeats were seen.
    await merge(client, SECRETS, 'b1', { data: { token: base64('renewed') } }, 'default');
    await eventually('the token to be followed', async () => {
      const { tokenData } = (await client.get(PEDIA_CLUSTERS, 'beat-b1'))['spec'] as { tokenData: string };
      expect(tokenData).toBe(base64('renewed'));
    });
    expect((await client.get(LIFECYCLES, 'beat-b1')).metadata.resourceVersion).toBe(resourceVersion);
    await removePolicy(client, 'beat');
  } finally {
    await controller.end();
  }
});
