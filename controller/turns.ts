import type { Clock } from '../src/kube/index.ts';
import { sleep } from '../src/kube/index.ts';

/** Rendering may keep the event loop for so many milliseconds at a time; then probes, the Lease and answers have their turn. */
const TURN_MS = 10;
/** Work in steps begins no further step after so many milliseconds, so that a turn of short steps is no long one. */
const STEPS_MS = TURN_MS / 2;
/** How much the last rendering counts in what a policy's renderings take: one hiccup of the machine is no habit. */
const NEWEST = 0.25;
/**
 * A rendering that takes longer than a turn can't be interrupted. A policy whose renderings do so then waits this many times as long before
 * the next one, so that no policy has more than a quarter of the processor.
 */
const REST = 3;
/**
 * What is put off comes back after so many milliseconds at the latest, for by then the policy may be quick again: its first
 * renderings, and all on a busy machine, take longer than the later ones.
 */
const LONGEST_PUT_OFF_MS = 3_000;

/** What a policy has cost. */
interface Share {
  /** Milliseconds, as fair queueing counts them: whoever has used least comes next. */
  used: number;
  /** No turn before this, on the monotonic clock. */
  notBefore: number;
  /** When the next work that is put off will have its turn. */
  slot: number;
  /** Milliseconds that its renderings take of late. */
  cost: number;
  /** Milliseconds that the last one took for which it has to rest. */
  long: number;
  readonly waiting: (() => void)[];
}

/** Work was not begun, for its policy has used up its share. Nothing went wrong. */
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
  /** Lets the event loop go round once. */
  readonly goRound: () => Promise<void>;
}

/**
 * Divides rendering, which is done without a pause, among policies. Each turn is short, the event loop goes round between
 * two turns, the policy that has used least comes next, and one whose renderings are long has to rest. So whatever one
 * policy costs, the Lease is renewed, probes are answered, and other policies are served.
 */
export class RenderTurns {
  readonly #clock: Clock;
  readonly #goRound: () => Promise<void>;
  readonly #shares = new Map<string, Share>();
  /** Milliseconds used since the event loop last went round. */
  #spent = 0;
  #isPumping = false;
  /** What the policy had used that came last: one that begins later has no credit from before. */
  #level = 0;

  constructor({ clock, goRound }: TurnsOptions) {
    this.#clock = clock;
    this.#goRound = goRound;
  }

  /**
   * Does work of a policy when it is its turn. What the work throws is thrown.
   *
   * @throws PutOff where the policy has to rest
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

  /** Like {@link run}, for work in steps, which is taken up to the first step with a result, in as many turns as that takes. */
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

  /** Puts work off behind all of the policy's that is put off already. @throws PutOff */
  putOff(policy: string): never {
    throw this.#later(this.#shareOf(policy));
  }

  /** Like {@link run}, for work that waits where its policy has to rest. @param onRest the policy has to */
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

  /** Gives turns until nobody waits. */
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
