import type { Log } from '../../config/index.ts';
import type { PediaClusterLifecycle } from '../../src/api/index.ts';
import type { EventRecorder, KubeClient } from '../../src/kube/index.ts';
import { isNotFound } from '../../src/kube/index.ts';
import type { Problem, SourceDecision, SourceEvaluation, SourceKey } from '../../src/reconcile/index.ts';
import {
  claimOf,
  decideSource,
  deleteLifecycle,
  describeSource,
  ownershipOf,
} from '../../src/reconcile/index.ts';
import type { ActivePolicy } from '../policy/active-policy.ts';
import type { CrdWatch } from '../watches/crds.ts';
import { conditionalDeletionId } from '../lifecycle/deletions.ts';
import type { CachedSource } from '../watches/source-watches.ts';
import type { ControllerState } from '../state.ts';
import { parseClaimId } from '../state.ts';
import { asSubject } from '../subject.ts';
import type { Writer } from '../writer.ts';
import { refusalOf } from '../writer.ts';

export interface SourceReconcilerOptions {
  readonly client: KubeClient;
  readonly state: ControllerState;
  readonly crds: CrdWatch;
  readonly writer: Writer;
  readonly events: EventRecorder;
  readonly log: Log;
}

/** Reconciles one source of one policy: selector, name, lifecycle. What it costs does not depend on how many sources there are. */
export class SourceReconciler {
  readonly #options: SourceReconcilerOptions;
  readonly #state: ControllerState;

  constructor(options: SourceReconcilerOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  async reconcile(id: string, signal: AbortSignal): Promise<void> {
    const { policy, source: key } = parseClaimId(id);
    const progress = this.#state.progress(policy);
    const ticket = progress.sources.started(id);
    try {
      const active = this.#state.active.get(policy);
      // A policy that is not ready to act comes back to all of its sources once it is.
      if (active?.evaluated === true && active.view.synced) await this.#reconcile(active, id, key, signal);
    } finally {
      progress.sources.finished(id, ticket);
      this.#state.touchPolicy(policy);
    }
  }

  async #reconcile(active: ActivePolicy, id: string, key: SourceKey, signal: AbortSignal): Promise<void> {
    const source = active.source(key);
    const evaluation = active.evaluate(id, source);
    this.#claim(active, id, key, source, evaluation);
    const lifecycles = this.#state.lifecycles(this.#state.index.ofSource(id));
    const name = evaluation.kind === 'selected' ? evaluation.name : undefined;
    const decision = decideSource({
      policy: active.negotiated,
      key,
      evaluation,
      holder: name === undefined ? undefined : this.#state.claims.holder(name),
      occupant: name === undefined ? undefined : this.#state.lifecycle(name),
      lifecycles,
    });
    this.#tell(active, id, key, evaluation, decision.problem);
    this.#keep(active, lifecycles, decision);
    try {
      await this.#options.writer.apply(decision.actions, signal);
    } catch (error) {
      const refusal = refusalOf(error);
      this.#tell(active, id, key, evaluation, refusal?.problem ?? transient());
      if (refusal === undefined) throw error;
      if (refusal.mayPass) this.#state.queues.sources.addRateLimited(id);
    }
    for (const lifecycle of decision.deletions) {
      await this.#delete(active, key, evaluation, lifecycle, signal);
    }
  }

