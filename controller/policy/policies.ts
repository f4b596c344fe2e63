import type { Log } from '../../config/index.ts';
import type { StoredPolicy } from '../../src/api/index.ts';
import { CLUSTER_IMPORT_POLICY, DELETION_PROTECTION_ANNOTATION, PEDIA_CLUSTER } from '../../src/api/index.ts';
import type { Discovery } from '../../src/kube/index.ts';
import type { CompiledPolicy } from '../../src/policy/index.ts';
import { compilePolicy, selectorsOf } from '../../src/policy/acting.ts';
import type {
  Failure,
  LocatedReference,
  Problem,
  Seniority,
  SourcesState,
} from '../../src/reconcile/index.ts';
import {
  addFinalizer,
  conditionOf,
  decidePolicyStatus,
  deleteLifecycle,
  digestOf,
  problemOf,
  removeFinalizer,
  removePolicyFinalizer,
  seniorityOf,
  sourceOf,
  waiting,
} from '../../src/reconcile/index.ts';
import { ActivePolicy } from './active-policy.ts';
import type { PolicySource } from './members.ts';
import { negotiate } from './negotiation.ts';
import type { PolicyRecord } from './record.ts';
import type { NegotiatedKinds } from './schemas.ts';
import { SchemaJudge } from './schemas.ts';
import { sourcesState } from './sources-state.ts';
import type { CrdWatch } from '../watches/crds.ts';
import { DeletionJudge } from './deletions.ts';
import type { ControllerMetrics } from '../metrics.ts';
import type { ReferenceWatches } from '../watches/reference-watches.ts';
import type { SourceWatches } from '../watches/source-watches.ts';
import type { ControllerState } from '../state.ts';
import type { Reports } from '../writes/reports.ts';
import type { Writer } from '../writes/writer.ts';

export interface PolicyReconcilerOptions {
  readonly state: ControllerState;
  readonly discovery: Discovery;
  readonly crds: CrdWatch;
  readonly sources: SourceWatches;
  readonly references: ReferenceWatches;
  readonly writer: Writer;
  readonly reports: Reports;
  readonly metrics: ControllerMetrics;
  readonly log: Log;
  /** Called when a policy has looked at all of its sources, or when nobody waits for it any more. */
  readonly onLooked: () => void;
}

/** How far a policy could be activated. */
type Activation =
  | { readonly kind: 'active'; readonly active: ActivePolicy; readonly sources: SourcesState }
  | { readonly kind: 'invalid'; readonly problem: Problem }
  | { readonly kind: 'unavailable'; readonly problem: Problem };

/** Work that takes longer than this is reported in the status. */
const ROUTINE_MS = 60_000;

/**
 * Reconciles policies: compiles them, chooses the API versions of their kinds, watches their sources, judges deletions,
 * and reports the progress in their status.
 */
export class PolicyReconciler {
  readonly #options: PolicyReconcilerOptions;
  readonly #state: ControllerState;
  readonly #judge: DeletionJudge;
  readonly #schemas: SchemaJudge;

  constructor(options: PolicyReconcilerOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#judge = new DeletionJudge(options);
    this.#schemas = new SchemaJudge(options);
  }

  /**
   * Whether every policy that can act has looked at all of its sources. A policy that cannot act for now is not waited
   * for.
   */
  get allLookedAt(): boolean {
    for (const name of this.#state.caches.policy.names()) {
      const { tried, active } = this.#state.record(name);
      if (!tried) return false;
      const hopeful = active?.view.state.kind === 'starting' || active?.view.state.kind === 'healthy';
      if (active !== undefined && !active.evaluated && !active.isSlow && hopeful) return false;
    }
    return true;
  }

