import type {
  Condition,
  KubeObject,
  StoredMeta,
  StoredObject,
  PediaClusterLifecycle,
  PediaClusterSpec,
  RenderedPediaCluster,
  UpdatePolicy,
} from '../api/index.ts';
import { CLUSTER_GROUP, CREDENTIAL_FIELDS, FIELD_MANAGER, PEDIA_CLUSTER } from '../api/index.ts';
import type { NewObject } from './action.ts';
import type { Digest } from './fingerprint.ts';
import { digestOf } from './fingerprint.ts';
import { lifecycleOwner, owningPolicy, policyLabels } from './ownership.ts';

type Digests = { readonly [name: string]: Digest };

/**
 * What the reconciler keeps of a PediaCluster: its identity, its owner, and a digest of each field that may have to be
 * compared. Credentials, and annotations that repeat them, are not kept.
 */
export interface ObservedPediaCluster extends CachedPediaCluster {
  readonly spec: Digests;
}

/** An {@link ObservedPediaCluster} of which possibly only the metadata is known. */
export interface CachedPediaCluster extends KubeObject {
  readonly metadata: Pick<
    StoredMeta,
    | 'name'
    | 'uid'
    | 'resourceVersion'
    | 'generation'
    | 'creationTimestamp'
    | 'deletionTimestamp'
    | 'ownerReferences'
  >;
  readonly spec: Digests | undefined;
  readonly labels: Digests;
  readonly annotations: Digests;
  /** The READY state that Clusterpedia reports: `True`, `False` or `Unknown`; `undefined` if it has reported none. */
  readonly reachable: ReachableStatus | undefined;
  /** Keys of labels and annotations that this project has written, by `metadata.managedFields`. */
  readonly ours: { readonly labels: readonly string[]; readonly annotations: readonly string[] };
}

/**
 * The parts of a PediaCluster that a decision depends on, to be compared with what an earlier decision depended on. Of
 * its status, only whether Clusterpedia reaches the cluster counts.
 */
export function pediaClusterState(
  pediaCluster: CachedPediaCluster | undefined,
): readonly unknown[] | undefined {
  if (pediaCluster === undefined) return undefined;
  const { metadata, spec, labels, annotations, reachable } = pediaCluster;
  const { uid, deletionTimestamp, ownerReferences } = metadata;
  return [uid, deletionTimestamp, ownerReferences, spec, labels, annotations, reachable];
}

/** The fields of `spec` besides endpoint and credentials. They follow the template under `updatePolicy: All`. */
const syncFields = [
  'syncResources',
  'syncAllCustomResources',
  'syncResourcesRefName',
  'shardingName',
] as const satisfies readonly (keyof PediaClusterSpec)[];

type SpecField = (typeof CREDENTIAL_FIELDS)[number] | (typeof syncFields)[number];

/** The keys of `spec.authenticationFrom`. A merge patch must name each key that it removes. */
const authenticationSources = ['kubeconfig', 'ca', 'token', 'cert', 'key'] as const;

type Fields = { readonly [name: string]: unknown };

/** Reduces a PediaCluster, as the API server returned it, to the parts that are kept. */
export function observePediaCluster(object: StoredObject): ObservedPediaCluster {
  const spec = 'spec' in object ? fieldsOf(object.spec) : {};
  return { ...observeMetadata(object), spec: specDigests(spec), reachable: reachableOf(object) };
}

/**
 * Reduces the metadata of a PediaCluster to the parts that are kept. A spec that is known stays valid while the
 * generation is the same: the API server increments it with every change of the spec, and not for metadata and status.
 *
 * @param known what is known of it so far
 */
export function observePediaClusterMetadata(
  object: StoredObject,
  known: CachedPediaCluster | undefined,
): CachedPediaCluster {
  const observed = observeMetadata(object);
  const { uid, generation } = observed.metadata;
  const isKnown =
    generation !== undefined && known?.metadata.uid === uid && known?.metadata.generation === generation;
  const { printed } = object;
  // A server without tables does not send this. Then the last known value stays.
  const reachable = printed === undefined ? known?.reachable : asReachable(fieldsOf(printed)['Ready']);
  return { ...observed, spec: isKnown ? known?.spec : undefined, reachable };
}

