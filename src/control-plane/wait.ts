import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** How long to go on trying, in milliseconds. @default 60000 */
  readonly timeoutMs?: number;
  /** The pause between two tries, in milliseconds. @default 100 */
  readonly intervalMs?: number;
  /** Ends the wait early; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tries until `attempt` returns without throwing, and returns its result.
 *
 * @param what what is waited for, for the error message: "the API server to be ready"
 * @throws Error past the deadline, naming `what`, with the last failure as message and `cause`
 */
export async function eventually<T>(
  what: string,
  attempt: () => T | Promise<T>,
  { timeoutMs = 60_000, intervalMs = 100, signal }: WaitOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof StopWaiting) throw error.cause;
      if (performance.now() >= deadline) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`Gave up waiting for ${what} after ${String(timeoutMs / 1000)} s: ${reason}`, {
          cause: error,
        });
      }
    }
    await delay(intervalMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** Thrown by an attempt that can't succeed any more: its cause is thrown at once instead of waiting for the deadline. */
export class StopWaiting extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = 'StopWaiting';
  }
}
