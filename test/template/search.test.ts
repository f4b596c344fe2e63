import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexOf, occurrences } from '../../src/template/search.ts';

// Few letters and long parts, so that beginnings recur.
const few = (maxLength: number) =>
  fc.array(fc.constantFrom('a', 'b', 'é', '☃'), { maxLength }).map((letters) => letters.join(''));
const runs = fc
  .array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat(40)), { maxLength: 12 })
  .map((parts) => parts.map(([letter, count]) => letter.repeat(count)).join(''));

describe('indexOf', () => {
  it('finds what String.indexOf finds', () => {
    fc.assert(
      fc.property(fc.oneof(few(300), runs), fc.oneof(few(20), runs), fc.nat(50), (text, part, from) => {
        expect(indexOf(text, part, from)).toBe(text.indexOf(part, from));
      }),
      { numRuns: 2000 },
    );
  });

  it('finds a part of the text itself', () => {
    fc.assert(
      fc.property(runs, fc.nat(400), fc.nat(400), (text, start, length) => {
        const part = text.slice(start, start + length);
        expect(indexOf(text, part)).toBe(text.indexOf(part));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes linear time where every beginning almost matches', () => {
    const half = 'a'.repeat(200_000);
    // Thirty thousand million comparisons, one by one.
    expect(indexOf('a'.repeat(1_000_000), `${half}b${half}`)).toBe(-1);
    expect(indexOf(`${'a'.repeat(500_000)}b${half}`, `${half}b${half}`)).toBe(300_000);
  });
});

describe('occurrences', () => {
  it('do not overlap, as in split', () => {
    fc.assert(
      fc.property(fc.oneof(few(300), runs), fc.oneof(few(12), runs), (text, part) => {
        fc.pre(part !== '');
        expect([...occurrences(text, part)]).toHaveLength(text.split(part).length - 1);
      }),
    );
  });
});
