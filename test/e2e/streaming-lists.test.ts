/* With and without streaming lists (KEP-3157), and with an API server that loses them while the controller runs. */
import { expect, inject, it } from 'vitest';
import semver from 'semver';
import { compact } from '../control-plane/etcd.ts';
import { addClusters, pediaClusterIs, policyIs } from '../controller/expecting.ts';
import { followPediaClusters } from '../controller/followed.ts';
import type { Mortal } from '../controller/mortal.ts';
import { startMortal } from '../controller/mortal.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import { MCP_CLUSTERS, POLICIES, SECRETS, base64, merge, policy, scopedPolicy } from '../controller/world.ts';
import { unless } from '../skips.ts';

const WITH = '--feature-gates=WatchList=true';
const WITHOUT = '--feature-gates=WatchList=false';

let controller: Mortal;

const hasStreamingLists = unless(
  semver.gte(inject('kubernetes'), '1.32.0')
    ? undefined
    : `Kubernetes ${inject('kubernetes')} has no streaming lists`,
);

const world = useMcpWorld();

async function restart(flag: string): Promise<void> {
  await world.controlPlane.stopApiServer();
  await world.controlPlane.startApiServer([flag]);
}

/** Imports three clusters, changes one, removes one and adds one, and tells what became of the PediaClusters. */
async function live(label: string, meanwhile: () => Promise<void>): Promise<readonly string[]> {
  const { client } = world;
  await client.create(POLICIES, policy(label, scopedPolicy(world, label)));
  await addClusters(client, label, `${label}1`, `${label}2`, `${label}3`);
  await policyIs(client, label, { Ready: 'True/Settled' }, { pediaClusters: 3 });
  const followed = await followPediaClusters(client, label);
  controller.gateway.interrupt();
  await merge(client, SECRETS, `${label}1`, { data: { token: base64('renewed') } }, 'default');
  await client.delete(MCP_CLUSTERS, `${label}2`, undefined);
  await addClusters(client, label, `${label}4`);
  await meanwhile();
  // Whoever comes back has to list.
  await compact(world.controlPlane);
  controller.gateway.restore();
  await pediaClusterIs(client, `${label}-${label}1`, { tokenData: base64('renewed') });
  await policyIs(client, label, { Ready: 'True/Settled' }, { lifecycles: 3, pediaClusters: 3, failed: 0 });
  return (await followed.end(2)).map((line) => line.replace(label, ''));
}

it.each([
  ['with', 'on', WITH, WITH],
  ['without', 'off', WITHOUT, WITHOUT],
  ['that an API server refuses after it had', 'lost', WITH, WITHOUT],
  ['that an API server has after it had not', 'found', WITHOUT, WITH],
])('%s streaming lists the same comes of the same', hasStreamingLists, async (_, label, before, after) => {
  await restart(before);
  controller = await startMortal(world.controlPlane);
  try {
    expect(await live(label, () => restart(after))).toEqual(['added 4', 'deleted 2']);
  } finally {
    await controller.end();
  }
});
