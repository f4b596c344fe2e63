import { decodeJson } from '../template/index.ts';
import { KubeError, TransportError } from './errors.ts';
import type { StatusDetails } from './errors.ts';
import { isRecord } from '../api/index.ts';

/** A complete answer, with any status. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/**
 * The decoded content of a complete answer.
 *
 * @throws KubeError if the answer is an error, TransportError if it is not JSON
 */
export function decodeAnswer(answer: Answer, label: string): unknown {
  const { status, text } = answer;
  if (status >= 400) throw errorAnswer(answer, label);
  try {
    return decodeJson(text);
  } catch {
    throw new TransportError(
      'InvalidResponse',
      `${label}: the answer (HTTP ${String(status)}) is not valid JSON`,
      {
        request: label,
      },
    );
  }
}

/** The server's error. Its text is the Status' message if there is one; a proxy in between may answer in HTML. */
function errorAnswer({ status, headers, text }: Answer, label: string): KubeError {
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
    message: message ?? `${context.label}: HTTP ${String(status)}`,
    details,
    retryAfterSeconds: context.retryAfterSeconds ?? details?.retryAfterSeconds,
    request: context.label,
  });
}
