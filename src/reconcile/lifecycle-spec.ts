import type {
  ClusterImportPolicySpec,
  StoredPolicy,
  LifecycleReference,
  PediaClusterLifecycle,
  PediaClusterLifecycleSpec,
  PolicyReference,
} from '../api/index.ts';
import { FINALIZER, PEDIA_CLUSTER_LIFECYCLE, POLICY_GROUP, POLICY_LABEL, withFields } from '../api/index.ts';
import type { Action, NewObject } from './action.ts';
import { identityOf, patch } from './action.ts';
import { sameJson } from './fingerprint.ts';
import { owningPolicy, policyLabels, policyOwner, withOwner } from './ownership.ts';

/** Names a source object, independent of the version in which it is read. */
export interface SourceKey {
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
}

/** A policy, with the API versions in which its kinds are read. */
export interface NegotiatedPolicy {
  readonly object: StoredPolicy;
  /** Version of the source resource. */
  readonly sourceVersion: string;
  /** Version of each reference, by key. */
  readonly referenceVersions: ReadonlyMap<string, string>;
}

type Settings = Omit<PediaClusterLifecycleSpec, 'source' | 'references' | 'suspend'>;

/**
 * The fields of a policy that its lifecycles copy: all but these. Source and references are resolved first, the name is
 * rendered, and a suspended policy copies nothing.
 */
type CopiedFields = Omit<ClusterImportPolicySpec, 'source' | 'references' | 'nameTemplate' | 'suspend'>;

/** The fields of a reference that lifecycles copy: all but its versions, of which one is chosen. */
type CopiedReference = Omit<PolicyReference, 'versions'>;

/** What a lifecycle copies from its policy. Fields that the policy does not have are absent. */
function settingsOf({ object: { spec } }: NegotiatedPolicy): Settings {
  return withFields<CopiedFields & Settings>({
    template: spec.template,
    creationCondition: spec.creationCondition ?? 'true',
    deletionCondition: spec.deletionCondition,
    deletionPolicy: spec.deletionPolicy,
    updatePolicy: spec.updatePolicy,
    adoption: spec.adoption,
    templateEngine: spec.templateEngine,
  });
}

function referencesOf({
  object: { spec },
  referenceVersions,
}: NegotiatedPolicy): readonly LifecycleReference[] {
  return (spec.references ?? []).map(
    ({ key, group, resource, namespaceTemplate, nameTemplate, allowedNamespaces = [] }) =>
      withFields<CopiedReference & LifecycleReference>({
        key,
        group,
        resource,
        version: referenceVersions.get(key) ?? '',
        namespaceTemplate,
        nameTemplate,
        allowedNamespaces: allowedNamespaces.length === 0 ? undefined : allowedNamespaces,
      }),
  );
}

/** Which fields of a lifecycle's spec its compiled form depends on. */
const compiledFields: { readonly [K in keyof Required<PediaClusterLifecycleSpec>]: boolean } = {
  source: false,
  references: true,
  template: true,
  creationCondition: true,
  deletionCondition: true,
  templateEngine: true,
  deletionPolicy: false,
  updatePolicy: false,
  adoption: false,
  suspend: false,
};

/** The part of a lifecycle that is compiled. Lifecycles with the same part share one compiled form. */
export function compiledFieldsOf(spec: PediaClusterLifecycleSpec): object {
  return Object.fromEntries(
    Object.entries(spec).filter(([field]) => compiledFields[field as keyof PediaClusterLifecycleSpec]),
  );
}

/**
 * The spec of the lifecycle of one source. `suspend` is not part of it: on a lifecycle it is its admin's own switch,
 * and a suspended policy copies nothing.
 */
export function lifecycleSpec(policy: NegotiatedPolicy, source: SourceKey): PediaClusterLifecycleSpec {
  const { settings, references } = copiedFrom(policy);
  return {
    source: sourceField(policy, source),
    ...(references.length === 0 ? {} : { references }),
    ...settings,
  };
}

function sourceField(
  { sourceVersion }: NegotiatedPolicy,
  { group, resource, namespace, name }: SourceKey,
): PediaClusterLifecycleSpec['source'] {
  return { group, version: sourceVersion, resource, ...(namespace === undefined ? {} : { namespace }), name };
}

