import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/template/index.ts';
import type { FunctionTable } from '../../src/template/index.ts';
import { errorOf, noFunctions } from './render.ts';

const tree = (text: string): string => compile(text, { functions: noFunctions }).toString();

describe('the syntax tree prints as Go prints it', () => {
  it.each([
    ['text alone', 'hello', 'hello'],
    ['nothing', '', ''],
    ['a comment is dropped', 'a{{/* comment */}}b', 'ab'],
    ['a comment that trims', 'a {{- /* comment */ -}} b', 'ab'],
    ['trim markers', 'a {{- 1 -}} b', 'a{{1}}b'],
    ['a number that is no trim marker', 'a {{-3}} b', 'a {{-3}} b'],
    ['a pipeline', '{{ .a|print   1 | println }}', '{{.a | print 1 | println}}'],
    ['parentheses', '{{ print (.a | len) ((1)) }}', '{{print (.a | len) ((1))}}'],
    ['a chain on parentheses', '{{ (.a).b.c }}', '{{(.a).b.c}}'],
    ['fields of a variable', '{{ $.a.b }}', '{{$.a.b}}'],
    [
      'constants',
      '{{ print 1 0x1F 1.5e3 \'a\' "s" `r` true nil }}',
      '{{print 1 0x1F 1.5e3 \'a\' "s" `r` true nil}}',
    ],
    ['a declaration', '{{ $x := 1 }}{{ $x = 2 }}', '{{$x := 1}}{{$x = 2}}'],
    [
      'if with else if',
      '{{ if .a }}1{{ else if .b }}2{{ else }}3{{ end }}',
      '{{if .a}}1{{else}}{{if .b}}2{{else}}3{{end}}{{end}}',
    ],
    [
      'with with else with',
      '{{ with .a }}1{{ else with .b }}2{{ end }}',
      '{{with .a}}1{{else}}{{with .b}}2{{end}}{{end}}',
    ],
    [
      'range with two variables',
      '{{ range $i, $e := .l }}{{ break }}{{ continue }}{{ else }}-{{ end }}',
      '{{range $i, $e := .l}}{{break}}{{continue}}{{else}}-{{end}}',
    ],
    ['a template call', '{{ template `x` .a }}{{ define "x" }}y{{ end }}', '{{template "x" .a}}'],
    ['a block is a template call', '{{ block "x" . }}y{{ end }}', '{{template "x" .}}'],
  ])('%s', (_name, text, expected) => {
    expect(tree(text)).toBe(expected);
  });

  it('and what it prints parses to the same tree', () => {
    const operand = fc.constantFrom(
      '.',
      '$',
      '.a.b',
      '1',
      '"s"',
      'true',
      '(len .x)',
      '(.a).b',
      "'a'",
      '-1.5',
    );
    const command = fc.array(operand, { maxLength: 3 }).map((args) => ['print', ...args].join(' '));
    const pipeline = fc
      .array(command, { minLength: 1, maxLength: 3 })
      .map((commands) => commands.join(' | '));
    const { node } = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom('text', ' \n', '}}'),
        pipeline.map((pipe) => `{{ ${pipe} }}`),
        fc
          .tuple(fc.constantFrom('if', 'with', 'range'), pipeline, tie('node'), tie('node'))
          .map(([kind, pipe, list, other]) => `{{ ${kind} ${pipe} }}${list}{{ else }}${other}{{ end }}`),
        fc.tuple(tie('node'), tie('node')).map(([a, b]) => a + b),
      ),
    }));
    fc.assert(
      fc.property(node, (text) => {
        const once = tree(text);
        expect(tree(once)).toBe(once);
      }),
    );
  });
});

