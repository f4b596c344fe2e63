import type { Rows } from './row.ts';

/** Messages that give the reason, and the way out. */
export const reasons: Rows = {
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
