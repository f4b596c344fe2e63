import type { ObjectMeta, Stored } from './meta.ts';
import { conditionsSchema, observedGenerationSchema } from './meta.ts';
import { POLICY_GROUP } from './names.ts';
import type { FromSchema, Schema } from './schema.ts';

const versions = {
  type: 'array',
  description:
    "Versions that may be used, in order of preference. Empty means the API server's preferred version.",
  items: { type: 'string' },
} as const satisfies Schema;

const sourceSchema = {
  type: 'object',
  description: 'The resource that stands for a managed cluster.',
  required: ['group', 'resource'],
  properties: {
    group: { type: 'string', description: 'API group of the resource; "" is the core group.' },
    resource: { type: 'string', description: 'Plural name of the resource, in lower case.' },
    versions,
    selectorTemplate: {
      type: 'string',
      description: 'A source is kept only where this template renders to "true". Sees .source.',
    },
    labelSelector: {
      type: 'string',
      description:
        'Keeps sources whose labels match, filtered by the API server. The syntax of kubectl get -l.',
    },
    fieldSelector: {
      type: 'string',
      description:
        'Keeps sources whose fields match, filtered by the API server. The syntax of kubectl get --field-selector.',
    },
    namespaces: {
      type: 'array',
      description: 'Keeps sources of these namespaces. Empty means all.',
      items: { type: 'string' },
      'x-kubernetes-list-type': 'set',
    },
  },
} as const satisfies Schema;

const referenceSchema = {
  type: 'object',
  description: 'Another object that the templates need, such as the Secret with the kubeconfig.',
  required: ['key', 'group', 'resource', 'nameTemplate'],
  properties: {
    key: { type: 'string', description: 'Name under which templates see the object: .references.<key>.' },
    group: { type: 'string', description: 'API group of the resource; "" is the core group.' },
    resource: { type: 'string', description: 'Plural name of the resource, in lower case.' },
    versions,
    namespaceTemplate: {
      type: 'string',
      description: 'Namespace of the object. Sees .source and the references before this one.',
    },
    nameTemplate: {
      type: 'string',
      description: 'Name of the object. Sees .source and the references before this one.',
    },
    allowedNamespaces: {
      type: 'array',
      description: 'Namespaces that the object may be in. Empty means any.',
      items: { type: 'string' },
      'x-kubernetes-list-type': 'set',
    },
  },
} as const satisfies Schema;

/** Settings that a lifecycle copies from its policy unchanged. */
export const sharedSettings = {
  template: {
    type: 'string',
    description:
      'The PediaCluster, as YAML: metadata.labels, metadata.annotations and spec. Sees .source and .references.',
  },
  creationCondition: {
    type: 'string',
    default: 'true',
    description:
      'A PediaCluster is created only where this template renders to "true". Does not affect updates.',
  },
  deletionCondition: {
    type: 'string',
    description:
      'Where this template renders to "true", the PediaCluster is deleted although its source still exists.',
  },
  deletionPolicy: {
    type: 'string',
    enum: ['Delete', 'Orphan'],
    description: 'What becomes of a PediaCluster when its source or the policy goes. Unset means Delete.',
  },
  updatePolicy: {
    type: 'string',
    enum: ['Credentials', 'All'],
    description:
      'Credentials (also when unset) keeps endpoint and credentials as rendered; All also labels, annotations and sync fields.',
  },
  adoption: {
    type: 'string',
    enum: ['Annotated', 'Always'],
    description:
      'Which PediaClusters that were there before, and belong to no lifecycle, are kept up to date. Annotated (also when unset): those with the annotation policy.clusterpedia.io/adopt-by that names the policy. Always: all.',
  },
  suspend: { type: 'boolean', description: 'While true, nothing is created, changed or deleted.' },
  templateEngine: {
    type: 'string',
    enum: ['GoTemplate', 'Handlebars'],
    description: 'Language of all templates. Unset means GoTemplate.',
  },
} as const satisfies { [name: string]: Schema };

export const clusterImportPolicySpecSchema = {
  type: 'object',
  description: 'Which objects stand for clusters, and what is made of them.',
  required: ['source', 'nameTemplate', 'template'],
  properties: {
    source: sourceSchema,
    references: {
      type: 'array',
      description: 'Other objects that the templates need, in the order in which they are resolved.',
      items: referenceSchema,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['key'],
    },
    nameTemplate: {
      type: 'string',
      description: 'Name of the PediaClusterLifecycle and of the PediaCluster. Sees .source.',
    },
    ...sharedSettings,
  },
} as const satisfies Schema;

const count = (description: string) =>
  ({ type: 'integer', format: 'int64', minimum: 0, description }) as const;

export const clusterImportPolicyStatusSchema = {
  type: 'object',
  description: 'How far the policy has come.',
  properties: {
    observedGeneration: observedGenerationSchema,
    conditions: conditionsSchema,
    sources: count('Objects of the source resource that the policy looks at.'),
    selected: count('Sources that the selector keeps.'),
    lifecycles: count('PediaClusterLifecycles of this policy.'),
    pediaClusters: count('PediaClusters made or kept up to date by this policy.'),
    reachable: count('Those that Clusterpedia reaches, as it says itself.'),
    waiting: count(
      'Lifecycles that wait for something that is yet to come: a Secret, the creation condition, a deletion.',
    ),
    failed: count('Sources and lifecycles that could not be brought to their desired state.'),
    version: { type: 'string', description: 'API version of the source resource in use.' },
    heldDeletions: count('Deletions that wait for the allow-deletions annotation.'),
  },
} as const satisfies Schema;

export type ClusterImportPolicySpec = FromSchema<typeof clusterImportPolicySpecSchema>;
export type ClusterImportPolicyStatus = FromSchema<typeof clusterImportPolicyStatusSchema>;
export type PolicyReference = FromSchema<typeof referenceSchema>;
export type PolicySource = FromSchema<typeof sourceSchema>;
/** The fields of a source that say which objects of the resource the API server is asked for. */
export type SourceScope = Omit<PolicySource, 'group' | 'resource' | 'versions' | 'selectorTemplate'>;
export type DeletionPolicy = 'Delete' | 'Orphan';
export type UpdatePolicy = 'Credentials' | 'All';
export type Adoption = 'Annotated' | 'Always';
export type TemplateEngine = 'GoTemplate' | 'Handlebars';

export interface ClusterImportPolicy {
  readonly apiVersion: `${typeof POLICY_GROUP}/v1alpha1`;
  readonly kind: 'ClusterImportPolicy';
  readonly metadata: ObjectMeta;
  readonly spec: ClusterImportPolicySpec;
  readonly status?: ClusterImportPolicyStatus;
}

/** A policy as the API server stores it. */
export type StoredPolicy = Stored<ClusterImportPolicy>;

export const CLUSTER_IMPORT_POLICY = {
  group: POLICY_GROUP,
  version: 'v1alpha1',
  resource: 'clusterimportpolicies',
  kind: 'ClusterImportPolicy',
  namespaced: false,
} as const;
