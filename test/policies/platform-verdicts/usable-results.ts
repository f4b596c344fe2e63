import { NEVER_CONNECTS } from '../verdict.ts';
import type { Rows } from './row.ts';

/** Results with which Clusterpedia could not connect, or that the API server would refuse. */
export const usableResults: Rows = {
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
        `error unusable: spec.template 1:1: ${NEVER_CONNECTS}a token or a certificate needs an endpoint in apiserver`,
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
        `error unusable: spec.template 1:1: ${NEVER_CONNECTS}there is neither a kubeconfig, a token, nor a certificate with its key`,
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
      findings: [
        `error unusable: spec.template 4:13: ${NEVER_CONNECTS}there is a certificate without its key`,
      ],
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
      findings: [
        `error unusable: spec.template 4:12: ${NEVER_CONNECTS}there is a key without its certificate`,
      ],
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
        `error unusable: spec.template 1:1: ${NEVER_CONNECTS}there is neither a kubeconfig, a token, nor a certificate with its key`,
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
      findings: [`error unusable: spec.template 2:14: ${NEVER_CONNECTS}the endpoint has no host`],
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
        `error unusable: spec.template 2:14: ${NEVER_CONNECTS}the port of the endpoint is no number from 0 to 65535`,
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
        `error unusable: spec.template 2:14: ${NEVER_CONNECTS}the port of the endpoint is no number from 0 to 65535`,
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
        `error unusable: spec.template 2:14: ${NEVER_CONNECTS}the endpoint is an IPv6 address without brackets; write it as https://[address]:port`,
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
        `error unusable: spec.template 2:14: ${NEVER_CONNECTS}the endpoint must begin with https:// or http://, or be host:port`,
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
        `error unusable: spec.template 2:14: ${NEVER_CONNECTS}the endpoint holds white space or a control character; pipe the value through trim, nospace or replace " " "-"`,
      ],
    },
    {
      on: 'hive',
      sentence: 'an endpoint beside a kubeconfig that is a region',
      line: ['apiserver: eu-west', 'apiserver: https://api.eu-west.example'],
      findings: [
        'warning no-address: spec.template 3:14: spec.apiserver "eu-west" is no address; Clusterpedia connects with the kubeconfig\'s server',
      ],
    },
    {
      on: 'sveltos',
      sentence: 'an endpoint beside a kubeconfig that is one of a few states',
      line: [
        'apiserver: "{{ .source.status.connectionStatus }}"',
        'apiserver: "https://{{ .source.status.connectionStatus | lower }}.example"',
      ],
      findings: [
        'warning no-address: spec.template 3:14: spec.apiserver "Healthy" is no address; Clusterpedia connects with the kubeconfig\'s server',
      ],
    },
    {
      on: 'hive',
      sentence: 'an endpoint beside a kubeconfig that has a path and no scheme',
      line: ['apiserver: "hive.example/api"', 'apiserver: "hive.example:6443"'],
      findings: [
        'warning no-address: spec.template 3:14: spec.apiserver "hive.example/api" is no address; Clusterpedia connects with the kubeconfig\'s server',
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
        'error not-base64: spec.template 4:14: spec.tokenData must be base64; pipe the value through b64enc if it is not encoded yet',
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
        'error not-base64: spec.template 6:13: spec.certData must be base64; pipe the value through b64enc if it is not encoded yet',
      ],
    },
    {
      on: 'karmada',
      sentence: 'base64 without its padding',
      line: ['keyData: eA==\n  certData: "eA"', 'keyData: eA==\n  certData: "eA=="'],
      findings: [
        'error not-base64: spec.template 6:13: spec.certData must be base64; pipe the value through b64enc if it is not encoded yet',
      ],
    },
    {
      on: 'karmada',
      sentence: 'base64 for URLs',
      line: ['keyData: eA==\n  certData: "a-_="', 'keyData: eA==\n  certData: "a+/="'],
      findings: [
        'error not-base64: spec.template 6:13: spec.certData must be base64; pipe the value through b64enc if it is not encoded yet',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a label with two slashes in its key',
      label: ['a/b/c: x', 'a/b: x'],
      findings: [
        'error invalid-label: spec.template 3:5: metadata.labels["a/b/c"] is no label key: it has more than one "/"',
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
        'error invalid-label: spec.template 3:8: metadata.labels["a"] has a value that no label may have: it has more than 63 characters',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a label with a blank',
      label: ['region: "eu west"', 'region: "eu-west"'],
      findings: [
        'error invalid-label: spec.template 3:13: metadata.labels["region"] has a value that no label may have: it contains white space; pipe the value through trim, nospace or replace " " "-"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a label that ends with a dash',
      label: ['region: "eu-"', 'region: "eu"'],
      findings: [
        'error invalid-label: spec.template 3:13: metadata.labels["region"] has a value that no label may have: it does not begin and end with a letter or digit',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a label that is a URL',
      label: ['endpoint: "https://{{ .source.metadata.name }}"', 'endpoint: "{{ .source.metadata.name }}"'],
      findings: [
        'error invalid-label: spec.template 3:15: metadata.labels["endpoint"] has a value that no label may have: it contains a character other than letters of ASCII, digits, "-", "_" and "."',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a label whose key begins with a dot',
      label: ['".region": x', '"region": x'],
      findings: [
        'error invalid-label: spec.template 3:5: metadata.labels[".region"] is no label key: it does not begin and end with a letter or digit',
      ],
    },
    {
      on: 'karmada',
      sentence: 'an annotation with a blank in its key',
      annotation: ['"my region": x', '"my-region": x y'],
      findings: [
        'error invalid-label: spec.template 3:5: metadata.annotations["my region"] is no annotation key: it contains white space',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a name with an underscore',
      nameTemplate: ['karmada_{{ .source.metadata.name }}', 'karmada-{{ .source.metadata.name }}'],
      findings: [
        'error invalid-name: spec.nameTemplate 1:1: the rendered name contains characters that a name cannot have; only a-z, 0-9, "-" and "." are allowed',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a name that begins with a dash',
      nameTemplate: ['-{{ .source.metadata.name }}', 'a-{{ .source.metadata.name }}'],
      findings: [
        'error invalid-name: spec.nameTemplate 1:1: the rendered name has a part that does not start and end with a letter or digit',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a name of two lines',
      nameTemplate: ['karmada\n{{ .source.metadata.name }}', 'karmada-{{ .source.metadata.name }}\n'],
      findings: [
        'error invalid-name: spec.nameTemplate 1:1: the rendered name contains white space; write "{{-" and "-}}" around what the template breaks into lines, or pipe the value through trim',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a name that is one for all',
      nameTemplate: ['karmada', 'karmada-{{ .source.metadata.name }}'],
      findings: [
        'warning name-conflict: spec.nameTemplate 1:1: all sources would render one name; add the name of the source',
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
        'warning name-conflict: spec.nameTemplate 1:1: sources of one name in two namespaces would render one name; add the namespace',
      ],
    },
    {
      on: 'karmada',
      sentence: 'authenticationFrom without an authority, beside one that does not count there',
      access: [
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
          'authenticationFrom: {token: {name: a, key: b}}',
        ],
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'caData: "{{ .references.credentials.data.caBundle }}"',
          'authenticationFrom: {ca: {name: a, key: ca}, token: {name: a, key: b}}',
        ],
      ],
      findings: [
        'warning unverified: spec.template 4:23: renders authenticationFrom without ca (caData does not count beside credentials from Secrets), so Clusterpedia would not verify the server',
      ],
    },
    {
      on: 'karmada',
      sentence: 'authenticationFrom without any authority',
      access: [
        ['apiserver: "{{ .source.spec.apiEndpoint }}"', 'authenticationFrom: {token: {name: a, key: b}}'],
        [
          'apiserver: "{{ .source.spec.apiEndpoint }}"',
          'authenticationFrom: {ca: {name: a, key: ca}, token: {name: a, key: b}}',
        ],
      ],
      findings: [
        'warning unverified: spec.template 3:23: renders authenticationFrom without ca, so Clusterpedia would not verify the server',
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
        'error not-a-pediacluster: spec.template 4:55: required field spec.authenticationFrom.token.key is missing',
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
        'error invalid-condition: spec.source.selectorTemplate 1:1: can only be false, so no cluster would ever be imported; use spec.suspend to pause a policy',
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
        'error invalid-name: spec.nameTemplate 1:1: the rendered name contains characters that a name cannot have; only a-z, 0-9, "-" and "." are allowed',
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
      findings: [`error unusable: spec.template 1:19: ${NEVER_CONNECTS}the endpoint has no host`],
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
        'error invalid-label: spec.template 1:24: metadata.labels["a"] has a value that no label may have: it contains white space; pipe the value through trim, nospace or replace " " "-"',
      ],
    },
    {
      on: 'hive',
      sentence: 'an endpoint beside a kubeconfig that is a region',
      engine: 'Handlebars',
      line: ['apiserver: eu-west', 'apiserver: https://api.eu-west.example'],
      findings: [
        'warning no-address: spec.template 3:14: spec.apiserver "eu-west" is no address; Clusterpedia connects with the kubeconfig\'s server',
      ],
    },
  ],
};
