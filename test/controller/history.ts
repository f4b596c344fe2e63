/** Random histories: what admins, platforms and accidents do to a cluster while a controller is at work. */
import fc from 'fast-check';
import type {
  ClusterImportPolicySpec,
  ClusterImportPolicyStatus,
  PediaClusterLifecycle,
} from '../../src/api/index.ts';
import { viewOf } from '../../src/cli/plan/inventory-view.ts';
import { Inventory } from '../../src/cli/manifests/inventory.ts';
import { parseManifests } from '../../src/cli/manifests/manifests.ts';
import type { Plan } from '../../src/cli/plan/plan.ts';
import { planOf } from '../../src/cli/plan/plan.ts';
import type { KubeClient, StoredObject } from '../../src/kube/index.ts';
import type { Claimant, ConditionState } from '../../src/reconcile/index.ts';
import { owningPolicy, sourceOf } from '../../src/reconcile/index.ts';
import {
  CRDS,
  LIFECYCLES,
  MCP_CLUSTERS,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  base64,
  conditionsOf,
  create,
  find,
  isGone,
  mcpCluster,
  mcpSecret,
  merge,
  policy,
} from './world.ts';

/** Steps of some kinds, each with the same fields. */
type Steps<K extends string, F> = K extends string ? { readonly kind: K } & Readonly<F> : never;

/** What happens to lifecycles by somebody else's hand. */
type Disturbance = Steps<'remove lifecycle' | 'force lifecycle away' | 'wipe status', { cluster: string }>;

/** What happens to the spec of a policy. */
type Edit =
  | Steps<'suspend policy' | 'resume policy' | 'break template', { policy: string }>
  | Steps<'edit template' | 'retire', { policy: string; number: number }>
  | Steps<'rename', { policy: string; prefix: string }>
  | Steps<'select' | 'break name', { policy: string; cluster: string }>;

/** One thing that happens. */
export type Step =
  | Steps<'add source' | 'remove source' | 'replace source' | 'remove secret', { cluster: string }>
  | Steps<'remove PediaCluster' | 'edit PediaCluster', { cluster: string }>
  | Steps<'move source', { cluster: string; endpoint: number }>
  | Steps<'label source', { cluster: string; selected: boolean }>
  | Steps<'rotate secret', { cluster: string; token: number }>
  | Steps<'add policy' | 'remove policy' | 'replace policy', { policy: string }>
  | Disturbance
  | Edit
  /** What happens to the controller, not to the cluster. */
  | Steps<'kill controller' | 'lose connection' | 'find connection' | 'settle', object>;

const clusters = ['a', 'b', 'c', 'd'];
const policyNames = ['first', 'second'];

const cluster = fc.constantFrom(...clusters);
const policyName = fc.constantFrom(...policyNames);
const number = fc.integer({ min: 1, max: 4 });
/** The two policies may come to render the same names. */
const prefix = fc.constantFrom('x', 'y');

/** Steps of one kind: how often, relative to the others, and what they are about. */
const often = <K extends Step['kind'], F extends object>(
  weight: number,
  kind: K,
  fields: { [P in keyof F]: fc.Arbitrary<F[P]> },
) => ({
  weight,
  arbitrary: fc.record({ kind: fc.constant(kind), ...fields }) as fc.Arbitrary<F & { kind: K }>,
});

