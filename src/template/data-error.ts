/**
 * An error in a template or in its data, not in this program. It has no stack, which would only tell where in the engine
 * the error was noticed. To record one takes longer than many a run, and the trial of a policy meets hundreds.
 */
export class DataError extends Error {
  constructor(message?: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
