import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, sameJson } from '../../src/reconcile/index.ts';
import { Num } from '../../src/template/index.ts';

/** The same value with the keys of its objects in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null || value instanceof Num) return value;
  const fields = Object.entries(value).map(([name, field]): [string, unknown] => [name, reversed(field)]);
  return Object.fromEntries(fields.toReversed());
}

describe('equality of JSON values', () => {
  it.each([
    ['whatever the order of keys', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }, true],
    ['not whatever the order of items', [1, 2], [2, 1], false],
    ['an absent field is an undefined one', { a: undefined }, {}, true],
    ['an absent field is no null', { a: null }, {}, false],
    ['a large integer counts in full', { a: 9007199254740993n }, { a: 9007199254740992n }, false],
    ['an integer is the equal float', { a: new Num('float64', 2) }, { a: 2 }, true],
    ['an integer is the equal long one', { a: 2n }, { a: 2 }, true],
    ['an empty list is no empty object', { a: [] }, { a: {} }, false],
    ['a name of the prototype is no field', {}, { toString: 'x' }, false],
    ['an undefined item is null', [undefined], [null], true],
    ['text is no number', { a: '1' }, { a: 1 }, false],
  ])('%s', (_, one, other, equal) => {
    expect(sameJson(one, other)).toBe(equal);
    expect(digestOf(one) === digestOf(other)).toBe(equal);
  });

  it('is that of the canonical texts', () => {
    const number = fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    );
    const scalar = fc.oneof(
      fc.constantFrom(null, true, 0, -0, 1, 1n, '', '1', new Num('float64', 1)),
      number,
      fc.string(),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        scalar,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.option(tie('value'), { nil: undefined })),
      ),
    }));
    fc.assert(
      fc.property(value, value, (one, other) => {
        expect(sameJson(one, other)).toBe(canonicalJson(one) === canonicalJson(other));
        expect(sameJson(one, reversed(one))).toBe(true);
        expect(digestOf(one)).toBe(digestOf(reversed(one)));
      }),
    );
  });

  it('is decided by a text with sorted keys', () => {
    expect(canonicalJson({ b: [true, null], a: 'x"y' })).toBe('{"a":"x\\"y","b":[true,null]}');
  });

  it('needs 22 characters', () => {
    expect(digestOf({ a: 1 })).toMatch(/^[\w-]{22}$/);
  });
});
