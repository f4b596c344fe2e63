import type { KubeObject } from '../../src/api/index.ts';
import type { Change, PlatformName } from './platforms.ts';
import { platformPolicy } from './platforms.ts';
import type { Verdict } from './verdict.ts';
import { NEVER_CONNECTS } from './verdict.ts';

/*
 * Policies for real platforms, with the definitions of the catalogue: each with something wrong in it, beside its twin that
 * differs in that alone. `verdicts.test.ts` puts them before `validate` and the webhook in memory,
 * `test/e2e/webhook-verdicts.test.ts` before a real API server.
 */

/** What is wrong, and the right thing in its place. */
type Pair<T> = readonly [wrong: T, right: T];

type Pairs = { readonly [field in Exclude<keyof Change, 'engine'>]?: Pair<NonNullable<Change[field]>> };

interface Row extends Pairs {
  readonly on: PlatformName;
  readonly sentence: string;
  readonly engine?: Change['engine'];
  readonly findings: readonly string[];
  readonly warnings?: readonly string[];
}

const rows: Readonly<Record<string, readonly Row[]>> = {
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
        'error not-base64: spec.template: spec.keyData must be base64; pipe the value through b64enc if it is not encoded yet, for a source with no spec.region',
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
        'error not-base64: spec.template: spec.certData must be base64; pipe the value through b64enc if it is not encoded yet',
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
      findings: [`error unusable: spec.template: ${NEVER_CONNECTS}the endpoint has no host`],
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
        `error unusable: spec.template: ${NEVER_CONNECTS}there is a certificate without its key, for a source with spec.useServiceAccount: false`,
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
  types: [
    {
      on: 'karmada',
      sentence: 'a text compared with a number',
      creationCondition: ['{{ eq .source.spec.region 3 }}', '{{ eq .source.spec.region "3" }}'],
      findings: [
        'error type-mismatch: spec.creationCondition 1:4: eq .source.spec.region 3: a string cannot be compared with the integer 3',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a boolean compared with a text',
      creationCondition: [
        '{{ eq .source.spec.insecureSkipTLSVerification "true" }}',
        '{{ eq .source.spec.insecureSkipTLSVerification true }}',
      ],
      findings: [
        'error type-mismatch: spec.creationCondition 1:4: eq .source.spec.insecureSkipTLSVerification "true": a boolean cannot be compared with the string "true"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a number compared with a text',
      creationCondition: [
        '{{ gt .source.status.nodeSummary.readyNum "3" }}',
        '{{ gt .source.status.nodeSummary.readyNum 3 }}',
      ],
      findings: [
        'error type-mismatch: spec.creationCondition 1:4: gt .source.status.nodeSummary.readyNum "3": an integer cannot be compared with the string "3"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a loop over a text',
      line: [
        '# {{ range .source.spec.region }}{{ . }}{{ end }}',
        '# {{ range .source.spec.zones }}{{ . }}{{ end }}',
      ],
      findings: [
        'error type-mismatch: spec.template 5:14: "range" goes over a list or a map, but .source.spec.region is a string',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a field of a text',
      line: ['shardingName: "{{ .source.spec.region.name }}"', 'shardingName: "{{ .source.spec.region }}"'],
      findings: [
        'error type-mismatch: spec.template 5:21: field "name" is read from .source.spec.region, which is a string and has no fields',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a field of a list',
      line: [
        'shardingName: "{{ .source.spec.zones.first }}"',
        'shardingName: "{{ .source.spec.zones | first }}"',
      ],
      findings: [
        'error type-mismatch: spec.template 5:21: field "first" is read from .source.spec.zones, which is a list of strings and has no fields; go over the items with "range", or pick one with "index"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a function for texts, of a list',
      nameTemplate: [
        '{{ trimPrefix "a" .source.spec.zones }}',
        '{{ trimPrefix "a" (join "-" .source.spec.zones) }}-{{ .source.metadata.name }}',
      ],
      findings: [
        'error type-mismatch: spec.nameTemplate 1:19: "trimPrefix" takes a string, but .source.spec.zones is a list of strings; pick an item with "index" or "first", or put them together with "join"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'the length of a number',
      creationCondition: [
        '{{ gt (len .source.status.nodeSummary.readyNum) 0 }}',
        '{{ gt (len .source.spec.zones) 0 }}',
      ],
      findings: [
        'error type-mismatch: spec.creationCondition 1:8: len .source.status.nodeSummary.readyNum: an integer has no length',
      ],
    },
    {
      on: 'karmada',
      sentence: 'the first of an object',
      line: [
        'shardingName: "{{ first .source.spec.secretRef }}"',
        'shardingName: "{{ .source.spec.secretRef.name }}"',
      ],
      findings: [
        'error type-mismatch: spec.template 5:21: first .source.spec.secretRef: a list is needed, not a map',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a key of a list',
      creationCondition: ['{{ hasKey .source.spec.zones "a" }}', '{{ has "a" .source.spec.zones }}'],
      findings: [
        'error type-mismatch: spec.creationCondition 1:11: "hasKey" takes a map, but .source.spec.zones is a list of strings',
      ],
    },
    {
      on: 'karmada',
      sentence: 'the keys of a list',
      line: [
        'shardingName: "{{ keys .source.spec.zones | first }}"',
        'shardingName: "{{ keys .source.spec.proxyHeader | first }}"',
      ],
      findings: [
        'error type-mismatch: spec.template 5:26: "keys" takes a map, but .source.spec.zones is a list of strings',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an entry of a text',
      line: [
        'shardingName: "{{ index .source.spec.region "a" }}"',
        'shardingName: "{{ index .source.spec.proxyHeader "a" }}"',
      ],
      findings: [
        'error type-mismatch: spec.template 5:21: index .source.spec.region "a": a string cannot be indexed with the string "a"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a text that is to be less than a number',
      creationCondition: ['{{ lt .source.spec.region 3 }}', '{{ lt .source.spec.region "m" }}'],
      findings: [
        'error type-mismatch: spec.creationCondition 1:4: lt .source.spec.region 3: a string cannot be compared with the integer 3',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a list for a text',
      line: [
        'shardingName: {{ toJson .source.spec.zones }}',
        'shardingName: {{ first .source.spec.zones | toJson }}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:20: spec.shardingName must be a string, but toJson .source.spec.zones is JSON of a list of strings',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an object for a text',
      line: [
        'shardingName: {{ toJson .source.spec.secretRef }}',
        'shardingName: {{ toJson .source.spec.secretRef.name }}',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:20: spec.shardingName must be a string, but toJson .source.spec.secretRef is JSON of a map',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a boolean for a text',
      line: [
        'shardingName: {{ .source.spec.insecureSkipTLSVerification }}',
        'shardingName: "{{ .source.spec.insecureSkipTLSVerification }}"',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:20: spec.shardingName must be a string, but .source.spec.insecureSkipTLSVerification is a boolean; pipe it through quote',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an integer for a text',
      line: [
        'shardingName: {{ .source.status.nodeSummary.totalNum }}',
        'shardingName: "{{ .source.status.nodeSummary.totalNum }}"',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:20: spec.shardingName must be a string, but .source.status.nodeSummary.totalNum is an integer; pipe it through quote',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a text for a list',
      template: [
        'spec:\n  kubeconfig: eDog\n  syncResources: "{{ .source.spec.region }}"\n',
        'spec:\n  kubeconfig: eDog\n  syncResources: [{group: "", resources: ["{{ .source.spec.region }}"]}]\n',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 3:18: spec.syncResources must be an array; in quotes it is a string',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an object for a list',
      template: [
        'spec:\n  kubeconfig: eDog\n  syncResources: {group: apps}\n',
        'spec:\n  kubeconfig: eDog\n  syncResources: [{group: apps, resources: ["*"]}]\n',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 3:18: spec.syncResources must be an array, not a map',
      ],
    },
    {
      on: 'karmada',
      sentence: 'resources that are none',
      template: [
        'spec:\n  kubeconfig: eDog\n  syncResources: [{group: apps, resources: []}]\n',
        'spec:\n  kubeconfig: eDog\n  syncResources: []\n',
      ],
      findings: [
        'error not-a-pediacluster: spec.template: spec.syncResources[0].resources must NOT have fewer than 1 items',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a list that is required and not there',
      template: ['spec:\n  kubeconfig: eDog\n', 'spec:\n  kubeconfig: eDog\n  syncResources: []\n'],
      findings: ['error not-a-pediacluster: spec.template: required field spec.syncResources is missing'],
    },
    {
      on: 'cluster-api',
      sentence: 'a port in place of an address',
      access: [
        ['apiserver: {{ .source.spec.controlPlaneEndpoint.port }}', 'tokenData: eA==', 'caData: eA=='],
        [
          'apiserver: "{{ .source.spec.controlPlaneEndpoint.host }}:{{ .source.spec.controlPlaneEndpoint.port }}"',
          'tokenData: eA==',
          'caData: eA==',
        ],
      ],
      findings: [
        'error not-a-pediacluster: spec.template 2:17: spec.apiserver must be a string, but .source.spec.controlPlaneEndpoint.port is an integer; pipe it through quote',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'an object in place of an address',
      access: [
        ['apiserver: "{{ .source.spec.controlPlaneEndpoint }}"', 'tokenData: eA==', 'caData: eA=='],
        ['apiserver: "{{ .source.spec.controlPlaneEndpoint.host }}"', 'tokenData: eA==', 'caData: eA=='],
      ],
      findings: [
        `error unusable: spec.template: ${NEVER_CONNECTS}the endpoint holds white space or a control character`,
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a label that is a number',
      label: [
        'port: {{ .source.spec.controlPlaneEndpoint.port }}',
        'port: "{{ .source.spec.controlPlaneEndpoint.port }}"',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 3:14: metadata.labels.port must be a string, but .source.spec.controlPlaneEndpoint.port is an integer; pipe it through quote',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a label that is a boolean',
      label: ['paused: {{ .source.spec.paused }}', 'paused: "{{ .source.spec.paused }}"'],
      findings: [
        'error not-a-pediacluster: spec.template 3:16: metadata.labels.paused must be a string, but .source.spec.paused is a boolean; pipe it through quote',
      ],
    },
    {
      on: 'hive',
      sentence: 'a condition compared with a boolean',
      creationCondition: [
        '{{ range .source.status.conditions }}{{ if eq .status true }}true{{ end }}{{ end }}',
        '{{ range .source.status.conditions }}{{ if eq .status "True" }}true{{ end }}{{ end }}',
      ],
      findings: [
        'error type-mismatch: spec.creationCondition 1:44: eq .status true: one of the strings "True", "False", "Unknown" cannot be compared with true',
      ],
    },
    {
      on: 'hive',
      sentence: 'a search by a field that is no list',
      creationCondition: [
        '{{ range .source.status.powerState }}{{ if eq .type "Ready" }}true{{ end }}{{ end }}',
        '{{ range .source.status.conditions }}{{ if eq .type "Ready" }}true{{ end }}{{ end }}',
      ],
      findings: [
        'error type-mismatch: spec.creationCondition 1:10: "range" goes over a list or a map, but .source.status.powerState is a string',
      ],
    },
    {
      on: 'gardener',
      sentence: 'a function for texts, of a boolean',
      line: [
        'shardingName: "{{ upper .source.status.hibernated }}"',
        'shardingName: "{{ upper .source.spec.region }}"',
      ],
      findings: [
        'error type-mismatch: spec.template 5:27: "upper" takes a string, but .source.status.hibernated is a boolean; convert it with "toString"',
      ],
    },
    {
      on: 'gardener',
      sentence: 'the length of a boolean',
      creationCondition: [
        '{{ eq (len .source.status.hibernated) 0 }}',
        '{{ eq (len .source.status.conditions) 0 }}',
      ],
      findings: [
        'error type-mismatch: spec.creationCondition 1:8: len .source.status.hibernated: a boolean has no length',
      ],
    },
    {
      on: 'open-cluster-management',
      sentence: 'a text for bytes',
      line: [
        'certData: {{ .source.spec.leaseDurationSeconds }}',
        'shardingName: "{{ .source.spec.leaseDurationSeconds }}"',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:16: spec.certData must be a string, but .source.spec.leaseDurationSeconds is an integer; pipe it through quote',
      ],
    },
    {
      on: 'open-cluster-management',
      sentence: 'a field of each of a list, without a loop',
      access: [
        [
          'apiserver: "{{ .source.spec.managedClusterClientConfigs.url }}"',
          'tokenData: eA==',
          'caData: eA==',
        ],
        [
          'apiserver: "{{ (first .source.spec.managedClusterClientConfigs).url }}"',
          'tokenData: eA==',
          'caData: eA==',
        ],
      ],
      findings: [
        'error type-mismatch: spec.template 2:18: field "url" is read from .source.spec.managedClusterClientConfigs, which is a list of maps and has no fields; go over the items with "range", or pick one with "index"',
      ],
    },
    {
      on: 'sveltos',
      sentence: 'a loop over a text, and a field of each',
      line: [
        '# {{ range .source.spec.kubeconfigName }}{{ .x }}{{ end }}',
        '# {{ range $k, $v := .source.metadata.labels }}{{ $k }}{{ end }}',
      ],
      findings: [
        'error type-mismatch: spec.template 3:14: "range" goes over a list or a map, but .source.spec.kubeconfigName is a string',
      ],
    },
    {
      on: 'vcluster',
      sentence: 'a function for texts, of a map',
      line: [
        'shardingName: "{{ trunc 5 .source.data }}"',
        'shardingName: "{{ trunc 5 .source.data.config }}"',
      ],
      findings: [
        'error type-mismatch: spec.template 3:29: "trunc" takes a string, but .source.data is a map',
      ],
    },
  ],
  'types, in Handlebars': [
    {
      on: 'karmada',
      sentence: 'a text compared with a number',
      engine: 'Handlebars',
      creationCondition: ['{{eq source.spec.region 3}}', '{{eq source.spec.region "3"}}'],
      findings: [
        'error type-mismatch: spec.creationCondition 1:1: eq source.spec.region 3: a string cannot be compared with the integer 3',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a function for texts, of a list',
      engine: 'Handlebars',
      line: ['shardingName: "{{upper source.spec.zones}}"', 'shardingName: "{{upper source.spec.zone}}"'],
      findings: [
        'error type-mismatch: spec.template 5:26: "upper" takes a string, but source.spec.zones is a list of strings; pick an item with "index" or "first", or put them together with "join"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an integer for a text',
      engine: 'Handlebars',
      line: [
        'shardingName: {{source.status.nodeSummary.totalNum}}',
        'shardingName: "{{source.status.nodeSummary.totalNum}}"',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:19: spec.shardingName must be a string, but source.status.nodeSummary.totalNum is an integer; pipe it through quote',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a field that the schema lacks',
      engine: 'Handlebars',
      line: ['shardingName: "{{source.spec.regoin}}"', 'shardingName: "{{source.spec.region}}"'],
      findings: [
        'error unknown-field: spec.template 5:20: .source.spec.regoin is not a field of Cluster cluster.karmada.io/v1alpha1; did you mean ".source.spec.region"?',
      ],
    },
  ],
  'constants that cannot be met': [
    {
      on: 'karmada',
      sentence: 'a value of an enum in another case',
      creationCondition: ['{{ eq .source.spec.syncMode "push" }}', '{{ eq .source.spec.syncMode "Push" }}'],
      findings: [
        'warning never-met: spec.creationCondition 1:29: .source.spec.syncMode is never "push": it is one of the strings "Push", "Pull"; did you mean "Push"?',
      ],
    },
    {
      on: 'kamaji',
      sentence: 'a state that is misspelt',
      creationCondition: [
        '{{ eq .source.status.kubernetesResources.version.status "Redy" }}',
        '{{ eq .source.status.kubernetesResources.version.status "Ready" }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:57: .source.status.kubernetesResources.version.status is never "Redy": it is one of the strings "Unknown", "Provisioning", "CertificateAuthorityRotating", "Upgrading", …; did you mean "Ready"?',
      ],
    },
    {
      on: 'kamaji',
      sentence: 'a state that is misspelt, behind a default',
      creationCondition: [
        '{{ eq (default "" .source.status.kubernetesResources.version.status) "Redy" }}',
        '{{ eq (default "" .source.status.kubernetesResources.version.status) "Ready" }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:70: default "" .source.status.kubernetesResources.version.status is never "Redy": it is one of the strings "", "Unknown", "Provisioning", "CertificateAuthorityRotating", …; did you mean "Ready"?',
      ],
    },
    {
      on: 'kamaji',
      sentence: 'a type of service that is misspelt, in a branch',
      line: [
        '{{ if eq .source.spec.controlPlane.service.serviceType "Loadbalancer" }}shardingName: x{{ end }}',
        '{{ if eq .source.spec.controlPlane.service.serviceType "LoadBalancer" }}shardingName: x{{ end }}',
      ],
      findings: [
        'warning never-met: spec.template 3:58: .source.spec.controlPlane.service.serviceType is never "Loadbalancer": it is one of the strings "ClusterIP", "NodePort", "LoadBalancer"; did you mean "LoadBalancer"?',
      ],
    },
    {
      on: 'kamaji',
      sentence: 'a state that is always another',
      creationCondition: [
        '{{ ne .source.status.kubernetesResources.version.status "Sleepy" }}',
        '{{ ne .source.status.kubernetesResources.version.status "Sleeping" }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:57: .source.status.kubernetesResources.version.status is never "Sleepy": it is one of the strings "Unknown", "Provisioning", "CertificateAuthorityRotating", "Upgrading", …',
      ],
    },
    {
      on: 'karmada',
      sentence: 'the status of a condition in lower case',
      creationCondition: [
        '{{ range .source.status.conditions }}{{ if and (eq .type "Ready") (eq .status "true") }}true{{ end }}{{ end }}',
        '{{ range .source.status.conditions }}{{ if and (eq .type "Ready") (eq .status "True") }}true{{ end }}{{ end }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:79: .status is never "true": it is one of the strings "True", "False", "Unknown"; did you mean "True"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'the status of a condition in lower case, in a branch',
      line: [
        '{{ range .source.status.conditions }}{{ if and (eq .type "Ready") (eq .status "true") }}shardingName: x{{ end }}{{ end }}',
        '{{ range .source.status.conditions }}{{ if and (eq .type "Ready") (eq .status "True") }}shardingName: x{{ end }}{{ end }}',
      ],
      findings: [
        'warning never-met: spec.template 5:81: .status is never "true": it is one of the strings "True", "False", "Unknown"; did you mean "True"?',
      ],
    },
    {
      on: 'open-cluster-management',
      sentence: 'an effect that there is not',
      line: [
        '{{ range .source.spec.taints }}{{ if eq .effect "NoSchedule" }}shardingName: x{{ end }}{{ end }}',
        '{{ range .source.spec.taints }}{{ if eq .effect "NoSelect" }}shardingName: x{{ end }}{{ end }}',
      ],
      findings: [
        'warning never-met: spec.template 5:51: .effect is never "NoSchedule": it is one of the strings "NoSelect", "PreferNoSelect", "NoSelectIfNew"',
      ],
    },
    {
      on: 'sveltos',
      sentence: 'a status in lower case',
      creationCondition: [
        '{{ eq .source.status.connectionStatus "healthy" }}',
        '{{ eq .source.status.connectionStatus "Healthy" }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:39: .source.status.connectionStatus is never "healthy": it is one of the strings "Healthy", "Down"; did you mean "Healthy"?',
      ],
    },
    {
      on: 'sveltos',
      sentence: 'a cloud in lower case',
      line: [
        '{{ if eq .source.spec.workloadIdentity.provider "aws" }}shardingName: x{{ end }}',
        '{{ if eq .source.spec.workloadIdentity.provider "AWS" }}shardingName: x{{ end }}',
      ],
      findings: [
        'warning never-met: spec.template 3:51: .source.spec.workloadIdentity.provider is never "aws": it is one of the strings "AWS", "GCP", "Azure"; did you mean "AWS"?',
      ],
    },
    {
      on: 'hive',
      sentence: 'a state of an enum that is misspelt',
      creationCondition: [
        '{{ eq .source.spec.powerState "Runing" }}',
        '{{ eq .source.spec.powerState "Running" }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:31: .source.spec.powerState is never "Runing": it is one of the strings "", "Running", "Hibernating"; did you mean "Running"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a mode in another case, in Handlebars',
      engine: 'Handlebars',
      creationCondition: ['{{eq source.spec.syncMode "push"}}', '{{eq source.spec.syncMode "Push"}}'],
      findings: [
        'warning never-met: spec.creationCondition 1:27: source.spec.syncMode is never "push": it is one of the strings "Push", "Pull"; did you mean "Push"?',
      ],
    },
  ],
  'results that cannot be used': [
    {
      on: 'karmada',
      sentence: 'a token without an endpoint',
      access: [
        [
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
      ],
      findings: [
        `error unusable: spec.template: ${NEVER_CONNECTS}a token or a certificate needs an endpoint in apiserver`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'an endpoint without a credential',
      access: [
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
      ],
      findings: [
        `error unusable: spec.template: ${NEVER_CONNECTS}there is neither a kubeconfig, a token, nor a certificate with its key`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'a certificate without its key',
      access: [
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
          'certData: eA==',
        ],
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
          'certData: eA==',
          'keyData: eA==',
        ],
      ],
      findings: [`error unusable: spec.template: ${NEVER_CONNECTS}there is a certificate without its key`],
    },
    {
      on: 'karmada',
      sentence: 'a key without its certificate',
      access: [
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
          'keyData: eA==',
        ],
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
          'certData: eA==',
          'keyData: eA==',
        ],
      ],
      findings: [`error unusable: spec.template: ${NEVER_CONNECTS}there is a key without its certificate`],
    },
    {
      on: 'karmada',
      sentence: 'neither',
      access: [
        [],
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
      ],
      findings: [
        `error unusable: spec.template: ${NEVER_CONNECTS}there is neither a kubeconfig, a token, nor a certificate with its key`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'an endpoint without a host',
      access: [
        [
          'apiserver: "https://"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
        [
          'apiserver: "https://a"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
      ],
      findings: [`error unusable: spec.template: ${NEVER_CONNECTS}the endpoint has no host`],
    },
    {
      on: 'karmada',
      sentence: 'a port that is none',
      access: [
        [
          'apiserver: "https://{{ .source.metadata.name }}:port"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
        [
          'apiserver: "https://{{ .source.metadata.name }}:6443"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
      ],
      findings: [
        `error unusable: spec.template: ${NEVER_CONNECTS}the port of the endpoint is no number from 0 to 65535`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'a port that is too large',
      access: [
        [
          'apiserver: "https://{{ .source.metadata.name }}:99999"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
        [
          'apiserver: "https://{{ .source.metadata.name }}:65535"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
      ],
      findings: [
        `error unusable: spec.template: ${NEVER_CONNECTS}the port of the endpoint is no number from 0 to 65535`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'an IPv6 address without brackets',
      access: [
        [
          'apiserver: "https://fd00::1:6443"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
        [
          'apiserver: "https://[fd00::1]:6443"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
      ],
      findings: [
        `error unusable: spec.template: ${NEVER_CONNECTS}the endpoint is an IPv6 address without brackets; write it as https://[address]:port`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'a scheme that is none of HTTP',
      access: [
        [
          'apiserver: "ftp://{{ .source.metadata.name }}"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
        [
          'apiserver: "https://{{ .source.metadata.name }}"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
      ],
      findings: [
        `error unusable: spec.template: ${NEVER_CONNECTS}the endpoint must begin with https:// or http://, or be host:port`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'an endpoint with a blank in it',
      access: [
        [
          'apiserver: "https://{{ .source.metadata.name }} :6443"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
        [
          'apiserver: " https://{{ .source.metadata.name }}:6443 "',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
      ],
      findings: [
        `error unusable: spec.template: ${NEVER_CONNECTS}the endpoint holds white space or a control character`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'a token that is not encoded',
      access: [
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
          'tokenData: "not encoded!"',
        ],
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
          'tokenData: "{{ b64enc "encoded" }}"',
        ],
      ],
      findings: [
        'error not-base64: spec.template: spec.tokenData must be base64; pipe the value through b64enc if it is not encoded yet',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a certificate that is not encoded',
      line: [
        'keyData: eA==\n  certData: "-----BEGIN CERTIFICATE-----"',
        'keyData: eA==\n  certData: "{{ b64enc "-----BEGIN CERTIFICATE-----" }}"',
      ],
      findings: [
        'error not-base64: spec.template: spec.certData must be base64; pipe the value through b64enc if it is not encoded yet',
      ],
    },
    {
      on: 'karmada',
      sentence: 'base64 without its padding',
      line: ['keyData: eA==\n  certData: "eA"', 'keyData: eA==\n  certData: "eA=="'],
      findings: [
        'error not-base64: spec.template: spec.certData must be base64; pipe the value through b64enc if it is not encoded yet',
      ],
    },
    {
      on: 'karmada',
      sentence: 'base64 for URLs',
      line: ['keyData: eA==\n  certData: "a-_="', 'keyData: eA==\n  certData: "a+/="'],
      findings: [
        'error not-base64: spec.template: spec.certData must be base64; pipe the value through b64enc if it is not encoded yet',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a label with two slashes in its key',
      label: ['a/b/c: x', 'a/b: x'],
      findings: [
        'error invalid-label: spec.template: metadata.labels["a/b/c"] is no label key: it has more than one "/"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a label that is too long',
      label: [
        'a: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
        'a: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
      ],
      findings: [
        'error invalid-label: spec.template: metadata.labels["a"] has a value that no label may have: it has more than 63 characters',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a label with a blank',
      label: ['region: "eu west"', 'region: "eu-west"'],
      findings: [
        'error invalid-label: spec.template: metadata.labels["region"] has a value that no label may have: it contains white space',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a label that ends with a dash',
      label: ['region: "eu-"', 'region: "eu"'],
      findings: [
        'error invalid-label: spec.template: metadata.labels["region"] has a value that no label may have: it does not begin and end with a letter or digit',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a label that is a URL',
      label: ['endpoint: "https://{{ .source.metadata.name }}"', 'endpoint: "{{ .source.metadata.name }}"'],
      findings: [
        'error invalid-label: spec.template: metadata.labels["endpoint"] has a value that no label may have: it contains a character other than letters of ASCII, digits, "-", "_" and "."',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a label whose key begins with a dot',
      label: ['".region": x', '"region": x'],
      findings: [
        'error invalid-label: spec.template: metadata.labels[".region"] is no label key: it does not begin and end with a letter or digit',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an annotation with a blank in its key',
      annotation: ['"my region": x', '"my-region": x y'],
      findings: [
        'error invalid-label: spec.template: metadata.annotations["my region"] is no annotation key: it contains white space',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a name with an underscore',
      nameTemplate: ['karmada_{{ .source.metadata.name }}', 'karmada-{{ .source.metadata.name }}'],
      findings: [
        'error invalid-name: spec.nameTemplate: the rendered name contains characters that a name cannot have; only a-z, 0-9, "-" and "." are allowed',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a name that begins with a dash',
      nameTemplate: ['-{{ .source.metadata.name }}', 'a-{{ .source.metadata.name }}'],
      findings: [
        'error invalid-name: spec.nameTemplate: the rendered name has a part that does not start and end with a letter or digit',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a name of two lines',
      nameTemplate: ['karmada\n{{ .source.metadata.name }}', 'karmada-{{ .source.metadata.name }}\n'],
      findings: ['error invalid-name: spec.nameTemplate: the rendered name contains white space'],
    },
    {
      on: 'karmada',
      sentence: 'a name that is one for all',
      nameTemplate: ['karmada', 'karmada-{{ .source.metadata.name }}'],
      findings: [
        'warning name-conflict: spec.nameTemplate: all sources would render one name; add the name of the source',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a name without the namespace',
      nameTemplate: [
        '{{ .source.metadata.name }}',
        '{{ .source.metadata.namespace }}-{{ .source.metadata.name }}',
      ],
      findings: [
        'warning name-conflict: spec.nameTemplate: sources of one name in two namespaces would render one name; add the namespace',
      ],
    },
    {
      on: 'karmada',
      sentence: 'authenticationFrom without a key',
      access: [
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
          'authenticationFrom: {ca: {name: a, key: ca}, token: {name: a}}',
        ],
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
          'authenticationFrom: {ca: {name: a, key: ca}, token: {name: a, key: b}}',
        ],
      ],
      findings: [
        'error not-a-pediacluster: spec.template: required field spec.authenticationFrom.token.key is missing',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a name that the template sets',
      template: [
        'metadata: {name: a}\nspec:\n  apiserver: "{{ .source.spec.apiEndpoint }}"\n  tokenData: "{{ .references.credentials.data.token }}"\n  caData: "{{ .references.credentials.data.caBundle }}"\n  syncResources: []\n',
        'metadata: {labels: {name: a}}\nspec:\n  apiserver: "{{ .source.spec.apiEndpoint }}"\n  tokenData: "{{ .references.credentials.data.token }}"\n  caData: "{{ .references.credentials.data.caBundle }}"\n  syncResources: []\n',
      ],
      findings: ['error not-a-pediacluster: spec.template 1:12: unknown field metadata.name'],
    },
    {
      on: 'karmada',
      sentence: 'a status that the template sets',
      template: [
        'spec:\n  apiserver: "{{ .source.spec.apiEndpoint }}"\n  tokenData: "{{ .references.credentials.data.token }}"\n  caData: "{{ .references.credentials.data.caBundle }}"\n  syncResources: []\nstatus: {version: a}\n',
        'spec:\n  apiserver: "{{ .source.spec.apiEndpoint }}"\n  tokenData: "{{ .references.credentials.data.token }}"\n  caData: "{{ .references.credentials.data.caBundle }}"\n  syncResources: []\n',
      ],
      findings: ['error not-a-pediacluster: spec.template 6:1: unknown field status'],
    },
    {
      on: 'karmada',
      sentence: 'two documents',
      template: [
        'spec:\n  apiserver: "{{ .source.spec.apiEndpoint }}"\n  tokenData: "{{ .references.credentials.data.token }}"\n  caData: "{{ .references.credentials.data.caBundle }}"\n  syncResources: []\n---\nspec: {}\n',
        'spec:\n  apiserver: "{{ .source.spec.apiEndpoint }}"\n  tokenData: "{{ .references.credentials.data.token }}"\n  caData: "{{ .references.credentials.data.caBundle }}"\n  syncResources: []\n',
      ],
      findings: [
        'error invalid-yaml: spec.template 1:1: the rendered text holds 2 YAML documents; it must be one: remove the "---" line',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a field that is there twice',
      access: [
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
          'apiserver: "b"',
        ],
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
        ],
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:3: the key "apiserver" stands twice in one mapping',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a tab that indents',
      template: [
        'spec:\n\tkubeconfig: eDog\n  syncResources: []\n',
        'spec:\n  kubeconfig: eDog\n  syncResources: []\n',
      ],
      findings: [
        'error invalid-yaml: spec.template 2:2: the rendered text is not YAML: a tab indents the line; indent with spaces',
      ],
    },
    {
      on: 'kamaji',
      sentence: 'a selector that can only be false',
      selectorTemplate: ['false', '{{ ne .source.metadata.name "x" }}'],
      findings: [
        'error invalid-condition: spec.source.selectorTemplate: can only be false, so no cluster would ever be imported; use spec.suspend to pause a policy',
      ],
    },
  ],
  'results that cannot be used, in Handlebars': [
    {
      on: 'karmada',
      sentence: 'a name with an underscore',
      engine: 'Handlebars',
      nameTemplate: ['karmada_{{source.metadata.name}}', 'karmada-{{source.metadata.name}}'],
      findings: [
        'error invalid-name: spec.nameTemplate: the rendered name contains characters that a name cannot have; only a-z, 0-9, "-" and "." are allowed',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an endpoint without a host',
      engine: 'Handlebars',
      template: [
        'spec: {apiserver: "https://", tokenData: eA==, caData: eA==, syncResources: []}',
        'spec: {apiserver: "https://{{source.metadata.name}}", tokenData: eA==, caData: eA==, syncResources: []}',
      ],
      findings: [`error unusable: spec.template: ${NEVER_CONNECTS}the endpoint has no host`],
    },
    {
      on: 'karmada',
      sentence: 'a label with a blank',
      engine: 'Handlebars',
      template: [
        'metadata: {labels: {a: "b c"}}\nspec: {kubeconfig: eDog, syncResources: []}',
        'metadata: {labels: {a: "b-c"}}\nspec: {kubeconfig: eDog, syncResources: []}',
      ],
      findings: [
        'error invalid-label: spec.template: metadata.labels["a"] has a value that no label may have: it contains white space',
      ],
    },
  ],
  'the reason and the way out': [
    {
      on: 'gardener',
      sentence: 'a key with a dot',
      access: [
        ['apiserver: a', 'tokenData: eA==', 'caData: "{{ .references.authority.data.ca.crt | b64enc }}"'],
        [
          'apiserver: a',
          'tokenData: eA==',
          'caData: "{{ index .references.authority.data "ca.crt" | b64enc }}"',
        ],
      ],
      findings: [
        'error type-mismatch: spec.template 4:15: field "crt" is read from .references.authority.data.ca, which is a string and has no fields; for a key with a point write index .references.authority.data "ca.crt"',
      ],
    },
    {
      on: 'kamaji',
      sentence: 'a key with a dot, of a Secret',
      access: [
        ['kubeconfig: "{{ .references.kubeconfig.data.admin.conf }}"'],
        ['kubeconfig: "{{ index .references.kubeconfig.data "admin.conf" }}"'],
      ],
      findings: [
        'error type-mismatch: spec.template 2:19: field "conf" is read from .references.kubeconfig.data.admin, which is a base64 string and has no fields; for a key with a point write index .references.kubeconfig.data "admin.conf"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a key with a dash',
      access: [
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.ca-bundle }}"',
        ],
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ index .references.credentials.data "ca-bundle" }}"',
        ],
      ],
      findings: [
        'error bad-character: spec.template 4:46: character "-" (U+002D) cannot follow a name; a name with "-" is read by index .references.credentials.data "ca-bundle"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a reference that is misspelt',
      access: [
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credential.data.ca }}"',
        ],
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'tokenData: "{{ .references.credentials.data.token }}"',
          'caData: "{{ .references.credentials.data.ca }}"',
        ],
      ],
      findings: [
        'error unknown-name: spec.template 4:15: .references.credential is not declared in spec.references; did you mean ".references.credentials"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a function of another name',
      line: [
        'shardingName: "{{ .source.spec.region | toLower }}"',
        'shardingName: "{{ .source.spec.region | lower }}"',
      ],
      findings: [
        'error unknown-function: spec.template 5:43: function "toLower" is not defined; did you mean "lower"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'too many arguments',
      line: [
        'shardingName: "{{ upper .source.spec.region "a" }}"',
        'shardingName: "{{ upper .source.spec.region }}"',
      ],
      findings: ['error wrong-argument-count: spec.template 5:21: function "upper" takes 1 argument, got 2'],
    },
    {
      on: 'karmada',
      sentence: 'arguments that are in the wrong order',
      line: [
        'shardingName: "{{ .source.spec.region | trunc "5" }}"',
        'shardingName: "{{ .source.spec.region | trunc 5 }}"',
      ],
      findings: ['error wrong-argument-type: spec.template 5:49: expected int, found "5"'],
    },
    {
      on: 'karmada',
      sentence: 'a variable that is not defined',
      line: [
        'shardingName: "{{ $region }}"',
        '{{ $region := .source.spec.region }}shardingName: "{{ $region }}"',
      ],
      findings: ['error undefined-variable: spec.template 5:21: variable "$region" is not defined'],
    },
    {
      on: 'karmada',
      sentence: 'a source without its dot',
      line: ['shardingName: "{{ source.spec.region }}"', 'shardingName: "{{ .source.spec.region }}"'],
      findings: ['error unknown-function: spec.template 5:21: function "source" is not defined'],
    },
    {
      on: 'karmada',
      sentence: 'a source that is out of reach in a loop',
      line: [
        '# {{ range .source.spec.zones }}{{ .source.spec.region }}{{ end }}',
        '# {{ range .source.spec.zones }}{{ $.source.spec.region }}{{ end }}',
      ],
      findings: [
        'error type-mismatch: spec.template 5:38: field "source" is read from ., which is a string and has no fields; here the dot is another value, so write $.source',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an end that is missing',
      line: [
        '{{ if .source.spec.region }}shardingName: x',
        '{{ if .source.spec.region }}shardingName: x{{ end }}',
      ],
      findings: [
        'error missing-end: spec.template 7:1: the template ends inside "if", which has no {{ end }}',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a field of the object that is misspelt',
      line: ['shardingName: "{{ .source.metadata.nam }}"', 'shardingName: "{{ .source.metadata.name }}"'],
      findings: [
        'error unknown-field: spec.template 5:21: .source.metadata.nam is not a field of Cluster cluster.karmada.io/v1alpha1; did you mean ".source.metadata.name"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a block that is not closed, in Handlebars',
      engine: 'Handlebars',
      line: ['{{#if source.spec.region}}shardingName: x', '{{#if source.spec.region}}shardingName: x{{/if}}'],
      findings: [
        'error missing-end: spec.template 7:1: the template ends before a block or an expression is closed',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a reference that is misspelt, in Handlebars',
      engine: 'Handlebars',
      line: [
        'shardingName: "{{references.credential.data.x}}"',
        'shardingName: "{{references.credentials.data.x}}"',
      ],
      findings: [
        'error unknown-name: spec.template 5:20: .references.credential is not declared in spec.references; did you mean ".references.credentials"?',
      ],
    },
  ],
};

const access = (secret: string, namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: secret, namespace },
  data: { caBundle: 'Y2E=', token: 'dG9rZW4=' },
});

/** A cluster that Karmada pushes to, with the Secret that opens it. */
const member = (
  name: string,
  { annotations = {}, spec = {}, status }: { annotations?: object; spec?: object; status?: object } = {},
): readonly KubeObject[] => [
  {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, annotations: annotations as Record<string, string> },
    spec: { syncMode: 'Push', apiEndpoint: `https://${name}.example.com:6443`, ...spec },
    ...(status && { status }),
  },
  access(name, 'karmada-cluster'),
];

/** Policies that are right, though nothing that is made up tells so. */
const rightRows: readonly {
  readonly on: PlatformName;
  readonly sentence: string;
  readonly change: Change;
  readonly objects?: readonly KubeObject[];
  readonly warnings?: readonly string[];
}[] = [
  {
    on: 'karmada',
    sentence: 'a name that is cut out of an address, which a cluster at hand has',
    change: { nameTemplate: '{{ regexFind "[a-z]+-[a-z0-9]+" .source.spec.apiEndpoint }}' },
    objects: member('eu-1'),
  },
  {
    on: 'karmada',
    sentence: 'a name that is cut out of an address, without a cluster at hand',
    warnings: [
      'warning invalid-name: spec.nameTemplate: the rendered name is empty, unless the values that are read there have a form that samples lack',
    ],
    change: { nameTemplate: '{{ regexFind "[a-z]+-[a-z0-9]+" .source.spec.apiEndpoint }}' },
  },
  {
    on: 'karmada',
    sentence: 'a name that is one part of another, which a cluster at hand has',
    change: { nameTemplate: '{{ (split "/" .source.spec.id)._1 }}' },
    objects: member('eu-1', { spec: { id: 'acme/eu-1' } }),
  },
  {
    on: 'karmada',
    sentence: 'a name in the JSON of an annotation, which a cluster at hand has',
    change: {
      nameTemplate: '{{ (index .source.metadata.annotations "acme.example/cluster" | fromJson).name }}',
    },
    objects: member('eu-1', { annotations: { 'acme.example/cluster': '{"name": "acme-eu-1"}' } }),
  },
  {
    on: 'karmada',
    sentence: 'a name in the JSON of an annotation, without a cluster at hand',
    warnings: [
      'warning invalid-name: spec.nameTemplate: the rendered name is empty, unless the values that are read there have a form that samples lack',
    ],
    change: {
      nameTemplate: '{{ (index .source.metadata.annotations "acme.example/cluster" | fromJson).name }}',
    },
  },
  {
    on: 'karmada',
    sentence: 'a list in an annotation, which a cluster at hand has',
    change: {
      template:
        'spec:\n  apiserver: https://a\n  caData: eA==\n  tokenData: eA==\n  syncResources: {{ index .source.metadata.annotations "sync" | fromJson | toJson }}\n',
    },
    objects: member('eu-1', { annotations: { sync: '[{"group": "apps", "resources": ["*"]}]' } }),
  },
  {
    on: 'karmada',
    sentence: 'a list in an annotation, without a cluster at hand',
    warnings: [
      'warning not-a-pediacluster: spec.template: required field spec.syncResources is missing, unless the values that are read there have a form that samples lack',
    ],
    change: {
      template:
        'spec:\n  kubeconfig: eDog\n  syncResources: {{ index .source.metadata.annotations "sync" | fromJson | toJson }}\n',
    },
  },
  {
    on: 'gardener',
    sentence: 'a list in an open field, without a cluster at hand',
    warnings: [
      'warning not-a-pediacluster: spec.template: spec.syncResources must be an array, unless the values that are read there have a form that samples lack',
    ],
    change: {
      template: 'spec:\n  kubeconfig: eDog\n  syncResources: {{ .source.spec.addons.sync | toJson }}\n',
    },
  },
  {
    on: 'gardener',
    sentence: 'a number in an open field',
    change: { creationCondition: '{{ gt (int .source.spec.provider.workers) 2 }}' },
  },
  {
    on: 'karmada',
    sentence: 'a number in the status, which one of three clusters at hand has not yet',
    warnings: [
      'warning live-sources-fail: spec.creationCondition 1:4: 1 of 3 existing sources fail: "gt" failed: values of types nil and int cannot be compared',
    ],
    change: { creationCondition: '{{ gt .source.status.nodeSummary.readyNum 0 }}' },
    objects: [
      ...member('eu-1', { status: { nodeSummary: { readyNum: 3, totalNum: 3 } } }),
      ...member('eu-2', { status: { nodeSummary: { readyNum: 2, totalNum: 3 } } }),
      ...member('eu-3'),
    ],
  },
  {
    on: 'karmada',
    sentence: 'a number in the status, in a branch of the template, which one of three clusters has not yet',
    warnings: [
      'warning live-sources-fail: spec.template 5:9: 1 of 3 existing sources fail: "gt" failed: values of types nil and int cannot be compared',
    ],
    change: {
      line: '{{ if gt .source.status.nodeSummary.readyNum 2 }}shardingName: large{{ end }}',
    },
    objects: [
      ...member('eu-1', { status: { nodeSummary: { readyNum: 3, totalNum: 3 } } }),
      ...member('eu-2', { status: { nodeSummary: { readyNum: 2, totalNum: 3 } } }),
      ...member('eu-3'),
    ],
  },
  {
    on: 'karmada',
    sentence: 'an address that is put together of a text in base64',
    warnings: [
      `warning unusable: spec.template: ${NEVER_CONNECTS}a token or a certificate needs an endpoint in apiserver, unless the values that are read there have a form that samples lack`,
    ],
    change: {
      access: [
        'apiserver: "{{ (b64dec .references.credentials.data.caBundle | fromYaml).server }}"',
        'tokenData: eA==',
        'caData: eA==',
      ],
    },
  },
  {
    on: 'open-cluster-management',
    sentence: 'a kubeconfig that is put together',
    change: {
      access: [
        'kubeconfig: "{{ dict "server" (first .source.spec.managedClusterClientConfigs).url "tokenData" .references.account.data.token | toKubeconfig | b64enc }}"',
      ],
    },
  },
  {
    on: 'karmada',
    sentence: 'a template that says which clusters it does not take',
    change: { line: '{{ if not .source.spec.apiEndpoint }}{{ fail "has no address" }}{{ end }}' },
  },
  {
    on: 'karmada',
    sentence: 'a map that is walked through, in Handlebars',
    change: {
      engine: 'Handlebars',
      line: '# {{#each source.spec.proxyHeader}}{{@key}}={{this}} {{/each}}',
    },
  },
];

function verdictOf({ on, sentence, engine, findings, warnings, ...pairs }: Row): Verdict {
  const policyWith = (index: 0 | 1) =>
    platformPolicy(on, {
      ...Object.fromEntries(
        Object.entries(pairs).map(([field, pair]) => [field, (pair as Pair<unknown>)[index]]),
      ),
      engine,
    });
  return {
    sentence: `${on}: ${sentence}`,
    platform: on,
    broken: policyWith(0),
    findings,
    twin: policyWith(1),
    ...(warnings && { warnings }),
  };
}

/** What is said of each policy. */
export const platformVerdicts: Readonly<Record<string, readonly Verdict[]>> = {
  ...Object.fromEntries(Object.entries(rows).map(([section, all]) => [section, all.map(verdictOf)])),
  'policies that are right': rightRows.map(({ on, sentence, change, objects, warnings }) => ({
    sentence: `${on}: ${sentence}`,
    platform: on,
    twin: platformPolicy(on, change),
    ...(warnings && { warnings }),
    ...(objects && { world: { objects } }),
  })),
};
