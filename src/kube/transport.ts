import { EventEmitter } from 'node:events';
import { TLSSocket } from 'node:tls';
import type { Client as UndiciClient, Dispatcher, buildConnector } from 'undici';
import { Deadline, LinkedAbort } from './abort.ts';
import { decodeAnswer } from './answer.ts';
import { asError, sleep, systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { CredentialSource } from './credentials/source.ts';
import type { Credentials, TlsMaterial } from './credentials/source.ts';
import { KubeError, TransportError, connectionFailure, isUnauthorized } from './errors.ts';
import { exchange } from './exchange.ts';
import { encodeJson } from './json.ts';
import { currentContext } from './kubeconfig.ts';
import type { KubeConfigData } from './kubeconfig.ts';
import { describeRequest } from './request-info.ts';
import type { RequestInfo } from './request-info.ts';
import { OpenStream } from './stream.ts';
import type { ByteStream } from './stream.ts';
import { Client, connectorOf, Pool, proxies } from './undici.ts';

export interface TransportOptions {
  /** @default 'clusterpedia-import' */
  readonly userAgent?: string;
  /** Milliseconds for one attempt, from sending to the last byte. @default 30_000 */
  readonly timeoutMs?: number;
  /** Milliseconds until TCP and TLS are connected. @default 10_000 */
  readonly connectTimeoutMs?: number;
  /** Connections for ordinary requests. Each stream has another one of its own. @default 32 */
  readonly maxConnections?: number;
  /** How often a request is retried that was answered 429, or 503/504 if it is idempotent. @default 4 */
  readonly maxRetries?: number;
  /** Milliseconds between two pings of a stream's connection, if the server speaks HTTP/2. @default 10_000 */
  readonly pingIntervalMs?: number;
  readonly onRequest?: (info: RequestInfo) => void;
  readonly clock?: Clock;
}

export interface RequestOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path without query: `/api/v1/namespaces`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Encoded as JSON. */
  readonly body?: unknown;
  /** @default 'application/json' */
  readonly contentType?: string;
  /** @default 'application/json' */
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for one attempt. @default the client's `timeoutMs` */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds without a byte of the answer, also before its first byte. @default no limit but `timeoutMs` */
  readonly idleTimeoutMs?: number | undefined;
  /** A longer answer is aborted: TransportError `ResponseTooLarge`. @default 512 MiB, then `ConnectionFailed` */
  readonly maxBytes?: number | undefined;
  /** Whether doing it twice has the same effect as doing it once. @default true for GET, PUT and DELETE */
  readonly idempotent?: boolean;
  /** @default the client's `maxRetries` */
  readonly maxRetries?: number;
}

/** TCP keep-alive probes start after this many milliseconds of silence; Node then allows ten of them, one a second. */
const TCP_KEEPALIVE_MS = 15_000;
/** Idle connections are closed before a load balancer or the API server (90 s) closes them during a request. */
const IDLE_CONNECTION_MS = 30_000;
/** If a server asks for a longer pause, the caller decides what to do. */
const MAX_RETRY_AFTER_S = 60;
const FIRST_RETRY_MS = 200;
/** How often an idempotent request is retried after its connection broke. */
const MAX_RECONNECTS = 1;
/**
 * A connection counts as dead after this many unanswered pings without any other data (client-go pings after 30 s and
 * waits 15 s).
 */
const MISSED_PINGS = 3;
/** Larger answers are refused. No list page or object is nearly as large. */
const MAX_RESPONSE_BYTES = 512 * 1024 * 1024;

interface Connections {
  readonly credentials: Credentials;
  readonly dispatcher: Dispatcher;
}

/**
 * HTTP over kept connections to one API server.
 *
 * Requests use HTTP/1.1: a broken connection then costs one request, and a stalled connection ends when its request is
 * aborted. A stream has a connection of its own, so that no reader of a watch can block another one. It uses HTTP/2 if
 * the server speaks it, because pings distinguish a quiet connection from a dead one.
 */
