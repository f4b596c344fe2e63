/** One entry of `details.causes` of a `metav1.Status`. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** `details` of a `metav1.Status`. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** The API server answered with an error. The text never holds a request's body. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  /** HTTP status, or `code` of the Status object of a watch. */
  readonly status: number;
  /** `metav1.StatusReason`: `NotFound`, `Conflict`, `AlreadyExists`, …; `''` where the server gave none. */
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  /** From the `Retry-After` header or the Status' details. */
  readonly retryAfterSeconds: number | undefined;
  /** The request, e.g. `PATCH /api/v1/namespaces/a/secrets/b`. */
  readonly request: string;

  constructor(init: {
    status: number;
    reason: string;
    message: string;
    details?: StatusDetails | undefined;
    retryAfterSeconds?: number | undefined;
    request?: string;
  }) {
    super(init.message);
    this.status = init.status;
    this.reason = init.reason;
    this.details = init.details;
    this.retryAfterSeconds = init.retryAfterSeconds;
    this.request = init.request ?? '';
  }
}

/**
 * Why there is no answer: the connection failed, broke, or took too long; the answer is not JSON, or too large; the
 * client is closed; there are no credentials.
 */
export type TransportErrorCode =
  'ConnectionFailed' | 'Timeout' | 'InvalidResponse' | 'ResponseTooLarge' | 'Closed' | 'Credentials';

/** The API server gave no answer, or none that can be read. It is unknown whether the request took effect. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportErrorCode;
  readonly request: string;

  constructor(
    code: TransportErrorCode,
    message: string,
    options: { request?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.request = options.request ?? '';
  }
}

const has = (error: unknown, status: number, reason?: string): error is KubeError =>
  error instanceof KubeError &&
  (reason === undefined
    ? error.status === status
    : error.reason === reason || (error.reason === '' && error.status === status));

/** The object or the resource does not exist. */
export const isNotFound = (error: unknown): error is KubeError =>
  has(error, 404, 'NotFound') || has(error, 404);
/**
 * An update was based on an old version: read again and retry. This is not {@link isAlreadyExists}, though both are
 * 409.
 */
export const isConflict = (error: unknown): error is KubeError => has(error, 409, 'Conflict');
/** The name of a new object is taken. The status is 409 as for {@link isConflict}; the reason differs. */
export const isAlreadyExists = (error: unknown): error is KubeError =>
  error instanceof KubeError && error.reason === 'AlreadyExists';
/** The resource version or continue token is too old (`Expired`, `Gone`). */
export const isGone = (error: unknown): error is KubeError => has(error, 410);
/** Rejected by validation or by a webhook that says so. */
export const isInvalid = (error: unknown): error is KubeError => has(error, 422, 'Invalid');
/** The server is overloaded. `retryAfterSeconds` says how long to wait, if the server has said so. */
export const isTooManyRequests = (error: unknown): error is KubeError => has(error, 429);
/** The server knows the user, and refuses: a right is missing, or an admission plugin objects. */
export const isForbidden = (error: unknown): error is KubeError => has(error, 403);
/** The credentials are missing, wrong or expired. */
export const isUnauthorized = (error: unknown): error is KubeError => has(error, 401);
/** 5xx: the fault is the server's, not the request's. */
export const isServerError = (error: unknown): error is KubeError =>
  error instanceof KubeError && error.status >= 500;
/** Trying again later can help: no answer, 429, 5xx, or a conflict. */
export const isTransient = (error: unknown): boolean =>
  (error instanceof TransportError && error.code !== 'Closed') ||
  isTooManyRequests(error) ||
  isServerError(error) ||
  isConflict(error);

/** Turns an error of the HTTP library into a TransportError. Errors of this package are returned as they are. */
export function connectionFailure(error: unknown, label: string): Error {
  if (error instanceof KubeError || error instanceof TransportError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = 'code' in cause && typeof cause.code === 'string' ? `${cause.code}: ` : '';
  const detail = cause.message === '' ? cause.name : cause.message;
  return new TransportError('ConnectionFailed', `${label}: ${code}${detail}`, { request: label, cause });
}

/**
 * The same failure without the request, the server's message and the cause: for a request whose path people may not
 * see. Other errors are returned as they are.
 * @param subject what was asked for, as people may see it
 */
export function withoutRequest(error: unknown, subject: string): unknown {
  if (error instanceof KubeError) {
    const { status, reason, retryAfterSeconds } = error;
    const message = `${subject}: the API server answers ${String(status)}${reason === '' ? '' : ` ${reason}`}`;
    return new KubeError({ status, reason, message, retryAfterSeconds });
  }
  if (error instanceof TransportError) return new TransportError(error.code, `${subject}: ${error.code}`);
  return error;
}
