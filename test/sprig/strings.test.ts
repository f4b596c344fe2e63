import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { errorOf, render } from './render.ts';

// Expectations are Go's own answers (test/conformance/oracle).
describe('String functions', () => {
  it.each<[string, string, string]>([
    ['trim drops white space of every script', '{{ trim "\\u2003\\u00a0 x y\\t\\n\\u0085" }}', 'x y'],
    ['trim keeps a byte order mark, which is no white space', '{{ trim "\\ufeffx" | quote }}', '"\\ufeffx"'],
    ['trimAll cuts any of the given characters', '{{ trimAll "é☃" "☃éaé☃" }}', 'a'],
    ['trimPrefix and trimSuffix cut once', '{{ trimPrefix "a" (trimSuffix "b" "aabb") }}', 'ab'],
    [
      'upper maps letter to letter, so that a sharp s stays',
      '{{ upper "straße ŉ ΐ ﬁ ᾳ" }}',
      'STRAßE ŉ ΐ ﬁ ᾼ',
    ],
    ['lower does not know final sigma, and a dotted capital I loses its dot', '{{ lower "ΑΣ İ" }}', 'ασ i'],
    ['upper replaces bytes that are not UTF-8', '{{ upper "é\\xff" }}', 'É�'],
    [
      'title uses title case, which the digraphs have',
      '{{ title "ǆabc o\'neil a_b a-b" }}',
      "ǅabc O'Neil A_b A-B",
    ],
    ['untitle lowers the first letter of each word', '{{ untitle "Hello World FOO" }}', 'hello world fOO'],
    ['swapcase capitalises what begins a word', '{{ swapcase "hELLO wORLD ǆ" }}', 'Hello World ǅ'],
    ['repeat none', '{{ repeat 0 "x" }}', ''],
    ['substr counts bytes', '{{ substr 1 3 "aéb" }}', 'é'],
    ['substr with a negative start takes from the front', '{{ substr -1 3 "abcdef" }}', 'abc'],
    ['substr with a negative end takes to the end', '{{ substr 2 -5 "abcdef" }}', 'cdef'],
    ['trunc from the end', '{{ trunc -3 "abcdef" }}', 'def'],
    ['trunc cuts through a character', '{{ trunc 4 "☃☃" | printf "%q" }}', '"☃\\xe2"'],
    ['nospace works on bytes and garbles what is not ASCII', '{{ nospace "é x" }}', 'Ã©x'],
    ['nospace leaves a text without white space alone', '{{ nospace "é☃" }}', 'é☃'],
    ['initials takes the first byte of each word', '{{ initials "élan vital" | printf "%q" }}', '"Ãv"'],
    ['abbrev keeps within the width', '{{ abbrev 8 "hello world" }}', 'hello...'],
    [
      'abbrev leaves a text alone where the width is too small',
      '{{ abbrev 3 "hello world" }}',
      'hello world',
    ],
    ['abbrevboth cuts both ends', '{{ abbrevboth 5 12 "abcdefghijklmnopqrstuvwxyz" }}', '...fghijk...'],
    [
      'abbrevboth near the end shows the end',
      '{{ abbrevboth 24 10 "abcdefghijklmnopqrstuvwxyz" }}',
      '...tuvwxyz',
    ],
    [
      'wrap breaks at spaces and leaves long words',
      '{{ wrap 5 "a bb ccccccccc dd" }}',
      'a bb\nccccccccc\ndd',
    ],
    ['wrapWith breaks long words', '{{ wrapWith 5 "|" "a bb ccccccccc dd" }}', 'a bb|ccccc|cccc|dd'],
    ['wrap drops spaces at the start of a line', '{{ wrap 4 "  aa   bbbb c" }}', 'aa  \nbbbb\nc'],
    ['wrap takes widths below one for one', '{{ wrap 0 "ab c" }}', 'ab\nc'],
    ['replace with nothing to find goes between the characters', '{{ replace "" "-" "a☃" }}', '-a-☃-'],
    ['replace takes the replacement literally', '{{ replace "a" "$&$1" "banana" }}', 'b$&$1n$&$1n$&$1'],
    [
      'snakecase puts numbers with the word before',
      '{{ snakecase "Bld4Floor3rd HTTP20xOK http2xx" }}',
      'bld4_floor_3rd_http_20x_ok_http_2xx',
    ],
    ['kebabcase keeps each space', '{{ kebabcase "Foo  Bar" }}', 'foo--bar'],
    ['camelcase lowers the rest of a word', '{{ camelcase "foo_BAR-baz qux" }}', 'FooBarBazQux'],
    ['camelcase of connectors alone repeats the last', '{{ camelcase "_-" }}', '_--'],
    ['plural by count', '{{ list (plural "one" "many" 1) (plural "one" "many" 0) }}', '[one many]'],
    ['split numbers its parts', '{{ split "," "a,b" }}', 'map[_0:a _1:b]'],
    ['splitn stops at the limit', '{{ splitn "," 2 "a,b,c" }}', 'map[_0:a _1:b,c]'],
    ['splitList without a separator takes characters', '{{ splitList "" "a☃" }}', '[a ☃]'],
    ['cat skips nil', '{{ cat 1 nil "a" (list 1) }}', '1 a [1]'],
    ['indent pads empty lines too', '{{ indent 2 "a\\n\\nb" }}', '  a\n  \n  b'],
    ['quote escapes as Go does', '{{ quote "a\\"b\\\\\\n\\u00a0☃\\xff" }}', '"a\\"b\\\\\\n\\u00a0☃\\xff"'],
    ['squote does not escape', '{{ squote "it\'s" }}', "'it's'"],
  ])('%s', (_sentence, template, output) => {
    expect(render(template)).toBe(output);
  });

  it.each([
    ['repeat a negative number of times', '{{ repeat -1 "x" }}'],
    ['indent by a negative number', '{{ indent -1 "x" }}'],
    ['substr past the end', '{{ substr 5 -1 "abc" }}'],
    ['substr that ends before it starts', '{{ substr 2 1 "abc" }}'],
    ['fail', '{{ fail "no" }}'],
  ])('%s fails', (_sentence, template) => {
    expect(errorOf(template).code).toBe('function-failed');
  });

  it('a split text joined is the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 1 }), (text, separator) => {
        expect(render('{{ splitList .separator .text | join .separator }}', { text, separator })).toBe(text);
      }),
    );
  });

  it('trunc keeps at most as many bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 20 }), (text, count) => {
        const kept = Number(render(`{{ trunc ${String(count)} .text | len }}`, { text }));
        expect(kept).toBe(Math.min(count, Buffer.byteLength(text)));
      }),
    );
  });
});
