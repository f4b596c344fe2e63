import type { LifecycleReference, PediaClusterLifecycle } from '../../src/api/index.ts';
import type { CompiledLifecycle } from '../../src/policy/index.ts';
import type { LocatedReference } from '../../src/reconcile/index.ts';
import { ReferenceResolver, owningPolicy, sameJson } from '../../src/reconcile/index.ts';
import type { FetchedReference } from '../watches/reference-watches.ts';
import type { FollowedSource } from './followed-source.ts';

/** How far the references of a lifecycle are resolved, and what that is based on. */
export interface Resolution {
  readonly policy: string;
  readonly compiled: CompiledLifecycle;
  readonly specified: readonly LifecycleReference[];
  readonly source: FollowedSource;
  readonly resolver: ReferenceResolver;
  /** What was asked for, under `referenceId`. */
  readonly fetched: Map<string, FetchedReference>;
}

/**
 * The resolutions under way. A policy whose templates take long has to rest in the middle of a lifecycle as well; if it
 * began from the first reference each time, it would come to no end. So what is resolved is kept until it goes on, for one lifecycle
 * of each policy: the objects may hold much, and more at once would get done no sooner.
 */
export class Resolutions {
  readonly #ofLifecycle = new Map<string, Resolution>();
  /** The lifecycle of a policy whose resolution is kept while the policy rests. */
  readonly #kept = new Map<string, string>();

  /** Whether another lifecycle of the policy has to come to its end first. */
  isBehindAnother({ metadata }: PediaClusterLifecycle, policy: string): boolean {
    const kept = this.#kept.get(policy);
    return kept !== undefined && kept !== metadata.name;
  }

  /** Goes on with the lifecycle's resolution where nothing has changed since, or begins one. */
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

  /** Keeps the lifecycle's resolution while its policy rests. Returns whether it does. */
  keep(name: string): boolean {
    const policy = this.#ofLifecycle.get(name)?.policy;
    if (policy === undefined) return false;
    const kept = this.#kept.get(policy) ?? name;
    this.#kept.set(policy, kept);
    if (kept !== name) this.#ofLifecycle.delete(name);
    return kept === name;
  }

  /** The lifecycle's reconciliation has come to its end. */
  end(name: string): void {
    const policy = this.#ofLifecycle.get(name)?.policy;
    this.#ofLifecycle.delete(name);
    if (policy !== undefined && this.#kept.get(policy) === name) this.#kept.delete(policy);
  }
}

/** Whether the objects are still those that were found. Where that is not known, whoever finds out comes back. */
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
