import type { Log } from '../config/index.ts';
import type { EventRecorder, KubeClient, ReflectorState } from '../src/kube/index.ts';
import { Discovery, redactError } from '../src/kube/index.ts';
import type { BreakerLimits } from '../src/reconcile/index.ts';
import { describeClaimant } from '../src/reconcile/index.ts';
import { CrdWatch } from './watches/crds.ts';
import { LifecycleReconciler } from './lifecycle/lifecycles.ts';
import type { ControllerMetrics } from './metrics.ts';
import { KindChanges } from './watches/kind-changes.ts';
import { ObjectChanges } from './watches/object-changes.ts';
import type { ChangeListener, OwnObject } from './watches/own-objects.ts';
import { OwnObjects } from './watches/own-objects.ts';
import type { PolicySource } from './policy/members.ts';
import { PolicyReconciler } from './policy/policies.ts';
import { Controller } from './controller.ts';
import { Reports } from './writes/reports.ts';
import { ReferenceWatches } from './watches/reference-watches.ts';
import { SourceReconciler } from './source/sources.ts';
import { SourceWatches } from './watches/source-watches.ts';
import { ControllerState } from './state.ts';
import { Writer } from './writes/writer.ts';

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
  readonly #policies: Controller;
  readonly #sources: Controller<PolicySource>;
  readonly #lifecycles: Controller;
  readonly #state: ControllerState;
  readonly #crds: CrdWatch;
  readonly #sourceWatches: SourceWatches;
  readonly #references: ReferenceWatches;
  readonly #objectChanges: ObjectChanges;
  readonly #kindChanges: KindChanges;
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
    const discovery = new Discovery(client);
    this.#state = new ControllerState({
      caches: {
        policy: this.#cache('policy', (name, before, after) =>
          this.#objectChanges.onPolicy(name, before, after),
        ),
        lifecycle: this.#cache('lifecycle', (...change) => this.#objectChanges.onLifecycle(...change)),
        pediaCluster: this.#cache('pediaCluster', (...change) =>
          this.#objectChanges.onPediaCluster(...change),
        ),
      },
      queues: {
        policies: this.#policies.queue,
        sources: this.#sources.queue,
        lifecycles: this.#lifecycles.queue,
      },
      limits: options.breaker,
      clock: client.clock,
    });
    this.#objectChanges = new ObjectChanges(this.#state);
    this.#crds = new CrdWatch(client, (news) => this.#kindChanges.onCrd(news), onError);
    this.#sourceWatches = new SourceWatches(
      {
        client,
        onError,
        onSource: (policies, object) => this.#objectChanges.onSource(policies, object),
        onState: (policies) => {
          for (const name of policies) this.#state.enqueuePolicy(name);
        },
      },
      signal,
    );
    this.#references = new ReferenceWatches(
      {
        client,
        discovery,
        onError,
        onReference: (names) => {
          for (const name of names) this.#state.enqueueLifecycle(name);
        },
      },
      signal,
    );
    const state = this.#state;
    this.#kindChanges = new KindChanges({
      state,
      discovery,
      sources: this.#sourceWatches,
      references: this.#references,
    });
    const writer = new Writer(client, metrics, (kind, answer) => state.caches[kind].remember(answer));
    const [crds, references] = [this.#crds, this.#references];
    const reports = new Reports(events);
    this.#policyReconciler = new PolicyReconciler({
      state,
      discovery,
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
      this.#kindChanges.stop();
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
}

const byName = (name: string): string => name;
