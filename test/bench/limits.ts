/**
 * `npm run -s bench -- limits`
 *
 * Milliseconds of the processor that each template that would cost much takes until its limit ends it, cold, in a thread of its own that may have
 * 100 MB of heap. One JSON line on standard output with the worst ones, slowest first.
 */
import { Worker } from 'node:worker_threads';
import { hostile } from '../template/hostile.ts';

const HEAP_MB = 100;

/** A case that has not ended by then is given up: whoever waits learns which one it is. */
const PATIENCE_MS = 20_000;

/** Cases that are told. */
const SHOWN = 10;

interface Cost {
  readonly name: string;
  readonly milliseconds: number;
  readonly outcome: string;
}

/** Runs the benchmark. */
export default async function limitsBench(): Promise<void> {
  const costs: Cost[] = [];
  for (const [name, template] of hostile) {
    const cost = await costOf(template);
    process.stderr.write(`${name}: ${String(cost.milliseconds)} ms, ${cost.outcome}\n`);
    costs.push({ name, ...cost });
  }
  const slowest = costs.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, SHOWN);
  const crashed = costs.filter(({ outcome }) => outcome.startsWith('crashed'));
  process.stdout.write(`${JSON.stringify({ cases: costs.length, heapMb: HEAP_MB, crashed, slowest })}\n`);
}

function costOf(template: string): Promise<Omit<Cost, 'name'>> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve({ milliseconds: PATIENCE_MS, outcome: 'crashed: given up' });
      void worker.terminate();
    }, PATIENCE_MS);
    const worker = new Worker(new URL('./limits-worker.ts', import.meta.url), {
      workerData: template,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    worker.once('message', resolve);
    worker.once('error', ({ message }) => {
      resolve({ milliseconds: 0, outcome: `crashed: ${String(message)}` });
    });
    worker.once('exit', () => clearTimeout(timer));
  });
}
