import type { Value } from './value.ts';

/** Stands in a variable's slot while its declaration has not been evaluated. */
export const unset: Value = Object.freeze({});

interface Variable {
  readonly name: string;
  readonly slot: number;
  /** Whether the declaration may be skipped: it stands in an argument that `and` or `or` may leave unevaluated. */
  readonly conditional: boolean;
}

/** The slots to look for a variable in, in order: its value is in the first that is not unset. */
export interface Resolution {
  readonly slots: readonly number[];
  /** Whether the last of them is set for certain. */
  readonly certain: boolean;
}

/**
 * The variables of one template, each with a slot of its own in the run's frame. Follows the stack of Go's exec.go at
 * compile time: a variable is pushed when its pipeline has been evaluated and popped with the action that holds it.
 * That is not where the parser sees it, so a variable may parse and yet be undefined.
 */
export class Scope {
  readonly #variables: Variable[] = [{ name: '$', slot: 0, conditional: false }];
  #slots = 1;
  /** Slots declared within the conditional arguments under way. */
  #conditional: number[] | undefined;

  /** Slots that a frame of the template needs. */
  get slots(): number {
    return this.#slots;
  }

  declare(name: string): number {
    const slot = this.#slots++;
    this.#variables.push({ name, slot, conditional: this.#conditional !== undefined });
    this.#conditional?.push(slot);
    return slot;
  }

  /** Where a variable's value may stand; no slots where it is undefined. */
  resolve(name: string): Resolution {
    const slots: number[] = [];
    for (const variable of this.#variables.toReversed()) {
      if (variable.name !== name) continue;
      slots.push(variable.slot);
      if (!variable.conditional) return { slots, certain: true };
    }
    return { slots, certain: false };
  }

  names(): string[] {
    return this.#variables.map(({ name }) => name);
  }

  /** Runs `compile` and forgets what it declared. */
  within<T>(compile: () => T): T {
    const mark = this.#variables.length;
    const result = compile();
    this.#variables.length = mark;
    return result;
  }

  /** Runs `compile` on code that may not be evaluated; returns the slots to unset before. */
  conditionally(compile: () => void): readonly number[] {
    const outer = this.#conditional;
    const slots: number[] = [];
    this.#conditional = slots;
    compile();
    this.#conditional = outer;
    outer?.push(...slots);
    return slots;
  }
}
