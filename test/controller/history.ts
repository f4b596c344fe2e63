/** Random histories: what admins, platforms and accidents do to a cluster while a controller is at work. */
import fc from 'fast-check';
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import { renderInventory } from '../../src/cli/render.ts';
import { Inventory } from '../../src/cli/inventory.ts';
import { parseManifests } from '../../src/cli/manifests.ts';
import type { KubeClient, KubeObject } from '../../src/kube/index.ts';
import {
  CRDS,
  LIFECYCLES,
  MCP_CLUSTERS,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  base64,
  create,
  find,
  mcpCluster,
  mcpSecret,
  merge,
  policy,
} from './world.ts';

/** One thing that happens. */
export type Step =
  | {
      readonly kind: 'add source' | 'remove source' | 'remove PediaCluster' | 'edit PediaCluster';
      readonly cluster: string;
    }
  | { readonly kind: 'move source'; readonly cluster: string; readonly endpoint: number }
  | { readonly kind: 'label source'; readonly cluster: string; readonly selected: boolean }
  | { readonly kind: 'rotate secret'; readonly cluster: string; readonly token: number }
  | { readonly kind: 'add policy' | 'remove policy'; readonly policy: string }
  | { readonly kind: 'edit template'; readonly policy: string; readonly suffix: number }
  | { readonly kind: 'rename'; readonly policy: string; readonly prefix: string }
  | { readonly kind: 'select'; readonly policy: string; readonly excluded: string }
  | { readonly kind: 'kill controller' | 'settle' };

const CLUSTERS = ['a', 'b', 'c', 'd'];
const POLICY_NAMES = ['first', 'second'];

const cluster = fc.constantFrom(...CLUSTERS);
const policyName = fc.constantFrom(...POLICY_NAMES);
const version = fc.integer({ min: 1, max: 9 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('add source' as const), cluster }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove source' as const), cluster }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove PediaCluster' as const), cluster }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('edit PediaCluster' as const), cluster }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('move source' as const), cluster, endpoint: version }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('label source' as const), cluster, selected: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('rotate secret' as const), cluster, token: version }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('add policy' as const), policy: policyName }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove policy' as const), policy: policyName }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('edit template' as const),
      policy: policyName,
      suffix: version,
    }),
  },
  // The two policies may come to render the same names.
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('rename' as const),
      policy: policyName,
      prefix: fc.constantFrom('x', 'y'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('select' as const), policy: policyName, excluded: cluster }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'kill controller' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'settle' as const }) },
);

/** A history begins with something to import. */
export const history = fc
  .array(step, { minLength: 10, maxLength: 25 })
  .map((steps): readonly Step[] => [
    { kind: 'add policy', policy: 'first' },
    { kind: 'add source', cluster: 'a' },
    { kind: 'add source', cluster: 'b' },
    ...steps,
  ]);

const LABEL = { test: 'model' };

/** The seed's policy, for the sources with the label. */
export function modelPolicy(mcp: ClusterImportPolicySpec, name: string): ClusterImportPolicySpec {
  return {
    ...mcp,
    source: { ...mcp.source, labelSelector: 'test=model' },
    nameTemplate: `${name}-{{ .source.metadata.name }}`,
  };
}

