import { PolicyError, RenderError, formatFinding } from '../policy/index.ts';

/** Why an object is not in its desired state, for conditions, events and counts. Never holds secret material. */
export interface Problem {
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** Whether it counts as a failure; otherwise it only waits, e.g. for a Secret that the platform has yet to write. */
  readonly failed: boolean;
  /** Another lifecycle that it is in the way of, to be told as well. */
  readonly rival?: string;
}

/**
 * The problem behind an error of the policy engine.
 * @throws the error itself where it is no {@link PolicyError} or {@link RenderError}: then it is a defect, not a state.
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof RenderError) {
    const reason = error.code === 'namespace-not-allowed' ? 'NamespaceNotAllowed' : 'RenderFailed';
    return { reason, message: error.message, failed: true };
  }
  if (error instanceof PolicyError) {
    const [first, ...others] = error.findings;
    const text = first === undefined ? error.message : formatFinding(first);
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return { reason: 'InvalidTemplate', message: `${text}${more}`, failed: true };
  }
  throw error;
}
