import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ClusterImportPolicy, ClusterImportPolicySpec } from '../../../src/api/index.ts';
import { checkSteering } from '../../../src/policy/checks/steering.ts';
import { compilePolicy } from '../../../src/policy/index.ts';
import { toEnd } from '../../../src/policy/paced.ts';
import { PolicyTypes } from '../../../src/policy/typing/policy-types.ts';
import { clusterFacts, policyWith, secretFacts } from '../policies.ts';

const secret = {
  key: 'auth',
  group: '',
  resource: 'secrets',
  namespaceTemplate: '{{ .source.spec.secret.namespace }}',
  nameTemplate: '{{ .source.spec.secret.name }}',
};
/** A ConfigMap with the name of the source, in the namespace of the policy's author. */
const listed = {
  key: 'listed',
  group: '',
  resource: 'configmaps',
  namespaceTemplate: 'fleet',
  nameTemplate: '{{ .source.metadata.name }}',
};
const fixed = { ...listed, key: 'fixed', nameTemplate: 'endpoints' };
const nearby = { ...listed, key: 'nearby', namespaceTemplate: '{{ .source.metadata.namespace }}' };
const picked = { ...listed, key: 'picked', nameTemplate: '{{ .source.spec.config }}' };

type Change = Partial<ClusterImportPolicySpec>;

const body = (...lines: readonly string[]): string =>
  ['spec:', ...lines.map((line) => `  ${line}`), '  syncResources: []', ''].join('\n');

const address = (text: string): Change => ({
  template: body(`apiserver: "${text}"`, 'tokenData: "{{ .references.auth.data.token }}"'),
});
const kubeconfig = (parts: string, before = ''): Change => ({
  template: `${before}${body(`kubeconfig: "{{ ${parts} | b64enc }}"`)}`,
});
const references = (...list: NonNullable<ClusterImportPolicySpec['references']>): Change => ({
  references: list,
});
const inNamespace = (namespaceTemplate: string) => ({ ...secret, namespaceTemplate });

/** Clusterpedia reads the token in a Secret of its own namespace. */
const named = (name: string, { at = '{{ .source.spec.endpoint }}', key = 'token' } = {}): Change => ({
  references: [],
  template: body(`apiserver: "${at}"`, `authenticationFrom: {token: {name: "${name}", key: "${key}"}}`),
});

function fieldsOf(change: Change, { namespaced = false } = {}): string[] {
  const { spec } = policyWith({
    references: [secret],
    template: body(
      'apiserver: "{{ .source.spec.endpoint }}"',
      'tokenData: "{{ .references.auth.data.token }}"',
    ),
    creationCondition: 'true',
    ...change,
  });
  const { schema: _, ...facts } = clusterFacts;
  const types = new PolicyTypes(facts, new Map([['auth', secretFacts]]));
  return toEnd(checkSteering(spec, compilePolicy(spec).templates, types, namespaced)).map(
    ({ field }) => field,
  );
}

const FREE = '{{ .source.spec.secret.name }}';
/** A Secret in the namespace of the policy's author. */
const ofName = (nameTemplate: string) => ({ ...secret, namespaceTemplate: 'fleet', nameTemplate });

const OWN = '.references.auth.data.token';

