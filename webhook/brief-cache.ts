import { abortable } from '../src/kube/index.ts';

/**
 * Answers that stay valid for a short time. Each is asked for only once at a time. Failures are not kept. At most
 * `maxEntries` are kept, and the oldest are dropped first. None is kept longer than it is valid, because answers may be
 * large.
 */
export class BriefCache<V> {
  readonly #entries = new Map<string, { readonly value: Promise<V>; readonly until: number }>();
  readonly #lifetimeMs: number;
  readonly #maxEntries: number;
  #sweep: NodeJS.Timeout | undefined;

  constructor(lifetimeMs: number, maxEntries: number) {
    this.#lifetimeMs = lifetimeMs;
    this.#maxEntries = maxEntries;
  }

  /**
   * @param load asks for the answer; it must not depend on one caller's signal, because others wait for the same answer
   * @param signal ends this caller's waiting
   */
  get(key: string, load: () => Promise<V>, signal: AbortSignal): Promise<V> {
    signal.throwIfAborted();
    const known = this.#entries.get(key);
    if (known && known.until > performance.now()) return abortable(known.value, signal);
    const value = load();
    const entry = { value, until: performance.now() + this.#lifetimeMs };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#forgetOldest();
    this.#forgetInTime();
    value.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return abortable(value, signal);
  }

  /** Forgets one answer, or all of them. */
  forget(key?: string): void {
    if (key === undefined) this.#entries.clear();
    else this.#entries.delete(key);
  }

  /** Entries are in the order in which they expire. */
  #forgetInTime(): void {
    const [first] = this.#entries.values();
    if (first === undefined || this.#sweep !== undefined) return;
    this.#sweep = setTimeout(
      () => {
        this.#sweep = undefined;
        for (const [key, { until }] of this.#entries) {
          if (until > performance.now()) break;
          this.#entries.delete(key);
        }
        this.#forgetInTime();
      },
      Math.max(1, Math.ceil(first.until - performance.now())),
    );
    this.#sweep.unref();
  }

  #forgetOldest(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) return;
      this.#entries.delete(key);
    }
  }
}