export type ReachableStatus = Condition['status'];

const asReachable = (value: unknown): ReachableStatus | undefined =>
  value === 'True' || value === 'False' || value === 'Unknown' ? value : undefined;

function reachableOf({ status }: StoredObject): ReachableStatus | undefined {
  const { conditions } = fieldsOf(status);
  const ready: unknown = Array.isArray(conditions)
    ? conditions.find((condition: unknown) => fieldsOf(condition)['type'] === 'Ready')
    : undefined;
  return asReachable(fieldsOf(ready)['status']);
}

/** Whether the spec of a PediaCluster is known. */
export function hasSpec(pediaCluster: CachedPediaCluster): pediaCluster is ObservedPediaCluster {
  return pediaCluster.spec !== undefined;
}

function observeMetadata({
  apiVersion,
  kind,
  metadata,
}: StoredObject): Pick<
  CachedPediaCluster,
  'apiVersion' | 'kind' | 'metadata' | 'labels' | 'annotations' | 'ours'
> {
  const { name, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, ownerReferences } =
    metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      uid,
      resourceVersion,
      ...(generation === undefined ? {} : { generation }),
      creationTimestamp,
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    labels: keyDigests(metadata.labels),
    annotations: keyDigests(metadata.annotations),
    ours: { labels: writtenKeys(metadata, 'f:labels'), annotations: writtenKeys(metadata, 'f:annotations') },
  };
}

function specDigests(spec: Fields): Digests {
  const result: { [name: string]: Digest } = {};
  for (const name of [...CREDENTIAL_FIELDS, ...syncFields]) {
    const value = significant(spec[name]);
    if (value !== undefined) result[name] = digestOf(value);
  }
  return result;
}

/** Digests of labels or annotations. Unlike in `spec`, an empty value counts. */
function keyDigests(values: { readonly [key: string]: string } | undefined = {}): Digests {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, digestOf(value)]));
}

/**
 * Keys below `metadata` that this project's field manager has set, and no other manager (structured-merge-diff's
 * fieldsV1). Kubernetes 1.20 assigns keys that others have added to every manager that has patched the map.
 */
