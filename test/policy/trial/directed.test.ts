import { describe, expect, it } from 'vitest';
import type { Schema } from '../../../src/api/index.ts';
import { compileHandlebars } from '../../../src/handlebars/index.ts';
import { toEnd } from '../../../src/policy/paced.ts';
import { objectSchema } from '../../../src/policy/trial/object-schema.ts';
import { directedSamples } from '../../../src/policy/trial/directed.ts';
import type { TrialData } from '../../../src/policy/trial/data.ts';
import type { Directed } from '../../../src/policy/trial/directed.ts';
import { fitsSchema } from '../../../src/policy/trial/solve-values.ts';
import { allFunctions } from '../../../src/sprig/index.ts';
import { compile } from '../../../src/template/index.ts';

const text: Schema = { type: 'string' };

/** A source with what platforms have: an enum, optional texts, numbers, lists of conditions, maps, an open part. */
const schema: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        region: text,
        tier: { type: 'string', enum: ['gold', 'silver'] },
        version: text,
        endpoint: text,
        replicas: { type: 'integer', minimum: 0 },
        paused: { type: 'boolean' },
        host: text,
        port: { type: 'integer' },
        zones: { type: 'array', items: text },
        config: { type: 'string' },
        open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: {
      type: 'object',
      properties: {
        phase: { type: 'string', enum: ['Pending', 'Ready', 'Failed'] },
        ready: { type: 'integer' },
        conditions: {
          type: 'array',
          items: {
            type: 'object',
            required: ['type', 'status'],
            properties: {
              type: text,
              status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
              reason: text,
            },
          },
        },
        addresses: { type: 'object', additionalProperties: text },
      },
    },
  },
};

const secret: Schema = {
  type: 'object',
  properties: { data: { type: 'object', additionalProperties: { type: 'string', format: 'byte' } } },
};

const plain: TrialData = {
  source: {
    apiVersion: 'example.com/v1',
    kind: 'Cluster',
    metadata: { name: 'synthetic', namespace: 'synthetic', uid: '1' },
    spec: { region: 'synthetictxt', tier: 'gold', replicas: 1 },
    status: { phase: 'Pending', conditions: [{ type: 'synthetictxt', status: 'True' }] },
  },
  references: {
    credentials: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'synthetic', namespace: 'synthetic', uid: '2' },
      data: { value: btoa('synthetictxt') },
    },
  },
};

const shapes = { source: schema, references: new Map([['credentials', secret]]) };

const languages = {
  go: (template: string) => compile(template, { functions: allFunctions }),
  handlebars: (template: string) => compileHandlebars(template, { functions: allFunctions }),
};

function directed(template: string, language: keyof typeof languages = 'go'): Directed {
  return toEnd(
    directedSamples(
      [{ field: 'spec.template', role: 'pediaCluster', template: languages[language](template) }],
      shapes,
      [plain],
    ),
  );
}

/** The outcomes that are not met, with what is said of them. */
function unmet({ coverage }: Directed): string[] {
  return coverage.flatMap(({ points }) =>
    points.flatMap(({ point, outcomes }) =>
      outcomes.flatMap((state, i) =>
        state === 'met' ? [] : [`${point.kind} ${point.outcomes[i] ?? ''}: ${state}`],
      ),
    ),
  );
}

