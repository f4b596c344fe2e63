import { DELETION_PROTECTION_ANNOTATION } from '../../src/api/index.ts';
import { authSecret, fleetPolicy, fleetSpec, managedCluster, templateWith } from './fleet.ts';
import type { Verdict, World } from './verdict.ts';
import { NEVER_CONNECTS } from './verdict.ts';

const spec = fleetPolicy;
const templated = (rest: string) => spec({ template: templateWith(rest) });
const labelled = (condition: string, label: string) =>
  spec({
    template: `metadata: {labels: {a: b${condition}, v: "${label}"{{ end }}}}\n${templateWith('')}`,
  });
const [auth = undefined as never] = fleetSpec.references ?? [];
const protectedBy = (value: string) => ({ annotations: { [DELETION_PROTECTION_ANNOTATION]: value } });

const NO_AUTHORITY = 'warning unverified: spec.template 1:1: renders no caData';
const OPTIONAL_AUTHORITY = '{{ with .references.auth.data.ca }}  caData: {{ . }}\n{{ end }}';

/** A stored policy that has made two PediaClusters of the two managed clusters there are. */
const imported: World = {
  before: spec(),
  objects: [managedCluster('one'), authSecret('one'), managedCluster('two'), authSecret('two')],
  lifecycles: [
    { name: 'fleet-default-one', policy: 'fleet', source: 'one' },
    { name: 'fleet-default-two', policy: 'fleet', source: 'two' },
  ],
};

