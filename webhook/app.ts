import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { fastify } from 'fastify';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RouteGenericInterface,
} from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log, WebhookConfig } from '../config/index.ts';
import { framesOf, redactError } from '../src/kube/index.ts';
import type { AdmissionRequest, Response } from './admission.ts';
import { completeReview, decodeReview, errored } from './admission.ts';
import { BodyError, decodeJson } from './body.ts';
import type { Caller, Callers } from './callers/callers.ts';
import type { CheckedPair } from './certificates/pair.ts';
import { tlsOptions } from './certificates/serving.ts';
import { MUTATE_PATH, VALIDATE_PATH } from './configuration.ts';
import { Connections } from './connections.ts';
import type { Deadline } from './deadline.ts';
import { deadlineOf, parseGoDuration } from './deadline.ts';
import type { WebhookMetrics } from './metrics.ts';
import { mutatePolicy } from './mutate.ts';
import { Reviewer } from './reviewer.ts';
import { oneLine } from './one-line.ts';
import type { ValidationContext } from './validate.ts';

/** The HTTPS application. `app.server` is the TLS server. */
export type WebhookApp = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger>;

type Reply = FastifyReply<RouteGenericInterface, Server, IncomingMessage, ServerResponse>;

export interface AppOptions {
  readonly limits: WebhookConfig['limits'];
  readonly certificate: CheckedPair;
  readonly context: ValidationContext;
  readonly callers: Callers;
  readonly metrics: WebhookMetrics;
  readonly log: Log;
  /** While it returns true, each connection is closed after its answer, so that clients find another replica. */
  readonly draining: () => boolean;
}

/** @param known whether the API server has sent the request */
type Handler = (
  request: AdmissionRequest,
  known: boolean,
  deadline: Deadline,
) => Promise<Response> | Response;

/** Builds the application. It listens once `app.listen` is called. */
export function buildApp(options: AppOptions): WebhookApp {
  const { limits, certificate, context, callers } = options;
  const app: WebhookApp = fastify({
    https: {
      ...tlsOptions(certificate),
      // `callers` decides whether a client's certificate counts.
      requestCert: callers.asksForCertificate,
      rejectUnauthorized: false,
      handshakeTimeout: limits.receiveSeconds * 1000,
      // `Connections` limits the time for headers. Node would count from the moment a connection opens.
      headersTimeout: 0,
      // Few headers are expected, and none is large.
      maxHeaderSize: 16 * 1024,
    },
    bodyLimit: limits.bodyBytes,
    // A hook limits the time for a body, for the same reason.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveSeconds * 1000,
    return503OnClosing: false,
    logger: false,
    exposeHeadRoutes: false,
  });
  const connections = new Connections(app.server, limits);
  acceptJsonOnly(app, limits);
  limitReceiving(app, options);
  limitRequests(app, options, connections);
  answerErrors(app, options);
  const reviewer = new Reviewer(context, limits.concurrency);
  for (const path of [VALIDATE_PATH, `${VALIDATE_PATH}/:secret`]) {
    addWebhook(app, options, 'validate', path, (request, known, deadline) =>
      reviewer.review(request, known, deadline),
    );
  }
  addWebhook(app, options, 'mutate', MUTATE_PATH, mutatePolicy);
  answerUnregistered(app, options);
  return app;
}

/**
 * Answers at the path to which the API server posts while the webhook configuration has no path yet. Only the webhook
 * itself can write that path.
 */
function answerUnregistered(app: WebhookApp, { callers, metrics }: AppOptions): void {
  app.post('/', (_request, reply) => {
    callers.onUnknown();
    const message = 'the webhook has not written its path into the webhook configuration yet; try again';
    sendStatus(reply, metrics, 503, 'ServiceUnavailable', message);
  });
}

function acceptJsonOnly(app: WebhookApp, limits: AppOptions['limits']): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, decodeJson(body as Buffer, limits.jsonDepth));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Callers other than the API server may together have this part of all requests under way, and of their bytes. */
const STRANGERS_PART = 0.25;

/**
 * If too many requests are under way, turns new ones away before their body is read. Closes connections while draining.
 */
