import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { YamlShapeError } from '../../src/policy/rendering/yaml-error.ts';
import { YamlRenderer } from '../../src/policy/rendering/yaml-shape.ts';
import type { Fragment } from '../../src/template/value.ts';

const value = (text: string): Fragment => ({ kind: 'value', value: text, exact: false });
const exact = (text: string, encoded: string): Fragment => ({
  kind: 'value',
  value: text,
  exact: true,
  encoded,
});

/** `a: ${…}` as fragments: literals are structure, the holes are values. */
function yaml(literals: TemplateStringsArray, ...values: (string | Fragment)[]): Fragment[] {
  return literals.flatMap((text, index): Fragment[] => {
    const hole = values[index];
    const fragment = typeof hole === 'string' ? value(hole) : hole;
    return [{ kind: 'text', text }, ...(fragment === undefined ? [] : [fragment])];
  });
}

const render = (fragments: Fragment[]) => new YamlRenderer().render(fragments);

/** Every kind of scalar, and keys; each with what the document is for a value. */
const places: readonly [name: string, (v: string) => Fragment[], (v: string) => unknown][] = [
  ['a double-quoted scalar', (v) => yaml`spec:\n  a: "${v}"\n  b: 1\n`, (v) => ({ spec: { a: v, b: 1 } })],
  ['a single-quoted scalar', (v) => yaml`spec:\n  a: '${v}'\n  b: 1\n`, (v) => ({ spec: { a: v, b: 1 } })],
  ['a quoted scalar with text around', (v) => yaml`a: "x${v}y"\nb: 1\n`, (v) => ({ a: `x${v}y`, b: 1 })],
  ['a literal block', (v) => yaml`a: |-\n  ${v}\nb: 1\n`, (v) => ({ a: v, b: 1 })],
  ['a folded block', (v) => yaml`a: >-\n  ${v}\nb: 1\n`, (v) => ({ a: v, b: 1 })],
  ['a plain scalar after text', (v) => yaml`a: x-${v}\nb: 1\n`, (v) => ({ a: `x-${v}`, b: 1 })],
  ['a flow sequence', (v) => yaml`a: ["${v}", 2]\n`, (v) => ({ a: [v, 2] })],
  ['a flow mapping', (v) => yaml`a: {k: "${v}", l: 2}\n`, (v) => ({ a: { k: v, l: 2 } })],
  ['a quoted key', (v) => yaml`a:\n  "k${v}": 1\n`, (v) => ({ a: { [`k${v}`]: 1 } })],
  ['two values in one scalar', (v) => yaml`a: "${v}/${v}"\n`, (v) => ({ a: `${v}/${v}` })],
];

const hostile = [
  'plain',
  'a"b',
  "a'b",
  'a\nspec:\n  syncResources: []',
  'x"\n  apiserver: "https://evil',
  '---\nkind: Secret',
  'a: b',
  'a # b',
  '&anchor',
  '*alias',
  '!!binary x',
  '\ttab',
  '\u0000',
  '😀',
  '%YAML 1.1',
  '- item',
  '{a: b}',
  '[',
  '|',
  '>-',
  '<<',
  '__proto__',
  'InterpolatedValue0_',
  ' spaces ',
  '\r\n',
  '\ufeff',
];

describe('a value arrives as itself and never changes the structure', () => {
  describe.each(places)('in %s', (_, fragments, expected) => {
    it.each(hostile)('%j', (text) => {
      expect(render(fragments(text))).toEqual(expected(text));
    });

    it('any string', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
          expect(render(fragments(text))).toEqual(expected(text));
        }),
      );
    });
  });

  it('a value of 1 MB', () => {
    const text = 'x: "\n'.repeat(200_000);
    expect(render(yaml`a: "${text}"\nb: 1\n`)).toEqual({ a: text, b: 1 });
  });

  it('a plain scalar that is one value is resolved by the core schema, but stays one scalar', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const result = render(yaml`a: ${text}\nb: 1\n`) as Record<string, unknown>;
        expect(Object.keys(result)).toEqual(['a', 'b']);
        expect(result['a'] === null || typeof result['a'] !== 'object').toBe(true);
        expect(result['b']).toBe(1);
      }),
    );
  });
});

