import {
  CLUSTER_IMPORT_POLICY,
  clusterImportPolicySpecSchema,
  clusterImportPolicyStatusSchema,
} from './cluster-import-policy.ts';
import { conditionSchema } from './meta.ts';
import { groupResource, POLICY_LABEL } from './names.ts';
import { PEDIA_CLUSTER, pediaClusterSpecSchema } from './pedia-cluster.ts';
import {
  PEDIA_CLUSTER_LIFECYCLE,
  pediaClusterLifecycleSpecSchema,
  pediaClusterLifecycleStatusSchema,
} from './pedia-cluster-lifecycle.ts';
import type { Schema } from './schema.ts';

interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly priority?: number;
  readonly description?: string;
}

/** An `apiextensions.k8s.io/v1` CustomResourceDefinition with one version. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Cluster';
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames?: readonly string[];
      readonly categories?: readonly string[];
    };
    readonly versions: readonly {
      readonly name: string;
      readonly served: true;
      readonly storage: true;
      readonly subresources: { readonly status: object };
      readonly additionalPrinterColumns: readonly PrinterColumn[];
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

interface Resource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
}

const conditionPath = (type: string, field: 'status' | 'reason') =>
  `.status.conditions[?(@.type == '${type}')].${field}`;

const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

function definition(
  { group, version, resource, kind }: Resource,
  shortNames: readonly string[],
  categories: readonly string[],
  additionalPrinterColumns: readonly PrinterColumn[],
  schema: { description: string; spec: Schema; status: Schema; required: readonly string[] },
): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: groupResource({ group, resource }) },
    spec: {
      group,
      scope: 'Cluster',
      names: {
        kind,
        listKind: `${kind}List`,
        plural: resource,
        singular: kind.toLowerCase(),
        ...(shortNames.length > 0 ? { shortNames } : {}),
        ...(categories.length > 0 ? { categories } : {}),
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: schema.description,
              ...(schema.required.length > 0 ? { required: schema.required } : {}),
              properties: {
                apiVersion: { type: 'string', description: 'Group and version of this object.' },
                kind: { type: 'string', description: 'Kind of this object.' },
                // The API server has its own description of metadata, and refuses any other.
                metadata: { type: 'object' },
                spec: schema.spec,
                status: schema.status,
              },
            },
          },
        },
      ],
    },
  };
}

const policyDefinition = definition(
  CLUSTER_IMPORT_POLICY,
  ['cip'],
  ['clusterpedia'],
  [
    { name: 'Source', type: 'string', jsonPath: '.spec.source.resource' },
    { name: 'Validated', type: 'string', jsonPath: conditionPath('Validated', 'status') },
    { name: 'Ready', type: 'string', jsonPath: conditionPath('Ready', 'status') },
    { name: 'Reason', type: 'string', jsonPath: conditionPath('Ready', 'reason') },
    { name: 'Clusters', type: 'integer', jsonPath: '.status.pediaClusters' },
    { name: 'Reachable', type: 'integer', jsonPath: '.status.reachable' },
    { name: 'Waiting', type: 'integer', jsonPath: '.status.waiting' },
    { name: 'Failed', type: 'integer', jsonPath: '.status.failed' },
    { name: 'Group', type: 'string', jsonPath: '.spec.source.group', priority: 1 },
    age,
  ],
  {
    description:
      'ClusterImportPolicy turns the objects that a multi-cloud platform keeps for its clusters into PediaClusters.',
    spec: clusterImportPolicySpecSchema,
    status: clusterImportPolicyStatusSchema,
    required: [],
  },
);

const lifecycleDefinition = definition(
  PEDIA_CLUSTER_LIFECYCLE,
  ['pcl'],
  ['clusterpedia'],
  [
    { name: 'Source', type: 'string', jsonPath: '.spec.source.name' },
    { name: 'Policy', type: 'string', jsonPath: `.metadata.labels.${POLICY_LABEL.replaceAll('.', '\\.')}` },
    { name: 'Created', type: 'string', jsonPath: conditionPath('Created', 'status') },
    { name: 'Ready', type: 'string', jsonPath: conditionPath('Ready', 'status') },
    { name: 'Reason', type: 'string', jsonPath: conditionPath('Ready', 'reason') },
    { name: 'Reachable', type: 'string', jsonPath: conditionPath('Reachable', 'status') },
    { name: 'Namespace', type: 'string', jsonPath: '.spec.source.namespace', priority: 1 },
    age,
  ],
  {
    description: 'PediaClusterLifecycle follows one managed cluster of a ClusterImportPolicy.',
    spec: pediaClusterLifecycleSpecSchema,
    status: pediaClusterLifecycleStatusSchema,
    required: [],
  },
);

const pediaClusterDefinition = definition(
  PEDIA_CLUSTER,
  [],
  [],
  [
    { name: 'Ready', type: 'string', jsonPath: conditionPath('Ready', 'status') },
    { name: 'Version', type: 'string', jsonPath: '.status.version' },
    { name: 'APIServer', type: 'string', jsonPath: '.status.apiserver' },
  ],
  {
    description: 'PediaCluster is a cluster whose resources Clusterpedia collects.',
    spec: pediaClusterSpecSchema,
    status: {
      type: 'object',
      description:
        "Clusterpedia's own; this definition is only a fallback, so it keeps whatever is written here.",
      properties: {
        conditions: { type: 'array', description: 'What Clusterpedia knows.', items: conditionSchema },
      },
      'x-kubernetes-preserve-unknown-fields': true,
    },
    required: [],
  },
);

/** The definitions that this project owns: ClusterImportPolicy and PediaClusterLifecycle. */
export const policyDefinitions: readonly CustomResourceDefinition[] = [policyDefinition, lifecycleDefinition];

/** Replaces Clusterpedia's own definition of PediaCluster while Clusterpedia is not installed. */
export const fallbackDefinitions: readonly CustomResourceDefinition[] = [pediaClusterDefinition];
