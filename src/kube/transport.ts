import { Pool, ProxyAgent, Socks5ProxyAgent, type Dispatcher } from 'undici';
import { decodeJson } from '../template/index.ts';
import { asError, sleep, systemClock, type Clock } from './clock.ts';
import { CredentialSource, type Credentials, type TlsMaterial } from './credentials.ts';
import { KubeError, TransportError, isUnauthorized, type StatusDetails } from './errors.ts';
import { encodeJson, isRecord } from './json.ts';
import { currentContext, type KubeConfigData } from './kubeconfig.ts';
import { describeRequest, type RequestInfo } from './request-info.ts';

export interface TransportOptions {
  /** @default 'clusterpedia-import' */
  readonly userAgent?: string;
  /** Milliseconds for one attempt, from sending to the last byte. @default 30_000 */
  readonly timeoutMs?: number;
  /** Milliseconds until TCP and TLS are set up. @default 10_000 */
  readonly connectTimeoutMs?: number;
  /** Connections for ordinary requests; each stream has one of its own besides. @default 32 */
  readonly maxConnections?: number;
  /** Further attempts of a request that was answered 429, or 503/504 where it is idempotent. @default 4 */
  readonly maxRetries?: number;
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
  /** Whether doing it twice is the same as doing it once. @default true for GET, PUT and DELETE */
  readonly idempotent?: boolean;
  /** @default the client's `maxRetries` */
  readonly maxRetries?: number;
}

/** A response whose body goes on and on. Iterate it once; close it in any case. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /** Allows this many milliseconds of silence from now on; then the iteration fails with TransportError `Timeout`. */
  allowSilence(milliseconds: number): void;
  /** Breaks the connection and frees its socket. Idempotent. */
  close(): Promise<void>;
}

/** TCP keep-alive probes start after this many milliseconds of silence; Node then allows ten of them, one a second. */
const TCP_KEEPALIVE_MS = 15_000;
/** Idle connections are closed before a load balancer or the API server (90 s) closes them under a request. */
const IDLE_CONNECTION_MS = 30_000;
/** A server that asks for a longer pause is left to the caller. */
const MAX_RETRY_AFTER_S = 60;
const FIRST_RETRY_MS = 200;
/** Further attempts of an idempotent request whose connection broke. */
const MAX_RECONNECTS = 1;
/** Answers above this are refused: no list page or object comes near. */
const MAX_RESPONSE_BYTES = 512 * 1024 * 1024;

interface Connections {
  readonly credentials: Credentials;
  readonly dispatcher: Dispatcher;
}

interface Exchange {
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly status: number;
  readonly body: Dispatcher.ResponseData['body'];
}

