import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parseKubeConfig } from '../../src/kube/index.ts';

/** What becomes of a write: it passes; the way is cut before it arrives; or after it was done and before the answer. */
export type Fate = 'pass' | 'cut before' | 'cut after';

const END_OF_INITIAL_EVENTS = '"k8s.io/initial-events-end":"true"';

/**
 * The way from one controller to the API server, request by request. When it is cut, nothing passes any more, in
 * either direction: to the API server that is what a kill -9 of the controller looks like, at a moment of one's choice.
 */
export class Gateway {
  /** Writes that arrived at the API server: `PATCH /apis/…`. Leases and events are not counted. */
  readonly writes: string[] = [];
  /** Decides the fate of a write that is to have this index in `writes`. */
  fateOf: (index: number, write: string) => Fate = () => 'pass';
  /** Answers a write in the API server's place: a `metav1.Status`. */
  refuse: (write: string) => { readonly code: number; readonly reason: string } | undefined = () => undefined;
  /** Every request that arrived here, in order: `PATCH /apis/…`. */
  readonly requests: string[] = [];
  /** Answers a request in the place of an API server that has too much to do, with or without `Retry-After`. */
  overload: () => { readonly retryAfterSeconds?: number } | undefined = () => undefined;
  /** Drops the answer to a write that was done. */
  loseAnswer: (write: string) => boolean = () => false;
  /** Whether nothing is heard of a watch, by its path, for now. */
  isDeaf: (path: string) => boolean = () => false;
  /** Paths of collections of which the controller knows what they hold, and hears the news. */
  readonly watched = new Set<string>();
  /** A request waits here on its way to the API server. */
  hold: (request: string) => Promise<void> | undefined = () => undefined;
  readonly #target: URL;
  readonly #agent: Agent;
  readonly #server = createServer((request, response) => this.#forward(request, response));
  readonly #cut = Promise.withResolvers<void>();
  #isCut = false;
  #isDown = false;

  /** @param kubeconfig text of a kubeconfig with a client certificate inline */
  constructor(kubeconfig: string) {
    const { clusters, users } = parseKubeConfig(kubeconfig);
    const [cluster] = clusters;
    const [user] = users;
    if (cluster === undefined || user === undefined) throw new Error('the kubeconfig is incomplete');
    const decode = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString();
    this.#target = new URL(cluster.server);
    this.#agent = new Agent({
      keepAlive: true,
      ca: decode(cluster.caData),
      cert: decode(user.certData),
      key: decode(user.keyData),
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  /** A kubeconfig, as text, that leads through here. */
  get kubeconfig(): string {
    const { port } = this.#server.address() as AddressInfo;
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'gateway',
      clusters: [{ name: 'gateway', cluster: { server: `http://127.0.0.1:${String(port)}` } }],
      contexts: [{ name: 'gateway', context: { cluster: 'gateway', user: 'gateway' } }],
      users: [{ name: 'gateway', user: {} }],
    });
  }

  /** Resolves when the way is cut. */
  get whenCut(): Promise<void> {
    return this.#cut.promise;
  }

  /** Cuts the way for good. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#server.closeAllConnections();
    this.#server.close();
    this.#agent.destroy();
    this.#cut.resolve();
  }

  /** Resets every connection, and each new one until {@link restore}: an outage of the network. */
  interrupt(): void {
    this.#isDown = true;
    this.#server.closeAllConnections();
  }

  /** Ends an interruption. */
  restore(): void {
    this.#isDown = false;
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isDown) {
      request.socket.destroy();
      return;
    }
    const { method = 'GET', url = '/' } = request;
    const counts = method !== 'GET' && !url.includes('/leases') && !url.includes('/events');
    const write = `${method} ${url.split('?')[0] ?? ''}`;
    this.requests.push(write);
    const overload = this.overload();
    if (overload !== undefined) {
      answer(response, 429, 'TooManyRequests', overload.retryAfterSeconds);
      return;
    }
    const fate = counts ? this.fateOf(this.writes.length, write) : 'pass';
    if (this.#isCut || fate === 'cut before') {
      this.cut();
      return;
    }
    if (counts) this.writes.push(write);
    const refusal = counts ? this.refuse(write) : undefined;
    if (refusal !== undefined) {
      answer(response, refusal.code, refusal.reason);
      return;
    }
    const held = this.hold(write);
    if (held === undefined) this.#send(request, response, fate);
    else void held.then(() => this.#send(request, response, fate));
  }

  #send(request: IncomingMessage, response: ServerResponse, fate: Fate): void {
    const { method = 'GET', url = '/' } = request;
    const path = url.split('?')[0] ?? '';
    const { host: _, ...headers } = request.headers;
    const onward = httpsRequest(
      {
        host: this.#target.hostname,
        port: this.#target.port,
        agent: this.#agent,
        method,
        path: url,
        headers,
      },
      (answer) => {
        if (fate === 'cut after') {
          this.cut();
          return;
        }
        if (method !== 'GET' && this.loseAnswer(`${method} ${path}`)) {
          response.destroy();
          return;
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        response.flushHeaders();
        const isWatch = url.includes('watch=true') && answer.statusCode === 200;
        // A streaming list is a watch whose initial events end with a bookmark (KEP-3157).
        const isStreamingList = url.includes('sendInitialEvents=true');
        if (isWatch && !isStreamingList) this.watched.add(path);
        let tail = '';
        answer.on('data', (chunk: Buffer) => {
          if (isWatch && isStreamingList && !this.watched.has(path)) {
            tail += chunk.toString();
            if (tail.includes(END_OF_INITIAL_EVENTS)) this.watched.add(path);
            tail = tail.slice(-END_OF_INITIAL_EVENTS.length);
          }
          if (!url.includes('watch=true') || !this.isDeaf(path)) response.write(chunk);
        });
        answer.on('end', () => response.end());
        answer.on('error', () => response.destroy());
      },
    );
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }
}

/** Answers with a `metav1.Status`. */
function answer(response: ServerResponse, code: number, reason: string, retryAfterSeconds?: number): void {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: reason };
  const headers = {
    'content-type': 'application/json',
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  };
  response.writeHead(code, headers).end(JSON.stringify(status));
}
