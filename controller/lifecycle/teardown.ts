import type { StoredPolicy, PediaClusterLifecycle } from '../../src/api/index.ts';
import { CLUSTER_IMPORT_POLICY } from '../../src/api/index.ts';
import type { Log } from '../../config/index.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import { isNotFound } from '../../src/kube/index.ts';
import type { SourceEvaluation } from '../../src/reconcile/index.ts';
import {
  conditionalDeletionId,
  decideTeardown,
  deleteLifecycle,
  evaluateSource,
} from '../../src/reconcile/index.ts';
import { ASK_AGAIN_MS, isGone, lookForSource } from '../source/gone.ts';
import type { ControllerState } from '../state.ts';
import type { CrdWatch } from '../watches/crds.ts';
import type { Writer } from '../writes/writer.ts';
import type { Observer } from './observe.ts';
import { describeLifecycle } from './outcomes.ts';

export interface TeardownOptions {
  readonly client: KubeClient;
  readonly state: ControllerState;
  readonly crds: CrdWatch;
  readonly observer: Observer;
  readonly writer: Writer;
  readonly log: Log;
}

/** Removes lifecycles that are being deleted or that no policy wants any more, with what they made. */
export class Teardown {
  readonly #options: TeardownOptions;
  readonly #state: ControllerState;

  constructor(options: TeardownOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  /** @param policy the policy that owns the lifecycle; `undefined` if it is gone */
  async tearDown(
    lifecycle: PediaClusterLifecycle,
    policy: StoredPolicy | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { name, uid } = lifecycle.metadata;
    const record = this.#state.recordOf(lifecycle);
    const isPolicyGoing = policy?.metadata.deletionTimestamp !== undefined;
    // The policy's reconciliation finds out whether to hand over, and then queues its lifecycles again.
    if (isPolicyGoing && record?.handsOver === undefined) return;
    const pediaCluster =
      this.#state.caches.pediaCluster.get(name) ??
      (await this.#options.observer.lookForPediaCluster(name, signal));
    const evaluation = policy === undefined || isPolicyGoing ? undefined : this.#evaluate(lifecycle);
    const isUndecided = policy !== undefined && !isPolicyGoing && record?.hasDecided(policy) === false;
    // The policy's reconciliation queues it again.
    if (isUndecided) record.undecided.add(name);
    let isWanted = this.#isWanted(lifecycle, evaluation);
    const mayHandOver = policy !== undefined && !isPolicyGoing && !isUndecided && pediaCluster !== undefined;
    // A cache that lags is not proof enough: if no next lifecycle came, the PediaCluster would stay for ever.
    if (mayHandOver && isWanted !== false && (await this.#isUnwantedNow(lifecycle, signal))) isWanted = false;
    const { actions, deletionWanted } = decideTeardown({
      lifecycle,
      pediaCluster,
      policy,
      isDefinitionGoing:
        policy === undefined ? await this.#isDefinitionGoing(signal) : record?.handsOver === true,
      isWanted,
      isUndecided,
      isReleased: record?.breaker.isReleased(uid) === true,
    });
    const now = this.#state.clock.monotonic();
    if (deletionWanted && actions.length === 0) {
      // A PediaCluster counts once, whatever the reason for its deletion.
      record?.breaker.unwant(conditionalDeletionId(lifecycle));
      record?.breaker.want(uid, now);
      return;
    }
    if (deletionWanted && evaluation?.kind === 'absent' && !(await this.#isSourceGone(lifecycle, signal))) {
      record?.breaker.unwant(uid);
      this.#state.queues.lifecycles.addAfter(name, ASK_AGAIN_MS);
      if (record !== undefined) this.#state.enqueuePolicy(record.name);
      return;
    }
    await this.#options.writer.apply(actions, signal);
    if (actions.length > 0) record?.breaker.done(uid, now);
    const fields = describeLifecycle(lifecycle);
    for (const { kind, verb } of actions) {
      if (kind !== 'pediaCluster') continue;
      if (verb === 'delete')
        this.#options.log.info(
          {
            ...fields,
            because: isPolicyGoing || policy === undefined ? 'policy' : (evaluation?.kind ?? 'source'),
          },
          'PediaCluster deleted',
        );
      else this.#options.log.info(fields, 'PediaCluster let go');
    }
  }

  /** The policy's present evaluation of the lifecycle's source; `undefined` if it is not known. */
  #evaluate(lifecycle: PediaClusterLifecycle): SourceEvaluation | undefined {
    const source = this.#state.sourceOf(lifecycle);
    const active = this.#state.recordOf(lifecycle)?.active;
    if (source === undefined || active?.evaluated !== true || !active.view.synced) return undefined;
    return active.evaluate(source, active.source(source.source));
  }

  /** Whether the policy would create the lifecycle again; `undefined` if that is not known. */
  #isWanted(lifecycle: PediaClusterLifecycle, evaluation: SourceEvaluation | undefined): boolean | undefined {
    if (evaluation === undefined || evaluation.kind === 'failed') return undefined;
    const { name } = lifecycle.metadata;
    if (evaluation.kind !== 'selected' || evaluation.name !== name) return false;
    return this.#state.claims.holder(name) === this.#state.sourceOf(lifecycle);
  }

  /** Whether the source, as the API server has it now, shows that the policy does not want the lifecycle. */
  async #isUnwantedNow(lifecycle: PediaClusterLifecycle, signal: AbortSignal): Promise<boolean> {
    const active = this.#state.recordOf(lifecycle)?.active;
    const source = this.#state.sourceOf(lifecycle);
    if (active === undefined || source === undefined) return false;
    const found = await lookForSource(this.#options, active, source.source, signal);
    if (found === 'unknown') return false;
    if (found === 'gone') return true;
    const evaluation = await this.#state.turns.run(active.name, () => evaluateSource(active.compiled, found));
    if (evaluation.kind === 'failed') return false;
    return evaluation.kind !== 'selected' || evaluation.name !== lifecycle.metadata.name;
  }

  async #isSourceGone(lifecycle: PediaClusterLifecycle, signal: AbortSignal): Promise<boolean> {
    const active = this.#state.recordOf(lifecycle)?.active;
    const source = this.#state.sourceOf(lifecycle);
    if (active === undefined || source === undefined) return false;
    return isGone(this.#options, active, source.source, signal);
  }

  #isDefinitionGoing(signal: AbortSignal): Promise<boolean> {
    return this.#options.crds.isGoing(CLUSTER_IMPORT_POLICY, signal);
  }

  /** The policy is gone and has not cleaned up. This does not wait for garbage collection. */
  async deleteOrphan(lifecycle: PediaClusterLifecycle, policy: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.client.get(CLUSTER_IMPORT_POLICY, policy, undefined, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // If the policies went with their CRD, they may come back with it.
      if (await this.#isDefinitionGoing(signal)) return;
      await this.#options.writer.apply([deleteLifecycle(lifecycle)], signal);
    }
  }
}
