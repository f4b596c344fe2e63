/** When deletions are too many at once. */
export interface BreakerLimits {
  /** So many deletions always go through. */
  readonly count: number;
  /** So large a part of the policy's PediaClusters always goes through, from 0 to 1. */
  readonly fraction: number;
  /** Deletions within so many milliseconds count as one change. */
  readonly windowMs: number;
  /** Deletions are judged once no new one has been asked for in so many milliseconds. */
  readonly settleMs: number;
}

export type BreakerVerdict =
  /** These may go now. */
  | { readonly kind: 'release'; readonly ids: readonly string[] }
  /**
   * Nothing may go until an admin allows it or the sources return. `count`: how many wait. `delayMs`: few are left; judge
   * again after so many milliseconds.
   */
  | { readonly kind: 'hold'; readonly count: number; readonly delayMs?: number }
  /** More may be on their way: judge again after so many milliseconds. */
  | { readonly kind: 'wait'; readonly delayMs: number }
  | { readonly kind: 'idle' };

/** What the verdict depends on beside the deletions themselves. */
export interface BreakerContext {
  /** PediaClusters that the policy has at present. */
  readonly existing: number;
  /** Value of the annotation that lets held deletions go. */
  readonly allowed: string | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly now: number;
}

/**
 * Guards the PediaClusters of one policy against being deleted by one mistake: a selector edited, a platform's
 * objects wiped, a list that came back short.
 *
 * ```
 *            want                    settled, few            done
 *  (nothing) ────▶ waiting ──────────────────────▶ released ─────▶ counted for windowMs
 *                     │ settled, more than `count` and more than `fraction`
 *                     ▼
 *                   held ──── annotation carries the count ────▶ released
 *                     └── few enough are left (`unwant`), and no other has returned for windowMs ──▶ waiting
 * ```
 *
 * However deletions arrive, in one list or one by one, those asked for within one window are judged together:
 * a held policy stays held when the window has passed.
 */
export class DeletionBreaker {
  readonly #limits: BreakerLimits;
  /** Asked for and not released, by id, with the time at which it was asked for. */
  readonly #wanted = new Map<string, number>();
  readonly #released = new Set<string>();
  #done: number[] = [];
  #lastWanted = 0;
  #notBefore = 0;
  /** Deletions that had been done, or were under way, when the breaker tripped; they count while it holds. */
  #heldWith: { readonly earlier: number; readonly existing: number } | undefined;
  #inherited = false;
  /** How many deletions were held when they were last fewer than before, and when that was. */
  #shrunk: { readonly to: number; readonly at: number } | undefined;

  /** @param held how many deletions were held, by the policy's status, before this process started */
  constructor(limits: BreakerLimits, held = 0) {
    this.#limits = limits;
    // What had been deleted before they were held is not known any more; it was enough to hold these.
    if (held === 0) return;
    this.#heldWith = { earlier: Math.max(0, limits.count + 1 - held), existing: 0 };
    this.#inherited = true;
  }

  /** Deletions that wait. */
  get waiting(): number {
    return this.#wanted.size;
  }

  /** Whether deletions are held back. */
  get holding(): boolean {
    return this.#heldWith !== undefined;
  }

  /** Whether deletions are held only by the word of an earlier process. */
  get inherited(): boolean {
    return this.#inherited;
  }

  /** Asks for a deletion. Asking twice is asking once. */
  want(id: string, now: number): void {
    if (this.#wanted.has(id) || this.#released.has(id)) return;
    this.#wanted.set(id, now);
    this.#lastWanted = now;
  }

  /** The deletion is not wanted any more: the source has returned. Returns whether it was wanted. */
  unwant(id: string): boolean {
    const waited = this.#wanted.delete(id);
    return this.#released.delete(id) || waited;
  }

  /**
   * Judges nothing for one window: the kind of the sources has just come back, and its objects may be on their way.
   */
  postpone(now: number): void {
    this.#notBefore = now + this.#limits.windowMs;
  }

  /** Whether a deletion is asked for and has not been let go. */
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

  /** Judges what waits. What it releases stays released until it is done or not wanted any more. */
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
   * Sources that return, of a platform that is being restored, do so one after the other: those that are still missing
   * when few are left have one window to follow. Milliseconds left of it; 0 where nothing was held.
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
    // While it holds, the numbers of the moment at which it tripped stand, so that no window runs out on them.
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
