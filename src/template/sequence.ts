import { goOn } from './code.ts';
import type { Action, Expression } from './code.ts';

/*
 * What a list of nodes compiles to. Text and the value after it, the commonest pair, take one step of the list; a list of
 * one such pair, no loop.
 */

/** Goes on. */
export const nothing: Action = () => goOn;

/** Text, and what comes after it: a value to print, or another action. */
export interface Part {
  readonly before: string | undefined;
  /** Of the action that prints the value. */
  readonly position: number;
  readonly value: Expression | undefined;
  readonly action: Action;
}

/** Parts in order, and text at the end. */
export function sequence(parts: readonly Part[], after: string | undefined): Action {
  const [only, second] = parts;
  if (!only) return after === undefined ? nothing : writing(after);
  if (second) return loopOver(parts, after);
  const { before, position, value, action } = only;
  if (value?.isDot) return printingDot(before, position, after);
  if (value) return printing(before, position, value, after);
  if (before === undefined && after === undefined) return action;
  return (run, dot, frame) => {
    if (before !== undefined) run.writeText(before);
    const signal = action(run, dot, frame);
    if (signal === goOn && after !== undefined) run.writeText(after);
    return signal;
  };
}

/** Writes text of the template. */
export function writing(text: string): Action {
  return (run) => {
    run.writeText(text);
    return goOn;
  };
}

function printing(
  before: string | undefined,
  position: number,
  value: Expression,
  after: string | undefined,
): Action {
  return (run, dot, frame) => {
    if (before !== undefined) run.writeText(before);
    run.at = position;
    run.print(value(run, dot, frame));
    if (after !== undefined) run.writeText(after);
    return goOn;
  };
}

function printingDot(before: string | undefined, position: number, after: string | undefined): Action {
  return (run, dot) => {
    if (before !== undefined) run.writeText(before);
    run.at = position;
    run.print(dot);
    if (after !== undefined) run.writeText(after);
    return goOn;
  };
}

function loopOver(parts: readonly Part[], after: string | undefined): Action {
  return (run, dot, frame) => {
    for (const { before, position, value, action } of parts) {
      if (before !== undefined) run.writeText(before);
      if (value !== undefined) {
        run.at = position;
        run.print(value(run, dot, frame));
        continue;
      }
      const signal = action(run, dot, frame);
      if (signal !== goOn) return signal;
    }
    if (after !== undefined) run.writeText(after);
    return goOn;
  };
}
