import type { StoredPolicy, PediaClusterLifecycle } from '../src/api/index.ts';
import type { Clock } from '../src/kube/index.ts';
import type { BreakerLimits, OwnKind } from '../src/reconcile/index.ts';
import {
  DeletionBreaker,
  NameClaims,
  owningPolicy,
  recordedOutcome,
  sourceOf,
} from '../src/reconcile/index.ts';
import { PolicyMembers } from './policy/members.ts';
import type { PolicySource } from './policy/members.ts';
import { PolicyRecord } from './policy/record.ts';
import type { Queue } from './controller.ts';
import { RenderTurns } from './turns.ts';
import type { OwnObjects } from './watches/own-objects.ts';

/** The three queues: one key per policy, per source of a policy, and per lifecycle. */
export interface Queues {
  readonly policies: Queue;
  readonly sources: Queue<PolicySource>;
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

/** How often a busy policy's status is updated. */
const BUSY_STATUS_MS = 5_000;
/** A policy's status is written this long after its last work, so that one write covers the changes that follow. */
const SETTLED_STATUS_MS = 25;

/** What the three reconcilers share: caches, queues, claims, and one record per policy. It does no I/O itself. */
export class ControllerState {
  readonly caches: OwnCaches;
  readonly queues: Queues;
  readonly claims = new NameClaims<PolicySource>((name) => this.#incumbentOf(name));
  readonly clock: Clock;
  /** Decides whose rendering runs when. */
  readonly turns: RenderTurns;
  readonly #limits: BreakerLimits;
  readonly #records = new Map<string, PolicyRecord>();

  constructor({ caches, queues, limits, clock }: ControllerStateOptions) {
    this.caches = caches;
    this.queues = queues;
    this.#limits = limits;
    this.clock = clock;
    this.turns = new RenderTurns({ clock, goRound: () => new Promise(setImmediate) });
  }

  /** The record of a policy, by name. The policy need not exist: its lifecycles may have outlived it. */
  record(policy: string): PolicyRecord {
    return this.#records.get(policy) ?? this.#newRecord(new PolicyMembers(policy));
  }

  /** The record of the policy that owns a lifecycle. */
  recordOf(lifecycle: PediaClusterLifecycle): PolicyRecord | undefined {
    const owner = owningPolicy(lifecycle)?.name;
    return owner === undefined ? undefined : this.record(owner);
  }

  /** Forgets everything about a policy that is gone. */
  forget({ name, members, progress }: PolicyRecord): void {
    this.#records.delete(name);
    this.turns.forget(name);
    for (const source of members.sources()) if (!progress.sources.has(source)) members.release(source);
    if (members.size > 0) this.#newRecord(members);
  }

  /** Forgets the record of a policy that is gone, when nothing is left of it: asking for the record makes a new one. */
  prune({ name, members, progress }: PolicyRecord): void {
    if (this.policy(name) !== undefined || members.size > 0 || progress.working) return;
    this.#records.delete(name);
    this.turns.forget(name);
  }

  /** How many deletions the breaker holds back, over all policies. */
  get held(): number {
    let held = 0;
    for (const record of this.#records.values()) held += record.held ?? 0;
    return held;
  }

  /** How many PediaClusters there are over all policies, by the state that Clusterpedia reports. */
  get clusters(): { readonly [state in 'reachable' | 'unreachable' | 'unknown']: number } {
    const sum = { reachable: 0, unreachable: 0, unknown: 0 };
    for (const { progress } of this.#records.values()) {
      const { pediaClusters, reachable } = progress.counts(0, 0);
      sum.reachable += reachable;
      sum.unreachable += progress.unreachable;
      sum.unknown += Math.max(0, pediaClusters - reachable - progress.unreachable);
    }
    return sum;
  }

  /** The source that a lifecycle stands for; `undefined` where no policy owns it. */
  sourceOf(lifecycle: PediaClusterLifecycle): PolicySource | undefined {
    return this.recordOf(lifecycle)?.members.source(sourceOf(lifecycle));
  }

  policy(name: string): StoredPolicy | undefined {
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

  /** Schedules an update of the policy's status. */
  touchPolicy(name: string): void {
    // A policy that is gone has no status to update.
    if (this.policy(name) === undefined) return;
    const { working } = this.record(name).progress;
    this.queues.policies.addAfter(name, working ? BUSY_STATUS_MS : SETTLED_STATUS_MS);
  }

  enqueueSource(source: PolicySource): void {
    this.record(source.policy).progress.sources.queued(source);
    this.queues.sources.add(source);
  }

  enqueueLifecycle(name: string): void {
    const lifecycle = this.lifecycle(name);
    if (lifecycle !== undefined) this.recordOf(lifecycle)?.progress.lifecycles.queued(name);
    this.queues.lifecycles.add(name);
  }

  /** The source that has the lifecycle of this name, and so keeps the name. */
  #incumbentOf(name: string): PolicySource | undefined {
    const lifecycle = this.lifecycle(name);
    if (lifecycle === undefined || lifecycle.metadata.deletionTimestamp !== undefined) return undefined;
    return this.sourceOf(lifecycle);
  }

  #newRecord(members: PolicyMembers): PolicyRecord {
    const { policy } = members;
    const record = new PolicyRecord({
      members,
      // A breaker that was holding deletions when the controller last stopped still holds them.
      breaker: () => new DeletionBreaker(this.#limits, this.policy(policy)?.status?.heldDeletions ?? 0),
    });
    this.#records.set(policy, record);
    for (const lifecycle of this.lifecycles(members.lifecycles))
      record.progress.setLifecycle(lifecycle.metadata.name, recordedOutcome(lifecycle));
    return record;
  }
}
