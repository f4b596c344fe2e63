import { NEVER_CONNECTS } from '../verdict.ts';
import type { Rows } from './row.ts';

/** Faults in what is rendered for some sources only. */
export const branches: Rows = {
  'a fault in a branch': [
    {
      on: 'karmada',
      sentence: 'a field that a PediaCluster lacks, for clusters that are pulled',
      line: [
        '{{ if eq .source.spec.syncMode "Pull" }}shardName: edge{{ end }}',
        '{{ if eq .source.spec.syncMode "Pull" }}shardingName: edge{{ end }}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:43: unknown field spec.shardName; did you mean "shardingName"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a text for a boolean, in one region',
      line: [
        '{{ if eq .source.spec.region "eu-west" }}syncAllCustomResources: "true"{{ end }}',
        '{{ if eq .source.spec.region "eu-west" }}syncAllCustomResources: true{{ end }}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:68: spec.syncAllCustomResources must be a boolean',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a list that is not closed, behind the beginning of a text',
      line: [
        '{{ if hasPrefix "cn-" .source.spec.region }}syncResourcesRefName: [{{ end }}',
        '{{ if hasPrefix "cn-" .source.spec.region }}syncResourcesRefName: cn{{ end }}',
      ],
      findings: [
        'error invalid-yaml: spec.template 5:9: where this condition holds, the rendered text is not YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a field that a PediaCluster lacks, for large clusters',
      line: [
        '{{ if gt .source.status.nodeSummary.readyNum 100 }}sharding: large{{ end }}',
        '{{ if gt .source.status.nodeSummary.readyNum 100 }}shardingName: large{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 5:54: unknown field spec.sharding'],
    },
    {
      on: 'karmada',
      sentence: 'a text for a boolean, for clusters of several zones',
      line: [
        '{{ if gt (len .source.spec.zones) 2 }}syncAllCustomResources: "yes"{{ end }}',
        '{{ if gt (len .source.spec.zones) 2 }}syncAllCustomResources: false{{ end }}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:65: spec.syncAllCustomResources must be a boolean',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a field that a PediaCluster lacks, where a taint is found',
      line: [
        '{{ range .source.spec.taints }}{{ if and (eq .key "drain") (eq .effect "NoExecute") }}shardName: drained{{ end }}{{ end }}',
        '{{ range .source.spec.taints }}{{ if and (eq .key "drain") (eq .effect "NoExecute") }}shardingName: drained{{ end }}{{ end }}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:89: unknown field spec.shardName; did you mean "shardingName"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a field of a condition that is misspelt, in a loop',
      line: [
        '{{ range .source.status.conditions }}{{ if eq .type "Ready" }}# {{ .reson }}{{ end }}{{ end }}',
        '{{ range .source.status.conditions }}{{ if eq .type "Ready" }}# {{ .reason }}{{ end }}{{ end }}',
      ],
      findings: [
        'error unknown-field: spec.template 5:70: .source.status.conditions.*.reson is not a field of Cluster cluster.karmada.io/v1alpha1; did you mean ".source.status.conditions.*.reason"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a field of a list in a list that is misspelt',
      line: [
        '# {{ range .source.status.apiEnablements }}{{ range .resources }}{{ .kinds }}{{ end }}{{ end }}',
        '# {{ range .source.status.apiEnablements }}{{ range .resources }}{{ .kind }}{{ end }}{{ end }}',
      ],
      findings: [
        'error unknown-field: spec.template 5:71: .source.status.apiEnablements.*.resources.*.kinds is not a field of Cluster cluster.karmada.io/v1alpha1; did you mean ".source.status.apiEnablements.*.resources.*.kind"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a field that a PediaCluster lacks, for new versions',
      line: [
        '{{ if semverCompare ">=1.33.0" .source.status.kubernetesVersion }}shard: new{{ end }}',
        '{{ if semverCompare ">=1.33.0" .source.status.kubernetesVersion }}shardingName: new{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 5:69: unknown field spec.shard'],
    },
    {
      on: 'karmada',
      sentence: 'a field that a PediaCluster lacks, behind a version that matches',
      line: [
        '{{ if regexMatch "^v1\\\\.3[0-9]" .source.status.kubernetesVersion }}shard: new{{ end }}',
        '{{ if regexMatch "^v1\\\\.3[0-9]" .source.status.kubernetesVersion }}shardingName: new{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 5:70: unknown field spec.shard'],
    },
    {
      on: 'karmada',
      sentence: 'what is no base64, where no region is given',
      line: [
        '{{ if not .source.spec.region }}keyData: "none at all"{{ end }}',
        '{{ if not .source.spec.region }}shardingName: "none at all"{{ end }}',
      ],
      findings: [
        'error not-base64: spec.template 5:44: spec.keyData must be base64; pipe the value through b64enc if it is not encoded yet, for a source with no spec.region',
      ],
    },
    {
      on: 'karmada',
      sentence: 'what is no base64, where a proxy has a header',
      line: [
        '{{ if hasKey .source.spec.proxyHeader "Host" }}certData: "-----BEGIN"{{ end }}',
        '{{ if hasKey .source.spec.proxyHeader "Host" }}shardingName: "-----BEGIN"{{ end }}',
      ],
      findings: [
        'error not-base64: spec.template 5:60: spec.certData must be base64; pipe the value through b64enc if it is not encoded yet',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an unknown field in the else of a with',
      line: [
        '{{ with .source.spec.region }}shardingName: "{{ . }}"{{ else }}shardingNam: none{{ end }}',
        '{{ with .source.spec.region }}shardingName: "{{ . }}"{{ else }}shardingName: none{{ end }}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:66: unknown field spec.shardingNam; did you mean "shardingName"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an unknown field in the else of a loop',
      line: [
        '{{ range .source.spec.zones }}{{ else }}shardingNam: none{{ end }}',
        '{{ range .source.spec.zones }}{{ else }}shardingName: none{{ end }}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:43: unknown field spec.shardingNam; did you mean "shardingName"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an unknown field in a template that is called',
      template: [
        '{{ define "shard" }}{{ if eq .provider "metal" }}shardName: metal{{ end }}{{ end }}spec:\n  kubeconfig: eDog\n  {{ template "shard" .source.spec }}\n  syncResources: []\n',
        '{{ define "shard" }}{{ if eq .provider "metal" }}shardingName: metal{{ end }}{{ end }}spec:\n  kubeconfig: eDog\n  {{ template "shard" .source.spec }}\n  syncResources: []\n',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 1:50: unknown field spec.shardName; did you mean "shardingName"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a list for a text, where one of several things holds',
      line: [
        '{{ if or (eq .source.spec.provider "kind") (eq .source.spec.zone "lab") }}shardingName: [lab]{{ end }}',
        '{{ if or (eq .source.spec.provider "kind") (eq .source.spec.zone "lab") }}shardingName: lab{{ end }}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:91: spec.shardingName must be a string, not a list',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an endpoint without a host, for clusters without a secret',
      access: [
        [
          '{{- if .source.spec.secretRef }}',
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          '{{- else }}',
          'apiserver: "https://"',
          '{{- end }}',
          'tokenData: eA==',
          'caData: eA==',
        ],
        [
          '{{- if .source.spec.secretRef }}',
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          '{{- else }}',
          'apiserver: "https://karmada.local"',
          '{{- end }}',
          'tokenData: eA==',
          'caData: eA==',
        ],
      ],
      findings: [`error unusable: spec.template 5:14: ${NEVER_CONNECTS}the endpoint has no host`],
    },
    {
      on: 'karmada',
      sentence: 'a misspelt field behind another one, which is found without being rendered',
      line: [
        '{{ if and .source.spec.proxyURL (eq .source.spec.provider "x") }}shardingName: "{{ .source.spec.regio }}"{{ end }}',
        '{{ if and .source.spec.proxyURL (eq .source.spec.provider "x") }}shardingName: "{{ .source.spec.region }}"{{ end }}',
      ],
      findings: [
        'error unknown-field: spec.template 5:86: .source.spec.regio is not a field of Cluster cluster.karmada.io/v1alpha1; did you mean ".source.spec.region"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a variable that is set in a loop, and what is done then',
      line: [
        '{{ $ready := false }}{{ range .source.status.conditions }}{{ if and (eq .type "Ready") (eq .status "True") }}{{ $ready = true }}{{ end }}{{ end }}{{ if $ready }}sharding: ready{{ end }}',
        '{{ $ready := false }}{{ range .source.status.conditions }}{{ if and (eq .type "Ready") (eq .status "True") }}{{ $ready = true }}{{ end }}{{ end }}{{ if $ready }}shardingName: ready{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 5:164: unknown field spec.sharding'],
    },
    {
      on: 'cluster-api',
      sentence: 'a field that a PediaCluster lacks, where a phase is reached',
      line: [
        '{{ if eq .source.status.phase "Deleting" }}suspend: true{{ end }}',
        '{{ if eq .source.status.phase "Deleting" }}shardingName: going{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 3:46: unknown field spec.suspend'],
    },
    {
      on: 'cluster-api',
      sentence: 'a text for a boolean, where the topology has a variable',
      line: [
        '{{ range .source.spec.topology.variables }}{{ if eq .name "crds" }}syncAllCustomResources: "all"{{ end }}{{ end }}',
        '{{ range .source.spec.topology.variables }}{{ if eq .name "crds" }}syncAllCustomResources: true{{ end }}{{ end }}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 3:94: spec.syncAllCustomResources must be a boolean',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a number for a text, for highly available clusters',
      line: [
        '{{ if ge .source.spec.topology.controlPlane.replicas 3 }}shardingName: 3{{ end }}',
        '{{ if ge .source.spec.topology.controlPlane.replicas 3 }}shardingName: "3"{{ end }}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 3:74: spec.shardingName must be a string; put it in quotes',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'an unknown field, where a label has a value',
      line: [
        '{{ if eq (index .source.metadata.labels "tier") "gold" }}shard: gold{{ end }}',
        '{{ if eq (index .source.metadata.labels "tier") "gold" }}shardingName: gold{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 3:60: unknown field spec.shard'],
    },
    {
      on: 'cluster-api',
      sentence: 'an unknown field, where the host is of a domain',
      line: [
        '{{ if hasSuffix ".eks.amazonaws.com" .source.spec.controlPlaneEndpoint.host }}shard: eks{{ end }}',
        '{{ if hasSuffix ".eks.amazonaws.com" .source.spec.controlPlaneEndpoint.host }}shardingName: eks{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 3:81: unknown field spec.shard'],
    },
    {
      on: 'cluster-api',
      sentence: 'an unknown field, where the reference is of a kind in lower case',
      line: [
        '{{ if contains "kubeadm" (lower .source.spec.controlPlaneRef.kind) }}shard: adm{{ end }}',
        '{{ if contains "kubeadm" (lower .source.spec.controlPlaneRef.kind) }}shardingName: adm{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 3:72: unknown field spec.shard'],
    },
    {
      on: 'cluster-api',
      sentence: 'an unknown field, in the third of four ways',
      line: [
        '{{ if eq .source.status.phase "Pending" }}{{ else if eq .source.status.phase "Provisioning" }}{{ else if eq .source.status.phase "Provisioned" }}shard: x{{ else }}shardingName: y{{ end }}',
        '{{ if eq .source.status.phase "Pending" }}{{ else if eq .source.status.phase "Provisioning" }}{{ else if eq .source.status.phase "Provisioned" }}shardingName: x{{ else }}shardingName: y{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 3:148: unknown field spec.shard'],
    },
    {
      on: 'hive',
      sentence: 'an unknown field, for clusters that sleep',
      line: [
        '{{ if eq .source.spec.powerState "Hibernating" }}sleeping: true{{ end }}',
        '{{ if eq .source.spec.powerState "Hibernating" }}shardingName: asleep{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 3:52: unknown field spec.sleeping'],
    },
    {
      on: 'kamaji',
      sentence: 'an unknown field, where the service is of a type',
      line: [
        '{{ if eq .source.spec.controlPlane.service.serviceType "NodePort" }}nodePort: true{{ end }}',
        '{{ if eq .source.spec.controlPlane.service.serviceType "NodePort" }}shardingName: node{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 3:71: unknown field spec.nodePort'],
    },
    {
      on: 'kamaji',
      sentence: 'an unknown field, where the state is none of two',
      line: [
        '{{ if not (has .source.status.kubernetesResources.version.status (list "Ready" "Sleeping")) }}shard: x{{ end }}',
        '{{ if not (has .source.status.kubernetesResources.version.status (list "Ready" "Sleeping")) }}shardingName: x{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 3:97: unknown field spec.shard'],
    },
    {
      on: 'gardener',
      sentence: 'an unknown field, where an address is found',
      line: [
        '{{ range .source.status.advertisedAddresses }}{{ if eq .name "internal" }}internal: "{{ .url }}"{{ end }}{{ end }}',
        '{{ range .source.status.advertisedAddresses }}{{ if eq .name "internal" }}shardingName: "{{ .url }}"{{ end }}{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 5:77: unknown field spec.internal'],
    },
    {
      on: 'gardener',
      sentence: 'an unknown field, where an operation has gone far',
      line: [
        '{{ if gt .source.status.lastOperation.progress 90 }}progress: 90{{ end }}',
        '{{ if gt .source.status.lastOperation.progress 90 }}shardingName: "90"{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 5:55: unknown field spec.progress'],
    },
    {
      on: 'open-cluster-management',
      sentence: 'an unknown field, where a claim names the product',
      line: [
        '{{ range .source.status.clusterClaims }}{{ if and (eq .name "product.open-cluster-management.io") (eq .value "OpenShift") }}product: openshift{{ end }}{{ end }}',
        '{{ range .source.status.clusterClaims }}{{ if and (eq .name "product.open-cluster-management.io") (eq .value "OpenShift") }}shardingName: openshift{{ end }}{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 5:127: unknown field spec.product'],
    },
    {
      on: 'kubeadmiral',
      sentence: 'a certificate without its key, where no service account is used',
      access: [
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'caData: eA==',
          '{{- if .source.spec.useServiceAccount }}',
          'tokenData: eA==',
          '{{- else }}',
          'certData: eA==',
          '{{- end }}',
        ],
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'caData: eA==',
          '{{- if .source.spec.useServiceAccount }}',
          'tokenData: eA==',
          '{{- else }}',
          'certData: eA==',
          'keyData: eA==',
          '{{- end }}',
        ],
      ],
      findings: [
        `error unusable: spec.template 7:13: ${NEVER_CONNECTS}there is a certificate without its key, for a source with spec.useServiceAccount: false`,
      ],
    },
    {
      on: 'sveltos',
      sentence: 'an unknown field, where there were failures',
      line: [
        '{{ if gt .source.status.connectionFailures 3 }}failing: true{{ end }}',
        '{{ if gt .source.status.connectionFailures 3 }}shardingName: failing{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 3:50: unknown field spec.failing'],
    },
    {
      on: 'sveltos',
      sentence: 'an unknown field, for one cloud of several',
      line: [
        '{{ with .source.spec.workloadIdentity }}{{ if eq .provider "GCP" }}project: "{{ .gcp.projectID }}"{{ end }}{{ end }}',
        '{{ with .source.spec.workloadIdentity }}{{ if eq .provider "GCP" }}shardingName: "{{ .gcp.projectID }}"{{ end }}{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 3:70: unknown field spec.project'],
    },
    {
      on: 'vcluster',
      sentence: 'an unknown field, for Secrets of a label',
      line: [
        '{{ if eq (get (default dict .source.metadata.labels) "app") "vcluster" }}vcluster: true{{ end }}',
        '{{ if eq (get (default dict .source.metadata.labels) "app") "vcluster" }}shardingName: v{{ end }}',
      ],
      findings: ['error not-a-pediacluster: spec.template 3:76: unknown field spec.vcluster'],
    },
  ],
  'a fault in a branch, in Handlebars': [
    {
      on: 'karmada',
      sentence: 'an unknown field, for clusters that are pulled',
      engine: 'Handlebars',
      line: [
        '{{#if (eq source.spec.syncMode "Pull")}}shardName: edge{{/if}}',
        '{{#if (eq source.spec.syncMode "Pull")}}shardingName: edge{{/if}}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:43: unknown field spec.shardName; did you mean "shardingName"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an unknown field in an else',
      engine: 'Handlebars',
      line: [
        '{{#if source.spec.region}}shardingName: x{{else}}shardName: y{{/if}}',
        '{{#if source.spec.region}}shardingName: x{{else}}shardingName: y{{/if}}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:52: unknown field spec.shardName; did you mean "shardingName"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an unknown field in an unless',
      engine: 'Handlebars',
      line: [
        '{{#unless source.spec.region}}shardName: y{{/unless}}',
        '{{#unless source.spec.region}}shardingName: y{{/unless}}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:33: unknown field spec.shardName; did you mean "shardingName"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an unknown field in a search through conditions',
      engine: 'Handlebars',
      line: [
        '{{#each source.status.conditions}}{{#if (and (eq type "Ready") (eq status "True"))}}ready: true{{/if}}{{/each}}',
        '{{#each source.status.conditions}}{{#if (and (eq type "Ready") (eq status "True"))}}shardingName: r{{/if}}{{/each}}',
      ],
      findings: ['error not-a-pediacluster: spec.template 5:87: unknown field spec.ready'],
    },
    {
      on: 'karmada',
      sentence: 'a field of a condition that is misspelt',
      engine: 'Handlebars',
      line: [
        '# {{#each source.status.conditions}}{{reson}}{{/each}}',
        '# {{#each source.status.conditions}}{{reason}}{{/each}}',
      ],
      findings: [
        'error unknown-field: spec.template 5:41: .source.status.conditions.*.reson is not a field of Cluster cluster.karmada.io/v1alpha1; did you mean ".source.status.conditions.*.reason"?',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a text for a boolean, behind the end of a host',
      engine: 'Handlebars',
      line: [
        '{{#if (hasSuffix ".eks.amazonaws.com" source.spec.controlPlaneEndpoint.host)}}syncAllCustomResources: "x"{{/if}}',
        '{{#if (hasSuffix ".eks.amazonaws.com" source.spec.controlPlaneEndpoint.host)}}syncAllCustomResources: true{{/if}}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 3:105: spec.syncAllCustomResources must be a boolean',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'an unknown field in a with',
      engine: 'Handlebars',
      line: [
        '{{#with source.spec.topology}}{{#if (eq class "small")}}shard: {{version}}{{/if}}{{/with}}',
        '{{#with source.spec.topology}}{{#if (eq class "small")}}shardingName: {{version}}{{/if}}{{/with}}',
      ],
      findings: ['error not-a-pediacluster: spec.template 3:59: unknown field spec.shard'],
    },
    {
      on: 'kamaji',
      sentence: 'a list that is not closed, where the service is of a type',
      engine: 'Handlebars',
      line: [
        '{{#if (eq source.spec.controlPlane.service.serviceType "NodePort")}}shardingName: [{{/if}}',
        '{{#if (eq source.spec.controlPlane.service.serviceType "NodePort")}}shardingName: n{{/if}}',
      ],
      findings: [
        'error invalid-yaml: spec.template 3:3: where this condition holds, the rendered text is not YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
      ],
    },
    {
      on: 'gardener',
      sentence: 'a number for a text, where an operation has gone far',
      engine: 'Handlebars',
      line: [
        '{{#if (gt source.status.lastOperation.progress 90)}}shardingName: 90{{/if}}',
        '{{#if (gt source.status.lastOperation.progress 90)}}shardingName: "90"{{/if}}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:69: spec.shardingName must be a string; put it in quotes',
      ],
    },
  ],
};
