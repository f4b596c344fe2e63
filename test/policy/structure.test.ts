import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject, RenderedPediaCluster } from '../../src/api/index.ts';
import type { CompiledPolicy } from '../../src/policy/index.ts';
import { compilePolicy, YamlRenderer } from '../../src/policy/index.ts';
import type { Value } from '../../src/template/index.ts';

/*
 * Values never change structure, whatever a template does with them on their way: through the whole engine, where
 * yaml-shape.test.ts looks at the renderer alone.
 */

type Engine = 'GoTemplate' | 'Handlebars';

/** A policy whose template writes annotations, below `    ` of indentation. */
function writing(annotations: string, templateEngine: Engine, before = ''): CompiledPolicy {
  return compilePolicy({
    source: { group: 'x.io', resource: 'clusters' },
    nameTemplate: 'x',
    templateEngine,
    template: `${before}metadata:\n  annotations:\n${annotations}\n    last: x\nspec:\n  syncResources: []\n`,
  });
}

/** The annotations rendered for a value; all else must be as the template says. */
function annotationsOf(policy: CompiledPolicy, value: string): unknown {
  const source: KubeObject = {
    apiVersion: 'x.io/v1',
    kind: 'Cluster',
    metadata: { name: 'c' },
    spec: { value, encoded: Buffer.from(value).toString('base64'), map: { [`k${value}`]: value } },
  };
  // What the document holds, before it is judged as a PediaCluster: Kubernetes refuses most of these as keys.
  const body = policy.templates.find(({ role }) => role === 'pediaCluster');
  const fragments = body?.template.executeFragments({ source, references: {} } as unknown as Value) ?? [];
  const { metadata, spec } = new YamlRenderer().render(fragments) as RenderedPediaCluster;
  const { last, ...annotations } = metadata?.annotations ?? {};
  expect({ last, spec, fields: Object.keys(metadata ?? {}) }).toEqual({
    last: 'x',
    spec: { syncResources: [] },
    fields: ['annotations'],
  });
  return annotations;
}

/** Everything that means something to YAML, to the templates or to the renderer itself; alone, in a row, and amid any text. */
const meaningful = fc.constantFrom(
  ...[
    '"',
    "'",
    '\n',
    '\r\n',
    '\t',
    ': ',
    ' #',
    '- ',
    '? ',
    '---',
    '...',
    '&a',
    '*a',
    '!!int ',
    '!',
    '%YAML 1.1\n',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    '|',
    '>-',
    '<<',
    '<<: ',
    '~',
    'null',
    'true',
    '0x1F',
    '.inf',
    '\\',
    '\\n',
    '\u0000',
  ],
  ...[
    '\u0085',
    '\u2028',
    '\ufeff',
    '😀',
    '{{',
    '}}',
    '{{ .x }}',
    'InterpolatedValue0_',
    'Interpolated1Value',
  ],
  ...[
    '\n    last: y',
    '\nspec:\n  syncResources: [{group: x, resources: [y]}]',
    '__proto__',
    'constructor',
    ' ',
  ],
);
const anything = fc
  .array(fc.oneof(meaningful, fc.string({ unit: 'grapheme' })), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join(''))
  .filter((value) => value !== '');

/** Go's encoder of YAML writes these three as line breaks, which its decoder reads as spaces; so does `toYaml` here. */
const withoutOldBreaks = (value: string) => value.replace(/[\u0085\u2028\u2029]/g, '');

type Way = readonly [name: string, annotations: string, expected: (value: string) => unknown];

const as = (of: (value: string) => string) => (value: string) => ({ a: of(value) });
const asItself = as((value) => value);
const V = '.source.spec.value';