const step: fc.Arbitrary<Step> = fc.oneof(
  often(6, 'add source', { cluster }),
  often(3, 'remove source', { cluster }),
  often(1, 'replace source', { cluster }),
  often(3, 'move source', { cluster, endpoint: number }),
  often(2, 'label source', { cluster, selected: fc.boolean() }),
  often(3, 'rotate secret', { cluster, token: number }),
  often(1, 'remove secret', { cluster }),
  often(1, 'remove PediaCluster', { cluster }),
  often(1, 'edit PediaCluster', { cluster }),
  often(1, 'remove lifecycle', { cluster }),
  often(1, 'force lifecycle away', { cluster }),
  often(1, 'wipe status', { cluster }),
  often(4, 'add policy', { policy: policyName }),
  often(1, 'remove policy', { policy: policyName }),
  often(1, 'replace policy', { policy: policyName }),
  often(1, 'suspend policy', { policy: policyName }),
  often(1, 'resume policy', { policy: policyName }),
  often(1, 'break template', { policy: policyName }),
  often(2, 'edit template', { policy: policyName, number }),
  often(1, 'retire', { policy: policyName, number }),
  often(2, 'rename', { policy: policyName, prefix }),
  often(1, 'select', { policy: policyName, cluster }),
  often(1, 'break name', { policy: policyName, cluster }),
  often(1, 'kill controller', {}),
  often(1, 'lose connection', {}),
  often(1, 'find connection', {}),
  often(3, 'settle', {}),
);

/** A history begins with something to import. */
export const history = fc
  .array(step, { minLength: 10, maxLength: 30 })
  .map((steps): readonly Step[] => [
    { kind: 'add policy', policy: 'first' },
    { kind: 'add source', cluster: 'a' },
    { kind: 'add source', cluster: 'b' },
    ...steps,
  ]);

const label = { test: 'model' };

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
        await create(client, MCP_CLUSTERS, mcpCluster(what.cluster, { labels: label }));
      }
      return;
    case 'remove source':
      await ifThere(client.delete(MCP_CLUSTERS, what.cluster, undefined));
      return;
    case 'replace source':
      if ((await find(client, MCP_CLUSTERS, what.cluster)) === undefined) return;
      await ifThere(client.delete(MCP_CLUSTERS, what.cluster, undefined));
      await create(client, MCP_CLUSTERS, mcpCluster(what.cluster, { labels: label }));
      return;
    case 'remove secret':
      await ifThere(client.delete(SECRETS, what.cluster, 'default'));
      return;
    case 'remove lifecycle':
    case 'force lifecycle away':
    case 'wipe status':
      await disturb(client, what);
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
    case 'replace policy':
      await replacePolicy(client, mcp, what.policy);
      return;
    case 'kill controller':
    case 'lose connection':
    case 'find connection':
    case 'settle':
      return;
    default:
      await ifThere(merge(client, POLICIES, what.policy, { spec: editOf(mcp, what) }));
  }
}

/** What a step changes in a policy. */
function editOf(mcp: ClusterImportPolicySpec, what: Edit): object {
  switch (what.kind) {
    case 'suspend policy':
    case 'resume policy':
      return { suspend: what.kind === 'suspend policy' };
    case 'break template':
      return { template: BROKEN_TEMPLATE };
    case 'edit template':
      return {
        template: mcp.template.replace('.apiEndpoint }}"', `.apiEndpoint }}/v${String(what.number)}"`),
      };
    case 'retire':
      return {
        deletionCondition: `{{ eq .source.spec.apiEndpoint "https://moved-${String(what.number)}" }}`,
      };
    case 'rename':
      return { nameTemplate: `${what.prefix}-{{ .source.metadata.name }}` };
    case 'select':
      return { source: { selectorTemplate: `{{ ne .source.metadata.name "${what.cluster}" }}` } };
    case 'break name':
      return {
        nameTemplate: `{{ if eq .source.metadata.name "${what.cluster}" }}${BROKEN_NAME}{{ end }}x-{{ .source.metadata.name }}`,
      };
  }
}

const BROKEN_TEMPLATE = '{{ nosuchfunction }}';
const BROKEN_NAME = '{{ fail "broken" }}';

/** Deletes a policy though it has finalizers, as some restore, and creates it again at once. */
async function replacePolicy(client: KubeClient, mcp: ClusterImportPolicySpec, name: string): Promise<void> {
  const found = await find(client, POLICIES, name);
  if (found === undefined) return;
  await ifThere(client.delete(POLICIES, name, undefined));
  await ifThere(merge(client, POLICIES, name, { metadata: { finalizers: null } }));
  await isGone(client, POLICIES, name);
  await client.create(POLICIES, policy(name, modelPolicy(mcp, name)));
}

