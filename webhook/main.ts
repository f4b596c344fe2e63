import { setTimeout as delay } from 'node:timers/promises';
import type { Config, Log, WebhookConfig } from '../config/index.ts';
import type { KubeClient } from '../src/kube/index.ts';
import { loadClient, redactError } from '../src/kube/index.ts';
import type { Probes } from '../src/probes/index.ts';
import { listen, serveProbes } from '../src/probes/index.ts';
import type { WebhookApp } from './app.ts';
import { buildApp } from './app.ts';
import type { RunningCallers } from './callers/callers.ts';
import { clientCertificate } from './callers/client-certificate.ts';
import { secretPath } from './callers/secret-path.ts';
import { certificateFiles } from './certificates/files.ts';
import { selfManagedCertificates } from './certificates/self-managed.ts';
import { ServingCertificate } from './certificates/serving.ts';
import type { CertificateListener, CertificateSource } from './certificates/source.ts';
import { KubeCluster } from './kube-cluster.ts';
import { WebhookMetrics } from './metrics.ts';
import { readinessChecks } from './readiness.ts';

export interface RunOptions {
  readonly log: Log;
  /** Aborted to stop; the command line does so on SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
  /** Called once both ports are open, with the ports in use. */
  readonly onListening?: (ports: { readonly port: number; readonly probesPort: number }) => void;
}

/**
 * Runs the admission webhook until the signal is aborted. Then readiness fails, requests are still served until every
 * API server has noticed, requests under way end, and the promise resolves.
 *
 * It serves even if the API server cannot be reached. Checks that need the API server are then skipped with a warning.
 * Under `rights: Enforce`, however, a policy is refused for now while rights are unknown.
 *
 * @throws KubeConfigError if there are no credentials; Error if a port cannot be opened
 */
export async function runWebhook(config: Config, { log, signal, onListening }: RunOptions): Promise<void> {
  const { webhook } = config;
  const client = await loadClient(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig });
  const metrics = new WebhookMetrics();
  const cluster = watchedCluster(webhook, client, log);
  const certificates = certificateSource(webhook, client);
  const serving = new ServingCertificate();
  const callers = callersOf(webhook, client, serving, log);
  const stopping = (): boolean => signal.aborted;
  let app: WebhookApp | undefined;
  let probes: Probes | undefined;
  const checks = readinessChecks({
    serving,
    certificates,
    callers,
    cluster,
    stopping,
    app: () => app,
  });
  const background = new AbortController();
  const looking: Promise<void>[] = [];
  try {
    metrics.collectProcess();
    cluster.start();
    probes = await serveProbes({ ...webhook.probes, registry: metrics.registry, checks });
    const probesPort = probes.port;
    log.info({ port: probesPort }, 'serving probes and metrics');
    looking.push(
      certificates.run(certificateListener(serving, metrics, log), background.signal),
      callers.run(background.signal),
    );
    const certificate = await Promise.race([serving.whenKnown(), untilAborted(signal)]);
    if (certificate === undefined) return;
    app = buildApp({
      limits: webhook.limits,
      certificate,
      context: { cluster, options: factsOptions(webhook) },
      callers,
      metrics,
      log,
      draining: stopping,
    });
    const { port } = await listen(app, webhook);
    serving.attach(app.server);
    log.info({ port }, 'serving admission reviews');
    onListening?.({ port, probesPort });
    await untilAborted(signal);
    await drain(app, webhook, log);
  } finally {
    background.abort();
    await Promise.all(looking);
    await app?.close();
    await cluster.stop();
    await client.close();
    await probes?.close();
    metrics.close();
  }
  log.info('stopped');
}

function watchedCluster(
  { rightsCacheSeconds, liveSources }: WebhookConfig,
  client: KubeClient,
  log: Log,
): KubeCluster {
  return new KubeCluster({
    client,
    rightsCacheMs: rightsCacheSeconds * 1000,
    objectsCacheMs: liveSources.cacheSeconds * 1000,
    onError: (error) =>
      log.warn({ error: redactError(error) }, 'reading from the API server failed; trying again'),
  });
}

function certificateSource({ certificates }: WebhookConfig, client: KubeClient): CertificateSource {
  const pollMs = certificates.pollSeconds * 1000;
  return certificates.mode === 'files'
    ? certificateFiles({ ...certificates, pollMs })
    : selfManagedCertificates({ client, settings: certificates.selfManaged, pollMs });
}

function callersOf(
  { callers }: WebhookConfig,
  client: KubeClient,
  serving: ServingCertificate,
  log: Log,
): RunningCallers {
  const onError = (error: Error): void =>
    log.error({ error: redactError(error) }, 'the API server may not be known by its requests');
  return callers.mode === 'path'
    ? secretPath({ client, settings: callers, onError })
    : clientCertificate({
        authorityFile: callers.authorityFile,
        names: callers.names,
        pollMs: callers.pollSeconds * 1000,
        onAuthorities: (pem) => serving.believe(pem),
        onError,
      });
}

function certificateListener(
  serving: ServingCertificate,
  metrics: WebhookMetrics,
  log: Log,
): CertificateListener {
  return {
    onPair(pair) {
      serving.use(pair);
      metrics.certificateExpiry.set(pair.notAfter.getTime() / 1000);
      metrics.certificateLoads.inc({ result: 'loaded' });
      log.info({ fingerprint: pair.fingerprint, notAfter: pair.notAfter }, 'using a new certificate');
    },
    onError(error) {
      metrics.certificateLoads.inc({ result: 'failed' });
      log.error({ error: redactError(error) }, 'no new certificate; the one in use stays');
    },
  };
}

function factsOptions({ rights, liveSources }: WebhookConfig) {
  return {
    rights,
    maximumLiveSources: liveSources.maximum,
    liveSourcesTimeoutMs: liveSources.timeoutSeconds * 1000,
  };
}

/**
 * Readiness already fails, and each answer closes its connection. Requests still arrive until every API server has
 * noticed that this replica stops. After that no new connection is accepted, and existing ones finish or are closed.
 */
async function drain(
  app: WebhookApp,
  { shutdownDelaySeconds, drainSeconds }: WebhookConfig,
  log: Log,
): Promise<void> {
  log.info({ seconds: shutdownDelaySeconds }, 'stopping; still serving meanwhile');
  await delay(shutdownDelaySeconds * 1000);
  const closed = app.close();
  const cut = setTimeout(() => app.server.closeAllConnections(), drainSeconds * 1000);
  await closed;
  clearTimeout(cut);
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