const ways: readonly Way[] = [
  ['in double quotes', `    a: "{{ ${V} }}"`, asItself],
  ['in single quotes', `    a: '{{ ${V} }}'`, asItself],
  ['after other text', `    a: x-{{ ${V} }}`, as((value) => `x-${value}`)],
  ['between quoted text, twice', `    a: "<{{ ${V} }}|{{ ${V} }}>"`, as((value) => `<${value}|${value}>`)],
  ['in a literal block', `    a: |-\n      {{ ${V} }}`, asItself],
  ['in a folded block', `    a: >-\n      {{ ${V} }}`, asItself],
  ['indented in a literal block', `    a: |-\n{{ ${V} | indent 6 }}`, asItself],
  ['on lines of its own in a literal block', `    a: |-\n      {{- ${V} | nindent 6 }}`, asItself],
  ['by quote', `    a: {{ ${V} | quote }}`, asItself],
  ['by squote', `    a: {{ ${V} | squote }}`, asItself],
  ['by printf and quote', `    a: {{ printf "x-%s" ${V} | quote }}`, as((value) => `x-${value}`)],
  ['by toJson', `    a: {{ ${V} | toJson }}`, asItself],
  ['by toYaml', `    a: {{ ${V} | toYaml }}`, asItself],
  ['by toYaml of a map', `    {{- dict "a" ${V} | toYaml | nindent 4 }}`, asItself],
  ['by toJson of a map', `    a: "{{ (dict "k" ${V} | toJson | fromJson).k }}"`, asItself],
  [
    'as a key, by range',
    `    {{- range $k, $v := .source.spec.map }}\n    {{ $k }}: {{ $v | quote }}\n    {{- end }}`,
    (value) => ({ [`k${value}`]: value }),
  ],
  [
    'as a key, by toYaml',
    '    {{- toYaml .source.spec.map | nindent 4 }}',
    (value) => ({ [`k${value}`]: value }),
  ],
  ['as a quoted key', `    "k{{ ${V} }}": x`, (value) => ({ [`k${value}`]: 'x' })],
  ['in a flow mapping', `    a: "{{ ${V} }}" # {{ ${V} }}`, asItself],
  ['decoded', '    a: "{{ b64dec .source.spec.encoded }}"', asItself],
  [
    'in a branch',
    `    a: "{{ if contains "x" ${V} }}{{ ${V} }}{{ else }}{{ with ${V} }}{{ . }}{{ end }}{{ end }}"`,
    asItself,
  ],
  ['through a variable', `    a: {{ $v := ${V} }}"{{ $v }}"`, asItself],
  ['joined', `    a: "{{ list ${V} "y" | join "," }}"`, as((value) => `${value},y`)],
  [
    'with a part replaced',
    `    a: "{{ ${V} | replace "zzz" "" }}"`,
    as((value) => value.replaceAll('zzz', '')),
  ],
  ['defaulted', `    a: "{{ ${V} | default "d" }}"`, asItself],
];

describe('a value arrives as itself, and changes nothing else', () => {
  it.each(ways)('%s', (_, annotations, expected) => {
    const policy = writing(annotations, 'GoTemplate');
    const values = annotations.includes('toYaml') ? anything.map(withoutOldBreaks) : anything;
    fc.assert(
      fc.property(values, (value) => {
        fc.pre(value !== '');
        expect(annotationsOf(policy, value)).toEqual(expected(value));
      }),
    );
  });

  it('through a template of its own', () => {
    const policy = writing(
      `    a: "{{ template "t" ${V} }}"`,
      'GoTemplate',
      '{{ define "t" }}{{ . }}{{ end }}',
    );
    fc.assert(
      fc.property(anything, (value) => {
        expect(annotationsOf(policy, value)).toEqual({ a: value });
      }),
    );
  });

  const handlebars: readonly Way[] = [
    ['in double quotes', '    a: "{{source.spec.value}}"', asItself],
    ['in single quotes', "    a: '{{source.spec.value}}'", asItself],
    ['unescaped', '    a: "{{{source.spec.value}}}"', asItself],
    ['in a literal block', '    a: |-\n      {{source.spec.value}}', asItself],
    ['by quote', '    a: {{quote source.spec.value}}', asItself],
    ['by toJson', '    a: {{toJson source.spec.value}}', asItself],
    [
      'as a key, by each',
      '{{#each source.spec.map}}\n    "{{@key}}": "{{this}}"\n{{/each}}',
      (value) => ({ [`k${value}`]: value }),
    ],
  ];

  it.each(handlebars)('in Handlebars, %s', (_, annotations, expected) => {
    const policy = writing(annotations, 'Handlebars');
    fc.assert(
      fc.property(anything, (value) => {
        expect(annotationsOf(policy, value)).toEqual(expected(value));
      }),
    );
  });

  it('be it a megabyte long', () => {
    const value = '": x\n'.repeat(200_000);
    expect(annotationsOf(writing(`    a: "{{ ${V} }}"`, 'GoTemplate'), value)).toEqual({ a: value });
  });
});
