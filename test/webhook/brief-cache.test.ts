import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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

  describe('with an answer that is used shortly before its end', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    /** An answer that is used at 900 ms of 1,000. */
    async function used(load: () => Promise<number>): Promise<BriefCache<number>> {
      const cache = new BriefCache<number>(1_000, 10);
      await cache.get('a', load, never);
      vi.advanceTimersByTime(900);
      expect(await cache.get('a', load, never)).toBe(1);
      await settled();
      return cache;
    }
    const settled = () => new Promise(setImmediate);

    test('renews it, and nobody waits', async () => {
      const { load } = counting();
      const cache = await used(load);
      expect(await cache.get('a', load, never)).toBe(2);
      vi.advanceTimersByTime(500);
      expect(await cache.get('a', load, never)).toBe(2);
    });

    test('keeps it to its end where the renewal fails, and no longer', async () => {
      let calls = 0;
      const load = () => (++calls === 2 ? Promise.reject(new Error('away')) : Promise.resolve(calls));
      const cache = await used(load);
      vi.advanceTimersByTime(99);
      expect(await cache.get('a', load, never)).toBe(1);
      vi.advanceTimersByTime(1);
      await settled();
      expect(await cache.get('a', () => Promise.resolve(9), never)).not.toBe(1);
    });

    test('drops a renewal under way when it is told to forget', async () => {
      const renewed = Promise.withResolvers<number>();
      let calls = 0;
      const load = () => (++calls === 1 ? Promise.resolve(1) : renewed.promise);
      const cache = await used(load);
      cache.forget('a');
      renewed.resolve(2);
      await settled();
      expect(await cache.get('a', () => Promise.resolve(3), never)).toBe(3);
    });

    test('renews one after another', async () => {
      const cache = new BriefCache<string>(1_000, 10);
      const asked: string[] = [];
      const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
      for (const key of ['a', 'b']) await cache.get(key, () => Promise.resolve(key), never);
      vi.advanceTimersByTime(900);
      for (const [index, key] of ['a', 'b', 'a'].entries()) {
        const renew = () => {
          asked.push(key);
          return answers[index]?.promise ?? Promise.resolve('');
        };
        await cache.get(key, renew, never);
      }
      await settled();
      expect(asked).toEqual(['a']);
      answers[0]?.resolve('a again');
      await settled();
      expect(asked).toEqual(['a', 'b']);
      expect(await cache.get('a', () => Promise.resolve(''), never)).toBe('a again');
    });
  });

  test('renews nothing that is used early or not at all', async () => {
    const cache = new BriefCache<number>(60_000, 10);
    const { load, calls } = counting();
    await cache.get('a', load, never);
    await cache.get('a', load, never);
    expect(calls()).toBe(1);
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
