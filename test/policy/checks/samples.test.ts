import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec, Schema } from '../../../src/api/index.ts';
import { judgeSamples } from '../../../src/policy/checks/samples.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
import { toEnd } from '../../../src/policy/paced.ts';
import { gatherEvidence } from '../../../src/policy/trial/evidence.ts';
import { clusterFacts, policyWith, secretFacts } from '../policies.ts';

/** What the trial finds on a policy, with sources of whose spec this is the schema, and with existing ones. */
function trial(
  change: Partial<ClusterImportPolicySpec>,
  spec?: Schema,
  existing: readonly object[] = [],
): string[] {
  const compiled = compilePolicy(policyWith(change).spec);
  const schema: Schema = {
    type: 'object',
    required: ['spec'],
    properties: spec === undefined ? {} : { spec },
  };
  const facts = {
    source: { ...clusterFacts, ...(spec === undefined ? {} : { schema }) },
    references: new Map([['authSecret', secretFacts]]),
  };
  const items = existing.map((own, index) => ({
    source: {
      apiVersion: 'cluster.mcp.io/v1alpha1',
      kind: 'Cluster',
      metadata: { name: `live-${String(index)}`, uid: `u${String(index)}` },
      spec: own,
    },
    references: {},
  }));
  const live = { items, truncated: false };
  const findings = judgeSamples(toEnd(gatherEvidence(compiled, facts, live)));
  return findings.map((finding) => `${finding.severity}: ${formatFinding(finding)}`);
}

/** A closed spec whose fields are all required: no variant of the made-up sources is without them. */
const required = (properties: Schema['properties']): Schema => ({
  type: 'object',
  required: Object.keys(properties ?? {}),
  ...(properties === undefined ? {} : { properties }),
});

const text: Schema = { type: 'string' };
/** A template with these lines, from the third on, and with what Clusterpedia needs to connect besides. */
const body = (lines: string) =>
  `spec:\n  syncResources: []\n${lines}\n${['apiserver: cluster.example', 'tokenData: dG9rZW4=']
    .filter((line) => !lines.includes(line.split(' ')[0] ?? ''))
    .map((line) => `  ${line}\n`)
    .join('')}`;

type Row = readonly [sentence: string, change: Partial<ClusterImportPolicySpec>, spec: Schema | undefined];

const fits: readonly Row[] = [
  [
    'a key of a map that is also printed as a whole',
    {
      template: `metadata:\n  annotations:\n    all: {{ toJson .source.spec.hosts | quote }}\n${body('  apiserver: https://{{ index .source.spec.hosts "api" }}')}`,
    },
    required({ hosts: { type: 'object', additionalProperties: text } }),
  ],
  [
    'a condition that prints a field which may say "true"',
    { creationCondition: '{{ .source.spec.enabled }}' },
    required({ enabled: text }),
  ],
  [
    'a condition that prints a label, which not every source has',
    { creationCondition: '{{ index .source.metadata.labels "import" }}' },
    undefined,
  ],
  [
    'a condition that prints a status of a schema that is not known',
    { creationCondition: '{{ .source.status.ready }}' },
    undefined,
  ],
  [
    'a condition that prints one of several words',
    { creationCondition: '{{ .source.spec.ready }}' },
    required({ ready: { type: 'string', enum: ['Unknown', 'False', 'True'] } }),
  ],
  [
    'a name that is decoded from a Secret',
    { nameTemplate: 'argo-{{ .source.data.name | b64dec }}' },
    undefined,
  ],
  [
    'a name that is empty by default, for authors leave it to a controller',
    { nameTemplate: '{{ .source.spec.clusterName }}' },
    required({ clusterName: { type: 'string', default: '' } }),
  ],
  [
    'a name inside an object that is empty by default',
    { nameTemplate: '{{ .source.spec.naming.name }}' },
    required({ naming: { type: 'object', default: {} as never, properties: { name: text } } }),
  ],
  [
    'a boolean that the source keeps as text',
    { template: body('  syncAllCustomResources: {{ .source.spec.all }}') },
    required({ all: text }),
  ],
  [
    'credentials that are encoded twice',
    { template: body('  caData: "{{ b64dec .references.authSecret.data.ca }}"') },
    undefined,
  ],
  [
    'JSON in an annotation',
    { template: body('  shardingName: "{{ (fromJson (index .source.metadata.annotations "a/b")).shard }}"') },
    undefined,
  ],
  [
    'labels that are handed on as a whole',
    {
      template:
        'metadata:\n  labels:\n    {{- toYaml .source.metadata.labels | nindent 4 }}\nspec: {kubeconfig: eDog, syncResources: []}\n',
    },
    undefined,
  ],
  [
    'a kubeconfig that is taken apart',
    {
      template: `{{- $config := fromYaml (b64dec .references.authSecret.data.value) }}
{{- $cluster := (index $config.clusters 0).cluster }}
spec:
  apiserver: {{ $cluster.server | quote }}
  caData: {{ index $cluster "certificate-authority-data" }}
  {{- with (index $config.users 0).user.token }}
  tokenData: {{ b64enc . }}
  {{- end }}
  syncResources: []
`,
    },
    undefined,
  ],
  [
    'a finalizer that is looked for',
    { creationCondition: '{{ has "fleet.example.io/ready" .source.metadata.finalizers }}' },
    undefined,
  ],
  [
    'an address of the right type among several',
    {
      template: body(
        '  apiserver: "{{ range .source.spec.addresses }}{{ if eq .type "External" }}{{ .host }}{{ end }}{{ end }}"',
      ),
    },
    required({
      addresses: {
        type: 'array',
        items: required({ type: { type: 'string', enum: ['Internal', 'External'] }, host: text }),
      },
    }),
  ],
];

