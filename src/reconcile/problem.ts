import type { Condition } from '../api/index.ts';
import type { Finding, SchemaReview } from '../policy/index.ts';
import { PolicyError, RenderError, formatFinding } from '../policy/index.ts';
import type { Reason, ReportedReason } from './reasons.ts';

/** Why an object is not in its desired state, for conditions, events and counts. Never holds secret material. */
export interface Problem {
  readonly reason: Reason;
  readonly message: string;
  /** Whether it counts as a failure; otherwise it only waits, e.g. for a Secret that the platform has yet to write. */
  readonly failed: boolean;
  /** Another lifecycle that it is in the way of, to be told as well. */
  readonly rival?: string;
}

/** A problem that counts as a failure, and is reported by an event. */
export interface Failure extends Problem {
  readonly reason: ReportedReason;
  readonly failed: true;
}

/** @param rival name of another lifecycle that it is in the way of */
export function failure(reason: ReportedReason, message: string, rival?: string): Failure {
  return { reason, message, failed: true, ...(rival === undefined ? {} : { rival }) };
}

/** A problem that passes by itself, or that its conditions alone tell of. */
export function waiting(reason: Reason, message: string): Problem {
  return { reason, message, failed: false };
}

export const isFailure = (problem: Problem | undefined): problem is Failure => problem?.failed === true;

/**
 * The problem behind an error of the policy engine.
 * @throws the error itself where it is no {@link PolicyError} or {@link RenderError}: then it is a defect, not a state.
 */
export function problemOf(error: unknown): Failure {
  if (error instanceof RenderError) {
    const reason = error.code === 'namespace-not-allowed' ? 'NamespaceNotAllowed' : 'RenderFailed';
    return failure(reason, error.message);
  }
  if (error instanceof PolicyError) return failure('InvalidTemplate', messageOf(error.findings));
  throw error;
}

/** The first of the findings, as admission words it, and how many others there are. */
function messageOf([first, ...others]: readonly Finding[]): string {
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${first === undefined ? '' : formatFinding(first)}${more}`;
}

/**
 * The problem of a policy that the schemas of its kinds do not fit any more; `undefined` where they do. What some source may
 * outweigh that could not be tried leaves things as they are, so that a restart changes nothing.
 *
 * @param validated the condition as it was written last
 */
export function schemaProblem(
  { faults, proven }: SchemaReview,
  validated: Pick<Condition, 'reason'> | undefined,
): Failure | undefined {
  if (faults.length === 0 || (!proven && validated?.reason !== 'SchemaChanged')) return undefined;
  return failure('SchemaChanged', messageOf(faults));
}
