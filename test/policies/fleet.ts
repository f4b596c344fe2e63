import type { ClusterImportPolicy, ClusterImportPolicySpec, KubeObject } from '../../src/api/index.ts';

/** The made-up platform that {@link verdicts} are about: a resource in namespaces with a schema of every kind. */
export const fleetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'managedclusters.fleet.example.io' },
  spec: {
    group: 'fleet.example.io',
    scope: 'Namespaced',
    names: {
      kind: 'ManagedCluster',
      listKind: 'ManagedClusterList',
      plural: 'managedclusters',
      singular: 'managedcluster',
    },
    versions: [version('v1', { endpoint: { type: 'string' } }, true), version('v1beta1', {}, false)],
  },
};

function version(name: string, more: object, storage: boolean) {
  return {
    name,
    served: true,
    storage,
    schema: {
      openAPIV3Schema: {
        type: 'object',
        required: ['spec'],
        properties: {
          spec: {
            type: 'object',
            required: ['enabled', 'site'],
            properties: {
              ...more,
              secretName: { type: 'string' },
              enabled: { type: 'string' },
              site: { type: 'string', enum: ['Paris', 'oslo'] },
              displayName: { type: 'string', default: '' },
              access: {
                type: 'object',
                default: {},
                properties: { host: { type: 'string' }, port: { type: 'integer', minimum: 1 } },
              },
              port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
              labels: { type: 'object', additionalProperties: { type: 'string' } },
              parameters: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
              open: {
                type: 'object',
                properties: { timeout: { type: 'string' } },
                'x-kubernetes-preserve-unknown-fields': true,
              },
              machine: {
                type: 'object',
                'x-kubernetes-embedded-resource': true,
                properties: { spec: { type: 'object', properties: { image: { type: 'string' } } } },
              },
              version: { type: 'string', pattern: '^v[0-9]+\\.[0-9]+\\.[0-9]+$' },
              rows: { type: 'array', items: { type: 'array', items: { type: 'string' } } },
            },
          },
          status: {
            type: 'object',
            properties: {
              phase: { type: 'string' },
              // Without an enum, and without the time of the last transition.
              hostConditions: {
                type: 'array',
                items: {
                  type: 'object',
                  required: ['type', 'status'],
                  properties: { type: { type: 'string' }, status: { type: 'string' } },
                },
              },
              addons: {
                type: 'array',
                items: {
                  type: 'object',
                  properties: {
                    type: { type: 'string' },
                    status: { type: 'string' },
                    message: { type: 'string' },
                  },
                },
              },
              conditions: {
                type: 'array',
                items: {
                  type: 'object',
                  required: ['type', 'status'],
                  properties: {
                    type: { type: 'string' },
                    status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
                  },
                },
              },
            },
          },
        },
      },
    },
  };
}

const [GROUP, RESOURCE] = ['fleet.example.io', 'managedclusters'];

const BODY = `spec:
  apiserver: "{{ .source.spec.endpoint }}"
  syncResources: []
`;

const credentials = [
  'caData: "{{ .references.auth.data.ca }}"',
  'tokenData: "{{ .references.auth.data.token }}"',
];

/** A policy for that platform that nothing is wrong with. */
export const fleetSpec: ClusterImportPolicySpec = {
  source: { group: GROUP, resource: RESOURCE },
  references: [
    {
      key: 'auth',
      group: '',
      resource: 'secrets',
      namespaceTemplate: '{{ .source.metadata.namespace }}',
      nameTemplate: '{{ .source.spec.secretName }}',
    },
  ],
  nameTemplate: 'fleet-{{ .source.metadata.namespace }}-{{ .source.metadata.name }}',
  template: `${BODY}  ${credentials.join('\n  ')}\n`,
  creationCondition: '{{ eq .source.spec.enabled "true" }}',
};

/** The same policy with another spec, which needs no typing: some are wrong on purpose. */
export const fleetPolicy = (spec: object = {}, metadata: object = {}): ClusterImportPolicy => ({
  apiVersion: 'policy.clusterpedia.io/v1alpha1',
  kind: 'ClusterImportPolicy',
  metadata: { name: 'fleet', ...metadata },
  spec: { ...fleetSpec, ...spec },
});

/** A template with `rest` from its fourth line on, and with the credentials that `rest` does not write itself. */
export function templateWith(rest: string): string {
  const missing = credentials.filter((line) => !rest.includes(line.split(' ')[0] ?? ''));
  return [`${BODY}${rest}`, ...missing.map((line) => `  ${line}`), ''].join('\n');
}

/** A managed cluster of the namespace `default`. */
export const managedCluster = (name: string, spec: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'fleet.example.io/v1',
  kind: 'ManagedCluster',
  metadata: { name, namespace: 'default', ...metadata },
  spec: {
    endpoint: `https://${name}.example:6443`,
    secretName: `${name}-auth`,
    enabled: 'true',
    site: 'oslo',
    ...spec,
  },
});

/** The Secret of a managed cluster. */
export const authSecret = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: `${name}-auth`, namespace: 'default' },
  data: {
    ca: Buffer.from('authority').toString('base64'),
    token: Buffer.from(`token of ${name}`).toString('base64'),
  },
});

/** The uid of a policy by that name, where it is not an API server that gives it one. */
export const uidOf = (policy: string): string => `uid-of-${policy}`;
