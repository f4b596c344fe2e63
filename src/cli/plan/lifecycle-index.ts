import type { ClusterImportPolicy, PediaClusterLifecycle } from '../../api/index.ts';
import type { SourceKey } from '../../reconcile/index.ts';
import { owningPolicy, sourceKeyText, sourceOf } from '../../reconcile/index.ts';

/** Lifecycles that exist, by name, by policy, and by policy and source: with ten thousand of them, none is searched for. */
export class LifecycleIndex {
  readonly #byName = new Map<string, PediaClusterLifecycle>();
  readonly #byOwner = new Map<string, PediaClusterLifecycle[]>();

  constructor(lifecycles: readonly PediaClusterLifecycle[]) {
    for (const lifecycle of lifecycles) {
      this.#byName.set(lifecycle.metadata.name, lifecycle);
      const policy = owningPolicy(lifecycle)?.name;
      if (policy === undefined || lifecycle.spec.suspend === true) continue;
      for (const owner of [ownerId(policy), ownerId(policy, sourceOf(lifecycle))]) {
        const known = this.#byOwner.get(owner);
        if (known === undefined) this.#byOwner.set(owner, [lifecycle]);
        else known.push(lifecycle);
      }
    }
  }

  named(name: string): PediaClusterLifecycle | undefined {
    return this.#byName.get(name);
  }

  /** Those of a policy, or of one of its sources, but for the suspended ones. */
  of({ metadata }: ClusterImportPolicy, source?: SourceKey): readonly PediaClusterLifecycle[] {
    return this.#byOwner.get(ownerId(metadata.name, source)) ?? [];
  }
}

const ownerId = (policy: string, source?: SourceKey) =>
  source === undefined ? policy : `${policy} ${sourceKeyText(source)}`;
