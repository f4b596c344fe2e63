/**
 * What a pure function gave for the arguments it was asked about of late, so that it is not worked out again. Holds no more
 * than `maximum` of them; the one that was asked for longest ago goes first.
 */
export class Recent<V> {
  readonly #values = new Map<string, V>();
  readonly #maximum: number;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** @param make works it out where it is not known; what it throws is passed on, and nothing is kept */
  get(key: string, make: () => V): V {
    const known = this.#values.get(key);
    const value = known !== undefined || this.#values.has(key) ? (known as V) : make();
    // A map keeps the order in which keys were set.
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > this.#maximum) {
      for (const oldest of this.#values.keys()) {
        this.#values.delete(oldest);
        break;
      }
    }
    return value;
  }
}
