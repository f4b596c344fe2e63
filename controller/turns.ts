import type { Clock } from '../src/kube/index.ts';
import { sleep } from '../src/kube/index.ts';

/** Rendering may occupy the event loop for this long at a time. Then probes, the Lease and answers get their turn. */
const TURN_MS = 10;
/**
 * Work in steps begins no further step after this time, so that a turn of many short steps does not become a long one.
 */
const STEPS_MS = TURN_MS / 2;
/**
 * The weight of the newest rendering in a policy's average cost. It is small, so one hiccup of the machine changes
 * little.
 */
const NEWEST = 0.25;
/**
 * A rendering that takes longer than a turn cannot be interrupted. Its policy then waits this many times as long before
 * the next one, so no policy takes more than a quarter of the processor.
 */
const REST = 3;
/**
 * Work that is put off comes back after this time at the latest. The policy may be fast again by then: first
 * renderings, and all renderings on a busy machine, take longer than later ones.
 */
const LONGEST_PUT_OFF_MS = 3_000;

/** How much rendering time a policy has used. */
interface Share {
  /** Milliseconds by the count of fair queueing: the policy that has used least comes next. */
  used: number;
  /** The policy gets no turn before this time, on the monotonic clock. */
  notBefore: number;
  /** When the next work that is put off will get its turn. */
  slot: number;
  /** Average milliseconds of its recent renderings. */
  cost: number;
  /** Milliseconds of its last overlong rendering, for which it has to rest. */
  long: number;
  readonly waiting: (() => void)[];
}

/** The work was not begun because its policy has used up its share. Nothing went wrong. */
export class PutOff extends Error {
  /** Milliseconds after which to try again. */
  readonly delayMs: number;

  constructor(delayMs: number) {
    super(`the policy has used up its share; to be tried again in ${String(Math.ceil(delayMs))} ms`);
    this.delayMs = delayMs;
  }
}

export interface TurnsOptions {
  readonly clock: Clock;
  /** Lets the event loop run one round. */
  readonly goRound: () => Promise<void>;
}

/**
 * Divides rendering, which cannot be interrupted, among policies. Each turn is short, and the event loop runs between
 * two turns. The policy that has used least comes next, and a policy with long renderings has to rest. So whatever one
 * policy costs, the Lease is renewed, probes are answered, and other policies are served.
 */
export class RenderTurns {
  readonly #clock: Clock;
  readonly #goRound: () => Promise<void>;
  readonly #shares = new Map<string, Share>();
  /** Milliseconds used since the event loop last ran. */
  #spent = 0;
  #isPumping = false;
  /**
   * What the policy of the last turn had used. A policy that begins later starts from here, without credit for the time
   * before.
   */
  #level = 0;

  constructor({ clock, goRound }: TurnsOptions) {
    this.#clock = clock;
    this.#goRound = goRound;
  }

  /**
   * Runs work of a policy when it is its turn. An error of the work is thrown on.
   *
   * @throws PutOff if the policy has to rest
   */
  async run<T>(policy: string, work: () => T): Promise<T> {
    const share = this.#shareOf(policy);
    this.#checkRest(share);
    if (!this.#isPumping && this.#spent < TURN_MS) return this.#do(share, work);
    return new Promise<T>((resolve, reject) => {
      share.waiting.push(() => {
        try {
          this.#checkRest(share);
          resolve(this.#do(share, work));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
      if (!this.#isPumping) void this.#pump();
    });
  }

  /**
   * Like {@link run}, for work in steps. Runs steps up to the first one with a result, in as many turns as that needs.
   */
  async runSteps<T extends object>(policy: string, step: () => T | undefined): Promise<T> {
    for (;;) {
      const result = await this.run(policy, () => {
        const end = this.#clock.monotonic() + STEPS_MS;
        let last = step();
        while (last === undefined && this.#clock.monotonic() < end) last = step();
        return last;
      });
      if (result !== undefined) return result;
    }
  }

  /** Milliseconds until a policy may render. */
  restOf(policy: string): number {
    return Math.max(0, this.#shareOf(policy).notBefore - this.#clock.monotonic());
  }

  /** Puts work off, behind everything else that is put off for the policy. @throws PutOff */
  putOff(policy: string): never {
    throw this.#later(this.#shareOf(policy));
  }

  /** Like {@link run}, but waits if the policy has to rest. @param onRest called if the policy has to rest */
  async runPatiently<T>(policy: string, work: () => T, signal: AbortSignal, onRest: () => void): Promise<T> {
    for (;;) {
      const rest = this.#shareOf(policy).notBefore - this.#clock.monotonic();
      if (rest <= 0) {
        try {
          return await this.run(policy, work);
        } catch (error) {
          if (!(error instanceof PutOff)) throw error;
          continue;
        }
      }
      onRest();
      await sleep(this.#clock, rest, signal);
    }
  }

  /** Forgets a policy that is gone. */
  forget(policy: string): void {
    const share = this.#shares.get(policy);
    if (share?.waiting.length === 0) this.#shares.delete(policy);
  }

  #shareOf(policy: string): Share {
    const known = this.#shares.get(policy);
    if (known !== undefined) return known;
    const share: Share = { used: this.#level, notBefore: 0, slot: 0, cost: 0, long: 0, waiting: [] };
    this.#shares.set(policy, share);
    return share;
  }

  /** @throws PutOff each time with a later moment, so that what is put off does not come back all at once */
  #checkRest(share: Share): void {
    if (share.notBefore > this.#clock.monotonic()) throw this.#later(share);
  }

  #later(share: Share): PutOff {
    const now = this.#clock.monotonic();
    const latest = Math.max(share.notBefore, now + LONGEST_PUT_OFF_MS);
    const slot = Math.min(Math.max(share.slot, share.notBefore, now), latest);
    share.slot = slot + Math.max((REST + 1) * share.long, TURN_MS);
    return new PutOff(slot - now);
  }

  #do<T>(share: Share, work: () => T): T {
    const started = this.#clock.monotonic();
    try {
      return work();
    } finally {
      const now = this.#clock.monotonic();
      const took = now - started;
      if (this.#spent === 0) void this.#afterRound();
      this.#spent += Math.max(took, Number.EPSILON);
      share.used = Math.max(share.used, this.#level) + took;
      share.cost += NEWEST * (took - share.cost);
      if (took > TURN_MS && share.cost > TURN_MS) {
        share.long = took;
        share.notBefore = now + REST * took;
      }
    }
  }

  async #afterRound(): Promise<void> {
    await this.#goRound();
    this.#spent = 0;
  }

  /** Gives turns until no work waits. */
  async #pump(): Promise<void> {
    this.#isPumping = true;
    for (;;) {
      while (this.#spent >= TURN_MS) await this.#goRound();
      const next = this.#next();
      if (next === undefined) break;
      this.#level = next.used;
      next.waiting.shift()?.();
    }
    this.#isPumping = false;
  }

  #next(): Share | undefined {
    let next: Share | undefined;
    for (const share of this.#shares.values())
      if (share.waiting.length > 0 && (next === undefined || share.used < next.used)) next = share;
    return next;
  }
}
