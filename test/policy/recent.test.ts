import { describe, expect, it } from 'vitest';
import { Recent } from '../../src/policy/recent.ts';

/** Asks for keys in order; tells for which of them the value had to be worked out. */
function workedOut(recent: Recent<string>, keys: readonly string[]): readonly string[] {
  const made: string[] = [];
  for (const key of keys) {
    const value = recent.get(key, () => {
      made.push(key);
      return `value of ${key}`;
    });
    expect(value).toBe(`value of ${key}`);
  }
  return made;
}

describe('values of late', () => {
  it('works out a value once', () => {
    expect(workedOut(new Recent(2), ['a', 'b', 'a', 'b', 'a'])).toEqual(['a', 'b']);
  });

  it('keeps no more than it may, and forgets first what was asked for longest ago', () => {
    expect(workedOut(new Recent(2), ['a', 'b', 'a', 'c', 'a', 'b'])).toEqual(['a', 'b', 'c', 'b']);
  });

  it('keeps no more than it may by size', () => {
    const recent = new Recent<string>(5, (key) => key.length);
    expect(workedOut(recent, ['aa', 'bb', 'aa', 'cc', 'aa', 'bb'])).toEqual(['aa', 'bb', 'cc', 'bb']);
    expect(workedOut(recent, ['too long', 'too long', 'aa'])).toEqual(['too long', 'too long', 'aa']);
  });

  it('finds what was kept, as often as it was kept', () => {
    const recent = new Recent<string>(2);
    expect(recent.find('a')).toBeUndefined();
    for (const value of ['first', 'second', 'third']) recent.keep('a', value);
    recent.keep('b', 'other');
    expect([recent.find('a'), recent.find('b')]).toEqual(['third', 'other']);
  });

  it('keeps that there is no value, too', () => {
    const recent = new Recent<undefined>(2);
    let asked = 0;
    const make = () => void asked++;
    expect([recent.get('a', make), recent.get('a', make)]).toEqual([undefined, undefined]);
    expect(asked).toBe(1);
  });

  it('passes on what is thrown, and asks again', () => {
    const recent = new Recent<string>(2);
    const fail = (): string => {
      throw new RangeError('not today');
    };
    expect(() => recent.get('a', fail)).toThrow('not today');
    expect(recent.get('a', () => 'today')).toBe('today');
  });
});
