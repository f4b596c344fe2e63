import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allFunctions } from '../../src/sprig/index.ts';
import { compile, decodeJson } from '../../src/template/index.ts';
import type { ReadPath, Value } from '../../src/template/index.ts';
import { loadSuites } from '../conformance/cases.ts';

const readPaths = (text: string): readonly ReadPath[] => compile(text, { functions: allFunctions }).readPaths;

/** Paths with `/**` where everything below is read; each once, sorted. */
function paths(text: string): string[] {
  const found = readPaths(text).map(({ path, subtree }) => path.join('.') + (subtree ? '/**' : ''));
  return [...new Set(found)].sort();
}

describe('what a template can read', () => {
  it.each<[string, string, string[]]>([
    ['nothing', 'text {{ 1 }} {{ "a" | upper }} {{ now }}', []],
    ['a printed field, with all below', '{{ .source.spec.port }}', ['source.spec.port/**']],
    ['all data', '{{ . }}', ['/**']],
    ['all data through $', '{{ with .a }}{{ $ }}{{ end }}', ['/**', 'a']],
    ['a string, which has nothing below', '{{ upper .source.metadata.name }}', ['source.metadata.name']],
    ['what is compared', '{{ if eq .a.b "x" }}{{ end }}', ['a.b']],
    ['what is only tested', '{{ if and .a (not .b.c) }}{{ end }}', ['a', 'b.c']],
    ['through with', '{{ with .a }}{{ .b }}{{ else }}{{ .c }}{{ end }}', ['a', 'a.b/**', 'c/**']],
    ['through range', '{{ range .l }}{{ .x }}{{ else }}{{ .y }}{{ end }}', ['l', 'l.*', 'l.*.x/**', 'y/**']],
    [
      'through the variables of range',
      '{{ range $k, $v := .m }}{{ $k }}{{ $v.x }}{{ end }}',
      ['m', 'm.*', 'm.*.x/**'],
    ],
    [
      'through variables',
      '{{ $x := .a.b }}{{ $x.c }}{{ $y := $x.d }}{{ $y }}',
      ['a.b', 'a.b.c/**', 'a.b.d', 'a.b.d/**'],
    ],
    [
      'through assignments',
      '{{ $x := .a }}{{ if .b }}{{ $x = .c }}{{ end }}{{ $x.d }}',
      ['a', 'a.d/**', 'b', 'c', 'c.d/**'],
    ],
    [
      'through assignments in a loop',
      '{{ $x := .a }}{{ range .l }}{{ $x.n }}{{ $x = .e }}{{ end }}',
      ['a', 'a.n/**', 'l', 'l.*', 'l.*.e', 'l.*.e.n/**'],
    ],
    [
      'through variables that and/or may not set',
      '{{ $x := .a }}{{ $y := or .b ($x := .c) }}{{ $x.d }}',
      ['a', 'a.d/**', 'b', 'c', 'c.d/**'],
    ],
    [
      'through parentheses',
      '{{ (.a).b }}{{ ((.c | default .d)).e }}',
      ['a', 'a.b/**', 'c', 'c.e/**', 'd', 'd.e/**'],
    ],
    [
      'through templates',
      '{{ define "t" }}{{ .x }}{{ $.y }}{{ end }}{{ template "t" .a }}{{ template "t" .b }}',
      ['a', 'a.x/**', 'a.y/**', 'b', 'b.x/**', 'b.y/**'],
    ],
    ['through blocks', '{{ block "t" .a }}{{ .x }}{{ end }}', ['a', 'a.x/**']],
    ['but not templates that are never called', '{{ define "t" }}{{ .x }}{{ end }}', []],
    [
      'through index',
      '{{ index .l 0 "a.b" }}{{ index .m .k }}',
      ['k', 'l', 'l.0', 'l.0.a.b/**', 'm', 'm.*/**'],
    ],
    ['through get', '{{ (get .m "k").x }}', ['m', 'm.k', 'm.k.x/**']],
    ['through dig', '{{ dig "a" "b" .d .m }}', ['d/**', 'm', 'm.a', 'm.a.b/**']],
    [
      'through first and last',
      '{{ (first .l).x }}{{ (.m | last).y }}',
      ['l', 'l.*', 'l.*.x/**', 'm', 'm.*', 'm.*.y/**'],
    ],
    [
      'through default, ternary and coalesce',
      '{{ (default .a .b).x }}{{ (ternary .c .d .e).y }}',
      ['a', 'a.x/**', 'b', 'b.x/**', 'c', 'c.y/**', 'd', 'd.y/**', 'e', 'e.y/**'],
    ],
    ['that a key is there', '{{ hasKey .m "k" }}', ['m', 'm.k']],
    ['which keys there are', '{{ len .m }}{{ keys .m }}', ['m', 'm.*']],
    ['some keys', '{{ pluck "k" .m .n }}{{ pick .o "p" }}', ['m', 'm.k/**', 'n', 'n.k/**', 'o', 'o.p/**']],
    ['all that an encoder is given', '{{ toYaml .a }}{{ .b | toJson }}', ['a/**', 'b/**']],
    ['all that any other function is given', '{{ $l := list .a }}{{ (index $l 0).x }}', ['a/**']],
    ['what the arguments of a method are', '{{ .t.Format .layout }}', ['layout/**', 't.Format/**']],
  ])('is %s', (_name, text, expected) => {
    expect(paths(text)).toEqual(expected.sort());
  });

  it('comes with its places, and whether it is written as a field', () => {
    expect(readPaths('{{ .a.b }}\n{{ with .c }}{{ .d }}{{ index . "e" }}{{ end }}')).toEqual([
      { path: ['a', 'b'], subtree: true, exactField: true, line: 1, column: 6 },
      { path: ['c'], subtree: false, exactField: true, line: 2, column: 9 },
      { path: ['c', 'd'], subtree: true, exactField: true, line: 2, column: 17 },
      { path: ['c', 'e'], subtree: true, exactField: false, line: 2, column: 25 },
    ]);
  });

  it.each(['{{ eq .a "x" }}', '{{ and .a "x" }}', '{{ dig "x" .a .a }}', '{{ index .a "x" }}'])(
    'is all that is given to a function of the caller, whatever the builtin of its name reads: %s',
    (text) => {
      const prints = { params: [], variadic: 'any', call: ([first]: readonly Value[]) => first } as const;
      const own = new Map([
        ...allFunctions,
        ...['eq', 'and', 'dig', 'index'].map((name) => [name, prints] as const),
      ]);
      const { readPaths } = compile(text, { functions: own });
      expect(new Set(readPaths.map(({ path, subtree }) => [path.join('.'), subtree].join()))).toEqual(
        new Set(['a,true']),
      );
    },
  );

  it('ends where loops and recursion would go on for ever', () => {
    const loop = paths('{{ $x := .a }}{{ range .l }}{{ $x = $x.n }}{{ end }}{{ $x.v }}');
    expect(loop).toContain('a.n.n.v/**');
    expect(loop.some((path) => path.endsWith('.n.n.n/**'))).toBe(true);
    const recursion = paths(
      '{{ define "t" }}{{ template "t" .l }}{{ template "t" .r }}{{ end }}{{ template "t" .a }}',
    );
    expect(recursion.some((path) => path.endsWith('/**'))).toBe(true);
  });
});

