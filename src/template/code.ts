import type { Run } from './run.ts';
import type { Value } from './value.ts';

/*
 * The closures to which a template compiles. They get the run, dot, and the frame, which holds the variables by slot.
 * The most common ones can also be written as JavaScript, for templates that run often: see generate.ts.
 */

/**
 * Evaluates something. For a command that is not the first of its pipeline, `final` is the value that the pipeline
 * passes on.
 */
export interface Expression {
  (run: Run, dot: Value, frame: Value[], final?: Value): Value;
  /** Its value, if that is known at compile time. */
  readonly constant?: { readonly value: Value };
  /**
   * Writes code that evaluates it, and returns the name of its value. If this is missing, the code calls the closure.
   */
  readonly write?: (code: Code) => Name;
}

/** Sets one variable of a frame. */
export interface Setter {
  (frame: Value[], value: Value): void;
  /** The slot of the variable, if it is known at compile time. */
  readonly slot?: number;
}

/** How an action ended: normally, or by skipping the rest of the turn or of the loop. */
export type Signal = 0 | 1 | 2;
export const GO_ON = 0;
export const BREAKING = 1;
export const CONTINUING = 2;

/** Runs an action: writes output, sets variables. */
export interface Action {
  (run: Run, dot: Value, frame: Value[]): Signal;
  /** Writes code that runs it. If this is missing, the code calls the closure, which must then always end normally. */
  readonly write?: (code: Code) => void;
}

/** A compiled template tree. */
export interface Body {
  /** Its closures, or its generated code once there is some. */
  run: Action;
  /** How many slots its variables need. Dot is in the first one. */
  readonly slots: number;
}

declare const isName: unique symbol;

/** A name in generated code: of a constant, of dot, or of a value that was computed before. */
export type Name = string & { readonly [isName]: true };

/**
 * JavaScript that is written statement by statement. It contains nothing but text from this source code, names and
 * whole numbers: text of a template never becomes code.
 */
export interface Code {
  readonly dot: Name;
  /** The value that a pipeline passes on. */
  readonly final: Name;
  /** The name of a value that is known at compile time. */
  constant(value: unknown): Name;
  /** Writes a statement, or part of one. */
  line(texts: TemplateStringsArray, ...parts: readonly (Name | number)[]): void;
  /** Writes that a new name holds the value of an expression. */
  value(texts: TemplateStringsArray, ...parts: readonly (Name | number)[]): Name;
  /** Writes code that evaluates an expression. */
  expression(expression: Expression): Name;
  /** Writes code that runs an action. */
  action(action: Action): void;
  /** Lets `write` write code in which dot has another value. */
  withDot(dot: Name, write: () => void): void;
  /** Lets `write` write code to which a pipeline passes a value. */
  withFinal(final: Name, write: () => Name): Name;
  /** Writes a loop over the indexes below a length, and the code that runs instead if there are none. */
  loop(length: Name, turn: (index: Name) => void, otherwise: () => void): void;
  /** Writes that the surrounding loop ends, or continues with its next turn. */
  leave(signal: typeof BREAKING | typeof CONTINUING): void;
}

/** An expression that always gives this value. */
export function constant(value: Value): Expression {
  return Object.assign(() => value, {
    constant: { value },
    write: (code: Code) => code.constant(value),
  });
}

/** Dot. */
export const dotItself: Expression = Object.assign((_run: Run, dot: Value) => dot, {
  write: (code: Code) => code.dot,
});

/** An expression that reads the variable in a slot. */
export function variable(slot: number): Expression {
  return Object.assign((_run: Run, _dot: Value, frame: Value[]) => frame[slot], {
    write: (code: Code) => code.value`frame[${slot}]`,
  });
}

/** Writes that a variable is set. */
export function writeSetting(code: Code, set: Setter, value: Name): void {
  if (set.slot === undefined) code.line`${code.constant(set)}(frame, ${value});`;
  else code.line`frame[${set.slot}] = ${value};`;
}
