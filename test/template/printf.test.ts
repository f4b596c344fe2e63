import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFloat } from '../../src/template/format.ts';
import { sprint, sprintf, sprintln } from '../../src/template/printf.ts';
import { quote, unquote } from '../../src/template/quote.ts';
import { Num, TypedList } from '../../src/template/value.ts';
import type { Value } from '../../src/template/value.ts';
import { allFunctions } from '../../src/sprig/index.ts';
import { compile } from '../../src/template/index.ts';

const unlimited = { charge: () => undefined, checkLength: () => undefined };

const data = {
  source: { spec: { empty: '' }, metadata: { labels: { env: 'prod', 'a.b/c': 'd' } } },
};

// Arguments of printf as a template writes them, and what Go's fmt prints.
const answers: readonly (readonly [string, string])[] = [
  ['"%d" 42', '42'],
  ['"%5d|%-5d|%05d" 42 42 42', '   42|42   |00042'],
  ['"%+d % d" 42 42', '+42  42'],
  ['"%x %X %#x %#X" 255 255 255 255', 'ff FF 0xff 0XFF'],
  ['"%o %O %#o" 8 8 8', '10 0o10 010'],
  ['"%b %#b" 5 5', '101 0b101'],
  ['"%c %q %U %#U" 9731 9731 9731 9731', "☃ '☃' U+2603 U+2603 '☃'"],
  ['"%x % x %#x %# x" "hi" "hi" "hi" "hi"', '6869 68 69 0x6869 0x68 0x69'],
  ['"%08.3f|%+.2e|%-10.1f|" 3.14159 1234.5 2.25', '0003.142|+1.23e+03|2.2       |'],
  ['"%g %G %e" 1e21 1e-7 100000.0', '1e+21 1E-07 1.000000e+05'],
  ['"%.3g %#.3g %.0f" 1234.5678 1.0 0.5', '1.23e+03 1.00 0'],
  ['"%x %b" 1.5 1.5', '0x1.8p+00 6755399441055744p-52'],
  ['"%v %v %v" 1e20 1e21 123456789.0', '1e+20 1e+21 1.23456789e+08'],
  ['"%6.2f%%" 99.5', ' 99.50%'],
  ['"%s|%10s|%-10s|%.2s" "abc" "abc" "abc" "日本語"', 'abc|       abc|abc       |日本'],
  ['"%q %+q %#q" "a\\"☃\\n" "☃" "raw"', '"a\\"☃\\n" "\\u2603" `raw`'],
  ['"%t %5t" true false', 'true false'],
  ['"%v %+v %#v" "x" "x" "x"', 'x x "x"'],
  ['"%#v %#v %#v" 1 1.0 true', '1 1 true'],
  ['"%v" (list 1 nil "x" (dict "a" 1))', '[1 <nil> x map[a:1]]'],
  [
    '"%#v" (list 1 nil "x" (dict "a" 1))',
    '[]interface {}{1, interface {}(nil), "x", map[string]interface {}{"a":1}}',
  ],
  ['"%d" (list 1 "x" nil)', '[1 %!d(string=x) <nil>]'],
  ['"%5d|%-3v|" (list 1 2) (list "a" "b")', '[    1     2]|[a   b  ]|'],
  ['"%T %T %T %T %T" 1 1.5 "s" true (list 1)', 'int float64 string bool []interface {}'],
  ['"%T %T" (dict "a" 1) nil', 'map[string]interface {} <nil>'],
  ['"%v %d %s" nil nil nil', '<nil> %!d(<nil>) %!s(<nil>)'],
  ['"%d" "x"', '%!d(string=x)'],
  ['"%s" 5', '%!s(int=5)'],
  ['"%t" 1', '%!t(int=1)'],
  ['"%z" 1', '%!z(int=1)'],
  ['"%!" 1', '%!!(int=1)'],
  ['"%" 1', '%!(NOVERB)%!(EXTRA int=1)'],
  ['"%d %d" 1', '1 %!d(MISSING)'],
  ['"%d" 1 2', '1%!(EXTRA int=2)'],
  ['"%d" 1 "x" nil', '1%!(EXTRA string=x, <nil>)'],
  ['"%[2]d %[1]d" 1 2', '2 1'],
  ['"%[3]d" 1', '%!d(BADINDEX)'],
  ['"%[x]d" 1', '%!d(BADINDEX)'],
  ['"%[1]d %d" 1 2', '1 2'],
  ['"%*d|%-*d|" 5 42 5 42', '   42|42   |'],
  ['"%*d" "x" 42', '%!(BADWIDTH)42'],
  ['"%.*f" 2 3.14159', '3.14'],
  ['"%[2]*[1]d" 42 5', '   42'],
  ['"%.d" 0', ''],
  ['"%5.0d|" 0', '     |'],
  ['"%s" (splitList "," "a,b")', '[a b]'],
  ['"%x" (splitList "," "a,b")', '[61 62]'],
  ['"%v" (1i)', '(0+1i)'],
  ['"%.1f" 1+2i', '(1.0+2.0i)'],
  ['"%d" -9223372036854775808', '-9223372036854775808'],
  ['"%x" -255', '-ff'],
  ['"%6.3d|%-6.3d|%06d" -7 -7 -7', '  -007|-007  |-00007'],
  ['"%+.3v" "abcdef"', 'abc'],
  ['"%c" 1114112', '�'],
  ['"%e" "x"', '%!e(string=x)'],
  ['"%v" .source.spec.missing', '<nil>'],
  ['"%s|%v" .source.spec.empty .source.metadata.labels', '|map[a.b/c:d env:prod]'],
  ['"100%"', '100%!(NOVERB)'],
  ['"%.3x" "abcdef"', '616263'],
  ['"%20q|%-20q|" "a" "b"', '                 "a"|"b"                 |'],
];