/** The source that a lifecycle follows. */
export function sourceOf({ spec }: Pick<PediaClusterLifecycle, 'spec'>): SourceKey {
  const { group, resource, namespace, name } = spec.source;
  return { group, resource, ...(namespace === undefined || namespace === '' ? {} : { namespace }), name };
}

/** A text that identifies one source object. */
export function sourceKeyText({ group, resource, namespace = '', name }: SourceKey): string {
  return `${group}/${resource}/${namespace}/${name}`;
}

/** The complete lifecycle of a source, created in one write. */
export function newLifecycle(policy: NegotiatedPolicy, source: SourceKey, name: string): NewObject {
  return {
    apiVersion: `${POLICY_GROUP}/${PEDIA_CLUSTER_LIFECYCLE.version}`,
    kind: PEDIA_CLUSTER_LIFECYCLE.kind,
    metadata: {
      name,
      labels: policyLabels(policy.object.metadata.name),
      finalizers: [FINALIZER],
      ownerReferences: [policyOwner(policy.object)],
    },
    spec: lifecycleSpec(policy, source),
  };
}

/** Whether the lifecycle agrees with the policy, including the versions in use. */
export function followsPolicy(
  { spec: { source, references = [], suspend: _, ...settings } }: PediaClusterLifecycle,
  policy: NegotiatedPolicy,
): boolean {
  const copied = copiedFrom(policy);
  return (
    source.version === policy.sourceVersion &&
    sameJson(settings, copied.settings) &&
    sameJson(withoutEmptyLists(references), copied.references)
  );
}

/** The references in the policy's lifecycles. */
export function referencesOfLifecycles(policy: NegotiatedPolicy): readonly LifecycleReference[] {
  return copiedFrom(policy).references;
}

interface Copied {
  readonly settings: Settings;
  readonly references: readonly LifecycleReference[];
}

/** Cached, because every lifecycle of a policy is made from it and compared with it. */
const copiedFromPolicies = new WeakMap<NegotiatedPolicy, Copied>();

function copiedFrom(policy: NegotiatedPolicy): Copied {
  const known = copiedFromPolicies.get(policy);
  if (known !== undefined) return known;
  const copied = { settings: settingsOf(policy), references: referencesOf(policy) };
  copiedFromPolicies.set(policy, copied);
  return copied;
}

/** An empty list of namespaces means the same as none. */
function withoutEmptyLists(references: readonly LifecycleReference[]): readonly LifecycleReference[] {
  return references.map(({ allowedNamespaces, ...reference }) => ({
    ...reference,
    ...(allowedNamespaces === undefined || allowedNamespaces.length === 0 ? {} : { allowedNamespaces }),
  }));
}

/**
 * Updates an existing lifecycle from its policy: spec, owner (a policy that was deleted and created again has another
 * uid) and finalizer.
 *
 * @returns `undefined` if it is up to date
 */
export function updateOfLifecycle(
  lifecycle: PediaClusterLifecycle,
  policy: NegotiatedPolicy,
): Action | undefined {
  const { finalizers = [], ownerReferences } = lifecycle.metadata;
  const change: { spec?: object; metadata?: object } = {};
  if (!followsPolicy(lifecycle, policy)) change.spec = specPatch(lifecycle, policy);
  const labels = policyLabels(policy.object.metadata.name);
  const metadata = {
    ...(lifecycle.metadata.labels?.[POLICY_LABEL] === labels[POLICY_LABEL] ? {} : { labels }),
    ...(finalizers.includes(FINALIZER) ? {} : { finalizers: [...finalizers, FINALIZER] }),
    ...(owningPolicy(lifecycle)?.uid === policy.object.metadata.uid
      ? {}
      : { ownerReferences: withOwner(ownerReferences, policyOwner(policy.object)) }),
  };
  if (Object.keys(metadata).length > 0) change.metadata = metadata;
  return Object.keys(change).length === 0 ? undefined : patch('lifecycle', identityOf(lifecycle), change);
}

/** A merge patch keeps the fields that it does not name, so fields to be removed are named. */
function specPatch(lifecycle: PediaClusterLifecycle, policy: NegotiatedPolicy): object {
  const wanted: { [field: string]: unknown } = { ...lifecycleSpec(policy, sourceOf(lifecycle)) };
  for (const field of Object.keys(lifecycle.spec)) {
    if (field !== 'suspend' && !(field in wanted)) wanted[field] = null;
  }
  return wanted;
}
