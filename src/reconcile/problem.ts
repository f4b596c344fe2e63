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
  if (error instanceof PolicyError) {
    const [first, ...others] = error.findings;
    const text = first === undefined ? error.message : formatFinding(first);
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return failure('InvalidTemplate', `${text}${more}`);
  }
  throw error;
}
