import { Writable } from 'node:stream';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { Agent, request } from 'undici';
import { onTestFinished } from 'vitest';
import { createLog, parseConfig } from '../../config/index.ts';
import type { WebhookConfig } from '../../config/index.ts';
import { listen } from '../../src/probes/index.ts';
import { buildApp } from '../../webhook/app.ts';
import type { WebhookApp } from '../../webhook/app.ts';
import type { Callers } from '../../webhook/callers/callers.ts';
import { checkPair } from '../../webhook/certificates/pair.ts';
import type { Cluster } from '../../webhook/cluster.ts';
import { VALIDATE_PATH } from '../../webhook/configuration.ts';
import { WebhookMetrics } from '../../webhook/metrics.ts';
import { MemoryCluster } from './memory-cluster.ts';
import { authorityPem, serverPair } from './pairs.ts';

export interface ServerOptions {
  readonly cluster?: Cluster;
  readonly limits?: Partial<WebhookConfig['limits']>;
  readonly rights?: WebhookConfig['rights'];
  readonly draining?: () => boolean;
  /** @default every request counts as the API server's */
  readonly callers?: Partial<Callers>;
}

/** Takes every request for one of the API server. */
const anybody: Callers = {
  asksForCertificate: false,
  knows: () => true,
  distrust: () => undefined,
  onUnknown: () => undefined,
};

/** An answer, its body decoded. */
export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface TestServer {
  readonly app: WebhookApp;
  readonly metrics: WebhookMetrics;
  /** Lines of the log so far. */
  readonly log: () => string;
  readonly port: number;
  /** Posts a body: an object as JSON, a text or bytes as they are. */
  readonly post: (body: unknown, options?: { path?: string; type?: string }) => Promise<Answer>;
  /** A connection on which anything can be written. */
  readonly dial: () => Promise<TLSSocket>;
}

/** The webhook's application, without any network or log. Closed when the test is over. */
export async function testApp(options: ServerOptions = {}) {
  const { webhook } = parseConfig('', { webhook: { limits: options.limits ?? {} } });
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const metrics = new WebhookMetrics();
  const app = buildApp({
    limits: webhook.limits,
    certificate: checkPair(await serverPair()),
    context: {
      cluster: options.cluster ?? new MemoryCluster(),
      options: { rights: options.rights ?? 'Enforce', maximumLiveSources: 20, liveSourcesTimeoutMs: 1000 },
    },
    callers: { ...anybody, ...options.callers },
    metrics,
    log: createLog({ logLevel: 'info', logFormat: 'json' }, 'webhook', sink),
    draining: options.draining ?? (() => false),
  });
  return { app, metrics, log: () => lines.join('') };
}

/** The webhook's application on a free loopback port. Stopped when the test is over. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const { app, metrics, log } = await testApp(options);
  const { port } = await listen(app, { address: '127.0.0.1', port: 0 });
  const ca = await authorityPem;
  const agent = new Agent({ connect: { ca }, connections: 64 });
  onTestFinished(async () => {
    await agent.destroy();
    app.server.closeAllConnections();
    await app.close();
  });
  return {
    app,
    metrics,
    log,
    port,
    post: (body, { path = VALIDATE_PATH, type = 'application/json' } = {}) =>
      post(agent, `https://127.0.0.1:${String(port)}${path}`, body, type),
    dial: () => dial(port, ca),
  };
}

/** Posts a body; see {@link TestServer.post}. */
export async function post(
  dispatcher: Agent,
  url: string,
  body: unknown,
  type = 'application/json',
): Promise<Answer> {
  const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const answer = await request(url, {
    method: 'POST',
    dispatcher,
    headers: { 'content-type': type },
    body: sent,
  });
  return {
    code: answer.statusCode,
    headers: answer.headers,
    body: (await answer.body.json()) as Answer['body'],
  };
}

function dial(port: number, ca: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca, servername: 'localhost' }, () => resolve(socket));
    socket.once('error', reject);
    onTestFinished(() => void socket.destroy());
  });
}

/** All that comes on a connection until its end. */
export async function readAll(socket: TLSSocket): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of socket) chunks.push(chunk as Buffer);
  } catch {
    // A connection may end by a reset; what came before counts.
  }
  return Buffer.concat(chunks).toString('latin1');
}

/** The head of a request for a review. @param length of the body, or another header in its place */
export const head = (length: number | string, extra = ''): string =>
  `POST ${VALIDATE_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${extra}${
    typeof length === 'number' ? `Content-Length: ${String(length)}` : length
  }\r\n\r\n`;
