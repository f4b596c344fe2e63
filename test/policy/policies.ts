import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { ClusterImportPolicy, ClusterImportPolicySpec, Schema } from '../../src/api/index.ts';
import type { ResourceFacts } from '../../src/policy/index.ts';
import { builtinResources } from '../../src/policy/index.ts';

/** The policy of the documentation's worked example. */
export const mcp = parse(
  readFileSync(new URL('../../kustomize/policies/mcp/policy.yaml', import.meta.url), 'utf8'),
) as ClusterImportPolicy;

/** The worked example with another spec. */
export function policyWith(change: Partial<ClusterImportPolicySpec>): ClusterImportPolicy {
  return { ...mcp, spec: { ...mcp.spec, ...change } };
}

/** The schema of the worked example's clusters: closed, as CRDs are unless they say otherwise. */
export const clusterSchema: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['apiEndpoint'],
      properties: {
        apiEndpoint: { type: 'string' },
        authSecretRef: {
          type: 'object',
          required: ['name'],
          properties: { namespace: { type: 'string' }, name: { type: 'string' } },
        },
        replicas: { type: 'integer' },
        parameters: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: {
      type: 'object',
      properties: {
        conditions: {
          type: 'array',
          items: {
            type: 'object',
            required: ['type', 'status'],
            properties: { type: { type: 'string' }, status: { type: 'string' } },
          },
        },
      },
    },
  },
};

export const clusterFacts: ResourceFacts = {
  group: 'cluster.mcp.io',
  resource: 'clusters',
  known: true,
  version: 'v1alpha1',
  served: ['v1alpha1'],
  kind: 'Cluster',
  namespaced: false,
  schema: clusterSchema,
};

const [secret] = builtinResources;

export const secretFacts: ResourceFacts = {
  group: '',
  resource: 'secrets',
  known: true,
  version: 'v1',
  served: ['v1'],
  kind: 'Secret',
  namespaced: true,
  ...(secret === undefined ? {} : { schema: secret.schema }),
};
