/**
 * A tape of random numbers from which policies and sources are generated. Each choice takes the next number; where the
 * tape ends, the first option is taken. So a shorter tape, or a smaller number on it, makes a simpler policy, and
 * fast-check can shrink a failure although the grammar is written as ordinary code.
 */
export class Tape {
  #at = 0;
  readonly #numbers: readonly number[];

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** A number below `bound`. */
  below(bound: number): number {
    return (this.#numbers[this.#at++] ?? 0) % bound;
  }

  /** One of the options, the simplest of which comes first. */
  pick<T>(options: readonly [T, ...T[]]): T {
    return options[this.below(options.length)] ?? options[0];
  }

  /** True in one of `n` cases. */
  oneIn(n: number): boolean {
    return this.below(n) === n - 1;
  }
}
