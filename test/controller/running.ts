import { onTestFinished } from 'vitest';
import type { Config } from '../../config/index.ts';
import { createLog } from '../../config/index.ts';
import { runController } from '../../controller/main.ts';

/** A controller that runs in the test's own process. */
export interface RunningController {
  /** What it has logged. */
  log(): string;
  /** The values of one of its metrics, added up. */
  sum(metric: string): Promise<number>;
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
  const sum = async (metric: string): Promise<number> => {
    const port = /"probes":(\d+)/.exec(lines.join(''))?.[1] ?? '';
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const samples = text
      .split('\n')
      .filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `));
    return samples.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
  };
  return { log: () => lines.join(''), sum, stop };
}
