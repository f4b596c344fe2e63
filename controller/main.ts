import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config, ControllerConfig, Log } from '../config/index.ts';
import type { KubeClient } from '../src/kube/index.ts';
import { EventRecorder, LeaderElector, loadClient, redactError } from '../src/kube/index.ts';
import { serveProbes } from '../src/probes/index.ts';
import { Reconciler } from './reconciler.ts';
import { spareMemory } from './footprint.ts';
import { ControllerMetrics } from './metrics.ts';
import { REPORTING_CONTROLLER } from './writes/reports.ts';

export interface RunOptions {
  readonly log: Log;
  /** Aborting it ends the controller in order. */
  readonly signal?: AbortSignal;
}

/** Each worker has at most one request under way; these are for the lists of the caches and for the Lease. */
const EXTRA_CONNECTIONS = 8;

/**
 * Runs the controller until the signal is aborted. Probes and metrics are served at once; the reconcilers run while
 * this replica leads.
 *
 * @throws Error if it cannot start, or if it has lost the leadership. The process must then end: another replica may
 *   already be at work.
 */
export async function runController(config: Config, { log, signal }: RunOptions): Promise<void> {
  spareMemory();
  const stop = signal ?? new AbortController().signal;
  const settings = config.controller;
  const metrics = new ControllerMetrics();
  metrics.collectProcess();
  const client = await loadClient(
    { kubeconfig: config.kubeconfig },
    {
      maxConnections: 2 * settings.concurrency + EXTRA_CONNECTIONS,
      onRequest: (info) => metrics.onRequest(info),
    },
  );
  try {
    await serve(settings, client, metrics, log, stop);
  } finally {
    await client.close();
    metrics.close();
  }
}

async function serve(
  settings: ControllerConfig,
  client: KubeClient,
  metrics: ControllerMetrics,
  log: Log,
  stop: AbortSignal,
): Promise<void> {
  const identity = settings.leaderElection.identity ?? `${hostname()}_${randomUUID()}`;
  const events = new EventRecorder({
    client,
    component: REPORTING_CONTROLLER,
    instance: identity,
    onError: (error) => log.debug({ error: redactError(error) }, 'an event was not written'),
  });
  const reconciler = new Reconciler({
    client,
    events,
    metrics,
    log,
    concurrency: settings.concurrency,
    allowedExecCommands: settings.allowedExecCommands,
    breaker: {
      count: settings.breaker.count,
      fraction: settings.breaker.fraction,
      windowMs: settings.breaker.windowSeconds * 1000,
      settleMs: settings.breaker.settleSeconds * 1000,
    },
  });
  const leadership: Leadership = { leading: false, leader: '' };
  const probes = await serveProbes({
    ...settings.probes,
    registry: metrics.registry,
    checks: [
      {
        name: 'leader-election',
        run: () => (leadership.leader === '' ? 'no leader is known yet' : undefined),
      },
      {
        name: 'caches',
        run: () => (leadership.leading && !reconciler.synced ? 'the caches are being filled' : undefined),
      },
    ],
  });
  log.info({ server: client.server, identity, probes: probes.port }, 'controller started');
  try {
    if (settings.leaderElection.enabled) {
      await lead(settings, client, identity, leadership, reconciler, metrics, log, stop);
    } else {
      leadership.leading = true;
      leadership.leader = identity;
      await reconciler.run(stop);
    }
  } finally {
    await events.stop();
    await probes.close();
    log.info('controller stopped');
  }
}

interface Leadership {
  leading: boolean;
  leader: string;
}

/** Takes part in the election, and runs the reconcilers while it leads. */
async function lead(
  { leaderElection }: ControllerConfig,
  client: KubeClient,
  identity: string,
  leadership: Leadership,
  reconciler: Reconciler,
  metrics: ControllerMetrics,
  log: Log,
  stop: AbortSignal,
): Promise<void> {
  let work: Promise<void> = Promise.resolve();
  let failure: Error | undefined;
  // If a reconciler fails as a whole, the Lease is given back, so that another replica can try.
  const giveUp = new AbortController();
  const elector = new LeaderElector({
    client,
    namespace: leaderElection.namespace,
    name: leaderElection.name,
    identity,
    leaseDurationMs: leaderElection.leaseDurationSeconds * 1000,
    renewDeadlineMs: leaderElection.renewDeadlineSeconds * 1000,
    retryPeriodMs: leaderElection.retryPeriodSeconds * 1000,
    onStarted: (leading) => {
      log.info({ identity }, 'leading');
      leadership.leading = true;
      metrics.leader.set({ name: leaderElection.name }, 1);
      work = reconciler.run(AbortSignal.any([leading, giveUp.signal])).catch((error: unknown) => {
        failure = new Error(`the reconcilers failed: ${redactError(error)}`, { cause: error });
        giveUp.abort(failure);
      });
    },
    onLost: (reason) => {
      failure = new Error(`leadership was lost: ${reason}`);
    },
    onLeader: (leader) => {
      leadership.leader = leader;
      if (leader !== identity) log.info({ leader }, 'standing by');
    },
    onError: (error) => log.warn({ error: redactError(error) }, 'leader election'),
  });
  metrics.leader.set({ name: leaderElection.name }, 0);
  await elector.run(AbortSignal.any([stop, giveUp.signal]));
  leadership.leading = false;
  metrics.leader.set({ name: leaderElection.name }, 0);
  await work;
  if (failure !== undefined) throw failure;
}
