import { onTestFinished } from 'vitest';
import type { Config } from '../../config/index.ts';
import { createLog } from '../../config/index.ts';
import { runController } from '../../controller/main.ts';

/** A controller that runs in the test's own process. */
export interface RunningController {
  /** What it has logged. */
  log(): string;
  /** Ends it in order. Rejects where it has failed. */
  stop(): Promise<void>;
}

/** Starts a controller, which is stopped when the test is over. */
export function runInProcess(config: Config): RunningController {
  const lines: string[] = [];
  const controller = new AbortController();
  const log = createLog(config, 'controller', { write: (line) => void lines.push(line) });
  const running = runController(config, { log, signal: controller.signal });
  // A failure is reported by stop(), which every test reaches.
  running.catch(() => undefined);
  const stop = (): Promise<void> => {
    controller.abort(new Error('the test is over'));
    return running;
  };
  onTestFinished(stop);
  return { log: () => lines.join(''), stop };
}