describe('directed samples reach every outcome of', () => {
  it.each([
    ['a comparison with a constant', '{{ if eq .source.spec.region "eu-west" }}x{{ else }}y{{ end }}'],
    ['the contrary', '{{ if ne .source.spec.region "eu-west" }}x{{ else }}y{{ end }}'],
    ['a comparison with one of several', '{{ if eq .source.spec.region "a" "b" }}{{ end }}'],
    [
      'an enum',
      '{{ if eq .source.status.phase "Ready" }}x{{ else if eq .source.status.phase "Failed" }}y{{ end }}',
    ],
    ['a comparison of two fields', '{{ if eq .source.spec.region .source.spec.host }}{{ end }}'],
    ['a beginning', '{{ if hasPrefix "https://" .source.spec.endpoint }}{{ end }}'],
    ['an end', '{{ if .source.spec.endpoint | hasSuffix ":6443" }}{{ end }}'],
    ['a part', '{{ if contains "prod" .source.metadata.name }}{{ end }}'],
    [
      'a regular expression',
      '{{ if regexMatch "^v[0-9]+\\\\.[0-9]{2}(-rc\\\\.\\\\d)?$" .source.spec.version }}{{ end }}',
    ],
    ['a key', '{{ if hasKey .source.metadata.annotations "example.com/import" }}{{ end }}'],
    ['a key and its value', '{{ if eq (index .source.metadata.labels "a.b/c") "yes" }}{{ end }}'],
    ['get', '{{ if eq (get .source.metadata.labels "a.b/c") "yes" }}{{ end }}'],
    ['dig', '{{ if dig "spec" "open" "enabled" false .source }}{{ end }}'],
    ['numbers', '{{ if gt .source.spec.replicas 3 }}{{ else if lt .source.spec.replicas 1 }}{{ end }}'],
    [
      'at least and at most',
      '{{ if ge .source.spec.replicas 7 }}{{ end }}{{ if le .source.spec.port 100 }}{{ end }}',
    ],
    ['a length', '{{ if gt (len .source.spec.zones) 2 }}{{ end }}'],
    ['no items', '{{ if eq (len .source.status.conditions) 0 }}{{ end }}'],
    ['versions', '{{ if semverCompare ">=1.28 <2" .source.spec.version }}{{ end }}'],
    ['older versions', '{{ if semverCompare "<1.20.0" .source.spec.version }}{{ end }}'],
    ['empty', '{{ if empty .source.spec.host }}{{ end }}'],
    [
      'a kind',
      '{{ if kindIs "map" .source.spec.open.value }}{{ else if kindIs "slice" .source.spec.open.value }}{{ end }}',
    ],
    [
      'not, and, or',
      '{{ if not (and (eq .source.spec.tier "silver") (or .source.spec.paused .source.spec.host)) }}{{ end }}',
    ],
    [
      'what stands one in the other',
      '{{ if .source.spec.paused }}{{ if eq .source.spec.tier "silver" }}{{ with .source.spec.host }}{{ if eq . "h" }}{{ end }}{{ end }}{{ end }}{{ end }}',
    ],
    ['a default', '{{ .source.spec.host | default "none" }}'],
    ['ternary', '{{ ternary "a" "b" (eq .source.spec.tier "silver") }}'],
    ['coalesce', '{{ coalesce .source.spec.host .source.spec.endpoint .source.spec.region }}'],
    [
      'with and range',
      '{{ with .source.spec.host }}{{ end }}{{ range .source.spec.zones }}{{ if eq . "a" }}{{ end }}{{ else }}{{ end }}',
    ],
    [
      'a search for a condition',
      '{{ range .source.status.conditions }}{{ if and (eq .type "Ready") (eq .status "False") }}x{{ end }}{{ end }}',
    ],
    [
      'a search that sets a variable',
      '{{ $ready := false }}{{ range .source.status.conditions }}{{ if and (eq .type "Ready") (eq .status "True") }}{{ $ready = true }}{{ end }}{{ end }}{{ if $ready }}x{{ end }}',
    ],
    [
      'two searches',
      '{{ $a := "" }}{{ $b := "" }}{{ range .source.status.conditions }}{{ if eq .type "A" }}{{ $a = .status }}{{ end }}{{ end }}{{ range .source.status.conditions }}{{ if eq .type "B" }}{{ $b = .status }}{{ end }}{{ end }}{{ if and (eq $a "True") (eq $b "False") }}x{{ end }}',
    ],
    [
      'a loop over a map',
      '{{ range $k, $v := .source.status.addresses }}{{ if eq $k "external" }}{{ if hasPrefix "10." $v }}x{{ end }}{{ end }}{{ end }}',
    ],
    [
      'what is decoded',
      '{{ $k := .references.credentials.data.value | b64dec | fromYaml }}{{ if $k.users }}{{ if eq (index $k.users 0).name "admin" }}x{{ end }}{{ end }}',
    ],
    [
      'JSON of an annotation',
      '{{ with index .source.metadata.annotations "config" }}{{ $c := fromJson . }}{{ if eq $c.mode "import" }}x{{ end }}{{ end }}',
    ],
    ['a missing key of a Secret', '{{ if index .references.credentials.data "token" }}{{ end }}'],
    [
      'other letters and ends',
      '{{ if eq (.source.spec.region | lower | trimSuffix ".local" | trim) "eu" }}{{ end }}',
    ],
    [
      'parts of a text',
      '{{ if eq (index (splitList "/" .source.spec.host) 1) "b" }}{{ end }}{{ if eq (split ":" .source.spec.endpoint)._1 "6443" }}{{ end }}',
    ],
    [
      'what is put together',
      '{{ if eq (printf "%s.example.com" .source.spec.host) "a.example.com" }}{{ end }}',
    ],
    ['a list of constants', '{{ if has .source.spec.region (list "eu" "us") }}{{ end }}'],
    ['a list of the data', '{{ if has "z" .source.spec.zones }}{{ end }}'],
    [
      'the first and the last',
      '{{ if eq (first .source.spec.zones) "a" }}{{ end }}{{ if eq (last .source.spec.zones) "b" }}{{ end }}',
    ],
    [
      'templates that are called',
      '{{ define "t" }}{{ if eq .tier "silver" }}x{{ end }}{{ end }}{{ template "t" .source.spec }}',
    ],
    [
      'a variable of a branch',
      '{{ $x := "a" }}{{ if .source.spec.paused }}{{ $x = "b" }}{{ end }}{{ if eq $x "b" }}{{ end }}',
    ],
    [
      'numbers in texts',
      '{{ if eq (atoi .source.spec.version) 7 }}{{ end }}{{ if gt (int .source.spec.port) 443 }}{{ end }}',
    ],
    ['a reference that is not there', '{{ if .references.credentials }}x{{ else }}y{{ end }}'],
    ['keys', '{{ if has "external" (keys .source.status.addresses) }}{{ end }}'],
    [
      'any and all',
      '{{ if any .source.spec.host .source.spec.endpoint }}{{ end }}{{ if all .source.spec.host .source.spec.endpoint }}{{ end }}',
    ],
  ])('%s', (_name, template) => {
    const result = directed(template);
    expect(unmet(result)).toEqual([]);
    expect(result.renderings).toBeLessThan(40);
  });
});

