import type { Log } from '../../config/index.ts';
import type { PediaClusterLifecycle } from '../../src/api/index.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import type { CompiledLifecycle } from '../../src/policy/index.ts';
import type {
  Digest,
  LifecycleDecision,
  ObservedPediaCluster,
  Problem,
  ReferenceResolution,
  Rendering,
} from '../../src/reconcile/index.ts';
import {
  conditionalDeletionId,
  decideLifecycle,
  failedWrite,
  owningPolicy,
  renderLifecycle,
  suspended,
} from '../../src/reconcile/index.ts';
import type { ControllerMetrics } from '../metrics.ts';
import type { Reports } from '../writes/reports.ts';
import type { ControllerState } from '../state.ts';
import type { ReferenceWatches } from '../watches/reference-watches.ts';
import type { CrdWatch } from '../watches/crds.ts';
import type { Writer } from '../writes/writer.ts';
import { PutOff } from '../turns.ts';
import { CompiledLifecycles } from './compiled.ts';
import type { FollowedSource } from './followed-source.ts';
import { Observer } from './observe.ts';
import { Outcomes } from './outcomes.ts';
import { SettledLifecycles, contentOf, stateOf } from './settled.ts';
import { Teardown } from './teardown.ts';

export interface LifecycleReconcilerOptions {
  readonly client: KubeClient;
  readonly state: ControllerState;
  readonly references: ReferenceWatches;
  readonly writer: Writer;
  readonly reports: Reports;
  readonly metrics: ControllerMetrics;
  readonly crds: CrdWatch;
  readonly log: Log;
  /** Programs that a kubeconfig may have Clusterpedia run. */
  readonly allowedExecCommands: readonly string[];
}

/** Everything that a decision about a lifecycle depends on. */
interface Gathered {
  readonly lifecycle: PediaClusterLifecycle;
  readonly compiled: CompiledLifecycle;
  readonly source: FollowedSource;
  readonly references: ReferenceResolution;
  readonly pediaCluster: ObservedPediaCluster | undefined;
  /** Digest of what templates read of the references. */
  readonly content: Digest;
}

/**
 * Reconciles one lifecycle, a file per phase: observe (source, references, PediaCluster), decide (`src/reconcile`),
 * carry out and report, and remember what the decision was based on. A lifecycle that goes is torn down.
 */
export class LifecycleReconciler {
  readonly #state: ControllerState;
  readonly #references: ReferenceWatches;
  readonly #metrics: ControllerMetrics;
  readonly #compiled = new CompiledLifecycles();
  readonly #settled = new SettledLifecycles();
  readonly #observer: Observer;
  readonly #outcomes: Outcomes;
  readonly #teardown: Teardown;

  readonly #allowedCommands: readonly string[];

  constructor(options: LifecycleReconcilerOptions) {
    const { client, state, crds, references, writer, reports, metrics, log } = options;
    this.#allowedCommands = options.allowedExecCommands;
    this.#state = state;
    this.#references = references;
    this.#metrics = metrics;
    this.#observer = new Observer({ client, state, watches: references });
    this.#outcomes = new Outcomes({ state, writer, reports, log });
    this.#teardown = new Teardown({ client, state, crds, observer: this.#observer, writer, log });
  }

  async reconcile(name: string, signal: AbortSignal): Promise<void> {
    const lifecycle = this.#state.lifecycle(name);
    if (lifecycle === undefined) {
      this.#observer.ended(name);
      this.#compiled.forget(name);
      this.#settled.forget(name);
      this.#outcomes.forget(name);
      this.#references.track(name, []);
      return;
    }
    const record = this.#state.recordOf(lifecycle);
    const ticket = record?.progress.lifecycles.started(name);
    let isPutOff = false;
    try {
      await this.#reconcile(lifecycle, signal);
    } catch (error) {
      if (!(error instanceof PutOff)) throw error;
      isPutOff = true;
      throw this.#observer.putOff(name, { policy: policyNameOf(lifecycle), error });
    } finally {
      if (!isPutOff) {
        this.#observer.ended(name);
        record?.progress.lifecycles.finished(name, ticket);
      }
      if (record !== undefined) this.#state.touchPolicy(record.name);
    }
  }

