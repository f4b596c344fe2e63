import type { LifecycleOutcome, PolicyCounts } from '../../src/reconcile/index.ts';
import type { PolicySource } from './members.ts';

/** Keys of one queue that wait or are being worked on. */
export class Outstanding<K> {
  /** The number distinguishes a key that was added again from the one that is being worked on. */
  readonly #tickets = new Map<K, number>();
  #last = 0;

  get size(): number {
    return this.#tickets.size;
  }

  has(key: K): boolean {
    return this.#tickets.has(key);
  }

  /** A key was queued. */
  queued(key: K): void {
    this.#tickets.set(key, ++this.#last);
  }

  /** The number to hand to {@link finished}. */
  started(key: K): number | undefined {
    return this.#tickets.get(key);
  }

  /** Work on a key has ended, with or without an error. A key that waits for its next try is not outstanding. */
  finished(key: K, ticket: number | undefined): void {
    if (this.#tickets.get(key) === ticket) this.#tickets.delete(key);
  }

  /** The object behind a key is gone, so its work will not be finished. */
  dropped(key: K): void {
    this.#tickets.delete(key);
  }
}

/**
 * How far one policy has come. It is updated in single steps, so that writing the status needs no pass over the
 * sources.
 */
export class PolicyProgress {
  readonly sources = new Outstanding<PolicySource>();
  readonly lifecycles = new Outstanding<string>();
  readonly #selected = new Set<PolicySource>();
  readonly #sourceFailures = new Map<PolicySource, string>();
  readonly #imported = new Set<string>();
  readonly #waiting = new Set<string>();
  readonly #reachable = new Set<string>();
  readonly #unreachable = new Set<string>();
  readonly #lifecycleFailures = new Map<string, string>();

  get working(): boolean {
    return this.sources.size > 0 || this.lifecycles.size > 0;
  }

  /** Records the result for a source. */
  setSource(source: PolicySource, selected: boolean, failure: string | undefined): void {
    if (selected) this.#selected.add(source);
    else this.#selected.delete(source);
    if (failure === undefined) this.#sourceFailures.delete(source);
    else this.#sourceFailures.set(source, failure);
  }

  /** Records the result for a lifecycle; `undefined` if it is gone. */
  setLifecycle(name: string, outcome: LifecycleOutcome | undefined): void {
    if (outcome?.imported === true) this.#imported.add(name);
    else this.#imported.delete(name);
    this.#reachable.delete(name);
    this.#unreachable.delete(name);
    if (outcome?.reachable === 'True') this.#reachable.add(name);
    else if (outcome?.reachable === 'False') this.#unreachable.add(name);
    if (outcome?.waiting === true) this.#waiting.add(name);
    else this.#waiting.delete(name);
    if (outcome?.failure === undefined) this.#lifecycleFailures.delete(name);
    else this.#lifecycleFailures.set(name, outcome.failure);
  }

  /** Forgets all sources: the policy now looks at others. */
  resetSources(): void {
    this.#selected.clear();
    this.#sourceFailures.clear();
  }

  /** How many PediaClusters are reported by Clusterpedia as unreachable. */
  get unreachable(): number {
    return this.#unreachable.size;
  }

  counts(sources: number, lifecycles: number): PolicyCounts {
    return {
      sources,
      selected: this.#selected.size,
      lifecycles,
      pediaClusters: this.#imported.size,
      reachable: this.#reachable.size,
      waiting: this.#waiting.size,
      failed: this.#sourceFailures.size + this.#lifecycleFailures.size,
    };
  }

  /** One of the failures. While it lasts the same one is returned, so that the status does not keep changing. */
  get exampleFailure(): string | undefined {
    for (const failures of [this.#sourceFailures, this.#lifecycleFailures])
      for (const failure of failures.values()) return failure;
    return undefined;
  }
}
