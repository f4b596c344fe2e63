import type { ClusterImportPolicy, PediaClusterLifecycle } from '../src/api/index.ts';
import type { Clock } from '../src/kube/index.ts';
import type { BreakerLimits, OwnKind, SourceKey } from '../src/reconcile/index.ts';
import { DeletionBreaker, NameClaims, owningPolicy, recordedOutcome } from '../src/reconcile/index.ts';
import type { ActivePolicy } from './policy/active-policy.ts';
import { LifecycleIndex } from './lifecycle/lifecycle-index.ts';
import type { OwnObjects } from './watches/own-objects.ts';
import { PolicyProgress } from './progress.ts';
import type { Queue } from './queue.ts';

/** The three queues: one key per policy, per source of a policy, and per lifecycle. */
export interface Queues {
  readonly policies: Queue;
  readonly sources: Queue;
  readonly lifecycles: Queue;
}

/** The caches of the controller's own kinds. */
export type OwnCaches = { readonly [K in OwnKind]: OwnObjects<K> };

export interface ControllerStateOptions {
  readonly caches: OwnCaches;
  readonly queues: Queues;
  readonly limits: BreakerLimits;
  readonly clock: Clock;
}

/** While a policy is busy its status is brought up to date this often. */
const BUSY_STATUS_MS = 5_000;
/** A policy's status is written so long after the last of its work, to take in what comes in its wake. */
const SETTLED_STATUS_MS = 25;

/** What the three reconcilers share: caches, indexes, and how far each policy has come. No I/O of its own. */
export class ControllerState {
  readonly caches: OwnCaches;
  readonly queues: Queues;
  readonly index = new LifecycleIndex();
  readonly claims = new NameClaims();
  readonly active = new Map<string, ActivePolicy>();
  readonly clock: Clock;
  readonly #limits: BreakerLimits;
  readonly #progress = new Map<string, PolicyProgress>();
  readonly #breakers = new Map<string, DeletionBreaker>();

  constructor({ caches, queues, limits, clock }: ControllerStateOptions) {
    this.caches = caches;
    this.queues = queues;
    this.#limits = limits;
    this.clock = clock;
  }

  progress(policy: string): PolicyProgress {
    let progress = this.#progress.get(policy);
    if (progress === undefined) {
      progress = new PolicyProgress();
      this.#progress.set(policy, progress);
      for (const lifecycle of this.lifecycles(this.index.ofPolicy(policy)))
        progress.setLifecycle(lifecycle.metadata.name, recordedOutcome(lifecycle));
    }
    return progress;
  }

  /** The breaker of a policy; one that was holding deletions when the controller last stopped still holds them. */
  breaker(policy: string): DeletionBreaker {
    let breaker = this.#breakers.get(policy);
    if (breaker === undefined) {
      breaker = new DeletionBreaker(this.#limits, this.policy(policy)?.status?.heldDeletions ?? 0);
      this.#breakers.set(policy, breaker);
    }
    return breaker;
  }

  /** Forgets everything about a policy that is gone. */
  forget(policy: string): void {
    this.#progress.delete(policy);
    this.#breakers.delete(policy);
  }

  policy(name: string): ClusterImportPolicy | undefined {
    return this.caches.policy.get(name);
  }

  lifecycle(name: string): PediaClusterLifecycle | undefined {
    return this.caches.lifecycle.get(name);
  }

  lifecycles(names: Iterable<string>): readonly PediaClusterLifecycle[] {
    return [...names].flatMap((name) => this.lifecycle(name) ?? []);
  }

  enqueuePolicy(name: string): void {
    this.queues.policies.add(name);
  }

  /** Brings the policy's status up to date before long. */
  touchPolicy(name: string): void {
    // One that is gone has no status, and was told so once.
    if (this.policy(name) === undefined) return;
    this.queues.policies.addAfter(name, this.progress(name).working ? BUSY_STATUS_MS : SETTLED_STATUS_MS);
  }

  /** @param id as `claimId` makes it */
  enqueueSource(id: string): void {
    this.progress(parseClaimId(id).policy).sources.queued(id);
    this.queues.sources.add(id);
  }

  enqueueLifecycle(name: string): void {
    const lifecycle = this.lifecycle(name);
    const policy = lifecycle === undefined ? undefined : owningPolicy(lifecycle)?.name;
    if (policy !== undefined) this.progress(policy).lifecycles.queued(name);
    this.queues.lifecycles.add(name);
  }
}

/** Reverses `claimId`. */
export function parseClaimId(id: string): { readonly policy: string; readonly source: SourceKey } {
  const bar = id.indexOf('|');
  const [group = '', resource = '', namespace = '', name = ''] = id.slice(bar + 1).split('/');
  return {
    policy: id.slice(0, bar),
    source: { group, resource, ...(namespace === '' ? {} : { namespace }), name },
  };
}
