import type { Rows } from './row.ts';

/** A PediaCluster that collects what is named in some list. */
const collecting = (resources: string) =>
  `spec:\n  kubeconfig: eDog\n  syncResources:\n  - group: ""\n    resources: ${resources}\n`;

/** A PediaCluster that collects some of the groups that the cluster serves. */
const groupsOf = (always: string) =>
  `spec:
  kubeconfig: eDog
  syncResources:
  ${always}{{- range .source.status.apiEnablements }}
  {{- $parts := splitList "/" .groupVersion }}
  {{- if eq (first $parts) "apps" }}
  - group: {{ first $parts | quote }}
    resources: ["*"]
  {{- end }}
  {{- end }}
`;

const AROUND = 'leave out the quotes around it';
const INSIDE = 'print the value without them';
const WHOLE_LIST = 'write {{ … | toJson }} for the whole list, without brackets and quotes around it';
const NO_YAML =
  'the text cannot be read: error converting YAML to JSON: yaml: map merge requires map or sequence of maps as the value';
const ITEM = 'spec.syncResources[0].resources[0]';

/** Functions that write quotes or brackets, in places where these become part of a value. */
export const quotes: Rows = {
  'quotes and brackets that become part of a value': [
    {
      on: 'karmada',
      sentence: 'quotes of printf between quotes, in a list',
      template: [
        collecting('["{{ printf "%q" .source.spec.region }}"]'),
        collecting('[{{ printf "%q" .source.spec.region }}]'),
      ],
      findings: [
        `error not-a-pediacluster: spec.template 5:21: printf "%q" .source.spec.region writes quotes, which become part of ${ITEM}; ${AROUND}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'quotes of quote between quotes, in a list',
      template: [
        collecting('["{{ quote .source.spec.region }}"]'),
        collecting('[{{ quote .source.spec.region }}]'),
      ],
      findings: [
        `error not-a-pediacluster: spec.template 5:21: quote .source.spec.region writes quotes, which become part of ${ITEM}; ${AROUND}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'quotes of toJson between quotes, in a list',
      template: [
        collecting('["{{ .source.spec.region | toJson }}"]'),
        collecting('[{{ .source.spec.region | toJson }}]'),
      ],
      findings: [
        `error not-a-pediacluster: spec.template 5:21: toJson .source.spec.region writes quotes, which become part of ${ITEM}; ${AROUND}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'quotes between single quotes',
      template: [
        collecting("['{{ squote .source.spec.region }}']"),
        collecting('[{{ squote .source.spec.region }}]'),
      ],
      findings: [
        `error not-a-pediacluster: spec.template 5:21: squote .source.spec.region writes quotes, which become part of ${ITEM}; ${AROUND}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'quotes between quotes, in a branch that no sample needs',
      line: [
        '{{ if hasPrefix "cn-" .source.spec.region }}shardingName: "{{ quote .source.spec.zone }}"{{ end }}',
        '{{ if hasPrefix "cn-" .source.spec.region }}shardingName: {{ quote .source.spec.zone }}{{ end }}',
      ],
      findings: [
        `error not-a-pediacluster: spec.template 5:65: quote .source.spec.zone writes quotes, which become part of spec.shardingName; ${AROUND}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'quotes around a part of a text',
      line: [
        'shardingName: shard-{{ quote .source.spec.region }}',
        'shardingName: "shard-{{ .source.spec.region }}"',
      ],
      findings: [
        `error not-a-pediacluster: spec.template 5:26: quote .source.spec.region writes quotes, which become part of spec.shardingName; ${INSIDE}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'quotes around a part of a format',
      line: [
        'shardingName: "{{ printf "shard-%q" .source.spec.region }}"',
        'shardingName: "{{ printf "shard-%s" .source.spec.region }}"',
      ],
      findings: [
        `error not-a-pediacluster: spec.template 5:21: printf "shard-%q" .source.spec.region writes quotes, which become part of spec.shardingName; ${INSIDE}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'two texts in quotes beside each other',
      line: [
        'shardingName: {{ quote .source.spec.region .source.spec.zone }}',
        'shardingName: {{ cat .source.spec.region .source.spec.zone | quote }}',
      ],
      findings: [
        `error not-a-pediacluster: spec.template 5:20: quote .source.spec.region .source.spec.zone writes quotes, which become part of spec.shardingName; ${INSIDE}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'an endpoint in quotes before its port',
      access: [
        ['apiserver: {{ quote .source.spec.apiEndpoint }}:6443', 'tokenData: eA==', 'caData: eA=='],
        ['apiserver: "{{ .source.spec.apiEndpoint }}:6443"', 'tokenData: eA==', 'caData: eA=='],
      ],
      findings: [
        `error not-a-pediacluster: spec.template 2:17: quote .source.spec.apiEndpoint writes quotes, which become part of spec.apiserver; ${INSIDE}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'quotes in the key of a label',
      label: ['"{{ quote .source.spec.region }}": a', '{{ quote .source.spec.region }}: a'],
      findings: [
        `error not-a-pediacluster: spec.template 3:9: quote .source.spec.region writes quotes, which become part of a key of metadata.labels; ${AROUND}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'an annotation whose quotes YAML does not take (the twin: quotes that it takes)',
      annotation: ['note: "{{ quote .source.spec.region }}"', "note: '{{ quote .source.spec.region }}'"],
      findings: [
        `warning not-a-pediacluster: spec.template 3:15: quote .source.spec.region writes quotes, which become part of metadata.annotations.note; ${AROUND}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'JSON of what may be a text between quotes',
      line: [
        'shardingName: "{{ (fromJson .source.spec.region).a | toJson }}"',
        'shardingName: "{{ (fromJson .source.spec.region).a | toJson | trimAll "\\"" }}"',
      ],
      findings: [
        `warning not-a-pediacluster: spec.template 5:21: toJson (fromJson .source.spec.region).a writes quotes around a text, which become part of spec.shardingName; ${AROUND}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'quotes between quotes, in Handlebars',
      engine: 'Handlebars',
      line: ['shardingName: "{{quote source.spec.region}}"', 'shardingName: {{quote source.spec.region}}'],
      findings: [
        `error not-a-pediacluster: spec.template 5:18: quote source.spec.region writes quotes, which become part of spec.shardingName; ${AROUND}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'a list that is printed into a list',
      template: [
        collecting('[{{ printf "%v" .source.spec.zones }}]'),
        collecting('{{ .source.spec.zones | toJson }}'),
      ],
      findings: [
        `error not-a-pediacluster: spec.template 5:20: ${ITEM} must be a string, but printf "%v" .source.spec.zones is a list as Go prints it; ${WHOLE_LIST}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'a list that is printed between quotes',
      template: [
        collecting('["{{ .source.spec.zones | toString }}"]'),
        collecting('{{ .source.spec.zones | toJson }}'),
      ],
      findings: [
        `error not-a-pediacluster: spec.template 5:21: ${ITEM} is a text, but toString .source.spec.zones is a list as Go prints it; ${WHOLE_LIST}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'a list in quotes',
      template: [
        collecting('[{{ quote .source.spec.zones }}]'),
        collecting('{{ .source.spec.zones | toJson }}'),
      ],
      findings: [
        `error not-a-pediacluster: spec.template 5:20: ${ITEM} must be a string, but quote .source.spec.zones is a list of strings in quotes; ${WHOLE_LIST}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'JSON of a list between quotes',
      template: [
        collecting('["{{ .source.spec.zones | toJson }}"]'),
        collecting('{{ .source.spec.zones | toJson }}'),
      ],
      findings: [
        `error not-a-pediacluster: spec.template 5:21: ${ITEM} is a text, but toJson .source.spec.zones is JSON of a list of strings; ${WHOLE_LIST}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'YAML of a list between quotes',
      template: [
        collecting('["{{ toYaml .source.spec.zones }}"]'),
        collecting('{{ .source.spec.zones | toJson }}'),
      ],
      findings: [
        `error not-a-pediacluster: spec.template 5:21: ${ITEM} is a text, but toYaml .source.spec.zones is YAML of a list of strings; ${WHOLE_LIST}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'a map that is printed as a name',
      line: [
        'shardingName: "{{ print .source.metadata.labels }}"',
        'shardingName: "{{ .source.metadata.labels.shard }}"',
      ],
      findings: [
        'error not-a-pediacluster: spec.template 5:21: spec.shardingName is a text, but print .source.metadata.labels is a map as Go prints it; pick a field of it',
      ],
    },
  ],
  'lists that stay empty': [
    {
      on: 'karmada',
      sentence: 'items that join writes, where there may be none',
      template: [
        collecting('[{{ join ", " .source.spec.zones }}]'),
        collecting('[{{ if .source.spec.zones }}{{ join ", " .source.spec.zones }}{{ else }}"*"{{ end }}]'),
      ],
      findings: [
        'warning not-a-pediacluster: spec.template 5:20: spec.syncResources[0].resources must have at least 1 item, but join ", " .source.spec.zones writes none where .source.spec.zones has none',
      ],
    },
    {
      on: 'karmada',
      sentence: 'items that a loop writes, where there may be none',
      template: [
        collecting('[{{ range .source.spec.zones }}{{ quote . }}, {{ end }}]'),
        collecting('[{{ range .source.spec.zones }}{{ quote . }}, {{ else }}"*"{{ end }}]'),
      ],
      findings: [
        'warning not-a-pediacluster: spec.template 5:16: spec.syncResources[0].resources must have at least 1 item, for a source with no spec.zones',
      ],
    },
    {
      on: 'karmada',
      sentence: 'items that join writes, where there may be none, in Handlebars',
      engine: 'Handlebars',
      template: [
        collecting('[{{join ", " source.spec.zones}}]'),
        collecting('[{{#if source.spec.zones}}{{join ", " source.spec.zones}}{{else}}"*"{{/if}}]'),
      ],
      findings: [
        'warning not-a-pediacluster: spec.template 5:17: spec.syncResources[0].resources must have at least 1 item, but join ", " source.spec.zones writes none where source.spec.zones has none',
      ],
    },
    {
      on: 'karmada',
      sentence:
        'groups cut out of the status, of which none may be wanted (the twin: one that is always there)',
      template: [groupsOf(''), groupsOf('- group: ""\n    resources: ["pods"]\n  ')],
      findings: [
        'warning not-a-pediacluster: spec.template 1:1: required field spec.syncResources is missing, unless the values that are read there have a form that samples lack',
      ],
    },
  ],
  'texts of the template that cannot be read': [
    {
      on: 'karmada',
      sentence: 'YAML',
      line: ['shardingName: "{{ (fromYaml "<<: 7").a }}"', 'shardingName: "{{ (fromYaml "a: 7").a }}"'],
      findings: [`error type-mismatch: spec.template 5:22: fromYaml "<<: 7": ${NO_YAML}`],
    },
    {
      on: 'karmada',
      sentence: 'YAML that is a list',
      line: ['# {{ range fromYaml "[a, b]" }}{{ end }}', '# {{ range (fromYaml "c: [a, b]").c }}{{ end }}'],
      findings: [
        'error type-mismatch: spec.template 5:14: fromYaml "[a, b]": the text cannot be read: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
      ],
    },
    {
      on: 'karmada',
      sentence: 'JSON',
      line: [
        'shardingName: "{{ (fromJson `{\'a\': 7}`).a }}"',
        'shardingName: "{{ (fromJson `{"a": 7}`).a }}"',
      ],
      findings: [
        "error type-mismatch: spec.template 5:22: fromJson `{'a': 7}`: the text cannot be read: invalid JSON",
      ],
    },
    {
      on: 'karmada',
      sentence: 'base64',
      line: ['shardingName: "{{ b64dec "eu-1" }}"', 'shardingName: "{{ b64dec "ZXUtMQ==" }}"'],
      findings: [
        'error type-mismatch: spec.template 5:21: b64dec "eu-1": the text cannot be read: illegal base64 data at input byte 2',
      ],
    },
    {
      on: 'karmada',
      sentence: 'YAML, in Handlebars',
      engine: 'Handlebars',
      line: [
        `shardingName: "{{get (fromYaml '<<: 7') 'a'}}"`,
        `shardingName: "{{get (fromYaml 'a: 7') 'a'}}"`,
      ],
      findings: [`error type-mismatch: spec.template 5:24: fromYaml "<<: 7": ${NO_YAML}`],
    },
  ],
};
