import type { PediaClusterLifecycle } from '../api/index.ts';

/** When there are too many deletions at once. */
export interface BreakerLimits {
  /** This many deletions always go through. */
  readonly count: number;
  /** This part of the policy's PediaClusters always goes through; from 0 to 1. */
  readonly fraction: number;
  /** Deletions within this period count as one change. */
  readonly windowMs: number;
  /** Deletions are judged after this time without a new request. */
  readonly settleMs: number;
}

export type BreakerVerdict =
  /** These may go now. */
  | { readonly kind: 'release'; readonly ids: readonly string[] }
  /**
   * Nothing may go until an admin allows it or the sources return. `count`: how many wait. `delayMs`: few are left;
   * judge again after this time.
   */
  | { readonly kind: 'hold'; readonly count: number; readonly delayMs?: number }
  /** More requests may follow: judge again after this time. */
  | { readonly kind: 'wait'; readonly delayMs: number }
  | { readonly kind: 'idle' };

/** What the verdict depends on besides the deletions themselves. */
export interface BreakerContext {
  /** The number of PediaClusters that the policy has now. */
  readonly existing: number;
  /** Value of the annotation that lets held deletions go. */
  readonly allowed: string | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly now: number;
}

/**
 * Protects the PediaClusters of one policy from being deleted by one mistake: an edited selector, a platform's objects
 * wiped, a list that came back incomplete.
 *
 * ```
 *            want settled, few done
 *  (nothing) ────▶ waiting ──────────────────────▶ released ─────▶ counted for windowMs
 *                     │ settled, more than `count` and more than `fraction`
 *                     ▼
 *                   held ──── annotation carries the count ────▶ released
 *                     └── few enough are left (`unwant`), and no other has returned for windowMs ──▶ waiting
 * ```
 *
 * Deletions requested within one window are judged together, whether they arrive in one list or one by one. A held
 * policy stays held after the window has passed.
 */
export class DeletionBreaker {
  readonly #limits: BreakerLimits;
  /** Deletions that were requested and not released, by id, with the time of the request. */
  readonly #wanted = new Map<string, number>();
  readonly #released = new Set<string>();
  #done: number[] = [];
  #lastWanted = 0;
  #notBefore = 0;
  /** The number of deletions that were done or under way when the breaker tripped. They count while it holds. */
  #heldWith: { readonly earlier: number; readonly existing: number } | undefined;
  #inherited = false;
  /** The last time at which the number of held deletions went down, and the number then. */
  #shrunk: { readonly to: number; readonly at: number } | undefined;

  /** @param held how many deletions were held before this process started, by the policy's status */
  constructor(limits: BreakerLimits, held = 0) {
    this.#limits = limits;
    // How many were deleted before these were held is no longer known. It was enough to hold these.
    if (held === 0) return;
    this.#heldWith = { earlier: Math.max(0, limits.count + 1 - held), existing: 0 };
    this.#inherited = true;
  }

  /** The number of waiting deletions. */
  get waiting(): number {
    return this.#wanted.size;
  }

  /** Whether deletions are held back. */
  get holding(): boolean {
    return this.#heldWith !== undefined;
  }

  /** Whether deletions are held only because an earlier process held them. */
  get inherited(): boolean {
    return this.#inherited;
  }

  /** Requests a deletion. A second request for the same deletion changes nothing. */
  want(id: string, now: number): void {
    if (this.#wanted.has(id) || this.#released.has(id)) return;
    this.#wanted.set(id, now);
    this.#lastWanted = now;
  }

  /** Withdraws the request, because the source has returned. Returns whether there was one. */
  unwant(id: string): boolean {
    const waited = this.#wanted.delete(id);
    return this.#released.delete(id) || waited;
  }

  /** Judges nothing for one window: the kind of the sources has just come back, and its objects may follow. */
  postpone(now: number): void {
    this.#notBefore = now + this.#limits.windowMs;
  }

  /** Whether a deletion was requested and not released. */
  waitsFor(id: string): boolean {
    return this.#wanted.has(id);
  }

  /** Whether a deletion may be carried out. */
  isReleased(id: string): boolean {
    return this.#released.has(id);
  }

  /** A released deletion was carried out. */
  done(id: string, now: number): void {
    if (this.#released.delete(id)) this.#done.push(now);
    this.#wanted.delete(id);
  }

  /** Judges what waits. What it releases stays released until it is done or withdrawn. */
  judge({ existing, allowed, now }: BreakerContext): BreakerVerdict {
    const { windowMs, settleMs } = this.#limits;
    this.#inherited = false;
    this.#done = this.#done.filter((time) => now - time < windowMs);
    if (this.#wanted.size === 0) {
      this.#endHold();
      return { kind: 'idle' };
    }
    const isTooMany = this.#isTooMany(existing);
    const isHeld = isTooMany || this.#heldWith !== undefined;
    if (isHeld && allowed === String(this.#wanted.size)) return this.#release();
    if (isTooMany) {
      this.#heldWith ??= { earlier: this.#earlier, existing: existing + this.#done.length };
      this.#shrunk = undefined;
      return { kind: 'hold', count: this.#wanted.size };
    }
    const delayMs = this.#graceLeft(now);
    if (delayMs > 0) return { kind: 'hold', count: this.#wanted.size, delayMs };
    this.#endHold();
    const quietAt = this.#lastWanted + settleMs;
    const latest = Math.min(...this.#wanted.values()) + windowMs;
    const due = Math.max(Math.min(quietAt, latest), this.#notBefore);
    return due > now ? { kind: 'wait', delayMs: due - now } : this.#release();
  }

  /**
   * The sources of a platform that is being restored return one after the other. When few are missing, they have one
   * window to follow. Returns the milliseconds left of it; 0 if nothing was held.
   */
  #graceLeft(now: number): number {
    if (this.#heldWith === undefined) return 0;
    if (this.#shrunk?.to !== this.#wanted.size) this.#shrunk = { to: this.#wanted.size, at: now };
    return this.#shrunk.at + this.#limits.windowMs - now;
  }

  #endHold(): void {
    this.#heldWith = undefined;
    this.#shrunk = undefined;
  }

  get #earlier(): number {
    return this.#done.length + this.#released.size;
  }

  #isTooMany(existing: number): boolean {
    const { count, fraction } = this.#limits;
    // While it holds, use the numbers from the moment at which it tripped, so that no window runs out on them.
    const earlier = Math.max(this.#earlier, this.#heldWith?.earlier ?? 0);
    const total = Math.max(existing + this.#done.length, this.#heldWith?.existing ?? 0);
    const deletions = this.#wanted.size + earlier;
    return deletions > count && deletions > total * fraction;
  }

  #release(): BreakerVerdict {
    const ids = [...this.#wanted.keys()];
    this.#wanted.clear();
    this.#endHold();
    for (const id of ids) this.#released.add(id);
    return { kind: 'release', ids };
  }
}

/** The id under which the breaker knows a deletion that a lifecycle's own deletionCondition asks for. */
export const conditionalDeletionId = ({ metadata }: PediaClusterLifecycle): string =>
  `condition ${metadata.uid}`;
