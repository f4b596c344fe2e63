import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

/** One condition of readiness: why it does not hold, or `undefined` where it does. */
export interface ReadinessCheck {
  readonly name: string;
  readonly problem: () => string | undefined;
}

export interface ProbesOptions {
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly checks: readonly ReadinessCheck[];
  readonly registry: Registry;
}

/** A running server for kubelet and Prometheus. */
export interface Probes {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/livez` (as long as the process can answer), `/readyz` (one line per check, as the API server's own) and
 * `/metrics` (Prometheus' text format) over plain HTTP.
 *
 * Rejects where the address cannot be listened on.
 */
export async function serveProbes({ address, port, checks, registry }: ProbesOptions): Promise<Probes> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(response, 405, 'only GET is served\n');
    else if (path === '/livez') answer(response, 200, 'ok\n');
    else if (path === '/readyz') answerReadiness(response, checks);
    else if (path === '/metrics') void answerMetrics(response, registry);
    else answer(response, 404, 'served are /livez, /readyz and /metrics\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

function answerReadiness(response: ServerResponse, checks: readonly ReadinessCheck[]): void {
  const results = checks.map(({ name, problem }) => ({ name, problem: problem() }));
  const failed = results.some(({ problem }) => problem !== undefined);
  const lines = results.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  );
  answer(response, failed ? 503 : 200, [...lines, failed ? 'not ready' : 'ready', ''].join('\n'));
}

async function answerMetrics(response: ServerResponse, registry: Registry): Promise<void> {
  try {
    answer(response, 200, await registry.metrics(), registry.contentType);
  } catch {
    answer(response, 500, 'the metrics could not be collected\n');
  }
}

function answer(
  response: ServerResponse,
  status: number,
  body: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': contentType });
  response.end(body);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