  async #reconcile(lifecycle: PediaClusterLifecycle, signal: AbortSignal): Promise<void> {
    const owner = owningPolicy(lifecycle);
    const policy = owner === undefined ? undefined : this.#state.policy(owner.name);
    if (policy?.spec.suspend === true) return;
    if (lifecycle.spec.suspend === true) {
      await this.#outcomes.report(lifecycle, undefined, suspended(), undefined, signal);
      return;
    }
    if (lifecycle.metadata.deletionTimestamp !== undefined) {
      await this.#teardown.tearDown(lifecycle, policy, signal);
      return;
    }
    if (owner !== undefined && policy === undefined) {
      await this.#teardown.deleteOrphan(lifecycle, owner.name, signal);
      return;
    }
    // The policy's own reconciliation deletes its lifecycles.
    if (policy?.metadata.deletionTimestamp !== undefined) return;
    // The source's reconciliation is about to delete it.
    if (this.#state.recordOf(lifecycle)?.breaker.isReleased(lifecycle.metadata.uid) === true) return;
    await this.#follow(lifecycle, signal);
  }

  /** Keeps the PediaCluster of a lifecycle up to date. */
  async #follow(lifecycle: PediaClusterLifecycle, signal: AbortSignal): Promise<void> {
    const { name } = lifecycle.metadata;
    const compiled = this.#compiled.compile(name, lifecycle.spec);
    if ('reason' in compiled) {
      await this.#outcomes.finish(lifecycle, undefined, problemDecision(compiled), signal);
      return;
    }
    const source = await this.#observer.source(lifecycle, compiled, signal);
    if (source === undefined) return;
    const pediaCluster = await this.#observer.pediaCluster(name, signal);
    const state = stateOf(lifecycle, lifecycle.status, source, pediaCluster);
    if (this.#settled.isSettled(name, state, (reference) => this.#references.versionOf(reference))) return;
    const references = await this.#observer.references(lifecycle, compiled, source, signal);
    const content = contentOf(lifecycle.spec, compiled, references);
    if (this.#settled.isSame(name, state, content)) {
      this.#settled.settle(name, state, references, content);
      return;
    }
    await this.#import({ lifecycle, compiled, source, references, content, pediaCluster }, signal);
  }

  /** Renders, decides and writes, and remembers what the decision was based on. */
  async #import(
    { lifecycle, compiled, source, references, content, pediaCluster }: Gathered,
    signal: AbortSignal,
  ): Promise<void> {
    this.#metrics.renderings.inc();
    const exists = pediaCluster !== undefined;
    const { problem } = references;
    const rendering: Rendering =
      problem === undefined
        ? await this.#state.turns.run(policyNameOf(lifecycle), () =>
            renderLifecycle(compiled, source.object, references, exists, this.#allowedCommands),
          )
        : { kind: 'problem', problem };
    const decision = decideLifecycle({
      lifecycle,
      pediaCluster,
      references,
      rendering,
      deletionReleased: this.#deletionReleased(lifecycle),
    });
    this.#guardDeletion(lifecycle, decision);
    const answers = await this.#outcomes.finish(lifecycle, references, decision, signal);
    // A deletion that waits must be looked at again, and so must one that was carried out.
    if (answers === undefined || decision.deletionWanted) return;
    // Record the state that the decision used, not the cache's current one and not what came with an answer: an edit
    // made meanwhile must lead to a new decision. A patch of the PediaCluster applies to the version that was read; a
    // patch of a status applies to any version.
    const made = answers.pediaCluster ?? pediaCluster;
    const { status } = answers.lifecycle ?? lifecycle;
    this.#settled.settle(
      lifecycle.metadata.name,
      stateOf(lifecycle, status, source, made),
      references,
      content,
    );
  }

  #deletionReleased(lifecycle: PediaClusterLifecycle): boolean {
    const record = this.#state.recordOf(lifecycle);
    return record === undefined || record.breaker.isReleased(conditionalDeletionId(lifecycle));
  }

  /** Asks the breaker for a deletion, or withdraws the request. */
  #guardDeletion(lifecycle: PediaClusterLifecycle, decision: LifecycleDecision): void {
    const breaker = this.#state.recordOf(lifecycle)?.breaker;
    if (breaker === undefined) return;
    const id = conditionalDeletionId(lifecycle);
    // A PediaCluster counts once, whatever the reason for its deletion.
    if (this.#observer.isHeld(lifecycle)) return;
    if (decision.deletionWanted) breaker.want(id, this.#state.clock.monotonic());
    else breaker.unwant(id);
  }
}

/** The policy whose share of rendering time a lifecycle uses. */
const policyNameOf = (lifecycle: PediaClusterLifecycle): string => owningPolicy(lifecycle)?.name ?? '';

function problemDecision(problem: Problem): LifecycleDecision {
  return { actions: [], deletionWanted: false, conditions: failedWrite(problem, false), problem };
}