export class Transport {
  /** The server's address, without a path: `https://10.0.0.1:6443`. */
  readonly origin: string;
  readonly clock: Clock;
  readonly #basePath: string;
  readonly #proxy: string | undefined;
  readonly #source: CredentialSource;
  readonly #options: Required<Omit<TransportOptions, 'onRequest' | 'clock'>>;
  readonly #onRequest: ((info: RequestInfo) => void) | undefined;
  readonly #closing = new AbortController();
  readonly #streams = new Set<ByteStream>();
  /** Pools that take no new requests and close after their last one. */
  readonly #retired = new Set<Dispatcher>();
  #connections: Connections | undefined;

  /** @throws KubeConfigError if the current context is incomplete */
  constructor(config: KubeConfigData, options: TransportOptions = {}) {
    const { cluster, user } = currentContext(config);
    const server = new URL(cluster.server.includes('://') ? cluster.server : `https://${cluster.server}`);
    this.origin = server.origin;
    this.clock = options.clock ?? systemClock;
    // Rancher and other proxies serve a cluster's API under a path.
    this.#basePath = server.pathname.replace(/\/+$/, '');
    this.#proxy = cluster.proxyUrl;
    this.#source = new CredentialSource(cluster, user, this.clock);
    this.#options = {
      userAgent: options.userAgent ?? 'clusterpedia-import',
      timeoutMs: options.timeoutMs ?? 30_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      maxConnections: options.maxConnections ?? 32,
      maxRetries: options.maxRetries ?? 4,
      pingIntervalMs: options.pingIntervalMs ?? 10_000,
    };
    this.#onRequest = options.onRequest;
  }

  /**
   * Sends one request, again if that is safe and may help, and returns the decoded answer.
   *
   * @throws KubeError, TransportError, or the signal's reason
   */
  async request(options: RequestOptions): Promise<unknown> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#attempt(options, attempt);
      } catch (error) {
        const delay = this.#retryDelay(options, attempt, error);
        if (delay === undefined) throw error;
        await sleep(
          this.clock,
          delay,
          AbortSignal.any([this.#closing.signal, ...(options.signal ? [options.signal] : [])]),
        );
      }
    }
  }

  /**
   * Opens a stream on a connection of its own. Resolves once the server answered 200.
   *
   * @throws KubeError, TransportError, or the signal's reason
   */
  async stream(options: RequestOptions): Promise<ByteStream> {
    const credentials = await this.#source.current();
    try {
      return await this.#openStream(options, credentials);
    } catch (error) {
      const renewed = isUnauthorized(error) ? await this.#source.renew(credentials) : credentials;
      if (renewed === credentials) throw error;
      return this.#openStream(options, renewed);
    }
  }

  /** Aborts everything under way and frees every socket. Idempotent. */
  async close(): Promise<void> {
    if (!this.#closing.signal.aborted)
      this.#closing.abort(new TransportError('Closed', 'the client is closed'));
    const connections = this.#connections;
    this.#connections = undefined;
    await Promise.all([...this.#streams].map((stream) => stream.close()));
    const dispatchers = [...this.#retired, ...(connections ? [connections.dispatcher] : [])];
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.destroy()));
  }

  #retryDelay(options: RequestOptions, attempt: number, error: unknown): number | undefined {
    if (options.signal?.aborted || this.#closing.signal.aborted) return undefined;
    const idempotent = options.idempotent ?? (options.method !== 'POST' && options.method !== 'PATCH');
    const jitter = 0.5 + this.clock.random() / 2;
    if (error instanceof KubeError) {
      // 429 means that the server did nothing, whatever the method.
      const retriable =
        error.status === 429 || (idempotent && (error.status === 503 || error.status === 504));
      const after = error.retryAfterSeconds;
      if (!retriable || attempt >= (options.maxRetries ?? this.#options.maxRetries)) return undefined;
      if (after !== undefined)
        return after > MAX_RETRY_AFTER_S ? undefined : after * 1000 + FIRST_RETRY_MS * jitter;
      return FIRST_RETRY_MS * 2 ** attempt * jitter;
    }
    const broken =
      error instanceof TransportError &&
      (error.code === 'ConnectionFailed' || error.code === 'InvalidResponse');
    const reconnects = Math.min(MAX_RECONNECTS, options.maxRetries ?? MAX_RECONNECTS);
    return broken && idempotent && attempt < reconnects ? FIRST_RETRY_MS * jitter : undefined;
  }

  async #attempt(options: RequestOptions, attempt: number): Promise<unknown> {
    const credentials = await this.#source.current();
    try {
      return await this.#exchange(options, credentials, attempt);
    } catch (error) {
      const renewed = isUnauthorized(error) ? await this.#source.renew(credentials) : credentials;
      if (renewed === credentials) throw error;
      return this.#exchange(options, renewed, attempt);
    }
  }

  async #exchange(options: RequestOptions, credentials: Credentials, attempt: number): Promise<unknown> {
    const label = labelOf(options);
    const started = this.clock.monotonic();
    const abort = new LinkedAbort([this.#closing.signal, options.signal]);
    const limits = { total: options.timeoutMs ?? this.#options.timeoutMs, idle: options.idleTimeoutMs };
    const deadline = new Deadline(abort, this.clock, label, limits);
    let pool: Dispatcher | undefined;
    let status = 0;
    let left = options.maxBytes ?? Infinity;
    const onBytes = (count: number): void => {
      deadline.received();
      left -= count;
      if (left >= 0) return;
      const text = `${label}: the answer is longer than ${String(options.maxBytes)} bytes`;
      abort.abort(new TransportError('ResponseTooLarge', text, { request: label }));
    };
    try {
      abort.throwIfAborted();
      pool = this.#dispatcherFor(credentials);
      const request = this.#requestOf(options, credentials);
      const answer = await exchange(pool, request, abort.signal, onBytes);
      status = answer.status;
      return decodeAnswer(answer, label);
    } catch (error) {
      const failure = abort.signal.aborted ? asError(abort.signal.reason) : connectionFailure(error, label);
      throw this.#suspect(failure, pool);
    } finally {
      deadline.end();
      this.#report(options, status, started, attempt);
    }
  }

  async #openStream(options: RequestOptions, credentials: Credentials): Promise<ByteStream> {
    const label = labelOf(options);
    const started = this.clock.monotonic();
    const limit = options.timeoutMs ?? this.#options.timeoutMs;
    const abort = new LinkedAbort([this.#closing.signal, options.signal]);
    const pool = this.#connections?.dispatcher;
    const { dispatcher, pings } = this.#streamDispatcher(credentials.tls);
    const stream = new OpenStream(abort, dispatcher, this.clock, label, (reason) => {
      this.#streams.delete(stream);
      this.#suspect(reason, pool);
    });
    pings((interval) => stream.pinged(MISSED_PINGS * interval));
    this.#streams.add(stream);
    stream.allowSilence(limit);
    let status = 0;
    try {
      abort.throwIfAborted();
      const answer = await dispatcher.request({
        ...this.#requestOf(options, credentials),
        signal: abort.signal,
      });
      status = answer.statusCode;
      if (status !== 200) {
        decodeAnswer({ status, headers: answer.headers, text: await answer.body.text() }, label);
        throw new TransportError('InvalidResponse', `${label}: HTTP ${String(status)} instead of a stream`, {
          request: label,
        });
      }
      stream.attach(answer.body);
      return stream;
    } catch (error) {
      const reason = abort.signal.aborted ? asError(abort.signal.reason) : connectionFailure(error, label);
      await stream.close();
      throw reason;
    } finally {
      this.#report(options, status, started, 0);
    }
  }

  #requestOf(options: RequestOptions, credentials: Credentials): Dispatcher.DispatchOptions {
    const body = options.body === undefined ? null : encodeJson(options.body);
    return {
      origin: this.origin,
      path: this.#basePath + options.path + queryString(options.query),
      method: options.method,
      headers: {
        ...credentials.headers,
        accept: options.accept ?? 'application/json',
        'user-agent': this.#options.userAgent,
        ...(body !== null && { 'content-type': options.contentType ?? 'application/json' }),
      },
      body,
      // The injected clock limits the time instead.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
  }

  #dispatcherFor(credentials: Credentials): Dispatcher {
    const current = this.#connections;
    if (current?.credentials === credentials) return current.dispatcher;
    if (current !== undefined && sameTls(current.credentials.tls, credentials.tls)) {
      this.#connections = { credentials, dispatcher: current.dispatcher };
      return current.dispatcher;
    }
    const dispatcher = this.#newDispatcher(credentials.tls, this.#options.maxConnections);
    this.#retire();
    this.#connections = { credentials, dispatcher };
    return dispatcher;
  }

  /** Requests on the present connections may finish. New requests do not use them. */
  #retire(): void {
    const dispatcher = this.#connections?.dispatcher;
    this.#connections = undefined;
    if (dispatcher === undefined) return;
    this.#retired.add(dispatcher);
    dispatcher
      .close()
      .catch(() => undefined)
      .finally(() => this.#retired.delete(dispatcher));
  }

  /**
   * If one connection fell silent, others that were opened at the same time may be dead too: a firewall has forgotten
   * them, or a node is gone.
   */
  #suspect(error: Error, pool: Dispatcher | undefined): Error {
    const silent = error instanceof TransportError && error.code === 'Timeout';
    if (silent && this.#connections?.dispatcher === pool) this.#retire();
    return error;
  }

  #newDispatcher(tls: TlsMaterial, connections: number): Dispatcher {
    const { connect, pooling } = this.#connecting(tls);
    const sized = { ...pooling, connections, allowH2: false };
    if (this.#proxy === undefined)
      return new Pool(this.origin, { ...sized, connect, maxResponseSize: MAX_RESPONSE_BYTES });
    const { ProxyAgent, Socks5ProxyAgent } = proxies();
    if (this.#proxy.startsWith('socks'))
      return new Socks5ProxyAgent(this.#proxy, { ...sized, requestTls: connect });
    return new ProxyAgent({ ...sized, uri: this.#proxy, requestTls: connect, proxyTunnel: true });
  }

  /** One connection, with a way to be told that pings are sent on it, and of each answer. */
  #streamDispatcher(tls: TlsMaterial): {
    dispatcher: Dispatcher;
    pings: (heard: (intervalMs: number) => void) => void;
  } {
    if (this.#proxy !== undefined) return { dispatcher: this.#newDispatcher(tls, 1), pings: () => undefined };
    const { connect, pooling } = this.#connecting(tls);
    const interval = this.#options.pingIntervalMs;
    const news = new EventEmitter();
    const connectNow = connectorOf({ ...connect, allowH2: true });
    const client = new Client(this.origin, {
      ...pooling,
      connect: (target, done) =>
        connectNow(target, (...[error, socket]) => {
          // A connection can die before its first ping is answered.
          if (socket instanceof TLSSocket && socket.alpnProtocol === 'h2') news.emit('ping');
          if (error) done(error, null);
          else done(null, socket);
        }),
      allowH2: true,
      h2Options: { pingInterval: interval },
    });
    // The event is not in the package's types.
    (client as EventEmitter).on('ping', () => news.emit('ping'));
    return { dispatcher: client, pings: (heard) => news.on('ping', () => heard(interval)) };
  }

  #connecting(tls: TlsMaterial): {
    connect: buildConnector.BuildOptions;
    pooling: Pick<UndiciClient.Options, 'keepAliveTimeout' | 'keepAliveMaxTimeout'>;
  } {
    return {
      connect: {
        ...tls,
        timeout: this.#options.connectTimeoutMs,
        keepAlive: true,
        keepAliveInitialDelay: TCP_KEEPALIVE_MS,
      },
      pooling: { keepAliveTimeout: IDLE_CONNECTION_MS, keepAliveMaxTimeout: IDLE_CONNECTION_MS },
    };
  }

  #report(options: RequestOptions, status: number, started: number, attempt: number): void {
    this.#onRequest?.({
      ...describeRequest(options.method, options.path, options.query),
      status,
      durationSeconds: (this.clock.monotonic() - started) / 1000,
      attempt,
    });
  }
}

function labelOf(options: RequestOptions): string {
  return `${options.method} ${options.path}`;
}

function queryString(query: RequestOptions['query']): string {
  if (query === undefined) return '';
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? '' : `?${search.toString()}`;
}

function sameTls(a: TlsMaterial, b: TlsMaterial): boolean {
  return (
    a.ca === b.ca &&
    a.cert === b.cert &&
    a.key === b.key &&
    a.servername === b.servername &&
    a.rejectUnauthorized === b.rejectUnauthorized
  );
}
