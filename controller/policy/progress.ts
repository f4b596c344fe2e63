import type { LifecycleOutcome, PolicyCounts } from '../../src/reconcile/index.ts';
import type { PolicySource } from './members.ts';

/** Keys of one queue that wait or are being worked on. */
export class Outstanding<K> {
  /** With a number that tells a key added again from the one that is being worked on. */
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

  /** Work on a key has ended, well or badly; a key that waits for its next try is not outstanding. */
  finished(key: K, ticket: number | undefined): void {
    if (this.#tickets.get(key) === ticket) this.#tickets.delete(key);
  }

  /** The object behind a key is gone, so that nobody will finish it. */
  dropped(key: K): void {
    this.#tickets.delete(key);
  }
}

/** How far one policy has come, kept up to date by single steps, so that its status costs no pass over its sources. */
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

  /** What has come of a source. */
  setSource(source: PolicySource, selected: boolean, failure: string | undefined): void {
    if (selected) this.#selected.add(source);
    else this.#selected.delete(source);
    if (failure === undefined) this.#sourceFailures.delete(source);
    else this.#sourceFailures.set(source, failure);
  }

  /** What has come of a lifecycle; `undefined` where it is gone. */
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

  /** Forgets what is known of sources: the policy looks at others now. */
  resetSources(): void {
    this.#selected.clear();
    this.#sourceFailures.clear();
  }

  /** PediaClusters of which Clusterpedia says that it does not reach the cluster. */
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

  /** One of the failures: always the same one while it lasts, so that a status settles. */
  get exampleFailure(): string | undefined {
    for (const failures of [this.#sourceFailures, this.#lifecycleFailures])
      for (const failure of failures.values()) return failure;
    return undefined;
  }
}
