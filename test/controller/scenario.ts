/** One life of a policy: clusters come, change and go, and then the policy goes. */
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import type { KubeClient, StoredObject } from '../../src/kube/index.ts';
import {
  LIFECYCLES,
  MCP_CLUSTERS,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  base64,
  conditionsOf,
  create,
  eventually,
  isGone,
  mcpCluster,
  mcpSecret,
  merge,
  policy,
} from './world.ts';

export interface Scenario {
  /** Tells the objects of this run from those of others. */
  readonly label: string;
  readonly spec: ClusterImportPolicySpec;
}

/** The seed's policy for the clusters of one run. */
export function scenario(label: string, mcp: ClusterImportPolicySpec): Scenario {
  return {
    label,
    spec: {
      ...mcp,
      source: { ...mcp.source, labelSelector: `test=${label}` },
      nameTemplate: `${label}-{{ .source.metadata.labels.short }}`,
    },
  };
}

const clustersResource = ['one', 'two', 'three'];

/** What there is of a run, without what differs from run to run. */
export type Snapshot = { readonly [name: string]: unknown };

/** Creates a policy and its clusters, and waits until all are imported. */
export async function arrive(client: KubeClient, { label, spec }: Scenario): Promise<Snapshot> {
  await client.create(POLICIES, policy(label, spec));
  for (const short of clustersResource) {
    const name = `${label}-${short}`;
    const data = { ca: base64(`ca of ${short}`), token: base64(`token of ${short}`) };
    await client.create(SECRETS, { ...mcpSecret(name), data });
    const manifest = mcpCluster(name, { labels: { test: label, short }, endpoint: `https://${short}` });
    await create(client, MCP_CLUSTERS, manifest);
  }
  return settledOn(client, label, clustersResource, (short) => ({
    apiserver: `https://${short}`,
    tokenData: base64(`token of ${short}`),
  }));
}

/** Rotates a Secret, edits the policy and deletes a source, and waits until all that has been followed. */
export async function change(client: KubeClient, { label, spec }: Scenario): Promise<Snapshot> {
  await merge(client, SECRETS, `${label}-one`, { data: { token: base64('rotated') } }, 'default');
  const template = spec.template.replace('.apiEndpoint }}"', '.apiEndpoint }}/v2"');
  await merge(client, POLICIES, label, { spec: { template } });
  await client.delete(MCP_CLUSTERS, `${label}-two`, undefined);
  return settledOn(client, label, ['one', 'three'], (short) => ({
    apiserver: `https://${short}/v2`,
    tokenData: short === 'one' ? base64('rotated') : base64(`token of ${short}`),
  }));
}

/** Deletes the policy, and waits until nothing of it is left. */
export async function leave(client: KubeClient, { label }: Scenario): Promise<Snapshot> {
  await client.delete(POLICIES, label, undefined);
  await isGone(client, POLICIES, label);
  const left = await snapshot(client, label);
  for (const short of ['one', 'three']) await client.delete(MCP_CLUSTERS, `${label}-${short}`, undefined);
  return left;
}

async function settledOn(
  client: KubeClient,
  label: string,
  clusters: readonly string[],
  expected: (short: string) => { readonly [field: string]: string },
): Promise<Snapshot> {
  return eventually(`${label} to settle`, async () => {
    const found = await client.get(POLICIES, label);
    const state = await snapshot(client, label);
    const ready = conditionsOf(found);
    if (ready['Ready'] !== 'True/Settled' || ready['Reconciling'] !== 'False/Settled')
      throw new Error(JSON.stringify(ready));
    if (found.metadata.generation !== generationOf(found)) throw new Error('the edit was not seen yet');
    const wanted = clusters.flatMap((short) => [`lifecycle ${short}`, `pediacluster ${short}`]).sort();
    if (JSON.stringify(Object.keys(state).sort()) !== JSON.stringify(wanted))
      throw new Error(Object.keys(state).join());
    for (const short of clusters) {
      const { spec } = state[`pediacluster ${short}`] as { spec: { readonly [field: string]: unknown } };
      const off = Object.entries(expected(short)).filter(([field, value]) => spec[field] !== value);
      if (off.length > 0) throw new Error(`${short} is not up to date: ${JSON.stringify(off)}`);
      const { conditions } = state[`lifecycle ${short}`] as {
        conditions: { readonly [type: string]: string };
      };
      if (conditions['Ready'] !== 'True/UpToDate') throw new Error(`${short} is not ready`);
    }
    return state;
  });
}

function generationOf(object: StoredObject): number | undefined {
  const { conditions = [] } = (object['status'] ?? {}) as { conditions?: { observedGeneration?: number }[] };
  return conditions[0]?.observedGeneration;
}

/** Lifecycles and PediaClusters of a run: specs, owners by name, conditions. */
export async function snapshot(client: KubeClient, label: string): Promise<Snapshot> {
  const result: { [name: string]: unknown } = {};
  for (const type of [LIFECYCLES, PEDIA_CLUSTERS]) {
    for (const object of (await client.list(type)).items) {
      if (!object.metadata.name.startsWith(`${label}-`)) continue;
      const { name, finalizers = [], ownerReferences = [] } = object.metadata;
      result[
        `${type.kind === 'PediaCluster' ? 'pediacluster' : 'lifecycle'} ${name.slice(label.length + 1)}`
      ] = {
        spec: JSON.parse(JSON.stringify(object['spec']).replaceAll(label, '*')) as unknown,
        owners: ownerReferences.map((owner) => `${owner.kind} ${owner.name.replace(label, '*')}`),
        finalizers,
        conditions: conditionsOf(object),
      };
    }
  }
  return result;
}
