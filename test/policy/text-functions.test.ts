import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compilePolicy, YamlRenderer } from '../../src/policy/index.ts';
import type { Value } from '../../src/template/index.ts';

/*
 * Functions that put text together: what the template spells in their arguments is structure, as its own text is, and what
 * was encoded stays so. For values that mean nothing to YAML the result is that of rendering text and parsing it; any other
 * value arrives as itself and changes nothing else.
 */

const templates: readonly (readonly [sentence: string, template: string])[] = [
  ['join within brackets', 'a: [{{ join ", " .source.list }}]\n'],
  ['join within quotes and brackets', 'a: ["{{ .source.list | join "\\", \\"" }}"]\n'],
  ['join of lines', 'a:\n  - {{ join "\\n  - " .source.list }}\n'],
  ['join within a text', 'a: {{ join "/" .source.list }}\n'],
  ['printf that quotes', 'a: {{ printf "%q" .source.text }}\n'],
  [
    'printf that quotes, in a loop',
    'a: [{{ range $i, $e := .source.list }}{{ if $i }}, {{ end }}{{ printf "%q" $e }}{{ end }}]\n',
  ],
  ['printf that writes an entry', '{{ printf "a: %s" .source.text }}\n'],
  ['printf that writes brackets', 'a: {{ printf "[%s, %v]" .source.text .source.number }}\n'],
  ['printf of numbers', 'a: {{ printf "%d%% of %s" .source.number .source.text }}\n'],
  ['printf of an encoding', 'a: {{ printf "%s" (toYaml .source.map) | nindent 2 }}\n'],
  ['printf of an item that was encoded', '{{ printf "a: %s" (toJson .source.map) }}\n'],
  ['print of an encoding', 'a: {{ print (toJson .source.map) }}\n'],
  ['print of several', '{{ print "a: " .source.text }}\n'],
  ['toString of an encoding', 'a: {{ .source.map | toYaml | toString | nindent 2 }}\n'],
  ['replace that indents', 'a:\n  - {{ toYaml .source.map | replace "\\n" "\\n    " }}\n'],
  ['trimPrefix of an encoding', 'a: {{ trimPrefix "- " (toYaml (list .source.text)) }}\n'],
  ['trimAll of an encoding', 'a:\n{{ toYaml .source.map | trimAll "\\n" | indent 2 }}\n'],
];

const inHandlebars: readonly (readonly [sentence: string, template: string])[] = [
  ['join within brackets', 'a: [{{join ", " source.list}}]\n'],
  ['join within quotes and brackets', `a: ["{{join '", "' source.list}}"]\n`],
  ['join within a text', 'a: {{join "/" source.list}}\n'],
  ['printf that quotes', 'a: {{printf "%q" source.text}}\n'],
  ['printf that writes an entry', '{{printf "a: %s" source.text}}\n'],
  ['printf that writes brackets', 'a: {{printf "[%s, %v]" source.text source.number}}\n'],
  ['printf of an item that was encoded', '{{printf "a: %s" (toJson source.map)}}\n'],
  ['print of several', '{{print "a: " source.text}}\n'],
];

const harmless = ['abc', 'x', 'eu-west-1', 'v1.30', '10'];

const hostile = [
  'a, b',
  'a"], "x": ["b',
  "a'",
  'x: y',
  'x\nevil: true',
  '\n  evil: 1\n',
  '- a',
  '{evil: 1}',
  '[a]',
  '# a',
  '&a *a',
  '%s %d',
  'a: {{ .source }}',
];

const dataWith = (text: string): Value => ({
  source: { text, list: [text, 'last'], number: 7, map: { key: text, other: ['a', text] } },
  references: {},
});

type Engine = 'GoTemplate' | 'Handlebars';

function bodyOf(template: string, engine: Engine = 'GoTemplate') {
  const policy = compilePolicy({
    templateEngine: engine,
    source: { group: 'x.io', resource: 'clusters' },
    nameTemplate: 'x',
    template: `${template}last: x\n`,
  });
  const body = policy.templates.find(({ role }) => role === 'pediaCluster')?.template;
  if (body === undefined) throw new Error('there is no template');
  return body;
}

function rendered(template: string, text: string, engine?: Engine): unknown {
  const data = dataWith(text);
  return new YamlRenderer().render(bodyOf(template, engine).executeFragments(data));
}

/** The shape of a document: its keys and how many items its lists have. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return 'scalar';
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shapeOf(each)]));
}

const cases = [
  ...templates.map((row) => ['GoTemplate', ...row] as const),
  ...inHandlebars.map((row) => ['Handlebars', ...row] as const),
];

describe.each(cases)('%s: %s', (engine, _, template) => {
  it.each(harmless)('is what rendering text gives, for %j', (text) => {
    const data = dataWith(text);
    expect(rendered(template, text, engine)).toEqual(parse(bodyOf(template, engine).execute(data)));
  });

  it.each(hostile)('is not changed by %j', (text) => {
    const document = rendered(template, text, engine);
    expect(shapeOf(document)).toEqual(shapeOf(rendered(template, 'abc', engine)));
    expect(JSON.stringify(document)).toContain(JSON.stringify(text).slice(1, -1));
  });
});

describe('text that the source writes is no structure', () => {
  it.each([
    ['a format', 'a: {{ printf .source.text 1 }}\n', '[%d, 2]', '[1, 2]'],
    ['a separator', 'a: [{{ join .source.text (list "x" "y") }}]\n', ', ', ['x, y']],
    [
      'what takes the place of a line break',
      'a: {{ toYaml (dict "k" "v") | replace "\\n" .source.text }}\n',
      '\n',
      'k: v',
    ],
  ])('%s', (_, template, text, expected) => {
    expect(rendered(template, text)).toMatchObject({ a: expected });
  });
});

it('what any other function makes plain text of is told, with the function', () => {
  const fails = () =>
    compilePolicy({
      source: { group: 'x.io', resource: 'clusters' },
      nameTemplate: 'x',
      template: 'spec: {{ toYaml .source.map | upper | nindent 2 }}\n',
    }).render({ apiVersion: 'x.io/v1', kind: 'Cluster', metadata: { name: 'a' }, map: { key: 'a' } }, {});
  expect(fails).toThrow('spec must be an object');
});
