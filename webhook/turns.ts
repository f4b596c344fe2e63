import { setImmediate } from 'node:timers/promises';
import type { Paced } from '../src/policy/index.ts';
import type { Deadline } from './deadline.ts';

/** How long the process does nothing else; milliseconds. One step may take longer, but not much: its work is limited. */
const TURN_MS = 10;

/**
 * Shares the process with everything else that it does: other requests, probes, and the answer that leaves when time is
 * over. Without it one policy with many costly templates would hold up all of them.
 */
export class Turns {
  #end = performance.now() + TURN_MS;

  /** Between two steps: lets others have a turn where this one is over. */
  async share(): Promise<void> {
    if (performance.now() < this.#end) return;
    await setImmediate();
    this.#end = performance.now() + TURN_MS;
  }
}

/**
 * Does work step by step, in turns with everything else.
 *
 * @returns `undefined` where the time was over first
 */
export async function inTurns<T>(work: Paced<T>, deadline: Deadline): Promise<T | undefined> {
  const turns = new Turns();
  while (deadline.remaining() > 0) {
    const step = work.next();
    if (step.done === true) return step.value;
    await turns.share();
  }
  return undefined;
}
