/** A policy as somebody could write it in a hurry: a field, the key of a reference and a function are misspelt. */
export const BROKEN_POLICY = `\
apiVersion: policy.clusterpedia.io/v1alpha1
kind: ClusterImportPolicy
metadata:
  name: broken
spec:
  source:
    group: cluster.x-k8s.io
    resource: clusters
  references:
    - key: kubeconfig
      group: ""
      resource: secrets
      namespaceTemplate: "{{ .source.metadata.namespace }}"
      nameTemplate: "{{ .source.metadata.name }}-kubeconfig"
  nameTemplate: "capi-{{ .source.metadata.nmae }}"
  creationCondition: '{{ ne .references.kubeconfg.data.value "" }}'
  template: |
    spec:
      apiserver: "https://{{ .source.spec.controlPlaneEndpoint.host | lowr }}:6443"
      kubeconfig: "{{ .references.kubeconfig.data.value }}"
      syncResources: []
`;