describe('the author of a source chooses the address and the Secret: a warning', () => {
  it.each<[string, Change]>([
    ['on one line', {}],
    [
      'on the line below',
      { template: body('apiserver: >-', '  {{ .source.spec.endpoint }}', `tokenData: "{{ ${OWN} }}"`) },
    ],
    ['after other text', address('https://{{ .source.spec.host }}:6443')],
    [
      'through a variable',
      {
        template: `{{- $at := trim .source.spec.endpoint }}\n${body('apiserver: "{{ $at }}"', `tokenData: "{{ ${OWN} }}"`)}`,
      },
    ],
    [
      'through a loop',
      {
        template: `{{- $at := "" }}{{ range .source.status.addresses }}{{ $at = .url }}{{ end }}\n${body('apiserver: "{{ $at }}"', `tokenData: "{{ ${OWN} }}"`)}`,
      },
    ],
    [
      'through a template of its own',
      {
        template: `{{- define "at" }}{{ .spec.endpoint }}{{ end }}\n${body('apiserver: "{{ template "at" .source }}"', `tokenData: "{{ ${OWN} }}"`)}`,
      },
    ],
    [
      'in a branch',
      {
        template: body(
          '{{- if .source.spec.endpoint }}',
          'apiserver: "{{ .source.spec.endpoint }}"',
          '{{- else }}',
          'apiserver: "https://fleet"',
          '{{- end }}',
          `tokenData: "{{ ${OWN} }}"`,
        ),
      },
    ],
    [
      'instead of the one in the Secret',
      address('{{ default .source.spec.endpoint .references.auth.data.server }}'),
    ],
    ['in an annotation', address('{{ index .source.metadata.annotations "endpoint" }}')],
    ['by the name of the source', address('https://{{ .source.metadata.name }}.fleet')],
    [
      'in a ConfigMap that the source names',
      { ...references(picked, secret), ...address('{{ .references.picked.data.endpoint }}') },
    ],
    [
      'in a ConfigMap of its own name',
      { ...references(listed, secret), ...address('{{ .references.listed.data.endpoint }}') },
    ],
    [
      'in another Secret',
      {
        ...references({ ...secret, key: 'other' }, secret),
        ...address('{{ b64dec .references.other.data.server }}'),
      },
    ],
    [
      'in a map that is encoded',
      {
        template: `{{- $spec := dict "apiserver" .source.spec.endpoint "tokenData" ${OWN} "syncResources" list }}\nspec: {{ toJson $spec }}\n`,
      },
    ],
    [
      'in lines that are encoded',
      {
        template: `{{- $spec := dict "apiserver" .source.spec.endpoint "tokenData" ${OWN} }}\nspec:\n  {{- toYaml $spec | nindent 2 }}\n  syncResources: []\n`,
      },
    ],
    [
      'through an anchor',
      {
        template: `metadata:\n  annotations: {at: &at "{{ .source.spec.endpoint }}"}\n${body('apiserver: *at', `tokenData: "{{ ${OWN} }}"`)}`,
      },
    ],
    ['in a kubeconfig', kubeconfig(`toKubeconfig (dict "server" .source.spec.endpoint "tokenData" ${OWN})`)],
    [
      'in a kubeconfig, as its proxy',
      kubeconfig(
        `toKubeconfig (dict "server" "https://fleet" "proxyURL" .source.spec.proxy "tokenData" ${OWN})`,
      ),
    ],
    [
      'in a kubeconfig that is merged',
      kubeconfig(
        'toKubeconfig $parts',
        `{{- $parts := merge (dict "server" .source.spec.endpoint) (fromKubeconfig .references.auth.data.value) }}\n`,
      ),
    ],
    [
      'in a kubeconfig that is changed',
      kubeconfig(
        'toKubeconfig $parts',
        `{{- $parts := fromKubeconfig .references.auth.data.value }}{{ $_ := set $parts "server" .source.spec.endpoint }}\n`,
      ),
    ],
    [
      'in a kubeconfig that is written as YAML',
      kubeconfig(
        'toYaml $config',
        `{{- $config := dict "clusters" (list (dict "cluster" (dict "server" .source.spec.endpoint))) "users" (list (dict "user" (dict "token" (b64dec ${OWN})))) }}\n`,
      ),
    ],
    [
      'in a kubeconfig that is printed',
      kubeconfig(
        `printf "{clusters: [{cluster: {server: %s}}], users: [{user: {token: %s}}]}" .source.spec.endpoint ${OWN}`,
      ),
    ],
    [
      'with a Secret named by an annotation',
      references(inNamespace('{{ index .source.metadata.annotations "secret-namespace" }}')),
    ],
    [
      'with a Secret that a ConfigMap nearby names',
      references(nearby, inNamespace('{{ .references.nearby.data.namespace }}')),
    ],
    [
      'with a Secret that a ConfigMap of its choice names',
      references(picked, inNamespace('{{ .references.picked.data.namespace }}')),
    ],
    [
      'with a Secret next to one of its choice',
      references({ ...secret, key: 'first' }, inNamespace('{{ .references.first.metadata.namespace }}')),
    ],
    [
      'with a Secret in a default namespace',
      references(inNamespace('{{ default "fleet" .source.spec.secret.namespace }}')),
    ],
    [
      'in the other language',
      {
        templateEngine: 'Handlebars',
        references: [
          { ...secret, namespaceTemplate: '{{ source.spec.secret.namespace }}', nameTemplate: 'auth' },
        ],
        nameTemplate: '{{ source.metadata.name }}',
        template: body(
          'kubeconfig: "{{ b64enc (toKubeconfig (dict "server" source.spec.endpoint "tokenData" references.auth.data.token)) }}"',
        ),
      },
    ],
  ])('%s', (_, change) => {
    const at = (change.references?.length ?? 1) - 1;
    expect(fieldsOf(change)).toContain(`spec.references[${String(at)}].namespaceTemplate`);
  });
});

