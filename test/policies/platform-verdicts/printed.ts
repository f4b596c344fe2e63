import type { Rows } from './row.ts';

const WAY_OUT = '; if it is a condition, write "if" before it';

/** What is printed as a text that nobody wants, and names that no object has. */
export const printed: Rows = {
  'what is printed': [
    {
      on: 'karmada',
      sentence: 'a text by the verb for numbers',
      line: [
        'shardingName: {{ printf "s-%d" .source.spec.region }}',
        'shardingName: {{ printf "s-%s" .source.spec.region }}',
      ],
      findings: [
        'error type-mismatch: spec.template 5:20: printf "s-%d" .source.spec.region: %d cannot print a string; use %s',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a number by the verb for texts',
      line: [
        'shardingName: {{ printf "s-%s" .source.status.nodeSummary.totalNum }}',
        'shardingName: {{ printf "s-%d" .source.status.nodeSummary.totalNum }}',
      ],
      findings: [
        'error type-mismatch: spec.template 5:20: printf "s-%s" .source.status.nodeSummary.totalNum: %s cannot print an integer; use %d',
      ],
    },
    {
      on: 'gardener',
      sentence: 'a boolean by the verb for texts',
      line: [
        'shardingName: {{ printf "s-%s" .source.status.hibernated }}',
        'shardingName: {{ printf "s-%t" .source.status.hibernated }}',
      ],
      findings: [
        'error type-mismatch: spec.template 5:20: printf "s-%s" .source.status.hibernated: %s cannot print a boolean; use %t',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a verb without a value',
      nameTemplate: [
        '{{ printf "%s-%s" .source.metadata.name }}',
        '{{ printf "%s-%s" "karmada" .source.metadata.name }}',
      ],
      findings: [
        'error type-mismatch: spec.nameTemplate 1:4: printf "%s-%s" .source.metadata.name: the format has 2 verbs, but there is 1 value',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a value without a verb',
      line: [
        'shardingName: {{ printf "s-%s" .source.spec.region .source.spec.zone }}',
        'shardingName: {{ printf "s-%s-%s" .source.spec.region .source.spec.zone }}',
      ],
      findings: [
        'error type-mismatch: spec.template 5:20: printf "s-%s" .source.spec.region .source.spec.zone: the format has 1 verb, but there are 2 values',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a verb that there is not',
      line: [
        'shardingName: {{ printf "%y" .source.spec.region }}',
        'shardingName: {{ printf "%v" .source.spec.region }}',
      ],
      findings: [
        'error type-mismatch: spec.template 5:20: printf "%y" .source.spec.region: there is no verb %y; write "%%" for a percent sign',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a text by the verb for numbers, in Handlebars',
      engine: 'Handlebars',
      line: [
        `shardingName: '{{printf "s-%d" source.spec.region}}'`,
        `shardingName: '{{printf "s-%s" source.spec.region}}'`,
      ],
      findings: [
        'error type-mismatch: spec.template 5:18: printf "s-%d" source.spec.region: %d cannot print a string; use %s',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a test on a line of its own',
      line: [
        '{{ eq .source.spec.region "eu" }}',
        '{{ if eq .source.spec.region "eu" }}shardingName: eu{{ end }}',
      ],
      findings: [
        `error invalid-yaml: spec.template 5:6: the rendered text is not YAML: a line is neither "key: value" nor part of the value before it; eq .source.spec.region "eu" prints true or false${WAY_OUT}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'a test before a field',
      line: [
        '{{ eq .source.spec.region "eu" }}shardingName: eu',
        '{{ if eq .source.spec.region "eu" }}shardingName: eu{{ end }}',
      ],
      findings: [
        `error not-a-pediacluster: spec.template 5:6: eq .source.spec.region "eu" prints true or false into the name of a field of spec${WAY_OUT}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'a test for an endpoint',
      access: [
        ['apiserver: "{{ ne .source.spec.apiEndpoint "" }}"', 'tokenData: eA==', 'caData: eA=='],
        ['apiserver: "{{ .source.spec.apiEndpoint }}"', 'tokenData: eA==', 'caData: eA=='],
      ],
      findings: [
        `error not-a-pediacluster: spec.template 2:18: ne .source.spec.apiEndpoint "" prints true or false into spec.apiserver${WAY_OUT}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'a test for a token',
      access: [
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          `tokenData: '{{ hasKey .references.credentials.data "token" }}'`,
          'caData: eA==',
        ],
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          `tokenData: '{{ get .references.credentials.data "token" }}'`,
          'caData: eA==',
        ],
      ],
      findings: [
        `error not-a-pediacluster: spec.template 3:18: hasKey .references.credentials.data "token" prints true or false into spec.tokenData${WAY_OUT}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'a test for a name',
      nameTemplate: [
        '{{ eq .source.spec.region "eu" }}',
        '{{ if eq .source.spec.region "eu" }}eu-{{ end }}{{ .source.metadata.name }}',
      ],
      findings: [
        `error type-mismatch: spec.nameTemplate 1:4: eq .source.spec.region "eu" prints true or false, and that is the whole name of every cluster${WAY_OUT}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'a test for a name, in Handlebars',
      engine: 'Handlebars',
      nameTemplate: [
        '{{eq source.spec.region "eu"}}',
        '{{#if (eq source.spec.region "eu")}}eu-{{/if}}{{source.metadata.name}}',
      ],
      findings: [
        `error type-mismatch: spec.nameTemplate 1:1: eq source.spec.region "eu" prints true or false, and that is the whole name of every cluster${WAY_OUT}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'two tests in one condition',
      creationCondition: [
        '{{ eq .source.spec.syncMode "Push" }}{{ ne .source.spec.region "test" }}',
        '{{ and (eq .source.spec.syncMode "Push") (ne .source.spec.region "test") }}',
      ],
      findings: [
        'error invalid-condition: spec.creationCondition 1:1: prints more than one "true" or "false", which counts as false; put the tests together with "and" or "or"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an endpoint of a Secret that is not decoded',
      access: [
        ['apiserver: "https://{{ .references.credentials.data.host }}"', 'tokenData: eA==', 'caData: eA=='],
        [
          'apiserver: "https://{{ .references.credentials.data.host | b64dec }}"',
          'tokenData: eA==',
          'caData: eA==',
        ],
      ],
      findings: [
        'error not-a-pediacluster: spec.template 2:26: spec.apiserver is a text, but .references.credentials.data.host is base64; decode it with "b64dec"',
      ],
    },
  ],
  'names that no object has': [
    {
      on: 'vcluster',
      sentence: 'a name that is not decoded',
      nameTemplate: ['vc-{{ .source.data.name }}', 'vc-{{ .source.data.name | b64dec }}'],
      findings: [
        'error type-mismatch: spec.nameTemplate 1:7: .source.data.name is base64, and this is a name; decode it with "b64dec"',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a Secret with an underscore in its name',
      referenceName: ['{{ .source.metadata.name }}_kubeconfig', '{{ .source.metadata.name }}-kubeconfig'],
      findings: [
        'error invalid-name: spec.references[0].nameTemplate 1:1: the rendered name contains characters that a name cannot have; only a-z, 0-9, "-" and "." are allowed',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a Secret with an underscore in its name, in Handlebars',
      engine: 'Handlebars',
      access: [
        [`kubeconfig: '{{index references.kubeconfig.data "value"}}'`],
        [`kubeconfig: '{{index references.kubeconfig.data "value"}}'`],
      ],
      referenceName: ['{{source.metadata.name}}_kubeconfig', '{{source.metadata.name}}-kubeconfig'],
      findings: [
        'error invalid-name: spec.references[0].nameTemplate 1:1: the rendered name contains characters that a name cannot have; only a-z, 0-9, "-" and "." are allowed',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a Secret that is named after the kind',
      referenceName: [
        '{{ .source.kind }}-{{ .source.metadata.name }}',
        '{{ lower .source.kind }}-{{ .source.metadata.name }}',
      ],
      findings: [
        'error invalid-name: spec.references[0].nameTemplate 1:1: the rendered name contains upper-case letters; only a-z, 0-9, "-" and "." are allowed; pipe it through lower',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a Secret with its namespace in its name',
      referenceName: [
        '{{ .source.metadata.namespace }}/{{ .source.metadata.name }}',
        '{{ .source.metadata.name }}',
      ],
      findings: [
        'error invalid-name: spec.references[0].nameTemplate 1:1: the rendered name contains characters that a name cannot have; only a-z, 0-9, "-" and "." are allowed',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a namespace with a point',
      referenceNamespace: ['{{ .source.metadata.namespace }}.svc', '{{ .source.metadata.namespace }}-svc'],
      findings: [
        'error invalid-name: spec.references[0].namespaceTemplate 1:1: the rendered namespace contains a point, which no namespace has',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a test for the name of a Secret',
      referenceName: ['{{ ne .source.metadata.name "" }}', '{{ .source.metadata.name }}'],
      findings: [
        `error type-mismatch: spec.references[0].nameTemplate 1:4: ne .source.metadata.name "" prints true or false, and that is the whole name of the object${WAY_OUT}`,
      ],
    },
    {
      on: 'karmada',
      sentence: 'the namespace of a cluster that has none',
      nameTemplate: [
        '{{ .source.metadata.namespace }}-{{ .source.metadata.name }}',
        'karmada-{{ .source.metadata.name }}',
      ],
      findings: [
        'error invalid-name: spec.nameTemplate 1:1: the rendered name has a part that does not start and end with a letter or digit',
        'warning unknown-field: spec.nameTemplate 1:4: .source.metadata.namespace is never there: Cluster cluster.karmada.io/v1alpha1 has no namespaces',
      ],
    },
  ],
};
