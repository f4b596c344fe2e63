import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { errorOf, render } from './render.ts';

// Expectations are Go's own answers (test/conformance/oracle).
describe('Lists', () => {
  it.each<[string, string, string]>([
    [
      'first and last of an empty list are nil',
      '{{ list (first (list)) (last (list)) | toJson }}',
      '[null,null]',
    ],
    ['rest of an empty list is nil', '{{ rest (list) | toJson }}', 'null'],
    ['an empty list is not nil', '{{ list | toJson }}', '[]'],
    ['lists of other types work alike', '{{ first (until 3) | typeOf }}', 'int'],
    ['append does not change its list', '{{ $l := list 1 }}{{ $_ := append $l 2 }}{{ $l }}', '[1]'],
    ['prepend', '{{ prepend (list 1) nil }}', '[<nil> 1]'],
    ['concat of nothing is nil', '{{ concat | toJson }}', 'null'],
    ['reverse', '{{ reverse (splitList "" "abc") }}', '[c b a]'],
    [
      'uniq compares types as well',
      '{{ uniq (list 1 1.0 "1" 1 nil nil (list 1) (list 1)) }}',
      '[1 1 1 <nil> [1]]',
    ],
    ['without compares deeply', '{{ without (list (dict "a" 1) 2) (dict "a" 1) }}', '[2]'],
    ['has nothing in nil', '{{ has 1 nil }}', 'false'],
    ['compact drops what is empty', '{{ compact (list 0 "" nil false (list) (dict) "x" 1) }}', '[x 1]'],
    ['slice keeps the type', '{{ slice (until 5) 1 3 | typeOf }}', '[]int'],
    ['slice of an empty list is nil', '{{ slice (list) 0 0 | toJson }}', 'null'],
    ['chunk', '{{ chunk 2 (list 1 2 3) | toJson }}', '[[1,2],[3]]'],
    ['chunk by a negative size may give nothing', '{{ chunk -2 (list 1 2 3) | toJson }}', '[]'],
    [
      'sortAlpha orders by bytes',
      '{{ sortAlpha (list "b" "B" "é" "😀" "\\uffee" 10 9) }}',
      '[10 9 B b é ￮ 😀]',
    ],
    [
      'sortAlpha sorts a list of strings in place',
      '{{ $l := splitList "," "b,a" }}{{ $_ := sortAlpha $l }}{{ $l }}',
      '[a b]',
    ],
    [
      'sortAlpha leaves other lists alone',
      '{{ $l := list "b" "a" }}{{ $_ := sortAlpha $l }}{{ $l }}',
      '[b a]',
    ],
    ['sortAlpha makes a list of what is none', '{{ sortAlpha 5 }}', '[5]'],
    ['join skips nil', '{{ join "-" (list 1 nil "a" 1.5) }}', '1-a-1.5'],
    ['join of what is no list', '{{ join "-" 5 }}', '5'],
    ['seq counts down', '{{ seq 3 1 }}', '3 2 1'],
    ['seq includes its end', '{{ seq 0 2 6 }}', '0 2 4 6'],
    ['seq against its step is empty', '{{ seq 5 1 1 }}', ''],
    ['untilStep against its step is empty', '{{ untilStep 3 0 1 }}', '[]'],
    ['all of nothing holds', '{{ list (all) (any) }}', '[true false]'],
  ])('%s', (_sentence, template, output) => {
    expect(render(template)).toBe(output);
  });

  it.each([
    ['a list function of text', '{{ first "abc" }}'],
    ['a list function of nil', '{{ last nil }}'],
    ['append to what is no list', '{{ append 1 2 }}'],
    ['slice past the end', '{{ slice (list 1 2) 0 3 }}'],
    ['slice with a start past its end', '{{ slice (list 1 2 3) 2 1 }}'],
    ['chunk by nothing', '{{ chunk 0 (list 1) }}'],
    ['concat of what is no list', '{{ concat (list 1) "a" }}'],
  ])('%s fails', (_sentence, template) => {
    expect(errorOf(template).code).toBe('function-failed');
  });

  it('chunks hold all items in order, whatever the size', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.integer({ min: 1, max: 9 }), (items, size) => {
        const template = `{{ range chunk ${String(size)} .items }}{{ range . }}{{ . | b64enc }},{{ end }}{{ end }}`;
        expect(render(template, { items })).toBe(
          items.map((item) => `${Buffer.from(item.toWellFormed()).toString('base64')},`).join(''),
        );
      }),
    );
  });
});