describe('rendering is equal to writing the text and parsing it, for values that need no quoting', () => {
  const simple = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9+/=.-]{0,40}$/);
  it.each([
    ['plain', (v: string) => yaml`a: ${v}\n`],
    ['double-quoted', (v: string) => yaml`a: "${v}"\n`],
    ['single-quoted', (v: string) => yaml`a: '${v}'\n`],
    ['in a sequence', (v: string) => yaml`a:\n- ${v}\n- x${v}\n`],
    ['a key', (v: string) => yaml`a:\n  x${v}: 1\n`],
  ])('%s', (_, fragments) => {
    fc.assert(
      fc.property(simple, (text) => {
        const parts = fragments(text);
        const written = parts.map((part) => (part.kind === 'text' ? part.text : part.value)).join('');
        expect(render(parts)).toEqual(parse(written));
      }),
    );
  });

  it.each([
    ['5', 5],
    ['true', true],
    ['null', null],
    ['~', null],
    ['1e3', 1000],
    ['0x1F', 31],
    ['1.50', 1.5],
    ['yes', 'yes'],
    ['"5"', '"5"'],
    ['', null],
  ])('the plain value %j is %j', (text, expected) => {
    expect(render(yaml`a: ${text}\n`)).toEqual({ a: expected });
  });
});

describe('values that an encoder wrote', () => {
  it('are strings whatever they look like, where they are a plain scalar of their own', () => {
    expect(render(yaml`a: ${exact('5', '"5"')}\n`)).toEqual({ a: '5' });
  });
  it('keep their encoded form inside a longer text', () => {
    expect(render(yaml`a: |\n  name: ${exact('a"b', '"a\\"b"')}\n`)).toEqual({ a: 'name: "a\\"b"\n' });
  });
});

describe('empty values', () => {
  it('alone on a line leave a blank line', () => {
    expect(render(yaml`a: 1\n${''}\nb: 2\n`)).toEqual({ a: 1, b: 2 });
  });
  it('after a key are null', () => {
    expect(render(yaml`a: ${''}\nb: 2\n`)).toEqual({ a: null, b: 2 });
  });
  it('in quotes are the empty string', () => {
    expect(render(yaml`a: "${''}"\n`)).toEqual({ a: '' });
  });
});

describe('what is refused', () => {
  it.each([
    ['a value in an anchor', yaml`a: &${'x'} 1\n`, 'a value stands in an anchor (&…)'],
    [
      'two documents',
      yaml`a: 1\n---\nb: 2\n`,
      'holds 2 YAML documents; it must be one: remove the "---" line',
    ],
    ['equal keys', yaml`a:\n  k: ${'x'}\n  k: 2\n`, 'is not YAML: the same key stands twice in one mapping'],
    ['equal keys out of values', yaml`"${'k'}": 1\nk: 2\n`, 'two keys of one mapping come out equal'],
    ['a tag beyond the core schema', yaml`a: !custom x\n`, 'is not YAML: unresolved tag: !custom'],
    ['a tab as indentation', yaml`a:\n\tb: 1\n`, 'is not YAML: a tab indents the line; indent with spaces'],
  ])('%s', (_, fragments, message) => {
    expect(() => render(fragments)).toThrow(message);
  });

  it('an alias that a value spells names no anchor, and the value is not in the message', () => {
    expect(() => render(yaml`a: &x 1\nb: *${'secret'}\n`)).toThrow(/\{\{…\}\}/);
  });

  it('errors tell the line and hide the values', () => {
    try {
      render(yaml`a: 1\nb: "${'hunter2'}\nc: 1\n`);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(YamlShapeError);
      expect(JSON.stringify(error)).not.toContain('hunter2');
      expect(String(error)).not.toContain('hunter2');
    }
  });

  it('a document that aliases blow up', () => {
    const laughs = Array.from(
      { length: 9 },
      (_, i) => `a${String(i + 1)}: &a${String(i + 1)} [${`*a${String(i)},`.repeat(9)}]`,
    );
    expect(() => render([{ kind: 'text', text: `a0: &a0 [x]\n${laughs.join('\n')}\n` }])).toThrow(
      /has more than 20000 YAML nodes/,
    );
  });
});

