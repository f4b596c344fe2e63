/** A source of a policy that wants a name. */
export interface Claim {
  /** Tells claims apart: one source of one policy. */
  readonly id: string;
  /** `metadata.creationTimestamp` of the source: RFC 3339 in UTC, so that text order is time order. */
  readonly sourceCreated: string;
  /** `metadata.creationTimestamp` of the policy. */
  readonly policyCreated: string;
  /** For people: `default/member1 (policy mcp)`. */
  readonly description: string;
}

/**
 * Who may have which name. Of several claims to one name the one with the oldest source holds; of one source claimed
 * by two policies, that of the oldest policy. The outcome depends on the claims alone, not on the order in which they
 * were made, so that every replica, every restart and an offline rendering agree.
 */
export class NameClaims {
  readonly #byName = new Map<string, Map<string, Claim>>();
  readonly #nameOf = new Map<string, string>();

  /**
   * Records that a source wants `name`, in the place of what it wanted before.
   *
   * @returns ids of the other claims whose outcome may have changed
   */
  set(claim: Claim, name: string): readonly string[] {
    const before = this.#nameOf.get(claim.id);
    const affected = before === name ? [] : this.#rivalsOf(claim.id);
    if (before !== undefined && before !== name) this.#remove(claim.id, before);
    const claims = this.#byName.get(name) ?? new Map<string, Claim>();
    const holderBefore = holderOf(claims)?.id;
    claims.set(claim.id, claim);
    this.#byName.set(name, claims);
    this.#nameOf.set(claim.id, name);
    const holderAfter = holderOf(claims)?.id;
    if (holderBefore === holderAfter) return affected;
    return [...new Set([...affected, ...this.#rivalsOf(claim.id)])];
  }

  /** Withdraws a claim. Returns ids of the claims whose outcome may have changed. */
  delete(id: string): readonly string[] {
    const name = this.#nameOf.get(id);
    if (name === undefined) return [];
    const rivals = this.#rivalsOf(id);
    this.#remove(id, name);
    return rivals;
  }

  /** Ids of the claims whose id starts with a text. */
  idsOf(prefix: string): readonly string[] {
    return [...this.#nameOf.keys()].filter((id) => id.startsWith(prefix));
  }

  /** Withdraws all claims whose id starts with a text. Returns ids of the others whose outcome may have changed. */
  deleteAll(prefix: string): readonly string[] {
    const gone = this.idsOf(prefix);
    const affected = new Set(gone.flatMap((id) => this.delete(id)));
    return [...affected].filter((id) => !id.startsWith(prefix));
  }

  /** The claim that holds a name. */
  holder(name: string): Claim | undefined {
    const claims = this.#byName.get(name);
    return claims === undefined ? undefined : holderOf(claims);
  }

  /** All claims to a name. */
  claimants(name: string): readonly Claim[] {
    return [...(this.#byName.get(name)?.values() ?? [])];
  }

  #rivalsOf(id: string): readonly string[] {
    const name = this.#nameOf.get(id);
    const claims = name === undefined ? undefined : this.#byName.get(name);
    return claims === undefined ? [] : [...claims.keys()].filter((other) => other !== id);
  }

  #remove(id: string, name: string): void {
    const claims = this.#byName.get(name);
    claims?.delete(id);
    if (claims?.size === 0) this.#byName.delete(name);
    this.#nameOf.delete(id);
  }
}

function holderOf(claims: ReadonlyMap<string, Claim>): Claim | undefined {
  let holder: Claim | undefined;
  for (const claim of claims.values()) if (holder === undefined || isOlder(claim, holder)) holder = claim;
  return holder;
}

function isOlder(one: Claim, other: Claim): boolean {
  if (one.sourceCreated !== other.sourceCreated) return one.sourceCreated < other.sourceCreated;
  if (one.policyCreated !== other.policyCreated) return one.policyCreated < other.policyCreated;
  return one.id < other.id;
}
