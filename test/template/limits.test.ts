import { describe, expect, it } from 'vitest';
import { allFunctions } from '../../src/sprig/index.ts';
import { compile, defaultLimits, TemplateError } from '../../src/template/index.ts';
import type { Limits, Value } from '../../src/template/index.ts';
import { hostile } from './hostile.ts';
import { errorOf } from './render.ts';

function run(text: string, limits: Partial<Limits> = {}, data: Value = {}): string {
  return compile(text, { functions: allFunctions, limits }).execute(data);
}

const SELF_CONTAINING = '{{ $d := dict }}{{ $_ := set $d "self" $d }}';
const DOUBLING = '{{ $s := "0123456789" }}{{ range 100 }}{{ $s = print $s $s }}{{ end }}';
const SHARING = '{{ $l := list 1 }}{{ range 40 }}{{ $l = list $l $l }}{{ end }}';

describe('a hostile template ends in an error that names the limit', () => {
  it.each<[string, string, string]>([
    ['a list that is counted to a milliard', '{{ until 1000000000 }}', 'limit-list-length'],
    ['a list in steps', '{{ untilStep 0 1000000000 1 }}', 'limit-list-length'],
    ['a sequence', '{{ seq 1 1000000000 }}', 'limit-list-length'],
    [
      'a list that doubles',
      '{{ $l := until 1000 }}{{ range 100 }}{{ $l = concat $l $l }}{{ end }}',
      'limit-list-length',
    ],
    ['a repeated string', '{{ repeat 1000000000 "x" }}', 'limit-value-length'],
    ['a wide indent', '{{ indent 1000000000 "x" }}', 'limit-value-length'],
    ['a wide indent on a new line', '{{ nindent 1000000000 "x" }}', 'limit-value-length'],
    [
      'wrapping after each character',
      '{{ wrapWith 1 (repeat 1000 "x") (repeat 10000 "y") }}',
      'limit-value-length',
    ],
    ['a wide number', '{{ printf "%9999999d" 1 }}', 'limit-value-length'],
    ['a precise number', '{{ printf "%.9999999f" 1.5 }}', 'limit-value-length'],
    [
      'a width as an argument',
      '{{ range 20 }}{{ $x := printf "%*d%*d" 900000 1 900000 1 }}{{ end }}',
      'limit-value-length',
    ],
    ['a string that doubles', DOUBLING, 'limit-value-length'],
    ['quoting what grows fourfold', '{{ printf "%q" (repeat 600000 "\\x01") }}', 'limit-value-length'],
    ['a value of shared lists', `${SHARING}{{ print $l }}`, 'limit-steps'],
    ['much output', '{{ range 100000 }}0123456789abcdef{{ end }}', 'limit-output-length'],
    ['much output of one value', '{{ $s := repeat 600000 "x" }}{{ $s }}{{ $s }}', 'limit-output-length'],
    ['a long loop', '{{ range 1000000000 }}{{ end }}', 'limit-steps'],
    [
      'searching for what almost matches everywhere',
      '{{ $a := repeat 50000 "a" }}{{ $s := repeat 1000000 "a" }}{{ range 1000 }}{{ $x := contains (print $a "b" $a) $s }}{{ end }}',
      'limit-steps',
    ],
    [
      'YAML whose aliases multiply',
      '{{ fromYaml "a: &a [x,x,x,x,x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\\ne: [*d,*d,*d,*d,*d,*d,*d,*d]\\nf: [*d,*d,*d,*d,*d,*d,*d,*d]" }}',
      'limit-steps',
    ],
    [
      'loops in loops',
      '{{ range 1000 }}{{ range 1000 }}{{ range 1000 }}{{ end }}{{ end }}{{ end }}',
      'limit-steps',
    ],
    [
      'comparing long strings',
      '{{ $s := repeat 1000000 "x" }}{{ range 1000 }}{{ $x := eq $s (print $s) }}{{ end }}',
      'limit-steps',
    ],
    [
      'exact digits of tiny numbers',
      '{{ range 1000000 }}{{ $x := printf "%.1000g" 1e-300 }}{{ end }}',
      'limit-steps',
    ],
    [
      'templates that branch endlessly',
      '{{ define "a" }}{{ if lt (len .) 18 }}{{ $x := print . "x" }}{{ template "a" $x }}{{ template "a" $x }}{{ end }}{{ end }}{{ template "a" "" }}',
      'limit-steps',
    ],
    [
      'endless recursion',
      '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
      'limit-template-depth',
    ],
    [
      'recursion within deep actions',
      `{{ define "a" }}${'{{ if true }}'.repeat(150)}{{ template "a" }}${'{{ end }}'.repeat(150)}{{ end }}{{ template "a" }}`,
      'limit-template-depth',
    ],
    [
      'recursion within deep parentheses',
      `{{ define "a" }}{{ template "a" ${'('.repeat(150)} . ${')'.repeat(150)} }}{{ end }}{{ template "a" . }}`,
      'limit-template-depth',
    ],
    ['a map that contains itself, printed', `${SELF_CONTAINING}{{ $d }}`, 'limit-nesting'],
    ['a map that contains itself, formatted', `${SELF_CONTAINING}{{ printf "%#v" $d }}`, 'limit-nesting'],
    ['a map that contains itself, as JSON', `${SELF_CONTAINING}{{ toJson $d }}`, 'limit-nesting'],
    ['a map that contains itself, as YAML', `${SELF_CONTAINING}{{ toYaml $d }}`, 'limit-nesting'],
    ['a map that contains itself, copied', `${SELF_CONTAINING}{{ $_ := deepCopy $d }}`, 'limit-nesting'],
    [
      'a map that contains itself, merged',
      `${SELF_CONTAINING}{{ $_ := mergeOverwrite $d $d }}{{ $d }}`,
      'limit-nesting',
    ],
    [
      'a deeply nested list',
      '{{ $l := list }}{{ range 10000 }}{{ $l = list $l }}{{ end }}{{ $l }}',
      'limit-nesting',
    ],
  ])('%s', (_name, text, code) => {
    const error = errorOf(() => run(text));
    expect([error.stage, error.code]).toEqual(['exec', code]);
    expect(error.line).toBe(1);
  });

  it.each<[string, string, string]>([
    ['ten megabytes', 'x'.repeat(10_000_000), 'limit-template-size'],
    ['bytes, not characters', '☃'.repeat(30_000), 'limit-template-size'],
    ['deep parentheses', `{{ ${'('.repeat(10_000)}1${')'.repeat(10_000)} }}`, 'limit-nesting'],
    ['deep actions', '{{ if 1 }}'.repeat(3000) + '{{ end }}'.repeat(3000), 'limit-nesting'],
    ['a long chain of else if', `{{ if 0 }}${'{{ else if 0 }}'.repeat(3000)}{{ end }}`, 'limit-nesting'],
    ['deep blocks', '{{ block "a" 1 }}'.repeat(2000) + '{{ end }}'.repeat(2000), 'limit-nesting'],
  ])('when it is compiled: %s', (_name, text, code) => {
    const error = errorOf(() => compile(text, { functions: allFunctions }));
    expect([error.stage, error.code]).toEqual(['parse', code]);
  });

  it('data nested too deeply for the stack', () => {
    let deep: Value = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(errorOf(() => run('{{ . }}', {}, deep)).code).toBe('limit-nesting');
    expect(errorOf(() => run('{{ $_ := set (dict) "a" . }}', {}, deep)).code).toBe('limit-nesting');
  });
});

