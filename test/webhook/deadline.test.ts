import { describe, expect, test, vi } from 'vitest';
import { Deadline, deadlineOf, parseGoDuration } from '../../webhook/deadline.ts';
import { Reviewer } from '../../webhook/reviewer.ts';
import { MemoryCluster } from './memory-cluster.ts';
import { admissionRequest } from './requests.ts';

describe('a duration as Go writes it', () => {
  test.each([
    ['5s', 5000],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['.5s', 500],
    ['2m0s', 120_000],
    ['+3s', 3000],
    ['250us', 0.25],
    ['250µs', 0.25],
    ['1000000ns', 1],
  ])('%s is %d ms', (text, milliseconds) => {
    expect(parseGoDuration(text)).toBeCloseTo(milliseconds, 9);
  });

  test.each(['', '5', 's', '-5s', '0s', '5 s', '5sec', '1d', '5s;', 'NaNs', `${'1'.repeat(80)}s`])(
    '%j is none',
    (text) => {
      expect(parseGoDuration(text)).toBeUndefined();
    },
  );
});

describe('the deadline of a request', () => {
  const limits = { deadlineSeconds: 4.5, marginSeconds: 0.5 };
  const secondsOf = (timeout: unknown) => deadlineOf(0, timeout, limits).totalSeconds;

  test.each([
    ['is the configured one where the API server says nothing', undefined, 4.5],
    ['leaves a margin below what the API server says', '3s', 2.5],
    ['is not later for a patient API server', '30s', 4.5],
    ['leaves half of the time to work where the API server is impatient', '800ms', 0.4],
    ['is the configured one where the parameter is nonsense', 'soon', 4.5],
    ['is the configured one where the parameter is given twice', ['1s', '2s'], 4.5],
  ])('%s', (_case, timeout, seconds) => {
    expect(secondsOf(timeout)).toBeCloseTo(seconds, 9);
  });

  test('counts from the arrival of the request', () => {
    const arrived = performance.now() - 60_000;
    expect(new Deadline(arrived, 30_000).remaining()).toBe(0);
    expect(new Deadline(arrived, 90_000).remaining()).toBeGreaterThan(0);
  });

  test('leaves no timer behind when the review is over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const options = { rights: 'Enforce', maximumLiveSources: 20, liveSourcesTimeoutMs: 2_500 } as const;
      const reviewer = new Reviewer({ cluster: new MemoryCluster(), options }, 1);
      const { outcome } = await reviewer.review(
        admissionRequest(),
        true,
        new Deadline(performance.now(), 4_500),
      );
      expect([outcome, vi.getTimerCount()]).toEqual(['allowed', 0]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('that has passed aborts at once', async () => {
    const signal = new Deadline(performance.now() - 10, 5).signal();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    expect((signal.reason as DOMException).name).toBe('TimeoutError');
  });
});
