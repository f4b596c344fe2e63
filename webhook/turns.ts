import type { Paced } from '../src/policy/index.ts';
import type { Deadline } from './deadline.ts';

/** How long the process does nothing else; milliseconds. One step may take longer, but not much: its work is limited. */
const TURN_MS = 10;

/** Who asks for a review. */
export interface Requester {
  /** Whether the API server has sent the request, so that its user can be believed. */
  readonly known: boolean;
  readonly user: string;
}

/** What the reviews of one requester have taken, as long as one of them is under way; milliseconds. */
interface Account {
  usedMs: number;
  reviews: number;
}

interface Waiting {
  readonly review: Turns;
  readonly resolve: () => void;
}

/**
 * Shares the process among reviews, probes, and answers that leave when time is over: in each turn of the event loop one
 * review does its steps for some milliseconds, however many there are.
 *
 * Of those that wait, requests of the API server come first. Among these comes first the user whose reviews have taken
 * least, and of one user's reviews the one that has taken least. So whoever sends many costly policies delays others by a
 * step, and a policy that costs little is not kept waiting by those that cost much.
 */
export class Processor {
  readonly #waiting = new Set<Waiting>();
  readonly #accounts = new Map<string, Account>();
  #scheduled = false;

  /** The turns of one review; `end` them. */
  turns(requester: Requester, deadline: Deadline): Turns {
    // Whoever is not known shares one account: a name costs nothing there.
    const key = requester.known ? `user ${requester.user}` : 'strangers';
    const account = this.#accounts.get(key) ?? { usedMs: 0, reviews: 0 };
    this.#accounts.set(key, account);
    account.reviews++;
    return new Turns({
      account,
      known: requester.known,
      deadline,
      next: (review) => this.#next(review),
      end: () => {
        if (--account.reviews === 0) this.#accounts.delete(key);
      },
    });
  }

  #next(review: Turns): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add({ review, resolve });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.size === 0) return;
    this.#scheduled = true;
    // What is scheduled here runs in the next turn of the event loop: all else comes in between.
    setImmediate(() => {
      this.#scheduled = false;
      this.#letGoOfLate();
      let chosen: Waiting | undefined;
      for (const waiting of this.#waiting) {
        if (chosen === undefined || comesBefore(waiting.review, chosen.review)) chosen = waiting;
      }
      if (chosen !== undefined) this.#grant(chosen);
      this.#schedule();
    });
  }

  /** Those whose time is over do nothing more, but have to notice. */
  #letGoOfLate(): void {
    for (const waiting of this.#waiting) if (waiting.review.isLate) this.#grant(waiting);
  }

  #grant(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    waiting.resolve();
  }
}

/** Where they are equal, who has waited longer comes first. */
function comesBefore(one: Turns, other: Turns): boolean {
  if (one.known !== other.known) return one.known;
  return one.accountMs === other.accountMs ? one.usedMs < other.usedMs : one.accountMs < other.accountMs;
}

interface TurnsOptions {
  readonly account: Account;
  readonly known: boolean;
  readonly deadline: Deadline;
  /** Resolves when a turn of the event loop belongs to the review. */
  readonly next: (review: Turns) => Promise<void>;
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

  get known(): boolean {
    return this.#options.known;
  }

  /** What its steps have taken so far; milliseconds. */
  get usedMs(): number {
    return this.#usedMs;
  }

  /** What all reviews of its requester have taken. */
  get accountMs(): number {
    return this.#options.account.usedMs;
  }

  /** Whether its time is over. */
  get isLate(): boolean {
    return this.#options.deadline.remaining() === 0;
  }

  /** There is nothing more to do. */
  end(): void {
    this.#options.end();
  }

  /**
   * Does one step, in a turn of its own where the present one is over. What it throws is passed on.
   *
   * Rejects with a TimeoutError where the time was over first.
   */
  async step<T>(work: () => T): Promise<T> {
    if (this.#isOver()) await this.#begin();
    if (this.isLate) throw new DOMException('the time for the review is over', 'TimeoutError');
    return this.#measured(work);
  }

  /**
   * Does work step by step.
   *
   * @returns `undefined` where the time was over first
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
    await this.#options.next(this);
    this.#turnEnds = performance.now() + TURN_MS;
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
