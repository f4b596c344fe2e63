import { abortable } from '../src/kube/index.ts';

/** The last part of an answer's lifetime, in which it is asked for again while the old one is still used. */
const RENEWAL_PART = 0.2;

interface Entry<V> {
  readonly value: Promise<V>;
  readonly until: number;
  /** Then nobody waits for it. */
  isAnswered: boolean;
}

/**
 * Answers that stay valid for a short time. Each is asked for only once at a time. Failures are not kept. At most
 * `maxEntries` are kept, and the oldest are dropped first. None is kept longer than it is valid, because answers may be
 * large.
 *
 * An answer that is used shortly before its end is renewed in the background. So under steady load nobody waits for the
 * API server, and still no answer is older than its lifetime.
 */
export class BriefCache<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #lifetimeMs: number;
  readonly #maxEntries: number;
  /** What is to be renewed, or being renewed. */
  readonly #renewals = new Map<string, () => Promise<V>>();
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
    const left = known === undefined ? 0 : known.until - performance.now();
    if (known && left > 0) {
      if (left <= this.#lifetimeMs * RENEWAL_PART) this.#renewLater(key, load);
      return known.isAnswered ? known.value : abortable(known.value, signal);
    }
    const value = load();
    const entry = this.#keep(key, value, performance.now());
    value.then(
      () => {
        entry.isAnswered = true;
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return abortable(value, signal);
  }

  #keep(key: string, value: Promise<V>, askedAt: number, isAnswered = false): Entry<V> {
    const entry: Entry<V> = { value, until: askedAt + this.#lifetimeMs, isAnswered };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#forgetOldest();
    this.#forgetInTime();
    return entry;
  }

  /** Renewals run one after another, so that they take little from the reviews under way. */
  #renewLater(key: string, load: () => Promise<V>): void {
    if (this.#renewals.has(key)) return;
    this.#renewals.set(key, load);
    if (this.#renewals.size === 1) void this.#renew();
  }

  async #renew(): Promise<void> {
    for (const [key, load] of this.#renewals) {
      const until = this.#entries.get(key)?.until ?? 0;
      const askedAt = performance.now();
      if (until > askedAt) {
        const value = load();
        // After a failure the old answer stays until its end.
        const succeeds = await value.then(
          () => true,
          () => false,
        );
        // It may have been forgotten meanwhile because it is wrong, and then the new one may be, too.
        if (succeeds && this.#entries.get(key)?.until === until) this.#keep(key, value, askedAt, true);
      }
      this.#renewals.delete(key);
    }
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
