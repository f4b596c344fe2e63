/**
 * What a pure function gave for the arguments it was asked about of late, so that it is not worked out again. The one that
 * was asked for longest ago is forgotten first.
 */
export class Recent<V> {
  readonly #values = new Map<string, V>();
  readonly #maximum: number;
  readonly #sizeOf: (key: string) => number;
  #size = 0;

  /**
   * @param maximum how many are kept; or how much, where `sizeOf` says how much one counts
   * @param sizeOf by the key
   */
  constructor(maximum: number, sizeOf: (key: string) => number = () => 1) {
    this.#maximum = maximum;
    this.#sizeOf = sizeOf;
  }

  /** @param make works it out where it is not known; what it throws is passed on, and nothing is kept */
  get(key: string, make: () => V): V {
    const isKnown = this.#values.has(key);
    const known = this.find(key);
    if (isKnown) return known as V;
    const value = make();
    this.keep(key, value);
    return value;
  }

  /** What is known for the key. */
  find(key: string): V | undefined {
    const known = this.#values.get(key);
    if (known === undefined && !this.#values.has(key)) return undefined;
    // A map keeps the order in which keys were set.
    this.#values.delete(key);
    this.#values.set(key, known as V);
    return known;
  }

  /** For whoever works it out step by step. */
  keep(key: string, value: V): void {
    if (!this.#values.delete(key)) this.#size += this.#sizeOf(key);
    this.#values.set(key, value);
    for (const oldest of this.#values.keys()) {
      if (this.#size <= this.#maximum) return;
      this.#values.delete(oldest);
      this.#size -= this.#sizeOf(oldest);
    }
  }
}
