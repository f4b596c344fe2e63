import { vi } from 'vitest';
import type { Clock } from '../../src/kube/index.ts';

interface Timer {
  readonly delay: number;
  readonly due: number;
  readonly callback: () => void;
}

/** A clock that moves only when told; `random()` is always 0, so delays are exact. */
export class FakeClock implements Clock {
  /** Added to the wall clock only: somebody set the time. */
  wallOffset = 0;
  chance: () => number = () => 0;
  #elapsed = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return Date.UTC(2024, 0, 1) + this.#elapsed + this.wallOffset;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  random(): number {
    return this.chance();
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer: Timer = { delay: milliseconds, due: this.#elapsed + milliseconds, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Delays of the timers that are set, shortest first. */
  get pending(): number[] {
    return [...this.#timers].map((timer) => timer.delay).sort((a, b) => a - b);
  }

  /** Moves time on, ringing what comes due in order. */
  advance(milliseconds: number): void {
    const end = this.#elapsed + milliseconds;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#elapsed = next.due;
      this.#timers.delete(next);
      next.callback();
    }
    this.#elapsed = end;
  }

  /** Waits until somebody has set a timer of exactly this delay, then lets it ring. */
  async ring(delay: number): Promise<void> {
    const timer = await vi.waitFor(
      () => {
        const found = [...this.#timers].find((candidate) => Math.abs(candidate.delay - delay) < 1e-6);
        if (found === undefined)
          throw new Error(`no timer of ${String(delay)} ms; pending: ${this.pending.join(', ')}`);
        return found;
      },
      { interval: 1, timeout: 5_000 },
    );
    this.advance(Math.max(0, timer.due - this.#elapsed));
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.due <= end && (next === undefined || timer.due < next.due)) next = timer;
    return next;
  }
}
