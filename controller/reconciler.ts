import type { Log } from '../config/index.ts';
import type { StoredPolicy, PediaClusterLifecycle } from '../src/api/index.ts';
import { PEDIA_CLUSTER } from '../src/api/index.ts';
import type { EventRecorder, KubeClient, StoredObject, ReflectorState } from '../src/kube/index.ts';
import { Discovery, redactError } from '../src/kube/index.ts';
import type { BreakerLimits, CachedPediaCluster } from '../src/reconcile/index.ts';
import {
  describeClaimant,
  owningPolicy,
  recordedOutcome,
  sameJson,
  sourceOf,
} from '../src/reconcile/index.ts';
import type { CrdNews } from './watches/crds.ts';
import { CrdWatch } from './watches/crds.ts';
import { conditionalDeletionId } from './lifecycle/deletions.ts';
import { LifecycleReconciler } from './lifecycle/lifecycles.ts';
import { pediaClusterState } from './lifecycle/settled.ts';
import type { ControllerMetrics } from './metrics.ts';
import type { ChangeListener, OwnObject } from './watches/own-objects.ts';
import { OwnObjects } from './watches/own-objects.ts';
import type { PolicySource } from './policy/members.ts';
import { PolicyReconciler } from './policy/policies.ts';
import { Controller } from './controller.ts';
import { Reports } from './reports.ts';
import { ReferenceWatches } from './watches/reference-watches.ts';
import { SourceReconciler } from './source/sources.ts';
import { SourceWatches } from './watches/source-watches.ts';
import { ControllerState } from './state.ts';
import { Writer } from './writer.ts';

export interface ReconcilerOptions {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  readonly metrics: ControllerMetrics;
  readonly log: Log;
  /** How many keys each of the two queues, sources and lifecycles, works on at once. */
  readonly concurrency: number;
  readonly breaker: BreakerLimits;
  /** Programs that a kubeconfig may have Clusterpedia run. */
  readonly allowedExecCommands: readonly string[];
}

/** After a CRD has changed, the reconciler asks what is served at once, and again after these delays. */
const crdRechecksMs = [1_000, 5_000, 30_000];
/** Policies are few; each may have to wait for the API server. */
const POLICY_CONCURRENCY = 4;
/**
 * At start-up no name is decided until the sources of every policy are known, or are known to be unavailable for now.
 * After this time a slow policy no longer keeps the others waiting.
 */
const START_TIMEOUT_MS = 30_000;

