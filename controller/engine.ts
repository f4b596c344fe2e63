import type { Log } from '../config/index.ts';
import type { ClusterImportPolicy, PediaClusterLifecycle } from '../src/api/index.ts';
import type { EventRecorder, KubeClient, KubeObject } from '../src/kube/index.ts';
import { Discovery, redactError } from '../src/kube/index.ts';
import type { BreakerLimits, ObservedPediaCluster } from '../src/reconcile/index.ts';
import { claimId, owningPolicy, sameJson } from '../src/reconcile/index.ts';
import { CrdWatch } from './crds.ts';
import { sourceIdOf } from './lifecycle-index.ts';
import { LifecycleReconciler, pediaClusterState } from './lifecycles.ts';
import type { ControllerMetrics } from './metrics.ts';
import { OwnObjects } from './own-objects.ts';
import { PolicyReconciler } from './policies.ts';
import { Controller } from './queue.ts';
import { ReferenceWatches } from './reference-watches.ts';
import { SourceReconciler } from './sources.ts';
import { SourceWatches } from './source-watches.ts';
import type { OwnCaches } from './state.ts';
import { ControllerState } from './state.ts';
import { Writer } from './writer.ts';

export interface EngineOptions {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  readonly metrics: ControllerMetrics;
  readonly log: Log;
  /** Keys worked on at once, of sources and of lifecycles each. */
  readonly concurrency: number;
  readonly breaker: BreakerLimits;
}

/** Policies are few; each may wait for the API server. */
const POLICY_CONCURRENCY = 4;
/**
 * At the start, nothing is decided about names until the sources of all policies are known, or cannot be for now.
 * One policy whose sources take longer than so many milliseconds does not keep the others waiting.
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
 */
export class Engine {
  readonly #options: EngineOptions;
  #caches: OwnCaches | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** Whether the caches of the controller's own kinds are filled. */
  get synced(): boolean {
    const caches = this.#caches;
    return (
      caches !== undefined && caches.policy.synced && caches.lifecycle.synced && caches.pediaCluster.synced
    );
  }

