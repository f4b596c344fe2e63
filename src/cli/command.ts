import type { Command } from 'commander';
import type { ExitCode } from './errors.ts';
import type { Output } from './output.ts';

/** What a command may need besides its arguments. */
export interface CommandContext {
  readonly output: Output;
  /** The whole program, with the arguments and options of every command. */
  readonly program: () => Promise<Command>;
}

/** Adds arguments, options, help and action to a command that has a name and a summary. */
export type DefineCommand = (command: Command, context: CommandContext) => void;

/** Runs a command. Its result becomes the exit code. */
export function exitWith<A extends unknown[]>(
  run: (...args: A) => Promise<ExitCode>,
): (...args: A) => Promise<void> {
  return async (...args) => {
    process.exitCode = await run(...args);
  };
}

/** The argument of commands that read manifests. */
export const PATHS = ['<path...>', 'files, folders, or - for standard input'] as const;
