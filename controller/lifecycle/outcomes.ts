import type { Log } from '../../config/index.ts';
import type { PediaClusterLifecycle } from '../../src/api/index.ts';
import { isConflict } from '../../src/kube/index.ts';
import type {
  LifecycleCondition,
  LifecycleDecision,
  Problem,
  ReferenceResolution,
} from '../../src/reconcile/index.ts';
import {
  changedFields,
  conditionalDeletionId,
  decideLifecycleStatus,
  describeSource,
  failedWrite,
  failure,
  isFailure,
  outcomeOf,
  owningPolicy,
  sourceOf,
} from '../../src/reconcile/index.ts';
import type { Reports } from '../writes/reports.ts';
import type { ControllerState } from '../state.ts';
import type { Answers, Writer } from '../writes/writer.ts';
import { refusalOf } from '../writes/writer.ts';

export interface OutcomesOptions {
  readonly state: ControllerState;
  readonly writer: Writer;
  readonly reports: Reports;
  readonly log: Log;
}

/** A write that has failed this often in a row is reported in the status. */
const TELL_AFTER_RETRIES = 5;

const retrying = failure('APIError', 'the API server cannot be written to');

/** A lifecycle as the log names it. */
export function describeLifecycle(lifecycle: PediaClusterLifecycle): {
  readonly policy: string | undefined;
  readonly source: string;
  readonly lifecycle: string;
} {
  return {
    policy: owningPolicy(lifecycle)?.name,
    source: describeSource(sourceOf(lifecycle)),
    lifecycle: lifecycle.metadata.name,
  };
}

/** Carries out decisions about lifecycles, and reports the result in status, metrics and events. */
export class Outcomes {
  readonly #options: OutcomesOptions;
  readonly #state: ControllerState;
  /** The last failure reported for each lifecycle, so that it is reported once. */
  readonly #reported = new Map<string, string>();

  constructor(options: OutcomesOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  forget(name: string): void {
    this.#reported.delete(name);
  }

  /**
   * Carries out a decision and updates the status.
   *
   * @returns what was written; `undefined` if the API server refuses it for good
   */
  async finish(
    lifecycle: PediaClusterLifecycle,
    references: ReferenceResolution | undefined,
    decision: LifecycleDecision,
    signal: AbortSignal,
  ): Promise<Answers | undefined> {
    let answers: Answers;
    try {
      answers = await this.#options.writer.apply(decision.actions, signal);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) {
        await this.#reportRetries(lifecycle, references, error, signal);
        throw error;
      }
      const { problem, mayPass } = refusal;
      await this.report(lifecycle, references, failedWrite(problem, false), problem, signal);
      if (mayPass) this.#state.queues.lifecycles.addRateLimited(lifecycle.metadata.name);
      return undefined;
    }
    this.#log(lifecycle, decision);
    if (decision.deletionWanted && decision.actions.length > 0) this.#deletionDone(lifecycle);
    const written = await this.report(lifecycle, references, decision.conditions, decision.problem, signal);
    return { ...answers, ...written };
  }

  /** One line for each PediaCluster that was created, changed or deleted. */
  #log(lifecycle: PediaClusterLifecycle, { actions }: LifecycleDecision): void {
    const { log } = this.#options;
    const fields = describeLifecycle(lifecycle);
    for (const action of actions) {
      if (action.kind !== 'pediaCluster') continue;
      if (action.verb === 'create') log.info(fields, 'PediaCluster created');
      else if (action.verb === 'patch')
        log.info({ ...fields, changed: changedFields(action.patch) }, 'PediaCluster updated');
      else log.info({ ...fields, because: 'deletionCondition holds' }, 'PediaCluster deleted');
    }
  }

  #deletionDone(lifecycle: PediaClusterLifecycle): void {
    const breaker = this.#state.recordOf(lifecycle)?.breaker;
    breaker?.done(conditionalDeletionId(lifecycle), this.#state.clock.monotonic());
  }

  /** Reports that writing fails repeatedly. Conflicts are not reported. */
  async #reportRetries(
    lifecycle: PediaClusterLifecycle,
    references: ReferenceResolution | undefined,
    error: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const retries = this.#state.queues.lifecycles.retries(lifecycle.metadata.name);
    if (retries < TELL_AFTER_RETRIES || isConflict(error)) return;
    try {
      await this.report(lifecycle, references, failedWrite(retrying, true), retrying, signal);
    } catch {
      // Then the status cannot be written either. The error that is already being reported says why.
    }
  }

  /** Writes the status, counts the outcome, and reports a failure once. */
  async report(
    lifecycle: PediaClusterLifecycle,
    references: ReferenceResolution | undefined,
    conditions: readonly LifecycleCondition[],
    problem: Problem | undefined,
    signal: AbortSignal,
  ): Promise<Answers> {
    const now = new Date(this.#state.clock.now());
    const status = decideLifecycleStatus(lifecycle, conditions, references, now);
    const answers = status === undefined ? {} : await this.#options.writer.apply([status], signal);
    const { name, uid } = lifecycle.metadata;
    // It may be gone by the time of the answer; then nobody would take it out of the counts.
    if (this.#state.lifecycle(name)?.metadata.uid === uid) {
      const outcome = outcomeOf(lifecycle, conditions, problem);
      this.#state.recordOf(lifecycle)?.progress.setLifecycle(name, outcome);
    }
    this.#tell(lifecycle, problem);
    return answers;
  }

  /** Reports a failure once, also on the rival object if there is one. */
  #tell(lifecycle: PediaClusterLifecycle, problem: Problem | undefined): void {
    const { name } = lifecycle.metadata;
    if (!isFailure(problem)) {
      this.#reported.delete(name);
      return;
    }
    const text = `${lifecycle.metadata.uid} ${problem.reason}: ${problem.message}`;
    if (this.#reported.get(name) === text) return;
    this.#reported.set(name, text);
    const report = { reason: problem.reason, action: 'Import', message: problem.message } as const;
    this.#options.reports.report({ about: lifecycle, ...report });
    this.#options.log.warn(
      { ...describeLifecycle(lifecycle), reason: problem.reason, problem: problem.message },
      'import failed',
    );
    const rival = problem.rival === undefined ? undefined : this.#state.lifecycle(problem.rival);
    if (rival !== undefined) this.#options.reports.report({ about: rival, ...report });
  }
}
