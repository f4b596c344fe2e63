import { describeExit } from './processes.ts';
import type { ProcessGroup } from './processes.ts';

export interface BuildOptions {
  /** Added to the environment. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  readonly signal?: AbortSignal | undefined;
  /** Called with each line of output. */
  readonly onLine: (line: string) => void;
  /** Finds the reason of a failure in the output. @default the last line */
  readonly reasonOf?: (output: string) => string;
}

/**
 * Runs a build as one of the group's processes.
 *
 * @returns its output
 * @throws Error with the reason when it ends with another code than 0; the signal's reason when aborted
 */
export async function runBuild(
  work: ProcessGroup,
  command: string,
  args: readonly string[],
  { env, signal, onLine, reasonOf = lastLine }: BuildOptions,
): Promise<string> {
  signal?.throwIfAborted();
  const build = await work.spawn(command, command, args, { ...(env && { env }), onOutput: eachLine(onLine) });
  const abort = (): void => {
    build.kill('SIGKILL');
  };
  signal?.addEventListener('abort', abort, { once: true });
  const exit = await build.exited;
  signal?.removeEventListener('abort', abort);
  signal?.throwIfAborted();
  if (exit.code !== 0) {
    const reason = reasonOf(build.output());
    throw new Error(reason === '' ? `${command} ended with ${describeExit(exit)}` : reason);
  }
  return build.output();
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}

function eachLine(onLine: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
}