/** Does what happens in the cluster; a step that has nothing to act on does nothing. */
export async function take(client: KubeClient, mcp: ClusterImportPolicySpec, what: Step): Promise<void> {
  switch (what.kind) {
    case 'add source':
      if ((await find(client, SECRETS, what.cluster, 'default')) === undefined) {
        await client.create(SECRETS, mcpSecret(what.cluster));
      }
      if ((await find(client, MCP_CLUSTERS, what.cluster)) === undefined) {
        await create(client, MCP_CLUSTERS, mcpCluster(what.cluster, { labels: LABEL }));
      }
      return;
    case 'remove source':
      await ifThere(client.delete(MCP_CLUSTERS, what.cluster, undefined));
      return;
    case 'move source':
      await ifThere(
        merge(client, MCP_CLUSTERS, what.cluster, {
          spec: { apiEndpoint: `https://moved-${String(what.endpoint)}` },
        }),
      );
      return;
    case 'label source':
      await ifThere(
        merge(client, MCP_CLUSTERS, what.cluster, {
          metadata: { labels: { test: what.selected ? 'model' : null } },
        }),
      );
      return;
    case 'rotate secret':
      await ifThere(
        merge(
          client,
          SECRETS,
          what.cluster,
          { data: { token: base64(`token ${String(what.token)}`) } },
          'default',
        ),
      );
      return;
    case 'remove PediaCluster':
    case 'edit PediaCluster':
      for (const { metadata } of (await client.list(PEDIA_CLUSTERS)).items) {
        if (!metadata.name.endsWith(`-${what.cluster}`)) continue;
        await ifThere(
          what.kind === 'remove PediaCluster'
            ? client.delete(PEDIA_CLUSTERS, metadata.name, undefined)
            : merge(client, PEDIA_CLUSTERS, metadata.name, {
                spec: { tokenData: base64('drift'), kubeconfig: base64('drift') },
              }),
        );
      }
      return;
    case 'add policy':
      if ((await find(client, POLICIES, what.policy)) === undefined) {
        await client.create(POLICIES, policy(what.policy, modelPolicy(mcp, what.policy)));
      }
      return;
    case 'remove policy':
      await ifThere(client.delete(POLICIES, what.policy, undefined));
      return;
    case 'edit template': {
      const template = mcp.template.replace('.apiEndpoint }}"', `.apiEndpoint }}/v${String(what.suffix)}"`);
      await ifThere(merge(client, POLICIES, what.policy, { spec: { template } }));
      return;
    }
    case 'rename':
      await ifThere(
        merge(client, POLICIES, what.policy, {
          spec: { nameTemplate: `${what.prefix}-{{ .source.metadata.name }}` },
        }),
      );
      return;
    case 'select': {
      const selectorTemplate = `{{ ne .source.metadata.name "${what.excluded}" }}`;
      await ifThere(merge(client, POLICIES, what.policy, { spec: { source: { selectorTemplate } } }));
      return;
    }
    case 'kill controller':
    case 'settle':
      return;
  }
}

/** Waits for a request about an object that may not be there. */
async function ifThere(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof Error && 'status' in error && error.status === 404)) throw error;
  }
}

/** What `render` makes of the policies, sources and Secrets that are in the cluster, and what is there. */
export async function compare(
  client: KubeClient,
): Promise<{ readonly expected: unknown; readonly actual: unknown }> {
  const inputs: KubeObject[] = [];
  for (const type of [CRDS, POLICIES, MCP_CLUSTERS]) inputs.push(...(await client.list(type)).items);
  inputs.push(...(await client.list(SECRETS, { namespace: 'default' })).items);
  // One that is on its way out imports nothing.
  const going = inputs.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  if (going.length > 0)
    throw new Error(`${going.map(({ metadata }) => metadata.name).join()} is still being deleted`);
  const text = inputs.map((object) => JSON.stringify(object)).join('\n---\n');
  const { lifecycles, pediaClusters } = renderInventory(new Inventory(parseManifests(text, 'cluster')));
  return {
    expected: summary(lifecycles, pediaClusters),
    actual: summary((await client.list(LIFECYCLES)).items, (await client.list(PEDIA_CLUSTERS)).items),
  };
}

function summary(lifecycles: readonly Described[], pediaClusters: readonly Described[]): unknown {
  const describe = (objects: readonly Described[], fields: readonly string[]): unknown =>
    Object.fromEntries(
      objects
        .map((object): [string, unknown] => {
          const spec = (object['spec'] ?? {}) as { readonly [field: string]: unknown };
          return [object.metadata.name, fields.map((field) => spec[field] ?? null)];
        })
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    );
  return {
    lifecycles: describe(lifecycles, ['source', 'references', 'template']),
    pediaClusters: describe(pediaClusters, [
      'apiserver',
      'caData',
      'tokenData',
      'kubeconfig',
      'syncResources',
    ]),
  };
}

interface Described {
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}
