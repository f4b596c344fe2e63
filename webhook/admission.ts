import { Ajv } from 'ajv';
import type { Finding } from '../src/policy/finding.ts';
import { formatFinding } from '../src/policy/finding.ts';
import { oneLine } from './one-line.ts';

/** The only version of AdmissionReview that is served. */
export const ADMISSION_API_VERSION = 'admission.k8s.io/v1';

/** `authentication.k8s.io/v1` UserInfo. */
export interface UserInfo {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: { readonly [key: string]: readonly string[] };
}

/** The part of `admission.k8s.io/v1` AdmissionRequest that is used. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string;
  /** Empty on a creation with `generateName`. */
  readonly name?: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly userInfo?: UserInfo;
  /** `null` on DELETE. */
  readonly object?: object | null;
  /** `null` on CREATE. */
  readonly oldObject?: object | null;
  readonly dryRun?: boolean;
}

/** One operation of RFC 6902. */
export interface PatchOperation {
  readonly op: 'add' | 'test';
  readonly path: string;
  readonly value: unknown;
}

/** Words for metrics, logs and audit annotations. */
export type Outcome =
  'allowed' | 'denied' | 'undecided' | 'exempt' | 'patched' | 'errored' | 'shed' | 'timed out';

/** A handler's answer. {@link completeReview} turns it into the body that is sent. */
export interface Response {
  readonly outcome: Outcome;
  /** Present if the request is refused. */
  readonly refusal?: Refusal;
  readonly patch?: readonly PatchOperation[];
  /** Absent if no policy was checked. */
  readonly evidence?: Evidence;
}

/** What the check of a policy found besides the verdict. */
export interface Evidence {
  /** Most important first; length and number are not limited here. */
  readonly warnings: readonly string[];
  /** How many templates were rendered on trial. */
  readonly renderings: number;
  /** What the trial renderings covered: `9 of 9 branches, 3 existing sources`. */
  readonly coverage?: string;
  /** The same as numbers. */
  readonly branches?: { readonly taken: number; readonly missed: number };
  /** How many facts could not be obtained. */
  readonly gaps: number;
}

interface Refusal {
  /** HTTP status that the API server passes to its client. */
  readonly code: number;
  /** `metav1.StatusReason`. */
  readonly reason: string;
  readonly message: string;
  readonly details?: object;
}

/** Admitted. */
export function allowed(evidence?: Evidence): Response {
  return { outcome: 'allowed', ...(evidence ? { evidence } : {}) };
}

/** Admitted without a check of the policy: nothing in it changes, or it is being deleted. */
export function exempt(): Response {
  return { outcome: 'exempt' };
}

/** Admitted and changed. An empty patch changes nothing. */
export function patched(patch: readonly PatchOperation[]): Response {
  return patch.length === 0 ? { outcome: 'allowed' } : { outcome: 'patched', patch };
}

/** The request could not be judged. `code` and `reason` as in `metav1.Status`. */
export function errored(code: number, reason: string, message: string): Response {
  return { outcome: 'errored', refusal: { code, reason, message } };
}

/** Turned away under load. Clients that honour `Retry-After` (kubectl, client-go) try again by themselves. */
export function shed(): Response {
  return {
    outcome: 'shed',
    refusal: {
      code: 429,
      reason: 'TooManyRequests',
      message: 'the webhook has too many requests at the moment; try again in a second',
      details: { retryAfterSeconds: 1 },
    },
  };
}

/** Not judged within the time limit. */
export function timedOut(seconds: number): Response {
  return {
    outcome: 'timed out',
    refusal: {
      code: 504,
      reason: 'Timeout',
      message: `the policy could not be checked within ${seconds.toFixed(1)} s; try again`,
      details: { retryAfterSeconds: 1 },
    },
  };
}

/**
 * Annotations and messages go to the audit log, which has its own limits. Nobody reads more findings than these either.
 */
const MAX_MESSAGE_FINDINGS = 20;
const MAX_CAUSES = 100;
/** Characters of one finding. A finding quotes names of the template, which may be long. */
const MAX_FINDING_LENGTH = 1000;

const textOf = (finding: Finding): string => oneLine(formatFinding(finding), MAX_FINDING_LENGTH);

/**
 * Refused, with everything that was found. A policy is refused as invalid (422), with one cause per error. A deletion
 * is refused as forbidden (403), because there is nothing to correct in the request.
 *
 * @param findings at least one of severity `error`
 */