describe('the author of a source does not choose both: nothing', () => {
  it.each<[string, Change]>([
    ['among namespaces that are listed', references({ ...secret, allowedNamespaces: ['fleet'] })],
    ["the namespace is the source's", references(inNamespace('{{ .source.metadata.namespace }}'))],
    ['the namespace has the name of the source', references(inNamespace('{{ .source.metadata.name }}'))],
    [
      'the namespace has the name of the source, with a prefix',
      references(inNamespace('{{ printf "cluster-%s" .source.metadata.name }}')),
    ],
    ['namespace and name are written', references(ofName('fleet-auth'))],
    ['the name is that of the source', references(ofName('{{ .source.metadata.name }}'))],
    [
      'the name is that of the source, with another text of its author',
      references(ofName('{{ .source.metadata.name }}-{{ .source.spec.secret.name }}')),
    ],
    ['the names of a namespace are all meant', references({ ...ofName(FREE), allowedNamespaces: ['fleet'] })],
    [
      "the name is in a ConfigMap of the policy's author",
      references(listed, ofName('{{ .references.listed.data.secret }}')),
    ],
    [
      'the address is in the Secret, of any name',
      { ...references(ofName(FREE)), ...address('{{ b64dec .references.auth.data.server }}') },
    ],
    [
      'the address is in the kubeconfig, of any name',
      {
        ...references(ofName(FREE)),
        template: body('kubeconfig: "{{ .references.auth.data.value }}"'),
      },
    ],
    [
      "the namespace is in a ConfigMap of the policy's author",
      references(listed, inNamespace('{{ .references.listed.data.namespace }}')),
    ],
    [
      'the namespace is that of a ConfigMap nearby',
      references(nearby, inNamespace('{{ .references.nearby.metadata.namespace }}')),
    ],
    [
      'the namespace is that of a ConfigMap in a listed one',
      references(
        { ...nearby, allowedNamespaces: ['fleet'] },
        inNamespace('{{ .references.nearby.data.namespace }}'),
      ),
    ],
    ['the address is written', address('https://fleet.example.com')],
    [
      'the address is one of those written',
      address('{{ ternary "https://eu" "https://us" (eq .source.spec.region "eu") }}'),
    ],
    [
      'the address is in a ConfigMap for all',
      { ...references(fixed, secret), ...address('{{ .references.fixed.data.endpoint }}') },
    ],
    ['the address is in the Secret', address('{{ b64dec .references.auth.data.server }}')],
    [
      'the address is in the kubeconfig',
      { template: body('kubeconfig: "{{ .references.auth.data.value }}"') },
    ],
    [
      'the address is in the kubeconfig, which counts',
      {
        template: body(
          'apiserver: "{{ .source.spec.endpoint }}"',
          'kubeconfig: "{{ .references.auth.data.value }}"',
        ),
      },
    ],
    [
      'the address is in a kubeconfig from parts',
      kubeconfig(
        'toKubeconfig $parts',
        `{{- $parts := fromKubeconfig .references.auth.data.value }}{{ $_ := set $parts "tlsServerName" .source.spec.host }}\n`,
      ),
    ],
    [
      'only a label has what the source says',
      {
        template: `metadata: {labels: {region: "{{ .source.spec.region }}"}}\n${body('apiserver: https://fleet', `tokenData: "{{ ${OWN} }}"`)}`,
      },
    ],
    [
      'the Secret has the authority only',
      {
        template: body(
          'apiserver: "{{ .source.spec.endpoint }}"',
          'caData: "{{ .references.auth.data.ca }}"',
          'tokenData: "{{ .source.spec.token }}"',
        ),
      },
    ],
    [
      'the Secret is not used',
      { template: body('apiserver: "{{ .source.spec.endpoint }}"', 'tokenData: "{{ .source.spec.token }}"') },
    ],
    ['it is no Secret', references({ ...secret, resource: 'configmaps' })],
  ])('%s', (_, change) => {
    expect(fieldsOf(change)).toEqual([]);
  });
});

