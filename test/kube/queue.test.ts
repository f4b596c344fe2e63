import { beforeEach, describe, expect, it } from 'vitest';
import { WorkQueue } from '../../src/kube/index.ts';
import { FakeClock } from './fake-clock.ts';
import { until } from './scripted-server.ts';

let clock: FakeClock;
let queue: WorkQueue;
let log: string[];
let stop: AbortController;

/** Handlers under way, by key; calling one ends it. */
let finish: Map<string, (error?: Error) => void>;

beforeEach(() => {
  clock = new FakeClock();
  queue = new WorkQueue({ clock });
  log = [];
  stop = new AbortController();
  finish = new Map();
});

/** Works with handlers that last until the test ends them. */
function work(concurrency: number): Promise<void> {
  const handler = (key: string): Promise<void> =>
    new Promise((resolve, reject) => {
      log.push(key);
      finish.set(key, (error) => {
        finish.delete(key);
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  return queue.run(concurrency, handler, stop.signal, (key, error) => log.push(`${key}: ${error.message}`));
}

const logged = (...expected: string[]): Promise<void> => until(() => expect(log).toEqual(expected));

async function end(running: Promise<void>): Promise<void> {
  stop.abort();
  for (const done of [...finish.values()]) done();
  await running;
}

describe('order', () => {
  it('hands out keys as they were added, each once however often it was added', async () => {
    for (const key of ['b', 'a', 'b', 'c', 'a']) queue.add(key);
    expect(queue.length).toBe(3);
    const running = work(5);
    await logged('b', 'a', 'c');
    await end(running);
  });

  it('works on as many keys at once as it may', async () => {
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
    const running = work(2);
    await logged('a', 'b');
    expect([queue.active, queue.length]).toEqual([2, 2]);
    finish.get('b')?.();
    await logged('a', 'b', 'c');
    await end(running);
  });

  it('never works on one key twice at once, and again afterwards if it was added meanwhile', async () => {
    const running = work(3);
    queue.add('a');
    await logged('a');
    queue.add('a');
    queue.add('a');
    queue.add('b');
    await logged('a', 'b');
    finish.get('a')?.();
    await logged('a', 'b', 'a');
    finish.get('a')?.();
    finish.get('b')?.();
    await queue.drain();
    expect(log).toEqual(['a', 'b', 'a']);
    await end(running);
  });
});

describe('delays', () => {
  it('adds a key when its delay is over', async () => {
    const running = work(1);
    queue.addAfter('a', 5_000);
    clock.advance(4_999);
    expect(queue.delayed).toBe(1);
    expect(log).toEqual([]);
    clock.advance(1);
    await logged('a');
    await end(running);
  });

  it.each([
    ['the earlier of two delays', [5_000, 3_000], 3_000],
    ['the earlier of two delays, in the other order', [3_000, 5_000], 3_000],
    ['at once for a delay that is over', [0], 0],
    ['at once for a negative delay', [-7], 0],
  ])('takes %s', (_name, delays, at) => {
    for (const delay of delays) queue.addAfter('a', delay);
    clock.advance(Math.max(0, at - 1));
    if (at > 0) expect(queue.length).toBe(0);
    clock.advance(1);
    expect([queue.length, queue.delayed]).toEqual([1, 0]);
  });

  it('forgets a delay when the key is added at once', () => {
    queue.addAfter('a', 5_000);
    queue.add('a');
    expect([queue.length, queue.delayed, clock.pending]).toEqual([1, 0, []]);
  });

  it('doubles the back-off of a key from 5 ms to 1000 s, and starts anew once forgotten', () => {
    const delays = Array.from({ length: 20 }, () => {
      const delay = queue.addRateLimited('a');
      clock.advance(delay);
      return delay;
    });
    expect(delays.slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
    expect(delays.slice(-3)).toEqual([655_360, 1_000_000, 1_000_000]);
    expect(queue.retries('a')).toBe(20);
    expect(queue.addRateLimited('b')).toBe(5);
    queue.forget('a');
    expect(queue.retries('a')).toBe(0);
    expect(queue.addRateLimited('a')).toBe(5);
  });

  it('takes up to a fifth off a back-off, at random', () => {
    clock.chance = () => 0.5;
    expect([queue.addRateLimited('a'), queue.addRateLimited('a')]).toEqual([4.5, 9]);
  });
});

describe('failures', () => {
  it('tries a key again whose handler throws, and tells why', async () => {
    const running = work(1);
    queue.add('a');
    await logged('a');
    finish.get('a')?.(new Error('broken'));
    await logged('a', 'a: broken');
    await clock.ring(5);
    await logged('a', 'a: broken', 'a');
    finish.get('a')?.(new Error('broken'));
    await clock.ring(10);
    await logged('a', 'a: broken', 'a', 'a: broken', 'a');
    await end(running);
  });

  it('goes on with other keys', async () => {
    const running = work(1);
    queue.add('a');
    queue.add('b');
    await logged('a');
    finish.get('a')?.(new Error('broken'));
    await logged('a', 'a: broken', 'b');
    await end(running);
  });
});

describe('stopping', () => {
  it('waits for the handlers under way and drops the rest, timers included', async () => {
    const running = work(1);
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 1_000);
    await logged('a');
    stop.abort();
    let ended = false;
    void running.then(() => (ended = true));
    await Promise.resolve();
    expect(ended).toBe(false);
    finish.get('a')?.();
    await running;
    expect([log, queue.length, queue.delayed, clock.pending]).toEqual([['a'], 0, 0, []]);
  });

  it('wakes idle workers', async () => {
    const running = work(4);
    stop.abort();
    await running;
    expect(log).toEqual([]);
  });

  it('drains at once when there is nothing to do', async () => {
    queue.addAfter('later', 1_000);
    await queue.drain();
  });
});

describe('metrics', () => {
  it('reports depth, additions, retries, waiting and working time', async () => {
    const seen: string[] = [];
    queue = new WorkQueue({
      clock,
      metrics: {
        onDepth: (depth) => seen.push(`depth ${String(depth)}`),
        onAdd: () => seen.push('add'),
        onRetry: () => seen.push('retry'),
        onLatency: (seconds) => seen.push(`latency ${String(seconds)}`),
        onWork: (seconds) => seen.push(`work ${String(seconds)}`),
      },
    });
    queue.add('a');
    queue.add('a');
    clock.advance(2_000);
    const running = work(1);
    await logged('a');
    clock.advance(3_000);
    finish.get('a')?.(new Error('no'));
    await until(() => expect(seen.at(-1)).toBe('work 3'));
    expect(seen).toEqual(['add', 'depth 1', 'depth 0', 'latency 2', 'retry', 'work 3']);
    await end(running);
  });
});

it('keeps up with many keys: every one is handled, none twice at once', async () => {
  const active = new Set<string>();
  const handled = new Map<string, number>();
  const running = queue.run(
    8,
    async (key) => {
      expect(active.has(key)).toBe(false);
      active.add(key);
      await Promise.resolve();
      active.delete(key);
      handled.set(key, (handled.get(key) ?? 0) + 1);
    },
    stop.signal,
  );
  for (let i = 0; i < 20_000; i += 1) {
    queue.add(`key-${String((i * 7_919) % 5_000)}`);
    if (i % 100 === 0) await Promise.resolve();
  }
  await queue.drain();
  expect(handled.size).toBe(5_000);
  await end(running);
});
