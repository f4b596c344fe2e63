import type { Condition } from '../api/index.ts';
import type { Finding, FindingCode, SchemaReview } from '../policy/index.ts';
import { PolicyError, RenderError, formatFinding } from '../policy/acting.ts';
import type { Reason, ReportedReason } from './reasons.ts';

/** Why an object is not in its desired state, for conditions, events and counts. Never holds secret material. */
export interface Problem {
  readonly reason: Reason;
  readonly message: string;
  /**
   * Whether it counts as a failure. Otherwise the object only waits, e.g. for a Secret that the platform has yet to
   * write.
   */
  readonly failed: boolean;
  /** Another lifecycle that it blocks; the problem is reported there as well. */
  readonly rival?: string;
}

/** A problem that counts as a failure, and is reported by an event. */
export interface Failure extends Problem {
  readonly reason: ReportedReason;
  readonly failed: true;
}

/** @param rival name of another lifecycle that it blocks */
export function failure(reason: ReportedReason, message: string, rival?: string): Failure {
  return { reason, message, failed: true, ...(rival === undefined ? {} : { rival }) };
}

/** A problem that passes by itself, or that only the conditions report. */
export function waiting(reason: Reason, message: string): Problem {
  return { reason, message, failed: false };
}

export const isFailure = (problem: Problem | undefined): problem is Failure => problem?.failed === true;

/** The codes of errors of a rendering that have a reason of their own. */
const reasonOfCode: { readonly [code in FindingCode]?: ReportedReason } = {
  'namespace-not-allowed': 'NamespaceNotAllowed',
  'kubeconfig-not-self-contained': 'CredentialNotSelfContained',
};

/**
 * The problem behind an error of the policy engine.
 * @throws the error itself if it is not a {@link PolicyError} or {@link RenderError}: then it is a bug in this program.
 */
export function problemOf(error: unknown): Failure {
  if (error instanceof RenderError) {
    return failure(reasonOfCode[error.code] ?? 'RenderFailed', formatFinding(error.located));
  }
  if (error instanceof PolicyError) return failure('InvalidTemplate', messageOf(error.findings));
  throw error;
}

/** The first finding, worded as at admission, and the number of the others. */
function messageOf([first, ...others]: readonly Finding[]): string {
  const more = others.length === 0 ? '' : ` (and ${String(others.length)} more)`;
  return `${first === undefined ? '' : formatFinding(first)}${more}`;
}

/**
 * The problem of a policy that no longer fits the schemas of its kinds; `undefined` if it fits. If an existing source
 * that could not be tried may outweigh the fault, the last verdict stays, so that a restart changes nothing.
 *
 * @param validated the condition as it was last written
 */
export function schemaProblem(
  { faults, proven }: SchemaReview,
  validated: Pick<Condition, 'reason'> | undefined,
): Failure | undefined {
  if (faults.length === 0 || (!proven && validated?.reason !== 'SchemaChanged')) return undefined;
  return failure('SchemaChanged', messageOf(faults));
}
