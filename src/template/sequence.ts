import { GO_ON } from './code.ts';
import type { Action, Code, Expression } from './code.ts';

/*
 * The compiled form of a list of nodes. The most common pair, text and the value after it, takes one step of the list.
 */

/** Does nothing, and continues. */
export const nothing: Action = Object.assign(() => GO_ON, { write: () => undefined });

/** Text, and what follows it: a value to print, or another action. */
export interface Part {
  readonly before: string | undefined;
  /** Position of the action that prints the value. */
  readonly position: number;
  readonly value: Expression | undefined;
  readonly action: Action;
}

/** Parts in order, and text at the end. */
export function sequence(parts: readonly Part[], after: string | undefined): Action {
  const [only, second] = parts;
  if (!only) return after === undefined ? nothing : writing(after);
  const isAction = !second && !only.value && only.before === undefined && after === undefined;
  return isAction ? only.action : Object.assign(closureOf(parts, after), { write: writeParts(parts, after) });
}

/** Writes text of the template. */
export function writing(text: string): Action {
  const write = (code: Code): void => {
    writeText(code, text);
  };
  const action: Action = (run) => {
    run.writeText(text);
    return GO_ON;
  };
  return Object.assign(action, { write });
}

function writeParts(parts: readonly Part[], after: string | undefined): (code: Code) => void {
  return (code) => {
    for (const { before, position, value, action } of parts) {
      writeText(code, before);
      if (value) {
        code.line`run.at = ${position};`;
        code.line`run.print(${code.expression(value)});`;
      } else code.action(action);
    }
    writeText(code, after);
  };
}

function writeText(code: Code, text: string | undefined): void {
  if (text !== undefined) code.line`run.writeText(${code.constant(text)});`;
}

function closureOf(parts: readonly Part[], after: string | undefined): Action {
  return (run, dot, frame) => {
    for (const { before, position, value, action } of parts) {
      if (before !== undefined) run.writeText(before);
      if (value !== undefined) {
        run.at = position;
        run.print(value(run, dot, frame));
        continue;
      }
      const signal = action(run, dot, frame);
      if (signal !== GO_ON) return signal;
    }
    if (after !== undefined) run.writeText(after);
    return GO_ON;
  };
}
