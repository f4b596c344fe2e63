import { asError } from './clock.ts';
import type { Clock } from './clock.ts';
import { TransportError } from './errors.ts';

/**
 * An abort signal that follows other signals, and detaches from them when done. (`AbortSignal.any` detaches only when
 * it is garbage-collected.)
 */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #sources: readonly AbortSignal[];
  readonly #onAbort = (event: Event): void => {
    if (event.target instanceof AbortSignal) this.abort(event.target.reason);
  };

  constructor(sources: readonly (AbortSignal | undefined)[]) {
    this.#sources = sources.filter((source) => source !== undefined);
    for (const source of this.#sources) {
      if (source.aborted) this.abort(source.reason);
      else source.addEventListener('abort', this.#onAbort, { once: true });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(asError(reason));
  }

  throwIfAborted(): void {
    this.signal.throwIfAborted();
  }

  unlink(): void {
    for (const source of this.#sources) source.removeEventListener('abort', this.#onAbort);
  }
}

/** How long a request may take as a whole, and between two pieces of its answer, in milliseconds. */
export interface TimeLimits {
  readonly total: number;
  readonly idle?: number | undefined;
}

/** Aborts a request that takes too long. Call `end` in any case. */
export class Deadline {
  readonly #abort: LinkedAbort;
  readonly #clock: Clock;
  readonly #label: string;
  readonly #limits: TimeLimits;
  readonly #cancelTotal: () => void;
  #cancelIdle: () => void = () => undefined;

  /** @param label names the request in the error's text */
  constructor(abort: LinkedAbort, clock: Clock, label: string, limits: TimeLimits) {
    this.#abort = abort;
    this.#clock = clock;
    this.#label = label;
    this.#limits = limits;
    this.#cancelTotal = this.#giveUpAfter(limits.total, 'no complete answer');
    this.received();
  }

  /** Something arrived: the time for the next piece begins. */
  received(): void {
    this.#cancelIdle();
    const { idle } = this.#limits;
    if (idle !== undefined) this.#cancelIdle = this.#giveUpAfter(idle, 'nothing (more)');
  }

  end(): void {
    this.#cancelTotal();
    this.#cancelIdle();
    this.#abort.unlink();
  }

  #giveUpAfter(limit: number, what: string): () => void {
    const text = `${this.#label}: ${what} within ${String(limit)} ms`;
    return this.#clock.after(limit, () =>
      this.#abort.abort(new TransportError('Timeout', text, { request: this.#label })),
    );
  }
}

/**
 * Waits for work that other callers wait for too. One caller's signal does not abort the work; that caller just stops
 * waiting.
 *
 * Rejects with the signal's reason if the signal is aborted first.
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void =>
      reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
