import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { eventually } from '../control-plane/index.ts';
import { BriefCache } from '../../webhook/brief-cache.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const never = new AbortController().signal;

function counting() {
  let calls = 0;
  return { load: () => Promise.resolve(++calls), calls: () => calls };
}

describe('a brief cache', () => {
  test('asks once for the same', async () => {
    const cache = new BriefCache<number>(60_000, 10);
    const { load, calls } = counting();
    expect(await Promise.all([cache.get('a', load, never), cache.get('a', load, never)])).toEqual([1, 1]);
    expect(await cache.get('a', load, never)).toBe(1);
    expect(await cache.get('b', load, never)).toBe(2);
    expect(calls()).toBe(2);
  });

  test('asks again when the answer is too old', async () => {
    const cache = new BriefCache<number>(0, 10);
    const { load } = counting();
    expect(await cache.get('a', load, never)).toBe(1);
    expect(await cache.get('a', load, never)).toBe(2);
  });

  test('holds no answer for longer than it is good, asked again or not', async () => {
    const cache = new BriefCache<object>(10, 10);
    const held = await Promise.all(
      ['a', 'b', 'c'].map(async (key) => new WeakRef(await cache.get(key, () => Promise.resolve({}), never))),
    );
    await eventually('the answers to go', () => {
      collectGarbage();
      expect(held.map((answer) => answer.deref())).toEqual([undefined, undefined, undefined]);
    });
  });

  test('does not keep failures', async () => {
    const cache = new BriefCache<number>(60_000, 10);
    await expect(cache.get('a', () => Promise.reject(new Error('away')), never)).rejects.toThrow('away');
    expect(await cache.get('a', () => Promise.resolve(1), never)).toBe(1);
  });

  test('forgets the oldest answers beyond its size', async () => {
    const cache = new BriefCache<number>(60_000, 2);
    const { load } = counting();
    for (const key of ['a', 'b', 'c']) await cache.get(key, load, never);
    expect(await cache.get('c', load, never)).toBe(3);
    expect(await cache.get('a', load, never)).toBe(4);
  });

  test('forgets what it is told to', async () => {
    const cache = new BriefCache<number>(60_000, 10);
    const { load } = counting();
    for (const key of ['a', 'b']) await cache.get(key, load, never);
    cache.forget('a');
    expect([await cache.get('a', load, never), await cache.get('b', load, never)]).toEqual([3, 2]);
    cache.forget();
    expect(await cache.get('b', load, never)).toBe(4);
  });

  test('lets one stop waiting without disturbing another', async () => {
    const cache = new BriefCache<number>(60_000, 10);
    const answer = Promise.withResolvers<number>();
    const impatient = new AbortController();
    const first = cache.get('a', () => answer.promise, impatient.signal);
    const second = cache.get('a', () => answer.promise, never);
    impatient.abort(new Error('too late'));
    await expect(first).rejects.toThrow('too late');
    answer.resolve(7);
    expect(await second).toBe(7);
  });

  test('does not ask for somebody who has stopped waiting', () => {
    const { load, calls } = counting();
    const cache = new BriefCache<number>(60_000, 10);
    expect(() => cache.get('a', load, AbortSignal.abort())).toThrow();
    expect(calls()).toBe(0);
  });
});