function limitRequests(
  app: WebhookApp,
  { limits, callers, metrics, draining }: AppOptions,
  connections: Connections,
): void {
  const all = new Load(limits.requests, limits.totalBodyBytes);
  const ofStrangers = new Load(
    Math.ceil(limits.requests * STRANGERS_PART),
    limits.totalBodyBytes * STRANGERS_PART,
  );
  app.addHook('onRequest', (request, reply, done) => {
    const length = announcedLength(request.headers['content-length'], limits.bodyBytes);
    const known = callers.knows(callerOf(request));
    if (known) connections.know(request.raw.socket);
    const loads = known ? [all] : [all, ofStrangers];
    const tooMany = loads.some((load) => !load.takes(length));
    // A request that is turned away stays under way until its answer has been sent.
    for (const load of loads) load.count(1, tooMany ? 0 : length);
    metrics.inFlight.set(all.requests);
    reply.raw.once('close', () => {
      for (const load of loads) load.count(-1, tooMany ? 0 : length);
      metrics.inFlight.set(all.requests);
    });
    if (!tooMany) {
      done();
      return;
    }
    // The API server honours Retry-After as long as its own time limit allows.
    reply.header('retry-after', '1');
    const message = 'too many requests at the moment; try again in a second';
    sendStatus(reply, metrics, 429, 'TooManyRequests', message);
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (draining()) reply.header('connection', 'close');
    done();
  });
}

/** The number of requests under way, and the bytes of their bodies. */
class Load {
  #requests = 0;
  #bytes = 0;
  readonly #mostRequests: number;
  readonly #mostBytes: number;

  constructor(mostRequests: number, mostBytes: number) {
    this.#mostRequests = mostRequests;
    this.#mostBytes = mostBytes;
  }

  get requests(): number {
    return this.#requests;
  }