const never: readonly [...Row, finding: string][] = [
  [
    'a condition that prints one of several words, none of which it should',
    { creationCondition: '{{ .source.spec.mode }}' },
    required({ mode: { type: 'string', enum: ['Push', 'Pull'] } }),
    'spec.creationCondition: prints something that is neither "true", "false" nor empty, which counts as false',
  ],
  [
    'a name with a character that none may have',
    { nameTemplate: 'a_{{ .source.metadata.name }}' },
    undefined,
    'spec.nameTemplate: the rendered name contains characters that a name cannot have; only a-z, 0-9, "-" and "." are allowed',
  ],
  [
    'a number for text',
    { template: body('  apiserver: {{ .source.spec.port }}') },
    required({ port: { type: 'integer' } }),
    'spec.template 3:14: spec.apiserver must be a string',
  ],
  [
    'text for a boolean',
    { template: body('  syncAllCustomResources: "{{ .source.spec.all }}"') },
    required({ all: text }),
    'spec.template 3:27: spec.syncAllCustomResources must be a boolean',
  ],
  [
    'credentials with a text around them that is not base64',
    { template: body('  tokenData: "Bearer {{ .references.authSecret.data.token }}"') },
    undefined,
    'spec.template 3:14: spec.tokenData must be base64; pipe the value through b64enc if it is not encoded yet',
  ],
  [
    'what fails without reading anything',
    { creationCondition: '{{ index (list true) 3 }}' },
    undefined,
    'spec.creationCondition 1:4: "index" failed on its arguments',
  ],
  [
    'a branch that only a status reaches',
    { template: body('{{ if .source.status.conditions }}  tokens: x{{ end }}') },
    undefined,
    'spec.template 3:37: unknown field spec.tokens',
  ],
];

const depends: readonly [...Row, finding: string][] = [
  [
    'a name that is one of several words, of which the first can be none',
    { nameTemplate: '{{ .source.spec.region }}' },
    required({ region: { type: 'string', enum: ['EU', 'us-east'] } }),
    'spec.nameTemplate: the rendered name contains upper-case letters; only a-z, 0-9, "-" and "." are allowed; pipe it through lower, for a source with spec.region: EU',
  ],
  [
    'a label that is one of several words, of which the last can be none',
    { template: `metadata:\n  labels:\n    tier: "{{ .source.spec.tier }}"\n${body('')}` },
    required({ tier: { type: 'string', enum: ['gold', 'silver', 'on request'] } }),
    'spec.template 3:11: metadata.labels["tier"] has a value that no label may have: it contains white space; pipe the value through trim, nospace or replace " " "-", for a source with spec.tier: on request',
  ],
  [
    'credentials that an optional flag leaves out when it is false',
    {
      template:
        'spec:\n  syncResources: []\n  apiserver: a\n{{ if .source.spec.on }}  tokenData: dG9r\n{{ end }}',
    },
    { type: 'object', properties: { on: { type: 'boolean' } } },
    'spec.template 1:1: renders a PediaCluster that Clusterpedia could never connect with: there is neither a kubeconfig, a token, nor a certificate with its key, for a source with spec.on: false',
  ],
  [
    'a flag where bytes are asked for: "true" happens to be base64',
    { template: body('  tokenData: "{{ .source.spec.on }}"') },
    required({ on: { type: 'boolean' } }),
    'spec.template 3:14: spec.tokenData must be base64; pipe the value through b64enc if it is not encoded yet, for a source with spec.on: false',
  ],
  [
    'an index beyond what most values have',
    { template: body('  shardingName: {{ index (splitList "/" .source.spec.path) 7 }}') },
    required({ path: text }),
    'spec.template 3:20: "index" failed on its arguments, unless the values that are read there have a form that samples lack',
  ],
  [
    'a line that needs a value beside it',
    { template: body('  apiserver: {{ with .source.status.url }}"{{ . }}"{{ else }}[{{ end }}') },
    undefined,
    'spec.template 4:3: the rendered text is not YAML: flow sequence in block collection must be sufficiently indented and end with a ], unless the values that are read there have a form that samples lack, for a source with no status.url',
  ],
];