/**
 * HTTP/1.1 over kept connections to one API server.
 *
 * HTTP/1.1 and not 2: a broken connection then costs one request, a stalled one is cut by cutting the request, and no
 * reader of a watch can hold up another one through a shared flow-control window.
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
  #connections: Connections | undefined;

  /** @throws KubeConfigError where the current context is incomplete */
  constructor(config: KubeConfigData, options: TransportOptions = {}) {
    const { cluster, user } = currentContext(config);
    const server = new URL(cluster.server.includes('://') ? cluster.server : `https://${cluster.server}`);
    this.origin = server.origin;
    this.clock = options.clock ?? systemClock;
    // Rancher and other proxies serve a cluster's API below a path.
    this.#basePath = server.pathname.replace(/\/+$/, '');
    this.#proxy = cluster.proxyUrl;
    this.#source = new CredentialSource(cluster, user, this.clock);
    this.#options = {
      userAgent: options.userAgent ?? 'clusterpedia-import',
      timeoutMs: options.timeoutMs ?? 30_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      maxConnections: options.maxConnections ?? 32,
      maxRetries: options.maxRetries ?? 4,
    };
    this.#onRequest = options.onRequest;
  }

  /**
   * One request, repeated where that is safe and helps; the decoded answer.
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

  /** Breaks what is under way and frees every socket. Idempotent. */
  async close(): Promise<void> {
    if (!this.#closing.signal.aborted)
      this.#closing.abort(new TransportError('Closed', 'the client is closed'));
    const connections = this.#connections;
    this.#connections = undefined;
    await Promise.all([...this.#streams].map((stream) => stream.close()));
    await connections?.dispatcher.destroy();
  }

  #retryDelay(options: RequestOptions, attempt: number, error: unknown): number | undefined {
    if (options.signal?.aborted || this.#closing.signal.aborted) return undefined;
    const idempotent = options.idempotent ?? (options.method !== 'POST' && options.method !== 'PATCH');
    const jitter = 0.5 + this.clock.random() / 2;
    if (error instanceof KubeError) {
      // 429 says that nothing was done, whatever the method.
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
    const limit = options.timeoutMs ?? this.#options.timeoutMs;
    const abort = new LinkedAbort([this.#closing.signal, options.signal]);
    const cancelTimer = this.clock.after(limit, () =>
      abort.abort(
        new TransportError('Timeout', `${label}: no complete answer within ${limit} ms`, { request: label }),
      ),
    );
    let status = 0;
    try {
      abort.throwIfAborted();
      const answer = await this.#send(this.#dispatcherFor(credentials), options, credentials, abort.signal);
      status = answer.status;
      const text = await answer.body.text();
      return decodeAnswer(status, answer.headers, text, label);
    } catch (error) {
      throw abort.signal.aborted ? asError(abort.signal.reason) : failure(error, label);
    } finally {
      cancelTimer();
      abort.unlink();
      this.#report(options, status, started, attempt);
    }
  }

  async #openStream(options: RequestOptions, credentials: Credentials): Promise<ByteStream> {
    const label = labelOf(options);
    const started = this.clock.monotonic();
    const limit = options.timeoutMs ?? this.#options.timeoutMs;
    const abort = new LinkedAbort([this.#closing.signal, options.signal]);
    const dispatcher = this.#newDispatcher(credentials.tls, 1);
    const stream = new OpenStream(abort, dispatcher, this.clock, label, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    stream.allowSilence(limit);
    let status = 0;
    try {
      abort.throwIfAborted();
      const answer = await this.#send(dispatcher, options, credentials, abort.signal);
      status = answer.status;
      if (status !== 200) {
        decodeAnswer(status, answer.headers, await answer.body.text(), label);
        throw new TransportError('InvalidResponse', `${label}: HTTP ${status} instead of a stream`, {
          request: label,
        });
      }
      stream.attach(answer.body);
      return stream;
    } catch (error) {
      const reason = abort.signal.aborted ? asError(abort.signal.reason) : failure(error, label);
      await stream.close();
      throw reason;
    } finally {
      this.#report(options, status, started, 0);
    }
  }

  async #send(
    dispatcher: Dispatcher,
    options: RequestOptions,
    credentials: Credentials,
    signal: AbortSignal,
  ): Promise<Exchange> {
    const body = options.body === undefined ? null : encodeJson(options.body);
    const {
      statusCode,
      headers,
      body: answer,
    } = await dispatcher.request({
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
      signal,
      // Time is kept by the injected clock.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return { status: statusCode, headers, body: answer };
  }

  #dispatcherFor(credentials: Credentials): Dispatcher {
    const current = this.#connections;
    if (current?.credentials === credentials) return current.dispatcher;
    if (current !== undefined && sameTls(current.credentials.tls, credentials.tls)) {
      this.#connections = { credentials, dispatcher: current.dispatcher };
      return current.dispatcher;
    }
    const dispatcher = this.#newDispatcher(credentials.tls, this.#options.maxConnections);
    this.#connections = { credentials, dispatcher };
    // What runs on the old connections may end; nobody waits for it.
    current?.dispatcher.close().catch(() => undefined);
    return dispatcher;
  }

  #newDispatcher(tls: TlsMaterial, connections: number): Dispatcher {
    const connect = {
      ...tls,
      timeout: this.#options.connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEPALIVE_MS,
    };
    const pooling = {
      connections,
      allowH2: false,
      keepAliveTimeout: IDLE_CONNECTION_MS,
      keepAliveMaxTimeout: IDLE_CONNECTION_MS,
      maxResponseSize: connections === 1 ? -1 : MAX_RESPONSE_BYTES,
    };
    if (this.#proxy === undefined) return new Pool(this.origin, { ...pooling, connect });
    if (this.#proxy.startsWith('socks'))
      return new Socks5ProxyAgent(this.#proxy, { ...pooling, requestTls: connect });
    return new ProxyAgent({ ...pooling, uri: this.#proxy, requestTls: connect, proxyTunnel: true });
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

/** An abort signal that follows others, and lets go of them when done (`AbortSignal.any` would only with the garbage collector). */
class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #sources: readonly AbortSignal[];
  readonly #onAbort = (event: Event): void => {
    if (event.target instanceof AbortSignal) this.abort(event.target.reason);
  };

  constructor(sources: readonly (AbortSignal | undefined)[]) {
    this.#sources = sources.filter((source) => source !== undefined);
    for (const source of this.#sources) {
      if (source.aborted) this.abort(source.reason);
      else source.addEventListener('abort', this.#onAbort, { once: true });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(asError(reason));
  }

  throwIfAborted(): void {
    this.signal.throwIfAborted();
  }

  unlink(): void {
    for (const source of this.#sources) source.removeEventListener('abort', this.#onAbort);
  }
}

class OpenStream implements ByteStream {
  readonly #abort: LinkedAbort;
  readonly #dispatcher: Dispatcher;
  readonly #clock: Clock;
  readonly #label: string;
  readonly #onClose: () => void;
  #body: Dispatcher.ResponseData['body'] | undefined;
  #silenceMs = 0;
  #cancelTimer: () => void = () => undefined;
  #closed: Promise<void> | undefined;

  constructor(abort: LinkedAbort, dispatcher: Dispatcher, clock: Clock, label: string, onClose: () => void) {
    this.#abort = abort;
    this.#dispatcher = dispatcher;
    this.#clock = clock;
    this.#label = label;
    this.#onClose = onClose;
  }

  attach(body: Dispatcher.ResponseData['body']): void {
    this.#body = body;
    // An abort between two reads has no reader to tell; the next read is told.
    body.on('error', () => undefined);
  }

  allowSilence(milliseconds: number): void {
    this.#silenceMs = milliseconds;
    this.#rearm();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of this.#body ?? []) {
        this.#cancelTimer();
        yield chunk as Uint8Array;
        this.#rearm();
      }
    } catch (error) {
      throw this.#abort.signal.aborted ? asError(this.#abort.signal.reason) : failure(error, this.#label);
    } finally {
      await this.close();
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeNow();
    return this.#closed;
  }

  async #closeNow(): Promise<void> {
    this.#cancelTimer();
    this.#abort.unlink();
    this.#abort.abort(
      new TransportError('Closed', `${this.#label}: the stream is closed`, { request: this.#label }),
    );
    await this.#dispatcher.destroy();
    this.#onClose();
  }

  #rearm(): void {
    this.#cancelTimer();
    if (this.#closed !== undefined) return;
    const limit = this.#silenceMs;
    this.#cancelTimer = this.#clock.after(limit, () =>
      this.#abort.abort(
        new TransportError('Timeout', `${this.#label}: nothing came for ${limit} ms`, {
          request: this.#label,
        }),
      ),
    );
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

/** What an HTTP library throws, as a TransportError; errors that are already ours as they are. */
function failure(error: unknown, label: string): Error {
  if (error instanceof KubeError || error instanceof TransportError) return error;
  const cause = asError(error);
  const code = 'code' in cause && typeof cause.code === 'string' ? `${cause.code}: ` : '';
  const detail = cause.message === '' ? cause.name : cause.message;
  return new TransportError('ConnectionFailed', `${label}: ${code}${detail}`, { request: label, cause });
}

function decodeAnswer(status: number, headers: Exchange['headers'], text: string, label: string): unknown {
  if (status >= 400) throw errorAnswer(status, headers, text, label);
  try {
    return decodeJson(text);
  } catch {
    throw new TransportError('InvalidResponse', `${label}: the answer (HTTP ${status}) is not valid JSON`, {
      request: label,
    });
  }
}

/** The server's error; its text is the Status' message where there is one (a proxy in between may answer in HTML). */
function errorAnswer(status: number, headers: Exchange['headers'], text: string, label: string): KubeError {
  let answer: unknown;
  try {
    answer = decodeJson(text);
  } catch {
    answer = undefined;
  }
  const header = Number(headers['retry-after']);
  const retryAfter =
    headers['retry-after'] !== undefined && Number.isFinite(header) && header >= 0 ? header : undefined;
  return statusError(answer, { status, label, retryAfterSeconds: retryAfter });
}

/** The error that a `metav1.Status` describes, in an answer or on a watch. */
export function statusError(
  answer: unknown,
  context: {
    readonly status: number;
    readonly label: string;
    readonly retryAfterSeconds?: number | undefined;
  },
): KubeError {
  const body = isRecord(answer) && answer['kind'] === 'Status' ? answer : {};
  const details = isRecord(body['details']) ? (body['details'] as StatusDetails) : undefined;
  const message = typeof body['message'] === 'string' && body['message'] !== '' ? body['message'] : undefined;
  const status = typeof body['code'] === 'number' ? body['code'] : context.status;
  return new KubeError({
    status,
    reason: typeof body['reason'] === 'string' ? body['reason'] : '',
    message: message ?? `${context.label}: HTTP ${status}`,
    details,
    retryAfterSeconds: context.retryAfterSeconds ?? details?.retryAfterSeconds,
    request: context.label,
  });
}
