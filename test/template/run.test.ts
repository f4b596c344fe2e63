import { describe, expect, it } from 'vitest';
import { builtins } from '../../src/template/extension.ts';
import { compile, FunctionError, Num, Opaque, TypedList, TypedMap } from '../../src/template/index.ts';
import type { TemplateFunction, Value } from '../../src/template/index.ts';
import { errorOf, noFunctions, render, table } from './render.ts';

// What Go's answers in the conformance fixtures do not ask, each checked against Go.

describe('variables', () => {
  it.each([
    [
      'live to the end of the action that holds them',
      '{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}',
      '21',
    ],
    ['are set across actions by =', '{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}', '2'],
    ['can be set in an argument', '{{ print ($x := 3) $x }}', '3 3'],
    [
      'of the outside are visible in a pipeline that declares their name',
      '{{ $x := 1 }}{{ with $x := print $x 2 }}{{ $x }}{{ end }}',
      '1 2',
    ],
    [
      'show the outer one where and/or skipped the inner',
      '{{ $x := 1 }}{{ $y := or true ($x := 2) }}{{ $x }}',
      '1',
    ],
    ['show the inner one where and/or came by', '{{ $x := 1 }}{{ $y := or false ($x := 2) }}{{ $x }}', '2'],
    [
      'start anew in each turn',
      '{{ range $i := 3 }}{{ $y := and (eq $i 0) ($x := 7) }}{{ if not $i }}{{ $x }}{{ end }}{{ end }}',
      '7',
    ],
    [
      'of range can be ones that are there',
      '{{ $i := 0 }}{{ $e := 0 }}{{ range $i, $e = .l }}{{ end }}{{ $i }}{{ $e }}',
      '1b',
    ],
    [
      'of range over an empty list keep the list',
      '{{ $e := 0 }}{{ range $e = .none }}{{ end }}{{ $e }}',
      '[]',
    ],
  ])('%s', (_name, text, expected) => {
    expect(render(text, { l: ['a', 'b'], none: [] })).toBe(expected);
  });

  it.each([
    ['in its own declaration', '{{ with $x := print $x }}{{ end }}', '1:21'],
    ['that the other branch declares', '{{ if false }}{{ $x := 1 }}{{ else }}{{ $x }}{{ end }}', '1:41'],
    ['that and/or left out', '{{ $y := or true ($x := 2) }}{{ $x }}', '1:33'],
    ['that is set where and/or left it out', '{{ $y := or true ($x := 2) }}{{ $x = 3 }}', '1:38'],
  ])('are not defined %s, though Go parses it', (_name, text, place) => {
    const error = errorOf(() => render(text));
    expect([error.code, error.stage, `${String(error.line)}:${String(error.column)}`]).toEqual([
      'undefined-variable',
      'exec',
      place,
    ]);
  });
});

describe('range', () => {
  it.each([
    [
      'goes over the keys of a map in the order of their bytes',
      '{{ range $k, $v := .m }}{{ $k }}{{ $v }} {{ end }}',
      'A1 a2 \uffee3 😀4 ',
    ],
    ['goes over an integer in its own type', '{{ range .n }}{{ printf "%T" . }} {{ end }}', 'int64 int64 '],
    ['goes over a constant as int', '{{ range 2 }}{{ printf "%T" . }} {{ end }}', 'int int '],
    ['goes over nothing below one', '{{ range -1 }}x{{ else }}none{{ end }}', 'none'],
    [
      'stops at break in an inner action',
      '{{ range .l }}{{ if eq . "b" }}{{ break }}{{ end }}{{ . }}{{ end }}',
      'a',
    ],
    [
      'goes over typed lists and maps',
      '{{ range .typed }}{{ . }}{{ end }}{{ range $k, $v := .typedMap }}{{ $k }}{{ $v }}{{ end }}',
      'xykv',
    ],
  ])('%s', (_name, text, expected) => {
    const data: Value = {
      m: { '😀': 4, '\uffee': 3, a: 2, A: 1 },
      n: 2,
      l: ['a', 'b', 'c'],
      typed: new TypedList('string', ['x', 'y']),
      typedMap: new TypedMap('string', { k: 'v' }),
    };
    expect(render(text, data)).toBe(expected);
  });
});