// `npm run -s bench -- limits` measures what each takes.
describe('a template that would cost much', () => {
  it.each(hostile)('prints, or ends in an error: %s', (_name, text) => {
    try {
      expect(run(text, {}, {}).length).toBeLessThanOrEqual(defaultLimits.outputLength);
    } catch (error) {
      expect(error).toBeInstanceOf(TemplateError);
    }
  });
});

describe('a template that is merely large', () => {
  it.each<[string, string]>([
    ['has a long pipeline', `{{ 1${' | print'.repeat(5000)} }}`],
    ['has many arguments', `{{ print${' 1'.repeat(20_000)} }}`],
    ['has a long field', `{{ ${'.a'.repeat(30_000)} }}`],
    ['has many variables', Array.from({ length: 3000 }, (_, i) => `{{$v${String(i)}:=$}}`).join('')],
    ['has many actions', '{{.}}'.repeat(13_000)],
    ['is nested as deeply as allowed', `{{ if 1 }}`.repeat(199) + `{{ 1 }}` + '{{ end }}'.repeat(199)],
  ])('runs and can be analysed: %s', (_name, text) => {
    const template = compile(text, { functions: allFunctions });
    expect(typeof template.execute({})).toBe('string');
    expect(Array.isArray(template.readPaths)).toBe(true);
  });
});

