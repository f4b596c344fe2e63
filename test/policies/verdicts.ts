import type { ClusterImportPolicy, KubeObject } from '../../src/api/index.ts';
import { DELETION_PROTECTION_ANNOTATION } from '../../src/api/index.ts';
import { authSecret, fleetPolicy, fleetSpec, managedCluster, templateWith } from './fleet.ts';

/** What there is besides the policy. */
export interface World {
  /** Objects of the platform, and what they refer to. */
  readonly objects?: readonly KubeObject[];
  /** Lifecycles by name, with the policy that controls each and the managed cluster that it follows. */
  readonly lifecycles?: readonly {
    readonly name: string;
    readonly policy: string;
    readonly source: string;
  }[];
  /** What the requester may not do. */
  readonly mayNot?: 'list' | 'get';
  /** The policy as it is stored: the request is an update of it. */
  readonly before?: ClusterImportPolicy;
  /** The request is a deletion of the policy. */
  readonly deletion?: true;
}

/** A policy that must be refused, and its twin, which differs in what is wrong, and must pass. */
export interface Verdict {
  readonly sentence: string;
  /** Absent in the one row that refuses nothing. */
  readonly refused?: ClusterImportPolicy;
  /** Everything that is found on it, errors first, as `severity: text`. */
  readonly findings?: readonly string[];
  readonly twin: ClusterImportPolicy;
  /** What is found on the twin: warnings at most. @default none */
  readonly warnings?: readonly string[];
  readonly world?: World;
  /**
   * How a real API server differs: it drops unknown fields before the webhook sees them (`pruned`), and refuses by
   * itself, in its own words, what its schema forbids (`itself`).
   */
  readonly apiServer?: 'pruned' | 'itself';
  /** Files do not tell what else there is: a resource that no definition among them has is no finding. */
  readonly files?: 'unknown';
}

const spec = fleetPolicy;
const templated = (rest: string) => spec({ template: templateWith(rest) });
const [auth = undefined as never] = fleetSpec.references ?? [];
const protectedBy = (value: string) => ({ annotations: { [DELETION_PROTECTION_ANNOTATION]: value } });

const neverConnects = 'renders a PediaCluster that Clusterpedia could never connect with: ';

