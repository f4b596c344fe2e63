/**
 * What becomes of every sample cluster of the catalogue, by platform (and folder below `testdata`) and by lifecycle: the
 * server, the credential and whose authority verifies the server, or why there is no PediaCluster. A source that is not
 * selected has no lifecycle and is not here.
 */
export const outcomes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  argocd: {
    'argocd-cluster-dev': 'https://10.1.2.3:6443, certificate, not verified',
    'argocd-cluster-prod.example.com-1234567890': 'https://prod.example.com:6443, token, authority',
    'argocd-in-cluster': 'no: CreationConditionNotMet',
  },
  'argocd states': {
    'argocd-cluster-basic': 'https://basic.example.com:6443, admin, not verified',
    'argocd-cluster-broken': 'no: CreationConditionNotMet',
    'argocd-cluster-eks': 'no: CredentialNotSelfContained',
    'argocd-cluster-empty': 'no: CreationConditionNotMet',
    'argocd-cluster-gke': 'no: CredentialNotSelfContained',
    'argocd-cluster-leaving': 'no: SourceDeleting',
    'argocd-cluster-proxied':
      'https://proxied.example.com:6443, token-of-proxied, authority of proxied, by http://proxy.example.com:3128, as api.internal',
    'argocd-cluster-system-ca': 'https://public.example.com, token-of-system, authorities of the system',
  },
  'cluster-api': {
    'default-capi-quickstart': 'https://172.18.0.3:6443, certificate, authority',
    'default-capi-quickstart-2': 'https://172.18.0.5:6443, certificate, authority',
  },
  'cluster-api states': {
    'default-aks': 'no: CredentialNotSelfContained',
    'default-eks': 'https://ABCDEF.gr7.eu-west-1.eks.amazonaws.com, token-of-eks, authority of eks',
    'default-leaving': 'no: SourceDeleting',
    'default-secretless': 'no: ReferenceNotFound',
  },
  'cluster-api v1beta2': {
    'default-capi-quickstart': 'https://172.18.0.3:6443, certificate, authority',
    'default-still-starting': 'no: CreationConditionNotMet',
  },
  'cluster-profile': {
    'profile-fleet-my-cluster-1': 'https://spoke-1.example.com:6443, token-of-spoke-1, authority of spoke-1',
    'profile-fleet-my-cluster-2': 'https://spoke-2.example.com:6443, client of other, authority of spoke-2',
    'profile-fleet-my-cluster-3':
      'https://spoke-3.example.com:6443, token-of-spoke-3, authority of spoke-3, by http://proxy.example.com:3128, as api.internal',
    'profile-fleet-unhealthy': 'no: CreationConditionNotMet',
  },
  'cluster-profile states': {
    'profile-fleet-both': 'https://both.example.com:6443, token-of-spoke-8, authority of both',
    'profile-fleet-eks': 'no: CredentialNotSelfContained',
    'profile-fleet-gke': 'no: CredentialNotSelfContained',
    'profile-fleet-leaving': 'no: SourceDeleting',
    'profile-tenant-granted': 'https://granted.example.com:6443, token-of-spoke-9, authority of granted',
    'profile-tenant-stolen': 'no: ReferenceNotFound',
  },
  clusternet: {
    'clusternet-clusternet-p2w4m-clusternet-cluster-edge': 'no: CreationConditionNotMet',
    'clusternet-clusternet-t8r5d-clusternet-cluster-pull': 'no: ReferenceNotFound',
    'clusternet-clusternet-x7b9k-clusternet-cluster-dzqkw': 'https://10.0.0.10:8443, token, authority',
  },
  'clusternet states': {
    'clusternet-clusternet-noca1-unverified': 'no: RenderFailed',
    'clusternet-clusternet-none1-secretless': 'no: ReferenceNotFound',
    'clusternet-clusternet-off1-offline': 'no: CreationConditionNotMet',
    'clusternet-clusternet-out1-leaving': 'no: SourceDeleting',
    'clusternet-clusternet-pull1-pull': 'https://pull.example.com:6443, token-of-pull, authority of pull',
  },
  crossplane: {
    'crossplane-infra-eks-prod':
      'https://ABCDEF.gr7.eu-west-1.eks.amazonaws.com, token-of-eks-prod, authority of eks-prod',
    'crossplane-infra-new': 'no: CreationConditionNotMet',
  },
  'crossplane states': {
    'crossplane-infra-aks': 'no: CredentialNotSelfContained',
    'crossplane-infra-broken': 'no: CredentialInvalid',
    'crossplane-infra-leaving': 'no: SourceDeleting',
  },
  fleet: {
    'fleet-fleet-default-agent': 'no: CreationConditionNotMet',
    'fleet-fleet-default-broken': 'no: ReferenceNotFound',
    'fleet-fleet-default-edge': 'https://edge.example.com:6443, token-of-edge, authority of edge',
    'fleet-fleet-default-elsewhere': 'no: CreationConditionNotMet',
    'fleet-fleet-default-new': 'no: CreationConditionNotMet',
  },
  'fleet states': {
    'fleet-fleet-default-eks': 'no: CredentialNotSelfContained',
    'fleet-fleet-default-leaving': 'no: SourceDeleting',
  },
  gardener: {
    'shoot-garden-dev-batch': 'no: CreationConditionNotMet',
    'shoot-garden-dev-web': 'https://api.web.dev.shoot.example.com, token-of-web, authority of web',
  },
  'gardener states': {
    'shoot-garden-dev-broken': 'no: CreationConditionNotMet',
    'shoot-garden-dev-leaving': 'no: SourceDeleting',
    'shoot-garden-dev-new': 'no: CreationConditionNotMet',
    'shoot-garden-dev-several':
      'https://api.several.dev.shoot.example.com, token-of-several, authority of several',
    'shoot-garden-dev-tokenless': 'no: ReferenceNotFound',
  },
  hive: {
    'hive-clusters-asleep': 'no: CreationConditionNotMet',
    'hive-clusters-lost': 'no: CreationConditionNotMet',
    'hive-clusters-new': 'no: CreationConditionNotMet',
    'hive-clusters-prod': 'https://api.prod.example.com:6443, client of prod, authority of prod',
  },
  'hive states': {
    'hive-clusters-adopted': 'no: CredentialNotSelfContained',
    'hive-clusters-leaving': 'no: SourceDeleting',
    'hive-clusters-secretless': 'no: ReferenceNotFound',
  },
  hypershift: {
    'hypershift-clusters-guest1': 'https://api.guest1.example.com:6443, certificate, authority',
    'hypershift-clusters-guest2': 'no: CreationConditionNotMet',
  },
  'hypershift states': {
    'hypershift-clusters-broken': 'no: CreationConditionNotMet',
    'hypershift-clusters-leaving': 'no: SourceDeleting',
    'hypershift-clusters-secretless': 'no: ReferenceNotFound',
  },
  k0smotron: {
    'k0smotron-hosted-broken': 'no: CreationConditionNotMet',
    'k0smotron-hosted-new': 'no: CreationConditionNotMet',
    'k0smotron-hosted-web': 'https://10.40.0.5:30443, client of web, authority of web',
  },
  'k0smotron states': {
    'k0smotron-hosted-leaving': 'no: SourceDeleting',
    'k0smotron-hosted-secretless': 'no: ReferenceNotFound',
  },
  k3k: {
    'k3k-virtual-a-virtual-cluster-with-a-name-that-is-longer-than-most-names-are':
      'https://10.50.0.9:443, client of a-virtual-cluster-with-a-name-that-is-longer-than-most-names-are, authority of a-virtual-cluster-with-a-name-that-is-longer-than-most-names-are',
    'k3k-virtual-broken': 'no: CreationConditionNotMet',
    'k3k-virtual-dddddddddddddddddddddddddddddddddddddddddddddddddddd-then-more':
      'https://10.50.0.9:443, client of dddddddddddddddddddddddddddddddddddddddddddddddddddd-then-more, authority of dddddddddddddddddddddddddddddddddddddddddddddddddddd-then-more',
    'k3k-virtual-dev': 'https://10.50.0.9:443, client of dev, authority of dev',
    'k3k-virtual-new': 'no: CreationConditionNotMet',
  },
  'k3k states': {
    'k3k-virtual-leaving': 'no: SourceDeleting',
    'k3k-virtual-secretless': 'no: ReferenceNotFound',
  },
  kamaji: {
    'kamaji-tenants-asleep': 'no: CreationConditionNotMet',
    'kamaji-tenants-blue': 'https://10.20.0.7:6443, client of blue, authority of blue',
    'kamaji-tenants-broken': 'no: CreationConditionNotMet',
    'kamaji-tenants-new': 'no: CreationConditionNotMet',
  },
  'kamaji states': {
    'kamaji-tenants-leaving': 'no: SourceDeleting',
    'kamaji-tenants-secretless': 'no: ReferenceNotFound',
  },
  karmada: {
    'karmada-argocd': 'no: CreationConditionNotMet',
    'karmada-member1': 'https://172.18.0.4:6443, token, authority',
    'karmada-member3': 'no: CreationConditionNotMet',
  },
  'karmada states': {
    'karmada-bare': 'https://bare.example.com:6443, token-of-bare, authority of bare',
    'karmada-elsewhere': 'no: NamespaceNotAllowed',
    'karmada-insecure': 'https://insecure.example.com:6443, token-of-insecure, not verified',
    'karmada-insecure-proxied':
      'https://insecure-proxied.example.com:6443, token-of-insecure-proxied, not verified, by socks5://proxy.example.com:1080',
    'karmada-leaving': 'no: SourceDeleting',
    'karmada-new': 'no: CreationConditionNotMet',
    'karmada-offline': 'no: CreationConditionNotMet',
    'karmada-proxied':
      'https://proxied.example.com:6443, token-of-proxied, authority of proxied, by http://proxy.example.com:3128',
    'karmada-secretless': 'no: ReferenceNotFound',
    'karmada-stealing': 'no: CreationConditionNotMet',
    'karmada-unverified': 'no: RenderFailed',
  },
  kkp: {
    'kkp-m4v9z': 'no: CreationConditionNotMet',
    'kkp-new': 'no: CreationConditionNotMet',
    'kkp-q6t8x': 'https://q6t8x.seed.example.com:6443, token-of-q6t8x, authority of q6t8x',
  },
  'kkp states': {
    'kkp-l2k7d': 'no: SourceDeleting',
  },
  kubeadmiral: {
    'kubeadmiral-broken': 'no: CreationConditionNotMet',
    'kubeadmiral-certified':
      'https://certified.example.com:6443, client of certified, authority of certified',
    'kubeadmiral-insecure': 'https://insecure.example.com:6443, token-of-insecure, not verified',
    'kubeadmiral-joined': 'https://joined.example.com:6443, token-of-joined, authority of joined',
    'kubeadmiral-new': 'no: CreationConditionNotMet',
    'kubeadmiral-tokened':
      'https://tokened.example.com:6443, bootstrap-token-of-tokened, authority of tokened',
  },
  'kubeadmiral states': {
    'kubeadmiral-leaving': 'no: SourceDeleting',
    'kubeadmiral-secretless': 'no: ReferenceNotFound',
    'kubeadmiral-stealing': 'no: CreationConditionNotMet',
    'kubeadmiral-unverified': 'no: RenderFailed',
  },
  kubean: {
    'kubean-broken': 'no: ReferenceNotFound',
    'kubean-new': 'no: CreationConditionNotMet',
    'kubean-prod': 'https://10.30.0.2:6443, client of prod, authority of prod',
  },
  'kubean states': {
    'kubean-eks': 'no: CredentialNotSelfContained',
    'kubean-elsewhere': 'no: NamespaceNotAllowed',
    'kubean-leaving': 'no: SourceDeleting',
  },
  kubeflex: {
    'kubeflex-broken': 'no: CreationConditionNotMet',
    'kubeflex-imbs1': 'https://imbs1.imbs1-system:9443, client of imbs1, authority of imbs1',
    'kubeflex-its1': 'https://its1.localtest.me:9443, client of its1, authority of its1',
    'kubeflex-new': 'no: CreationConditionNotMet',
  },
  'kubeflex states': {
    'kubeflex-leaving': 'no: SourceDeleting',
  },
  kubesphere: {
    'kubesphere-joining': 'no: CreationConditionNotMet',
    'kubesphere-member': 'https://member.example.com:6443, certificate, authority',
  },
  'kubesphere states': {
    'kubesphere-broken': 'no: CreationConditionNotMet',
    'kubesphere-eks': 'no: CredentialNotSelfContained',
    'kubesphere-empty': 'no: CreationConditionNotMet',
    'kubesphere-host': 'https://10.96.0.1:443, token-of-host, authority of host',
    'kubesphere-leaving': 'no: SourceDeleting',
  },
  kubevela: {
    'vela-cluster-beijing': 'https://47.93.0.20:6443, token, authority',
    'vela-cluster-hangzhou': 'https://47.88.0.10:6443, certificate, authority',
  },
  'kubevela states': {
    'vela-cluster-proxy': 'no: CreationConditionNotMet',
    'vela-dynamic': 'no: CredentialNotSelfContained',
    'vela-empty': 'no: CreationConditionNotMet',
    'vela-insecure': 'https://insecure.example.com:6443, token-of-insecure, not verified',
    'vela-leaving': 'no: SourceDeleting',
    'vela-other-ca-key':
      'https://other-ca-key.example.com:6443, token-of-other-ca-key, authority of other-ca-key',
    'vela-proxied':
      'https://proxied.example.com:6443, client of proxied, authority of proxied, by http://proxy.example.com:3128',
  },
  kurator: {
    'kurator-kurator-broken': 'no: ReferenceNotFound',
    'kurator-kurator-empty': 'no: CreationConditionNotMet',
    'kurator-kurator-member': 'https://member.example.com:6443, client of member, authority of member',
    'kurator-kurator-new': 'no: CreationConditionNotMet',
  },
  'kurator states': {
    'kurator-kurator-eks': 'no: CredentialNotSelfContained',
    'kurator-kurator-leaving': 'no: SourceDeleting',
  },
  mcp: {
    'mcp-cluster-1': 'https://172.10.10.10:6443, token, authority',
  },
  'mcp states': {
    'mcp-leaving': 'no: SourceDeleting',
    'mcp-offline': 'no: CreationConditionNotMet',
    'mcp-stealing': 'no: NamespaceNotAllowed',
  },
  'open-cluster-management': {
    'ocm-cluster1': 'https://172.18.0.3:6443, token, authority',
    'ocm-edge1': 'no: CreationConditionNotMet',
    'ocm-lost1': 'no: CreationConditionNotMet',
  },
  'open-cluster-management states': {
    'ocm-addressless': 'no: CreationConditionNotMet',
    'ocm-leaving': 'no: SourceDeleting',
    'ocm-local-cluster': 'no: ReferenceNotFound',
    'ocm-offline': 'no: CreationConditionNotMet',
    'ocm-public': 'https://public.example.com:6443, token-of-public, authorities of the system',
  },
  rancher: {
    'rancher-fleet-default-production':
      'https://rancher.cattle-system/k8s/clusters/c-m-8xkqz2vw, token, authority',
    'rancher-fleet-default-waiting': 'no: CreationConditionNotMet',
  },
  'rancher states': {
    'rancher-fleet-default-c-x7k2p':
      'https://10.43.12.7/k8s/clusters/c-x7k2p, token-of-c-x7k2p, authority of c-x7k2p',
    'rancher-fleet-default-leaving': 'no: SourceDeleting',
    'rancher-fleet-default-new': 'no: CreationConditionNotMet',
    'rancher-fleet-default-secretless': 'no: ReferenceNotFound',
  },
  sveltos: {
    'sveltos-mgmt-broken': 'no: CreationConditionNotMet',
    'sveltos-mgmt-new': 'no: CreationConditionNotMet',
    'sveltos-mgmt-plain': 'https://plain.example.com:6443, client of plain, authority of plain',
    'sveltos-mgmt-pulled': 'no: CreationConditionNotMet',
    'sveltos-mgmt-renewed': 'https://renewed.example.com:6443, token-of-renewed, authority of renewed',
  },
  'sveltos states': {
    'sveltos-mgmt-eks': 'no: CredentialNotSelfContained',
    'sveltos-mgmt-gke': 'no: CredentialNotSelfContained',
    'sveltos-mgmt-leaving': 'no: SourceDeleting',
  },
  vcluster: {
    'vc-caiwei-vcluster-caiwei-vcluster':
      'https://caiwei-vcluster.caiwei-vcluster.svc, certificate, authority',
    'vc-default-vcluster-1': 'https://vcluster-1.default.svc, certificate, authority',
    'vc-default-vcluster-2': 'https://vcluster-2.default.svc, certificate, authority',
  },
  'vcluster states': {
    'vc-team-account': 'https://account.team, token-of-my-vcluster, authority of my-vcluster',
    'vc-team-broken': 'no: RenderFailed',
    'vc-team-insecure': 'https://insecure.team, client of my-vcluster, not verified',
    'vc-team-leaving': 'no: SourceDeleting',
    'vc-team-loopback': 'https://loopback.team, client of my-vcluster, authority of my-vcluster',
    'vc-team-old': 'https://old.team, client of my-vcluster, authority of my-vcluster',
    'vc-team-plain': 'https://plain.team, client of my-vcluster, authority of my-vcluster',
    'vc-team-public': 'https://public.example.com:443, client of my-vcluster, authority of my-vcluster',
  },
};
