import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument, Scalar, stringify } from 'yaml';
import { sourceOffset } from '../../src/cli/manifests/scalar-position.ts';

/** The scalar of `key` in a one-entry mapping. */
function scalarOf(source: string): Scalar {
  const node: unknown = parseDocument(source).get('key', true);
  if (!(node instanceof Scalar)) throw new Error('key is no scalar');
  return node;
}

/** In each source the word `here` stands once, and so it does in the value. */
const styles: readonly [style: string, source: string][] = [
  ['a plain scalar', 'key: a{b} here c\n'],
  ['a plain scalar over several lines', 'key: first\n  second\n\n\n  third here\nother: 1\n'],
  ['a single-quoted scalar', "key: '{{ here }}'\n"],
  ['a single-quoted scalar with doubled quotes', "key: 'it''s ''''not'' here'\n"],
  ['a single-quoted scalar over several lines', "key: 'one\n\n   two\n   it''s here'\n"],
  ['a double-quoted scalar', 'key: "{{ here }}"\n'],
  ['a double-quoted scalar with escapes', 'key: "a\\tb\\n\\"c\\" \\x41\\u00e9\\U0001F600 \\/ \\\\ here"\n'],
  ['a double-quoted scalar with an escaped line break', 'key: "one \\\n  two\\\n  \\  here"\n'],
  ['a double-quoted scalar with folded lines', 'key: "one\n\n  two\n  here"\n'],
  ['a literal block', 'key: |\n  one\n    two\n  here\n'],
  ['a literal block without a last line break', 'key: |-\n  one\n\n  here'],
  ['a literal block that keeps its last line breaks', 'key: |+\n  one here\n\n\nother: 1\n'],
  ['a literal block whose first line is indented more', 'key: |2\n      one\n    here\n'],
  ['a literal block with indicators and a comment', 'key: |1- # a comment\n   one\n    two: here\n'],
  ['a literal block that begins with empty lines', 'key: |\n\n\n  here\n'],
  ['a literal block indented deeply', 'key: |\n              one\n              two here\n'],
  ['a folded block', 'key: >\n  one\n  two\n\n  three\n  here\n'],
  ['a folded block with lines indented more', 'key: >-\n  one\n    two\n    three\n  four\n  here\n'],
  ['a folded block with an indentation indicator', 'key: >2\n     one\n  two\n  here\n'],
  ['a block with Windows line ends', 'key: |\r\n  one\r\n  here\r\n'],
  ['a block with characters beyond the basic plane', 'key: |\n  😀 здесь\n  😀 here\n'],
  ['JSON', '{"key": "one\\n\\t\\"two\\" \\ud83d\\ude00 here"}'],
];

describe('sourceOffset', () => {
  it.each(styles)('finds a word in %s', (_style, source) => {
    const node = scalarOf(source);
    const value = String(node.value);
    expect(source.split('here')).toHaveLength(2);
    expect(value.split('here')).toHaveLength(2);
    expect(sourceOffset(source, node, value.indexOf('here'))).toBe(source.indexOf('here'));
    expect(sourceOffset(source, node, value.indexOf('here') + 3)).toBe(source.indexOf('here') + 3);
  });

  it('places white space behind what precedes it', () => {
    const source = 'key: |\n  a  b\n';
    expect(sourceOffset(source, scalarOf(source), 2)).toBe(source.indexOf('b') - 1);
  });

  it('places the end of the value, and what is beyond it, no further than the end of the scalar', () => {
    const source = 'key: "abc"\nother: 1\n';
    const end = source.indexOf('\n');
    expect(sourceOffset(source, scalarOf(source), 3)).toBe(end - 1);
    expect(sourceOffset(source, scalarOf(source), 99)).toBe(end);
  });

  it('knows nothing of a value that is not in the source', () => {
    const node = scalarOf('key: value\n');
    expect(sourceOffset('something else entirely', node, 1)).toBeUndefined();
    expect(sourceOffset('', new Scalar('made, not read'), 0)).toBeUndefined();
    const empty = 'key: ""\n';
    expect(sourceOffset(empty, scalarOf(empty), 0)).toBeUndefined();
  });

  it('finds each visible character that the source spells as itself, whatever the text and the style', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'é', '😀', ' ', '  ', '\n', "'", '"', '\\', '#', ':', '{', '\t'),
    });
    const style = fc.constantFrom(
      Scalar.PLAIN,
      Scalar.QUOTE_SINGLE,
      Scalar.QUOTE_DOUBLE,
      Scalar.BLOCK_LITERAL,
      Scalar.BLOCK_FOLDED,
    );
    fc.assert(
      fc.property(text, style, fc.constantFrom(0, 20, 40), (written, type, lineWidth) => {
        const scalar = new Scalar(written);
        scalar.type = type;
        const source = stringify({ key: scalar }, { lineWidth });
        // The library writes a few texts so that they come back as others, or not at all (":\na" as a plain scalar).
        fc.pre(parseDocument(source).errors.length === 0);
        const node = scalarOf(source);
        const value = String(node.value);
        for (const [index, character] of [...value].entries()) {
          if (!/[abé{#:]/.test(character)) continue;
          const at = [...value].slice(0, index).join('').length;
          expect(source.charAt(sourceOffset(source, node, at) ?? -1)).toBe(character);
        }
      }),
      {
        numRuns: 300,
        examples: [
          ['\t\n \naé', Scalar.BLOCK_FOLDED, 0],
          [':\na', Scalar.PLAIN, 0],
        ],
      },
    );
  });
});
