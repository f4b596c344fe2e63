import type { Log } from '../../config/index.ts';
import type { StoredPolicy } from '../../src/api/index.ts';
import { ALLOW_DELETIONS_ANNOTATION } from '../../src/api/index.ts';
import {
  conditionalDeletionId,
  heldMessage,
  sourceOf,
  withdrawAllowance,
} from '../../src/reconcile/index.ts';
import type { ControllerMetrics } from '../metrics.ts';
import type { PolicyRecord } from './record.ts';
import type { ControllerState } from '../state.ts';
import type { Reports } from '../writes/reports.ts';
import type { Writer } from '../writes/writer.ts';

export interface DeletionJudgeOptions {
  readonly state: ControllerState;
  readonly writer: Writer;
  readonly reports: Reports;
  readonly metrics: ControllerMetrics;
  readonly log: Log;
}

/** While queued objects may still ask for deletions or withdraw them, the judgement is tried again after this time. */
const JUDGE_RETRY_MS = 200;

/** Asks each policy's breaker about the deletions that wait, and reports those that it holds. */
export class DeletionJudge {
  readonly #options: DeletionJudgeOptions;
  readonly #state: ControllerState;

  constructor(options: DeletionJudgeOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  /** Lets deletions go, holds them, or waits until more of them are known. */
  async judge(policy: StoredPolicy, signal: AbortSignal): Promise<void> {
    const { name } = policy.metadata;
    const record = this.#state.record(name);
    if (this.#isEarly(record)) {
      this.#state.queues.policies.addAfter(name, JUDGE_RETRY_MS);
      return;
    }
    const { breaker } = record;
    const wasHeld = this.heldOf(policy) > 0;
    const verdict = breaker.judge({
      existing: breaker.waiting === 0 ? 0 : this.#existing(record),
      allowed: policy.metadata.annotations?.[ALLOW_DELETIONS_ANNOTATION],
      now: this.#state.clock.monotonic(),
    });
    if (verdict.kind === 'hold') this.#hold(policy, record, verdict.count);
    else this.#setHeld(record, undefined);
    if ('delayMs' in verdict) this.#state.queues.policies.addAfter(name, verdict.delayMs);
    if (verdict.kind === 'release') this.#release(record, verdict.ids.length);
    // An allowance covers the deletions that were held, not later ones that happen to be as many.
    if (wasHeld && verdict.kind !== 'hold') record.allowanceSpent = true;
    await this.#withdrawSpent(policy, record, signal);
  }

  /** How many deletions are held. Those that an earlier process held count until they are judged again. */
  heldOf({ metadata, status }: StoredPolicy): number {
    if (metadata.deletionTimestamp !== undefined) return 0;
    const { held, breaker } = this.#state.record(metadata.name);
    return held ?? (breaker.holding ? (status?.heldDeletions ?? 0) : 0);
  }

  /** The policy is gone, or is about to go with everything it made. Nothing is held for it any more. */
  forget(record: PolicyRecord): void {
    record.allowanceSpent = false;
    this.#setHeld(record, undefined);
  }

  /** Whether objects that are still to be looked at may ask for deletions or withdraw them. */
  #isEarly({ breaker, progress: { sources, lifecycles } }: PolicyRecord): boolean {
    if (breaker.waiting === 0 && !breaker.holding) return false;
    // What an earlier process held is known again only after everything has been looked at once.
    return sources.size > 0 || (breaker.inherited && lifecycles.size > 0);
  }

  /** How many PediaClusters a policy has. */
  #existing({ lifecycles }: PolicyRecord): number {
    let count = 0;
    for (const name of lifecycles) {
      if (this.#state.caches.pediaCluster.get(name) !== undefined) count++;
    }
    return count;
  }

  #release({ name, breaker, members }: PolicyRecord, deletions: number): void {
    this.#options.log.info({ policy: name, deletions }, 'deletions released');
    for (const lifecycle of this.#state.lifecycles(members.lifecycles)) {
      if (breaker.isReleased(lifecycle.metadata.uid)) {
        this.#state.enqueueSource(members.source(sourceOf(lifecycle)));
        // A lifecycle that is being deleted handles its PediaCluster itself.
        if (lifecycle.metadata.deletionTimestamp !== undefined)
          this.#state.enqueueLifecycle(lifecycle.metadata.name);
      }
      if (breaker.isReleased(conditionalDeletionId(lifecycle)))
        this.#state.enqueueLifecycle(lifecycle.metadata.name);
    }
  }

  #hold(policy: StoredPolicy, record: PolicyRecord, count: number): void {
    if (record.held === count) return;
    this.#setHeld(record, count);
    this.#options.log.warn({ policy: record.name, held: count }, 'deletions held');
    this.#options.reports.report({
      about: policy,
      reason: 'DeletionHeld',
      action: 'HoldDeletion',
      message: heldMessage(count),
    });
  }

  /** If it fails, the policy's next reconciliation tries again. */
  async #withdrawSpent(policy: StoredPolicy, record: PolicyRecord, signal: AbortSignal): Promise<void> {
    if (!record.allowanceSpent) return;
    const withdrawal = withdrawAllowance(policy);
    if (withdrawal !== undefined) await this.#options.writer.apply([withdrawal], signal);
    record.allowanceSpent = false;
  }

  #setHeld(record: PolicyRecord, count: number | undefined): void {
    record.held = count;
    this.#options.metrics.heldDeletions.set(this.#state.held);
  }
}
