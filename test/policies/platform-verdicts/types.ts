import type { Rows } from './row.ts';

/** Values of a type that their place does not take. */
export const types: Rows = {
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
        'error not-a-pediacluster: spec.template 3:18: spec.syncResources[0].resources must have at least 1 item',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a list that is required and not there',
      template: ['spec:\n  kubeconfig: eDog\n', 'spec:\n  kubeconfig: eDog\n  syncResources: []\n'],
      findings: ['error not-a-pediacluster: spec.template 1:1: required field spec.syncResources is missing'],
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
        'error not-a-pediacluster: spec.template 2:18: spec.apiserver is a text, but .source.spec.controlPlaneEndpoint is a map; pick a field of it',
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
};