/**
 * Makes up for what leaves the outcome to history: while a Secret is missing, a template broken or a policy suspended,
 * what was made before stays as it is, which `render` cannot know of.
 */
export async function mend(client: KubeClient, mcp: ClusterImportPolicySpec): Promise<void> {
  for (const { metadata } of (await client.list(MCP_CLUSTERS)).items) {
    if ((await find(client, SECRETS, metadata.name, 'default')) === undefined)
      await client.create(SECRETS, mcpSecret(metadata.name));
  }
  for (const { metadata, ...object } of (await client.list(POLICIES)).items) {
    const { template, nameTemplate, suspend } = object['spec'] as ClusterImportPolicySpec;
    const spec = {
      ...(template === BROKEN_TEMPLATE ? { template: mcp.template } : {}),
      ...(nameTemplate.includes(BROKEN_NAME)
        ? { nameTemplate: modelPolicy(mcp, metadata.name).nameTemplate }
        : {}),
      ...(suspend === true ? { suspend: false } : {}),
    };
    if (Object.keys(spec).length > 0) await ifThere(merge(client, POLICIES, metadata.name, { spec }));
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

/** Does to the lifecycles of a cluster, and to the statuses of all policies, what nobody should. */
async function disturb(client: KubeClient, what: Disturbance): Promise<void> {
  const wiped = { status: null };
  for (const { metadata } of what.kind === 'wipe status' ? (await client.list(POLICIES)).items : [])
    await ifThere(client.patchStatus(POLICIES, metadata.name, undefined, wiped, { type: 'merge' }));
  for (const { metadata } of (await client.list(LIFECYCLES)).items) {
    const { name, uid } = metadata;
    if (!name.endsWith(`-${what.cluster}`)) continue;
    if (what.kind === 'wipe status') {
      await ifThere(client.patchStatus(LIFECYCLES, name, undefined, wiped, { type: 'merge' }));
      continue;
    }
    await ifThere(client.delete(LIFECYCLES, name, undefined));
    if (what.kind !== 'force lifecycle away') continue;
    await ifThere(merge(client, LIFECYCLES, name, { metadata: { finalizers: null } }));
    forcedAway.add(uid);
  }
}

/** Uids of lifecycles that were forced away, so that no controller could let go of what they own. */
const forcedAway = new Set<string>();

/**
 * Does what the garbage collector of a real cluster does, which a bare API server lacks, for what lifecycles that were
 * forced away have left. Whatever else loses its owner was to be deleted by the controller.
 */
export async function collectGarbage(client: KubeClient): Promise<void> {
  if (forcedAway.size === 0) return;
  for (const { metadata } of (await client.list(PEDIA_CLUSTERS)).items) {
    const owners = metadata.ownerReferences ?? [];
    if (owners.length > 0 && owners.every(({ uid }) => forcedAway.has(uid)))
      await ifThere(client.delete(PEDIA_CLUSTERS, metadata.name, undefined, { uid: metadata.uid }));
  }
}

/** The source whose lifecycle has a name. */
function incumbentAmong(lifecycles: readonly PediaClusterLifecycle[], name: string): Claimant | undefined {
  const lifecycle = lifecycles.find(({ metadata }) => metadata.name === name);
  const policy = lifecycle === undefined ? undefined : owningPolicy(lifecycle)?.name;
  return lifecycle === undefined || policy === undefined
    ? undefined
    : { policy, source: sourceOf(lifecycle) };
}

/** What the policies, sources and Secrets that are in the cluster come to by `render`, and what is there. */
export async function compare(
  client: KubeClient,
): Promise<{ readonly expected: unknown; readonly actual: unknown }> {
  const inputs: StoredObject[] = [];
  for (const type of [CRDS, POLICIES, MCP_CLUSTERS]) inputs.push(...(await client.list(type)).items);
  inputs.push(...(await client.list(SECRETS, { namespace: 'default' })).items);
  // One that is on its way out imports nothing.
  const going = inputs.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  if (going.length > 0)
    throw new Error(`${going.map(({ metadata }) => metadata.name).join()} is still being deleted`);
  const text = inputs.map((object) => JSON.stringify(object)).join('\n---\n');
  const lifecycles = (await client.list<PediaClusterLifecycle & StoredObject>(LIFECYCLES)).items;
  const plan = planOf({
    ...viewOf(new Inventory(parseManifests(text, 'cluster'))),
    // Whoever has a name keeps it.
    incumbentOf: (name) => incumbentAmong(lifecycles, name),
  });
  const planned = (kind: string): readonly Described[] =>
    plan.changes.flatMap((change) =>
      change.kind === kind && change.after !== undefined ? [{ ...change.after }] : [],
    );
  const policies = inputs.filter(({ kind }) => kind === POLICIES.kind);
  return {
    expected: {
      policies: byName(policies.map(({ metadata }) => [metadata.name, expectedStatus(plan, metadata.name)])),
      conditions: byName(
        plan.outcomes.flatMap(({ evaluation, conditions }) =>
          evaluation.kind === 'selected' && conditions.length > 0
            ? [[evaluation.name, statesOf(conditions)]]
            : [],
        ),
      ),
      ...summary(planned('PediaClusterLifecycle'), planned('PediaCluster')),
    },
    actual: {
      policies: byName(policies.map((object) => [object.metadata.name, actualStatus(object)])),
      conditions: byName(lifecycles.map((object) => [object.metadata.name, conditionsOf(object)])),
      ...summary(lifecycles, (await client.list(PEDIA_CLUSTERS)).items),
    },
  };
}

/** What the status of a policy should say once there is nothing left to do. */
function expectedStatus({ outcomes, changes }: Plan, name: string): unknown {
  const own = outcomes.filter(({ policy: owner }) => owner === name);
  const failed = own.filter(({ problem }) => problem?.failed === true).length;
  const lifecycles = own.filter(({ conditions }) => conditions.length > 0);
  const created = new Set(changes.flatMap(({ kind, name: made }) => (kind === 'PediaCluster' ? [made] : [])));
  return {
    Validated: 'True/Valid',
    Reconciling: 'False/Settled',
    Stalled: failed > 0 ? 'True/Failed' : 'False/Settled',
    Ready: failed > 0 ? 'False/Failed' : 'True/Settled',
    sources: own.length,
    selected: own.filter(({ evaluation }) => evaluation.kind === 'selected').length,
    lifecycles: lifecycles.length,
    pediaClusters: lifecycles.filter(
      ({ evaluation }) => evaluation.kind === 'selected' && created.has(evaluation.name),
    ).length,
    failed,
    heldDeletions: 0,
  };
}

function actualStatus(object: StoredObject): unknown {
  const { sources, selected, lifecycles, pediaClusters, failed, heldDeletions } = (object['status'] ??
    {}) as ClusterImportPolicyStatus;
  return { ...conditionsOf(object), sources, selected, lifecycles, pediaClusters, failed, heldDeletions };
}

const statesOf = (conditions: readonly ConditionState[]): unknown =>
  Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status}/${reason}`]));

const byName = (entries: readonly (readonly [string, unknown])[]): unknown =>
  Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));

function summary(lifecycles: readonly Described[], pediaClusters: readonly Described[]): object {
  const describe = (objects: readonly Described[], fields: readonly string[]): unknown =>
    byName(
      objects.map((object) => {
        const spec = (object['spec'] ?? {}) as { readonly [field: string]: unknown };
        return [object.metadata.name, fields.map((field) => spec[field] ?? null)];
      }),
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
