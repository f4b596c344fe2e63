import type { Log } from '../../config/index.ts';
import type { PediaClusterLifecycle } from '../../src/api/index.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import type {
  CachedPediaCluster,
  Failure,
  Problem,
  SourceDecision,
  SourceEvaluation,
  SourceObservation,
} from '../../src/reconcile/index.ts';
import {
  conditionalDeletionId,
  decideSource,
  deleteLifecycle,
  describeClaimant,
  describeSource,
  failure,
  identityOf,
  isFailure,
  ownershipOf,
  remove,
  seniorityOf,
} from '../../src/reconcile/index.ts';
import type { ActivePolicy } from '../policy/active-policy.ts';
import type { PolicySource } from '../policy/members.ts';
import type { PolicyRecord } from '../policy/record.ts';
import type { CrdWatch } from '../watches/crds.ts';
import type { CachedSource } from '../watches/source-watches.ts';
import type { ControllerState } from '../state.ts';
import { PutOff } from '../turns.ts';
import type { Reports } from '../writes/reports.ts';
import type { Writer } from '../writes/writer.ts';
import { refusalOf } from '../writes/writer.ts';
import { ASK_AGAIN_MS, isGone } from './gone.ts';

export interface SourceReconcilerOptions {
  readonly client: KubeClient;
  readonly state: ControllerState;
  readonly crds: CrdWatch;
  readonly writer: Writer;
  readonly reports: Reports;
  readonly log: Log;
}

/** A source of a policy that acts. */
interface Work {
  readonly record: PolicyRecord;
  readonly active: ActivePolicy;
  readonly source: PolicySource;
}

interface EvaluatedWork extends Work {
  readonly evaluation: SourceEvaluation;
}

/**
 * Reconciles one source of one policy: selector, name, lifecycle. The cost does not grow with the number of sources.
 */
export class SourceReconciler {
  readonly #options: SourceReconcilerOptions;
  readonly #state: ControllerState;

  constructor(options: SourceReconcilerOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  async reconcile(source: PolicySource, signal: AbortSignal): Promise<void> {
    const record = this.#state.record(source.policy);
    // Another object stands for the source now, and was queued when that happened.
    if (!record.members.holds(source)) {
      this.#state.prune(record);
      return;
    }
    const { progress, active } = record;
    const ticket = progress.sources.started(source);
    let isPutOff = false;
    try {
      // A policy that is not ready to act queues all of its sources once it is.
      if (active?.evaluated === true && active.view.synced)
        await this.#reconcile({ record, active, source }, signal);
    } catch (error) {
      isPutOff = error instanceof PutOff;
      throw error;
    } finally {
      if (!isPutOff) progress.sources.finished(source, ticket);
      record.release(source);
      this.#state.prune(record);
      this.#state.touchPolicy(source.policy);
    }
  }

  async #reconcile({ record, active, source }: Work, signal: AbortSignal): Promise<void> {
    const cached = active.source(source.source);
    const evaluation = active.isEvaluated(source, cached)
      ? active.evaluate(source, cached)
      : await this.#state.turns.run(active.name, () => active.evaluate(source, cached));
    // The policy has changed since, and queues all of its sources again.
    if (record.active !== active) return;
    const work: EvaluatedWork = { record, active, source, evaluation };
    this.#claim(work, cached);
    const lifecycles = this.#state.lifecycles(source.lifecycles);
    const decision = decideSource({
      policy: active.negotiated,
      key: source.source,
      isGoing: cached?.object.metadata.deletionTimestamp !== undefined,
      lifecycles,
      ...this.#nameOf(work),
    });
    this.#report(work, decision.problem);
    this.#keep(record, lifecycles, decision);
    try {
      await this.#options.writer.apply(decision.actions, signal);
    } catch (error) {
      const refusal = refusalOf(error);
      this.#report(work, refusal?.problem ?? transient());
      if (refusal === undefined) throw error;
      if (refusal.mayPass) this.#state.queues.sources.addRateLimited(source);
    }
    for (const lifecycle of decision.deletions) await this.#delete(work, lifecycle, signal);
  }

