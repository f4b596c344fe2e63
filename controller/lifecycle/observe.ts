import type { PediaClusterLifecycle } from '../../src/api/index.ts';
import { PEDIA_CLUSTER } from '../../src/api/index.ts';
import type { KubeClient, StoredObject } from '../../src/kube/index.ts';
import { isNotFound } from '../../src/kube/index.ts';
import type { CompiledLifecycle } from '../../src/policy/index.ts';
import { prune } from '../../src/policy/acting.ts';
import type {
  CachedPediaCluster,
  LocatedReference,
  ObservedPediaCluster,
  ReferenceResolution,
} from '../../src/reconcile/index.ts';
import {
  digestOf,
  followsPolicy,
  hasSpec,
  owningPolicy,
  observePediaCluster,
  sourceOf,
} from '../../src/reconcile/index.ts';
import type { ActivePolicy } from '../policy/active-policy.ts';
import type { ControllerState } from '../state.ts';
import { PutOff } from '../turns.ts';
import type { ReferenceWatches } from '../watches/reference-watches.ts';
import { referenceId } from '../watches/reference-watches.ts';
import type { FollowedSource } from './followed-source.ts';
import { Resolutions } from './resolutions.ts';

export interface ObserverOptions {
  readonly client: KubeClient;
  readonly state: ControllerState;
  readonly watches: ReferenceWatches;
}

/** Gathers what a decision about a lifecycle depends on: source, references, PediaCluster. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #state: ControllerState;
  readonly #resolutions = new Resolutions();

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  /**
   * The source of a lifecycle, from the policy's cache. If the policy does not act on the source at present, it is read
   * from the API server. That is so if the policy is invalid, or if it would delete the lifecycle but the breaker holds
   * the deletion. The lifecycle's own spec has everything that is needed to continue.
   *
   * @returns `undefined` if there is nothing to follow now; the change that ends this queues the lifecycle again
   */
  async source(
    lifecycle: PediaClusterLifecycle,
    compiled: CompiledLifecycle,
    signal: AbortSignal,
  ): Promise<FollowedSource | undefined> {
    const active = this.#state.recordOf(lifecycle)?.active;
    if (active !== undefined && followsPolicy(lifecycle, active.negotiated)) {
      const cached = active.view.synced ? active.source(sourceOf(lifecycle)) : undefined;
      if (cached !== undefined || !this.isHeld(lifecycle)) return cached;
    }
    // The lifecycle's spec is about to be updated from the policy's; it is rendered after that.
    if (active !== undefined && !this.isHeld(lifecycle) && !this.#isLeftBehind(lifecycle, active))
      return undefined;
    const limited = (active?.negotiated.object.spec.source.namespaces ?? []).length > 0;
    const reference: LocatedReference = {
      key: 'source',
      ...sourceOf(lifecycle),
      version: lifecycle.spec.source.version,
      ...(limited ? { limited } : {}),
    };
    const fetched = await this.#options.watches.fetch(lifecycle.metadata.name, reference, signal);
    if (fetched.kind !== 'fetched') {
      this.#options.watches.track(lifecycle.metadata.name, [reference]);
      return undefined;
    }
    const { object } = fetched;
    const digest = digestOf([object.metadata.uid, prune(object, compiled.readPaths.source)]);
    return { object, digest, reference };
  }

  /** Whether the breaker holds the deletion of the lifecycle. */
  isHeld(lifecycle: PediaClusterLifecycle): boolean {
    return this.#state.recordOf(lifecycle)?.breaker.waitsFor(lifecycle.metadata.uid) === true;
  }

  /**
   * Whether its source fails to render by the policy's present templates. Then the lifecycle stays as it is for now.
   */
  #isLeftBehind(lifecycle: PediaClusterLifecycle, active: ActivePolicy): boolean {
    if (!active.view.synced) return false;
    const source = this.#state.sourceOf(lifecycle);
    const cached = active.source(sourceOf(lifecycle));
    if (source === undefined || cached === undefined) return false;
    return active.evaluate(source, cached).kind === 'failed';
  }

  /**
   * Resolves the references one after the other, and fetches what is not known yet. What was resolved before the policy
   * had to rest is not resolved again; see {@link ended}.
   *
   * @throws PutOff if the policy has to rest
   */
  async references(
    lifecycle: PediaClusterLifecycle,
    compiled: CompiledLifecycle,
    source: FollowedSource,
    signal: AbortSignal,
  ): Promise<ReferenceResolution> {
    const { watches } = this.#options;
    const { turns } = this.#state;
    const { name } = lifecycle.metadata;
    const policy = owningPolicy(lifecycle)?.name ?? '';
    if (this.#resolutions.isBehindAnother(lifecycle, policy)) turns.putOff(policy);
    const { resolver, fetched } = this.#resolutions.of(lifecycle, compiled, source, (reference) =>
      watches.versionOf(reference),
    );
    const followed = source.reference === undefined ? [] : [source.reference];
    for (;;) {
      const resolution = await turns.runSteps(policy, () =>
        resolver.advance((reference) => watches.lookup(reference, fetched)),
      );
      watches.track(name, [...followed, ...resolution.located]);
      const { pending } = resolution;
      if (pending === undefined) return resolution;
      fetched.set(referenceId(pending), await watches.fetch(name, pending, signal));
    }
  }

  /** The lifecycle's reconciliation was put off. If what is resolved so far is kept, returns the delay. */
  putOff(name: string, { policy, error }: { readonly policy: string; readonly error: PutOff }): PutOff {
    return this.#resolutions.keep(name) ? new PutOff(this.#state.turns.restOf(policy)) : error;
  }

  /** The lifecycle's reconciliation has ended. */
  ended(name: string): void {
    this.#resolutions.end(name);
  }

  /** The cached PediaCluster. If somebody else has changed its spec, the API server is asked for the current one. */
  async pediaCluster(name: string, signal: AbortSignal): Promise<ObservedPediaCluster | undefined> {
    const cached = this.#state.caches.pediaCluster.get(name);
    if (cached === undefined || hasSpec(cached)) return cached;
    const found = await this.#readPediaCluster(name, signal);
    if (found !== undefined) this.#state.caches.pediaCluster.remember(found);
    return found === undefined ? undefined : observePediaCluster(found);
  }

  /**
   * Asks the API server for a PediaCluster that is not in the cache. A write whose answer was lost, or another replica,
   * may have created it a moment ago, and nobody would look for it after the lifecycle is gone.
   */
  async lookForPediaCluster(name: string, signal: AbortSignal): Promise<CachedPediaCluster | undefined> {
    const found = await this.#readPediaCluster(name, signal);
    return found === undefined ? undefined : observePediaCluster(found);
  }

  async #readPediaCluster(name: string, signal: AbortSignal): Promise<StoredObject | undefined> {
    try {
      return await this.#options.client.get(PEDIA_CLUSTER, name, undefined, { signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}
