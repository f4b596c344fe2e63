import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec, Schema } from '../../../src/api/index.ts';
import { checkStructure } from '../../../src/policy/checks/structure.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
import { toEnd } from '../../../src/policy/paced.ts';
import { PolicyTypes } from '../../../src/policy/typing/policy-types.ts';
import { clusterFacts, policyWith, secretFacts } from '../policies.ts';

const text: Schema = { type: 'string' };
const object = (properties: NonNullable<Schema['properties']>, more: Schema = {}): Schema => ({
  type: 'object',
  properties,
  ...more,
});

const schema = object({
  spec: object({
    region: text,
    endpoint: text,
    replicas: { type: 'integer' },
    paused: { type: 'boolean' },
    mode: { type: 'string', enum: ['Push', 'Pull'] },
    sites: { type: 'array', items: text },
    nodes: { type: 'array', items: object({ host: text }) },
    labels: { type: 'object', additionalProperties: text },
    aws: object({ arn: text }),
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  }),
  status: object({
    conditions: { type: 'array', items: object({ type: text, status: text }) },
  }),
});

function found(template: string, change: Partial<ClusterImportPolicySpec> = {}): string[] {
  const { templates } = compilePolicy(policyWith({ ...change, template, creationCondition: 'true' }).spec);
  const types = new PolicyTypes({ ...clusterFacts, schema }, new Map([['authSecret', secretFacts]]));
  const findings = toEnd(checkStructure(templates, types));
  return findings.map((finding) => `${finding.severity}: ${formatFinding(finding)}`);
}

const error = (message: string) => `error: spec.template ${message}`;

/** A template with some lines behind the fields that must be there; the first of them is the third line. */
const rendering = (...lines: readonly string[]) => ['spec:', '  syncResources: []', ...lines, ''].join('\n');

describe('what is wrong in a branch is refused, whatever the condition asks', () => {
  it.each<[string]>([
    ['if eq .source.spec.region "eu-west"'],
    ['if ne .source.spec.region "eu-west"'],
    ['if hasPrefix "eu-" .source.spec.region'],
    ['if gt .source.spec.replicas 3'],
    ['if gt (len .source.spec.sites) 2'],
    ['if and .source.spec.region (eq .source.spec.mode "Push")'],
    ['if or (not .source.spec.region) .source.spec.paused'],
    ['if hasKey .source.spec.labels "a.b/c"'],
    ['if regexMatch "^eu-[0-9]+$" .source.spec.region'],
    ['if semverCompare ">=1.30" .source.spec.region'],
    ['with .source.spec.aws'],
    ['range .source.spec.nodes'],
    ['if (fromJson .source.spec.region).x'],
    ['if not .source.spec.region }}{{ else'],
    [
      'range .source.status.conditions }}{{ if and (eq .type "Ready") (eq .status "True") }}{{ end }}{{ end }}{{ if true',
    ],
  ])('{{ %s }}', (condition) => {
    expect(found(rendering(`{{ ${condition} }}`, '  apiservr: x', '{{ end }}'))).toEqual([
      error('4:3: unknown field spec.apiservr; did you mean "apiserver"?'),
    ]);
  });

  it.each<[string, readonly string[], string[]]>([
    [
      'text for a boolean',
      ['{{ if .source.spec.paused }}', '  syncAllCustomResources: "yes"', '{{ end }}'],
      [error('4:27: spec.syncAllCustomResources must be a boolean')],
    ],
    [
      'a number for a string',
      ['{{ if .source.spec.paused }}', '  shardingName: 3', '{{ end }}'],
      [error('4:17: spec.shardingName must be a string; put it in quotes')],
    ],
    [
      'an integer of the data for a string',
      ['{{ if .source.spec.paused }}', '  shardingName: {{ .source.spec.replicas }}', '{{ end }}'],
      [
        error(
          '4:20: spec.shardingName must be a string, but .source.spec.replicas is an integer; pipe it through quote',
        ),
      ],
    ],
    [
      'a list of the data for a string',
      ['  apiserver: {{ .source.spec.sites }}'],
      [
        error(
          '3:17: spec.apiserver must be a string, but .source.spec.sites is a list of strings; pick an item with "index" or "first"',
        ),
      ],
    ],
    [
      'an enum without "true" for a boolean',
      ['  syncAllCustomResources: {{ .source.spec.mode }}'],
      [
        error(
          '3:30: spec.syncAllCustomResources must be a boolean, but .source.spec.mode is one of the strings "Push", "Pull"',
        ),
      ],
    ],
    [
      'a map for a list, and a list for a map',
      ['  authenticationFrom: [a]', '{{ if .source.spec.paused }}', '  syncResources: {a: b}', '{{ end }}'],
      [
        error('3:23: spec.authenticationFrom must be an object, not a list'),
        error('5:3: the key "syncResources" stands twice in one mapping'),
        error('5:18: spec.syncResources must be an array, not a map'),
      ],
    ],
    [
      'an encoded list of other items',
      [
        '{{ if .source.spec.paused }}',
        '  syncResources: {{ toYaml .source.spec.sites | nindent 4 }}',
        '{{ end }}',
      ],
      [
        error('4:3: the key "syncResources" stands twice in one mapping'),
        error(
          '4:21: spec.syncResources must be an array, but nindent 4 (toYaml .source.spec.sites) is YAML of a list of strings',
        ),
      ],
    ],
    [
      'an encoding that has become plain text, indented on a line of its own',
      ['  authenticationFrom:', '    {{- toYaml .source.spec.free | upper | nindent 4 }}'],
      [
        error(
          '4:9: spec.authenticationFrom must be an object, but nindent 4 (upper (toYaml .source.spec.free)) is a string; "upper" makes plain text of what was encoded: leave it out',
        ),
      ],
    ],
    [
      'an encoding that has become plain text',
      ['  authenticationFrom: {{ replace "a" "b" (toYaml .source.spec.free) }}'],
      [
        error(
          '3:26: spec.authenticationFrom must be an object, but replace "a" "b" (toYaml .source.spec.free) is a string; "replace" makes plain text of what was encoded: leave it out',
        ),
      ],
    ],
    [
      'text that is no YAML',
      ['{{ if .source.spec.paused }}', '  apiserver: [x', '{{ else }}', '  apiserver: x', '{{ end }}'],
      [
        error(
          '3:7: where this condition holds, the rendered text is not YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
        ),
      ],
    ],
    [
      'text that is no YAML whatever the condition',
      ['{{ if .source.spec.paused }}', '  apiserver: x', '{{ end }}', '  region: a: b'],
      [error('6:3: the rendered text is not YAML: nested mappings are not allowed in compact mappings')],
    ],
    [
      'in a template that is called',
      [
        '{{ template "t" .source.spec }}',
        '{{ define "t" }}{{ if .region }}',
        '  region: x',
        '{{ end }}{{ end }}',
      ],
      [error('5:3: unknown field spec.region')],
    ],
  ])('%s', (_, lines, findings) => {
    expect(found(rendering(...lines))).toEqual(findings);
  });

  it('in Handlebars', () => {
    const lines = [
      '{{#if source.spec.paused}}',
      '  shardingName: {{source.spec.replicas}}',
      '{{else}}',
      '  tokn: x',
      '{{/if}}',
    ];
    expect(
      found(rendering(...lines), {
        templateEngine: 'Handlebars',
        nameTemplate: 'x',
        references: [],
      }),
    ).toEqual([
      error(
        '4:19: spec.shardingName must be a string, but source.spec.replicas is an integer; pipe it through quote',
      ),
      error('6:3: unknown field spec.tokn'),
    ]);
  });
});