describe('definitions', () => {
  it.each([
    [
      'a template sees its argument as dot and $',
      '{{ define "t" }}{{ . }}{{ $ }}{{ end }}{{ template "t" 1 }}',
      '11',
    ],
    ['without an argument there is none', '{{ define "t" }}[{{ . }}]{{ end }}{{ template "t" }}', '[]'],
    [
      'an empty definition gives way to another',
      '{{ define "t" }} {{ end }}{{ define "t" }}x{{ end }}{{ template "t" }}',
      'x',
    ],
    ['a block stands where it is defined', '{{ block "t" 2 }}{{ . }}{{ end }}{{ template "t" 3 }}', '23'],
    [
      'a template may call itself',
      '{{ define "t" }}{{ if . }}{{ len . }}{{ template "t" (slice . 1) }}{{ end }}{{ end }}{{ template "t" "abc" }}',
      '321',
    ],
  ])('%s', (_name, text, expected) => {
    expect(render(text)).toBe(expected);
  });

  it('names the template that was probably meant', () => {
    const error = errorOf(() => render('{{ define "labels" }}{{ end }}\n{{ template "lables" . }}'));
    expect([error.code, error.toString()]).toEqual([
      'unknown-template',
      '2:13: template "lables" is not defined; did you mean "labels"?',
    ]);
  });
});

describe('what a run meets is refused with its place', () => {
  it.each([
    ['{{ .s.x }}', 'no-field', '1:6'],
    ['{{ .n.x.y }}', 'no-field', '1:6'],
    ['{{ .nil.x }}', 'nil-value', '1:8'],
    ['{{ nil }}', 'nil-value', '1:4'],
    ['{{ .s 1 }}', 'not-a-function', '1:4'],
    ['{{ 1 2 }}', 'not-a-function', '1:4'],
    ['{{ 1 | .s }}', 'not-a-function', '1:8'],
    ['{{ range .s }}{{ end }}', 'not-iterable', '1:10'],
    ['{{ range $i, $e := 3 }}{{ end }}', 'not-iterable', '1:20'],
    ['{{ 0xFFFFFFFFFFFFFFFF }}', 'number-overflow', '1:4'],
    ['{{ len }}', 'wrong-argument-count', '1:4'],
    ['{{ not 1 2 }}', 'wrong-argument-count', '1:4'],
    ['{{ printf }}', 'wrong-argument-count', '1:4'],
    ['{{ printf 1 }}', 'wrong-argument-type', '1:11'],
    ['{{ printf .n }}', 'wrong-argument-type', '1:11'],
    ['{{ printf .missing }}', 'nil-value', '1:11'],
    ['{{ printf nil }}', 'nil-value', '1:11'],
    ['x\n{{ .n | len }}', 'function-failed', '2:9'],
    ['{{ len .n }}', 'function-failed', '1:4'],
    ['{{ index .l 5 }}', 'function-failed', '1:4'],
    ['{{ index .l "x" }}', 'function-failed', '1:4'],
    ['{{ index .m 1 }}', 'function-failed', '1:4'],
    ['{{ index .missing "x" }}', 'function-failed', '1:4'],
    ['{{ slice .l 2 1 }}', 'function-failed', '1:4'],
    ['{{ slice .m }}', 'function-failed', '1:4'],
    ['{{ lt 1 1.0 }}', 'function-failed', '1:4'],
    ['{{ eq .l .l }}', 'function-failed', '1:4'],
    ['{{ call .s }}', 'function-failed', '1:4'],
    ['{{ (and 0 .l).x }}', 'no-field', '1:9'],
  ])('%s: %s at %s', (text, code, place) => {
    const data: Value = { s: 'text', n: 5, nil: null, l: ['a', 'b'], m: { a: 1 } };
    const error = errorOf(() => render(text, data));
    expect({
      code: error.code,
      stage: error.stage,
      place: `${String(error.line)}:${String(error.column)}`,
    }).toEqual({
      code,
      stage: 'exec',
      place,
    });
  });

  it('without showing values of the data', () => {
    const data: Value = { token: 's3cr3t', list: ['s3cr3t'] };
    const texts = [
      '{{ .token.x }}',
      '{{ range .token }}{{ end }}',
      '{{ index .list .token }}',
      '{{ lt .token 1 }}',
      '{{ slice .list .token }}',
      '{{ call .token }}',
      '{{ not .token 1 }}',
      '{{ .token 1 }}',
    ];
    for (const text of texts) expect(errorOf(() => render(text, data)).toString()).not.toContain('s3cr3t');
  });

  it('lists beforehand what fails for certain', () => {
    const template = compile('{{ if .x }}{{ len }}{{ not 1 2 }}{{ printf 1 }}{{ template "t" }}{{ end }}', {
      functions: noFunctions,
    });
    expect(template.arityErrors.map(String)).toEqual([
      '1:15: function "len" takes 1 argument, got 0',
      '1:24: function "not" takes 1 argument, got 2',
    ]);
    expect(template.certainErrors.map(({ code }) => code)).toEqual([
      'wrong-argument-count',
      'wrong-argument-count',
      'wrong-argument-type',
      'unknown-template',
    ]);
    expect(template.execute({})).toBe('');
  });
});

