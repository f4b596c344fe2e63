import type { Claimant, SourceKey } from '../../src/reconcile/index.ts';
import { sourceKeyText } from '../../src/reconcile/index.ts';

/** One source of one policy, with the names of its lifecycles. It is the key of the queue of sources. */
export class PolicySource implements Claimant {
  readonly policy: string;
  readonly source: SourceKey;
  readonly #lifecycles = new Set<string>();

  constructor(policy: string, source: SourceKey) {
    this.policy = policy;
    this.source = source;
  }

  get lifecycles(): ReadonlySet<string> {
    return this.#lifecycles;
  }

  addLifecycle(name: string): void {
    this.#lifecycles.add(name);
  }

  deleteLifecycle(name: string): void {
    this.#lifecycles.delete(name);
  }
}

/**
 * The sources and lifecycles that belong to the name of a policy. They remain when a policy is deleted and created
 * again. While a source is known here, the same object stands for it, so it is never worked on twice at once.
 */
export class PolicyMembers {
  readonly policy: string;
  readonly #sources = new Map<string, PolicySource>();
  readonly #lifecycles = new Set<string>();

  constructor(policy: string) {
    this.policy = policy;
  }

  /** The object that stands for a source. */
  source(key: SourceKey): PolicySource {
    const text = sourceKeyText(key);
    const known = this.#sources.get(text);
    if (known !== undefined) return known;
    const source = new PolicySource(this.policy, key);
    this.#sources.set(text, source);
    return source;
  }

  /** How many sources are known. */
  get size(): number {
    return this.#sources.size;
  }

  /** Whether this object still stands for its source. */
  holds(source: PolicySource): boolean {
    return this.#sources.get(sourceKeyText(source.source)) === source;
  }

  /** All sources that are known. */
  sources(): Iterable<PolicySource> {
    return this.#sources.values();
  }

  /** Forgets a source that nobody needs any more. A source with lifecycles stays. */
  release(source: PolicySource): void {
    if (source.lifecycles.size === 0 && this.holds(source))
      this.#sources.delete(sourceKeyText(source.source));
  }

  /** Names of the lifecycles that the policy owns. */
  get lifecycles(): ReadonlySet<string> {
    return this.#lifecycles;
  }

  addLifecycle(name: string, source: SourceKey): void {
    this.#lifecycles.add(name);
    this.source(source).addLifecycle(name);
  }

  deleteLifecycle(name: string, source: SourceKey): void {
    this.#lifecycles.delete(name);
    this.source(source).deleteLifecycle(name);
  }
}
