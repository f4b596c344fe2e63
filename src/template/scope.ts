import type { Value } from './value.ts';

/** A variable that is declared somewhere. */
export interface Declared {
  readonly name: string;
  /** Whether the declaration may be skipped: it is in an argument that `and` or `or` may leave unevaluated. */
  readonly conditional: boolean;
}

/**
 * The variables of one template, after the stack of Go's exec.go. A variable is pushed when its pipeline has been
 * evaluated, and popped with the action that contains it. The parser sees it elsewhere, so a variable may parse and yet
 * be undefined.
 */
export class VariableStack<T extends Declared> {
  readonly #stack: T[] = [];
  readonly #byName = new Map<string, T[]>();

  push(variable: T): void {
    this.#stack.push(variable);
    const named = this.#byName.get(variable.name);
    if (named) named.push(variable);
    else this.#byName.set(variable.name, [variable]);
  }

  /** Runs `scope` and forgets what it declared. */
  within<R>(scope: () => R): R {
    const mark = this.#stack.length;
    const result = scope();
    for (const { name } of this.#stack.splice(mark)) this.#byName.get(name)?.pop();
    return result;
  }

  /** The declarations that a name may mean, innermost first. All but the last are conditional. */
  candidates(name: string): T[] {
    const named = this.#byName.get(name) ?? [];
    const certain = named.findLastIndex(({ conditional }) => !conditional);
    return named.slice(Math.max(0, certain)).reverse();
  }

  /** Names in scope. */
  names(): Set<string> {
    return new Set(this.#stack.map(({ name }) => name));
  }
}

/** The value of a variable's slot until its declaration has been evaluated. */
export const unset: Value = Object.freeze({});

/** The slots in which to look for a variable, in order. Its value is in the first one that is not unset. */
export interface Resolution {
  readonly slots: readonly number[];
  /** Whether the last of them is certainly set. */
  readonly certain: boolean;
}

/** The variables of one template at compile time. Each has a slot of its own in the run's frame. */
export class Scope {
  readonly #variables = new VariableStack<Declared & { readonly slot: number }>();
  #slots = 1;
  /** Slots declared inside the present conditional arguments. */
  #conditional: number[] | undefined;

  constructor() {
    this.#variables.push({ name: '$', slot: 0, conditional: false });
  }

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

  /** Where a variable's value may be. No slots if it is undefined. */
  resolve(name: string): Resolution {
    const candidates = this.#variables.candidates(name);
    return { slots: candidates.map(({ slot }) => slot), certain: candidates.at(-1)?.conditional === false };
  }

  names(): Set<string> {
    return this.#variables.names();
  }

  /** Runs `compile` and forgets what it declared. */
  within<T>(compile: () => T): T {
    return this.#variables.within(compile);
  }

  /** Runs `compile` for code that may not be evaluated. Returns the slots that must be unset before. */
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
