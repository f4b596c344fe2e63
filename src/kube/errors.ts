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
  /** What was asked, e.g. `PATCH /api/v1/namespaces/a/secrets/b`. */
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

/** Why no answer came: the connection failed, broke, or took too long; what came is no JSON, or too much; the client is closed; no credentials. */
export type TransportErrorCode =
  'ConnectionFailed' | 'Timeout' | 'InvalidResponse' | 'ResponseTooLarge' | 'Closed' | 'Credentials';

/** There was no (intelligible) answer from the API server. Whether the request took effect is unknown. */
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
/** An update lost the race: read again and retry. Not {@link isAlreadyExists}, though both are 409. */
export const isConflict = (error: unknown): error is KubeError => has(error, 409, 'Conflict');
/** A creation found the name taken. 409 as {@link isConflict} is, but told apart by its reason. */
export const isAlreadyExists = (error: unknown): error is KubeError =>
  error instanceof KubeError && error.reason === 'AlreadyExists';
/** The resource version or continue token is too old (`Expired`, `Gone`). */
export const isGone = (error: unknown): error is KubeError => has(error, 410);
/** Rejected by validation or by a webhook that says so. */
export const isInvalid = (error: unknown): error is KubeError => has(error, 422, 'Invalid');
/** The server sheds load; `retryAfterSeconds` says how long to wait, where the server does. */
export const isTooManyRequests = (error: unknown): error is KubeError => has(error, 429);
/** The server knows who asks, and refuses: rights, or an admission plugin. */
export const isForbidden = (error: unknown): error is KubeError => has(error, 403);
/** The credentials are missing, wrong or expired. */
export const isUnauthorized = (error: unknown): error is KubeError => has(error, 401);
/** 5xx: the server's trouble, not the request's. */
export const isServerError = (error: unknown): error is KubeError =>
  error instanceof KubeError && error.status >= 500;
/** Trying again later can help: no answer, 429, 5xx, or a conflict. */
export const isTransient = (error: unknown): boolean =>
  (error instanceof TransportError && error.code !== 'Closed') ||
  isTooManyRequests(error) ||
  isServerError(error) ||
  isConflict(error);

/** What an HTTP library throws, as a TransportError; errors that are already ours as they are. */
export function connectionFailure(error: unknown, label: string): Error {
  if (error instanceof KubeError || error instanceof TransportError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = 'code' in cause && typeof cause.code === 'string' ? `${cause.code}: ` : '';
  const detail = cause.message === '' ? cause.name : cause.message;
  return new TransportError('ConnectionFailed', `${label}: ${code}${detail}`, { request: label, cause });
}
