import type { QueueMetrics, RequestInfo } from '../src/kube/index.ts';
import { collectProcessMetrics, Counter, Gauge, Histogram, Registry } from '../src/probes/index.ts';
import type { OwnKind } from '../src/reconcile/index.ts';

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The controller's metrics, in a registry of their own. No label carries an object's name. */
export class ControllerMetrics {
  readonly registry = new Registry();
  readonly #registers = [this.registry];

  readonly #depth = new Gauge({
    name: 'workqueue_depth',
    help: 'Keys that wait in a queue.',
    labelNames: ['name'],
    registers: this.#registers,
  });
  readonly #adds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Keys added to a queue.',
    labelNames: ['name'],
    registers: this.#registers,
  });
  readonly #retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Keys put off to be tried again.',
    labelNames: ['name'],
    registers: this.#registers,
  });
  readonly #waits = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'Seconds that a key waits until it is worked on.',
    labelNames: ['name'],
    buckets: secondsBuckets,
    registers: this.#registers,
  });
  readonly #work = new Histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'Seconds that working on a key takes.',
    labelNames: ['name'],
    buckets: secondsBuckets,
    registers: this.#registers,
  });
  readonly reconciles = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciliations, by controller and result.',
    labelNames: ['controller', 'result'],
    registers: this.#registers,
  });
  readonly reconcileErrors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Reconciliations that failed.',
    labelNames: ['controller'],
    registers: this.#registers,
  });
  readonly reconcileSeconds = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Seconds that a reconciliation takes.',
    labelNames: ['controller'],
    buckets: secondsBuckets,
    registers: this.#registers,
  });
  readonly activeWorkers = new Gauge({
    name: 'controller_runtime_active_workers',
    help: 'Reconciliations under way.',
    labelNames: ['controller'],
    registers: this.#registers,
  });
  readonly requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server, by method and HTTP status; code 0 where no answer came.',
    labelNames: ['method', 'code'],
    registers: this.#registers,
  });
  readonly writes = new Counter({
    name: 'clusterpedia_import_writes_total',
    help: 'Successful writes, by kind of object and verb.',
    labelNames: ['kind', 'verb'],
    registers: this.#registers,
  });
  readonly renderings = new Counter({
    name: 'clusterpedia_import_renderings_total',
    help: 'PediaClusters rendered.',
    registers: this.#registers,
  });
  readonly heldDeletions = new Gauge({
    name: 'clusterpedia_import_held_deletions',
    help: 'Deletions that the breaker holds back, over all policies.',
    registers: this.#registers,
  });
  #countObjects: () => { readonly [kind: string]: number } = () => ({});
  #countClusters: () => { readonly [state: string]: number } = () => ({});
  readonly leader = new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether this replica is the leader.',
    labelNames: ['name'],
    registers: this.#registers,
  });

  constructor() {
    this.#registerObjects();
    this.#registerClusters();
  }

  #registerObjects(): void {
    const count = (): { readonly [kind: string]: number } => this.#countObjects();
    new Gauge({
      name: 'clusterpedia_import_objects',
      help: 'Objects in the caches, by kind.',
      labelNames: ['kind'],
      registers: this.#registers,
      collect() {
        for (const [kind, objects] of Object.entries(count())) this.set({ kind }, objects);
      },
    });
  }

  #registerClusters(): void {
    const count = (): { readonly [state: string]: number } => this.#countClusters();
    new Gauge({
      name: 'clusterpedia_import_clusters',
      help: 'PediaClusters, by what Clusterpedia says of them: reachable, unreachable or unknown.',
      labelNames: ['state'],
      registers: this.#registers,
      collect() {
        for (const [state, clusters] of Object.entries(count())) this.set({ state }, clusters);
      },
    });
  }

  /** @param count the number of PediaClusters in each state; called when the metrics are read */
  watchClusters(count: () => { readonly [state: string]: number }): void {
    this.#countClusters = count;
  }

  /** @param count the number of objects of each kind in the caches; called when the metrics are read */
  watch(count: () => { readonly [kind: string]: number }): void {
    this.#countObjects = count;
  }

  /** The metrics of one queue, under its name. */
  forQueue(name: string): QueueMetrics {
    const labels = { name };
    return {
      onDepth: (depth) => this.#depth.set(labels, depth),
      onAdd: () => this.#adds.inc(labels),
      onRetry: () => this.#retries.inc(labels),
      onLatency: (seconds) => this.#waits.observe(labels, seconds),
      onWork: (seconds) => this.#work.observe(labels, seconds),
    };
  }

  /** Counts one request to the API server. */
  onRequest({ method, status }: RequestInfo): void {
    this.requests.inc({ method, code: String(status) });
  }

  /** Counts one successful write. */
  onWrite(kind: OwnKind, verb: string): void {
    this.writes.inc({ kind, verb });
  }

  /** Adds the process's own metrics (CPU, memory, event loop). They need timers, which {@link close} ends. */
  collectProcess(): void {
    collectProcessMetrics(this.registry);
  }

  close(): void {
    this.registry.clear();
  }
}