const noAuthority = 'warning: spec.template: renders no caData';
const optionalAuthority = '{{ with .references.auth.data.ca }}  caData: {{ . }}\n{{ end }}';

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
      refused: spec({ nameTemplte: 'x' }),
      findings: ['error: spec.nameTemplte: unknown field spec.nameTemplte; did you mean "nameTemplate"?'],
      twin: spec(),
      apiServer: 'pruned',
    },
    {
      sentence: 'a field of another type',
      refused: spec({ suspend: 'maybe' }),
      findings: ['error: spec.suspend: spec.suspend must be a boolean'],
      twin: spec({ suspend: true }),
      apiServer: 'itself',
    },
    {
      sentence: 'a word that is none of those allowed',
      refused: spec({ deletionPolicy: 'Keep' }),
      findings: ['error: spec.deletionPolicy: spec.deletionPolicy must be one of Delete, Orphan'],
      twin: spec({ deletionPolicy: 'Orphan' }),
      apiServer: 'itself',
    },
    {
      sentence: 'a kind for a resource',
      refused: spec({ source: { group: 'fleet.example.io', resource: 'ManagedCluster' } }),
      findings: [
        'error: spec.source.resource: must be the plural name of a resource in lower case, such as "clusters"',
      ],
      twin: spec(),
    },
    {
      sentence: 'a selector that is none',
      refused: spec({ source: { ...fleetSpec.source, labelSelector: 'env in prod' } }),
      findings: [
        'error: spec.source.labelSelector: is no label selector at "env in prod"; write it as in "env=prod,tier in (a, b),!paused"',
      ],
      twin: spec({ source: { ...fleetSpec.source, labelSelector: 'env in (prod, test),!paused' } }),
    },
  ],
  'templates that parse, and functions that exist': [
    {
      sentence: 'an action that is not closed',
      refused: spec({ nameTemplate: 'fleet-{{ .source.metadata.name' }),
      findings: ['error: spec.nameTemplate 1:31: action is not closed by "}}"'],
      twin: spec(),
    },
    {
      sentence: 'a misspelt function, in the last line of a block of text',
      refused: templated('  caData: {{ b64decc .source.spec.endpoint | b64enc }}'),
      findings: ['error: spec.template 4:14: function "b64decc" is not defined; did you mean "b64dec"?'],
      twin: templated('  caData: {{ b64dec .source.spec.endpoint | b64enc }}'),
    },
    {
      sentence: 'a function with too few arguments, in a reference',
      refused: spec({ references: [{ ...auth, nameTemplate: '{{ replace "a" }}' }] }),
      findings: ['error: spec.references[0].nameTemplate 1:4: function "replace" takes 3 arguments, got 1'],
      twin: spec({
        references: [{ ...auth, nameTemplate: '{{ .source.spec.secretName | replace "a" "b" }}' }],
      }),
    },
    {
      sentence: 'several things at once, all of which are told',
      refused: spec({ nameTemplate: '{{ lowr "X" }}', creationCondition: '{{ if }}true{{ end }}' }),
      findings: [
        'error: spec.nameTemplate 1:4: function "lowr" is not defined; did you mean "lower"?',
        'error: spec.creationCondition 1:7: missing value for if',
      ],
      twin: spec(),
    },
    {
      sentence: 'a helper that does not exist, in Handlebars',
      refused: spec({
        templateEngine: 'Handlebars',
        references: [],
        nameTemplate: '{{lowr source.metadata.namespace}}-{{source.metadata.name}}',
        creationCondition: 'true',
        template: 'spec: {kubeconfig: eDog, syncResources: []}',
      }),
      findings: ['error: spec.nameTemplate 1:3: function "lowr" is not defined; did you mean "lower"?'],
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
      refused: templated('  tokenData: "{{ .references.authh.data.token }}"'),
      findings: [
        'error: spec.template 4:18: .references.authh is not declared in spec.references; did you mean ".references.auth"?',
      ],
      twin: templated('  tokenData: "{{ .references.auth.data.token }}"'),
    },
    {
      sentence: 'a reference in nameTemplate',
      refused: spec({ nameTemplate: '{{ .references.auth.metadata.name }}' }),
      findings: [
        'error: spec.nameTemplate 1:4: .references is not available here: this template sees .source only',
      ],
      twin: spec(),
    },
    {
      sentence: 'a reference that is resolved later',
      refused: spec({
        references: [{ ...auth, key: 'first', nameTemplate: '{{ .references.auth.data.next }}' }, auth],
      }),
      findings: [
        'error: spec.references[0].nameTemplate 1:4: .references.auth is resolved later; a reference sees only those before it',
      ],
      twin: spec({
        references: [auth, { ...auth, key: 'second', nameTemplate: '{{ .references.auth.data.next }}' }],
      }),
    },
    {
      sentence: 'a name at the top that is neither',
      refused: spec({ nameTemplate: '{{ .sorce.metadata.name }}' }),
      findings: [
        'error: spec.nameTemplate 1:4: .sorce is not defined; templates see .source and .references; did you mean ".source"?',
      ],
      twin: spec({ nameTemplate: '{{ $s := .source }}{{ $s.metadata.namespace }}-{{ $s.metadata.name }}' }),
    },
  ],
  'clock, randomness and removed functions': [
    {
      sentence: "a function that reads the server's own environment",
      refused: templated('  shardingName: {{ env "SHARD" }}'),
      findings: [
        'error: spec.template 4:20: function "env" is not available: it would read the environment of the server that renders: put the value into the policy\'s objects',
      ],
      twin: templated('  shardingName: {{ default "a" .source.spec.site }}'),
    },
    {
      sentence: 'the clock in an endpoint, beside randomness in a label, which is rendered once',
      refused: spec({
        template: `metadata:\n  labels:\n    batch: "{{ randAlphaNum 5 }}"\nspec:\n  apiserver: "https://{{ now | unixEpoch }}"\n  kubeconfig: eDog\n  syncResources: []\n`,
      }),
      findings: [
        'error: spec.template 5:26: function "now" reads the clock, and this value is rendered again and again: it would never settle',
      ],
      twin: spec({
        template: `metadata:\n  labels:\n    batch: "{{ randAlphaNum 5 }}"\n    imported: "{{ now | unixEpoch }}"\nspec:\n  apiserver: "https://{{ .source.spec.endpoint }}"\n  kubeconfig: eDog\n  syncResources: []\n`,
      }),
    },
    {
      sentence: 'the clock in a label that is kept as rendered',
      refused: spec({
        updatePolicy: 'All',
        template: `metadata:\n  labels:\n    imported: "{{ now | unixEpoch }}"\nspec:\n  kubeconfig: eDog\n  syncResources: []\n`,
      }),
      findings: [
        'error: spec.template 3:19: function "now" reads the clock, and this value is rendered again and again: it would never settle',
      ],
      twin: spec({
        template: `metadata:\n  labels:\n    imported: "{{ now | unixEpoch }}"\nspec:\n  kubeconfig: eDog\n  syncResources: []\n`,
      }),
    },
    {
      sentence: 'randomness in a name, unless it makes no difference',
      refused: spec({ nameTemplate: '{{ .source.metadata.namespace }}-{{ randAlphaNum 5 | lower }}' }),
      findings: [
        'error: spec.nameTemplate 1:37: function "randAlphaNum" is random, and this value is rendered again and again: it would never settle',
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
        'warning: spec.source.resource: managedcluster.fleet.example.io is not served yet; clusters are imported once it is; did you mean "managedclusters"?',
      ],
    },
    {
      sentence: 'versions that are not served',
      twin: spec({ source: { ...fleetSpec.source, versions: ['v2'] } }),
      warnings: [
        'warning: spec.source.versions: managedclusters.fleet.example.io is not served in the allowed versions; it is served in v1, v1beta1',
      ],
    },
  ],
  'fields that the schema has': [
    {
      sentence: 'a misspelt field of the source',
      refused: templated('  shardingName: {{ .source.spec.secretNam }}'),
      findings: [
        'error: spec.template 4:20: .source.spec.secretNam is not a field of ManagedCluster fleet.example.io/v1; did you mean ".source.spec.secretName"?',
      ],
      twin: templated('  shardingName: {{ .source.spec.secretName }}'),
    },
    {
      sentence: 'a field of a version that the policy does not use',
      refused: spec({ source: { ...fleetSpec.source, versions: ['v1beta1'] } }),
      findings: [
        'error: spec.template 2:18: .source.spec.endpoint is not a field of ManagedCluster fleet.example.io/v1beta1',
      ],
      twin: spec({ source: { ...fleetSpec.source, versions: ['v1', 'v1beta1'] } }),
    },
    {
      sentence: 'a misspelt field of a reference',
      refused: templated('  tokenData: "{{ .references.auth.dta.token }}"'),
      findings: [
        'error: spec.template 4:18: .references.auth.dta is not a field of Secret v1; did you mean ".references.auth.data"?',
      ],
      twin: templated('  tokenData: "{{ index .references.auth.data "ca.crt" }}"'),
    },
    {
      sentence: "a field of an object's metadata that none has",
      refused: templated('  shardingName: {{ .source.metadata.nmae }}'),
      findings: [
        'error: spec.template 4:20: .source.metadata.nmae is not a field of ManagedCluster fleet.example.io/v1; did you mean ".source.metadata.name"?',
      ],
      twin: templated(
        '  shardingName: "{{ index .source.metadata.annotations "a.b/c" }}{{ range .source.metadata.managedFields }}{{ .manager }}{{ end }}{{ .source.kind }}"',
      ),
    },
    {
      sentence: 'a misspelt field, though others are free (the twin: parts that are free, whatever is read)',
      refused: templated(
        '  shardingName: "{{ .source.spec.parameters.any.thing }}{{ .source.spec.acces.host }}"',
      ),
      findings: [
        'error: spec.template 4:60: .source.spec.acces is not a field of ManagedCluster fleet.example.io/v1; did you mean ".source.spec.access"?',
      ],
      twin: templated(
        '  shardingName: "{{ .source.spec.parameters.any.thing }}{{ .source.spec.labels.zone }}{{ .source.spec.machine.metadata.name }}{{ index .source.spec.rows 0 1 }}"',
      ),
    },
    {
      sentence: 'a misspelt field where unknown ones are kept is a warning',
      refused: templated('  shardingName: "{{ .source.spec.secretNam }}{{ .source.spec.open.timeoutt }}"'),
      findings: [
        'error: spec.template 4:21: .source.spec.secretNam is not a field of ManagedCluster fleet.example.io/v1; did you mean ".source.spec.secretName"?',
        'warning: spec.template 4:49: .source.spec.open.timeoutt is not a field of ManagedCluster fleet.example.io/v1; did you mean ".source.spec.open.timeout"?',
      ],
      twin: templated('  shardingName: "{{ .source.spec.open.timeoutt }}"'),
      warnings: [
        'warning: spec.template 4:21: .source.spec.open.timeoutt is not a field of ManagedCluster fleet.example.io/v1; did you mean ".source.spec.open.timeout"?',
      ],
    },
  ],
  'trial rendering on made-up sources': [
    {
      sentence: 'text that is no YAML',
      refused: spec({ template: 'spec:\n  syncResources: [\n  apiserver: x\n' }),
      findings: [
        'error: spec.template 3:3: the rendered text is not YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
      ],
      twin: spec({ template: 'spec:\n  kubeconfig: eDog\n  syncResources: []\n  apiserver: x\n' }),
    },
    {
      sentence: 'a field that a PediaCluster does not have',
      refused: templated('  tokens: x'),
      findings: ['error: spec.template 4:3: unknown field spec.tokens'],
      twin: templated('{{ if eq .source.spec.site "rome" }}  tokens: x{{ end }}'),
      warnings: [
        'warning: spec.template 4:28: .source.spec.site is never "rome": it is one of the strings "Paris", "oslo"',
      ],
    },
    {
      sentence: 'a field of another type (the twin: one that may well be of that type)',
      refused: templated('  syncAllCustomResources: "true"'),
      findings: ['error: spec.template 4:27: spec.syncAllCustomResources must be a boolean'],
      twin: templated('  syncAllCustomResources: {{ .source.spec.enabled }}'),
    },
    {
      sentence: 'credentials that are not base64 (the twin: ones that may well be)',
      refused: templated('  tokenData: "not encoded"'),
      findings: [
        'error: spec.template: spec.tokenData must be base64; pipe the value through b64enc if it is not encoded yet',
      ],
      twin: templated('  tokenData: "{{ b64dec .references.auth.data.token }}"'),
    },
    {
      sentence: 'a template that sets the name (the twin: what kind it is)',
      refused: spec({ template: 'metadata: {name: x}\nspec: {kubeconfig: eDog, syncResources: []}\n' }),
      findings: ['error: spec.template 1:12: unknown field metadata.name'],
      twin: spec({
        template:
          'apiVersion: cluster.clusterpedia.io/v1alpha2\nkind: PediaCluster\nspec: {kubeconfig: eDog, syncResources: []}\n',
      }),
    },
    {
      sentence: 'a name that can never be one (the twin: one that is free to be)',
      refused: spec({ nameTemplate: 'Fleet_{{ .source.metadata.namespace }}-{{ .source.metadata.name }}' }),
      findings: [
        'error: spec.nameTemplate: the rendered name contains upper-case letters; only a-z, 0-9, "-" and "." are allowed; pipe it through lower',
      ],
      twin: spec({
        nameTemplate: '{{ .source.spec.site }}-{{ .source.metadata.namespace }}-{{ .source.metadata.name }}',
      }),
    },
    {
      sentence: 'a name of which nothing is left (the twins: ones whose fields are empty by default)',
      refused: spec({ nameTemplate: '{{ if .source.metadata.name }}{{ end }}' }),
      findings: [
        'error: spec.nameTemplate: the rendered name is empty',
        'warning: spec.nameTemplate: sources of one name in two namespaces would render one name; add the namespace',
      ],
      twin: spec({ nameTemplate: '{{ .source.spec.displayName }}{{ .source.spec.access.host }}' }),
    },
    {
      sentence: 'a condition that prints something else (the twin: a field that may say true)',
      refused: spec({ creationCondition: 'ready' }),
      findings: [
        'error: spec.creationCondition: prints something that is neither "true", "false" nor empty, which counts as false',
      ],
      twin: spec({ creationCondition: '{{ .source.spec.enabled }}' }),
    },
    {
      sentence: 'a condition that can only be false (the twin: one that is false at first)',
      refused: spec({ creationCondition: '{{ and true (eq 1 2) }}' }),
      findings: [
        'error: spec.creationCondition: can only be false, so no cluster would ever be imported; use spec.suspend to pause a policy',
      ],
      twin: spec({
        creationCondition:
          '{{ range .source.status.conditions }}{{ if eq .type "Ready" }}{{ .status }}{{ end }}{{ end }}',
      }),
    },
    {
      sentence: 'a condition that is empty (the twin: none, which holds)',
      refused: spec({ creationCondition: '' }),
      findings: [
        'error: spec.creationCondition: is empty, which counts as false, so no cluster would ever be imported; use spec.suspend to pause a policy',
      ],
      twin: spec({ creationCondition: undefined }),
    },
    {
      sentence: 'a template that fails whatever the data (the twin: one that fails on some)',
      refused: spec({ nameTemplate: '{{ index (list 1) 5 }}' }),
      findings: [
        'error: spec.nameTemplate 1:4: "index" failed on its arguments',
        'warning: spec.nameTemplate: sources of one name in two namespaces would render one name; add the namespace',
      ],
      twin: templated('  shardingName: {{ index (splitList "/" .source.spec.endpoint) 7 }}'),
      warnings: [
        'warning: spec.template 4:20: "index" failed on its arguments, unless the values that are read there have a form that samples lack',
      ],
    },
  ],
  'trial rendering on sources that exist': [
    {
      sentence: 'a template that fails for every cluster (the twin: for one)',
      refused: templated('  shardingName: {{ index .source.spec.rows 0 1 }}'),
      findings: [
        'error: spec.template 4:20: all 2 existing sources that were tried fail: "index" failed: nil cannot be indexed',
      ],
      twin: templated('  shardingName: {{ if eq .source.metadata.name "two" }}{{ fail "two" }}{{ end }}'),
      warnings: ['warning: spec.template 4:59: 1 of 2 existing sources fail: "fail" failed: two'],
      world: {
        objects: [managedCluster('one'), authSecret('one'), managedCluster('two'), authSecret('two')],
      },
    },
    {
      sentence: 'a reference outside its namespaces, for every cluster (the twin: within)',
      refused: spec({ references: [{ ...auth, allowedNamespaces: ['fleet'] }] }),
      findings: [
        'error: spec.references[0].namespaceTemplate: the one existing source that was tried fails: the rendered namespace is not one of allowedNamespaces (fleet)',
      ],
      twin: spec({ references: [{ ...auth, allowedNamespaces: ['fleet', 'default'] }] }),
      world: { objects: [managedCluster('one'), authSecret('one')] },
    },
    {
      sentence: 'a template that fails for the one cluster that is ready (the twin: for one that is not yet)',
      refused: templated('  shardingName: {{ index .source.spec.rows 0 1 }}'),
      findings: [
        'error: spec.template 4:20: the one existing source that was tried fails: "index" failed: nil cannot be indexed',
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
  'names that are free': [
    {
      sentence: 'one name for two clusters, of which one is not ready yet',
      refused: spec({ nameTemplate: '{{ .source.metadata.namespace }}-{{ .source.spec.site }}' }),
      findings: [
        'error: spec.nameTemplate: two sources render the name "default-oslo": default/one and default/two',
      ],
      twin: spec(),
      world: { objects: [managedCluster('one'), managedCluster('two', { enabled: 'false' })] },
    },
    {
      sentence: "a name that another policy's cluster has",
      refused: spec(),
      findings: ['error: spec.nameTemplate: the name "fleet-default-one" is held by policy "rival"'],
      twin: spec({ nameTemplate: 'f-{{ .source.metadata.namespace }}-{{ .source.metadata.name }}' }),
      world: {
        objects: [managedCluster('one'), authSecret('one')],
        lifecycles: [{ name: 'fleet-default-one', policy: 'rival', source: 'one' }],
      },
    },
    {
      sentence: 'a broken name (the twin: one that would do, were there not other namespaces: a warning)',
      refused: spec({ nameTemplate: '{{ .source.metadata.name }}_' }),
      findings: [
        'error: spec.nameTemplate: the rendered name contains characters that a name cannot have; only a-z, 0-9, "-" and "." are allowed',
        'warning: spec.nameTemplate: sources of one name in two namespaces would render one name; add the namespace',
      ],
      twin: spec({ nameTemplate: '{{ .source.metadata.name }}' }),
      warnings: [
        'warning: spec.nameTemplate: sources of one name in two namespaces would render one name; add the namespace',
      ],
    },
  ],
  'what Clusterpedia can connect with': [
    {
      sentence: 'a key that the Secret of the cluster does not have',
      refused: templated('  tokenData: "{{ .references.auth.data.tokne }}"'),
      findings: [
        'error: spec.template 4:18: .references.auth: the Secret at hand does not have the key "tokne"; it has ca, token; did you mean "token"?',
        `error: spec.template: the one existing source that was tried fails: ${neverConnects}there is neither a kubeconfig, a token, nor a certificate with its key`,
      ],
      twin: templated('  tokenData: "{{ .references.auth.data.token }}"'),
      world: { objects: [managedCluster('one'), authSecret('one')] },
    },
    {
      sentence: 'a key that none of two Secrets has (the twin: one that the rest does without, a warning)',
      refused: templated(
        '  tokenData: "{{ index .references.auth.data "value" }}"\n  caData: "{{ .references.auth.data.ca }}"',
      ),
      findings: [
        'error: spec.template 4:18: .references.auth: none of the 2 Secrets at hand has the key "value"; they have ca, token',
        `error: spec.template: all 2 existing sources that were tried fail: ${neverConnects}there is neither a kubeconfig, a token, nor a certificate with its key`,
      ],
      twin: templated('  shardingName: "{{ .references.auth.data.shard }}"'),
      warnings: [
        'warning: spec.template 4:21: .references.auth: none of the 2 Secrets at hand has the key "shard"; they have ca, token',
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
        'warning: spec.template 4:9: .references.auth: the Secret at hand does not have the key "tokens"; it has ca, token; did you mean "token"?',
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
      refused: spec({
        template:
          'spec:\n  apiserver: "{{ .source.spec.endpoint }}"\n  syncResources: []\n  authenticationFrom:\n    ca: { name: "{{ .references.auth.metadata.name }}", key: ca }\n    token: { name: "{{ .references.auth.metadata.name }}", key: tokne }\n',
      }),
      findings: [
        `error: spec.template: the one existing source that was tried fails: ${neverConnects}the Secret does not have the key that spec.authenticationFrom.token.key names; it has ca, token`,
      ],
      twin: spec({
        template:
          'spec:\n  apiserver: "{{ .source.spec.endpoint }}"\n  syncResources: []\n  authenticationFrom:\n    ca: { name: "{{ .references.auth.metadata.name }}", key: ca }\n    token: { name: "{{ .references.auth.metadata.name }}", key: token }\n',
      }),
      world: { objects: [managedCluster('one'), authSecret('one')] },
    },
    {
      sentence: 'a token without an endpoint',
      refused: spec({ template: 'spec:\n  tokenData: dG9rZW4=\n  syncResources: []\n' }),
      findings: [
        `error: spec.template: ${neverConnects}a token or a certificate needs an endpoint in apiserver`,
      ],
      twin: spec({
        template: 'spec:\n  tokenData: dG9rZW4=\n  caData: eA==\n  apiserver: a\n  syncResources: []\n',
      }),
    },
    {
      sentence: 'a certificate without its key',
      refused: spec({ template: 'spec:\n  certData: eA==\n  apiserver: a\n  syncResources: []\n' }),
      findings: [`error: spec.template: ${neverConnects}there is a certificate without its key`],
      twin: spec({
        template:
          'spec:\n  certData: eA==\n  keyData: eA==\n  caData: eA==\n  apiserver: a\n  syncResources: []\n',
      }),
    },
    {
      sentence: 'an address without a host',
      refused: spec({ template: 'spec:\n  apiserver: https://\n  tokenData: eA==\n  syncResources: []\n' }),
      findings: [`error: spec.template: ${neverConnects}the endpoint has no host`],
      twin: spec({
        template: 'spec:\n  apiserver: https://a\n  caData: eA==\n  tokenData: eA==\n  syncResources: []\n',
      }),
    },
    {
      sentence: 'a bare IPv6 address',
      refused: spec({ template: 'spec:\n  apiserver: "fd00::1"\n  tokenData: eA==\n  syncResources: []\n' }),
      findings: [
        `error: spec.template: ${neverConnects}the endpoint is an IPv6 address without brackets; write it as https://[address]:port`,
      ],
      twin: spec({
        template:
          'spec:\n  apiserver: "https://[fd00::1]"\n  caData: eA==\n  tokenData: eA==\n  syncResources: []\n',
      }),
    },
    {
      sentence: 'no authority that the server is verified by, for no source',
      twin: spec({ template: (fleetSpec.template ?? '').replace(/  caData.*\n/, '') }),
      warnings: [`${noAuthority}, so Clusterpedia would not verify the server`],
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
        `${noAuthority} for a source with spec.site: oslo, so Clusterpedia would not verify the server`,
      ],
    },
    {
      sentence: 'no authority where the Secret has none, which a Secret at hand shows',
      twin: spec({ template: (fleetSpec.template ?? '').replace(/  caData.*\n/, optionalAuthority) }),
      warnings: [`${noAuthority} for 1 of 2 existing sources, so Clusterpedia would not verify the server`],
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
        template: `spec:\n  syncResources: []\n{{ if eq .source.spec.site "oslo" }}  kubeconfig: eDog\n{{ else }}  apiserver: a\n  tokenData: eA==\n${optionalAuthority}{{ end }}`,
      }),
    },
    {
      sentence: 'a label with a blank in it',
      refused: spec({ template: `metadata: {labels: {region: "eu west"}}\n${fleetSpec.template}` }),
      findings: [
        'error: spec.template: metadata.labels["region"] has a value that no label may have: it contains white space',
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
      refused: spec(),
      findings: [
        'error: spec.source: user "eve" may not list this resource',
        'warning: spec.source: existing sources were not tried: you may not read them',
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
      refused: spec(),
      findings: [
        'error: spec.references[0]: user "eve" may not get this resource',
        'warning: spec.source: existing sources were not tried: you may not read them',
      ],
      twin: spec({ references: [], template: templateWith('  caData: Y2E=\n  tokenData: dG9rZW4=') }),
      world: { mayNot: 'get' },
    },
  ],
  'what a change or a deletion takes away': [
    {
      sentence: 'a change that is broken (the twin: one that gives the clusters other names, a warning)',
      refused: spec({ nameTemplate: '{{ lowr .source.metadata.name }}' }),
      findings: [
        'error: spec.nameTemplate 1:4: function "lowr" is not defined; did you mean "lower"?',
        'warning: spec.nameTemplate: another nameTemplate replaces up to 2 existing PediaClusters',
      ],
      twin: spec({ nameTemplate: 'f-{{ .source.metadata.namespace }}-{{ .source.metadata.name }}' }),
      warnings: ['warning: spec.nameTemplate: another nameTemplate replaces 2 existing PediaClusters'],
      world: imported,
    },
    {
      sentence: 'a change that is broken (the twin: one that selects fewer clusters, a warning)',
      refused: spec({ source: { ...fleetSpec.source, selectorTemplate: 'never' } }),
      findings: [
        'error: spec.source.selectorTemplate: prints something that is neither "true", "false" nor empty, which counts as false',
        'warning: spec.source.selectorTemplate: another selectorTemplate deletes 2 existing PediaClusters',
      ],
      twin: spec({
        source: { ...fleetSpec.source, selectorTemplate: '{{ eq .source.metadata.name "one" }}' },
      }),
      warnings: [
        'warning: spec.source.selectorTemplate: another selectorTemplate deletes 1 existing PediaCluster',
      ],
      world: imported,
    },
    {
      sentence: 'the deletion of a protected policy (the twin: of one whose protection is off)',
      refused: spec({}, protectedBy('true')),
      findings: [
        'error: metadata.annotations: the policy is protected; remove the annotation policy.clusterpedia.io/deletion-protection first',
      ],
      twin: spec({}, protectedBy('false')),
      world: { deletion: true },
    },
  ],
};