  /** The state of the name that the source renders. */
  #nameOf({
    source,
    evaluation,
  }: EvaluatedWork): Pick<SourceObservation, 'evaluation' | 'rival' | 'occupant'> {
    if (evaluation.kind !== 'selected') return { evaluation, rival: undefined, occupant: undefined };
    const holder = this.#state.claims.holder(evaluation.name);
    return {
      evaluation,
      rival: holder === source ? undefined : holder,
      occupant: this.#state.lifecycle(evaluation.name),
    };
  }

  /** Records which name the source wants, and queues the sources that may get a name because of it. */
  #claim({ active, source, evaluation }: EvaluatedWork, cached: CachedSource | undefined): void {
    // While the source does not render, its name is unknown, so it keeps what it has.
    if (evaluation.kind === 'failed') return;
    const { claims } = this.#state;
    const affected =
      evaluation.kind === 'selected' && cached !== undefined
        ? claims.set(source, evaluation.name, seniorityOf(active.negotiated, cached.object))
        : claims.delete(source);
    for (const other of affected) this.#state.enqueueSource(other);
  }

  /** Counts the result for the source, and reports a failure once. */
  #report({ record, active, source, evaluation }: EvaluatedWork, problem: Problem | undefined): void {
    // The policy has changed since, and evaluates its sources again by itself.
    if (record.active !== active) return;
    const { reported } = record;
    const text = problem === undefined ? undefined : `${describeSource(source.source)}: ${problem.message}`;
    const failure = problem?.failed === true ? text : undefined;
    record.progress.setSource(source, evaluation.kind === 'selected', failure);
    if (text === undefined || !isFailure(problem)) {
      reported.delete(source);
      return;
    }
    if (problem.reason === TRANSIENT) return;
    const report = { reason: problem.reason, action: 'Import' } as const;
    // The rival may be created after the collision, so its uid is part of what was reported.
    const rival = problem.rival === undefined ? undefined : this.#state.lifecycle(problem.rival);
    const reportKey = `${rival?.metadata.uid ?? ''} ${text}`;
    const before = reported.get(source);
    if (before === reportKey) return;
    reported.set(source, reportKey);
    if (before?.endsWith(` ${text}`) !== true) {
      this.#options.reports.report({ about: active.negotiated.object, ...report, message: text });
      this.#options.log.warn(
        {
          policy: record.name,
          source: describeSource(source.source),
          reason: problem.reason,
          problem: problem.message,
        },
        'import failed',
      );
    }
    if (rival === undefined) return;
    const message = `${describeClaimant(source)} renders the same name`;
    this.#options.reports.report({ about: rival, ...report, message });
  }

  /** Lifecycles that stay are no longer to be deleted. Their PediaClusters may still be. */
  #keep(
    { breaker }: PolicyRecord,
    lifecycles: readonly PediaClusterLifecycle[],
    decision: SourceDecision,
  ): void {
    for (const lifecycle of lifecycles) {
      if (decision.deletions.includes(lifecycle)) continue;
      // The teardown asks the API server for the source, and knows better than a cache that may lag.
      if (lifecycle.metadata.deletionTimestamp !== undefined) {
        if (breaker.waitsFor(lifecycle.metadata.uid)) this.#state.enqueueLifecycle(lifecycle.metadata.name);
        continue;
      }
      if (breaker.unwant(lifecycle.metadata.uid)) this.#state.enqueueLifecycle(lifecycle.metadata.name);
    }
  }

  async #delete(
    { record: { breaker }, active, source, evaluation }: EvaluatedWork,
    lifecycle: PediaClusterLifecycle,
    signal: AbortSignal,
  ): Promise<void> {
    if (lifecycle.metadata.deletionTimestamp !== undefined) return;
    const uid = lifecycle.metadata.uid;
    const pediaCluster = this.#costOf(active, lifecycle);
    if (pediaCluster !== undefined && !breaker.isReleased(uid)) {
      // A PediaCluster counts once, whatever the reason for its deletion.
      breaker.unwant(conditionalDeletionId(lifecycle));
      breaker.want(uid, this.#state.clock.monotonic());
      return;
    }
    if (evaluation.kind === 'absent' && !(await isGone(this.#options, active, source.source, signal))) {
      breaker.unwant(uid);
      this.#state.queues.sources.addAfter(source, ASK_AGAIN_MS);
      this.#state.enqueuePolicy(active.name);
      return;
    }
    // The PediaCluster goes first: once it is being deleted, the deletion is decided even if another process continues.
    const first = pediaCluster === undefined ? [] : [remove('pediaCluster', identityOf(pediaCluster))];
    await this.#options.writer.apply([...first, deleteLifecycle(lifecycle)], signal);
    breaker.done(uid, this.#state.clock.monotonic());
    this.#options.log.info(
      {
        policy: active.name,
        source: describeSource(source.source),
        lifecycle: lifecycle.metadata.name,
        because: evaluation.kind,
      },
      pediaCluster === undefined ? 'lifecycle deleted' : 'PediaCluster deleted',
    );
  }

  /** The PediaCluster that is deleted with the lifecycle; `undefined` if there is none. */
  #costOf(active: ActivePolicy, lifecycle: PediaClusterLifecycle): CachedPediaCluster | undefined {
    const pediaCluster = this.#state.caches.pediaCluster.get(lifecycle.metadata.name);
    if (pediaCluster === undefined || active.negotiated.object.spec.deletionPolicy === 'Orphan')
      return undefined;
    const { kind } = ownershipOf(pediaCluster, lifecycle);
    return kind === 'owned' || kind === 'inherited' ? pediaCluster : undefined;
  }
}

const TRANSIENT = 'APIError';

const transient = (): Failure => failure(TRANSIENT, 'the API server could not be written to; trying again');