/** Every row of the table of checks, with what it must refuse and what it must let pass. */
export const verdicts: Readonly<Record<string, readonly Verdict[]>> = {
  'the schema': [
    {
      sentence: 'a field that is misspelt',
      broken: spec({ nameTemplte: 'x' }),
      findings: [
        'error schema: spec.nameTemplte: unknown field spec.nameTemplte; did you mean "nameTemplate"?',
      ],
      twin: spec(),
      apiServer: 'pruned',
    },
    {
      sentence: 'a field of another type',
      broken: spec({ suspend: 'maybe' }),
      findings: ['error schema: spec.suspend: spec.suspend must be a boolean'],
      twin: spec({ suspend: true }),
      apiServer: 'itself',
    },
    {
      sentence: 'a word that is none of those allowed',
      broken: spec({ deletionPolicy: 'Keep' }),
      findings: ['error schema: spec.deletionPolicy: spec.deletionPolicy must be one of Delete, Orphan'],
      twin: spec({ deletionPolicy: 'Orphan' }),
      apiServer: 'itself',
    },
    {
      sentence: 'a kind for a resource',
      broken: spec({ source: { group: 'fleet.example.io', resource: 'ManagedCluster' } }),
      findings: [
        'error schema: spec.source.resource: must be the plural name of a resource in lower case, such as "clusters"',
      ],
      twin: spec(),
    },
    {
      sentence: 'a selector that is none',
      broken: spec({ source: { ...fleetSpec.source, labelSelector: 'env in prod' } }),
      findings: [
        'error schema: spec.source.labelSelector: is no label selector at "env in prod"; write it as in "env=prod,tier in (a, b),!paused"',
      ],
      twin: spec({ source: { ...fleetSpec.source, labelSelector: 'env in (prod, test),!paused' } }),
    },
    {
      sentence: 'a field selector by a field that the definition does not offer',
      broken: spec({ source: { ...fleetSpec.source, fieldSelector: 'spec.site=oslo' } }),
      findings: [
        'error unselectable-field: spec.source.fieldSelector: the API server cannot select managedclusters.fleet.example.io by spec.site; it offers metadata.name, metadata.namespace; selectorTemplate can ask for any other field',
      ],
      twin: spec({ source: { ...fleetSpec.source, fieldSelector: 'metadata.namespace=default' } }),
    },
    {
      sentence: 'a field selector with a misspelt field',
      broken: spec({ source: { ...fleetSpec.source, fieldSelector: 'metadata.nmae=hub' } }),
      findings: [
        'error unselectable-field: spec.source.fieldSelector: the API server cannot select managedclusters.fleet.example.io by metadata.nmae; it offers metadata.name, metadata.namespace; selectorTemplate can ask for any other field; did you mean "metadata.name"?',
      ],
      twin: spec({ source: { ...fleetSpec.source, fieldSelector: 'metadata.name=hub' } }),
    },
  ],
  'templates that parse, and functions that exist': [
    {
      sentence: 'an action that is not closed',
      broken: spec({ nameTemplate: 'fleet-{{ .source.metadata.name' }),
      findings: ['error unclosed-action: spec.nameTemplate 1:31: action is not closed by "}}"'],
      twin: spec(),
    },
    {
      sentence: 'a misspelt function, in the last line of a block of text',
      broken: templated('  caData: {{ b64decc .source.spec.endpoint | b64enc }}'),
      findings: [
        'error unknown-function: spec.template 4:14: function "b64decc" is not defined; did you mean "b64dec"?',
      ],
      twin: templated('  caData: {{ b64dec .source.spec.endpoint | b64enc }}'),
    },
    {
      sentence: 'a function with too few arguments, in a reference',
      broken: spec({ references: [{ ...auth, nameTemplate: '{{ replace "a" }}' }] }),
      findings: [
        'error wrong-argument-count: spec.references[0].nameTemplate 1:4: function "replace" takes 3 arguments, got 1',
      ],
      twin: spec({
        references: [{ ...auth, nameTemplate: '{{ .source.spec.secretName | replace "a" "b" }}' }],
      }),
    },
    {
      sentence: 'several things at once, all of which are told',
      broken: spec({ nameTemplate: '{{ lowr "X" }}', creationCondition: '{{ if }}true{{ end }}' }),
      findings: [
        'error unknown-function: spec.nameTemplate 1:4: function "lowr" is not defined; did you mean "lower"?',
        'error missing-value: spec.creationCondition 1:7: missing value for if',
      ],
      twin: spec(),
    },
    {
      sentence: 'a helper that does not exist, in Handlebars',
      broken: spec({
        templateEngine: 'Handlebars',
        references: [],
        nameTemplate: '{{lowr source.metadata.namespace}}-{{source.metadata.name}}',
        creationCondition: 'true',
        template: 'spec: {kubeconfig: eDog, syncResources: []}',
      }),
      findings: [
        'error unknown-function: spec.nameTemplate 1:3: function "lowr" is not defined; did you mean "lower"?',
      ],
      twin: spec({
        templateEngine: 'Handlebars',
        references: [],
        nameTemplate: '{{lower source.metadata.namespace}}-{{source.metadata.name}}',
        creationCondition: 'true',
        template: 'spec: {kubeconfig: eDog, syncResources: []}',
      }),
    },
  ],
  'names that the context has': [
    {
      sentence: 'a reference that is not declared',
      broken: templated('  tokenData: "{{ .references.authh.data.token }}"'),
      findings: [
        'error unknown-name: spec.template 4:18: .references.authh is not declared in spec.references; did you mean ".references.auth"?',
      ],
      twin: templated('  tokenData: "{{ .references.auth.data.token }}"'),
    },
    {
      sentence: 'a reference in nameTemplate',
      broken: spec({ nameTemplate: '{{ .references.auth.metadata.name }}' }),
      findings: [
        'error unknown-name: spec.nameTemplate 1:4: .references is not available here: this template sees .source only',
      ],
      twin: spec(),
    },
    {
      sentence: 'a reference that is resolved later',
      broken: spec({
        references: [{ ...auth, key: 'first', nameTemplate: '{{ .references.auth.data.next }}' }, auth],
      }),
      findings: [
        'error unknown-name: spec.references[0].nameTemplate 1:4: .references.auth is resolved later; a reference sees only those before it',
      ],
      twin: spec({
        references: [
          auth,
          { ...auth, key: 'second', nameTemplate: '{{ .references.auth.data.next | b64dec }}' },
        ],
      }),
    },
    {
      sentence: 'a name at the top that is neither',
      broken: spec({ nameTemplate: '{{ .sorce.metadata.name }}' }),
      findings: [
        'error unknown-name: spec.nameTemplate 1:4: .sorce is not defined; templates see .source and .references; did you mean ".source"?',
      ],
      twin: spec({ nameTemplate: '{{ $s := .source }}{{ $s.metadata.namespace }}-{{ $s.metadata.name }}' }),
    },
  ],
  'clock, randomness and removed functions': [
    {
      sentence: "a function that reads the server's own environment",
      broken: templated('  shardingName: {{ env "SHARD" }}'),
      findings: [
        'error removed-function: spec.template 4:20: function "env" is not available: it would read the environment of the server that renders: put the value into the policy\'s objects',
      ],
      twin: templated('  shardingName: {{ default "a" .source.spec.site }}'),
    },
    {
      sentence: 'the clock in an endpoint, beside randomness in a label, which is rendered once',
      broken: spec({
        template: `metadata:\n  labels:\n    batch: "{{ randAlphaNum 5 }}"\nspec:\n  apiserver: "https://{{ now | unixEpoch }}"\n  kubeconfig: eDog\n  syncResources: []\n`,
      }),
      findings: [
        'error nondeterministic: spec.template 5:26: function "now" reads the clock, and this value is rendered again and again: it would never settle',
      ],
      twin: spec({
        template: `metadata:\n  labels:\n    batch: "{{ randAlphaNum 5 }}"\n    imported: "{{ now | unixEpoch }}"\nspec:\n  apiserver: "https://{{ .source.spec.endpoint }}"\n  kubeconfig: eDog\n  syncResources: []\n`,
      }),
    },
    {
      sentence: 'the clock in a label that is kept as rendered',
      broken: spec({
        updatePolicy: 'All',
        template: `metadata:\n  labels:\n    imported: "{{ now | unixEpoch }}"\nspec:\n  kubeconfig: eDog\n  syncResources: []\n`,
      }),
      findings: [
        'error nondeterministic: spec.template 3:19: function "now" reads the clock, and this value is rendered again and again: it would never settle',
      ],
      twin: spec({
        template: `metadata:\n  labels:\n    imported: "{{ now | unixEpoch }}"\nspec:\n  kubeconfig: eDog\n  syncResources: []\n`,
      }),
    },
    {
      sentence: 'randomness in a name, unless it makes no difference',
      broken: spec({ nameTemplate: '{{ .source.metadata.namespace }}-{{ randAlphaNum 5 | lower }}' }),
      findings: [
        'error nondeterministic: spec.nameTemplate 1:37: function "randAlphaNum" is random, and this value is rendered again and again: it would never settle',
      ],
      twin: spec({
        nameTemplate:
          '{{ .source.metadata.namespace }}-{{ .source.metadata.name }}{{ randAlpha 3 | trunc 0 }}',
      }),
    },
  ],
  'resources that are served': [
    {
      sentence: 'a resource that is not there, or not yet',
      files: 'unknown',
      twin: spec({ source: { group: 'fleet.example.io', resource: 'managedcluster' } }),
      warnings: [
        'warning unknown-resource: spec.source.resource: managedcluster.fleet.example.io is not served yet; clusters are imported once it is; did you mean "managedclusters"?',
      ],
    },
    {
      sentence: 'versions that are not served',
      twin: spec({ source: { ...fleetSpec.source, versions: ['v2'] } }),
      warnings: [
        'warning unknown-resource: spec.source.versions: managedclusters.fleet.example.io is not served in the allowed versions; it is served in v1, v1beta1',
      ],
    },
  ],
  'fields that the schema has': [
    {
      sentence: 'a misspelt field of the source',
      broken: templated('  shardingName: {{ .source.spec.secretNam }}'),
      findings: [
        'error unknown-field: spec.template 4:20: .source.spec.secretNam is not a field of ManagedCluster fleet.example.io/v1; did you mean ".source.spec.secretName"?',
      ],
      twin: templated('  shardingName: {{ .source.spec.secretName }}'),
    },
    {
      sentence: 'a field of a version that the policy does not use',
      broken: spec({ source: { ...fleetSpec.source, versions: ['v1beta1'] } }),
      findings: [
        'error unknown-field: spec.template 2:18: .source.spec.endpoint is not a field of ManagedCluster fleet.example.io/v1beta1',
      ],
      twin: spec({ source: { ...fleetSpec.source, versions: ['v1', 'v1beta1'] } }),
    },
    {
      sentence: 'a misspelt field of a reference',
      broken: templated('  tokenData: "{{ .references.auth.dta.token }}"'),
      findings: [
        'error unknown-field: spec.template 4:18: .references.auth.dta is not a field of Secret v1; did you mean ".references.auth.data"?',
      ],
      twin: templated('  tokenData: "{{ index .references.auth.data "ca.crt" }}"'),
    },
    {
      sentence: "a field of an object's metadata that none has",
      broken: templated('  shardingName: {{ .source.metadata.nmae }}'),
      findings: [
        'error unknown-field: spec.template 4:20: .source.metadata.nmae is not a field of ManagedCluster fleet.example.io/v1; did you mean ".source.metadata.name"?',
      ],
      twin: templated(
        '  shardingName: "{{ index .source.metadata.annotations "a.b/c" }}{{ range .source.metadata.managedFields }}{{ .manager }}{{ end }}{{ .source.kind }}"',
      ),
    },
    {
      sentence: 'a misspelt field, though others are free (the twin: parts that are free, whatever is read)',
      broken: templated(
        '  shardingName: "{{ .source.spec.parameters.any.thing }}{{ .source.spec.acces.host }}"',
      ),
      findings: [
        'error unknown-field: spec.template 4:60: .source.spec.acces is not a field of ManagedCluster fleet.example.io/v1; did you mean ".source.spec.access"?',
      ],
      twin: templated(
        '  shardingName: "{{ .source.spec.parameters.any.thing }}{{ .source.spec.labels.zone }}{{ .source.spec.machine.metadata.name }}{{ index .source.spec.rows 0 1 }}"',
      ),
    },
    {
      sentence: 'a misspelt field where unknown ones are kept is a warning',
      broken: templated('  shardingName: "{{ .source.spec.secretNam }}{{ .source.spec.open.timeoutt }}"'),
      findings: [
        'error unknown-field: spec.template 4:21: .source.spec.secretNam is not a field of ManagedCluster fleet.example.io/v1; did you mean ".source.spec.secretName"?',
        'warning unknown-field: spec.template 4:49: .source.spec.open.timeoutt is not a field of ManagedCluster fleet.example.io/v1; did you mean ".source.spec.open.timeout"?',
      ],
      twin: templated('  shardingName: "{{ .source.spec.open.timeoutt }}"'),
      warnings: [
        'warning unknown-field: spec.template 4:21: .source.spec.open.timeoutt is not a field of ManagedCluster fleet.example.io/v1; did you mean ".source.spec.open.timeout"?',
      ],
    },
  ],
  'trial rendering on made-up sources': [
    {
      sentence: 'text that is no YAML',
      broken: spec({ template: 'spec:\n  syncResources: [\n  apiserver: x\n' }),
      findings: [
        'error invalid-yaml: spec.template 3:3: the rendered text is not YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
      ],
      twin: spec({ template: 'spec:\n  kubeconfig: eDog\n  syncResources: []\n  apiserver: https://x\n' }),
    },
    {
      sentence: 'a field that a PediaCluster does not have',
      broken: templated('  tokens: x'),
      findings: ['error not-a-pediacluster: spec.template 4:3: unknown field spec.tokens'],
      twin: templated('{{ if eq .source.spec.site "rome" }}  tokens: x{{ end }}'),
      warnings: [
        'warning never-met: spec.template 4:28: .source.spec.site is never "rome": it is one of the strings "Paris", "oslo"',
      ],
    },
    {
      sentence: 'a field of another type (the twin: one that may well be of that type)',
      broken: templated('  syncAllCustomResources: "true"'),
      findings: [
        'error not-a-pediacluster: spec.template 4:27: spec.syncAllCustomResources must be a boolean',
      ],
      twin: templated('  syncAllCustomResources: {{ .source.spec.enabled }}'),
    },
    {
      sentence: 'credentials that are not base64 (the twin: ones that may well be)',
      broken: templated('  tokenData: "not encoded"'),
      findings: [
        'error not-base64: spec.template 4:14: spec.tokenData must be base64; pipe the value through b64enc if it is not encoded yet',
      ],
      twin: templated('  tokenData: "{{ b64dec .references.auth.data.token }}"'),
      warnings: [
        'warning not-a-pediacluster: spec.template 4:18: spec.tokenData must be base64, and b64dec .references.auth.data.token is decoded; leave out b64dec, unless the value is base64 of base64',
      ],
    },
    {
      sentence: 'a template that sets the name (the twin: what kind it is)',
      broken: spec({ template: 'metadata: {name: x}\nspec: {kubeconfig: eDog, syncResources: []}\n' }),
      findings: ['error not-a-pediacluster: spec.template 1:12: unknown field metadata.name'],
      twin: spec({
        template:
          'apiVersion: cluster.clusterpedia.io/v1alpha2\nkind: PediaCluster\nspec: {kubeconfig: eDog, syncResources: []}\n',
      }),
    },
    {
      sentence: 'a name that can never be one (the twin: one that is free to be)',
      broken: spec({ nameTemplate: 'Fleet_{{ .source.metadata.namespace }}-{{ .source.metadata.name }}' }),
      findings: [
        'error invalid-name: spec.nameTemplate 1:1: the rendered name contains upper-case letters; only a-z, 0-9, "-" and "." are allowed; pipe it through lower',
      ],
      twin: spec({
        nameTemplate: '{{ .source.spec.site }}-{{ .source.metadata.namespace }}-{{ .source.metadata.name }}',
      }),
      warnings: [
        'warning invalid-name: spec.nameTemplate 1:1: the rendered name contains upper-case letters; only a-z, 0-9, "-" and "." are allowed; pipe it through lower, for a source with spec.site: Paris',
      ],
    },
    {
      sentence: 'a name of which nothing is left (the twins: ones whose fields are empty by default)',
      broken: spec({ nameTemplate: '{{ if .source.metadata.name }}{{ end }}' }),
      findings: [
        'error invalid-name: spec.nameTemplate 1:1: the rendered name is empty',
        'warning name-conflict: spec.nameTemplate 1:1: sources of one name in two namespaces would render one name; add the namespace',
      ],
      twin: spec({ nameTemplate: '{{ .source.spec.displayName }}{{ .source.spec.access.host }}' }),
    },
    {
      sentence: 'a condition that prints something else (the twin: a field that may say true)',
      broken: spec({ creationCondition: 'ready' }),
      findings: [
        'error invalid-condition: spec.creationCondition 1:1: prints something that is neither "true", "false" nor empty, which counts as false',
      ],
      twin: spec({ creationCondition: '{{ .source.spec.enabled }}' }),
    },
    {
      sentence: 'a condition that can only be false (the twin: one that is false at first)',
      broken: spec({ creationCondition: '{{ and true (eq 1 2) }}' }),
      findings: [
        'error invalid-condition: spec.creationCondition 1:1: can only be false, so no cluster would ever be imported; use spec.suspend to pause a policy',
      ],
      twin: spec({
        creationCondition:
          '{{ range .source.status.conditions }}{{ if eq .type "Ready" }}{{ .status }}{{ end }}{{ end }}',
      }),
    },
    {
      sentence: 'a condition that is empty (the twin: none, which holds)',
      broken: spec({ creationCondition: '' }),
      findings: [
        'error invalid-condition: spec.creationCondition: is empty, which counts as false, so no cluster would ever be imported; use spec.suspend to pause a policy',
      ],
      twin: spec({ creationCondition: undefined }),
    },
    {
      sentence: 'a template that fails whatever the data (the twin: one that fails on some)',
      broken: spec({ nameTemplate: '{{ index (list 1) 5 }}' }),
      findings: [
        'error function-failed: spec.nameTemplate 1:4: "index" failed on its arguments',
        'warning name-conflict: spec.nameTemplate 1:1: all sources would render one name; add the name of the source',
      ],
      twin: templated('  shardingName: {{ index (splitList "/" .source.spec.endpoint) 7 }}'),
      warnings: [
        'warning function-failed: spec.template 4:20: "index" failed on its arguments, unless the values that are read there have a form that samples lack',
      ],
    },
  ],
  'trial rendering on sources that exist': [
    {
      sentence: 'a template that fails for every cluster (the twin: for one)',
      broken: templated('  shardingName: {{ index .source.spec.rows 0 1 }}'),
      findings: [
        'error live-sources-fail: spec.template 4:20: all 2 existing sources that were tried fail: "index" failed: nil cannot be indexed',
      ],
      twin: templated('  shardingName: {{ if eq .source.metadata.name "two" }}{{ fail "two" }}{{ end }}'),
      warnings: [
        'warning live-sources-fail: spec.template 4:59: 1 of 2 existing sources fail: "fail" failed: two',
      ],
      world: {
        objects: [managedCluster('one'), authSecret('one'), managedCluster('two'), authSecret('two')],
      },
    },
    {
      sentence:
        'a fault that samples and clusters show alike is told once (the twin: one of one cluster only)',
      broken: templated('  shardingName: {{ index (list .source.spec.site) 5 }}'),
      findings: [
        'error live-sources-fail: spec.template 4:20: all 2 existing sources that were tried fail: "index" failed on its arguments',
      ],
      twin: templated(
        '  shardingName: {{ if eq .source.metadata.name "two" }}{{ index (list .source.spec.site) 5 }}{{ end }}',
      ),
      warnings: [
        'warning live-sources-fail: spec.template 4:59: 1 of 2 existing sources fail: "index" failed on its arguments',
      ],
      world: {
        objects: [managedCluster('one'), authSecret('one'), managedCluster('two'), authSecret('two')],
      },
    },
    {
      sentence: 'an endpoint that no sample and no cluster gets right is told once',
      broken: spec({
        template: 'spec:\n  apiserver: "https://"\n  caData: eA==\n  tokenData: eA==\n  syncResources: []\n',
      }),
      findings: [
        `error unusable: spec.template 2:14: the one existing source that was tried fails: ${NEVER_CONNECTS}the endpoint has no host`,
      ],
      twin: spec({
        template: 'spec:\n  apiserver: "https://a"\n  caData: eA==\n  tokenData: eA==\n  syncResources: []\n',
      }),
      world: { objects: [managedCluster('one'), authSecret('one')] },
    },
    {
      sentence: 'a reference outside its namespaces, for every cluster (the twin: within)',
      broken: spec({ references: [{ ...auth, allowedNamespaces: ['fleet'] }] }),
      findings: [
        'error live-sources-fail: spec.references[0].namespaceTemplate 1:1: the one existing source that was tried fails: the rendered namespace is not one of allowedNamespaces (fleet)',
      ],
      twin: spec({ references: [{ ...auth, allowedNamespaces: ['fleet', 'default'] }] }),
      world: { objects: [managedCluster('one'), authSecret('one')] },
    },
    {
      sentence: 'a template that fails for the one cluster that is ready (the twin: for one that is not yet)',
      broken: templated('  shardingName: {{ index .source.spec.rows 0 1 }}'),
      findings: [
        'error live-sources-fail: spec.template 4:20: the one existing source that was tried fails: "index" failed: nil cannot be indexed',
      ],
      twin: spec({
        template: templateWith('  shardingName: {{ index .source.spec.rows 0 1 }}'),
        creationCondition: '{{ eq .source.status.phase "Ready" }}',
      }),
      world: {
        objects: [managedCluster('one'), authSecret('one'), managedCluster('two', { enabled: 'false' })],
      },
    },
  ],
  'conditions on a field whose form the schema prescribes': [
    {
      sentence: 'a label that is none, for versions of one minor version',
      broken: labelled(
        '{{ if semverCompare "~1.29.0" .source.spec.version }}',
        '{{ .source.spec.version }} new',
      ),
      findings: [
        'error invalid-label: spec.template 1:83: metadata.labels["v"] has a value that no label may have: it contains white space; pipe the value through trim, nospace or replace " " "-", for a source with spec.version: v1.29.0',
      ],
      twin: labelled(
        '{{ if semverCompare "~1.29.0" .source.spec.version }}',
        '{{ .source.spec.version }}-new',
      ),
    },
    {
      sentence: 'a label that is none, for versions older than one',
      broken: labelled(
        '{{ if semverCompare "< 1.20" .source.spec.version }}',
        '{{ .source.spec.version }} old',
      ),
      findings: [
        'error invalid-label: spec.template 1:82: metadata.labels["v"] has a value that no label may have: it contains white space; pipe the value through trim, nospace or replace " " "-", for a source with spec.version: v0.0.1',
      ],
      twin: labelled(
        '{{ if semverCompare "< 1.20" .source.spec.version }}',
        '{{ .source.spec.version }}-old',
      ),
    },
    {
      sentence: 'a label that is none, for versions that begin as a pattern says',
      broken: labelled(
        '{{ if regexMatch "^v1[.]2[0-9][.]" .source.spec.version }}',
        '{{ .source.spec.version }} new',
      ),
      findings: [
        'error invalid-label: spec.template 1:88: metadata.labels["v"] has a value that no label may have: it contains white space; pipe the value through trim, nospace or replace " " "-", for a source with spec.version: v1.20.0',
      ],
      twin: labelled(
        '{{ if regexMatch "^v1[.]2[0-9][.]" .source.spec.version }}',
        '{{ .source.spec.version }}-new',
      ),
    },
    {
      sentence: 'a label that is none, for versions with a part that a pattern describes',
      broken: labelled(
        '{{ if regexMatch "[.]2[0-9][.]" .source.spec.version }}',
        '{{ .source.spec.version }} new',
      ),
      findings: [
        'error invalid-label: spec.template 1:85: metadata.labels["v"] has a value that no label may have: it contains white space; pipe the value through trim, nospace or replace " " "-", for a source with spec.version: v1.20.0',
      ],
      twin: labelled(
        '{{ if regexMatch "[.]2[0-9][.]" .source.spec.version }}',
        '{{ .source.spec.version }}-new',
      ),
    },
    {
      sentence:
        'a label that is none, for versions that end as a pattern says, where a default stands for none',
      broken: labelled(
        '{{ if regexMatch "[.]7[0-9]$" (default "v0" .source.spec.version) }}',
        '{{ .source.spec.version }} new',
      ),
      findings: [
        'error invalid-label: spec.template 1:98: metadata.labels["v"] has a value that no label may have: it contains white space; pipe the value through trim, nospace or replace " " "-", for a source with spec.version: v1.3.70',
      ],
      twin: labelled(
        '{{ if regexMatch "[.]7[0-9]$" (default "v0" .source.spec.version) }}',
        '{{ .source.spec.version }}-new',
      ),
    },
  ],
  'statuses of conditions': [
    {
      sentence: 'a status in lower case, where the schema lists no statuses',
      broken: spec({
        creationCondition:
          '{{ range .source.status.hostConditions }}{{ if and (eq .type "Ready") (eq .status "true") }}true{{ end }}{{ end }}',
      }),
      findings: [
        'warning never-met: spec.creationCondition 1:83: .status is never "true": it is one of the strings "True", "False", "Unknown"; did you mean "True"?',
      ],
      twin: spec({
        creationCondition:
          '{{ range .source.status.hostConditions }}{{ if and (eq .type "Ready") (eq .status "True") }}true{{ end }}{{ end }}',
      }),
    },
    {
      sentence: 'a status of a condition that is none (the twin: of an add-on, which may have any)',
      broken: spec({
        creationCondition:
          '{{ range .source.status.hostConditions }}{{ if and (eq .type "Ready") (eq .status "Active") }}true{{ end }}{{ end }}',
      }),
      findings: [
        'warning never-met: spec.creationCondition 1:83: .status is never "Active": it is one of the strings "True", "False", "Unknown"',
      ],
      twin: spec({
        creationCondition:
          '{{ range .source.status.addons }}{{ if and (eq .type "dns") (eq .status "Active") }}true{{ end }}{{ end }}',
      }),
    },
  ],
  'names that are free': [
    {
      sentence: 'one name for two clusters, of which one is not ready yet',
      broken: spec({ nameTemplate: '{{ .source.metadata.namespace }}-{{ .source.spec.site }}' }),
      findings: [
        'error name-conflict: spec.nameTemplate 1:1: two sources render one name: default/one and default/two',
        'warning invalid-name: spec.nameTemplate 1:1: the rendered name contains upper-case letters; only a-z, 0-9, "-" and "." are allowed; pipe it through lower, for a source with spec.site: Paris',
      ],
      twin: spec(),
      world: { objects: [managedCluster('one'), managedCluster('two', { enabled: 'false' })] },
    },
    {
      sentence: "a name that another policy's cluster has",
      broken: spec(),
      findings: [
        'error name-conflict: spec.nameTemplate 1:1: the name "fleet-default-one" is held by policy "rival"',
      ],
      twin: spec({ nameTemplate: 'f-{{ .source.metadata.namespace }}-{{ .source.metadata.name }}' }),
      world: {
        objects: [managedCluster('one'), authSecret('one')],
        lifecycles: [{ name: 'fleet-default-one', policy: 'rival', source: 'one' }],
      },
    },
    {
      sentence: 'a broken name (the twin: one that would do, were there not other namespaces: a warning)',
      broken: spec({ nameTemplate: '{{ .source.metadata.name }}_' }),
      findings: [
        'error invalid-name: spec.nameTemplate 1:1: the rendered name contains characters that a name cannot have; only a-z, 0-9, "-" and "." are allowed',
        'warning name-conflict: spec.nameTemplate 1:1: sources of one name in two namespaces would render one name; add the namespace',
      ],
      twin: spec({ nameTemplate: '{{ .source.metadata.name }}' }),
      warnings: [
        'warning name-conflict: spec.nameTemplate 1:1: sources of one name in two namespaces would render one name; add the namespace',
      ],
    },
  ],
  'what Clusterpedia can connect with': [
    {
      sentence: 'a key that the Secret of the cluster does not have',
      broken: templated('  tokenData: "{{ .references.auth.data.tokne }}"'),
      findings: [
        'error unknown-key: spec.template 4:18: .references.auth: the Secret at hand does not have the key "tokne"; it has ca, token; did you mean "token"?',
        `error live-sources-fail: spec.template 1:1: the one existing source that was tried fails: ${NEVER_CONNECTS}there is neither a kubeconfig, a token, nor a certificate with its key`,
      ],
      twin: templated('  tokenData: "{{ .references.auth.data.token }}"'),
      world: { objects: [managedCluster('one'), authSecret('one')] },
    },
    {
      sentence: 'a key that none of two Secrets has (the twin: one that the rest does without, a warning)',
      broken: templated(
        '  tokenData: "{{ index .references.auth.data "value" }}"\n  caData: "{{ .references.auth.data.ca }}"',
      ),
      findings: [
        'error unknown-key: spec.template 4:18: .references.auth: none of the 2 Secrets at hand has the key "value"; they have ca, token',
        `error live-sources-fail: spec.template 1:1: all 2 existing sources that were tried fail: ${NEVER_CONNECTS}there is neither a kubeconfig, a token, nor a certificate with its key`,
      ],
      twin: templated('  shardingName: "{{ .references.auth.data.shard }}"'),
      warnings: [
        'warning unknown-key: spec.template 4:21: .references.auth: none of the 2 Secrets at hand has the key "shard"; they have ca, token',
      ],
      world: {
        objects: [managedCluster('one'), authSecret('one'), managedCluster('two'), authSecret('two')],
      },
    },
    {
      sentence:
        'a key that is nearly there, though something asks for it first, is a warning (the twin: another key)',
      twin: templated(
        '{{ with .references.auth.data.tokens }}  tokenData: "{{ . }}"{{ else }}  tokenData: "{{ $.references.auth.data.token }}"{{ end }}',
      ),
      warnings: [
        'warning unknown-key: spec.template 4:9: .references.auth: the Secret at hand does not have the key "tokens"; it has ca, token; did you mean "token"?',
      ],
      world: { objects: [managedCluster('one'), authSecret('one')] },
    },
    {
      sentence: 'a key that the policy does without, by a branch, a default or a condition',
      twin: spec({
        template: templateWith(
          '  shardingName: "{{ default "a" .references.auth.data.shard }}{{ with .references.auth.data.group }}{{ . }}{{ end }}{{ $z := .references.auth.data.zone }}{{ if $z }}{{ $z }}{{ end }}{{ .references.auth.data.paused }}"',
        ),
        creationCondition: '{{ not .references.auth.data.paused }}',
      }),
      world: { objects: [managedCluster('one'), authSecret('one')] },
    },
    {
      sentence: 'a key that is read only for sources other than those at hand',
      twin: templated(
        '  shardingName: "{{ if eq .source.spec.site "Paris" }}{{ .references.auth.data.shard }}{{ end }}"',
      ),
      world: { objects: [managedCluster('one'), authSecret('one')] },
    },
    {
      sentence: 'a Secret of which authenticationFrom names a key that it does not have',
      broken: spec({
        template:
          'spec:\n  apiserver: https://fleet\n  syncResources: []\n  authenticationFrom:\n    ca: { name: "{{ .references.auth.metadata.name }}", key: ca }\n    token: { name: "{{ .references.auth.metadata.name }}", key: tokne }\n',
      }),
      findings: [
        `error live-sources-fail: spec.template 6:65: the one existing source that was tried fails: ${NEVER_CONNECTS}the Secret does not have the key that spec.authenticationFrom.token.key names; it has ca, token`,
      ],
      twin: spec({
        template:
          'spec:\n  apiserver: https://fleet\n  syncResources: []\n  authenticationFrom:\n    ca: { name: "{{ .references.auth.metadata.name }}", key: ca }\n    token: { name: "{{ .references.auth.metadata.name }}", key: token }\n',
      }),
      world: { objects: [managedCluster('one'), authSecret('one')] },
    },
    {
      sentence: 'a token without an endpoint',
      broken: spec({ template: 'spec:\n  tokenData: dG9rZW4=\n  syncResources: []\n' }),
      findings: [
        `error unusable: spec.template 1:1: ${NEVER_CONNECTS}a token or a certificate needs an endpoint in apiserver`,
      ],
      twin: spec({
        template: 'spec:\n  tokenData: dG9rZW4=\n  caData: eA==\n  apiserver: a\n  syncResources: []\n',
      }),
    },
    {
      sentence: 'a certificate without its key',
      broken: spec({ template: 'spec:\n  certData: eA==\n  apiserver: a\n  syncResources: []\n' }),
      findings: [
        `error unusable: spec.template 2:13: ${NEVER_CONNECTS}there is a certificate without its key`,
      ],
      twin: spec({
        template:
          'spec:\n  certData: eA==\n  keyData: eA==\n  caData: eA==\n  apiserver: a\n  syncResources: []\n',
      }),
    },
    {
      sentence: 'an address without a host',
      broken: spec({ template: 'spec:\n  apiserver: https://\n  tokenData: eA==\n  syncResources: []\n' }),
      findings: [`error unusable: spec.template 2:14: ${NEVER_CONNECTS}the endpoint has no host`],
      twin: spec({
        template: 'spec:\n  apiserver: https://a\n  caData: eA==\n  tokenData: eA==\n  syncResources: []\n',
      }),
    },
    {
      sentence: 'a bare IPv6 address',
      broken: spec({ template: 'spec:\n  apiserver: "fd00::1"\n  tokenData: eA==\n  syncResources: []\n' }),
      findings: [
        `error unusable: spec.template 2:14: ${NEVER_CONNECTS}the endpoint is an IPv6 address without brackets; write it as https://[address]:port`,
      ],
      twin: spec({
        template:
          'spec:\n  apiserver: "https://[fd00::1]"\n  caData: eA==\n  tokenData: eA==\n  syncResources: []\n',
      }),
    },
    {
      sentence: 'no authority that the server is verified by, for no source',
      twin: spec({ template: (fleetSpec.template ?? '').replace(/  caData.*\n/, '') }),
      warnings: [`${NO_AUTHORITY}, so Clusterpedia would not verify the server`],
    },
    {
      sentence: 'no authority for some sources',
      twin: spec({
        creationCondition: 'true',
        template: (fleetSpec.template ?? '').replace(
          /  caData.*\n/,
          (line) => `{{ if ne .source.spec.site "oslo" }}${line}{{ end }}`,
        ),
      }),
      warnings: [
        `${NO_AUTHORITY} for a source with spec.site: oslo, so Clusterpedia would not verify the server`,
      ],
    },
    {
      sentence: 'no authority where the Secret has none, which a Secret at hand shows',
      twin: spec({ template: (fleetSpec.template ?? '').replace(/  caData.*\n/, OPTIONAL_AUTHORITY) }),
      warnings: [`${NO_AUTHORITY} for 1 of 2 existing sources, so Clusterpedia would not verify the server`],
      world: {
        objects: [
          managedCluster('one'),
          authSecret('one'),
          managedCluster('two'),
          { ...authSecret('two'), data: { token: 'dG9rZW4=' } },
        ],
      },
    },
    {
      sentence: 'an authority that a Secret may lack, and a kubeconfig, which says for itself',
      twin: spec({
        creationCondition: 'true',
        template: `spec:\n  syncResources: []\n{{ if eq .source.spec.site "oslo" }}  kubeconfig: eDog\n{{ else }}  apiserver: a\n  tokenData: eA==\n${OPTIONAL_AUTHORITY}{{ end }}`,
      }),
    },
    {
      sentence: 'a label with a blank in it',
      broken: spec({ template: `metadata: {labels: {region: "eu west"}}\n${fleetSpec.template}` }),
      findings: [
        'error invalid-label: spec.template 1:29: metadata.labels["region"] has a value that no label may have: it contains white space; pipe the value through trim, nospace or replace " " "-"',
      ],
      twin: spec({ template: `metadata: {labels: {region: eu-west}}\n${fleetSpec.template}` }),
    },
  ],
  'values of unknown shape': [
    {
      sentence: 'a name that is cut out of a text, where a cluster at hand has such a text',
      twin: spec({ nameTemplate: '{{ regexFind "[a-z]+-[a-z]+$" .source.spec.endpoint }}' }),
      world: { objects: [managedCluster('one', { endpoint: 'https://a-b' }), authSecret('one')] },
    },
    {
      sentence: 'a list that an annotation holds, where a cluster at hand has it',
      twin: spec({
        template: (fleetSpec.template ?? '').replace(
          'syncResources: []',
          'syncResources: {{ index .source.metadata.annotations "sync" | fromJson | toJson }}',
        ),
      }),
      world: {
        objects: [managedCluster('one', {}, { annotations: { sync: '[]' } }), authSecret('one')],
      },
    },
  ],
  'the rights of the requester': [
    {
      sentence: 'a requester who may not list the sources',
      broken: spec(),
      findings: [
        'error forbidden: spec.source: user "eve" may not list managedclusters.fleet.example.io in all namespaces',
        'warning not-checked: spec.source: existing sources were not tried: you may not read them',
      ],
      twin: spec({
        source: { group: '', resource: 'configmaps' },
        nameTemplate: '{{ .source.metadata.uid }}',
        template: 'spec: {apiserver: a, caData: eA==, tokenData: eA==, syncResources: []}',
        references: [],
        creationCondition: 'true',
      }),
      world: { mayNot: 'list' },
    },
    {
      sentence: 'a requester who may not get the references (the twin: a policy without)',
      broken: spec(),
      findings: [
        'error forbidden: spec.references[0]: user "eve" may not get secrets in all namespaces',
        'warning not-checked: spec.source: existing sources were not tried: you may not read them',
      ],
      twin: spec({ references: [], template: templateWith('  caData: Y2E=\n  tokenData: dG9rZW4=') }),
      world: { mayNot: 'get' },
    },
  ],
  'what a change or a deletion takes away': [
    {
      sentence: 'a change that is broken (the twin: one that gives the clusters other names, a warning)',
      broken: spec({ nameTemplate: '{{ lowr .source.metadata.name }}' }),
      findings: [
        'error unknown-function: spec.nameTemplate 1:4: function "lowr" is not defined; did you mean "lower"?',
        'warning would-delete: spec.nameTemplate: another nameTemplate replaces up to 2 existing PediaClusters',
      ],
      twin: spec({ nameTemplate: 'f-{{ .source.metadata.namespace }}-{{ .source.metadata.name }}' }),
      warnings: [
        'warning would-delete: spec.nameTemplate: another nameTemplate replaces 2 existing PediaClusters',
      ],
      world: imported,
    },
    {
      sentence: 'a change that is broken (the twin: one that selects fewer clusters, a warning)',
      broken: spec({ source: { ...fleetSpec.source, selectorTemplate: 'never' } }),
      findings: [
        'error invalid-condition: spec.source.selectorTemplate 1:1: prints something that is neither "true", "false" nor empty, which counts as false',
        'warning would-delete: spec.source.selectorTemplate: another selectorTemplate deletes 2 existing PediaClusters',
      ],
      twin: spec({
        source: { ...fleetSpec.source, selectorTemplate: '{{ eq .source.metadata.name "one" }}' },
      }),
      warnings: [
        'warning would-delete: spec.source.selectorTemplate: another selectorTemplate deletes 1 existing PediaCluster',
      ],
      world: imported,
    },
    {
      sentence: 'the deletion of a protected policy (the twin: of one whose protection is off)',
      broken: spec({}, protectedBy('true')),
      findings: [
        'error deletion-protected: metadata.annotations: the policy is protected; remove the annotation policy.clusterpedia.io/deletion-protection first',
      ],
      twin: spec({}, protectedBy('false')),
      world: { deletion: true },
    },
  ],
};