  /** Works until the signal is aborted; resolves when everything under way has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, events, metrics, log, concurrency } = this.#options;
    const onError = (error: Error): void =>
      log.debug({ error: redactError(error) }, 'a watch was interrupted');
    const policies = new Controller('policy', metrics, log);
    const sources = new Controller('source', metrics, log);
    const lifecycles = new Controller('lifecycle', metrics, log);
    const caches: OwnCaches = {
      policy: new OwnObjects({
        client,
        kind: 'policy',
        onError,
        onChange: (name) => state.enqueuePolicy(name),
      }),
      lifecycle: new OwnObjects({
        client,
        kind: 'lifecycle',
        onError,
        onChange: (name, before, after) => onLifecycle(state, name, before, after),
      }),
      pediaCluster: new OwnObjects({
        client,
        kind: 'pediaCluster',
        onError,
        onChange: (name, before, after) => onPediaCluster(state, name, before, after),
      }),
    };
    const queues = { policies: policies.queue, sources: sources.queue, lifecycles: lifecycles.queue };
    const state = new ControllerState(caches, queues, this.#options.breaker, client.clock);
    this.#caches = caches;
    const discovery = new Discovery(client);
    const crds = new CrdWatch(client, (group, resource) => onCrd(group, resource), onError);
    const started = Promise.withResolvers<void>();
    const sourceWatches = new SourceWatches(
      {
        client,
        onError,
        onSource: (names, object) => onSource(state, names, object),
        onState: (names) => {
          for (const name of names) state.enqueuePolicy(name);
        },
      },
      signal,
    );
    const references = new ReferenceWatches(
      {
        client,
        discovery,
        onError,
        onReference: (names) => {
          for (const name of names) state.enqueueLifecycle(name);
        },
      },
      signal,
    );
    const onCrd = (group: string, resource: string): void => {
      discovery.invalidate(group);
      references.wake(group, resource);
      for (const name of caches.policy.names()) {
        if (!mentions(caches.policy.get(name), group, resource)) continue;
        sourceWatches.wake(name);
        policies.queue.forget(name);
        policies.queue.add(name);
      }
    };
    const writer = new Writer(client, metrics, (kind, answer) => remember(caches, kind, answer));
    const policyReconciler = new PolicyReconciler({
      state,
      discovery,
      crds,
      sources: sourceWatches,
      writer,
      events,
      metrics,
      log,
    });
    const sourceReconciler = new SourceReconciler({ client, state, crds, writer, events, log });
    const lifecycleReconciler = new LifecycleReconciler({
      client,
      state,
      references,
      writer,
      events,
      metrics,
      log,
    });

    metrics.watch(() => ({
      policy: caches.policy.size,
      lifecycle: caches.lifecycle.size,
      pediaCluster: caches.pediaCluster.size,
    }));
    const all = [caches.policy, caches.lifecycle, caches.pediaCluster];
    for (const cache of all) cache.start(signal);
    try {
      await Promise.all(all.map((cache) => cache.whenSynced(signal)));
      crds.start(signal);
      log.info(
        {
          policies: caches.policy.size,
          lifecycles: caches.lifecycle.size,
          pediaClusters: caches.pediaCluster.size,
        },
        'caches filled',
      );
      const cancel = client.clock.after(START_TIMEOUT_MS, () => started.resolve());
      signal.addEventListener('abort', () => started.resolve(), { once: true });
      const firstLook = async (name: string, abort: AbortSignal): Promise<void> => {
        await policyReconciler.reconcile(name, abort);
        if (policyReconciler.allLookedAt) started.resolve();
      };
      if (caches.policy.size === 0) started.resolve();
      await Promise.all([
        policies.run(POLICY_CONCURRENCY, firstLook, signal),
        started.promise.then(async () => {
          cancel();
          await Promise.all([
            sources.run(concurrency, (id, abort) => sourceReconciler.reconcile(id, abort), signal),
            lifecycles.run(concurrency, (name, abort) => lifecycleReconciler.reconcile(name, abort), signal),
          ]);
        }),
      ]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await Promise.all([
        ...all.map((cache) => cache.stop()),
        crds.stop(),
        sourceWatches.stop(),
        references.stop(),
      ]);
    }
  }
}

function remember(caches: OwnCaches, kind: keyof OwnCaches, answer: KubeObject): void {
  caches[kind].remember(answer);
}

function mentions(policy: ClusterImportPolicy | undefined, group: string, resource: string): boolean {
  if (policy === undefined) return false;
  const { source, references = [] } = policy.spec;
  return [source, ...references].some((kind) => kind.group === group && kind.resource === resource);
}

function onSource(state: ControllerState, policies: Iterable<string>, object: KubeObject): void {
  const { namespace, name } = object.metadata;
  for (const policy of policies) {
    const active = state.active.get(policy);
    // One that has yet to look at all of its sources will come to this one.
    if (active?.evaluated !== true) continue;
    const { group, resource } = active.negotiated.object.spec.source;
    const id = claimId(policy, { group, resource, ...(namespace === undefined ? {} : { namespace }), name });
    state.enqueueSource(id);
    for (const lifecycle of state.index.ofSource(id)) state.enqueueLifecycle(lifecycle);
  }
}

function onLifecycle(
  state: ControllerState,
  name: string,
  before: PediaClusterLifecycle | undefined,
  after: PediaClusterLifecycle | undefined,
): void {
  state.index.change(name, before, after);
  state.enqueueLifecycle(name);
  if (before !== undefined && after !== undefined && !rulesChanged(before, after)) return;
  const known = after ?? before;
  const owner = known === undefined ? undefined : owningPolicy(known)?.name;
  if (known !== undefined && owner !== undefined) {
    state.enqueueSource(sourceIdOf(known));
    if (after === undefined) {
      state.breaker(owner).unwant(known.metadata.uid ?? '');
      state.progress(owner).setLifecycle(name, undefined);
      // The last one of a policy that is being deleted lets it go.
      if (state.policy(owner)?.metadata.deletionTimestamp !== undefined) state.enqueuePolicy(owner);
    }
  }
  for (const { id } of state.claims.claimants(name)) state.enqueueSource(id);
}

/** Whether more than the status has changed. */
function rulesChanged(before: PediaClusterLifecycle, after: PediaClusterLifecycle): boolean {
  const facts = ({ metadata }: PediaClusterLifecycle): unknown => [
    metadata.uid,
    metadata.generation,
    metadata.deletionTimestamp,
    metadata.finalizers,
    metadata.ownerReferences,
  ];
  return !sameJson(facts(before), facts(after));
}

function onPediaCluster(
  state: ControllerState,
  name: string,
  before: ObservedPediaCluster | undefined,
  after: ObservedPediaCluster | undefined,
): void {
  if (pediaClusterState(before) !== pediaClusterState(after)) state.enqueueLifecycle(name);
}