describe('directed samples in Handlebars reach every outcome of', () => {
  it.each([
    ['a comparison', '{{#if (eq source.spec.region "eu")}}{{else}}{{/if}}'],
    [
      'blocks in one another',
      '{{#if source.spec.paused}}{{#unless (eq source.spec.tier "gold")}}{{#with source.spec.host}}{{#if (hasPrefix "a" this)}}{{/if}}{{/with}}{{/unless}}{{/if}}',
    ],
    [
      'a search',
      '{{#each source.status.conditions}}{{#if (and (eq type "Ready") (eq status "False"))}}x{{/if}}{{/each}}',
    ],
    [
      'what is looked up',
      '{{#if (eq (lookup source.metadata.annotations "a.b/c") "yes")}}{{/if}}{{#if (lookup references.credentials.data "token")}}{{/if}}',
    ],
    [
      'a choice',
      '{{default "a" source.spec.host}}{{#if (or source.spec.endpoint source.spec.paused)}}{{/if}}',
    ],
  ])('%s', (_name, template) => {
    expect(unmet(directed(template, 'handlebars'))).toEqual([]);
  });
});

describe('an outcome that no data reaches is told as impossible:', () => {
  it.each([
    ['a constant condition', '{{ if false }}{{ end }}', ['if holds: impossible']],
    [
      'a value that the enum lacks',
      '{{ if eq .source.status.phase "Redy" }}{{ end }}',
      ['if holds: impossible'],
    ],
    [
      'a branch behind one of these',
      '{{ if eq .source.spec.tier "bronze" }}{{ if .source.spec.host }}{{ end }}{{ end }}',
      ['if holds: impossible', 'if holds: impossible', 'if does not hold: impossible'],
    ],
    [
      'what contradicts what stands around it',
      '{{ if eq .source.spec.region "a" }}{{ if ne .source.spec.region "a" }}{{ end }}{{ end }}',
      ['if holds: impossible'],
    ],
    [
      'a number where the field is a string',
      '{{ if eq .source.spec.region 3 }}{{ end }}',
      // It fails either way, which types tell.
      ['if holds: impossible', 'if does not hold: unknown'],
    ],
  ])('%s', (_name, template, expected) => {
    expect(unmet(directed(template))).toEqual(expected);
  });
});

describe('nothing is concluded where the engine cannot read backwards:', () => {
  it.each([
    ['a hash', '{{ if eq (sha256sum .source.spec.region) "x" }}{{ end }}'],
    ['arithmetic', '{{ if eq (mul .source.spec.replicas 7) 700 }}{{ end }}'],
    ['the clock', '{{ if eq (now | date "2006") "1999" }}{{ end }}'],
    [
      'two fields whose values might be equal otherwise',
      '{{ if and (eq .source.spec.tier .source.status.phase) true }}{{ end }}',
    ],
  ])('%s', (_name, template) => {
    const found = unmet(directed(template));
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((line) => line.endsWith(': unknown'))).toBe(true);
  });
});

