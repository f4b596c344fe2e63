import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { listen } from './listen.ts';

/** One condition of readiness. */
export interface Check {
  readonly name: string;
  /** Resolves with `undefined` where the condition holds, else with the reason why it does not. */
  readonly run: () => Promise<string | undefined> | string | undefined;
}

export interface ProbesOptions {
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly checks: readonly Check[];
  readonly registry: Registry;
}

/** A running server for kubelet and Prometheus. */
export interface Probes {
  readonly port: number;
  close(): Promise<void>;
}

/** Milliseconds after which a check that has not answered counts as failed; kubelet waits one second by default. */
const CHECK_TIMEOUT_MS = 900;

/**
 * Serves plain HTTP for kubelet and Prometheus: `/livez` answers as long as the process can, `/readyz` where all checks
 * hold (with one line per check, as the API server's own), `/metrics` in Prometheus' text format.
 *
 * @throws Error naming the address, where it cannot be listened on
 */
export async function serveProbes({ address, port, checks, registry }: ProbesOptions): Promise<Probes> {
  const server = createServer((request, response) => void answer(request, response, checks, registry));
  const bound = await listen(
    {
      server,
      listen: ({ host, port: wanted }) =>
        new Promise((resolve, reject) => {
          server.once('error', reject);
          server.listen(wanted, host, () => resolve(server.off('error', reject)));
        }),
    },
    { address, port },
  );
  return { port: bound.port, close: () => close(server) };
}

async function answer(
  { method, url = '' }: IncomingMessage,
  response: ServerResponse,
  checks: readonly Check[],
  registry: Registry,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') {
    send(response, 405, 'only GET is served\n');
    return;
  }
  switch (url.split('?', 1)[0]) {
    case '/livez':
      send(response, 200, 'ok\n');
      return;
    case '/readyz':
      await sendReadiness(response, checks);
      return;
    case '/metrics':
      await sendMetrics(response, registry);
      return;
    default:
      send(response, 404, 'served are /livez, /readyz and /metrics\n');
  }
}

async function sendReadiness(response: ServerResponse, checks: readonly Check[]): Promise<void> {
  const results = await Promise.all(
    checks.map(async (check) => ({ name: check.name, problem: await problemOf(check) })),
  );
  const failed = results.some(({ problem }) => problem !== undefined);
  const lines = results.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  );
  const verdict = failed ? 'readyz check failed' : 'readyz check passed';
  send(response, failed ? 503 : 200, [...lines, verdict, ''].join('\n'));
}

async function sendMetrics(response: ServerResponse, registry: Registry): Promise<void> {
  try {
    send(response, 200, await registry.metrics(), registry.contentType);
  } catch {
    send(response, 500, 'the metrics could not be collected\n');
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': contentType });
  response.end(body);
}

async function problemOf({ run }: Check): Promise<string | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve('no answer in time'), CHECK_TIMEOUT_MS);
  try {
    return await Promise.race([run(), late]);
  } catch {
    return 'the check itself failed';
  } finally {
    clearTimeout(timer);
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