describe('printf', () => {
  it.each(answers)('printf %s prints what Go prints', (args, expected) => {
    const template = compile(`{{ printf ${args} }}`, { functions: allFunctions });
    expect(template.execute(data)).toBe(expected);
  });

  it.each<[string, Value[], string]>([
    [
      '%s %x %v %d',
      [bytes(104, 105), bytes(104, 105), bytes(104, 105), bytes(104, 105)],
      'hi 6869 [104 105] [104 105]',
    ],
    ['%#v', [bytes(1, 255)], '[]byte{0x1, 0xff}'],
    [
      '%v %T',
      [new Num('uint64', 18_446_744_073_709_551_615n), new Num('uint64', 1)],
      '18446744073709551615 uint64',
    ],
    ['%#v', [new Num('uint8', 10)], '0xa'],
    ['%v %v', [new Num('float32', Math.fround(0.1)), 0.1], '0.1 0.1'],
    ['%v %v %v', [Infinity, -Infinity, NaN], '+Inf -Inf NaN'],
    ['%08f|%+f', [Infinity, NaN], '    +Inf|+NaN'],
    ['%v', [new Num('float64', -0)], '-0'],
    ['%q %x', ['a\udc80', 'a\udc80'], '"a\\x80" 6180'],
    ['%5s|', ['\udc80'], '    \udc80|'],
  ])('formats %s of values that templates cannot write', (format, args, expected) => {
    expect(sprintf(format, args, unlimited)).toBe(expected);
  });
});

describe('print and println', () => {
  it('puts spaces between operands when neither is a string', () => {
    expect(sprint([1, 2, 'a', 3, 4, null, true], unlimited)).toBe('1 2a3 4 <nil> true');
  });

  it('puts a space between all operands and a newline after them', () => {
    expect(sprintln(['a', 'b', 1], unlimited)).toBe('a b 1\n');
  });
});

describe('floats', () => {
  it('read back from their shortest form', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(formatFloat(value, 'g', -1))).toBe(value);
      }),
    );
  });

  it('have exactly the digits asked for, as toFixed where that is exact', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 6 }), (eighths, digits) => {
        // Eighths have three decimals, so nothing is rounded.
        expect(formatFloat(eighths / 8, 'f', digits + 3)).toBe((eighths / 8).toFixed(digits + 3));
      }),
    );
  });

  it.each([
    [0.5, 0, '0'],
    [1.5, 0, '2'],
    [2.5, 0, '2'],
    [0.125, 2, '0.12'],
    [2.675, 2, '2.67'],
    [999.9999, 2, '1000.00'],
    [5e-324, 3, '0.000'],
  ])('round %d to %d digits, halves to even', (value, digits, expected) => {
    expect(formatFloat(value, 'f', digits)).toBe(expected);
  });
});

describe('quoting', () => {
  it('is undone by unquoting', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(unquote(quote(text))).toBe(text);
        expect(unquote(quote(text, true))).toBe(text);
      }),
    );
  });
});

function bytes(...values: number[]): TypedList {
  return new TypedList(
    'uint8',
    values.map((value) => new Num('uint8', value)),
  );
}