export function denied(
  request: AdmissionRequest,
  findings: readonly Finding[],
  evidence?: Evidence,
): Response {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const details = detailsOf(request);
  const refusal: Refusal =
    request.operation === 'DELETE'
      ? { code: 403, reason: 'Forbidden', message: messageOf(errors), details }
      : {
          code: 422,
          reason: 'Invalid',
          message: messageOf(errors),
          details: { ...details, causes: causesOf(errors) },
        };
  return { outcome: 'denied', refusal, ...(evidence ? { evidence } : {}) };
}

/**
 * Refused for now: the facts that decide about the policy could not be obtained. The API server turns
 * `retryAfterSeconds` into the header `Retry-After`. Clients that honour it (kubectl, client-go) try again by
 * themselves.
 */
export function undecided(
  request: AdmissionRequest,
  errors: readonly Finding[],
  evidence: Evidence,
): Response {
  const refusal: Refusal = {
    code: 503,
    reason: 'ServiceUnavailable',
    message: `${messageOf(errors)}; try again`,
    details: { ...detailsOf(request), causes: causesOf(errors), retryAfterSeconds: 1 },
  };
  return { outcome: 'undecided', refusal, evidence };
}

const detailsOf = ({ name = '', kind }: AdmissionRequest) => ({ name, group: kind.group, kind: kind.kind });

const causesOf = (errors: readonly Finding[]): readonly object[] => errors.slice(0, MAX_CAUSES).map(causeOf);

function messageOf(errors: readonly Finding[]): string {
  const [only] = errors;
  if (only && errors.length === 1) return textOf(only);
  const lines = errors.slice(0, MAX_MESSAGE_FINDINGS).map((finding) => `  ${textOf(finding)}`);
  const more = errors.length - lines.length;
  return [
    `${String(errors.length)} errors`,
    ...lines,
    ...(more > 0 ? [`  and ${String(more)} more`] : []),
  ].join('\n');
}

/** kubectl prints a cause as `field: message`. So the message continues the field: `3:16: function …`. */
function causeOf(finding: Finding): object {
  return {
    reason: 'FieldValueInvalid',
    field: finding.field,
    message: textOf(finding).slice(finding.field.length).replace(/^:? /, ''),
  };
}

/** The API server may cut a warning of more than 256 characters, and drops what goes beyond 4096 in total. */
const MAX_WARNINGS = 8;
const MAX_WARNING_LENGTH = 256;
/** Bytes of all warnings together, so that what others add has room as well. */
const MAX_WARNING_BYTES = 3072;

/** Warnings as Kubernetes wants them: few, short, one line each. What is left out is counted. */
export function limitWarnings(warnings: readonly string[]): string[] {
  const distinct = [...new Set(warnings.map((warning) => oneLine(warning, MAX_WARNING_LENGTH)))];
  let bytes = 0;
  const fitting = distinct.filter((text) => (bytes += Buffer.byteLength(text)) <= MAX_WARNING_BYTES);
  if (fitting.length === distinct.length && distinct.length <= MAX_WARNINGS) return distinct;
  const kept = fitting.slice(0, MAX_WARNINGS - 1);
  return [...kept, `and ${String(distinct.length - kept.length)} more warnings`];
}

/** The body of a review's answer. */
export interface ReviewBody {
  readonly apiVersion: string;
  readonly kind: 'AdmissionReview';
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly status: {
      readonly code: number;
      readonly status?: 'Failure';
      readonly reason?: string;
      readonly message?: string;
      readonly details?: object;
    };
    readonly patch?: string;
    readonly patchType?: 'JSONPatch';
    readonly warnings?: readonly string[];
    readonly auditAnnotations: { readonly [key: string]: string };
  };
}

/** What every answer repeats from its request. */
export interface Envelope {
  readonly uid: string;
  readonly apiVersion: string;
}

/**
 * Adds what Kubernetes wants in every answer: uid, version and kind, a status code, the patch encoded and typed,
 * warnings within the limits, audit annotations (the API server prefixes the webhook's name). This is the only place
 * that does so.
 */
