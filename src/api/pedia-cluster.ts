import type { ObjectMeta } from './meta.ts';
import { CLUSTER_GROUP } from './names.ts';
import type { FromSchema, Schema } from './schema.ts';

const bytes = (description: string) => ({ type: 'string', format: 'byte', description }) as const;

const strings = (description: string) => ({ type: 'array', description, items: { type: 'string' } }) as const;

const secretKey = (description: string) =>
  ({
    type: 'object',
    description,
    required: ['name', 'key'],
    properties: {
      name: { type: 'string', description: 'Name of the Secret.' },
      key: { type: 'string', description: 'Key in the data of the Secret.' },
    },
  }) as const;

export const pediaClusterSpecSchema = {
  type: 'object',
  description: 'How the cluster is reached, and what is collected from it.',
  required: ['syncResources'],
  properties: {
    apiserver: { type: 'string', description: "URL of the cluster's API server." },
    kubeconfig: bytes('A whole kubeconfig, base64.'),
    caData: bytes("PEM of the API server's CA, base64."),
    tokenData: bytes('Bearer token, base64.'),
    certData: bytes('PEM of the client certificate, base64.'),
    keyData: bytes('PEM of the client key, base64.'),
    authenticationFrom: {
      type: 'object',
      description: 'Credentials taken from Secrets of the namespace that Clusterpedia runs in.',
      properties: {
        kubeconfig: secretKey('Where the kubeconfig is.'),
        ca: secretKey('Where the CA is.'),
        token: secretKey('Where the token is.'),
        cert: secretKey('Where the client certificate is.'),
        key: secretKey('Where the client key is.'),
      },
    },
    syncResources: {
      type: 'array',
      description: 'Resources that Clusterpedia collects from the cluster. May be empty.',
      items: {
        type: 'object',
        required: ['group', 'resources'],
        properties: {
          group: { type: 'string', description: 'API group; "" is the core group.' },
          resources: {
            type: 'array',
            description: 'Plural names; "*" is all of the group.',
            minItems: 1,
            items: { type: 'string' },
          },
          versions: strings('Versions to collect. Empty lets Clusterpedia choose.'),
          eventsInvolvedResources: strings('Resources whose events are collected with them.'),
        },
      },
    },
    syncAllCustomResources: {
      type: 'boolean',
      description: 'Collects every custom resource of the cluster.',
    },
    syncResourcesRefName: { type: 'string', description: 'Name of a ClusterSyncResources to add.' },
    shardingName: { type: 'string', description: 'Which Clusterpedia shard collects from the cluster.' },
  },
} as const satisfies Schema;

export type PediaClusterSpec = FromSchema<typeof pediaClusterSpecSchema>;

export interface PediaCluster {
  readonly apiVersion: `${typeof CLUSTER_GROUP}/v1alpha2`;
  readonly kind: 'PediaCluster';
  readonly metadata: ObjectMeta;
  readonly spec: PediaClusterSpec;
  /** Belongs to Clusterpedia; never written here. */
  readonly status?: unknown;
}

/** The fields that a policy's `template` may render. The reconciler sets the rest of the object. */
export const renderedPediaClusterSchema = {
  type: 'object',
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string', enum: [`${CLUSTER_GROUP}/v1alpha2`] },
    kind: { type: 'string', enum: ['PediaCluster'] },
    metadata: {
      type: 'object',
      properties: {
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        annotations: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
    spec: pediaClusterSpecSchema,
  },
} as const satisfies Schema;

export type RenderedPediaCluster = FromSchema<typeof renderedPediaClusterSchema>;

/** The fields of a PediaCluster's spec that follow their source under `updatePolicy: Credentials`. */
export const CREDENTIAL_FIELDS = [
  'apiserver',
  'kubeconfig',
  'caData',
  'tokenData',
  'certData',
  'keyData',
  'authenticationFrom',
] as const satisfies readonly (keyof PediaClusterSpec)[];

export const PEDIA_CLUSTER = {
  group: CLUSTER_GROUP,
  version: 'v1alpha2',
  resource: 'pediaclusters',
  kind: 'PediaCluster',
  namespaced: false,
} as const;