describe('a policy that fits some data is not refused for data that was made up', () => {
  it.each(fits)('%s', (_, change, spec) => {
    expect(trial(change, spec)).toEqual([]);
  });
});

describe('what no data can mend is an error', () => {
  it.each(never)('%s', (_, change, spec, finding) => {
    expect(trial(change, spec)).toEqual([`error: ${finding}`]);
  });
});

describe('what depends on the data is a warning', () => {
  it.each(depends)('%s', (_, change, spec, finding) => {
    expect(trial(change, spec)).toEqual([`warning: ${finding}`]);
  });
});

/** A policy that needs nothing but its source. */
const alone = { references: [], nameTemplate: '{{ .source.metadata.name }}', creationCondition: 'true' };

const outweighed: readonly [...Row, existing: object, samples: string, both: readonly string[]][] = [
  [
    'a text of a form that samples lack',
    { ...alone, template: body('  shardingName: {{ index (splitList "/" .source.spec.path) 7 }}') },
    required({ path: text }),
    { path: 'a/b/c/d/e/f/g/h' },
    'warning: spec.template 3:20: "index" failed on its arguments, unless the values that are read there have a form that samples lack',
    [],
  ],
  [
    'a value of another type than the schema says',
    { ...alone, template: body('  apiserver: {{ .source.spec.port }}') },
    required({ port: { type: 'integer' } }),
    { port: 'cluster.example' },
    'error: spec.template 3:14: spec.apiserver must be a string',
    [],
  ],
  [
    'a word that the schema does not list: those that it lists are still told',
    { ...alone, nameTemplate: '{{ .source.spec.region }}', template: body('') },
    required({ region: { type: 'string', enum: ['EU', 'EU2'] } }),
    { region: 'us-east' },
    'error: spec.nameTemplate: the rendered name contains upper-case letters; only a-z, 0-9, "-" and "." are allowed; pipe it through lower',
    [
      'warning: spec.nameTemplate: the rendered name contains upper-case letters; only a-z, 0-9, "-" and "." are allowed; pipe it through lower, for a source with spec.region: EU',
    ],
  ],
];

describe('an existing source that renders well counts more than samples that do not', () => {
  it.each(outweighed)('%s', (_, change, spec, existing, samples, both) => {
    expect(trial(change, spec)).toEqual([samples]);
    expect(trial(change, spec, [existing])).toEqual(both);
  });

  it('unless it takes another branch', () => {
    const template = body(
      '{{ if .source.spec.on }}  apiserver: {{ .source.spec.port }}{{ else }}  apiserver: a.example{{ end }}',
    );
    const spec = required({ port: { type: 'integer' }, on: { type: 'boolean' } });
    const found = trial({ ...alone, template }, spec);
    expect(found).toHaveLength(1);
    expect(trial({ ...alone, template }, spec, [{ port: 'cluster.example', on: false }])).toEqual(found);
    expect(trial({ ...alone, template }, spec, [{ port: 'cluster.example', on: true }])).toEqual([]);
  });
});

describe('where no sample meets the creation condition', () => {
  const ready =
    '{{ $is := dict }}{{ range .source.status.conditions }}{{ $_ := set $is .type .status }}{{ end }}';
  const change = {
    ...alone,
    creationCondition: `${ready}{{ and (eq (get $is "Ready") "True") (not (empty .source.spec.url)) }}`,
    template: `{{ with .source.spec.url }}${body('  apiserver: {{ . }}')}{{ end }}`,
  };
  const spec: Schema = { type: 'object', properties: { url: text } };

  it('a source that it may keep out refuses no policy', () => {
    expect(trial(change, spec)).toEqual([expect.stringMatching(/^warning: .*no sample meets them/u)]);
  });

  it('a template that fails for all samples is refused', () => {
    const template = body('  apiserver: "{{ .source.spec.url }} {{ .source.spec.url }}"');
    expect(trial({ ...change, template }, spec)).toEqual([expect.stringMatching(/^error: /u)]);
  });

  it('an existing source that is imported outweighs what the samples show', () => {
    const creationCondition = `{{ $is := dict }}{{ range .source.spec.list }}{{ $_ := set $is .type .status }}{{ end }}{{ eq (get $is "Ready") "True" }}`;
    const listed: Schema = {
      type: 'object',
      properties: {
        url: text,
        list: { type: 'array', items: { type: 'object', properties: { type: text, status: text } } },
      },
    };
    const isReady = { url: 'cluster.example', list: [{ type: 'Ready', status: 'True' }] };
    expect(trial({ ...change, creationCondition }, listed, [isReady])).toEqual([]);
    expect(trial({ ...change, creationCondition }, listed, [{ ...isReady, list: [] }])).toEqual([
      expect.stringMatching(/^warning: .*no sample meets them/u),
    ]);
  });
});
