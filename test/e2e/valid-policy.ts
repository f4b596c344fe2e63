/** A policy that admission takes on an API server with the definitions of the product alone. */
export const validPolicy = {
  apiVersion: 'policy.clusterpedia.io/v1alpha1',
  kind: 'ClusterImportPolicy',
  metadata: { name: 'a' },
  spec: {
    source: { group: 'cluster.example.io', resource: 'clusters' },
    nameTemplate: '{{ .source.metadata.name }}',
    template: 'spec: {kubeconfig: eDog, syncResources: []}',
  },
};
