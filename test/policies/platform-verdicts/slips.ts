import type { Rows } from './row.ts';

/** Slips of the pen, and habits from other languages. */
export const slips: Rows = {
  'credentials and encodings': [
    {
      on: 'karmada',
      sentence: 'a token that is encoded twice',
      access: [
        [
          `apiserver: '{{ .source.spec.apiEndpoint }}'`,
          `tokenData: '{{ .references.credentials.data.token | b64enc }}'`,
          `caData: '{{ .references.credentials.data.caBundle }}'`,
        ],
        [
          `apiserver: '{{ .source.spec.apiEndpoint }}'`,
          `tokenData: '{{ .references.credentials.data.token }}'`,
          `caData: '{{ .references.credentials.data.caBundle }}'`,
        ],
      ],
      findings: [
        'error not-a-pediacluster: spec.template 3:18: spec.tokenData would be base64 of base64: b64enc .references.credentials.data.token encodes what is encoded; leave out b64enc',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an authority that is encoded twice',
      access: [
        [
          `apiserver: '{{ .source.spec.apiEndpoint }}'`,
          `tokenData: '{{ .references.credentials.data.token }}'`,
          'caData: "{{ .references.credentials.data.caBundle | b64enc }}"',
        ],
        [
          `apiserver: '{{ .source.spec.apiEndpoint }}'`,
          `tokenData: '{{ .references.credentials.data.token }}'`,
          `caData: '{{ .references.credentials.data.caBundle }}'`,
        ],
      ],
      findings: [
        'error not-a-pediacluster: spec.template 4:15: spec.caData would be base64 of base64: b64enc .references.credentials.data.caBundle encodes what is encoded; leave out b64enc',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a token that is decoded',
      access: [
        [
          `apiserver: '{{ .source.spec.apiEndpoint }}'`,
          'tokenData: {{ .references.credentials.data.token | b64dec }}',
          `caData: '{{ .references.credentials.data.caBundle }}'`,
        ],
        [
          `apiserver: '{{ .source.spec.apiEndpoint }}'`,
          `tokenData: '{{ .references.credentials.data.token }}'`,
          `caData: '{{ .references.credentials.data.caBundle }}'`,
        ],
      ],
      findings: [
        'warning not-a-pediacluster: spec.template 3:17: spec.tokenData must be base64, and b64dec .references.credentials.data.token is decoded; leave out b64dec, unless the value is base64 of base64',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a kubeconfig that is decoded',
      access: [
        ['kubeconfig: "{{ .references.kubeconfig.data.value | b64dec }}"'],
        [
          'kubeconfig: "{{ .references.kubeconfig.data.value | b64dec | replace "localhost" "api.example" | b64enc }}"',
        ],
      ],
      findings: [
        'warning not-a-pediacluster: spec.template 2:19: spec.kubeconfig must be base64, and b64dec .references.kubeconfig.data.value is decoded; leave out b64dec, unless the value is base64 of base64',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a kubeconfig that is encoded twice, in Handlebars',
      engine: 'Handlebars',
      access: [
        [`kubeconfig: '{{b64enc references.kubeconfig.data.value}}'`],
        [`kubeconfig: '{{references.kubeconfig.data.value}}'`],
      ],
      findings: [
        'error not-a-pediacluster: spec.template 2:16: spec.kubeconfig would be base64 of base64: b64enc references.kubeconfig.data.value encodes what is encoded; leave out b64enc',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'the whole data of a Secret',
      access: [
        [`kubeconfig: '{{ .references.kubeconfig.data }}'`],
        [`kubeconfig: '{{ .references.kubeconfig.data.value }}'`],
      ],
      findings: [
        'error not-a-pediacluster: spec.template 2:19: spec.kubeconfig is a text, but .references.kubeconfig.data is a map; pick a field of it',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a kubeconfig as YAML',
      access: [
        [`kubeconfig: '{{ .references.kubeconfig.data.value | b64dec | fromYaml | toYaml }}'`],
        [`kubeconfig: '{{ .references.kubeconfig.data.value | b64dec | fromYaml | toYaml | b64enc }}'`],
      ],
      findings: [
        'error not-a-pediacluster: spec.template 2:19: spec.kubeconfig is a text, but toYaml (fromYaml (b64dec .references.kubeconfig.data.value)) is YAML of a map; pipe it through b64enc',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a placeholder for a token',
      access: [
        [
          `apiserver: '{{ .source.spec.apiEndpoint }}'`,
          'tokenData: "<token>"',
          `caData: '{{ .references.credentials.data.caBundle }}'`,
        ],
        [
          `apiserver: '{{ .source.spec.apiEndpoint }}'`,
          `tokenData: '{{ .references.credentials.data.token }}'`,
          `caData: '{{ .references.credentials.data.caBundle }}'`,
        ],
      ],
      findings: [
        'error not-base64: spec.template 3:14: spec.tokenData must be base64; pipe the value through b64enc if it is not encoded yet',
      ],
    },
  ],
  'what stands outside of braces': [
    {
      on: 'karmada',
      sentence: 'a field of the source as a text',
      access: [
        [
          'apiserver: .source.spec.apiEndpoint',
          `tokenData: '{{ .references.credentials.data.token }}'`,
          `caData: '{{ .references.credentials.data.caBundle }}'`,
        ],
        [
          `apiserver: '{{ .source.spec.apiEndpoint }}'`,
          `tokenData: '{{ .references.credentials.data.token }}'`,
          `caData: '{{ .references.credentials.data.caBundle }}'`,
        ],
      ],
      findings: [
        'error not-a-pediacluster: spec.template 2:14: spec.apiserver has ".source.spec.apiEndpoint" as a text; write it between {{ and }}',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a field in single braces',
      access: [
        [
          'apiserver: "{ .source.spec.apiEndpoint }"',
          `tokenData: '{{ .references.credentials.data.token }}'`,
          `caData: '{{ .references.credentials.data.caBundle }}'`,
        ],
        [
          `apiserver: '{{ .source.spec.apiEndpoint }}'`,
          `tokenData: '{{ .references.credentials.data.token }}'`,
          `caData: '{{ .references.credentials.data.caBundle }}'`,
        ],
      ],
      findings: [
        'error not-a-pediacluster: spec.template 2:14: spec.apiserver has ".source.spec.apiEndpoint" as a text; write it between {{ and }}',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a field as a shell writes it',
      line: ['shardingName: "${source.spec.region}"', 'shardingName: "{{ .source.spec.region }}"'],
      findings: [
        'error not-a-pediacluster: spec.template 5:17: spec.shardingName has "source.spec.region" as a text; write it between {{ and }}',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a field as a text, in Handlebars',
      engine: 'Handlebars',
      line: ['shardingName: source.spec.region', 'shardingName: "{{source.spec.region}}"'],
      findings: [
        'error not-a-pediacluster: spec.template 5:17: spec.shardingName has "source.spec.region" as a text; write it between {{ and }}',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a field as a text of an annotation, which may be meant',
      annotation: [
        'note: "from .source.spec.regoin {{ .source.spec.regoin }}"',
        'note: "from .source.spec.region"',
      ],
      findings: [
        'error unknown-field: spec.template 3:40: .source.spec.regoin is not a field of Cluster cluster.karmada.io/v1alpha1; did you mean ".source.spec.region"?',
      ],
    },
  ],
  'lists and maps for texts': [
    {
      on: 'karmada',
      sentence: 'a list in quotes',
      line: ['shardingName: "{{ .source.spec.zones }}"', 'shardingName: "{{ first .source.spec.zones }}"'],
      findings: [
        'error not-a-pediacluster: spec.template 5:21: spec.shardingName is a text, but .source.spec.zones is a list of strings; pick an item with "index" or "first"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an object in quotes',
      line: [
        'shardingName: "{{ .source.spec.secretRef }}"',
        'shardingName: "{{ .source.spec.secretRef.name }}"',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:21: spec.shardingName is a text, but .source.spec.secretRef is a map; pick a field of it',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a list in quotes, in Handlebars',
      engine: 'Handlebars',
      line: ['shardingName: "{{source.spec.zones}}"', 'shardingName: "{{first source.spec.zones}}"'],
      findings: [
        'error not-a-pediacluster: spec.template 5:20: spec.shardingName is a text, but source.spec.zones is a list of strings; pick an item with "index" or "first"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'labels of several lines, of which one is indented',
      template: [
        'metadata:\n  labels:\n    {{ toYaml .source.metadata.labels }}\nspec:\n  kubeconfig: eDog\n  syncResources: []\n',
        'metadata:\n  labels: {{ toYaml .source.metadata.labels | nindent 4 }}\nspec:\n  kubeconfig: eDog\n  syncResources: []\n',
      ],
      findings: [
        'warning invalid-yaml: spec.template 3:8: toYaml .source.metadata.labels writes several lines, of which only the first is indented here; pipe it through nindent 4',
      ],
    },
  ],
  'what is collected': [
    {
      on: 'karmada',
      sentence: 'a kind for a resource',
      template: [
        'spec:\n  kubeconfig: eDog\n  syncResources: [{group: apps, resources: [Deployment]}]\n',
        'spec:\n  kubeconfig: eDog\n  syncResources: [{group: apps, resources: [deployments]}]\n',
      ],
      findings: [
        'warning not-a-pediacluster: spec.template 3:45: spec.syncResources[0].resources[0] must be the plural name of a resource in lower case, such as "deployments", so nothing is collected by "Deployment"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a resource with its group',
      template: [
        'spec:\n  kubeconfig: eDog\n  syncResources: [{group: apps, resources: [deployments.apps]}]\n',
        'spec:\n  kubeconfig: eDog\n  syncResources: [{group: apps, resources: ["*"]}]\n',
      ],
      findings: [
        'warning not-a-pediacluster: spec.template 3:45: spec.syncResources[0].resources[0] must be the plural name of a resource in lower case, such as "deployments", so nothing is collected by "deployments.apps"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a group with its version',
      template: [
        'spec:\n  kubeconfig: eDog\n  syncResources: [{group: apps/v1, resources: [deployments]}]\n',
        'spec:\n  kubeconfig: eDog\n  syncResources: [{group: rbac.authorization.k8s.io, versions: [v1], resources: [roles]}]\n',
      ],
      findings: [
        'warning not-a-pediacluster: spec.template 3:27: spec.syncResources[0].group must be a group without its version, such as "apps", so nothing is collected by "apps/v1"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a version with its group',
      template: [
        'spec:\n  kubeconfig: eDog\n  syncResources: [{group: apps, versions: [apps/v1], resources: [deployments]}]\n',
        'spec:\n  kubeconfig: eDog\n  syncResources: [{group: "", versions: [v1], resources: [pods, events], eventsInvolvedResources: [pods]}]\n',
      ],
      findings: [
        'warning not-a-pediacluster: spec.template 3:44: spec.syncResources[0].versions[0] must be a version without its group, such as "v1", so nothing is collected by "apps/v1"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a resource without a group',
      template: [
        'spec:\n  kubeconfig: eDog\n  syncResources: [{resources: [pods]}]\n',
        'spec:\n  kubeconfig: eDog\n  syncResources: [{group: "", resources: [pods]}]\n',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 3:18: required field spec.syncResources[0].group is missing',
      ],
    },
    {
      on: 'karmada',
      sentence: 'names of resources alone',
      template: [
        'spec:\n  kubeconfig: eDog\n  syncResources: [deployments]\n',
        'spec:\n  kubeconfig: eDog\n  syncResources: [{group: apps, resources: [deployments]}]\n',
      ],
      findings: ['error not-a-pediacluster: spec.template 3:19: spec.syncResources[0] must be an object'],
    },
  ],
  'keys, defaults and searches': [
    {
      on: 'karmada',
      sentence: 'a misspelt key, by index',
      line: [
        'shardingName: "{{ index .source.spec "regoin" }}"',
        'shardingName: "{{ index .source.spec "region" }}"',
      ],
      findings: [
        'warning never-met: spec.template 5:40: .source.spec never has "regoin"; did you mean "region"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a misspelt key, by get',
      line: [
        'shardingName: "{{ get .source.spec "regoin" }}"',
        'shardingName: "{{ get .source.spec "region" }}"',
      ],
      findings: [
        'warning never-met: spec.template 5:38: .source.spec never has "regoin"; did you mean "region"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a misspelt key that is asked for',
      creationCondition: ['{{ hasKey .source.spec "regoin" }}', '{{ hasKey .source.spec "region" }}'],
      findings: [
        'warning never-met: spec.creationCondition 1:24: .source.spec never has "regoin"; did you mean "region"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a misspelt key, in Handlebars',
      engine: 'Handlebars',
      line: [`shardingName: '{{get source.spec "regoin"}}'`, `shardingName: '{{get source.spec "region"}}'`],
      findings: [
        'warning never-met: spec.template 5:36: source.spec never has "regoin"; did you mean "region"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a default in the place of the value',
      label: [
        'region: "{{ default .source.spec.region "none" }}"',
        'region: "{{ default "none" .source.spec.region }}"',
      ],
      findings: [
        'warning never-met: spec.template 3:45: default .source.spec.region "none" is always "none": the default stands first, the value last',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a default in the place of the value, in Handlebars',
      engine: 'Handlebars',
      label: [
        `region: '{{default source.spec.region "none"}}'`,
        `region: '{{default "none" source.spec.region}}'`,
      ],
      findings: [
        'warning never-met: spec.template 3:43: default source.spec.region "none" is always "none": the default stands first, the value last',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a prefix in the place of the text',
      creationCondition: [
        '{{ hasPrefix .source.spec.region "eu-" }}',
        '{{ hasPrefix "eu-" .source.spec.region }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:4: hasPrefix .source.spec.region "eu-" looks for .source.spec.region in "eu-"; the text to look in stands last',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a list in the place of the item',
      creationCondition: ['{{ has .source.spec.zones "a" }}', '{{ has "a" .source.spec.zones }}'],
      findings: [
        'error type-mismatch: spec.creationCondition 1:4: has .source.spec.zones "a": a list is needed, not the string "a"',
      ],
    },
    {
      on: 'kamaji',
      sentence: 'a pattern that is none',
      creationCondition: [
        '{{ regexMatch "^(v1.30" .source.spec.kubernetes.version }}',
        '{{ regexMatch "^(v1.30)" .source.spec.kubernetes.version }}',
      ],
      findings: [
        'error type-mismatch: spec.creationCondition 1:4: regexMatch "^(v1.30" .source.spec.kubernetes.version: never finds anything: error parsing regexp: missing closing )',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a comparison with nothing',
      creationCondition: ['{{ eq .source.spec.region }}', '{{ eq .source.spec.region "eu" }}'],
      findings: [
        'error type-mismatch: spec.creationCondition 1:4: eq .source.spec.region: there is nothing to compare it with',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a selector by a namespace that is misspelt (the twin: by its beginning)',
      selectorTemplate: [
        '{{ hasPrefix "team-" .source.metadata.namespce }}',
        '{{ hasPrefix "team-" .source.metadata.namespace }}',
      ],
      findings: [
        'error unknown-field: spec.source.selectorTemplate 1:22: .source.metadata.namespce is not a field of Cluster cluster.x-k8s.io/v1beta1; did you mean ".source.metadata.namespace"?',
      ],
    },
  ],
  conditions: [
    {
      on: 'karmada',
      sentence: 'the status of each condition',
      creationCondition: [
        '{{ range .source.status.conditions }}{{ .status }}{{ end }}',
        '{{ range .source.status.conditions }}{{ if eq .type "Ready" }}{{ .status }}{{ end }}{{ end }}',
      ],
      findings: [
        'warning invalid-condition: spec.creationCondition 1:41: is printed for each item; what several print together is neither "true" nor "false": ask with "if" for one item',
      ],
    },
    {
      on: 'karmada',
      sentence: 'the status of each condition, in Handlebars',
      engine: 'Handlebars',
      creationCondition: [
        '{{#each source.status.conditions}}{{this.status}}{{/each}}',
        '{{#each source.status.conditions}}{{#if (eq this.type "Ready")}}{{this.status}}{{/if}}{{/each}}',
      ],
      findings: [
        'warning invalid-condition: spec.creationCondition 1:37: is printed for each item; what several print together is neither "true" nor "false": ask with "if" for one item',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a condition of a list by its type',
      creationCondition: [
        '{{ (index .source.status.conditions "Ready").status }}',
        '{{ (index .source.status.conditions 0).status }}',
      ],
      findings: [
        'error type-mismatch: spec.creationCondition 1:5: index .source.status.conditions "Ready": a list of maps cannot be indexed with the string "Ready"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a number',
      creationCondition: [
        '{{ .source.status.nodeSummary.readyNum }}',
        '{{ gt (int .source.status.nodeSummary.readyNum) 0 }}',
      ],
      findings: [
        'error invalid-condition: spec.creationCondition 1:1: prints something that is neither "true", "false" nor empty, which counts as false',
      ],
    },
  ],
  'another language': [
    {
      on: 'karmada',
      sentence: 'two equals signs',
      creationCondition: [
        '{{ if .source.spec.region == "eu" }}true{{ end }}',
        '{{ if eq .source.spec.region "eu" }}true{{ end }}',
      ],
      findings: [
        'error unexpected-token: spec.creationCondition 1:27: unexpected "=" in operand; two values are compared by eq, such as eq .a "b"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'two ampersands',
      creationCondition: [
        '{{ if .source.spec.region && .source.spec.zone }}true{{ end }}',
        '{{ if and .source.spec.region .source.spec.zone }}true{{ end }}',
      ],
      findings: [
        'error unexpected-token: spec.creationCondition 1:27: unexpected "&" in operand; write and (…) (…)',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an exclamation mark',
      creationCondition: [
        '{{ if !.source.spec.region }}true{{ end }}',
        '{{ if not .source.spec.region }}true{{ end }}',
      ],
      findings: [
        'error unexpected-token: spec.creationCondition 1:7: unexpected "!" in if; write not (…), or ne to compare',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a text in single quotes',
      creationCondition: [`{{ eq .source.spec.region 'eu' }}`, '{{ eq .source.spec.region "eu" }}'],
      findings: [
        `error bad-string: spec.creationCondition 1:27: 'eu' is not a character constant; a text stands in double quotes: "eu"`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'a condition behind else',
      line: [
        '{{ if eq .source.spec.syncMode "Push" }}shardingName: a{{ else eq .source.spec.syncMode "Pull" }}shardingName: b{{ end }}',
        '{{ if eq .source.spec.syncMode "Push" }}shardingName: a{{ else if eq .source.spec.syncMode "Pull" }}shardingName: b{{ end }}',
      ],
      findings: [
        'error unexpected-token: spec.template 5:66: unexpected "eq" in else; another condition begins with "else if"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a label with points and a slash',
      creationCondition: [
        '{{ eq .source.metadata.labels.topology.kubernetes.io/region "eu" }}',
        '{{ eq (index .source.metadata.labels "topology.kubernetes.io/region") "eu" }}',
      ],
      findings: [
        'error bad-character: spec.creationCondition 1:53: character "/" (U+002F) cannot follow a name; a name with "/" is read by index .source.metadata.labels "topology.kubernetes.io/region"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'Handlebars in a Go template',
      line: [
        '{{#if source.spec.region}}shardingName: a{{/if}}',
        '{{ if .source.spec.region }}shardingName: a{{ end }}',
      ],
      findings: ['error unexpected-token: spec.template 5:5: unexpected "#" in command'],
    },
    {
      on: 'karmada',
      sentence: 'a value of a chart',
      line: ['shardingName: "{{ .Values.region }}"', 'shardingName: "{{ .source.spec.region }}"'],
      findings: [
        'error unknown-name: spec.template 5:21: .Values is not defined; templates see .source and .references',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a variable that is assigned before it is declared',
      line: [
        '{{ $x = .source.spec.region }}shardingName: "{{ $x }}"',
        '{{ $x := .source.spec.region }}shardingName: "{{ $x }}"',
      ],
      findings: [
        'error undefined-variable: spec.template 5:18: variable "$x" is not set here; did you mean "$"?',
        'error undefined-variable: spec.template 5:51: variable "$x" is not set here; did you mean "$"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a variable out of its block',
      line: [
        '{{ if .source.spec.region }}{{ $x := "a" }}{{ end }}shardingName: "{{ $x }}"',
        '{{ $x := "" }}{{ if .source.spec.region }}{{ $x = "a" }}{{ end }}shardingName: "{{ $x }}"',
      ],
      findings: [
        'error undefined-variable: spec.template 5:73: variable "$x" is not defined; did you mean "$"?',
      ],
    },
  ],
  endpoints: [
    {
      on: 'cluster-api',
      sentence: 'two colons before the port',
      access: [
        [
          'apiserver: "https://{{ .source.spec.controlPlaneEndpoint.host }}::{{ .source.spec.controlPlaneEndpoint.port }}"',
          'tokenData: eA==',
          'caData: eA==',
        ],
        [
          'apiserver: "https://{{ .source.spec.controlPlaneEndpoint.host }}:{{ .source.spec.controlPlaneEndpoint.port }}"',
          'tokenData: eA==',
          'caData: eA==',
        ],
      ],
      findings: [
        'error unusable: spec.template 2:14: renders a PediaCluster that Clusterpedia could never connect with: the endpoint is an IPv6 address without brackets; write it as https://[address]:port',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a scheme twice',
      access: [
        ['apiserver: "https://https://{{ .source.spec.region }}.example"', 'tokenData: eA==', 'caData: eA=='],
        ['apiserver: "https://{{ .source.spec.region }}.example"', 'tokenData: eA==', 'caData: eA=='],
      ],
      findings: [
        'error unusable: spec.template 2:14: renders a PediaCluster that Clusterpedia could never connect with: the endpoint has https:// or http:// twice',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a misspelt scheme',
      access: [
        ['apiserver: "htps://{{ .source.spec.region }}.example"', 'tokenData: eA==', 'caData: eA=='],
        ['apiserver: "https://{{ .source.spec.region }}.example"', 'tokenData: eA==', 'caData: eA=='],
      ],
      findings: [
        'error unusable: spec.template 2:14: renders a PediaCluster that Clusterpedia could never connect with: the endpoint must begin with https:// or http://, or be host:port',
      ],
    },
    {
      on: 'karmada',
      sentence: 'one slash',
      access: [
        ['apiserver: "https:/{{ .source.spec.region }}.example"', 'tokenData: eA==', 'caData: eA=='],
        ['apiserver: "https://{{ .source.spec.region }}.example"', 'tokenData: eA==', 'caData: eA=='],
      ],
      findings: [
        'error unusable: spec.template 2:14: renders a PediaCluster that Clusterpedia could never connect with: the endpoint has a path, so it must be a URL that begins with https://',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a word for a port',
      access: [
        ['apiserver: "https://{{ .source.spec.region }}.example:port"', 'tokenData: eA==', 'caData: eA=='],
        ['apiserver: "https://{{ .source.spec.region }}.example:6443"', 'tokenData: eA==', 'caData: eA=='],
      ],
      findings: [
        'error unusable: spec.template 2:14: renders a PediaCluster that Clusterpedia could never connect with: the port of the endpoint is no number from 0 to 65535',
      ],
    },
  ],
};
