/** What tests of the controller wait for. */
import { expect } from 'vitest';
import type { KubeClient, StoredObject } from '../../src/kube/index.ts';
import type { RunningController } from './running.ts';
import {
  EVENTS,
  LIFECYCLES,
  MCP_CLUSTERS,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  conditionsOf,
  create,
  eventually,
  find,
  isGone,
  mcpCluster,
  mcpSecret,
} from './world.ts';

/** Creates clusters that a policy selects by a label, each with its Secret. */
export async function addClusters(client: KubeClient, label: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    await client.create(SECRETS, mcpSecret(name));
    await create(client, MCP_CLUSTERS, mcpCluster(name, { labels: { test: label } }));
  }
}

/** Waits for a PediaCluster, with such fields. */
export async function pediaClusterIs(
  client: KubeClient,
  name: string,
  spec: { readonly [field: string]: unknown } = {},
): Promise<StoredObject> {
  return eventually(`PediaCluster ${name} to be ${JSON.stringify(spec)}`, async () => {
    const found = await client.get(PEDIA_CLUSTERS, name);
    expect(found['spec']).toMatchObject(spec);
    return found;
  });
}

/** Waits until a policy has such conditions and numbers. */
export async function policyIs(
  client: KubeClient,
  name: string,
  conditions: { readonly [type: string]: string },
  status: { readonly [field: string]: unknown } = {},
): Promise<StoredObject> {
  return eventually(`policy ${name} to be ${JSON.stringify({ ...conditions, ...status })}`, async () => {
    const found = await client.get(POLICIES, name);
    expect(conditionsOf(found)).toMatchObject(conditions);
    expect(found['status']).toMatchObject(status);
    return found;
  });
}

/** Waits until a lifecycle has such conditions. */
export async function lifecycleIs(
  client: KubeClient,
  name: string,
  conditions: { readonly [type: string]: string },
): Promise<void> {
  await eventually(`lifecycle ${name} to be ${JSON.stringify(conditions)}`, async () => {
    expect(conditionsOf(await find(client, LIFECYCLES, name))).toMatchObject(conditions);
  });
}

/** What events say about an incarnation of an object: `Reason: note`. */
export async function eventsAbout(
  client: KubeClient,
  { metadata }: StoredObject,
): Promise<readonly string[]> {
  const { items } = await client.list(EVENTS);
  return items
    .filter((event) => (event['regarding'] as { uid?: string } | undefined)?.uid === metadata.uid)
    .map((event) => `${String(event['reason'])}: ${String(event['note'])}`);
}

/** Deletes a policy and waits until it is gone. */
export async function removePolicy(client: KubeClient, name: string): Promise<void> {
  await client.delete(POLICIES, name, undefined);
  await isGone(client, POLICIES, name);
}

/** Waits until a controller has nothing to do for a second. */
export async function isQuiet(controller: RunningController): Promise<void> {
  let before = -1;
  await eventually(
    'the controller to have nothing to do',
    async () => {
      const now = await controller.sum('controller_runtime_reconcile_total');
      const idle = now === before;
      before = now;
      if (!idle) throw new Error(`it has reconciled ${String(now)} times`);
    },
    { intervalMs: 1_000, timeoutMs: 20_000 },
  );
}
