import type { LifecycleOutcome, PolicyCounts } from '../src/reconcile/index.ts';

/** Keys of one queue that wait or are being worked on. */
export class Outstanding {
  /** With a number that tells a key added again from the one that is being worked on. */
  readonly #tickets = new Map<string, number>();
  #last = 0;

  get size(): number {
    return this.#tickets.size;
  }

  /** A key was queued. */
  queued(key: string): void {
    this.#tickets.set(key, ++this.#last);
  }

  /** The number to hand to {@link finished}. */
  started(key: string): number | undefined {
    return this.#tickets.get(key);
  }

  /** Work on a key has ended, well or badly; a key that waits for its next try is not outstanding. */
  finished(key: string, ticket: number | undefined): void {
    if (this.#tickets.get(key) === ticket) this.#tickets.delete(key);
  }

  /** The object behind a key is gone, so that nobody will finish it. */
  dropped(key: string): void {
    this.#tickets.delete(key);
  }
}

/**
 * How far one policy has come, kept up to date by single steps, so that its status costs no pass over its sources.
 */
export class PolicyProgress {
  readonly sources = new Outstanding();
  readonly lifecycles = new Outstanding();
  readonly #selected = new Set<string>();
  readonly #sourceFailures = new Map<string, string>();
  readonly #outcomes = new Map<string, LifecycleOutcome>();
  #imported = 0;
  #failedLifecycles = 0;

  get working(): boolean {
    return this.sources.size > 0 || this.lifecycles.size > 0;
  }

  /** What has come of a source. */
  setSource(id: string, selected: boolean, failure: string | undefined): void {
    if (selected) this.#selected.add(id);
    else this.#selected.delete(id);
    if (failure === undefined) this.#sourceFailures.delete(id);
    else this.#sourceFailures.set(id, failure);
  }

  /** What has come of a lifecycle; `undefined` where it is gone. */
  setLifecycle(name: string, outcome: LifecycleOutcome | undefined): void {
    const before = this.#outcomes.get(name);
    if (before?.imported === true) this.#imported--;
    if (before?.failure !== undefined) this.#failedLifecycles--;
    if (outcome === undefined) {
      this.#outcomes.delete(name);
      return;
    }
    this.#outcomes.set(name, outcome);
    if (outcome.imported) this.#imported++;
    if (outcome.failure !== undefined) this.#failedLifecycles++;
  }

  /** Forgets what is known of sources: the policy looks at others now. */
  resetSources(): void {
    this.#selected.clear();
    this.#sourceFailures.clear();
  }

  counts(sources: number, lifecycles: number): PolicyCounts {
    return {
      sources,
      selected: this.#selected.size,
      lifecycles,
      pediaClusters: this.#imported,
      failed: this.#sourceFailures.size + this.#failedLifecycles,
    };
  }

  /** One of the failures: always the same one while it lasts, so that a status settles. */
  get exampleFailure(): string | undefined {
    for (const failure of this.#sourceFailures.values()) return failure;
    if (this.#failedLifecycles === 0) return undefined;
    for (const { failure } of this.#outcomes.values()) if (failure !== undefined) return failure;
    return undefined;
  }
}