  async reconcile(name: string, signal: AbortSignal): Promise<void> {
    const couldAct = this.#state.caches.pediaCluster.synced;
    try {
      await this.#reconcile(name, signal);
    } finally {
      if (couldAct && this.#state.policy(name) !== undefined) this.#state.record(name).tried = true;
      this.#options.onLooked();
    }
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<void> {
    const policy = this.#state.policy(name);
    if (policy === undefined) {
      this.#gone(this.#state.record(name));
      return;
    }
    const record = this.#recordOf(policy);
    if (policy.metadata.deletionTimestamp !== undefined) {
      await this.#tearDown(policy, record, signal);
      return;
    }
    const finalizer = addFinalizer(policy);
    if (finalizer !== undefined) await this.#options.writer.apply([finalizer], signal);
    if (policy.spec.suspend === true) {
      this.#deactivate(record);
      await this.#writeStatus(record, { kind: 'unavailable', problem: suspended }, signal);
      return;
    }
    const problem = this.#pediaClustersProblem();
    if (problem !== undefined) {
      this.#decided(policy, record);
      await this.#writeStatus(record, { kind: 'unavailable', problem }, signal);
      return;
    }
    // Once the PediaClusters are listed, all policies are queued again.
    if (!this.#state.caches.pediaCluster.synced) return;
    const activation = await this.#activate(policy, record, signal);
    if (activation.kind === 'active' && activation.sources.kind === 'synced') {
      if (record.lost) record.breaker.postpone(this.#state.clock.monotonic());
      record.lost = false;
      await this.#sweep(record, activation.active, signal);
      if (record.active !== activation.active) return;
      this.#decided(policy, record);
      await this.#judge.judge(this.#state.policy(name) ?? policy, signal);
    } else if (activation.kind !== 'active' || activation.sources.kind === 'unavailable')
      this.#decided(policy, record);
    await this.#writeStatus(record, activation, signal);
  }

  /**
   * The policy knows which lifecycles it wants, or cannot know it now. Lifecycles that are being deleted need not wait
   * any longer.
   */
  #decided(policy: StoredPolicy, record: PolicyRecord): void {
    record.decide(policy);
    for (const lifecycle of record.undecided) this.#state.enqueueLifecycle(lifecycle);
    record.undecided.clear();
  }

  /** The record of this policy, for this uid of it. */
  #recordOf({ metadata: { name, uid }, status }: StoredPolicy): PolicyRecord {
    const known = this.#state.record(name);
    // The policy was deleted and created again before this was noticed. The new one inherits nothing.
    if (known.uid !== undefined && known.uid !== uid) this.#gone(known);
    const record = this.#state.record(name);
    // The status comes from an earlier process. A CRD may have changed while no controller was running.
    if (record.uid === undefined && status !== undefined) record.schemasChanged = true;
    record.uid = uid;
    return record;
  }

  /** Why PediaClusters cannot be read. Without Clusterpedia there is nothing to import clusters into. */
  #pediaClustersProblem(): Problem | undefined {
    const { synced, state } = this.#state.caches.pediaCluster;
    if (state.kind === 'missing') return pediaClustersMissing;
    return state.kind === 'forbidden' && !synced ? pediaClustersForbidden : undefined;
  }

  /** Whether no PediaCluster can exist because Clusterpedia and its CRDs were removed. */
  async #pediaClustersGone(signal: AbortSignal): Promise<boolean> {
    if (this.#state.caches.pediaCluster.state.kind !== 'missing') return false;
    const { group, resource } = PEDIA_CLUSTER;
    // An API server that has just started serves some kinds later than others, so the CRD decides.
    return (await this.#options.crds.read(group, resource, signal)) === 'absent';
  }

  /** The policy was removed although the controller had not released it. What it made has no owner now. */
  #gone(record: PolicyRecord): void {
    this.#deactivate(record);
    this.#judge.forget(record);
    this.#state.forget(record);
    for (const lifecycle of record.lifecycles) this.#state.enqueueLifecycle(lifecycle);
  }

  /** Deletes the lifecycles, waits until they are gone, and releases the policy. */
  async #tearDown(policy: StoredPolicy, record: PolicyRecord, signal: AbortSignal): Promise<void> {
    this.#deactivate(record);
    if (policy.spec.suspend === true) {
      record.ending = false;
      await this.#writeStatus(record, { kind: 'unavailable', problem: suspended }, signal);
      return;
    }
    this.#judge.forget(record);
    const lifecycles = this.#state.lifecycles(record.lifecycles);
    if (lifecycles.length === 0) {
      const last = removePolicyFinalizer(policy);
      if (last !== undefined) await this.#options.writer.apply([last], signal);
      return;
    }
    record.handsOver ??=
      isProtected(policy) || (await this.#options.crds.isGoing(CLUSTER_IMPORT_POLICY, signal));
    await this.#writeStatus(record, { kind: 'unavailable', problem: deleting }, signal);
    // Lifecycles are worked on only while PediaClusters can be read. If the PediaCluster kind is gone, no lifecycle has
    // anything to wait for.
    const gone = await this.#pediaClustersGone(signal);
    for (const lifecycle of lifecycles) {
      if (lifecycle.metadata.deletionTimestamp === undefined) {
        await this.#options.writer.apply([deleteLifecycle(lifecycle)], signal);
      }
      const finalizer = gone ? removeFinalizer('lifecycle', lifecycle) : undefined;
      if (finalizer !== undefined) await this.#options.writer.apply([finalizer], signal);
    }
    if (gone || record.ending) return;
    record.ending = true;
    // Lifecycles that were already being deleted while the policy was suspended have waited. The others are queued by
    // their own change.
    for (const lifecycle of lifecycles) this.#state.enqueueLifecycle(lifecycle.metadata.name);
  }

  /** Stops acting for a policy. What the policy made stays as it is. */
  #deactivate(record: PolicyRecord): void {
    if (record.active === undefined) return;
    record.active = undefined;
    this.#options.sources.release(record.name);
    for (const lifecycle of record.lifecycles) this.#state.enqueueLifecycle(lifecycle);
    record.progress.resetSources();
    for (const source of this.#state.claims.deletePolicy(record.name)) this.#state.enqueueSource(source);
  }

  async #activate(policy: StoredPolicy, record: PolicyRecord, signal: AbortSignal): Promise<Activation> {
    const compiled = this.#compile(policy, record);
    if ('reason' in compiled) {
      this.#deactivate(record);
      return { kind: 'invalid', problem: compiled };
    }
    const negotiated = await negotiate(this.#options, policy, signal);
    if ('problem' in negotiated) {
      if (record.lifecycles.size > 0) record.lost = true;
      this.#deactivate(record);
      return { kind: 'unavailable', problem: negotiated.problem };
    }
    const changed = await this.#schemas.judge(policy, record, negotiated, signal);
    if (changed !== undefined) {
      this.#deactivate(record);
      return { kind: 'invalid', problem: changed };
    }
    const active = this.#watch(record, negotiated, compiled);
    if (active.view.state.kind === 'missing') record.lost = true;
    return { kind: 'active', active, sources: sourcesState(active.view, negotiated.sourceKind.type) };
  }

  #compile(policy: StoredPolicy, record: PolicyRecord): CompiledPolicy | Failure {
    const spec = digestOf(policy.spec);
    if (record.compiled?.spec === spec) return record.compiled.result;
    const result = compileOrProblem(policy);
    record.compiled = { spec, result };
    if ('reason' in result) {
      const { reason, message } = result;
      this.#options.reports.report({ about: policy, reason, action: 'Compile', message });
    }
    return result;
  }

