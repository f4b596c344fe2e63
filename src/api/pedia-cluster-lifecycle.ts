import { sharedSettings } from './cluster-import-policy.ts';
import type { StoredMeta } from './meta.ts';
import { conditionsSchema, observedGenerationSchema } from './meta.ts';
import { POLICY_GROUP } from './names.ts';
import type { FromSchema, Schema } from './schema.ts';

const objectIdentity = {
  group: { type: 'string', description: 'API group; "" is the core group.' },
  version: { type: 'string', description: 'API version in use.' },
  resource: { type: 'string', description: 'Plural name of the resource.' },
  namespace: { type: 'string', description: 'Namespace, for a namespaced resource.' },
  name: { type: 'string', description: 'Name of the object.' },
} as const satisfies { [name: string]: Schema };

const lifecycleReferenceSchema = {
  type: 'object',
  description: 'A reference of the policy, with the one version that is in use.',
  required: ['key', 'group', 'resource', 'version', 'nameTemplate'],
  properties: {
    key: { type: 'string', description: 'Name under which templates see the object: .references.<key>.' },
    group: objectIdentity.group,
    resource: objectIdentity.resource,
    version: objectIdentity.version,
    namespaceTemplate: { type: 'string', description: 'Namespace of the object.' },
    nameTemplate: { type: 'string', description: 'Name of the object.' },
    allowedNamespaces: {
      type: 'array',
      description: 'Namespaces that the object may be in. Empty means any.',
      items: { type: 'string' },
      'x-kubernetes-list-type': 'set',
    },
  },
} as const satisfies Schema;

export const pediaClusterLifecycleSpecSchema = {
  type: 'object',
  description: 'The source that is followed, and what the policy makes of it. Kept up to date by the policy.',
  // creationCondition has a default, so requiring it refuses nothing that Clusterpedia's schema accepts.
  required: ['source', 'template', 'creationCondition'],
  properties: {
    source: {
      type: 'object',
      description: 'The object that stands for the managed cluster.',
      required: ['group', 'version', 'resource', 'name'],
      properties: objectIdentity,
    },
    references: {
      type: 'array',
      description: 'Other objects that the templates need, in the order in which they are resolved.',
      items: lifecycleReferenceSchema,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['key'],
    },
    ...sharedSettings,
  },
} as const satisfies Schema;

export const pediaClusterLifecycleStatusSchema = {
  type: 'object',
  description: 'What has come of the source.',
  properties: {
    observedGeneration: observedGenerationSchema,
    conditions: conditionsSchema,
    references: {
      type: 'array',
      description:
        'The objects that the references were resolved to, but none whose name or namespace is read from a Secret.',
      items: {
        type: 'object',
        required: ['group', 'version', 'resource', 'name'],
        properties: { key: lifecycleReferenceSchema.properties.key, ...objectIdentity },
      },
    },
  },
} as const satisfies Schema;

export type PediaClusterLifecycleSpec = FromSchema<typeof pediaClusterLifecycleSpecSchema>;
export type PediaClusterLifecycleStatus = FromSchema<typeof pediaClusterLifecycleStatusSchema>;
export type LifecycleReference = FromSchema<typeof lifecycleReferenceSchema>;

/** A lifecycle as the API server stores it. */
export interface PediaClusterLifecycle {
  readonly apiVersion: `${typeof POLICY_GROUP}/v1alpha1`;
  readonly kind: 'PediaClusterLifecycle';
  readonly metadata: StoredMeta;
  readonly spec: PediaClusterLifecycleSpec;
  readonly status?: PediaClusterLifecycleStatus;
}

export const PEDIA_CLUSTER_LIFECYCLE = {
  group: POLICY_GROUP,
  version: 'v1alpha1',
  resource: 'pediaclusterlifecycles',
  kind: 'PediaClusterLifecycle',
  namespaced: false,
} as const;
