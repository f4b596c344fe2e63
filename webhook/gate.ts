/** Lets a limited number of requests work at once. The others wait in order, until their time is over. */
export class Gate {
  readonly #concurrency: number;
  /** One function per waiting request, in order of arrival. Calling it gives the request a place. */
  readonly #queue = new Set<() => void>();
  #working = 0;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /**
   * Waits for a place.
   *
   * @param signal ends the waiting
   * @returns the function that gives the place back (a second call does nothing), or `undefined` if the signal was
   *   aborted first
   */
  async enter(signal: AbortSignal): Promise<(() => void) | undefined> {
    if (signal.aborted) return undefined;
    if (this.#working < this.#concurrency) this.#working++;
    else if (!(await this.#turn(signal))) return undefined;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#handOver();
    };
  }

  #turn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (admitted: boolean): void => {
        this.#queue.delete(admit);
        signal.removeEventListener('abort', giveUp);
        resolve(admitted);
      };
      const admit = (): void => settle(true);
      const giveUp = (): void => settle(false);
      this.#queue.add(admit);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** The place goes to the next request in the queue, so that no later one can take it. */
  #handOver(): void {
    const [next] = this.#queue;
    if (next) next();
    else this.#working--;
  }
}
