import type { SourceKey } from './lifecycle-spec.ts';
import { sourceKeyText } from './lifecycle-spec.ts';

/** One source of one policy that may want a name. Claimants are compared by identity. */
export interface Claimant {
  /** Name of the policy. */
  readonly policy: string;
  readonly source: SourceKey;
}

/** Decides between claimants. The timestamps are RFC 3339 in UTC, so text order is time order. */
export interface Seniority {
  readonly sourceCreated: string;
  readonly policyCreated: string;
}

interface Claim extends Seniority {
  readonly name: string;
}

/**
 * Decides who gets which name. If several claimants want one name, the one that already has it keeps it. Otherwise the
 * one with the oldest source gets it; if two policies claim it for one source, the oldest policy. The outcome depends
 * on the existing objects and the claims, not on the order of the claims. So every replica, every restart and an
 * offline rendering agree.
 */
export class NameClaims<C extends Claimant> {
  readonly #byName = new Map<string, Set<C>>();
  readonly #claims = new Map<C, Claim>();
  readonly #incumbentOf: (name: string) => C | undefined;

  /** @param incumbentOf who already has a name; when that changes, the caller has to ask again */
  constructor(incumbentOf: (name: string) => C | undefined = () => undefined) {
    this.#incumbentOf = incumbentOf;
  }

  /**
   * Records that a claimant wants `name`, instead of what it wanted before.
   *
   * @returns the other claimants whose outcome may have changed
   */
  set(claimant: C, name: string, { sourceCreated, policyCreated }: Seniority): readonly C[] {
    const before = this.#claims.get(claimant)?.name;
    const affected = before === name ? [] : this.#rivalsOf(claimant);
    if (before !== undefined && before !== name) this.#remove(claimant, before);
    const claimants = this.#byName.get(name) ?? new Set<C>();
    const holderBefore = this.#holderOf(name, claimants);
    claimants.add(claimant);
    this.#byName.set(name, claimants);
    this.#claims.set(claimant, { name, sourceCreated, policyCreated });
    if (holderBefore === this.#holderOf(name, claimants)) return affected;
    return [...new Set([...affected, ...this.#rivalsOf(claimant)])];
  }

  /** Withdraws a claim. Returns the claimants whose outcome may have changed. */
  delete(claimant: C): readonly C[] {
    const name = this.#claims.get(claimant)?.name;
    if (name === undefined) return [];
    const rivals = this.#rivalsOf(claimant);
    this.#remove(claimant, name);
    return rivals;
  }

  /** All claimants of a policy. */
  ofPolicy(policy: string): readonly C[] {
    return [...this.#claims.keys()].filter((claimant) => claimant.policy === policy);
  }

  /** Withdraws all claims of a policy. Returns the claimants of other policies whose outcome may have changed. */
  deletePolicy(policy: string): readonly C[] {
    const affected = new Set(this.ofPolicy(policy).flatMap((claimant) => this.delete(claimant)));
    return [...affected].filter((claimant) => claimant.policy !== policy);
  }

  /** Who gets a name. */
  holder(name: string): C | undefined {
    const claimants = this.#byName.get(name);
    return claimants === undefined ? undefined : this.#holderOf(name, claimants);
  }

  /** All claimants of a name. */
  claimants(name: string): readonly C[] {
    return [...(this.#byName.get(name) ?? [])];
  }

  #rivalsOf(claimant: C): readonly C[] {
    const name = this.#claims.get(claimant)?.name;
    return name === undefined ? [] : this.claimants(name).filter((other) => other !== claimant);
  }

  #remove(claimant: C, name: string): void {
    const claimants = this.#byName.get(name);
    claimants?.delete(claimant);
    if (claimants?.size === 0) this.#byName.delete(name);
    this.#claims.delete(claimant);
  }

  #holderOf(name: string, claimants: ReadonlySet<C>): C | undefined {
    if (claimants.size > 1) {
      const incumbent = this.#incumbentOf(name);
      if (incumbent !== undefined && claimants.has(incumbent)) return incumbent;
    }
    let holder: C | undefined;
    for (const claimant of claimants)
      if (holder === undefined || this.#isSenior(claimant, holder)) holder = claimant;
    return holder;
  }

  #isSenior(one: C, other: C): boolean {
    const [mine, theirs] = [this.#claims.get(one), this.#claims.get(other)];
    if (mine === undefined || theirs === undefined) return theirs === undefined;
    if (mine.sourceCreated !== theirs.sourceCreated) return mine.sourceCreated < theirs.sourceCreated;
    if (mine.policyCreated !== theirs.policyCreated) return mine.policyCreated < theirs.policyCreated;
    if (one.policy !== other.policy) return one.policy < other.policy;
    return sourceKeyText(one.source) < sourceKeyText(other.source);
  }
}
