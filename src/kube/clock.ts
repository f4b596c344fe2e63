/** Time and randomness, injected so that tests control both. */
export interface Clock {
  /** Wall-clock time: milliseconds since the Unix epoch. May jump. */
  now(): number;
  /** Milliseconds of a clock that never goes back and that nobody sets. Only differences have a meaning. */
  monotonic(): number;
  /** Calls `callback` once after `milliseconds`; the returned function cancels. */
  after(milliseconds: number, callback: () => void): () => void;
  /** A float in [0, 1). */
  random(): number;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(milliseconds, callback) {
    // Node turns a delay of more than 2^31-1 ms into one of 1 ms.
    const timer = setTimeout(callback, Math.min(Math.max(0, milliseconds), 2_147_483_647));
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Resolves after `milliseconds`; rejects with the signal's reason as soon as it is aborted. */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(asError(signal.reason));
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(asError(signal?.reason));
    };
    const cancel = clock.after(milliseconds, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** The thrown value as an `Error`. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
