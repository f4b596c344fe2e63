import type { Run } from './run.ts';
import type { Value } from './value.ts';

/*
 * What a template compiles to: closures that are given the run, dot, and the frame, which holds the variables by slot.
 */

/** Evaluates something. `final` is the value that a pipeline passes on, for a command that is not its first. */
export interface Expression {
  (run: Run, dot: Value, frame: Value[], final?: Value): Value;
  /** What it always gives, where that is known when it is compiled. */
  readonly constant?: { readonly value: Value };
  /** The slot of the variable that it reads, where it does only that. */
  readonly slot?: number;
  /** Whether it is dot, as it is. */
  readonly isDot?: true;
}

/** An expression that always gives this value. */
export function constant(value: Value): Expression {
  return Object.assign(() => value, { constant: { value } });
}

/** Dot. */
export const dotItself: Expression = Object.assign((_run: Run, dot: Value) => dot, { isDot: true } as const);

/** An expression that reads the variable in a slot. */
export function variable(slot: number): Expression {
  return Object.assign((_run: Run, _dot: Value, frame: Value[]) => frame[slot], { slot });
}

/** Sets one variable of a frame. */
export type Setter = (frame: Value[], value: Value) => void;

/** How an action ended: the rest of the loop is to be skipped, or all of it. */
export type Signal = 0 | 1 | 2;
export const goOn = 0;
export const breaking = 1;
export const continuing = 2;

/** Carries out an action: writes output, sets variables. */
export type Action = (run: Run, dot: Value, frame: Value[]) => Signal;

/** A compiled template tree. */
export interface Body {
  readonly run: Action;
  /** Slots of its variables; dot is in the first. */
  readonly slots: number;
}
