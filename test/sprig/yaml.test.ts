import fc from 'fast-check';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { errorOf, render } from './render.ts';

const toYaml = (value: unknown): string => render('{{ fromJson . | toYaml }}', JSON.stringify(value));
const fromYaml = (text: string): unknown => JSON.parse(render('{{ fromYaml . | toJson }}', text));

// Expectations are those of sigs.k8s.io/yaml with gopkg.in/yaml.v2 (test/conformance/oracle).
describe('toYaml', () => {
  it.each<[string, unknown, string]>([
    ['keys are in natural order', { a10: 1, a9: 2, B: 3, _: 4, 1: 5 }, '_: 4\n"1": 5\nB: 3\na9: 2\na10: 1'],
    ['lists in maps are not indented', { a: [1, [2, { b: 3 }]] }, 'a:\n- 1\n- - 2\n  - b: 3'],
    ['empty containers', { a: [], b: {} }, 'a: []\nb: {}'],
    [
      'a string that would be something else is quoted',
      ['true', 'no', '1', '1e3', '', '~', '2020-01-01', '0x1f', '1:30'],
      '- "true"\n- "no"\n- "1"\n- "1e3"\n- ""\n- "~"\n- "2020-01-01"\n- "0x1f"\n- "1:30"',
    ],
    [
      'a string with indicators is in single quotes',
      ['a: b', '- a', "'", '#', '&a', 'a #b', ' a', 'a:'],
      "- 'a: b'\n- '- a'\n- ''''\n- '#'\n- '&a'\n- 'a #b'\n- ' a'\n- 'a:'",
    ],
    [
      'what only looks like one is plain',
      ['a:b', 'a#b', '-a', '?a', ':a', 'a-', '<<', '='],
      '- a:b\n- a#b\n- -a\n- ?a\n- :a\n- a-\n- <<\n- =',
    ],
    [
      'lines',
      { a: 'x\ny', b: 'x\n', c: 'x\n\n', d: ' x\ny' },
      'a: |-\n  x\n  y\nb: |\n  x\nc: |+\n  x\n\nd: |2-\n   x\n  y',
    ],
    [
      'what a block cannot hold is in double quotes',
      ['a \nb', 'a\tb', 'a\u0001', '😀', 'a\r\nb'],
      '- "a \\nb"\n- "a\\tb"\n- "a\\x01"\n- "\\U0001F600"\n- "a\\r\\nb"',
    ],
    [
      'floats',
      [0.1, 1e21, 1e-7, 12345678.5, 1e10, 2 ** 63, 1e20],
      '- 0.1\n- 1e+21\n- 1e-07\n- 1.23456785e+07\n- 10000000000\n- 9223372036854776000\n- 1e+20',
    ],
    ['a long key', { ['k'.repeat(130)]: [1] }, `? ${'k'.repeat(130)}\n: - 1`],
    ['a key of two lines', { 'a\nb': 1 }, '? |-\n  a\n  b\n: 1'],
    [
      'a long text is folded',
      { a: `${'word '.repeat(20)}end` },
      `a: ${'word '.repeat(15)}word\n  ${'word '.repeat(4)}end`,
    ],
  ])('%s', (_sentence, value, yaml) => {
    expect(toYaml(value)).toBe(yaml);
  });

  it('what JSON cannot write leaves nothing', () => {
    expect(render('[{{ toYaml (float64 "nan") }}]')).toBe('[]');
    expect(errorOf('{{ mustToYaml (float64 "nan") }}').code).toBe('function-failed');
  });

  it('is read back as what was written', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(parse(toYaml(plain))).toEqual(plain);
        if (typeof plain === 'object' && plain !== null && !Array.isArray(plain))
          expect(fromYaml(toYaml(plain))).toEqual(plain);
      }),
    );
  });
});

