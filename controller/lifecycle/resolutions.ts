import type { LifecycleReference, PediaClusterLifecycle } from '../../src/api/index.ts';
import type { CompiledLifecycle } from '../../src/policy/index.ts';
import type { LocatedReference } from '../../src/reconcile/index.ts';
import { ReferenceResolver, owningPolicy, sameJson } from '../../src/reconcile/index.ts';
import type { FetchedReference } from '../watches/reference-watches.ts';
import type { FollowedSource } from './followed-source.ts';

/** How many references of a lifecycle are resolved, and what that is based on. */
export interface Resolution {
  readonly policy: string;
  readonly compiled: CompiledLifecycle;
  readonly specified: readonly LifecycleReference[];
  readonly source: FollowedSource;
  readonly resolver: ReferenceResolver;
  /** The objects that were fetched, by `referenceId`. */
  readonly fetched: Map<string, FetchedReference>;
}

/**
 * The resolutions that are under way. A policy with slow templates has to rest in the middle of a lifecycle too, and
 * would never finish if it began with the first reference each time. So what is resolved is kept until the lifecycle
 * continues. Each policy keeps this for one lifecycle only: the objects may be large, and keeping more would not make
 * the policy faster.
 */
export class Resolutions {
  readonly #ofLifecycle = new Map<string, Resolution>();
  /** By policy: the lifecycle whose resolution is kept while the policy rests. */
  readonly #kept = new Map<string, string>();

  /** Whether another lifecycle of the policy has to finish first. */
  isBehindAnother({ metadata }: PediaClusterLifecycle, policy: string): boolean {
    const kept = this.#kept.get(policy);
    return kept !== undefined && kept !== metadata.name;
  }

  /** Continues the lifecycle's resolution if nothing has changed since, or begins a new one. */
  of(
    lifecycle: PediaClusterLifecycle,
    compiled: CompiledLifecycle,
    source: FollowedSource,
    versionOf: (reference: LocatedReference) => string | undefined,
  ): Resolution {
    const { name } = lifecycle.metadata;
    const specified = lifecycle.spec.references ?? [];
    const kept = this.#ofLifecycle.get(name);
    const isSame =
      kept?.compiled === compiled &&
      kept.source.digest === source.digest &&
      sameJson(kept.specified, specified) &&
      isCurrent(kept.resolver, versionOf);
    if (isSame) return kept;
    this.end(name);
    const begun: Resolution = {
      policy: owningPolicy(lifecycle)?.name ?? '',
      compiled,
      specified,
      source,
      resolver: new ReferenceResolver(compiled, specified, source.object),
      fetched: new Map(),
    };
    this.#ofLifecycle.set(name, begun);
    return begun;
  }

  /** Keeps the lifecycle's resolution while its policy rests. Returns whether it was kept. */
  keep(name: string): boolean {
    const policy = this.#ofLifecycle.get(name)?.policy;
    if (policy === undefined) return false;
    const kept = this.#kept.get(policy) ?? name;
    this.#kept.set(policy, kept);
    if (kept !== name) this.#ofLifecycle.delete(name);
    return kept === name;
  }

  /** The lifecycle's reconciliation has ended. */
  end(name: string): void {
    const policy = this.#ofLifecycle.get(name)?.policy;
    this.#ofLifecycle.delete(name);
    if (policy !== undefined && this.#kept.get(policy) === name) this.#kept.delete(policy);
  }
}

/**
 * Whether the objects are still those that were found. If that is not known, the lifecycle is queued again once it is.
 */
function isCurrent(
  { sofar: { located, objects, missing, problem } }: ReferenceResolver,
  versionOf: (reference: LocatedReference) => string | undefined,
): boolean {
  if (problem !== undefined) return false;
  return located.every((reference) => {
    const { key } = reference;
    const used = objects[key]?.metadata.resourceVersion ?? (missing.includes(key) ? '' : undefined);
    const now = versionOf(reference);
    return used === undefined || now === undefined || now === used;
  });
}
