/**
 * Answers that stay good for a moment, each asked for once at a time. Failures are not kept. Holds no more than
 * `maxEntries`; the oldest go first.
 */
export class BriefCache<V> {
  readonly #entries = new Map<string, { readonly value: Promise<V>; readonly until: number }>();
  readonly #lifetimeMs: number;
  readonly #maxEntries: number;

  constructor(lifetimeMs: number, maxEntries: number) {
    this.#lifetimeMs = lifetimeMs;
    this.#maxEntries = maxEntries;
  }

  /**
   * @param load asks; must not depend on one caller's signal, since others wait for the same answer
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
    value.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return abortable(value, signal);
  }

  /** Forgets one answer, or all. */
  forget(key?: string): void {
    if (key === undefined) this.#entries.clear();
    else this.#entries.delete(key);
  }

  #forgetOldest(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) return;
      this.#entries.delete(key);
    }
  }
}

function abortable<V>(value: Promise<V>, signal: AbortSignal): Promise<V> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
