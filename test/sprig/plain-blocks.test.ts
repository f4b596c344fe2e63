import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPlainBlocks } from '../../src/sprig/yaml/plain-blocks.ts';
import { readYaml, YamlError } from '../../src/sprig/yaml/reader.ts';
import type { Resolved } from '../../src/sprig/yaml/resolve.ts';
import type { Value } from '../../src/template/value.ts';

const unlimited = { charge: (): void => undefined };

/** What is not of this form, a comment that is indented, sends the whole text to the parser, and means nothing. */
function byParser(text: string): unknown {
  try {
    return readYaml(`${text}\n #`, unlimited);
  } catch (error) {
    if (error instanceof YamlError) return 'an error';
    throw error;
  }
}

const asText = (scalar: Resolved): Value => (scalar === null ? null : String(scalar));
const asWritten = (text: string): unknown => readPlainBlocks(text, asText);
const isTaken = (text: string): boolean => asWritten(text) !== undefined;

const KUBECONFIG = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==
    server: https://oslo.example:6443
  name: oslo
contexts:
- context:
    cluster: oslo
    user: oslo-admin
  name: oslo-admin@oslo
current-context: oslo-admin@oslo
kind: Config
preferences: {}
users:
- name: oslo-admin
  user:
    client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==
    client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQo=
`;

describe('YAML as programs write it is read without the parser', () => {
  it('a kubeconfig', () => {
    expect(isTaken(KUBECONFIG)).toBe(true);
  });

  it.each<[sentence: string, text: string, root: unknown, values: number]>([
    ['a map', 'a: x\nb: z', { a: 'x', b: 'z' }, 3],
    ['maps in maps', 'a:\n  b:\n    c: x\nd: v\n', { a: { b: { c: 'x' } }, d: 'v' }, 5],
    [
      'a list in the column of its key',
      'a:\n- b: x\n  c: v\n- b: z\nd: w',
      { a: [{ b: 'x', c: 'v' }, { b: 'z' }], d: 'w' },
      8,
    ],
    [
      'a list that is indented',
      'a:\n    - b:\n        c: x\n      d: v',
      { a: [{ b: { c: 'x' }, d: 'v' }] },
      6,
    ],
    ['a list in an entry', 'a:\n- b:\n  - c: x\n  d: v', { a: [{ b: [{ c: 'x' }], d: 'v' }] }, 7],
    ['keys without a value', 'a:\nb:\n- c:\n- d:', { a: null, b: [{ c: null }, { d: null }] }, 7],
    ['quoted text', `a: "x: y # z"\nb: 'say "x"'\nc: ""`, { a: 'x: y # z', b: 'say "x"', c: '' }, 4],
    ['empty maps and lists', 'a: {}\nb: []', { a: {}, b: [] }, 3],
    ['lines of comment', '# x: y\na:\n# z\n  b: x\n#', { a: { b: 'x' } }, 3],
  ])('%s', (_sentence, text, root, values) => {
    expect(readPlainBlocks(text, asText)).toEqual({ root, values });
    expect(byParser(text)).toEqual(readYaml(text, unlimited));
  });

  it('scalars mean what they mean to the parser', () => {
    const words = [
      'yes',
      'Null',
      '1',
      '0x1f',
      '1_000',
      '1e3',
      '1:30',
      '2020-01-01',
      'v1',
      '0b1',
      '07',
      '08',
      'NO',
      'x=',
      '/a/b',
      '1.5',
    ];
    const text = words.map((word, index) => `k${String(index)}: ${word}`).join('\n');
    expect(isTaken(text)).toBe(true);
    expect(readYaml(text, unlimited)).toEqual(byParser(text));
  });
});

describe('all else is left to the parser', () => {
  it.each([
    ['nothing', ''],
    ['a list', '- a: b'],
    ['a scalar', 'a'],
    ['a key that is no text', 'yes: a'],
    ['a key twice', 'a: b\na: c'],
    ['a key twice, the second with a list', 'a:\n- b: c\na:\n- b: d'],
    ['a merge', 'a: {}\n<<: b'],
    ['an anchor', 'a: &b c'],
    ['an alias', 'a: *b'],
    ['a tag', 'a: !!str b'],
    ['text over several lines', 'a: b\n  c'],
    ['a key below text', 'a: b\n  c: d'],
    ['a block of text', 'a: |\n  b'],
    ['an escape', 'a: "\\x41"'],
    ['a quote in quotes', "a: 'b''c'"],
    ['a flow map', 'a: {b: c}'],
    ['a comment behind a value', 'a: b # c'],
    ['a value with a colon at its end', 'a: b:'],
    ['a value with blanks', 'a: b c'],
    ['a blank at the end', 'a: b '],
    ['a tab', 'a:\tb'],
    ['a carriage return', 'a: b\r\nc: d'],
    ['other letters', 'a: ä'],
    ['a document marker', '---\na: b'],
    ['a second document', 'a: b\n---\nc: d'],
    ['an empty line', 'a: b\n\nc: d'],
    ['indentation that fits nothing', 'a:\n    b: c\n  d: e'],
    ['an entry that fits nothing', 'a:\n  - b: c\n - d: e'],
    ['an entry in a map', 'a: b\n- c: d'],
    ['a map where the list goes on', 'a:\n- b: c\nd: e\n- f: g'],
    ['a list of scalars', 'a:\n- b'],
    ['a list in a list', 'a:\n- - b: c'],
    ['a root that is indented', '  a: b'],
    ['deep nesting', Array.from({ length: 30 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('%s', (_sentence, text) => {
    expect(asWritten(text)).toBeUndefined();
  });
});

describe('of any text', () => {
  const odd = fc.oneof(
    fc.constantFrom('"x', 'x:', '#', '# x', 'x #', '|', '&x', '*x', '- x', 'x: x', '~', '<<'),
    fc.string({ unit: fc.constantFrom(...'aZ09:/=-+._~@%"\'#,{}[]&*!|> '), maxLength: 6 }),
  );
  const usual = fc.constantFrom('', '', 'x', '0x1F', '{}', '[]', '"u v"', "'w'");
  const line = fc
    .tuple(
      fc.nat({ max: 3 }),
      fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom('', '- ') },
        { weight: 1, arbitrary: fc.constantFrom('- - ', '-  ', '? ') },
      ),
      fc.oneof(
        { weight: 16, arbitrary: fc.constantFrom('a', 'b', 'c', 'd') },
        { weight: 1, arbitrary: fc.constantFrom('on', '"a"', 'a b', '<<') },
      ),
      fc.oneof(
        { weight: 16, arbitrary: fc.constant(': ') },
        { weight: 1, arbitrary: fc.constantFrom(':', ':  ', '', '=') },
      ),
      fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: odd }),
    )
    .map(
      ([indent, dash, key, colon, value]) =>
        `${' '.repeat(indent)}${dash}${key}${value === '' ? colon.trimEnd() : colon}${value}`,
    );

  it('what is taken is valid, and means the same to the parser', () => {
    let taken = 0;
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 5 }).map((lines) => `a:\n${lines.join('\n')}`),
        (text) => {
          if (!isTaken(text)) return;
          taken++;
          expect(readYaml(text, unlimited)).toEqual(byParser(text));
        },
      ),
      { numRuns: 20_000 },
    );
    expect(taken).toBeGreaterThan(1_000);
  });
});
