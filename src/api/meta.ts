import type { FromSchema, Schema } from './schema.ts';

/** One controller or owner of an object, as in `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/**
 * The fields of `metadata` that this project reads or writes. The object may come from a file. Timestamps are RFC 3339.
 */
export interface ObjectMeta {
  readonly name: string;
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string;
  readonly generateName?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Absent for kinds that do not count generations (Secrets, ConfigMaps). */
  readonly generation?: number;
  readonly creationTimestamp?: string;
  /** Present from the moment that a deletion was requested. */
  readonly deletionTimestamp?: string;
  readonly managedFields?: readonly unknown[];
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Any Kubernetes object: one from a file, or one that an API server stores. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** `metadata` of an object that an API server stores. The API server has set these fields. */
export interface StoredMeta extends ObjectMeta {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
}

/** An object as the API server returns it. */
export interface StoredObject extends KubeObject {
  readonly metadata: StoredMeta;
}

/** An object of a kind, as the API server returns it. */
export type Stored<T extends { readonly metadata: ObjectMeta }> = T & { readonly metadata: StoredMeta };

/** `metav1.Condition`, the field's standard status entry. */
export const conditionSchema = {
  type: 'object',
  required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
  properties: {
    type: {
      type: 'string',
      description: 'Type of the condition, in CamelCase.',
      maxLength: 316,
      pattern:
        '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
    },
    status: {
      type: 'string',
      description: 'Whether the condition holds.',
      enum: ['True', 'False', 'Unknown'],
    },
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      minimum: 0,
      description: 'The metadata.generation that this condition was computed from.',
    },
    lastTransitionTime: {
      type: 'string',
      format: 'date-time',
      description: 'When the status last changed.',
    },
    reason: {
      type: 'string',
      description: 'Why the status is what it is: one CamelCase word for programs.',
      minLength: 1,
      maxLength: 1024,
      pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
    },
    message: { type: 'string', description: 'The same for people.', maxLength: 32768 },
  },
} as const satisfies Schema;

export type Condition = FromSchema<typeof conditionSchema>;

/** The generation of the object that a status describes. kstatus, Flux and Argo CD wait until it is the current one. */
export const observedGenerationSchema = {
  type: 'integer',
  format: 'int64',
  minimum: 0,
  description: 'The metadata.generation that this status was computed from.',
} as const satisfies Schema;

/** A list of conditions, merged by `type`. */
export const conditionsSchema = {
  type: 'array',
  description: 'What is known about this object, one entry per type.',
  items: conditionSchema,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
} as const satisfies Schema;