/**
 * Everything that the leader runs: watches feed three queues, and three reconcilers empty them.
 *
 * ```
 *  ClusterImportPolicies ──▶ policies ──▶ (source watches) ──▶ sources ──▶ lifecycles ──▶ PediaClusters
 *        CRDs ──────────────────┘                                             ▲
 *        referenced objects, PediaClusters, lifecycles ───────────────────────┘
 * ```
 *
 * Runs once: a replica that has lost the lead ends.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #stopping = new AbortController();
  /** Resolves once every policy that can act has looked at all of its sources. */
  readonly #firstLook = Promise.withResolvers<void>();
  /** Cancels the re-checks that are still due after a CRD's last change, by the CRD's name. */
  readonly #rechecks = new Map<string, () => void>();
  readonly #policies: Controller;
  readonly #sources: Controller<PolicySource>;
  readonly #lifecycles: Controller;
  readonly #state: ControllerState;
  readonly #discovery: Discovery;
  readonly #crds: CrdWatch;
  readonly #sourceWatches: SourceWatches;
  readonly #references: ReferenceWatches;
  readonly #policyReconciler: PolicyReconciler;
  readonly #sourceReconciler: SourceReconciler;
  readonly #lifecycleReconciler: LifecycleReconciler;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    const { client, events, metrics, log } = options;
    const { signal } = this.#stopping;
    const onError = (error: Error): void =>
      log.debug({ error: redactError(error) }, 'a watch was interrupted');
    this.#policies = new Controller('policy', byName, metrics, log);
    this.#sources = new Controller<PolicySource>('source', describeClaimant, metrics, log);
    this.#lifecycles = new Controller('lifecycle', byName, metrics, log);
    this.#discovery = new Discovery(client);
    this.#state = new ControllerState({
      caches: {
        policy: this.#cache('policy', (name, before, after) => this.#onPolicy(name, before, after)),
        lifecycle: this.#cache('lifecycle', (...change) => this.#onLifecycle(...change)),
        pediaCluster: this.#cache('pediaCluster', (...change) => this.#onPediaCluster(...change)),
      },
      queues: {
        policies: this.#policies.queue,
        sources: this.#sources.queue,
        lifecycles: this.#lifecycles.queue,
      },
      limits: options.breaker,
      clock: client.clock,
    });
    this.#crds = new CrdWatch(client, (news) => this.#onCrd(news), onError);
    this.#sourceWatches = new SourceWatches(
      {
        client,
        onError,
        onSource: (policies, object) => this.#onSource(policies, object),
        onState: (policies) => {
          for (const name of policies) this.#state.enqueuePolicy(name);
        },
      },
      signal,
    );
    this.#references = new ReferenceWatches(
      {
        client,
        discovery: this.#discovery,
        onError,
        onReference: (names) => {
          for (const name of names) this.#state.enqueueLifecycle(name);
        },
      },
      signal,
    );
    const state = this.#state;
    const writer = new Writer(client, metrics, (kind, answer) => state.caches[kind].remember(answer));
    const [crds, references] = [this.#crds, this.#references];
    const reports = new Reports(events);
    this.#policyReconciler = new PolicyReconciler({
      state,
      discovery: this.#discovery,
      crds,
      sources: this.#sourceWatches,
      references,
      writer,
      reports,
      metrics,
      log,
      onLooked: () => this.#onLooked(),
    });
    this.#sourceReconciler = new SourceReconciler({ client, state, crds, writer, reports, log });
    this.#lifecycleReconciler = new LifecycleReconciler({
      client,
      state,
      references,
      writer,
      reports,
      metrics,
      crds,
      log,
      allowedExecCommands: options.allowedExecCommands,
    });
  }

  #cache<K extends keyof OwnObject>(kind: K, onChange: ChangeListener<OwnObject[K]>): OwnObjects<K> {
    const { client, log } = this.#options;
    return new OwnObjects({
      client,
      kind,
      onChange,
      onError: (error) => log.debug({ kind, error: redactError(error) }, 'a watch was interrupted'),
      onState: (state) => this.#onCacheState(kind, state),
    });
  }

  /**
   * Whether the caches of the controller's own kinds are filled. Where Clusterpedia is not installed, there are no
   * PediaClusters to wait for.
   */
  get synced(): boolean {
    const { policy, lifecycle, pediaCluster } = this.#state.caches;
    return (
      policy.synced && lifecycle.synced && (pediaCluster.synced || pediaCluster.state.kind === 'missing')
    );
  }

  /** Works until the signal is aborted; resolves when everything under way has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = (): void => this.#stopping.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      await this.#work(this.#stopping.signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#stopping.abort(new Error('the reconcilers have ended'));
      for (const cancel of this.#rechecks.values()) cancel();
      const { policy, lifecycle, pediaCluster } = this.#state.caches;
      await Promise.all(
        [policy, lifecycle, pediaCluster, this.#crds, this.#sourceWatches, this.#references].map((watch) =>
          watch.stop(),
        ),
      );
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { metrics, log } = this.#options;
    const { caches } = this.#state;
    metrics.watch(() => ({
      policy: caches.policy.size,
      lifecycle: caches.lifecycle.size,
      pediaCluster: caches.pediaCluster.size,
    }));
    metrics.watchClusters(() => this.#state.clusters);
    this.#crds.start(signal);
    for (const cache of [caches.policy, caches.lifecycle, caches.pediaCluster]) cache.start(signal);
    await Promise.all([caches.policy.whenSynced(signal), caches.lifecycle.whenSynced(signal)]);
    log.info({ policies: caches.policy.size, lifecycles: caches.lifecycle.size }, 'caches filled');
    await Promise.all([this.#workOnPolicies(signal), this.#workOnClusters(signal)]);
  }

  async #workOnPolicies(signal: AbortSignal): Promise<void> {
    this.#onLooked();
    await this.#policies.run(
      POLICY_CONCURRENCY,
      (name, abort) => this.#policyReconciler.reconcile(name, abort),
      signal,
    );
  }

  #onLooked(): void {
    if (this.#policyReconciler.allLookedAt) this.#firstLook.resolve();
  }

  async #workOnClusters(signal: AbortSignal): Promise<void> {
    const { concurrency, log } = this.#options;
    await this.#state.caches.pediaCluster.whenSynced(signal);
    // Policies may have waited for these caches.
    for (const name of this.#state.caches.policy.names()) this.#state.enqueuePolicy(name);
    const cancel = this.#state.clock.after(START_TIMEOUT_MS, () => this.#firstLook.resolve());
    signal.addEventListener('abort', () => this.#firstLook.resolve(), { once: true });
    await this.#firstLook.promise;
    cancel();
    log.info({ pediaClusters: this.#state.caches.pediaCluster.size }, 'importing');
    await Promise.all([
      this.#sources.run(concurrency, (id, abort) => this.#sourceReconciler.reconcile(id, abort), signal),
      this.#lifecycles.run(
        concurrency,
        (name, abort) => this.#lifecycleReconciler.reconcile(name, abort),
        signal,
      ),
    ]);
  }

  #onCacheState(kind: keyof OwnObject, state: ReflectorState): void {
    const { log } = this.#options;
    if (state.kind === 'healthy') log.debug({ kind }, 'in sync');
    else if ('error' in state)
      log.warn({ kind, state: state.kind, error: redactError(state.error) }, 'out of sync');
    if (kind === 'pediaCluster')
      for (const name of this.#state.caches.policy.names()) this.#state.enqueuePolicy(name);
  }

  /** The API server starts to serve a changed CRD some time after it has stored it, and does not announce when. */
  #onCrd({ group, resource, isGoing, isChanged }: CrdNews): void {
    if (isGoing || isChanged) this.#postponeDeletions(group, resource);
    if (isChanged)
      for (const name of this.#concerned(group, resource)) {
        const record = this.#state.record(name);
        record.schemasChanged = true;
        record.schemasChangedAt = this.#state.clock.monotonic();
      }
    const name = `${resource}.${group}`;
    this.#rechecks.get(name)?.();
    this.#rechecks.delete(name);
    if (!this.#recheck(group, resource)) return;
    const cancels = crdRechecksMs.map((delay) =>
      this.#state.clock.after(delay, () => {
        this.#readAgain(group, resource);
        this.#recheck(group, resource);
      }),
    );
    this.#rechecks.set(name, () => {
      for (const cancel of cancels) cancel();
    });
  }

  /**
   * A kind that goes takes its objects along, and both may be back before anybody notices. A schema that lost a field
   * takes that field from every object before the policy is judged again. So deletions wait.
   */
  #postponeDeletions(group: string, resource: string): void {
    for (const name of this.#state.caches.policy.names()) {
      const source = this.#state.policy(name)?.spec.source;
      if (source?.group === group && source.resource === resource)
        this.#state.record(name).breaker.postpone(this.#state.clock.monotonic());
    }
  }

  /** Asks the API server again what it serves, if somebody needs to know. Returns whether somebody does. */
  #recheck(group: string, resource: string): boolean {
    const { lifecycle, pediaCluster } = this.#state.caches;
    const ours = group === PEDIA_CLUSTER.group && resource === PEDIA_CLUSTER.resource;
    const concerned = this.#concerned(group, resource);
    if (!ours && concerned.length === 0) return false;
    this.#discovery.invalidate(group);
    this.#references.wake(group, resource);
    if (ours) {
      pediaCluster.wake();
      for (const name of lifecycle.names()) this.#state.enqueueLifecycle(name);
    }
    for (const name of concerned) {
      this.#sourceWatches.wake(name);
      this.#policies.queue.forget(name);
      this.#policies.queue.add(name);
    }
    return true;
  }

  /**
   * Reads sources again after their schema has changed: their resource versions stay the same, but their content may
   * differ.
   */
  #readAgain(group: string, resource: string): void {
    const since = this.#state.clock.monotonic() - Math.max(...crdRechecksMs) - 1_000;
    for (const name of this.#concerned(group, resource))
      if (this.#state.record(name).schemasChangedAt > since) this.#sourceWatches.refresh(name);
  }

  /** Policies that name a kind. */
  #concerned(group: string, resource: string): readonly string[] {
    const { policy } = this.#state.caches;
    return [...policy.names()].filter((name) => mentions(policy.get(name), group, resource));
  }

  #onPolicy(name: string, before: StoredPolicy | undefined, after: StoredPolicy | undefined): void {
    if (before === undefined || after === undefined || !sameJson(rulesOf(before), rulesOf(after)))
      this.#state.enqueuePolicy(name);
    // The change may come from another writer.
    else if (!sameJson(before.status, after.status)) this.#state.touchPolicy(name);
  }

  #onSource(policies: Iterable<string>, object: StoredObject): void {
    for (const policy of policies) {
      const { active, members } = this.#state.record(policy);
      // A policy that has yet to look at all of its sources will come to this one by itself.
      if (active?.evaluated !== true) continue;
      const source = members.source(active.keyOf(object));
      this.#state.enqueueSource(source);
      for (const lifecycle of source.lifecycles) this.#state.enqueueLifecycle(lifecycle);
    }
  }

  #onLifecycle(
    name: string,
    before: PediaClusterLifecycle | undefined,
    after: PediaClusterLifecycle | undefined,
    own: boolean,
  ): void {
    if (before !== undefined) this.#state.recordOf(before)?.members.deleteLifecycle(name, sourceOf(before));
    if (after !== undefined) this.#state.recordOf(after)?.members.addLifecycle(name, sourceOf(after));
    const policy = after === undefined ? undefined : owningPolicy(after)?.name;
    const formerPolicy = before === undefined ? undefined : owningPolicy(before)?.name;
    if (formerPolicy !== undefined && formerPolicy !== policy) {
      const { progress } = this.#state.record(formerPolicy);
      // Its key may still be queued; when its turn comes, the policy it belonged to is no longer known.
      progress.lifecycles.dropped(name);
      progress.setLifecycle(name, undefined);
      this.#state.touchPolicy(formerPolicy);
    }
    const isStatusOnly =
      before !== undefined && after !== undefined && sameJson(rulesOf(before), rulesOf(after));
    // The controller already knows a status that it has just written itself.
    if (!own || !isStatusOnly) this.#state.enqueueLifecycle(name);
    if (after !== undefined && policy !== undefined && formerPolicy !== policy) {
      this.#state.record(policy).progress.setLifecycle(name, recordedOutcome(after));
    }
    if (isStatusOnly) return;
    if (before !== undefined && after?.metadata.uid !== before.metadata.uid)
      this.#lifecycleGone(name, before);
    const source = after === undefined ? undefined : this.#state.sourceOf(after);
    // The controller wrote this lifecycle while it reconciled the source, so the source needs no further look.
    if (source !== undefined && !own) this.#state.enqueueSource(source);
    for (const claimant of this.#state.claims.claimants(name))
      if (!own || claimant !== source) this.#state.enqueueSource(claimant);
  }

  #lifecycleGone(name: string, lifecycle: PediaClusterLifecycle): void {
    const record = this.#state.recordOf(lifecycle);
    if (record === undefined) return;
    const { name: policy, breaker, progress, members } = record;
    breaker.unwant(lifecycle.metadata.uid);
    breaker.unwant(conditionalDeletionId(lifecycle));
    progress.setLifecycle(name, undefined);
    this.#state.enqueueSource(members.source(sourceOf(lifecycle)));
    // When the last lifecycle of a policy that is being deleted is gone, the policy can be released.
    if (members.lifecycles.size === 0 && this.#state.policy(policy)?.metadata.deletionTimestamp !== undefined)
      this.#state.enqueuePolicy(policy);
  }

  #onPediaCluster(
    name: string,
    before: CachedPediaCluster | undefined,
    after: CachedPediaCluster | undefined,
    own: boolean,
  ): void {
    // The lifecycle's reconciliation has just written it.
    if (own || sameJson(pediaClusterState(before), pediaClusterState(after))) return;
    this.#state.enqueueLifecycle(name);
  }
}

const byName = (name: string): string => name;

function mentions(policy: StoredPolicy | undefined, group: string, resource: string): boolean {
  if (policy === undefined) return false;
  const { source, references = [] } = policy.spec;
  return [source, ...references].some((kind) => kind.group === group && kind.resource === resource);
}

/** The parts of an object that the controller acts on; its status is not among them. */
function rulesOf({
  metadata,
}: Pick<StoredObject, 'metadata'> | StoredPolicy | PediaClusterLifecycle): unknown {
  const { uid, generation, deletionTimestamp, finalizers, ownerReferences, annotations } = metadata;
  return [uid, generation, deletionTimestamp, finalizers, ownerReferences, annotations];
}
