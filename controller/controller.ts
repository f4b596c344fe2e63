import { randomUUID } from 'node:crypto';
import type { Log } from '../config/index.ts';
import { WorkQueue, framesOf, isConflict, redactError } from '../src/kube/index.ts';
import type { ControllerMetrics } from './metrics.ts';
import { PutOff } from './turns.ts';

/** The part of a queue that a producer of keys needs. */
export type Queue<K = string> = Pick<
  WorkQueue<K>,
  'add' | 'addAfter' | 'addRateLimited' | 'forget' | 'retries'
>;

/** Works on one key. If it throws, the key is put off, longer each time; {@link PutOff} says itself for how long. */
export type Reconcile<K> = (key: K, signal: AbortSignal) => Promise<void>;

/** A queue with its reconciler, its metrics and its log. */
export class Controller<K = string> {
  readonly queue: WorkQueue<K>;
  readonly #name: string;
  readonly #describe: (key: K) => string;
  readonly #metrics: ControllerMetrics;
  readonly #log: Log;

  /**
   * @param name `policy`, `source` or `lifecycle`
   * @param describe the text for a key in the log
   */
  constructor(name: string, describe: (key: K) => string, metrics: ControllerMetrics, log: Log) {
    this.#name = name;
    this.#describe = describe;
    this.#metrics = metrics;
    this.#log = log;
    this.queue = new WorkQueue({ metrics: metrics.forQueue(name) });
  }

  /** Works until the signal is aborted and everything under way has ended. */
  run(concurrency: number, reconcile: Reconcile<K>, signal: AbortSignal): Promise<void> {
    const labels = { controller: this.#name };
    const timed: Reconcile<K> = async (key, abort) => {
      const run = randomUUID();
      const retries = this.queue.retries(key);
      const stop = this.#metrics.reconcileSeconds.startTimer(labels);
      this.#metrics.activeWorkers.inc(labels);
      try {
        await reconcile(key, abort);
        // If the reconciler has put the key off itself, the key keeps its back-off.
        const putOff = this.queue.retries(key) > retries;
        if (!putOff) this.queue.forget(key);
        this.#metrics.reconciles.inc({ ...labels, result: putOff ? 'requeue' : 'success' });
      } catch (error) {
        if (error instanceof PutOff) {
          this.queue.addAfter(key, error.delayMs);
          this.#metrics.reconciles.inc({ ...labels, result: 'requeue' });
          return;
        }
        if (!abort.aborted) this.#failed(key, run, error);
        throw error;
      } finally {
        stop();
        this.#metrics.activeWorkers.dec(labels);
      }
    };
    return this.queue.run(concurrency, timed, signal);
  }

  /** A conflict is the normal way to learn that a copy was old. */
  #failed(key: K, run: string, error: unknown): void {
    const labels = { controller: this.#name };
    const conflict = isConflict(error);
    this.#metrics.reconciles.inc({ ...labels, result: conflict ? 'requeue' : 'error' });
    if (!conflict) this.#metrics.reconcileErrors.inc(labels);
    const fields = {
      controller: this.#name,
      object: this.#describe(key),
      run,
      retries: this.queue.retries(key),
      error: redactError(error),
    };
    if (conflict) this.#log.debug(fields, 'a copy was old; trying again');
    else this.#log.warn({ ...fields, stack: framesOf(error) }, 'reconciliation failed; trying again');
  }
}