describe('what may well be right passes', () => {
  it.each<[string, readonly string[]]>([
    [
      'values in quotes and without',
      ['  apiserver: "{{ .source.spec.endpoint }}"', '  shardingName: {{ .source.spec.region }}-x'],
    ],
    [
      'an integer in quotes',
      [
        '  shardingName: {{ .source.spec.replicas | quote }}',
        '  syncResourcesRefName: "{{ .source.spec.replicas }}"',
      ],
    ],
    ['a string that may be "true"', ['  syncAllCustomResources: {{ .source.spec.region }}']],
    [
      'a boolean',
      [
        '  syncAllCustomResources: {{ .source.spec.paused }}',
        '  shardingName: {{ if .source.spec.paused }}a{{ end }}',
      ],
    ],
    ['encoded structure of any kind', ['  authenticationFrom: {{ toYaml .source.spec.free | nindent 4 }}']],
    [
      'an encoded map among other fields',
      ['  authenticationFrom:', '    ca: {name: a, key: b}', '{{ toYaml .source.spec.free | indent 4 }}'],
    ],
    ['a value alone on a line that may be empty', ['{{ .source.spec.region }}']],
    [
      'a field of one of two branches',
      ['{{ if .source.spec.paused }}', '  apiserver: a', '{{ else }}', '  apiserver: b', '{{ end }}'],
    ],
    [
      'what only two conditions together would break',
      [
        '{{ if .source.spec.region }}',
        '  apiserver: "x',
        '{{ end }}{{ if .source.spec.region }}    y"',
        '{{ end }}',
      ],
    ],
    [
      'a branch that the enum rules out',
      ['{{ if eq .source.spec.mode "None" }}', '  tokens: x', '{{ end }}'],
    ],
    [
      'a branch that fails on purpose',
      ['{{ if not .source.spec.region }}{{ fail "no region" }}{{ end }}', '  apiserver: x'],
    ],
    ['nothing for a field', ['  apiserver: {{ .source.spec.nothing }}', '  tokens:']],
  ])('%s', (_, lines) => {
    expect(found(rendering(...lines))).toEqual([]);
  });

  it('labels and annotations with any name', () => {
    expect(
      found('metadata:\n  labels:\n    a.b/c: {{ .source.spec.region }}\nspec:\n  syncResources: []\n'),
    ).toEqual([]);
  });
});

it('a template with very many branches is looked at within bounds', () => {
  const branches = Array.from(
    { length: 400 },
    (_, i) => `{{ if eq .source.spec.region "r${String(i)}" }}  apiserver: x${String(i)}\n{{ end }}`,
  );
  expect(found(rendering(...branches))).toEqual([]);
});

it('a branch behind the place of a fault is not blamed for it', () => {
  expect(
    found(
      rendering(
        '{{ if .source.spec.paused }}',
        '  shardingName: a',
        '{{ else }}',
        ' shardingName: a',
        '{{ end }}',
        '{{ if .source.spec.region }}',
        '  apiserver: b',
        '{{ else }}',
        '  apiserver: c',
        '{{ end }}',
      ),
    ),
  ).toEqual([
    error(
      '3:7: where this condition does not hold, the rendered text is not YAML: all mapping items must start at the same column',
    ),
  ]);
});

it('pauses before each way that it reads, so that others are served meanwhile', () => {
  const branches = Array.from(
    { length: 9 },
    (_, at) => `{{ if eq .source.spec.region "${String(at)}" }}{{ end }}`,
  );
  const { templates } = compilePolicy(
    policyWith({ template: rendering(...branches), creationCondition: 'true' }).spec,
  );
  const work = checkStructure(templates, new PolicyTypes({ ...clusterFacts, schema }, new Map()));
  let pauses = 0;
  while (work.next().done !== true) pauses++;
  expect(pauses).toBeGreaterThanOrEqual(branches.length);
});
