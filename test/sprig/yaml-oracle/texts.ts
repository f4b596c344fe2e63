import { Random } from '../../conformance/oracle/random.ts';

/*
 * Random texts that are YAML, or nearly: the pieces in which YAML 1.1, YAML 1.2 and their readers differ, put together in flow
 * collections and in blocks.
 */

// prettier-ignore
const PIECES = [
  'a', 'b', 'exec', '"a"', "'b'", '"exec"', ':', ': ', ' :', ' : ', ',', ', ', '{', '}', '[', ']', '? ', '?', '!t ', '!t', '!!str ',
  '!', '!<x> ', '&a ', '&b', '*a', '*b ', '- ', '-', '\n', '\n  ', '\n- ', '\n  - ', '#', ' # c', '|\n', '>\n ', '|', '<<: ', '<<',
  '~', '""', '=', '%', '@', '`', '\t', ' ', '\\', '"\\x61"', '1', '.5', '---', '\n---\n', '...', 'null', 'é', '\r\n', "''", '"', "'",
  '+', '::', '?:', ':?', '::a', 'a:b', '-a', '[]', '{}', '!!binary YQ==', '!!merge <<', '"a b"', 'a b', '"a\n  b"', '\u00a0', '\u2028',
  '\u0085',
];

const FLOW = {
  between: [',', ', ', ' ,', ',\n '],
  before: ['', '', '', '? ', '?', '&a ', '*a ', '!t ', '!t'],
  keys: ['a', 'b', '"a"', "'b'", 'a b', '*a', '', 'a-b', 'é', '-a', ':a', 'a:', '- a', '<<', '[a]'],
  colons: [': ', ': ', ':', ' : ', ' :', '', '?', ' ? ', ':\n ', ':\t'],
  // prettier-ignore
  values: [
    '', 'x', '"y"', '[x]', '{c: d}', '&a x', '*a', '!t x', '!t', 'x:y', 'x:', '[a: b]', '{c}', '-', '- x', '!!str', '~', '#x', ' #x\n',
    '|', '"\\x62"', 'x?', '?x', 'x#y', "it's", 'a"b"', '@', '`', '%x',
  ],
} as const;

const BLOCK = {
  indents: ['', '', '  ', ' ', '    ', '\t'],
  before: ['', '', '- ', '-', '? ', ': ', '- - '],
  // prettier-ignore
  keys: ['a', 'b', '"a"', "'b'", '&a ', '*a', '!t ', '!t a', '<<', 'a b', '? a', '[a]', '{a: b}', '', '|', 'a: b', '%a', 'a\tb'],
  colons: [': ', ': ', ':', ' : ', ':\t', ''],
  // prettier-ignore
  values: [
    '', '', 'x', '"y"', "'z'", '|', '>', '|-', '|2', '&a x', '*a', '!t x', '!t', '{c: d}', '[x, y]', 'x # c', 'x #', '- x', '? x',
    'x: y', '"a', 'b"', '~', '!!str', '&a', '{', '}', '[', ']', ',',
  ],
  ends: ['\n', '\n', '\n', '\n\n', '\r\n', '\n---\n', '\n...\n', '\n# c\n'],
} as const;

/** As many texts as asked for; the same ones for a seed. */
export function randomTexts(count: number, seed: number): readonly string[] {
  const random = new Random(seed);
  const times = (most: number, make: (index: number) => string): string =>
    Array.from({ length: 1 + random.below(most) }, (_, index) => make(index)).join('');
  const flow = (index: number): string =>
    (index === 0 ? '' : random.pick(FLOW.between)) +
    random.pick(FLOW.before) +
    random.pick(FLOW.keys) +
    random.pick(FLOW.colons) +
    random.pick(FLOW.values);
  const line = (): string =>
    random.pick(BLOCK.indents) +
    random.pick(BLOCK.before) +
    random.pick(BLOCK.keys) +
    random.pick(BLOCK.colons) +
    random.pick(BLOCK.values) +
    random.pick(BLOCK.ends);
  const kinds = [
    () => `{${times(9, () => random.pick(PIECES))}}`,
    () => `r: {${times(4, flow)}}`,
    () => times(6, line),
  ];
  return Array.from({ length: count }, () => random.pick(kinds)());
}
