import type { Run } from './run.ts';
import type { Value } from './value.ts';

/*
 * What a template compiles to: closures that are given the run, dot, and the frame, which holds the variables by slot.
 * The commonest also know how they are written as JavaScript, for templates that run often: see generate.ts.
 */

/** Evaluates something. `final` is the value that a pipeline passes on, for a command that is not its first. */
export interface Expression {
  (run: Run, dot: Value, frame: Value[], final?: Value): Value;
  /** What it always gives, where that is known when it is compiled. */
  readonly constant?: { readonly value: Value };
  /** Writes what evaluates it, and returns the name of its value. Code calls the closure where this is missing. */
  readonly write?: (code: Code) => Name;
}

/** Sets one variable of a frame. */
export interface Setter {
  (frame: Value[], value: Value): void;
  /** The slot of the variable, where that is known when it is compiled. */
  readonly slot?: number;
}

/** How an action ended: the rest of the loop is to be skipped, or all of it. */
export type Signal = 0 | 1 | 2;
export const goOn = 0;
export const breaking = 1;
export const continuing = 2;

/** Carries out an action: writes output, sets variables. */
export interface Action {
  (run: Run, dot: Value, frame: Value[]): Signal;
  /** Writes what carries it out. Code calls the closure where this is missing, which then must always go on. */
  readonly write?: (code: Code) => void;
}

/** A compiled template tree. */
export interface Body {
  /** Its closures, or its code once that was generated. */
  run: Action;
  /** Slots of its variables; dot is in the first. */
  readonly slots: number;
}

declare const isName: unique symbol;

/** A name in generated code: of what is constant, of dot, or of a value that was computed before. */
export type Name = string & { readonly [isName]: true };

/**
 * JavaScript that is being written, statement by statement. It can hold nothing but what is written in this source code,
 * names and whole numbers: text of a template never becomes code.
 */
export interface Code {
  readonly dot: Name;
  /** What a pipeline passes on. */
  readonly final: Name;
  /** The name of a value that is known now. */
  constant(value: unknown): Name;
  /** Writes a statement, or part of one. */
  line(texts: TemplateStringsArray, ...parts: readonly (Name | number)[]): void;
  /** Writes that a new name stands for the value of an expression. */
  value(texts: TemplateStringsArray, ...parts: readonly (Name | number)[]): Name;
  /** Writes what evaluates an expression. */
  expression(expression: Expression): Name;
  /** Writes what carries out an action. */
  action(action: Action): void;
  /** Has `write` write code in which dot is another value. */
  withDot(dot: Name, write: () => void): void;
  /** Has `write` write code that a pipeline passes a value on to. */
  withFinal(final: Name, write: () => Name): Name;
  /** Writes a loop over the indexes below a length, and what is done in its place where there are none. */
  loop(length: Name, turn: (index: Name) => void, otherwise: () => void): void;
  /** Writes that the loop around it ends, or goes on with its next turn. */
  leave(signal: typeof breaking | typeof continuing): void;
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