  /** Whether there is room for one more request. If none is under way, a request is never refused for its bytes. */
  takes(bytes: number): boolean {
    if (this.#requests >= this.#mostRequests) return false;
    return this.#requests === 0 || this.#bytes + bytes <= this.#mostBytes;
  }

  count(more: 1 | -1, bytes: number): void {
    this.#requests += more;
    this.#bytes += more * bytes;
  }
}

const callerOf = ({ params, raw }: Pick<FastifyRequest, 'params' | 'raw'>): Caller => ({
  secret: (params as { secret?: string } | null)?.secret,
  socket: raw.socket as TLSSocket,
});

/** The number of bytes that a body may have. If the sender does not say, that is the maximum of one body. */
function announcedLength(header: string | undefined, most: number): number {
  const length = header === undefined ? NaN : Number(header);
  return Number.isFinite(length) ? Math.min(length, most) : most;
}

/** If a body takes too long, answers its sender, unless it has been answered already, and closes the connection. */
function limitReceiving(app: WebhookApp, { limits, metrics }: AppOptions): void {
  app.addHook('onRequest', (request, reply, done) => {
    const timer = setTimeout(() => {
      if (reply.sent) {
        request.raw.destroy();
        return;
      }
      reply.header('connection', 'close');
      reply.raw.once('finish', () => request.raw.destroy());
      sendStatus(
        reply,
        metrics,
        408,
        'Timeout',
        `the request did not arrive within ${String(limits.receiveSeconds)} s`,
      );
    }, limits.receiveSeconds * 1000);
    const received = (): void => clearTimeout(timer);
    request.raw.once('end', received);
    request.raw.once('close', received);
    done();
  });
}

/** Answers with a `metav1.Status` if no review could be read. The API server's webhook client passes its message on. */
function answerErrors(app: WebhookApp, { limits, metrics, log }: AppOptions): void {
  app.setNotFoundHandler((request, reply) => {
    sendStatus(reply, metrics, 404, 'NotFound', `${request.method} ${pathOf(request.url)} is not served`);
  });
  app.setErrorHandler((error: unknown, _request, reply) => {
    const code = error instanceof BodyError ? 400 : statusCodeOf(error);
    if (code >= 500) log.error({ error: redactError(error) }, 'request failed');
    const [reason, message] = describeStatus(code, limits, error);
    sendStatus(reply, metrics, code, reason, message);
  });
}

/** Without the query, and short, because it goes into an answer. */
const pathOf = (url: string): string => oneLine(url.split('?', 1)[0] ?? '', 200);

function statusCodeOf(error: unknown): number {
  const code: unknown =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 500;
  return typeof code === 'number' && code >= 400 && code <= 599 ? code : 500;
}

function describeStatus(
  code: number,
  limits: AppOptions['limits'],
  error: unknown,
): [reason: string, message: string] {
  switch (code) {
    case 413:
      return ['RequestEntityTooLarge', `the request is larger than ${String(limits.bodyBytes)} bytes`];
    case 415:
      return ['UnsupportedMediaType', 'the content type must be application/json'];
    default:
      if (code >= 500) return ['InternalError', 'the webhook failed; its log says why'];
      return ['BadRequest', error instanceof BodyError ? error.message : 'the request could not be read'];
  }
}

function sendStatus(
  reply: Reply,
  metrics: WebhookMetrics,
  code: number,
  reason: string,
  message: string,
): void {
  metrics.refused.inc({ code: String(code) });
  void reply
    .code(code)
    .type('application/json')
    .send({ apiVersion: 'v1', kind: 'Status', status: 'Failure', reason, code, message });
}

function addWebhook(
  app: WebhookApp,
  options: AppOptions,
  webhook: string,
  path: string,
  handler: Handler,
): void {
  const { limits, callers, metrics, log } = options;
  app.post(path, async (http, reply) => {
    const startedAt = performance.now() - reply.elapsedTime;
    const { timeout } = http.query as { timeout?: unknown };
    const caller = callerOf(http);
    const known = callers.knows(caller);
    if (!known) callers.onUnknown();
    distrustUnanswered(reply, startedAt, caller, timeout, callers);
    const review = decodeReview(http.body);
    const request = 'request' in review ? review.request : undefined;
    const response =
      'failure' in review
        ? review.failure
        : await answerTo(review.request, known, deadlineOf(startedAt, timeout, limits), handler, log);
    const operation = request?.operation ?? 'unknown';
    metrics.requests.inc({ webhook, operation, outcome: response.outcome });
    metrics.renderings.inc(response.evidence?.renderings ?? 0);
    metrics.branches.inc({ taken: 'true' }, response.evidence?.branches?.taken ?? 0);
    metrics.branches.inc({ taken: 'false' }, response.evidence?.branches?.missed ?? 0);
    metrics.gaps.inc(response.evidence?.gaps ?? 0);
    metrics.duration.observe({ webhook }, reply.elapsedTime / 1000);
    log.info(
      {
        webhook,
        operation,
        policy: request?.name,
        user: request?.userInfo?.username,
        known,
        dryRun: request?.dryRun,
        uid: review.envelope.uid,
        outcome: response.outcome,
        renderings: response.evidence?.renderings,
        milliseconds: Math.round(reply.elapsedTime),
      },
      'reviewed',
    );
    return completeReview(review.envelope, response);
  });
}

/** An answer sent later than this part of the API server's timeout may arrive too late. */
const LATE_PART = 0.95;
/** If a connection ends unanswered after this part of the timeout, the API server may have given up. */
const GIVEN_UP_PART = 0.5;

/**
 * If the API server has waited in vain, it tells its client which address did not answer. Then the path is no longer
 * secret.
 */
function distrustUnanswered(
  reply: Reply,
  startedAt: number,
  caller: Caller,
  timeout: unknown,
  callers: Callers,
): void {
  const patience = typeof timeout === 'string' ? parseGoDuration(timeout) : undefined;
  if (patience === undefined) return;
  reply.raw.once('close', () => {
    const part = reply.raw.writableFinished ? LATE_PART : GIVEN_UP_PART;
    if (performance.now() - startedAt >= patience * part) callers.distrust(caller);
  });
}

/** Any error of a handler becomes an answer. The error's text goes to the log only. */
async function answerTo(
  request: AdmissionRequest,
  known: boolean,
  deadline: Deadline,
  handler: Handler,
  log: Log,
): Promise<Response> {
  try {
    return await handler(request, known, deadline);
  } catch (error) {
    log.error({ error: redactError(error), stack: framesOf(error), uid: request.uid }, 'review failed');
    return errored(500, 'InternalError', 'the webhook failed to check this policy; its log says why');
  }
}
