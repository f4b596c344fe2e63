import { describe, expect, it } from 'vitest';
import { eventually, StopWaiting } from '../../src/control-plane/wait.ts';

describe('eventually', () => {
  it('tries until an attempt succeeds, and returns its result', async () => {
    let attempts = 0;
    const result = await eventually(
      'the third attempt',
      () => {
        attempts += 1;
        if (attempts < 3) throw new Error('too early');
        return 'done';
      },
      { intervalMs: 1 },
    );
    expect([result, attempts]).toEqual(['done', 3]);
  });

  it('gives up past the deadline with the last failure', async () => {
    const cause = new Error('still closed');
    const failure = eventually('the door to open', () => Promise.reject(cause), {
      timeoutMs: 5,
      intervalMs: 1,
    });
    await expect(failure).rejects.toThrow(
      new Error('Gave up waiting for the door to open after 0.005 s: still closed', { cause }),
    );
  });

  it('gives up at once when an attempt says that waiting is of no use', async () => {
    const cause = new Error('the door is a wall');
    const failure = eventually('the door to open', () => {
      throw new StopWaiting(cause);
    });
    await expect(failure).rejects.toBe(cause);
  });

  it('ends early when it is aborted, with the reason given', async () => {
    const controller = new AbortController();
    const failure = eventually(
      'nothing',
      () => {
        controller.abort(new Error('stopped by SIGINT'));
        throw new Error('not yet');
      },
      { signal: controller.signal, intervalMs: 1 },
    );
    await expect(failure).rejects.toThrow('stopped by SIGINT');
  });
});
