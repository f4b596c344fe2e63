/**
 * Keeps the results of a pure function for recent arguments, so that they are not computed again. The least recently
 * used one is forgotten first.
 */
export class Recent<V> {
  readonly #values = new Map<string, V>();
  readonly #maximum: number;
  readonly #sizeOf: (key: string) => number;
  #size = 0;

  /**
   * @param maximum how many results are kept; with `sizeOf`, the maximum of the sum of their sizes
   * @param sizeOf the size of a result, by its key
   */
  constructor(maximum: number, sizeOf: (key: string) => number = () => 1) {
    this.#maximum = maximum;
    this.#sizeOf = sizeOf;
  }

  /** @param make computes the result if it is not known. If it throws, the error is passed on and nothing is kept. */
  get(key: string, make: () => V): V {
    const isKnown = this.#values.has(key);
    const known = this.find(key);
    if (isKnown) return known as V;
    const value = make();
    this.keep(key, value);
    return value;
  }

  /** The kept result for the key, if any. */
  find(key: string): V | undefined {
    const known = this.#values.get(key);
    if (known === undefined && !this.#values.has(key)) return undefined;
    // A map keeps the order in which keys were set.
    this.#values.delete(key);
    this.#values.set(key, known as V);
    return known;
  }

  /** For callers that compute the result step by step. */
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
