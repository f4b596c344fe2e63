import type { PediaClusterLifecycle } from '../../src/api/index.ts';
import { claimId, owningPolicy, sourceOf } from '../../src/reconcile/index.ts';

/** Lifecycles by their policy and by their source, kept up to date by single changes. */
export class LifecycleIndex {
  readonly #byPolicy = new Map<string, Set<string>>();
  readonly #bySource = new Map<string, Set<string>>();

  change(
    name: string,
    before: PediaClusterLifecycle | undefined,
    after: PediaClusterLifecycle | undefined,
  ): void {
    if (before !== undefined) {
      drop(this.#byPolicy, owningPolicy(before)?.name ?? '', name);
      drop(this.#bySource, sourceIdOf(before), name);
    }
    if (after !== undefined) {
      put(this.#byPolicy, owningPolicy(after)?.name ?? '', name);
      put(this.#bySource, sourceIdOf(after), name);
    }
  }

  /** Names of the lifecycles of a policy. */
  ofPolicy(policy: string): ReadonlySet<string> {
    return this.#byPolicy.get(policy) ?? NONE;
  }

  /** Names of the lifecycles that a policy has for a source. @param id as {@link claimId} makes it */
  ofSource(id: string): ReadonlySet<string> {
    return this.#bySource.get(id) ?? NONE;
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Which source of which policy a lifecycle stands for. */
export function sourceIdOf(lifecycle: PediaClusterLifecycle): string {
  return claimId(owningPolicy(lifecycle)?.name ?? '', sourceOf(lifecycle));
}

function put(index: Map<string, Set<string>>, key: string, name: string): void {
  const names = index.get(key);
  if (names === undefined) index.set(key, new Set([name]));
  else names.add(name);
}

function drop(index: Map<string, Set<string>>, key: string, name: string): void {
  const names = index.get(key);
  names?.delete(name);
  if (names?.size === 0) index.delete(key);
}
