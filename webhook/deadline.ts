/** The moment by which an answer must be sent. Times are milliseconds of a monotonic clock (`performance.now`). */
export class Deadline {
  readonly #at: number;
  readonly #total: number;
  readonly #timers: NodeJS.Timeout[] = [];

  /**
   * @param startedAt when the request began to arrive
   * @param milliseconds how long it may take from then
   */
  constructor(startedAt: number, milliseconds: number) {
    this.#at = startedAt + milliseconds;
    this.#total = milliseconds;
  }

  /** Seconds from start to end, for messages. */
  get totalSeconds(): number {
    return this.#total / 1000;
  }

  /** Milliseconds left, not below 0. */
  remaining(): number {
    return Math.max(0, this.#at - performance.now());
  }

  /**
   * Aborts after this part of the time left, or after `atMost` milliseconds, whichever is sooner; not after `end`.
   *
   * @param part between 0 and 1
   */
  signal(part = 1, atMost = Infinity): AbortSignal {
    const controller = new AbortController();
    const expire = () => controller.abort(new DOMException('the time is over', 'TimeoutError'));
    this.#timers.push(setTimeout(expire, Math.min(this.remaining() * part, atMost)).unref());
    return controller.signal;
  }

  /**
   * The work is done, and nobody listens to the signals any more. Otherwise each of them would last to its end, seconds
   * after most answers, and then cost an error.
   */
  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

const millisecondsOf: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 3.6e6,
};

/**
 * Milliseconds of a Go duration (`5s`, `1m30s`, `1.5h`), as the API server writes `?timeout=`; `undefined` for anything
 * else, for negative ones, and for 0.
 */
export function parseGoDuration(text: string): number | undefined {
  if (text.length > 64 || !/^\+?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(text))
    return undefined;
  let total = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(number) * (millisecondsOf[unit ?? ''] ?? NaN);
  }
  return total > 0 && Number.isFinite(total) ? total : undefined;
}

/** The settings that limit the time for an answer, in seconds. */
export interface DeadlineLimits {
  readonly deadlineSeconds: number;
  readonly marginSeconds: number;
}

/**
 * The deadline of a request: the configured one, or an earlier one if the API server's timeout is shorter. The margin
 * is at most half of that timeout, because a larger one would leave no time to work.
 *
 * @param timeout value of the query parameter `timeout`
 */
export function deadlineOf(startedAt: number, timeout: unknown, limits: DeadlineLimits): Deadline {
  const own = limits.deadlineSeconds * 1000;
  const patience = typeof timeout === 'string' ? parseGoDuration(timeout) : undefined;
  if (patience === undefined) return new Deadline(startedAt, own);
  const margin = Math.min(limits.marginSeconds * 1000, patience / 2);
  return new Deadline(startedAt, Math.min(own, patience - margin));
}