export function completeReview(envelope: Envelope, response: Response): ReviewBody {
  const { refusal, patch, outcome, evidence } = response;
  const warnings = limitWarnings(evidence?.warnings ?? []);
  return {
    apiVersion: envelope.apiVersion,
    kind: 'AdmissionReview',
    response: {
      uid: envelope.uid,
      allowed: refusal === undefined,
      status: refusal === undefined ? { code: 200 } : { status: 'Failure', ...refusal },
      ...(patch === undefined
        ? {}
        : {
            patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
            patchType: 'JSONPatch' as const,
          }),
      ...(warnings.length === 0 ? {} : { warnings }),
      auditAnnotations: {
        outcome,
        ...(evidence === undefined ? {} : { 'trial-renderings': String(evidence.renderings) }),
        ...(evidence?.coverage === undefined ? {} : { 'trial-coverage': evidence.coverage }),
      },
    },
  };
}

/** A decoded review, or the answer if it cannot be judged. */
export type DecodedReview = { readonly envelope: Envelope } & (
  { readonly request: AdmissionRequest } | { readonly failure: Response }
);

const text = { type: 'string' } as const;
const optionalObject = { type: 'object', nullable: true } as const;

const reviewSchema = {
  type: 'object',
  required: ['apiVersion', 'kind', 'request'],
  properties: {
    apiVersion: { const: ADMISSION_API_VERSION },
    kind: { const: 'AdmissionReview' },
    request: {
      type: 'object',
      required: ['uid', 'kind', 'resource', 'operation'],
      properties: {
        uid: { type: 'string', minLength: 1, maxLength: 1024 },
        kind: {
          type: 'object',
          required: ['group', 'version', 'kind'],
          properties: { group: text, version: text, kind: text },
        },
        resource: {
          type: 'object',
          required: ['group', 'version', 'resource'],
          properties: { group: text, version: text, resource: text },
        },
        subResource: text,
        name: text,
        operation: { enum: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] },
        userInfo: {
          type: 'object',
          properties: {
            username: text,
            uid: text,
            groups: { type: 'array', items: text },
            extra: { type: 'object', additionalProperties: { type: 'array', items: text } },
          },
        },
        object: optionalObject,
        oldObject: optionalObject,
        dryRun: { type: 'boolean' },
      },
    },
  },
} as const;

const validate = new Ajv({ strict: true }).compile<{ readonly request: AdmissionRequest }>(reviewSchema);

/**
 * Reads an AdmissionReview. Never throws: any mistake becomes an answer, which repeats as much of the request as could
 * be read.
 */
export function decodeReview(body: unknown): DecodedReview {
  const envelope = envelopeOf(body);
  if (validate(body)) return { envelope, request: body.request };
  const [error] = validate.errors ?? [];
  const field = error?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  const subject = field === '' ? 'AdmissionReview' : `AdmissionReview ${field}`;
  const rule =
    error?.keyword === 'const' ? `must be "${String(error.params['allowedValue'])}"` : error?.message;
  return { envelope, failure: errored(400, 'BadRequest', `${subject} ${rule ?? 'is malformed'}`) };
}

function envelopeOf(body: unknown): Envelope {
  const apiVersion = member(body, 'apiVersion');
  const uid = member(member(body, 'request'), 'uid');
  return {
    uid: typeof uid === 'string' ? uid.slice(0, 1024) : '',
    apiVersion:
      typeof apiVersion === 'string' && /^admission\.k8s\.io\/v[0-9a-z]{1,20}$/.test(apiVersion)
        ? apiVersion
        : ADMISSION_API_VERSION,
  };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as { readonly [key: string]: unknown })[name]
    : undefined;
}

/**
 * Why a request is not for this webhook; `undefined` if it is. A wrong rule in a webhook configuration causes such
 * requests.
 */
export function misdirection(
  request: AdmissionRequest,
  expected: { readonly group: string; readonly kind: string; readonly resource: string },
): string | undefined {
  const { kind, resource } = request;
  if (
    kind.group === expected.group &&
    kind.kind === expected.kind &&
    resource.group === expected.group &&
    resource.resource === expected.resource &&
    request.operation !== 'CONNECT'
  ) {
    return undefined;
  }
  return (
    `this webhook judges ${expected.kind} of ${expected.group}, not ${request.operation} of ` +
    `${oneLine(kind.kind, 63)} of ${oneLine(kind.group, 253) || 'the core group'}; correct the rules of the webhook configuration`
  );
}