interface Tree {
  subtree: boolean;
  readonly children: Map<string, Tree>;
}

function treeOf(readPaths: readonly ReadPath[]): Tree {
  const root: Tree = { subtree: false, children: new Map() };
  for (const { path, subtree } of readPaths) {
    let node = root;
    for (const key of path) {
      const child: Tree = node.children.get(key) ?? { subtree: false, children: new Map() };
      node.children.set(key, child);
      node = child;
    }
    node.subtree ||= subtree;
  }
  return root;
}

const unread: Tree = { subtree: false, children: new Map() };

function union(a: Tree, b: Tree): Tree {
  const keys = [...new Set([...a.children.keys(), ...b.children.keys()])];
  const child = (key: string): Tree => union(a.children.get(key) ?? unread, b.children.get(key) ?? unread);
  return { subtree: a.subtree || b.subtree, children: new Map(keys.map((key) => [key, child(key)])) };
}

/** The least that the read paths promise: what is not read is gone, or another thing of the same kind. */
function project(value: unknown, tree: Tree): unknown {
  if (tree.subtree || typeof value !== 'object' || value === null) return value;
  const all = tree.children.get('*');
  const below = (key: string): Tree => union(all ?? unread, tree.children.get(key) ?? unread);
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, i) => project(item, below(String(i))));
    if (all) return items;
    // Otherwise the length is not read, but for whether there is an index, or anything at all.
    return items.slice(0, Math.max(1, ...[...tree.children.keys()].map((key) => Number(key) + 1 || 1)));
  }
  const kept = Object.entries(value).filter(([key]) => all || tree.children.has(key));
  const entries = kept.map(([key, item]): [string, unknown] => [key, project(item, below(key))]);
  // Not empty stays not empty.
  if (entries.length === 0 && Object.keys(value).length > 0) return { unread: null };
  return Object.fromEntries(entries);
}

describe('data reduced to the read paths', () => {
  const suites = loadSuites(join(import.meta.dirname, '..', 'conformance', 'fixtures'));
  const run = (text: string, data: Value): string => {
    const template = compile(text, { functions: allFunctions });
    try {
      return template.execute(data, { now: () => 0, random: () => 0.5 });
    } catch (error) {
      return `error: ${String((error as { code?: string }).code)}`;
    }
  };

  // Random templates mostly fail early, so a part of them will do.
  const part = (file: string): number => (file === 'fuzz.jsonl' ? 5 : 1);

  it.each(suites)('renders the same: $file', { timeout: 60_000 }, ({ file, cases, data }) => {
    const differing: string[] = [];
    for (const test of cases.filter(({ error }, i) => error !== 'parse' && i % part(file) === 0)) {
      const value = data[test.data];
      const reduced = project(value, treeOf(readPaths(test.tmpl)));
      const full = run(test.tmpl, value);
      const least = run(test.tmpl, decodeJson(JSON.stringify(reduced)));
      if (full !== least) differing.push(`${test.tmpl}: ${full} / ${least}`);
    }
    expect(differing).toEqual([]);
  });
});