  /** Records which name the source wants, and has those look again whose turn it may be now. */
  #claim(
    active: ActivePolicy,
    id: string,
    key: SourceKey,
    source: CachedSource | undefined,
    evaluation: SourceEvaluation,
  ): void {
    // While it does not render, nothing is known, so what it has it keeps.
    if (evaluation.kind === 'failed') return;
    const affected =
      evaluation.kind === 'selected' && source !== undefined
        ? this.#state.claims.set(claimOf(active.negotiated, key, source.object), evaluation.name)
        : this.#state.claims.delete(id);
    for (const other of affected) this.#state.enqueueSource(other);
  }

  /** Counts what has come of the source, and tells of a failure once. */
  #tell(
    active: ActivePolicy,
    id: string,
    key: SourceKey,
    evaluation: SourceEvaluation,
    problem: Problem | undefined,
  ): void {
    // The policy has changed since, and looks at what it sees now by itself.
    if (this.#state.active.get(active.name) !== active) return;
    const text = problem === undefined ? undefined : `${describeSource(key)}: ${problem.message}`;
    this.#state
      .progress(active.name)
      .setSource(id, evaluation.kind === 'selected', problem?.failed === true ? text : undefined);
    if (problem === undefined || text === undefined) {
      active.told.delete(id);
      return;
    }
    if (problem.reason === TRANSIENT) return;
    const event = { type: 'Warning', reason: problem.reason, action: 'Import' } as const;
    // The rival may come into being later than the collision.
    const rival = problem.rival === undefined ? undefined : this.#state.lifecycle(problem.rival);
    const told = `${rival?.metadata.uid ?? ''} ${text}`;
    const before = active.told.get(id);
    if (before === told) return;
    active.told.set(id, told);
    if (before?.endsWith(` ${text}`) !== true) {
      this.#options.events.record({
        regarding: asSubject(active.negotiated.object),
        ...event,
        message: text,
      });
    }
    if (rival === undefined) return;
    const message = `${describeSource(key)} (policy ${active.name}) renders the same name`;
    this.#options.events.record({ regarding: asSubject(rival), ...event, message });
  }

  /** Lifecycles that stay are no longer wanted gone; they may want their PediaCluster gone all the same. */
  #keep(active: ActivePolicy, lifecycles: readonly PediaClusterLifecycle[], decision: SourceDecision): void {
    const breaker = this.#state.breaker(active.name);
    for (const lifecycle of lifecycles) {
      if (decision.deletions.includes(lifecycle)) continue;
      if (breaker.unwant(lifecycle.metadata.uid ?? '')) this.#state.enqueueLifecycle(lifecycle.metadata.name);
    }
  }

  async #delete(
    active: ActivePolicy,
    key: SourceKey,
    evaluation: SourceEvaluation,
    lifecycle: PediaClusterLifecycle,
    signal: AbortSignal,
  ): Promise<void> {
    if (lifecycle.metadata.deletionTimestamp !== undefined) return;
    const breaker = this.#state.breaker(active.name);
    const uid = lifecycle.metadata.uid ?? '';
    if (this.#costsPediaCluster(active, lifecycle) && !breaker.isReleased(uid)) {
      // One PediaCluster counts once, for whatever reason it is to go.
      breaker.unwant(conditionalDeletionId(lifecycle));
      breaker.want(uid, this.#state.clock.monotonic());
      return;
    }
    if (evaluation.kind === 'absent' && !(await this.#isGone(active, key, signal))) {
      breaker.unwant(uid);
      this.#state.enqueuePolicy(active.name);
      return;
    }
    await this.#options.writer.apply([deleteLifecycle(lifecycle)], signal);
    breaker.done(uid, this.#state.clock.monotonic());
    this.#options.log.info(
      {
        policy: active.name,
        source: describeSource(key),
        lifecycle: lifecycle.metadata.name,
        because: evaluation.kind,
      },
      'lifecycle deleted',
    );
  }

  /** Whether a PediaCluster goes with the lifecycle. */
  #costsPediaCluster(active: ActivePolicy, lifecycle: PediaClusterLifecycle): boolean {
    const pediaCluster = this.#state.caches.pediaCluster.get(lifecycle.metadata.name);
    if (pediaCluster === undefined || active.negotiated.object.spec.deletionPolicy === 'Orphan') return false;
    const { kind } = ownershipOf(pediaCluster, lifecycle);
    return kind === 'owned' || kind === 'inherited';
  }

  /**
   * Asks the API server whether a source is gone, or out of the policy's reach, for good: before anything is deleted,
   * a cache's word is not enough. Objects that went with their kind are not gone: the kind may come back.
   */
  async #isGone(active: ActivePolicy, key: SourceKey, signal: AbortSignal): Promise<boolean> {
    if (!active.looksAt(key)) return true;
    const { group, resource, namespace, name } = key;
    const { source } = active.negotiated.object.spec;
    const { namespaces = [], labelSelector, fieldSelector } = source;
    if (namespaces.length > 0 && namespace !== undefined && !namespaces.includes(namespace)) return true;
    if ((await this.#options.crds.read(group, resource, signal)) === 'terminating') return false;
    const byName = `metadata.name=${name}`;
    try {
      const { items } = await this.#options.client.list(
        {
          group,
          version: active.negotiated.sourceVersion,
          resource,
          kind: '',
          namespaced: namespace !== undefined,
        },
        {
          namespace,
          labelSelector,
          fieldSelector:
            fieldSelector === undefined || fieldSelector === '' ? byName : `${byName},${fieldSelector}`,
          metadataOnly: true,
          signal,
        },
      );
      return items.length === 0;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }
}

const TRANSIENT = 'APIError';

const transient = (): Problem => ({
  reason: TRANSIENT,
  message: 'the API server could not be written to; trying again',
  failed: true,
});
