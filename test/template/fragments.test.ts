import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allFunctions } from '../../src/sprig/index.ts';
import { compile, decodeJson } from '../../src/template/index.ts';
import type { Fragment, Value } from '../../src/template/index.ts';

/** Fragments as text: `<…>` around values, `«…»` around exact ones. */
function fragments(text: string, data: Value = {}): string {
  return compile(text, { functions: allFunctions }).executeFragments(data).map(show).join('');
}

function show(fragment: Fragment): string {
  if (fragment.kind === 'text') return fragment.text;
  return fragment.exact ? `«${fragment.value}»` : `<${fragment.value}>`;
}

const data: Value = {
  name: 'x: y',
  empty: '',
  n: 5,
  f: 1.5,
  t: true,
  nil: null,
  list: ['a', 1],
  map: { k: 'v' },
};

describe('a structural run', () => {
  it.each([
    ['the template itself is structure', 'a: {{ "b: c" }}', 'a: b: c'],
    ['also through a variable', '{{ $indent := "  " }}{{ $indent }}a: 1', '  a: 1'],
    ['a string of the data is a value', 'a: {{ .name }}\n', 'a: <x: y>\n'],
    ['numbers and booleans are structure', '{{ .n }} {{ .f }} {{ .t }} {{ len .list }}', '5 1.5 true 2'],
    ['what is missing or empty leaves nothing', '[{{ .missing }}{{ .nil }}{{ .empty }}]', '[]'],
    ['a printed list or map is a value', '{{ .list }} {{ .map }}', '<[a 1]> <map[k:v]>'],
    ['what a function makes of strings is a value', '{{ upper .name }}{{ print 1 .name }}', '<X: Y><1x: y>'],
    ['what print makes of words of the template is structure', '{{ print 1 "b" }}', '1b'],
    ['a quoted string is one', 'a: {{ .name | quote }}', 'a: «x: y»'],
    ['a quoted string goes through variables', '{{ $q := quote .name }}{{ $q }}', '«x: y»'],
    ['through with', '{{ with quote .name }}{{ . }}{{ end }}', '«x: y»'],
    ['through templates', '{{ define "t" }}{{ . }}{{ end }}{{ template "t" quote .name }}', '«x: y»'],
    ['through and and or', '{{ or .missing (quote .name) }}{{ .name | quote | and 1 }}', '«x: y»«x: y»'],
    ['through indent', '{{ .map | toYaml | indent 2 }}', '  k: «v»'],
    [
      'and is plain text to other functions',
      '{{ quote .name | upper }} {{ len (quote .name) }}',
      '<"X: Y"> 6',
    ],
    ['lists hold plain text', '{{ range list (quote .name) }}{{ . }}{{ end }}', '<"x: y">'],
  ])('%s', (_name, text, expected) => {
    expect(fragments(text, data)).toBe(expected);
  });

  it('merges texts that touch', () => {
    const template = compile('a{{ 1 }}b{{ .name }}c{{ true }}', { functions: allFunctions });
    expect(template.executeFragments(data)).toEqual([
      { kind: 'text', text: 'a1b' },
      { kind: 'value', value: 'x: y', exact: false },
      { kind: 'text', text: 'ctrue' },
    ]);
  });

  it('prints, put together, what a run to text prints', () => {
    // What encodes is left out: an encoded string stands for itself, its quotes are not printed.
    const operand = fc.constantFrom(
      '.name',
      '.n',
      '.list',
      '.map',
      '.missing',
      '"s"',
      '(toYaml .map)',
      '(upper .name)',
    );
    const pipe = fc.constantFrom('', ' | print', ' | indent 2', ' | print | nindent 4', ' | default "d"');
    const action = fc.tuple(operand, pipe).map(([first, rest]) => `{{ ${first}${rest} }}`);
    const piece = fc.oneof(action, fc.constantFrom('text: ', '\n', '{{ $x := .name }}{{ $x }}'));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const template = compile(pieces.join(''), { functions: allFunctions });
        let text: string;
        try {
          text = template.execute(data);
        } catch {
          expect(() => template.executeFragments(data)).toThrow();
          return;
        }
        const parts = template
          .executeFragments(data)
          .map((part) => (part.kind === 'text' ? part.text : part.value));
        expect(parts.join('')).toBe(text);
      }),
    );
  });
});

describe('a missing value', () => {
  it.each([
    ['prints nothing', '[{{ .missing }}{{ .missing.deeper }}{{ .nil }}]', '[]'],
    ['is nil to a function', '{{ print .missing }}', '<nil>'],
    ['is nil within a list', '{{ list .missing .nil }}', '[<nil> <nil>]'],
    ['is escaped as text where Go does so', '{{ html .missing }}', '&lt;no value&gt;'],
    ['and its text is taken out wherever it comes from', 'a<no value>b{{ .literal }}', 'abc'],
  ])('%s', (_name, text, expected) => {
    const value = { literal: '<no value>c', nil: null };
    expect(compile(text, { functions: allFunctions }).execute(value)).toBe(expected);
  });
});

describe('decoding JSON as Kubernetes does', () => {
  const types = (json: string): string =>
    compile('{{ range . }}{{ printf "%T=%v " . . }}{{ end }}', { functions: allFunctions }).execute(
      decodeJson(json),
    );

  it.each([
    ['[1, -1, 0]', 'int64=1 int64=-1 int64=0 '],
    ['[1.0, 1e3, 1.5, -0.0]', 'float64=1 float64=1000 float64=1.5 float64=-0 '],
    ['[-0]', 'int64=0 '],
    ['[9007199254740993, -9223372036854775808]', 'int64=9007199254740993 int64=-9223372036854775808 '],
    [
      '[9223372036854775807, 9223372036854775808]',
      'int64=9223372036854775807 float64=9.223372036854776e+18 ',
    ],
    ['[1e100, 123456789012345678901234567890]', 'float64=1e+100 float64=1.2345678901234568e+29 '],
    ['["1.0", "a: 1e3", true, null]', 'string=1.0 string=a: 1e3 bool=true <nil>=<nil> '],
    ['["\\ud800", "\\ud83d\\ude00"]', 'string=\ufffd string=😀 '],
  ])('%s', (json, expected) => {
    expect(types(json)).toBe(expected);
  });

  it('keeps every other value as JSON.parse gives it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/\d[.eE]|\d{16}|-0|\\ud/i.test(text));
        expect(decodeJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses what is not JSON', () => {
    expect(() => decodeJson('{a: 1.0}')).toThrow(SyntaxError);
  });
});