describe('limits', () => {
  it('are the same for every run', () => {
    const text = '{{ range 1000 }}{{ print . | len }}{{ end }}';
    const template = compile(text, { functions: allFunctions, limits: { steps: 5000 } });
    const first = errorOf(() => template.execute({})).toString();
    expect(errorOf(() => template.execute({})).toString()).toBe(first);
    expect(first).toMatch(/the run takes more than 5000 steps$/);
  });

  it('hold at their exact values', () => {
    expect(run('{{ print "12345" }}', { valueLength: 5, outputLength: 5 })).toBe('12345');
    expect(errorOf(() => run('{{ print "123456" }}', { valueLength: 5 })).code).toBe('limit-value-length');
    const data = { map: { short: '123456', 'longer key': '12345' } };
    for (const key of ['short', 'longer key']) {
      const reads = `{{ get .map "${key}" }}`;
      expect(errorOf(() => run(reads, { valueLength: 5 }, data)).code).toBe('limit-value-length');
      expect(run(reads, { valueLength: 10, steps: 11 }, data)).toBe(data.map[key as 'short']);
      expect(errorOf(() => run(reads, { steps: 9 }, data)).code).toBe('limit-steps');
    }
    expect(errorOf(() => run('123{{ print "456" }}', { outputLength: 5 })).code).toBe('limit-output-length');
    expect(run('{{ until 5 }}', { listLength: 5 })).toBe('[0 1 2 3 4]');
    expect(errorOf(() => run('{{ until 6 }}', { listLength: 5 })).code).toBe('limit-list-length');
    expect(run('12345', { templateBytes: 5 })).toBe('12345');
    expect(errorOf(() => run('123456', { templateBytes: 5 })).code).toBe('limit-template-size');
    const countdown = (from: number): string =>
      `{{ define "a" }}{{ if . }}{{ template "a" (trimPrefix "x" .) }}{{ end }}{{ end }}{{ template "a" "${'x'.repeat(from)}" }}`;
    expect(run(countdown(4), { templateDepth: 5 })).toBe('');
    expect(errorOf(() => run(countdown(5), { templateDepth: 5 })).code).toBe('limit-template-depth');
  });

  it('name the place where they were passed', () => {
    const error = errorOf(() => run('a\n{{ range 9 }}\n  {{ repeat 10 "x" }}{{ end }}', { valueLength: 5 }));
    expect(error.toString()).toBe('3:6: "repeat": a value has more than 5 characters');
  });

  it('leave room for what a policy holds', () => {
    // A Secret of a megabyte, decoded, indented and printed, is the largest that a template has to handle.
    const data = { data: 'QUJD'.repeat(200_000) };
    expect(run('{{ .data | b64dec | indent 2 | trim | len }}', {}, data)).toBe('600000');
    expect(defaultLimits.templateBytes).toBe(65_536);
  });
});
