import type { Clock } from './clock.ts';

export interface BackoffOptions {
  /** Milliseconds. @default 800 */
  readonly initialMs?: number;
  /** Milliseconds; no delay is longer. @default 30_000 */
  readonly maxMs?: number;
}

/** Delays that double and are spread by up to their own length (client-go `tools/cache`: 800 ms, 30 s, factor 2, jitter 1). */
export class Backoff {
  readonly #clock: Clock;
  readonly #initialMs: number;
  readonly #maxMs: number;
  #failures = 0;

  constructor(clock: Clock, options: BackoffOptions = {}) {
    this.#clock = clock;
    this.#initialMs = options.initialMs ?? 800;
    this.#maxMs = options.maxMs ?? 30_000;
  }

  /** How many delays have been taken since the last reset. */
  get failures(): number {
    return this.#failures;
  }

  /** Milliseconds to wait after one more failure. */
  next(): number {
    const delay = this.#initialMs * 2 ** Math.min(this.#failures, 30);
    this.#failures += 1;
    return Math.min(this.#maxMs, delay * (1 + this.#clock.random()));
  }

  /** The next delay is the shortest again. */
  reset(): void {
    this.#failures = 0;
  }
}