function writtenKeys(metadata: StoredMeta, field: string): readonly string[] {
  const entries: readonly unknown[] = Array.isArray(metadata.managedFields) ? metadata.managedFields : [];
  const ours = new Set<string>();
  const theirs = new Set<string>();
  for (const entry of entries) {
    const { manager, fieldsV1 } = fieldsOf(entry);
    const set = fieldsOf(fieldsOf(fieldsOf(fieldsV1)['f:metadata'])[field]);
    const keys = manager === FIELD_MANAGER ? ours : theirs;
    for (const key of Object.keys(set)) if (key.startsWith('f:')) keys.add(key.slice(2));
  }
  return [...ours.difference(theirs)];
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/**
 * The value without parts that have no meaning for Clusterpedia: nulls, empty strings, lists and objects. `undefined`
 * if nothing is left.
 */
function significant(value: unknown): unknown {
  if (value === null || value === undefined || value === '') return undefined;
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : value.map((item: unknown) => significant(item) ?? null);
  }
  if (typeof value !== 'object') return value;
  const fields = Object.entries(value).flatMap(([name, field]): [string, unknown][] => {
    const kept = significant(field);
    return kept === undefined ? [] : [[name, kept]];
  });
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

/** The rendered PediaCluster with the label that names the policy, for PediaClusters that the lifecycle owns. */
export function withPolicyLabel(
  rendered: RenderedPediaCluster,
  lifecycle: Pick<PediaClusterLifecycle, 'metadata'>,
): RenderedPediaCluster {
  const policy = owningPolicy(lifecycle)?.name;
  if (policy === undefined) return rendered;
  const labels = { ...rendered.metadata?.labels, ...policyLabels(policy) };
  return { ...rendered, metadata: { ...rendered.metadata, labels } };
}

/** The PediaCluster that a lifecycle creates and owns. */
export function newPediaCluster(
  lifecycle: Pick<PediaClusterLifecycle, 'metadata'>,
  rendered: RenderedPediaCluster,
): NewObject {
  const { labels, annotations } = withPolicyLabel(rendered, lifecycle).metadata ?? {};
  return {
    apiVersion: `${CLUSTER_GROUP}/${PEDIA_CLUSTER.version}`,
    kind: PEDIA_CLUSTER.kind,
    metadata: {
      name: lifecycle.metadata.name,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [lifecycleOwner(lifecycle)],
    },
    spec: rendered.spec,
  };
}

/** A merge patch of a PediaCluster; `null` removes a field. */
export interface PediaClusterChanges {
  readonly metadata?: {
    readonly labels?: { readonly [key: string]: string | null };
    readonly annotations?: { readonly [key: string]: string | null };
  };
  readonly spec?: { readonly [field: string]: unknown };
}

/**
 * What must change in a PediaCluster, as a merge patch. Endpoint and credentials are set if they differ from the
 * rendered ones, and removed if they are not rendered. Under `All`, the same is done for the sync fields and for
 * rendered labels and annotations, including those that this project once wrote and no longer renders.
 *
 * @returns `undefined` if nothing must change
 */
export function changesOf(
  observed: ObservedPediaCluster,
  rendered: RenderedPediaCluster,
  updatePolicy: UpdatePolicy,
): PediaClusterChanges | undefined {
  const fields: readonly SpecField[] =
    updatePolicy === 'All' ? [...CREDENTIAL_FIELDS, ...syncFields] : CREDENTIAL_FIELDS;
  const spec = specChanges(fields, observed.spec, rendered.spec);
  const metadata = updatePolicy === 'All' ? metadataChanges(observed, rendered) : {};
  if (isEmpty(spec) && isEmpty(metadata)) return undefined;
  return { ...(isEmpty(metadata) ? {} : { metadata }), ...(isEmpty(spec) ? {} : { spec }) };
}

function metadataChanges(
  observed: ObservedPediaCluster,
  rendered: RenderedPediaCluster,
): NonNullable<PediaClusterChanges['metadata']> {
  const labels = keyChanges(observed.labels, observed.ours.labels, rendered.metadata?.labels);
  const annotations = keyChanges(
    observed.annotations,
    observed.ours.annotations,
    rendered.metadata?.annotations,
  );
  return { ...(isEmpty(labels) ? {} : { labels }), ...(isEmpty(annotations) ? {} : { annotations }) };
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

function specChanges(fields: readonly SpecField[], observed: Digests, rendered: PediaClusterSpec): Fields {
  const changes: { [name: string]: unknown } = {};
  for (const field of fields) {
    const value = significant(rendered[field]);
    if (observed[field] === (value === undefined ? undefined : digestOf(value))) continue;
    changes[field] = field === 'syncResources' ? rendered.syncResources : replacement(field, value);
  }
  return changes;
}

/** A merge patch merges objects, so the keys to be removed from `authenticationFrom` are named. */
function replacement(field: SpecField, value: unknown): unknown {
  if (value === undefined) return null;
  if (field !== 'authenticationFrom') return value;
  const wanted = fieldsOf(value);
  return Object.fromEntries(authenticationSources.map((source) => [source, wanted[source] ?? null]));
}

function keyChanges(
  observed: Digests,
  ours: readonly string[],
  rendered: { readonly [key: string]: string } | undefined = {},
): { [key: string]: string | null } {
  const changes: { [key: string]: string | null } = {};
  for (const [key, value] of Object.entries(rendered)) {
    if (observed[key] !== digestOf(value)) changes[key] = value;
  }
  for (const key of ours) {
    if (key in observed && !(key in rendered)) changes[key] = null;
  }
  return changes;
}