describe('the author of a source chooses the address, and any Secret of a namespace that the policy writes: a warning', () => {
  it.each<[string, Change]>([
    ['the name is free', references(ofName(FREE))],
    ['the name is free, with a prefix', references(ofName(`cluster-${FREE}`))],
    [
      'the name is that of the source, unless its author gives another',
      references(ofName('{{ default .source.metadata.name .source.spec.secret.name }}')),
    ],
    [
      'the name has that of the source under a condition',
      references(ofName(`{{ if .source.spec.own }}{{ .source.metadata.name }}-{{ end }}${FREE}`)),
    ],
    [
      'the name is in a ConfigMap that the source names',
      references(picked, ofName('{{ .references.picked.data.secret }}')),
    ],
    [
      'the namespace is one of those written',
      references(inNamespace('{{ if eq .source.spec.region "eu" }}fleet-eu{{ else }}fleet-us{{ end }}')),
    ],
    [
      'the namespace is looked up in those written',
      references(inNamespace('{{ get (dict "eu" "fleet-eu" "us" "fleet-us") .source.spec.region }}')),
    ],
    [
      'in a kubeconfig',
      {
        ...references(ofName(FREE)),
        ...kubeconfig(`toKubeconfig (dict "server" .source.spec.endpoint "tokenData" ${OWN})`),
      },
    ],
  ])('%s', (_, change) => {
    const at = (change.references?.length ?? 1) - 1;
    expect(fieldsOf(change)).toEqual([`spec.references[${String(at)}].nameTemplate`]);
  });
});

describe('sources of several namespaces may have one name', () => {
  const inAnyNamespace = { namespaced: true };

  it.each<[string, Change, string]>([
    [
      'a Secret of the name',
      references(ofName('{{ .source.metadata.name }}')),
      'spec.references[0].nameTemplate',
    ],
    [
      'a Secret in the namespace of the name',
      references(inNamespace('cluster-{{ .source.metadata.name }}')),
      'spec.references[0].namespaceTemplate',
    ],
    ['a Secret of the name, which Clusterpedia reads', named('{{ .source.metadata.name }}'), 'spec.template'],
  ])('so that is a choice: %s', (_, change, field) => {
    expect(fieldsOf(change, inAnyNamespace)).toEqual([field]);
  });

  it.each<[string, Change]>([
    [
      'the name has the namespace',
      references(ofName('{{ .source.metadata.namespace }}.{{ .source.metadata.name }}')),
    ],
    ['the name has the uid', references(ofName('{{ .source.metadata.uid }}'))],
    [
      'the name has the namespace, for Clusterpedia',
      named('{{ .source.metadata.namespace }}.{{ .source.metadata.name }}'),
    ],
    ["the namespace is the source's", references(inNamespace('{{ .source.metadata.namespace }}'))],
    [
      'sources are of one namespace',
      {
        ...references(ofName('{{ .source.metadata.name }}')),
        source: { group: 'cluster.mcp.io', resource: 'clusters', namespaces: ['fleet'] },
      },
    ],
  ])('so it is none: %s', (_, change) => {
    expect(fieldsOf(change, inAnyNamespace)).toEqual([]);
  });
});