describe('fromYaml', () => {
  it.each<[string, string, unknown]>([
    [
      'words of YAML 1.1',
      'a: yes\nb: Off\nc: n\nd: ~\ne: null\nf: nO',
      { a: true, b: false, c: false, d: null, e: null, f: 'nO' },
    ],
    [
      'numbers of YAML 1.1',
      'a: 010\nb: 0o10\nc: 0b11\nd: 1_000\ne: 0x1f\nf: .5\ng: 1e3\nh: 1:30',
      { a: 8, b: 8, c: 3, d: 1000, e: 31, f: 0.5, g: 1000, h: '1:30' },
    ],
    [
      'timestamps stay text',
      'a: 2020-01-01\nb: 2020-01-01T00:00:00Z',
      { a: '2020-01-01', b: '2020-01-01T00:00:00Z' },
    ],
    ['quoted scalars are strings', 'a: "1"\nb: \'true\'\nc: |\n  1\n', { a: '1', b: 'true', c: '1\n' }],
    ['keys become strings', '1: a\n1.5: b\ntrue: c\n0x10: d', { 1: 'a', 1.5: 'b', true: 'c', 16: 'd' }],
    ['the last of equal keys counts', 'a: 1\na: 2', { a: 2 }],
    ['tags', 'a: !!str 1\nb: !!float 1\nc: !!binary aGk=\nd: !x y', { a: '1', b: 1, c: 'hi', d: 'y' }],
    [
      'aliases and merge keys',
      'a: &a {x: 1, z: 2}\nb: {<<: *a, z: 3}\nc: *a',
      { a: { x: 1, z: 2 }, b: { x: 1, z: 3 }, c: { x: 1, z: 2 } },
    ],
    ['the first of several documents', 'a: 1\n---\nb: 2', { a: 1 }],
    ['an empty document', '# nothing', {}],
    ['JSON', '{"a": ["b", null]}', { a: ['b', null] }],
  ])('%s', (_sentence, yaml, value) => {
    expect(fromYaml(yaml)).toEqual(value);
  });

  it.each([
    ['what is merged is no map', '<<: 7'],
    ['an item of what is merged is no map', '<<: [7]'],
    ['a map that holds itself', 'a: &s {self: *s}'],
  ])('tells of %s as of any other mistake', (_sentence, yaml) => {
    expect(Object.keys(fromYaml(yaml) as object)).toEqual(['Error']);
    expect(() => render('{{ mustFromYaml . }}', yaml)).toThrow('error converting YAML to JSON');
  });

  it('every number is a float', () => {
    expect(render('{{ (fromYaml "a: 1").a | typeOf }}')).toBe('float64');
  });

  it.each([
    ['a list', '- a'],
    ['a scalar', '5'],
    ['bad syntax', 'a: [1'],
    ['an unknown alias', 'a: *b'],
    ['an anchor that contains itself', 'a: &a [*a]'],
    ['a key that is a list', '? [a]\n: 1'],
    ['a tag that does not fit', 'a: !!int x'],
    ['infinity', 'a: .inf'],
  ])('%s gives a map with the reason, or fails', (_sentence, yaml) => {
    expect(fromYaml(yaml)).toEqual({ Error: expect.stringMatching(/^error /) as string });
    expect(errorOf('{{ mustFromYaml . }}', yaml).code).toBe('function-failed');
  });

  it('an error does not quote the text, which may be a secret', () => {
    expect(errorOf('{{ mustFromYaml . }}', 'password: hunter2: x').message).not.toContain('hunter2');
  });

  it('aliases that multiply run out of steps', () => {
    const levels = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (const [name, below] of ['ba', 'cb', 'dc', 'ed', 'fe'].map((pair) => [...pair])) {
      levels.push(
        `${String(name)}: &${String(name)} [${Array.from({ length: 10 }, () => `*${String(below)}`).join(', ')}]`,
      );
    }
    expect(errorOf('{{ fromYaml . }}', levels.join('\n')).code).toBe('limit-steps');
  });
});