describe('directed samples', () => {
  const everything = [
    '{{ range $i, $c := .source.status.conditions }}{{ if and (eq $c.type "Ready") (ne $c.status "True") }}{{ end }}{{ end }}',
    '{{ with .source.spec.open.config }}{{ if eq (fromJson .).mode "x" }}{{ end }}{{ end }}',
    '{{ if and .source.spec.paused (eq .source.spec.tier "silver") (gt .source.spec.replicas 2) }}{{ end }}',
    '{{ if eq (index .references.credentials.data "token" | b64dec) "t" }}{{ end }}',
  ].join('');

  it('fit the schemas, but for what the template takes from what no schema tells', () => {
    const { samples } = directed(everything);
    expect(samples.length).toBeGreaterThan(0);
    for (const { source, references } of samples) {
      expect(fitsSchema(source, objectSchema(schema))).toBe(true);
      expect(fitsSchema(references['credentials'], objectSchema(secret))).toBe(true);
    }
  });

  it('are the same each time', () => {
    expect(JSON.stringify(directed(everything))).toBe(JSON.stringify(directed(everything)));
  });

  it('change nothing of the plain ones', () => {
    const before = JSON.stringify(plain);
    directed(everything);
    expect(JSON.stringify(plain)).toBe(before);
  });

  it('are selected and created, where the templates say so', () => {
    const policy = [
      ['spec.source.selectorTemplate', 'selector', '{{ eq .source.spec.region "eu" }}'],
      ['spec.nameTemplate', 'name', '{{ if .source.spec.host }}a{{ else }}b{{ end }}'],
      [
        'spec.creationCondition',
        'condition',
        '{{ range .source.status.conditions }}{{ if eq .type "Ready" }}true{{ end }}{{ end }}',
      ],
      ['spec.template', 'pediaCluster', '{{ if .source.spec.paused }}a{{ else }}b{{ end }}'],
    ] as const;
    const templates = policy.map(([field, role, template]) => ({
      field,
      role,
      template: languages.go(template),
    }));
    const { samples } = toEnd(directedSamples(templates, shapes, [plain]));
    const made = samples.filter((sample) => sample.for.field === 'spec.template');
    expect(made.length).toBeGreaterThan(0);
    for (const { source, references } of made) {
      for (const { role, template } of templates.filter(
        ({ role }) => role === 'selector' || role === 'condition',
      ))
        expect(template.execute({ source, references } as never), role).toBe('true');
    }
  });

  it.each([
    [
      'many conditions',
      Array.from({ length: 800 }, (_, i) => `{{ if eq .source.spec.region "r${String(i)}" }}{{ end }}`).join(
        '',
      ),
    ],
    ['conditions within one another', '{{ if .source.spec.paused }}'.repeat(150) + '{{ end }}'.repeat(150)],
    [
      'many alternatives',
      `{{ if and ${'(or .source.spec.region .source.spec.host) '.repeat(200)} }}{{ end }}`,
    ],
    [
      'variables that multiply',
      `{{ $x := "" }}${'{{ if .source.spec.paused }}{{ $x = print $x "a" }}{{ else }}{{ $x = print $x "b" }}{{ end }}'.repeat(100)}{{ if eq $x "q" }}{{ end }}`,
    ],
    [
      'templates that multiply',
      `${Array.from({ length: 8 }, (_, i) => `{{ define "t${String(i)}" }}{{ if . }}${`{{ template "t${String(i + 1)}" . }}`.repeat(6)}{{ end }}{{ end }}`).join('')}{{ define "t8" }}{{ if eq . "x" }}{{ end }}{{ end }}{{ template "t0" .source.spec.region }}`,
    ],
    ['work without end', '{{ range 1000000000 }}{{ end }}{{ if eq .source.spec.region "a" }}{{ end }}'],
  ])('are bounded for %s', (_name, template) => {
    const { renderings, samples } = directed(template);
    expect(renderings).toBeLessThanOrEqual(200);
    expect(samples.length).toBeLessThan(renderings);
  });

  it('take no more steps together than they may', () => {
    const template = languages.go(
      '{{ range until 1000 }}{{ end }}{{ if eq .source.spec.region "a" }}{{ end }}',
    );
    const { renderings } = toEnd(
      directedSamples([{ field: 'spec.template', role: 'pediaCluster', template }], shapes, [plain], {
        steps: 100,
      }),
    );
    expect(renderings).toBe(1);
  });
});