describe('functions', () => {
  const describeArgument: TemplateFunction['call'] = ([value]) => {
    if (value instanceof Num) return `${value.kind} ${String(value.value)}`;
    return value === undefined ? 'undefined' : JSON.stringify(value);
  };
  const functions = table({
    any: { params: ['any'], call: describeArgument },
    reflect: { params: ['reflect'], call: describeArgument },
    string: { params: ['string'], call: describeArgument },
    int: { params: ['int'], call: describeArgument },
    int64: { params: ['int64'], call: describeArgument },
    float: { params: ['float64'], call: describeArgument },
    rune: { params: ['rune'], call: describeArgument },
    list: { params: ['[]any'], call: describeArgument },
    map: { params: ['map[string]any'], call: describeArgument },
    strings: { params: ['[]string'], call: describeArgument },
    refuse: {
      params: [],
      call: () => {
        throw new FunctionError('no');
      },
    },
    last: { params: ['int'], variadic: 'string', call: (args) => args.length },
  });
  const data: Value = { n: 3, f: 1.5, s: 'x', l: [1], m: { a: 1 }, nil: null };

  it.each([
    ['any .missing', 'null'],
    ['any .nil', 'null'],
    ['any nil', 'null'],
    ['any 3', 'int 3'],
    ['any .n', '3'],
    ['reflect .missing', 'undefined'],
    ['reflect .nil', 'null'],
    ['reflect (.nil)', 'undefined'],
    ['string "x"', '"x"'],
    ['.s | string', '"x"'],
    ['int 3', 'int 3'],
    ["int 'a'", 'int 97'],
    ['int 3.0', 'int 3'],
    ['int64 .n', '3'],
    ['int64 3', '3'],
    ['float 3', 'float64 3'],
    ['float .f', '1.5'],
    ["rune 'a'", 'int32 97'],
    ['list .l', '[1]'],
    ['list .missing', 'null'],
    ['list nil', 'null'],
    ['map .m', '{"a":1}'],
    ['map .missing', 'null'],
    ['strings nil', 'null'],
    ['last 1 "a" "b"', '3'],
    ['"b" | last 1 "a"', '3'],
  ])('%s arrives as %s', (call, expected) => {
    expect(compile(`{{ ${call} }}`, { functions }).execute(data)).toBe(expected);
  });

  it.each([
    ['string 1', 'expected string, found 1'],
    ['string .n', 'expected string, found a value of type int64'],
    ['string .nil', 'expected string, found nil'],
    ['string .missing', 'expected string, but the value is missing'],
    ['string nil', 'expected string, found nil'],
    ['int .n', 'expected int, found a value of type int64'],
    ['int 1.5', 'expected int, found 1.5'],
    ['list .m', 'expected []interface {}, found a value of type map[string]interface {}'],
    ['map .nil', 'expected map[string]interface {}, found nil'],
    ['strings .l', 'expected []string, found a value of type []interface {}'],
    ['last 1 2', 'expected string, found 2'],
    ['refuse', '"refuse" failed: no'],
  ])('%s is refused: %s', (call, message) => {
    expect(errorOf(() => compile(`{{ ${call} }}`, { functions }).execute(data)).message).toBe(message);
  });

  it('are listed with their places', () => {
    const { calls } = compile('{{ string "a" }}\n{{ if and .n (any 1) }}{{ end }}', { functions });
    expect(calls).toEqual([
      { name: 'string', called: functions.get('string'), line: 1, column: 4 },
      { name: 'and', called: builtins.get('and'), line: 2, column: 7 },
      { name: 'any', called: functions.get('any'), line: 2, column: 15 },
    ]);
  });

  it('may replace builtins', () => {
    const own = table({ and: { params: ['any'], call: () => 'own' } });
    expect(compile('{{ and 1 }}', { functions: own }).execute({})).toBe('own');
  });

  // The builtins of these names leave arguments unevaluated, compare strings on the spot, or have a short cut.
  it.each([
    ['{{ or "a" (fail) }}', 'function-failed'],
    ['{{ eq "a" "a" }}', 'own'],
    ['{{ ne "a" "a" }}', 'own'],
    ['{{ not true }}', 'own'],
  ])('may replace builtins that the compiler treats in a way of their own: %s', (text, expected) => {
    const own: TemplateFunction = { params: [], variadic: 'any', call: () => 'own' };
    const fail: TemplateFunction = {
      params: [],
      call: () => {
        throw new FunctionError('evaluated');
      },
    };
    const template = compile(text, { functions: table({ or: own, eq: own, ne: own, not: own, fail }) });
    const outcome = (): string => {
      try {
        return template.execute({});
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(outcome()).toBe(expected);
  });
});

describe('values of Go types with methods', () => {
  class Celsius extends Opaque {
    readonly type = 'weather.Celsius';
    readonly degrees: number;
    constructor(degrees: number) {
      super();
      this.degrees = degrees;
    }
    override get kind(): 'int' {
      return 'int';
    }
    override underlying(): Value {
      return new Num('int', this.degrees);
    }
    override toString(): string {
      return `${String(this.degrees)}°C`;
    }
    member(name: string): { params: readonly string[]; call(args: readonly Value[]): Value } | undefined {
      if (name === 'Warmer') {
        return { params: ['int64'], call: ([by]) => new Celsius(this.degrees + Number(by)) };
      }
      return name === 'Kelvin' ? { params: [], call: () => this.degrees + 273 } : undefined;
    }
  }
  const data: Value = { t: new Celsius(20) };

  it.each([
    ['{{ .t }}', '20°C'],
    ['{{ .t.Kelvin }}', '293'],
    ['{{ .t.Warmer 5 }}', '25°C'],
    ['{{ (.t.Warmer 5).Kelvin }}', '298'],
    ['{{ printf "%v %d %T" .t .t .t }}', '20°C 20 weather.Celsius'],
    ['{{ lt .t 21 }} {{ eq .t 20 }}', 'true true'],
  ])('%s prints %s', (text, expected) => {
    expect(render(text, data)).toBe(expected);
  });

  it.each([
    ['{{ .t.Fahrenheit }}', 'no-field'],
    ['{{ .t.Warmer }}', 'wrong-argument-count'],
    ['{{ .t.Warmer 1 2 }}', 'wrong-argument-count'],
    ['{{ .t.Warmer "x" }}', 'wrong-argument-type'],
  ])('%s fails: %s', (text, code) => {
    expect(errorOf(() => render(text, data)).code).toBe(code);
  });
});
