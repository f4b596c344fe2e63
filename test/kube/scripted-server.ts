import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { vi } from 'vitest';
import { KubeClient } from '../../src/kube/index.ts';
import type { KubeClientOptions, KubeConfigData } from '../../src/kube/index.ts';

/** A request as it arrived. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
  readonly socket: Socket;
}

export type Step = (response: ServerResponse, request: Seen) => void;

/** What a test holds of a watch that the server keeps open. */
export class ServerWatch {
  readonly #response: ServerResponse;
  readonly query: Seen['query'];

  constructor(response: ServerResponse, request: Seen) {
    this.#response = response;
    this.query = request.query;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
  }

  send(type: string, object: unknown): void {
    this.raw(`${JSON.stringify({ type, object })}\n`);
  }

  bookmark(resourceVersion: string, annotations?: Record<string, string>): void {
    this.send('BOOKMARK', {
      kind: 'Thing',
      apiVersion: 'test.io/v1',
      metadata: { resourceVersion, annotations },
    });
  }

  raw(text: string | Uint8Array): void {
    this.#response.write(text);
  }

  end(): void {
    this.#response.end();
  }

  /** Resets the connection (TCP RST). */
  reset(): void {
    this.#response.socket?.resetAndDestroy();
  }

  /** Bytes that the client has not taken, beyond what the kernel keeps for it. */
  get unsent(): number {
    return this.#response.writableLength;
  }

  get closed(): boolean {
    return this.#response.closed || this.#response.destroyed;
  }
}

/**
 * An API server that answers each request as the next step of a script says. A request beyond the script is answered 500
 * and listed in `unexpected`.
 */
export class ScriptedServer {
  readonly requests: Seen[] = [];
  readonly unexpected: string[] = [];
  readonly sockets = new Set<Socket>();
  /** Connections accepted so far. */
  connections = 0;
  readonly #steps: Step[] = [];
  #otherwise: Step | undefined;
  #server: Server | undefined;
  #port = 0;

  static async start(): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    await server.listen();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  /** Listens, on the same port as before if there was one. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.keepAliveTimeout = 0;
    server.on('connection', (socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Stops listening and resets every connection, as a killed process does. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.sockets) socket.resetAndDestroy();
    await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  }

  /** The next requests are answered so, one step each. */
  script(...steps: Step[]): void {
    this.#steps.push(...steps);
  }

  /** Requests beyond the script are answered so. */
  always(step: Step): void {
    this.#otherwise = step;
  }

  /** The next request gets a watch, which the test then plays. */
  watch(): Promise<ServerWatch> {
    return new Promise((resolve) =>
      this.script((response, request) => resolve(new ServerWatch(response, request))),
    );
  }

  /** Steps not taken yet. */
  get left(): number {
    return this.#steps.length;
  }

  client(options: KubeClientOptions = {}): KubeClient {
    return KubeClient.fromKubeConfig(kubeConfig(this.url), options);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const text = await readText(request).catch(() => undefined);
    if (text === undefined) return;
    const seen: Seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
      socket: request.socket,
    };
    this.requests.push(seen);
    const step = this.#steps.shift() ?? this.#otherwise;
    if (step === undefined) {
      this.unexpected.push(`${seen.method} ${url.pathname}${url.search}`);
      status(500, 'InternalError', 'not in the script')(response, seen);
      return;
    }
    step(response, seen);
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export function kubeConfig(
  server: string,
  user: Omit<KubeConfigData['users'][number], 'name'> = {},
): KubeConfigData {
  return {
    clusters: [{ name: 'c', server, skipTLSVerify: false }],
    users: [{ name: 'u', ...user }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  };
}

/** Answers with JSON. */
export function json(body: unknown, code = 200, headers: Record<string, string> = {}): Step {
  return (response) =>
    response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Answers with a `metav1.Status` failure. */
export function status(
  code: number,
  reason: string,
  message: string,
  headers: Record<string, string> = {},
): Step {
  return json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message }, code, headers);
}

/** Answers with a list. */
export function list(items: readonly unknown[], resourceVersion: string, next?: string): Step {
  return json({
    kind: 'ThingList',
    apiVersion: 'test.io/v1',
    metadata: { resourceVersion, continue: next },
    items,
  });
}

/** Never answers. */
export const silence: Step = () => undefined;

/** Resets the connection instead of answering. */
export const reset: Step = (response) => response.socket?.resetAndDestroy();

export const until = <T>(condition: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(condition, { interval: 1, timeout: 5_000 });
