/** Wrong use, or a file that cannot be read or written: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What every command exits with. */
export const EXIT = {
  /** Done, and nothing found. */
  good: 0,
  /** Done; the input has errors, or differs from what was expected. */
  findings: 1,
  /** Wrong use, or input and output failed. */
  usage: 2,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
