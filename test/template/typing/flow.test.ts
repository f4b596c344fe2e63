import { describe, expect, it } from 'vitest';
import { allFunctions } from '../../../src/sprig/index.ts';
import { compile } from '../../../src/template/index.ts';

/** The paths of which a template's output is made, or what is at some fields of it. */
const pathsOf = (text: string, ...fields: readonly string[]): readonly string[] =>
  compile(text, { functions: allFunctions })
    .flows.all.paths(fields)
    .map((path) => path.join('.'))
    .sort();

describe('what a template prints is made of', () => {
  it.each<[string, string, readonly string[]]>([
    ['a field', '{{ .a.b }}', ['a.b']],
    ['a field in a variable', '{{ $x := .a }}{{ $x.b }}', ['a.b']],
    [
      'what a variable is set to anywhere',
      '{{ $x := .a }}{{ if .c }}{{ $x = .b }}{{ end }}{{ $x }}',
      ['a', 'b'],
    ],
    ['items', '{{ range .a }}{{ .b }}{{ end }}', ['a.*.b']],
    ['keys', '{{ range $k, $v := .a }}{{ $k }}{{ end }}', ['a']],
    ['what a function computes', '{{ printf "%s-%s" .a .b | trunc 3 }}', ['a', 'b']],
    ['one of its arguments', '{{ default .a .b.c }}', ['a', 'b.c']],
    ['a parsed field', '{{ (fromJson .a).b }}', ['a.b']],
    [
      'an item of a list that is put together',
      '{{ range concat (list .a) .b }}{{ .c }}{{ end }}',
      ['a.*.c', 'a.c', 'b.*.c', 'b.c'],
    ],
    ['an item of a list of maps', '{{ range list (dict "a" (dict "b" .x)) }}{{ .a.b }}{{ end }}', ['x']],
    ['a field of a map that is made', '{{ $d := dict "a" .x "b" .y }}{{ $d.a }}', ['x']],
    [
      'a field that is set',
      '{{ $d := dict }}{{ $_ := set $d "a" .x }}{{ $_ = set $d "b" .y }}{{ $d.a }}',
      ['x'],
    ],
    [
      'a field that is set later, in a loop',
      '{{ $d := dict }}{{ range .l }}{{ $d.a }}{{ $_ := set $d "a" .x }}{{ end }}',
      ['l.*.x'],
    ],
    ['a field under a key that is not known', '{{ $d := dict .k .x }}{{ $d.a }}', ['x']],
    [
      'a field of maps that are merged',
      '{{ $d := merge (dict "a" .x) (dict "b" .y) .z }}{{ $d.b }}',
      ['y', 'z.b'],
    ],
    ['what a template gets', '{{ define "t" }}{{ .b }}{{ end }}{{ template "t" .a }}', ['a.b']],
    [
      'recursion, up to a depth',
      '{{ define "t" }}{{ .v }}{{ template "t" .n }}{{ end }}{{ template "t" . }}',
      Array.from({ length: 16 }, (_, depth) => `${'n.'.repeat(depth)}v`)
        .concat(Array(16).fill('n').join('.'))
        .sort(),
    ],
    ['no condition', '{{ if .a }}b{{ else }}c{{ end }}', []],
    ['no condition of a function', '{{ ternary "a" "b" .c }}', []],
    ['no boolean', '{{ eq .a .b }}{{ hasKey .c "d" }}', []],
    ['no key by which something else is picked', '{{ get (dict "a" "b") .c }}{{ index .d .e }}', ['d.*']],
  ])('%s', (_, text, paths) => {
    expect(pathsOf(text)).toEqual(paths);
  });

  it('at fields of a map, however it is encoded', () => {
    const text = '{{ dict "a" (dict "b" .x "c" .y) "d" .z | toYaml | b64enc | quote }}';
    expect(pathsOf(text, 'a', 'b')).toEqual(['x']);
    expect(pathsOf(text, 'a')).toEqual(['x', 'y']);
    expect(pathsOf(text, 'e')).toEqual([]);
  });

  it('all data, where too many values come together', () => {
    const values = Array.from({ length: 70 }, (_, index) => `{{ $x = .a${String(index)} }}`).join('');
    expect(pathsOf(`{{ $x := "" }}${values}{{ $x }}`)).toContain('');
  });

  // Each costs as much as it has entries, arguments or letters: the first one once took four seconds.
  it.each<[string, string]>([
    ['a map of many keys is read often', readingOften(2_000, (key) => `$m.${key}`)],
    ['a map of many keys is read as a whole', readingOften(2_000, () => 'values $m')],
    [
      'many values come together often',
      `{{ $v := .a }}${'{{ $v = .b }}'.repeat(9)}${`{{ coalesce${' $v'.repeat(100)} }}`.repeat(150)}`,
    ],
  ])('all data, where %s', (_, text) => {
    expect(pathsOf(text)).toEqual(['']);
  });
});

function readingOften(count: number, read: (key: string) => string): string {
  const keys = Array.from({ length: count }, (_, index) => `k${String(index)}`);
  return `{{ $m := dict ${keys.map((key) => `"${key}" .x`).join(' ')} }}${keys.map((key) => `{{ ${read(key)} }}`).join('')}`;
}
