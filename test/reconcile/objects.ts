/** Objects as the API server returns them, for decisions to be taken about. */
import type {
  ClusterImportPolicySpec,
  KubeObject,
  OwnerReference,
  PediaClusterLifecycle,
  RenderedPediaCluster,
  StoredObject,
  StoredPolicy,
} from '../../src/api/index.ts';
import { FINALIZER, POLICY_LABEL } from '../../src/api/index.ts';
import type { NegotiatedPolicy, ObservedPediaCluster, SourceKey } from '../../src/reconcile/index.ts';
import { lifecycleSpec, observePediaCluster, policyOwner } from '../../src/reconcile/index.ts';

export const TEMPLATE = `spec:
  apiserver: "{{ .source.spec.apiEndpoint }}"
  tokenData: "{{ .references.auth.data.token }}"
  syncResources: []
`;

export const SPEC: ClusterImportPolicySpec = {
  source: { group: 'cluster.mcp.io', resource: 'clusters' },
  references: [
    {
      key: 'auth',
      group: '',
      resource: 'secrets',
      namespaceTemplate: '{{ .source.spec.authSecretRef.namespace }}',
      nameTemplate: '{{ .source.spec.authSecretRef.name }}',
    },
  ],
  nameTemplate: 'mcp-{{ .source.metadata.name }}',
  template: TEMPLATE,
  creationCondition: 'true',
};

export function policyObject(
  spec: Partial<ClusterImportPolicySpec> = {},
  metadata: Partial<StoredPolicy['metadata']> = {},
): StoredPolicy {
  return {
    apiVersion: 'policy.clusterpedia.io/v1alpha1',
    kind: 'ClusterImportPolicy',
    metadata: {
      name: 'mcp',
      uid: 'uid-of-mcp',
      resourceVersion: '10',
      generation: 1,
      creationTimestamp: '2024-01-01T00:00:00Z',
      finalizers: [FINALIZER],
      ...metadata,
    },
    spec: { ...SPEC, ...spec },
  };
}

export function negotiated(
  spec: Partial<ClusterImportPolicySpec> = {},
  metadata: Partial<StoredPolicy['metadata']> = {},
): NegotiatedPolicy {
  return {
    object: policyObject(spec, metadata),
    sourceVersion: 'v1alpha1',
    referenceVersions: new Map([['auth', 'v1']]),
  };
}

export const SOURCE_KEY: SourceKey = { group: 'cluster.mcp.io', resource: 'clusters', name: 'c1' };

export function source(
  name = 'c1',
  created = '2024-02-01T00:00:00Z',
): KubeObject & { readonly spec: object } {
  return {
    apiVersion: 'cluster.mcp.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, uid: `uid-of-${name}`, resourceVersion: '20', creationTimestamp: created },
    spec: {
      apiEndpoint: `https://${name}.example:6443`,
      authSecretRef: { namespace: 'default', name },
    },
  };
}

export function secret(name = 'c1', token = 'dG9rZW4='): KubeObject & { readonly data: object } {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'default', uid: `uid-of-secret-${name}`, resourceVersion: '30' },
    data: { token },
  };
}

export function lifecycle(
  policy: NegotiatedPolicy = negotiated(),
  metadata: Partial<PediaClusterLifecycle['metadata']> = {},
  spec: Partial<PediaClusterLifecycle['spec']> = {},
): PediaClusterLifecycle {
  return {
    apiVersion: 'policy.clusterpedia.io/v1alpha1',
    kind: 'PediaClusterLifecycle',
    metadata: {
      name: 'mcp-c1',
      uid: 'uid-of-lifecycle',
      resourceVersion: '40',
      creationTimestamp: '2024-02-01T00:00:01Z',
      generation: 1,
      labels: { [POLICY_LABEL]: policy.object.metadata.name },
      finalizers: [FINALIZER],
      ownerReferences: [policyOwner(policy.object)],
      ...metadata,
    },
    spec: { ...lifecycleSpec(policy, SOURCE_KEY), ...spec },
  };
}

export const RENDERED: RenderedPediaCluster = {
  spec: { apiserver: 'https://c1.example:6443', tokenData: 'dG9rZW4=', syncResources: [] },
};

export const lifecycleReference = (uid = 'uid-of-lifecycle', name = 'mcp-c1'): OwnerReference => ({
  apiVersion: 'policy.clusterpedia.io/v1alpha1',
  kind: 'PediaClusterLifecycle',
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});

/** A PediaCluster as the cache keeps it, with the rendered spec unless another one is given. */
export function pediaCluster(
  metadata: Partial<StoredObject['metadata']> = {},
  spec: object = RENDERED.spec,
): ObservedPediaCluster {
  return observePediaCluster(pediaClusterObject(metadata, spec));
}

/** The same as the API server returns it. */
export function pediaClusterObject(
  metadata: Partial<StoredObject['metadata']> = {},
  spec: object = RENDERED.spec,
): StoredObject {
  return {
    apiVersion: 'cluster.clusterpedia.io/v1alpha2',
    kind: 'PediaCluster',
    metadata: {
      name: 'mcp-c1',
      uid: 'uid-of-pediacluster',
      resourceVersion: '50',
      creationTimestamp: '2024-02-01T00:00:02Z',
      ownerReferences: [lifecycleReference()],
      ...metadata,
    },
    spec,
  };
}
