import type { Paced } from '../src/policy/index.ts';
import type { Deadline } from './deadline.ts';

/** For this long the process does nothing else. One step may take a little longer; its work is limited. */
const TURN_MS = 10;
/** At most this many reviews get a share of one turn of the event loop. Most need little of it. */
const MAX_SHARES = 64;
/**
 * Reviews that have used less than this are treated alike. A review below it that has begun ends before the next one
 * begins.
 */
const COSTLY_MS = 100;

/** Who asks for a review. */
export interface Requester {
  /** Whether the API server has sent the request, so that its user can be believed. */
  readonly known: boolean;
  readonly user: string;
}

/** Milliseconds used by all reviews of one requester. It is kept while one of them is under way. */
interface Account {
  usedMs: number;
  reviews: number;
}

interface Waiting {
  readonly review: Turns;
  readonly resolve: (turnEnds: number) => void;
}

/**
 * Divides the process among reviews, probes, and answers that are sent when their time is over. In each turn of the
 * event loop all reviews together run their steps for some milliseconds, however many reviews there are.
 *
 * Requests of the API server come before others. Among them, the user whose reviews have used least comes first. Among
 * the reviews of one user, those that have used little come first, in the order of their arrival. So a user who sends
 * many costly policies delays others by one step only, and a cheap policy does not wait for costly ones.
 */
export class Processor {
  readonly #waiting = new Set<Waiting>();
  readonly #accounts = new Map<string, Account>();
  #scheduled = false;
  #turnEnds = 0;
  #reviews = 0;

  /** The turns of one review; call `end` on them when it is over. */
  turns(requester: Requester, deadline: Deadline): Turns {
    // All unknown senders share one account: they can write any name at no cost.
    const key = requester.known ? `user ${requester.user}` : 'strangers';
    const account = this.#accounts.get(key) ?? { usedMs: 0, reviews: 0 };
    this.#accounts.set(key, account);
    account.reviews++;
    return new Turns({
      number: this.#reviews++,
      account,
      known: requester.known,
      deadline,
      next: (review) => this.#next(review),
      end: () => {
        if (--account.reviews === 0) this.#accounts.delete(key);
      },
    });
  }

  /** When the review has a share of a turn, resolves with the end of that turn. */
  #next(review: Turns): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting.add({ review, resolve });
      this.#schedule();
    });
  }

  #schedule(): void {
    const shares = Math.min(this.#waiting.size, MAX_SHARES);
    if (this.#scheduled || shares === 0) return;
    this.#scheduled = true;
    // Everything scheduled here runs in the next turn of the event loop, so other work gets in between. When the next
    // callback runs, the review has used its share.
    setImmediate(() => {
      this.#turnEnds = performance.now() + TURN_MS;
      this.#letGoOfLate();
      this.#share();
    });
    for (let share = 1; share < shares; share++) setImmediate(() => this.#share());
    setImmediate(() => {
      this.#scheduled = false;
      this.#schedule();
    });
  }

  #share(): void {
    if (performance.now() >= this.#turnEnds) return;
    let chosen: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (chosen === undefined || comesBefore(waiting.review, chosen.review)) chosen = waiting;
    }
    if (chosen !== undefined) this.#grant(chosen);
  }

  /** Reviews whose time is over do no more work, but they have to be woken to notice it. */
  #letGoOfLate(): void {
    for (const waiting of this.#waiting) if (waiting.review.isLate) this.#grant(waiting);
  }

  #grant(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    waiting.resolve(this.#turnEnds);
  }
}

function comesBefore(one: Turns, other: Turns): boolean {
  if (one.known !== other.known) return one.known;
  if (one.accountMs !== other.accountMs) return one.accountMs < other.accountMs;
  const [cost, otherCost] = [one, other].map(({ usedMs }) => Math.floor(usedMs / COSTLY_MS)) as [
    number,
    number,
  ];
  return cost === otherCost ? one.number < other.number : cost < otherCost;
}

interface TurnsOptions {
  /** Number of the review, in order of arrival. */
  readonly number: number;
  readonly account: Account;
  readonly known: boolean;
  readonly deadline: Deadline;
  /** When the review has a share of a turn, resolves with the end of that turn. */
  readonly next: (review: Turns) => Promise<number>;
  readonly end: () => void;
}

/** The turns of one review. */
export class Turns {
  readonly #options: TurnsOptions;
  #usedMs = 0;
  #turnEnds = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  get number(): number {
    return this.#options.number;
  }

  get known(): boolean {
    return this.#options.known;
  }

  /** Milliseconds that its steps have used so far. */
  get usedMs(): number {
    return this.#usedMs;
  }

  /** Milliseconds that all reviews of its requester have used. */
  get accountMs(): number {
    return this.#options.account.usedMs;
  }

  /** Whether its time is over. */
  get isLate(): boolean {
    return this.#options.deadline.remaining() === 0;
  }

  /** The review has nothing more to do. */
  end(): void {
    this.#options.end();
  }

  /**
   * Runs one step; if the present turn is over, in the next one. An error of the step is thrown on.
   *
   * Rejects with a TimeoutError if the time is over first.
   */
  async step<T>(work: () => T): Promise<T> {
    if (this.#isOver()) await this.#begin();
    if (this.isLate) throw new DOMException('the time for the review is over', 'TimeoutError');
    return this.#measured(work);
  }

  /**
   * Runs work step by step.
   *
   * @returns `undefined` if the time was over first
   */
  async all<T>(work: Paced<T>): Promise<T | undefined> {
    for (;;) {
      if (this.#isOver()) await this.#begin();
      if (this.isLate) return undefined;
      const step = this.#measured(() => work.next());
      if (step.done === true) return step.value;
    }
  }

  #isOver(): boolean {
    return performance.now() >= this.#turnEnds;
  }

  async #begin(): Promise<void> {
    this.#turnEnds = await this.#options.next(this);
  }

  #measured<T>(work: () => T): T {
    const start = performance.now();
    try {
      return work();
    } finally {
      const took = performance.now() - start;
      this.#usedMs += took;
      this.#options.account.usedMs += took;
    }
  }
}
