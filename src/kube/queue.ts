import type { Clock } from './clock.ts';

/** What a queue reports; the names follow client-go's `workqueue_*` metrics. */
export interface QueueMetrics {
  readonly onDepth?: (depth: number) => void;
  readonly onAdd?: () => void;
  readonly onRetry?: () => void;
  /** From being added to being worked on. */
  readonly onLatency?: (seconds: number) => void;
  readonly onWork?: (seconds: number) => void;
}

export interface WorkQueueOptions {
  /** First retry of a key. @default 5 ms */
  readonly baseDelayMs?: number;
  /** @default 1_000_000 ms */
  readonly maxDelayMs?: number;
  /** Share of a delay that is random: 0.2 takes up to 20 % off. @default 0.2 */
  readonly jitter?: number;
  readonly metrics?: QueueMetrics;
  readonly clock?: Clock;
}

/**
 * A queue of keys. A key is never worked on twice at once; a key added while it waits is there once; one added while it
 * is worked on is worked on again (client-go `util/workqueue`).
 */
export declare class WorkQueue {
  constructor(options?: WorkQueueOptions);
  /** Keys that wait, delayed ones apart. */
  readonly length: number;
  /** Keys being worked on. */
  readonly active: number;
  add(key: string): void;
  /** After a delay; the earlier of two delays counts. */
  addAfter(key: string, delayMs: number): void;
  /** After the key's back-off, which doubles with each call. Returns the delay in milliseconds. */
  addRateLimited(key: string): number;
  /** Ends the key's back-off. */
  forget(key: string): void;
  /** How often the key was rate limited since it was last forgotten. */
  retries(key: string): number;
  /** Works until the signal is aborted, then resolves once all handlers have returned. A handler that throws is rate limited and reported to `onError`. */
  run(
    concurrency: number,
    handler: (key: string, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
    onError?: (key: string, error: Error) => void,
  ): Promise<void>;
  /** Resolves when nothing waits (delayed keys apart) and nothing is worked on. */
  drain(): Promise<void>;
}
