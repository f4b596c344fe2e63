import { describeExit } from './processes.ts';
import type { ManagedProcess } from './processes.ts';
import { eventually, StopWaiting } from './wait.ts';

/** Cold starts on a loaded two-core machine take up to a minute. */
const START_TIMEOUT_MS = 180_000;
/** How many lines of a failed process's output are shown. */
const SHOWN_LINES = 30;

/** The last lines that a process wrote. */
export function lastLines(child: ManagedProcess): string[] {
  return child.output().trimEnd().split('\n').slice(-SHOWN_LINES);
}

/** @throws StopWaiting when the process has ended, with the end of its output: waiting longer is useless */
export function throwIfEnded(child: ManagedProcess): void {
  if (child.exit === undefined) return;
  throw new StopWaiting(withOutput(child, `${child.name} ended with ${describeExit(child.exit)}`));
}

function withOutput(child: ManagedProcess, reason: string, cause?: unknown): Error {
  return new Error(`${reason}\nThe end of its output:\n${lastLines(child).join('\n')}`, { cause });
}

/**
 * Waits until a process is ready.
 *
 * @param isReady throws while the process is not ready
 * @throws Error with the end of the process's output, when it ends or takes too long; the signal's reason when aborted
 */
export async function becomesReady(
  child: ManagedProcess,
  isReady: () => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const attempt = async (): Promise<void> => {
    throwIfEnded(child);
    await isReady();
  };
  try {
    await eventually(`${child.name} to be ready`, attempt, { timeoutMs: START_TIMEOUT_MS, signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (child.exit !== undefined) throw error;
    throw withOutput(child, error instanceof Error ? error.message : String(error), error);
  }
}