/** Texts that are small but cost a parser much: each is refused in time that its length bounds, or rendered. */
const expensive: readonly [name: string, text: string, outcome: string | RegExp][] = [
  ['lists in lists', '['.repeat(40_000), 'nests YAML deeper than 100 levels'],
  ['mappings in mappings', '{a: '.repeat(2000), 'nests YAML deeper than 100 levels'],
  ['list items in list items', '- '.repeat(30_000), 'nests YAML deeper than 100 levels'],
  ['an alias within what it names', 'a: &a\n  b: *a\n', /nests YAML deeper than 100 levels, counting/],
  ['a list of a million', `a: [${'x,'.repeat(500_000)}]`, 'has more than 100000 YAML tokens'],
  ['a quarter of a million documents', '---\n'.repeat(250_000), 'has more than 100000 YAML tokens'],
  [
    'nine thousand anchors and as many aliases',
    `a: [${Array.from({ length: 9000 }, (_, i) => `&a${String(i)} x,*a${String(i)},`).join('')}]`,
    /has more than 20000 YAML nodes/,
  ],
];

describe('what a text may cost is limited', () => {
  it.each(expensive)('%s', (_, text, outcome) => {
    expect(() => render([{ kind: 'text', text }])).toThrow(outcome);
  });

  it('nine thousand keys are compared without comparing each with each', () => {
    const keys = Array.from({ length: 9000 }, (_, index) => `k${String(index)}`);
    const text = keys.map((key) => `${key}: x\n`).join('');
    expect(Object.keys(render([{ kind: 'text', text }]) as object)).toEqual(keys);
  });

  it('a hundred levels are enough for anybody', () => {
    expect(() => render([{ kind: 'text', text: `${'['.repeat(98)}${']'.repeat(98)}` }])).not.toThrow();
  });
});

describe("a template's own text means what YAML says it means", () => {
  it('whatever it holds, written in any style', () => {
    const style = fc.record({
      collectionStyle: fc.constantFrom('any' as const, 'block' as const, 'flow' as const),
      defaultStringType: fc.constantFrom('PLAIN' as const, 'QUOTE_DOUBLE' as const, 'BLOCK_LITERAL' as const),
    });
    const data = fc.jsonValue({ maxDepth: 4 }).filter((data) => !JSON.stringify(data).includes('__proto__'));
    fc.assert(
      fc.property(data, style, (data, options) => {
        const text = stringify(data, options);
        expect(render([{ kind: 'text', text }])).toEqual(parse(text));
      }),
    );
  });

  it.each([
    ['an anchor that is used twice names the latest', 'a: &x 1\nb: *x\nc: &x 2\nd: *x\n'],
    ['an alias keeps its meaning where it is repeated', 'a: &x 1\nb: &y {z: *x}\nc: &x 2\nd: *y\ne: *x\n'],
    ['an anchor within what is repeated', 'a: &x {b: &y 1}\nc: *x\nd: *y\n'],
    ['an anchor of a key', '&k a: *k\n'],
  ])('%s', (_, text) => {
    expect(render([{ kind: 'text', text }])).toEqual(parse(text));
  });
});

describe('anchors, aliases and merge keys of the template itself work', () => {
  it('and a mapping overrides what it merges', () => {
    expect(render(yaml`base: &b {x: 1, y: "${'v'}"}\nc:\n  <<: *b\n  x: 2\n`)).toEqual({
      base: { x: 1, y: 'v' },
      c: { x: 2, y: 'v' },
    });
  });
});

describe('parsing is cached by shape', () => {
  it('renders ten thousand values with one parse', () => {
    const renderer = new YamlRenderer();
    for (let i = 0; i < 10_000; i++) renderer.render(yaml`a: "${`v${String(i)}`}"\n`);
    expect(renderer.parses).toBe(1);
  });
});
