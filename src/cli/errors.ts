/** Wrong use, or a file that cannot be read or written: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A place in a file; line and column (in characters) count from 1. */
export interface FilePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `policies/mcp.yaml:17:9` */
export const describePosition = ({ file, line, column }: FilePosition): string =>
  `${file}:${String(line)}:${String(column)}`;

/** A manifest that cannot be read, with the place where it goes wrong. */
export class ManifestError extends UsageError {
  readonly position: FilePosition;
  /** What is wrong, without the place. */
  readonly problem: string;

  constructor(position: FilePosition, problem: string) {
    super(`${describePosition(position)}: ${problem}`);
    this.position = position;
    this.problem = problem;
  }
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
