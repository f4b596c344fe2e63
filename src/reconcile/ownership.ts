import type { KubeObject, OwnerReference, PediaClusterLifecycle, StoredObject } from '../api/index.ts';
import {
  ADOPT_BY_ANNOTATION,
  CLUSTER_IMPORT_POLICY,
  MADE_BY_ANNOTATION,
  PEDIA_CLUSTER_LIFECYCLE,
  POLICY_GROUP,
  POLICY_LABEL,
} from '../api/index.ts';
import type { Digest } from './fingerprint.ts';
import { digestOf } from './fingerprint.ts';

type Owned = Pick<KubeObject, 'metadata'>;

const API_VERSION = `${POLICY_GROUP}/v1alpha1`;

/** The entry that makes a policy the controller of a lifecycle. */
export function policyOwner(policy: Pick<StoredObject, 'metadata'>): OwnerReference {
  return owner(CLUSTER_IMPORT_POLICY.kind, policy);
}

/** The entry that makes a lifecycle the controller of a PediaCluster. */
export function lifecycleOwner(lifecycle: Pick<PediaClusterLifecycle, 'metadata'>): OwnerReference {
  return owner(PEDIA_CLUSTER_LIFECYCLE.kind, lifecycle);
}

function owner(kind: string, { metadata }: Pick<StoredObject, 'metadata'>): OwnerReference {
  return {
    apiVersion: API_VERSION,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

const isOf = (kind: string) => (reference: OwnerReference) =>
  reference.kind === kind && reference.apiVersion.startsWith(`${POLICY_GROUP}/`);

/** The policy that a lifecycle names as its owner. Its uid may belong to an earlier policy of the same name. */
export function owningPolicy(lifecycle: Owned): OwnerReference | undefined {
  return lifecycle.metadata.ownerReferences?.find(isOf(CLUSTER_IMPORT_POLICY.kind));
}

/** Longest value of a label. */
const MAX_LABEL_LENGTH = 63;

/**
 * The label by which the objects of a policy are found. There is none if the policy's name is longer than a label may
 * be.
 */
export function policyLabels(policy: string): { readonly [label: string]: string } {
  return policy.length > MAX_LABEL_LENGTH ? {} : { [POLICY_LABEL]: policy };
}

/** The relation of a PediaCluster to the lifecycle of the same name. */
export type Ownership =
  /** The lifecycle created it. */
  | { readonly kind: 'owned' }
  /** An earlier lifecycle of the same name created it, e.g. before a restore from a backup, or had to release it. */
  | { readonly kind: 'inherited' }
  /** Somebody else created it, and allows this project to keep it up to date. It is never owned and never deleted. */
  | { readonly kind: 'adopted' }
  /** Somebody else created it. It is left alone. */
  | { readonly kind: 'unowned' }
  /** Another lifecycle owns it. */
  | { readonly kind: 'foreign'; readonly owner: string };

/** Decides by the PediaCluster's owner references. If no lifecycle owns it, its annotations decide. */
export function ownershipOf(
  pediaCluster: Owned & { readonly annotations: { readonly [key: string]: Digest } },
  lifecycle: Pick<PediaClusterLifecycle, 'metadata' | 'spec'>,
): Ownership {
  const owners = (pediaCluster.metadata.ownerReferences ?? []).filter(isOf(PEDIA_CLUSTER_LIFECYCLE.kind));
  if (owners.some(({ uid }) => uid === lifecycle.metadata.uid)) return { kind: 'owned' };
  if (owners.some(({ name }) => name === lifecycle.metadata.name)) return { kind: 'inherited' };
  const [foreign] = owners;
  if (foreign !== undefined) return { kind: 'foreign', owner: foreign.name };
  const policy = owningPolicy(lifecycle)?.name;
  const names = (annotation: string): boolean =>
    policy !== undefined && pediaCluster.annotations[annotation] === digestOf(policy);
  if (names(MADE_BY_ANNOTATION)) return { kind: 'inherited' };
  const isAdopted = lifecycle.spec.adoption === 'Always' || names(ADOPT_BY_ANNOTATION);
  return { kind: isAdopted ? 'adopted' : 'unowned' };
}

/** The owner references, with `wanted` instead of entries of the same kind. */
export function withOwner(
  existing: readonly OwnerReference[] | undefined,
  wanted: OwnerReference,
): readonly OwnerReference[] {
  const others = (existing ?? [])
    .filter((reference) => !isOf(wanted.kind)(reference))
    // An object has at most one controller (apimachinery ValidateOwnerReferences).
    .map((reference) => (reference.controller === true ? { ...reference, controller: false } : reference));
  return [...others, wanted];
}

/** The owner references without those of lifecycles. */
export function withoutLifecycleOwner(
  existing: readonly OwnerReference[] | undefined,
): readonly OwnerReference[] {
  return (existing ?? []).filter((reference) => !isOf(PEDIA_CLUSTER_LIFECYCLE.kind)(reference));
}
