import type { ObjectMeta } from '../api/index.ts';
import { CLUSTER_IMPORT_POLICY, isRecord, PEDIA_CLUSTER, PEDIA_CLUSTER_LIFECYCLE } from '../api/index.ts';

/** The kinds that the reconciler writes. */
export const OWN_RESOURCES = {
  policy: CLUSTER_IMPORT_POLICY,
  lifecycle: PEDIA_CLUSTER_LIFECYCLE,
  pediaCluster: PEDIA_CLUSTER,
} as const;

export type OwnKind = keyof typeof OWN_RESOURCES;

/** A JSON merge patch (RFC 7386). */
export type MergePatch = { readonly [field: string]: unknown };

/** An object to create. */
export interface NewObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Omit<ObjectMeta, 'uid' | 'resourceVersion' | 'generation' | 'creationTimestamp'>;
  readonly [field: string]: unknown;
}

/** One write to the API server: a decision asks for it, and the code at the edge carries it out. */
export type Action =
  | { readonly verb: 'create'; readonly kind: OwnKind; readonly object: NewObject }
  | {
      readonly verb: 'patch';
      readonly kind: OwnKind;
      readonly name: string;
      readonly subresource?: 'status';
      /**
       * Contains `metadata.uid`, so that it never changes another object that was created under the same name since.
       */
      readonly patch: MergePatch;
    }
  | {
      readonly verb: 'delete';
      readonly kind: OwnKind;
      readonly name: string;
      /** Precondition: only the object with this uid is deleted. */
      readonly uid: string;
    };

/** Name of an object, with the fields that identify its uid and version. */
export interface Identity {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** The identity of an object as the API server returned it. */
export function identityOf({
  metadata: { name, uid, resourceVersion },
}: {
  readonly metadata: Identity;
}): Identity {
  return { name, uid, resourceVersion };
}

/** Creates an object. */
export function create(kind: OwnKind, object: NewObject): Action {
  return { verb: 'create', kind, object };
}

/**
 * Patches one version of an object. If the object has changed since, the API server answers 409, and the decision is
 * taken again instead of being written from an old copy.
 */
export function patch(kind: OwnKind, target: Identity, change: object): Action {
  const metadata = 'metadata' in change && isRecord(change['metadata']) ? change['metadata'] : {};
  return {
    verb: 'patch',
    kind,
    name: target.name,
    patch: {
      ...change,
      metadata: { ...metadata, uid: target.uid, resourceVersion: target.resourceVersion },
    },
  };
}

/**
 * Patches the status of an object with a given uid. No version is required: a status is worth writing even if the rest
 * of the object has just changed, and its `observedGeneration` says to which spec it belongs.
 */
export function patchStatus(kind: OwnKind, target: Identity, status: MergePatch): Action {
  return {
    verb: 'patch',
    kind,
    name: target.name,
    subresource: 'status',
    patch: { metadata: { uid: target.uid }, status },
  };
}

/** The fields that a patch changes, such as `spec.tokenData`, for people to read: without values and preconditions. */
export function changedFields({ metadata, spec }: MergePatch): readonly string[] {
  const fieldsOf = (value: unknown): readonly string[] => (isRecord(value) ? Object.keys(value) : []);
  const preconditions = new Set(['uid', 'resourceVersion']);
  return [
    ...fieldsOf(metadata)
      .filter((field) => !preconditions.has(field))
      .map((field) => `metadata.${field}`),
    ...fieldsOf(spec).map((field) => `spec.${field}`),
  ];
}

/** Deletes the object with a given uid. */
export function remove(kind: OwnKind, target: Identity): Action {
  return { verb: 'delete', kind, name: target.name, uid: target.uid };
}

/** The result of a merge patch on a JSON value (RFC 7386, section 2). The arguments are not changed. */
export function applyMergePatch(target: unknown, change: unknown): unknown {
  if (!isRecord(change)) return change;
  const result = new Map(Object.entries(isRecord(target) ? target : {}));
  for (const [field, value] of Object.entries(change)) {
    if (value === null) result.delete(field);
    else result.set(field, applyMergePatch(result.get(field), value));
  }
  return Object.fromEntries(result);
}