describe('the author of a source chooses the address, and the Secret that Clusterpedia reads: a warning', () => {
  it.each<[string, Change]>([
    ['by its name', named(FREE)],
    ['by a part of its name', named(`cluster-${FREE}`)],
    [
      'by its name, unless there is none',
      named('{{ default .source.metadata.name .source.spec.secret.name }}'),
    ],
    ['by the key in one for all', named('fleet', { key: '{{ .source.spec.secret.key }}' })],
    ['with the address of its own name', named(FREE, { at: 'https://{{ .source.metadata.name }}.fleet' })],
    [
      'as a certificate',
      {
        references: [],
        template: body(
          'apiserver: "{{ .source.spec.endpoint }}"',
          'authenticationFrom:',
          '  cert: {name: fleet, key: tls.crt}',
          `  key: {name: "${FREE}", key: tls.key}`,
        ),
      },
    ],
    [
      'in a branch',
      {
        references: [],
        template: body(
          'apiserver: "{{ .source.spec.endpoint }}"',
          '{{- if .source.spec.secret }}',
          `authenticationFrom: {token: {name: "${FREE}", key: token}}`,
          '{{- else }}',
          'authenticationFrom: {token: {name: fleet, key: token}}',
          '{{- end }}',
        ),
      },
    ],
    [
      'in a map that is encoded',
      {
        references: [],
        template: `{{- $from := dict "token" (dict "name" .source.spec.secret.name "key" "token") }}\n${body('apiserver: "{{ .source.spec.endpoint }}"', 'authenticationFrom: {{ toJson $from }}')}`,
      },
    ],
    [
      'in a map that the source has',
      { references: [], template: 'spec: {{ toJson .source.spec.pediaCluster }}\n' },
    ],
    [
      'with the address in a Secret nearby of that name',
      {
        ...named(FREE, { at: '{{ b64dec .references.auth.data.server }}' }),
        ...references(inNamespace('{{ .source.metadata.namespace }}')),
      },
    ],
    [
      'in the other language',
      {
        references: [],
        templateEngine: 'Handlebars',
        nameTemplate: '{{ source.metadata.name }}',
        template: body(
          'apiserver: "{{ source.spec.endpoint }}"',
          'authenticationFrom: {token: {name: "{{ source.spec.secret.name }}", key: token}}',
        ),
      },
    ],
  ])('%s', (_, change) => {
    expect(fieldsOf(change)).toContain('spec.template');
  });
});

describe('the author of a source does not choose the Secret that Clusterpedia reads, or not the address: nothing', () => {
  it.each<[string, Change]>([
    ['the name is written', named('fleet')],
    ['the name is that of the source', named('{{ .source.metadata.name }}')],
    ['the name has that of the source', named(`{{ .source.metadata.name }}-${FREE}`)],
    [
      'the key is in a Secret of the name of the source',
      named('{{ .source.metadata.name }}', { key: '{{ .source.spec.secret.key }}' }),
    ],
    [
      'the name is one of those written',
      named('{{ ternary "fleet-eu" "fleet-us" (eq .source.spec.region "eu") }}'),
    ],
    ['the address is written', named(FREE, { at: 'https://fleet.example.com' })],
    [
      'the address is in the Secret of that name',
      { ...named(FREE, { at: '{{ b64dec .references.auth.data.server }}' }), ...references(ofName(FREE)) },
    ],
    [
      'the address is in the Secret, which is named by itself',
      {
        ...named('{{ .references.auth.metadata.name }}', { at: '{{ b64dec .references.auth.data.server }}' }),
        ...references(ofName(FREE)),
      },
    ],
    [
      'the address is in the kubeconfig that Clusterpedia reads',
      {
        references: [],
        template: body(`authenticationFrom: {kubeconfig: {name: "${FREE}", key: value}}`),
      },
    ],
    [
      'only the authority is in the Secret',
      {
        references: [],
        template: body(
          'apiserver: "{{ .source.spec.endpoint }}"',
          'tokenData: "{{ .source.spec.token }}"',
          `authenticationFrom: {ca: {name: "${FREE}", key: ca.crt}}`,
        ),
      },
    ],
  ])('%s', (_, change) => {
    expect(fieldsOf(change)).toEqual([]);
  });
});

it('looks at each node once, however many aliases a template has', () => {
  const aliases = Array.from({ length: 3_000 }, () => '*all').join(', ');
  const many = Array.from({ length: 3_000 }, (_, index) => `x${String(index)}`).join(', ');
  const change = {
    template: `metadata: {annotations: {a: &all [${many}]}}\nspec: {apiserver: [${aliases}, "{{ .source.spec.endpoint }}"], tokenData: "{{ ${OWN} }}", syncResources: []}\n`,
  };
  expect(fieldsOf(change)).toEqual(['spec.references[0].namespaceTemplate']);
});

it('warns of the policy of the guide as it was published, with one reference that is not limited', () => {
  const text = readFileSync(
    new URL('../../policies/published/concepts_example.yaml', import.meta.url),
    'utf8',
  );
  const { spec } = parse(text) as ClusterImportPolicy;
  expect(fieldsOf(spec)).toEqual(['spec.references[0].namespaceTemplate']);
});
