import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, sameJson } from '../../src/reconcile/index.ts';

describe('equality of JSON values', () => {
  it.each([
    ['whatever the order of keys', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }, true],
    ['not whatever the order of items', [1, 2], [2, 1], false],
    ['an absent field is an undefined one', { a: undefined }, {}, true],
    ['an absent field is no null', { a: null }, {}, false],
    ['a large integer counts in full', { a: 9007199254740993n }, { a: 9007199254740992n }, false],
    ['text is no number', { a: '1' }, { a: 1 }, false],
  ])('%s', (_, one, other, equal) => {
    expect(sameJson(one, other)).toBe(equal);
    expect(digestOf(one) === digestOf(other)).toBe(equal);
  });

  it('is decided by a text with sorted keys', () => {
    expect(canonicalJson({ b: [true, null], a: 'x"y' })).toBe('{"a":"x\\"y","b":[true,null]}');
  });

  it('needs 22 characters', () => {
    expect(digestOf({ a: 1 })).toMatch(/^[\w-]{22}$/);
  });
});
