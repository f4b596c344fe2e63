import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { errorOf, render } from './render.ts';

// Expectations are Go's own answers (test/conformance/oracle).
describe('Math', () => {
  it.each<[string, string, string]>([
    ['add wraps around', '{{ add 9223372036854775807 1 }}', '-9223372036854775808'],
    ['sub wraps around', '{{ sub -9223372036854775808 1 }}', '9223372036854775807'],
    ['mul wraps around', '{{ mul 9223372036854775807 9223372036854775807 }}', '1'],
    ['add is exact past 2^53', '{{ add 9007199254740993 2 }}', '9007199254740995'],
    ['div truncates', '{{ list (div -7 2) (div 7 -2) }}', '[-3 -3]'],
    ['mod has the sign of the dividend', '{{ list (mod -7 2) (mod 7 -2) }}', '[-1 1]'],
    ['the smallest integer divided by -1 stays', '{{ div -9223372036854775808 -1 }}', '-9223372036854775808'],
    ['arguments are converted', '{{ add "0x10" 1.9 true nil "no" (list 1) }}', '18'],
    ['text with a point is no integer', '{{ add "2.5" 0 }}', '0'],
    [
      'numbers in text may have underscores and prefixes',
      '{{ list (int64 "1_000") (int64 "0b11") (int64 "0o17") (int64 "017") }}',
      '[1000 3 15 15]',
    ],
    ['a number that does not fit is zero', '{{ int64 "9223372036854775808" }}', '0'],
    [
      'atoi of a number that does not fit is the largest',
      '{{ atoi "9223372036854775808" }}',
      '9223372036854775807',
    ],
    ['atoi knows no prefixes', '{{ list (atoi "0x1f") (atoi "017") (atoi "+5") }}', '[0 17 5]'],
    ['toDecimal reads octal', '{{ list (toDecimal "0777") (toDecimal 9) (toDecimal "-17") }}', '[511 0 -15]'],
    [
      'float64 reads what Go reads',
      '{{ list (float64 "0x1p-2") (float64 ".5") (float64 "1_0.5") (float64 "inf") (float64 "1e999") }}',
      '[0.25 0.5 10.5 +Inf 0]',
    ],
    ['a float out of range becomes the smallest integer', '{{ int64 1e19 }}', '-9223372036854775808'],
    ['max and min compare integers', '{{ list (max 1.9 1) (min -1.9 -1) }}', '[1 -1]'],
    ['addf is decimal', '{{ addf 0.1 0.2 }}', '0.3'],
    ['mulf is decimal', '{{ mulf 1.1 1.1 }}', '1.21'],
    [
      'divf rounds at 16 digits',
      '{{ list (divf 1 3) (divf 2 3) (divf -2 3) }}',
      '[0.3333333333333333 0.6666666666666667 -0.6666666666666667]',
    ],
    [
      'round half up, negative numbers down',
      '{{ list (round 2.5 0) (round -2.5 0) (round -0.4 0) (round 123.456 -1) }}',
      '[3 -3 -1 120]',
    ],
    ['round with a threshold', '{{ list (round 1.55 1 0.4) (round 1.54 1 0.6) }}', '[1.6 1.5]'],
    ['ceil keeps the sign of zero', '{{ ceil -0.5 }}', '-0'],
    [
      'results of float functions are floats',
      '{{ list (typeOf (floor 1)) (typeOf (addf)) (typeOf (maxf 1 2)) }}',
      '[float64 float64 float64]',
    ],
  ])('%s', (_sentence, template, output) => {
    expect(render(template)).toBe(output);
  });

  it.each([
    ['division by zero', '{{ div 1 0 }}'],
    ['a remainder of zero', '{{ mod 1 "x" }}'],
    ['decimal division by zero', '{{ divf 1 0 }}'],
    ['decimals of infinity', '{{ addf (float64 "inf") 1 }}'],
  ])('%s fails', (_sentence, template) => {
    expect(errorOf(template).code).toBe('function-failed');
  });

  it('integers are those of 64 bits', () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(int64, int64, (a, b) => {
        const wrap = (value: bigint): string => String(BigInt.asIntN(64, value));
        const template = `{{ add ${String(a)} ${String(b)} }} {{ sub ${String(a)} ${String(b)} }} {{ mul ${String(a)} ${String(b)} }} {{ max ${String(a)} ${String(b)} }}`;
        expect(render(template)).toBe(
          [wrap(a + b), wrap(a - b), wrap(a * b), String(a > b ? a : b)].join(' '),
        );
      }),
    );
  });
});