describe('what does not parse is refused', () => {
  it.each([
    ['{{ .a', 'unclosed-action', '1:6'],
    ['{{ (1 }}', 'unclosed-action', '1:7'],
    ['a\n{{/* x', 'unclosed-comment', '2:3'],
    ['{{/* x */ y}}', 'unclosed-comment', '1:3'],
    ['{{ "a\n" }}', 'unterminated-string', '1:4'],
    ['{{ `a', 'unterminated-string', '1:4'],
    ["{{ 'a }}", 'unterminated-string', '1:4'],
    ['{{ "\\z" }}', 'bad-string', '1:4'],
    ["{{ 'ab' }}", 'bad-string', '1:4'],
    ['{{ 1x }}', 'bad-number', '1:4'],
    ['{{ 0b2 }}', 'bad-number', '1:4'],
    ['{{ 99999999999999999999 }}', 'bad-number', '1:4'],
    ['{{ - 1 }}', 'bad-number', '1:4'],
    ['{{ .a☃ }}', 'bad-character', '1:6'],
    ['{{ \u0001 }}', 'bad-character', '1:4'],
    ['{{ .a @ }}', 'unexpected-token', '1:7'],
    ['{{ ) }}', 'unexpected-token', '1:4'],
    ['{{ $ : 1 }}', 'unexpected-token', '1:6'],
    ['{{ end }}', 'unexpected-token', '1:8'],
    ['{{ if 1 }}{{ else }}{{ else }}{{ end }}', 'unexpected-token', '1:29'],
    ['{{ if 1 }}{{ else with 1 }}{{ end }}', 'unexpected-token', '1:19'],
    ['{{ if 1 }}{{ define "x" }}{{ end }}{{ end }}', 'unexpected-token', '1:14'],
    ['{{ define 1 }}{{ end }}', 'unexpected-token', '1:11'],
    ['{{ template x }}', 'unexpected-token', '1:13'],
    ['{{ true.x }}', 'unexpected-token', '1:8'],
    ['{{ $a, $b := 1 }}', 'unexpected-token', '1:6'],
    ['{{ range $a, $b, $c := . }}{{ end }}', 'unexpected-token', '1:16'],
    ['{{ if 1 }}\nx', 'missing-end', '2:2'],
    ['{{ define "x" }}', 'missing-end', '1:17'],
    ['{{}}', 'missing-value', '1:3'],
    ['{{ if }}{{ end }}', 'missing-value', '1:7'],
    ['{{ print () }}', 'missing-value', '1:11'],
    ['{{ | 1 }}', 'unexpected-token', '1:4'],
    ['{{ break }}', 'misplaced-loop-control', '1:4'],
    ['{{ range . }}{{ define "x" }}{{ end }}{{ end }}', 'unexpected-token', '1:17'],
    ['{{ range . }}{{ end }}{{ continue }}', 'misplaced-loop-control', '1:26'],
    ['{{ 1 | 2 }}', 'not-executable', '1:8'],
    ['{{ define "x" }}a{{ end }}{{ define "x" }}b{{ end }}', 'duplicate-template', '1:37'],
    ['{{ $x }}', 'undefined-variable', '1:4'],
    ['{{ nosuch }}', 'unknown-function', '1:4'],
  ])('%j: %s at %s', (text, code, place) => {
    const error = errorOf(() => tree(text));
    expect({
      code: error.code,
      stage: error.stage,
      place: `${String(error.line)}:${String(error.column)}`,
    }).toEqual({
      code,
      stage: 'parse',
      place,
    });
  });

  it('says what was probably meant', () => {
    const functions: FunctionTable = new Map([
      ['b64dec', { params: ['string'], call: () => '' }],
      ['env', { removed: 'it reads the environment of the server' }],
    ]);
    const failure = (text: string): string => errorOf(() => compile(text, { functions })).toString();
    expect(failure('apiserver:\n  ca: {{ b64decc .x }}')).toBe(
      '2:10: function "b64decc" is not defined; did you mean "b64dec"?',
    );
    expect(failure('{{ pritnf "x" }}')).toContain('did you mean "printf"?');
    expect(failure('{{ $name := 1 }}{{ $nmae }}')).toContain('did you mean "$name"?');
    expect(failure('{{ env "HOME" }}')).toBe(
      '1:4: function "env" is not available: it reads the environment of the server',
    );
    // What is not available is not recommended, nor what has little in common.
    expect(failure('{{ envv }}')).toBe('1:4: function "envv" is not defined');
    expect(failure('{{ xyz }}')).toBe('1:4: function "xyz" is not defined');
    expect(failure('{{ if eq .a Ready }}{{ end }}')).toBe(
      '1:13: function "Ready" is not defined; write "Ready" in quotes for text',
    );
  });

  it.each([
    ['{{ .references.kube-config.data }}', '1:20', '.references "kube-config"'],
    ['{{ $x := . }}{{ $x.a-b-c }}', '1:21', '$x "a-b-c"'],
    ['{{ .a-b }}', '1:6', '. "a-b"'],
  ])('says how a name with a hyphen is read: %s', (text, place, call) => {
    expect(errorOf(() => tree(text)).toString()).toBe(
      `${place}: character "-" (U+002D) cannot follow a name; a name with "-" is read by index ${call}`,
    );
  });

  it('says nothing of a hyphen that is no part of a name', () => {
    expect(errorOf(() => tree('{{ .a- }}')).message).not.toContain('index');
  });

  it('shows the line with a caret', () => {
    expect(errorOf(() => tree('a\n\tb {{ nosuch }} c\nd')).excerpt).toBe('\tb {{ nosuch }} c\n\t     ^');
  });

  it('cuts a long line to what surrounds the error', () => {
    const { excerpt, column } = errorOf(() => tree(`${'é'.repeat(500)}{{ nosuch }}${'x'.repeat(500)}`));
    const [line = '', caret = ''] = excerpt.split('\n');
    expect(column).toBe(504);
    expect([...line]).toHaveLength(120);
    expect(line.slice(caret.indexOf('^')).startsWith('nosuch }}xxx')).toBe(true);
  });

  it('never crashes, whatever the text', () => {
    const piece = fc.constantFrom(
      ...[
        '{{',
        '}}',
        '{{-',
        '-}}',
        ' ',
        '\n',
        '.',
        '.a',
        '$x',
        ':=',
        '=',
        ',',
        '|',
        '(',
        ')',
        'if',
        'else',
        'end',
      ],
      ...[
        'range',
        'with',
        'define',
        'template',
        'block',
        'break',
        'nil',
        '1',
        '"s"',
        '"',
        '`',
        "'",
        '/*',
        '*/',
        'é',
        '☃',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        try {
          compile(pieces.join(''), { functions: noFunctions }).execute({});
        } catch (error) {
          expect(error).toHaveProperty('name', 'TemplateError');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
