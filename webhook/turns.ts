import type { Paced } from '../src/policy/index.ts';
import type { Deadline } from './deadline.ts';

/** How long the process does nothing else; milliseconds. One step may take longer, but not much: its work is limited. */
const TURN_MS = 10;
/** Reviews that may have a share of one turn of the event loop. Most need little of it. */
const MAX_SHARES = 64;
/** Reviews that have taken less than this are equals; milliseconds. One that is begun is then ended, before the next. */
const COSTLY_MS = 100;

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
  readonly resolve: (turnEnds: number) => void;
}

/**
 * Shares the process among reviews, probes, and answers that leave when time is over: in each turn of the event loop all
 * reviews together do their steps for some milliseconds, however many there are.
 *
 * Of those that wait, requests of the API server come first. Among these comes first the user whose reviews have taken
 * least, and of one user's reviews one that has not taken much, in the order in which they came. So whoever sends many costly policies delays others by a
 * step, and a policy that costs little is not kept waiting by those that cost much.
 */
export class Processor {
  readonly #waiting = new Set<Waiting>();
  readonly #accounts = new Map<string, Account>();
  #scheduled = false;
  #turnEnds = 0;
  #reviews = 0;

  /** The turns of one review; `end` them. */
  turns(requester: Requester, deadline: Deadline): Turns {
    // Whoever is not known shares one account: a name costs nothing there.
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

  /** Resolves with the end of the turn, when the review has a share of one. */
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
    // All that is scheduled here runs in the next turn of the event loop: all else comes in between. What a review does
    // with its share is done when the next one runs.
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

  /** Those whose time is over do nothing more, but have to notice. */
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
  /** In the order in which reviews came. */
  readonly number: number;
  readonly account: Account;
  readonly known: boolean;
  readonly deadline: Deadline;
  /** Resolves with the end of the turn, when the review has a share of one. */
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