  /** Makes the policy act in its present form. If it already does, nothing changes. */
  #watch(record: PolicyRecord, negotiated: NegotiatedKinds, compiled: CompiledPolicy): ActivePolicy {
    const { object, sourceVersion, referenceVersions } = negotiated;
    const { type } = negotiated.sourceKind;
    const { name, uid } = object.metadata;
    const { source } = object.spec;
    const revision = digestOf([uid, object.spec, sourceVersion, [...referenceVersions]]);
    if (record.active?.revision === revision) return record.active;
    const scope = { type, namespaces: source.namespaces ?? [], ...selectorsOf(source) };
    const view = this.#options.sources.acquire(name, scope, compiled.readPaths.source);
    const active = new ActivePolicy(revision, negotiated, compiled, view);
    record.active = active;
    record.progress.resetSources();
    return active;
  }

  /**
   * Evaluates every source once, when a policy begins to act or changes. The first pass learns who claims which name,
   * so that the oldest source gets it whatever the order of events. Then all sources are queued.
   */
  async #sweep(record: PolicyRecord, active: ActivePolicy, signal: AbortSignal): Promise<void> {
    if (active.evaluated) return;
    const { members, progress } = record;
    const sources = new Set<PolicySource>();
    const wanted: LocatedReference[] = [];
    for (const cached of active.view.values()) {
      const source = members.source(active.keyOf(cached.object));
      const look = () => {
        const evaluation = active.evaluate(source, cached);
        const reference = evaluation.kind === 'selected' ? active.firstReference(cached) : undefined;
        return { evaluation, reference };
      };
      const { evaluation, reference } = await this.#state.turns.runPatiently(
        active.name,
        look,
        signal,
        () => {
          active.isSlow = true;
          this.#options.onLooked();
        },
      );
      if (evaluation.kind === 'selected')
        this.#claim(source, evaluation.name, seniorityOf(active.negotiated, cached.object));
      if (reference !== undefined) wanted.push(reference);
      progress.setSource(source, evaluation.kind === 'selected', undefined);
      sources.add(source);
    }
    active.evaluated = true;
    this.#options.references.readAhead(wanted);
    // Adds sources that have appeared meanwhile, and sources that have claims but are not seen any more.
    for (const { object } of active.view.values()) sources.add(members.source(active.keyOf(object)));
    for (const source of this.#state.claims.ofPolicy(record.name)) sources.add(source);
    for (const lifecycle of this.#state.lifecycles(record.lifecycles)) {
      sources.add(members.source(sourceOf(lifecycle)));
      this.#state.enqueueLifecycle(lifecycle.metadata.name);
    }
    for (const source of sources) this.#state.enqueueSource(source);
    // Sources that went while the policy did not act.
    for (const source of members.sources()) record.release(source);
  }

  /**
   * Claims a name, and queues the sources that may get a name because of it, if their policy has looked at all of its
   * sources.
   */
  #claim(source: PolicySource, name: string, seniority: Seniority): void {
    for (const other of this.#state.claims.set(source, name, seniority))
      if (this.#state.record(other.policy).active?.evaluated === true) this.#state.enqueueSource(other);
  }

  async #writeStatus(record: PolicyRecord, activation: Activation, signal: AbortSignal): Promise<void> {
    const { name, progress } = record;
    const policy = this.#state.policy(name);
    if (policy === undefined) return;
    this.#log(record, activation);
    const active = activation.kind === 'active' ? activation.active : undefined;
    // If sources cannot be listed, the policy has no work to do; the change that ends this queues the policy again.
    const isWaiting = activation.kind !== 'active' || activation.sources.kind === 'unavailable';
    const working = active !== undefined && !isWaiting && (progress.working || !active.evaluated);
    if (working && activation.kind === 'active' && activation.sources.kind === 'synced')
      this.#state.touchPolicy(name);
    if (working && this.#isRoutine(policy, record)) return;
    if (!working) record.busySince = undefined;
    const counts = progress.counts(active?.view.size ?? 0, record.lifecycles.size);
    const { sources = 0, selected = 0 } = policy.status ?? {};
    const action = decidePolicyStatus(
      {
        policy,
        // A policy stays invalid while it is paused or one of its kinds is missing.
        invalid: activation.kind === 'invalid' ? activation.problem : this.#schemas.standing(policy, record),
        sources:
          activation.kind === 'active'
            ? activation.sources
            : { kind: 'unavailable', problem: activation.problem },
        // Sources that cannot be read are not gone, so the old counts stay.
        counts: active === undefined ? { ...counts, sources, selected } : counts,
        exampleFailure: progress.exampleFailure,
        working,
        held: this.#judge.heldOf(policy),
      },
      new Date(this.#state.clock.now()),
    );
    if (action !== undefined) await this.#options.writer.apply([action], signal);
  }

  /** Logs one line for each new reason why a policy cannot act. */
  #log(record: PolicyRecord, activation: Activation): void {
    const problem =
      activation.kind === 'active'
        ? activation.sources.kind === 'unavailable'
          ? activation.sources.problem
          : undefined
        : activation.problem;
    const text = problem === undefined ? undefined : `${problem.reason}: ${problem.message}`;
    if (problem !== undefined && text !== record.logged)
      this.#options.log.warn(
        { policy: record.name, reason: problem.reason, problem: problem.message },
        'policy does not act',
      );
    record.logged = text;
  }

  /**
   * Whether the work is too small to be reported: the policy has been ready in its present form, and has not been busy
   * for long. So a restart of the controller, or a change of one source, writes nothing to a policy that is in order.
   */
  #isRoutine(policy: StoredPolicy, record: PolicyRecord): boolean {
    const { generation = 0 } = policy.metadata;
    const now = this.#state.clock.monotonic();
    record.busySince ??= now;
    const settled = conditionOf(policy.status?.conditions, 'Reconciling');
    return (
      settled?.status === 'False' &&
      settled.observedGeneration === generation &&
      now - record.busySince < ROUTINE_MS
    );
  }
}

const isProtected = ({ metadata }: StoredPolicy): boolean =>
  metadata.annotations?.[DELETION_PROTECTION_ANNOTATION] === 'true';

const suspended = waiting('Suspended', 'spec.suspend is true');
const pediaClustersMissing = waiting(
  'PediaClusterKindNotFound',
  'the API server does not serve pediaclusters.cluster.clusterpedia.io: install Clusterpedia',
);
const pediaClustersForbidden = waiting(
  'PediaClustersForbidden',
  'the controller may not list and watch pediaclusters.cluster.clusterpedia.io: grant it these verbs',
);
const deleting = waiting('Deleting', 'the policy is being deleted');

function compileOrProblem(policy: StoredPolicy): CompiledPolicy | Failure {
  try {
    return compilePolicy(policy.spec);
  } catch (error) {
    return problemOf(error);
  }
}
