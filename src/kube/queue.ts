import { asError, systemClock } from './clock.ts';
import type { Clock } from './clock.ts';

/** The metrics of a queue. The names follow client-go's `workqueue_*` metrics. */
export interface QueueMetrics {
  readonly onDepth?: (depth: number) => void;
  readonly onAdd?: () => void;
  readonly onRetry?: () => void;
  /** Seconds between adding a key and starting to work on it. */
  readonly onLatency?: (seconds: number) => void;
  readonly onWork?: (seconds: number) => void;
}

export interface WorkQueueOptions {
  /** Milliseconds before the first retry of a key. @default 5 */
  readonly baseDelayMs?: number;
  /** @default 1_000_000 */
  readonly maxDelayMs?: number;
  /** The random part of a delay: 0.2 shortens it by up to 20 %. @default 0.2 */
  readonly jitter?: number;
  readonly metrics?: QueueMetrics;
  readonly clock?: Clock;
}

interface Delayed {
  /** Monotonic milliseconds. */
  readonly due: number;
  readonly cancel: () => void;
}

/**
 * A queue of keys, which are compared as in a Map. A key is never worked on twice at once. A key that is added while it
 * waits is queued once. A key that is added while it is worked on is worked on again afterwards (client-go
 * `util/workqueue`).
 */
export class WorkQueue<K = string> {
  readonly #clock: Clock;
  readonly #metrics: QueueMetrics;
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  readonly #jitter: number;
  /** Waiting keys in order, each with the time when it was added. */
  readonly #waiting = new Map<K, number>();
  readonly #active = new Set<K>();
  /** Keys that were added while being worked on, each with the time. */
  readonly #again = new Map<K, number>();
  readonly #delayed = new Map<K, Delayed>();
  readonly #failures = new Map<K, number>();
  readonly #idleWorkers: ((key: K | undefined) => void)[] = [];
  #drains: (() => void)[] = [];

  constructor(options: WorkQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#metrics = options.metrics ?? {};
    this.#baseDelayMs = options.baseDelayMs ?? 5;
    this.#maxDelayMs = options.maxDelayMs ?? 1_000_000;
    this.#jitter = options.jitter ?? 0.2;
  }

  /** Number of waiting keys, without delayed ones. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Number of keys being worked on. */
  get active(): number {
    return this.#active.size;
  }

  /** Number of delayed keys. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /**
   * Queues a key once, however often it is added. This ends a delay of the key. If the key is being worked on, it waits
   * until that is done.
   */
  add(key: K): void {
    this.#cancelDelay(key);
    if (this.#waiting.has(key) || this.#again.has(key)) return;
    this.#metrics.onAdd?.();
    if (this.#active.has(key)) {
      this.#again.set(key, this.#clock.monotonic());
      return;
    }
    this.#enqueue(key, this.#clock.monotonic());
  }

  /**
   * Adds the key after a delay. The earliest of several delays counts, and an `add` in between replaces all of them.
   */
  addAfter(key: K, delayMs: number): void {
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const due = this.#clock.monotonic() + delayMs;
    const known = this.#delayed.get(key);
    if (known !== undefined && known.due <= due) return;
    known?.cancel();
    const cancel = this.#clock.after(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { due, cancel });
  }

  /** Adds the key after its back-off, which doubles with each call until `forget`. Returns the delay in milliseconds. */
  addRateLimited(key: K): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#metrics.onRetry?.();
    const full = Math.min(this.#maxDelayMs, this.#baseDelayMs * 2 ** Math.min(failures, 60));
    const delay = full * (1 - this.#jitter * this.#clock.random());
    this.addAfter(key, delay);
    return delay;
  }

  /** Resets the key's back-off: the next one starts from the beginning. A delay that is already running continues. */
  forget(key: K): void {
    this.#failures.delete(key);
  }

  /** How often the key was rate limited since it was last forgotten. */
  retries(key: K): number {
    return this.#failures.get(key) ?? 0;
  }

  /**
   * Works until the signal is aborted, and resolves once the running handlers have returned. Keys that were not worked
   * on by then are dropped, including delayed ones.
   *
   * The handler decides about retries. If it throws, its key is rate limited and the error is passed to `onError`.
   */
  async run(
    concurrency: number,
    handler: (key: K, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
    onError?: (key: K, error: Error) => void,
  ): Promise<void> {
    const onAbort = (): void => {
      for (const wake of this.#idleWorkers.splice(0)) wake(undefined);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const workers = Array.from({ length: concurrency }, () => this.#work(handler, signal, onError));
    await Promise.all(workers);
    signal.removeEventListener('abort', onAbort);
    this.#clear();
  }

  /** Resolves when no key waits and none is worked on. Delayed keys do not count. */
  drain(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#drains.push(resolve));
  }

  async #work(
    handler: (key: K, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
    onError: ((key: K, error: Error) => void) | undefined,
  ): Promise<void> {
    for (let key = await this.#next(signal); key !== undefined; key = await this.#next(signal)) {
      const started = this.#clock.monotonic();
      try {
        await handler(key, signal);
      } catch (error) {
        if (!signal.aborted) this.addRateLimited(key);
        onError?.(key, asError(error));
      } finally {
        this.#metrics.onWork?.((this.#clock.monotonic() - started) / 1000);
        this.#done(key);
      }
    }
  }

  async #next(signal: AbortSignal): Promise<K | undefined> {
    if (signal.aborted) return undefined;
    for (const [key, addedAt] of this.#waiting) {
      this.#waiting.delete(key);
      this.#begin(key, addedAt);
      return key;
    }
    return new Promise((resolve) => this.#idleWorkers.push(resolve));
  }

  #enqueue(key: K, addedAt: number): void {
    const worker = this.#idleWorkers.shift();
    if (worker !== undefined) {
      this.#begin(key, addedAt);
      worker(key);
      return;
    }
    this.#waiting.set(key, addedAt);
    this.#metrics.onDepth?.(this.#waiting.size);
  }

  #begin(key: K, addedAt: number): void {
    this.#active.add(key);
    this.#metrics.onDepth?.(this.#waiting.size);
    this.#metrics.onLatency?.((this.#clock.monotonic() - addedAt) / 1000);
  }

  #done(key: K): void {
    this.#active.delete(key);
    const addedAt = this.#again.get(key);
    if (addedAt !== undefined) {
      this.#again.delete(key);
      this.#enqueue(key, addedAt);
    }
    this.#settleDrains();
  }

  #clear(): void {
    this.#waiting.clear();
    for (const key of [...this.#delayed.keys()]) this.#cancelDelay(key);
    this.#metrics.onDepth?.(0);
    this.#settleDrains();
  }

  #cancelDelay(key: K): void {
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
  }

  #isIdle(): boolean {
    return this.#waiting.size === 0 && this.#active.size === 0;
  }

  #settleDrains(): void {
    if (!this.#isIdle()) return;
    const drains = this.#drains;
    this.#drains = [];
    for (const resolve of drains) resolve();
  }
}
