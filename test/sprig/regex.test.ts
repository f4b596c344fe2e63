import { describe, expect, it } from 'vitest';
import { errorOf, randomFrom, render } from './render.ts';

// Expectations are Go's own answers (test/conformance/oracle).
describe('Regular expressions', () => {
  it.each<[string, string, string]>([
    [
      'an empty match next to another does not count',
      '{{ regexFindAll "a*" "baac" -1 | toJson }}',
      '["","aa",""]',
    ],
    ['a limit', '{{ regexFindAll "a" "aaa" 2 | toJson }}', '["a","a"]'],
    ['no match is nil', '{{ regexFindAll "x" "abc" -1 | toJson }}', 'null'],
    [
      'groups',
      '{{ regexReplaceAll "(?P<y>\\\\d+)-(\\\\d+)" "2024-05" "${2}/$y $1x ${1}x $$ $9 ${z} $ ${" }}',
      '05/2024  2024x $   $ ${',
    ],
    ['an empty pattern goes between characters', '{{ regexReplaceAll "" "a☃" "-" }}', '-a-☃-'],
    ['empty matches after a match are not replaced', '{{ regexReplaceAll "a*" "baac" "x" }}', 'xbxcx'],
    ['a literal replacement', '{{ regexReplaceAllLiteral "a" "banana" "$0" }}', 'b$0n$0n$0'],
    [
      'split with limits',
      '{{ list (regexSplit "a" "banana" -1) (regexSplit "a" "banana" 2) (regexSplit "a" "banana" 1) (regexSplit "a" "banana" 0) (regexSplit "a" "" -1) (regexSplit "" "abc" -1) | toJson }}',
      '[["b","n","n",""],["b","nana"],["banana"],null,[""],["a","b","c"]]',
    ],
    ['leftmost, then the first alternative', '{{ regexFind "a|ab" "xabc" }}', 'a'],
    ['classes and flags', '{{ regexFind "(?i)\\\\bÉ\\\\pL+" "un été" | printf "%q" }}', '""'],
    ['the dot stops at a line break', '{{ regexFind "a.*" "ab\\nc" }}', 'ab'],
    ['bytes that are not UTF-8 match as one character', '{{ regexReplaceAll "." "a\\xffb" "x" }}', 'xxx'],
    [
      'look-around is refused, and so matches nothing',
      '{{ list (regexMatch "(?=a)" "a") (regexMatch "(?<!a)b" "b") (regexMatch "(a)\\\\1" "aa") }}',
      '[false false false]',
    ],
    ['regexQuoteMeta', '{{ regexQuoteMeta "a.b*c[d]^$-{1}" }}', 'a\\.b\\*c\\[d\\]\\^\\$-\\{1\\}'],
  ])('%s', (_sentence, template, output) => {
    expect(render(template)).toBe(output);
  });

  it.each([
    ['a pattern that is none', '{{ regexFind "(" "x" }}', 'function-failed'],
    ['a pattern with look-behind', '{{ mustRegexMatch "(?<=a)b" "ab" }}', 'function-failed'],
    ['a pattern whose repetitions multiply', '{{ regexMatch "((a{30}){30}){30}" "a" }}', 'limit-steps'],
    ['a pattern of a large program', '{{ regexMatch "(\\\\pL{500}){2}" "a" }}', 'limit-steps'],
    ['a pattern as long as a text', '{{ regexMatch (repeat 100000 "a") "a" }}', 'limit-steps'],
    [
      'matches that scan the text anew each time',
      '{{ regexFindAll "a*b|a" (repeat 100000 "a") -1 }}',
      'limit-steps',
    ],
  ])('%s ends', (_sentence, template, code) => {
    expect(errorOf(template).code).toBe(code);
  });

  it('a pattern whose automaton has too many states runs out of steps, not of memory', () => {
    const draw = randomFrom(1);
    const letters = Array.from({ length: 300_000 }, () => (draw() < 0.5 ? 'a' : 'b')).join('');
    expect(errorOf('{{ regexMatch "[ab]*a[ab]{300}[xy]" . }}', letters).code).toBe('limit-steps');
  });

  it('backtracking has nothing to explode', () => {
    expect(render('{{ regexMatch "(a+)+$" (print (repeat 50000 "a") "!") }}')).toBe('false');
  });

  it('a pattern costs the same whether or not it was compiled before', () => {
    const template = '{{ range 10000 }}{{ regexMatch "x+y" "xxy" }}{{ end }}';
    expect([errorOf(template).code, errorOf(template).code]).toEqual(['limit-steps', 'limit-steps']);
  });

  it('an error does not quote the pattern, which may be data', () => {
    expect(errorOf('{{ regexFind . "x" }}', 'hunter2(').message).not.toContain('hunter2');
  });
});
