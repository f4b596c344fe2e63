import type { Log } from '../../config/index.ts';
import type { ClusterImportPolicy, PediaClusterLifecycle } from '../../src/api/index.ts';
import { ALLOW_DELETIONS_ANNOTATION } from '../../src/api/index.ts';
import type { EventRecorder } from '../../src/kube/index.ts';
import { heldMessage, withdrawAllowance } from '../../src/reconcile/index.ts';
import { sourceIdOf } from './lifecycle-index.ts';
import type { ControllerMetrics } from '../metrics.ts';
import type { ControllerState } from '../state.ts';
import { asSubject } from '../subject.ts';
import type { Writer } from '../writer.ts';

export interface DeletionJudgeOptions {
  readonly state: ControllerState;
  readonly writer: Writer;
  readonly events: EventRecorder;
  readonly metrics: ControllerMetrics;
  readonly log: Log;
}

/** Deletions are judged when what is still being looked at is through. */
const JUDGE_RETRY_MS = 200;

/** Asks each policy's breaker what becomes of the deletions that wait, and tells of those that it holds. */
export class DeletionJudge {
  readonly #options: DeletionJudgeOptions;
  readonly #state: ControllerState;
  /** Deletions held at present, by policy. */
  readonly #held = new Map<string, number>();
  /** Policies whose allowance has no deletions to speak of any more. */
  readonly #spent = new Set<string>();

  constructor(options: DeletionJudgeOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  /** Lets deletions go, holds them, or waits for more of them. */
  async judge(policy: ClusterImportPolicy, signal: AbortSignal): Promise<void> {
    const { name } = policy.metadata;
    if (this.#isEarly(name)) {
      this.#state.queues.policies.addAfter(name, JUDGE_RETRY_MS);
      return;
    }
    const breaker = this.#state.breaker(name);
    const wasHeld = this.heldOf(policy) > 0;
    const verdict = breaker.judge({
      existing: breaker.waiting === 0 ? 0 : this.#existing(name),
      allowed: policy.metadata.annotations?.[ALLOW_DELETIONS_ANNOTATION],
      now: this.#state.clock.monotonic(),
    });
    if (verdict.kind === 'hold') this.#hold(policy, verdict.count);
    else this.#setHeld(name, 0);
    if ('delayMs' in verdict) this.#state.queues.policies.addAfter(name, verdict.delayMs);
    if (verdict.kind === 'release') this.#release(name, verdict.ids.length);
    // An allowance is for the deletions that were held, not for later ones of the same number.
    if (wasHeld && verdict.kind !== 'hold') this.#spent.add(name);
    await this.#withdrawSpent(policy, signal);
  }

  /** Deletions held; those of an earlier process count until they are judged anew. */
  heldOf({ metadata, status }: ClusterImportPolicy): number {
    if (metadata.deletionTimestamp !== undefined) return 0;
    const judged = this.#held.get(metadata.name);
    if (judged !== undefined) return judged;
    return this.#state.breaker(metadata.name).holding ? (status?.heldDeletions ?? 0) : 0;
  }

  /** The policy is gone, or about to go with all that it made: nothing is held for it any more. */
  forget(policy: string): void {
    this.#held.delete(policy);
    this.#spent.delete(policy);
    this.#count();
  }

  /** Whether what is still to be looked at may ask for deletions, or withdraw them. */
  #isEarly(policy: string): boolean {
    const breaker = this.#state.breaker(policy);
    const { sources, lifecycles } = this.#state.progress(policy);
    if (breaker.waiting === 0 && !breaker.holding) return false;
    // What an earlier process held is known again only when everything was looked at once.
    return sources.size > 0 || (breaker.inherited && lifecycles.size > 0);
  }

  /** PediaClusters that a policy has. */
  #existing(policy: string): number {
    let count = 0;
    for (const name of this.#state.index.ofPolicy(policy)) {
      if (this.#state.caches.pediaCluster.get(name) !== undefined) count++;
    }
    return count;
  }

  #release(policy: string, deletions: number): void {
    this.#options.log.info({ policy, deletions }, 'deletions released');
    const breaker = this.#state.breaker(policy);
    for (const lifecycle of this.#state.lifecycles(this.#state.index.ofPolicy(policy))) {
      if (breaker.isReleased(lifecycle.metadata.uid ?? '')) this.#state.enqueueSource(sourceIdOf(lifecycle));
      if (breaker.isReleased(conditionalDeletionId(lifecycle)))
        this.#state.enqueueLifecycle(lifecycle.metadata.name);
    }
  }

  #hold(policy: ClusterImportPolicy, count: number): void {
    const { name } = policy.metadata;
    if (this.#held.get(name) === count) return;
    this.#setHeld(name, count);
    this.#options.log.warn({ policy: name, held: count }, 'deletions held');
    this.#options.events.record({
      regarding: asSubject(policy),
      type: 'Warning',
      reason: 'DeletionHeld',
      action: 'HoldDeletion',
      message: heldMessage(count),
    });
  }

  /** Tried again with the policy's next reconciliation where it fails. */
  async #withdrawSpent(policy: ClusterImportPolicy, signal: AbortSignal): Promise<void> {
    const { name } = policy.metadata;
    if (!this.#spent.has(name)) return;
    const withdrawal = withdrawAllowance(policy);
    if (withdrawal !== undefined) await this.#options.writer.apply([withdrawal], signal);
    this.#spent.delete(name);
  }

  #setHeld(policy: string, count: number): void {
    if (count === 0) this.#held.delete(policy);
    else this.#held.set(policy, count);
    this.#count();
  }

  #count(): void {
    let held = 0;
    for (const count of this.#held.values()) held += count;
    this.#options.metrics.heldDeletions.set(held);
  }
}

/** The deletion that a lifecycle's own deletionCondition asks for, as the breaker knows it. */
export function conditionalDeletionId(lifecycle: PediaClusterLifecycle): string {
  return `condition ${lifecycle.metadata.uid ?? ''}`;
}
