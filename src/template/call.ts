import type { Expression } from './code.ts';
import type { Faults, Place } from './fault.ts';
import type { TemplateFunction } from './function.ts';
import { stepsPerCall, textShift } from './limits.ts';
import type { Run } from './run.ts';
import { isTrue } from './types.ts';
import { Encoded } from './value.ts';
import type { Value } from './value.ts';

/*
 * Calling functions. Each argument expression gives a value of its parameter's type.
 */

/** A function as a template calls it. */
export interface Callee {
  readonly name: string;
  readonly called: TemplateFunction;
  readonly faults: Faults;
  /** Where errors of the function itself are reported. */
  readonly place: Place;
}

export function callFunction(callee: Callee, args: readonly Expression[]): Expression {
  const [first, second, third] = args;
  if (!first) return (run) => invoke(run, callee, []);
  if (!second) return (run, dot, frame, final) => invoke(run, callee, [first(run, dot, frame, final)]);
  if (!third) {
    return (run, dot, frame, final) =>
      invoke(run, callee, [first(run, dot, frame, final), second(run, dot, frame, final)]);
  }
  return (run, dot, frame, final) => {
    const values: Value[] = [];
    for (const arg of args) values.push(arg(run, dot, frame, final));
    return invoke(run, callee, values);
  };
}

/** `eq` or `ne` of two values: strings are compared on the spot. */
export function callEqual(
  callee: Callee,
  first: Expression,
  second: Expression,
  wanted: boolean,
): Expression {
  return (run, dot, frame, final) => {
    const a = first(run, dot, frame, final);
    const b = second(run, dot, frame, final);
    if (typeof a !== 'string' || typeof b !== 'string') return invoke(run, callee, [a, b]);
    run.charge(stepsPerCall + (a.length >> textShift));
    return (a === b) === wanted;
  };
}

/** `not` of a value. */
export function callNot(argument: Expression): Expression {
  return (run, dot, frame, final) => {
    run.charge(stepsPerCall);
    return !isTrue(argument(run, dot, frame, final));
  };
}

function invoke(run: Run, { called, name, faults, place }: Callee, args: Value[]): Value {
  try {
    run.charge(stepsPerCall);
    for (let i = 0; i < args.length; i++) {
      const arg = args[i];
      if (typeof arg === 'string') run.chargeText(arg.length);
      else if (run.structural && arg instanceof Encoded) {
        run.chargeText(arg.text.length);
        if (called.keepsEncoding !== true) args[i] = arg.text;
      }
    }
    const result = called.call(args, run);
    if (typeof result === 'string') run.chargeText(result.length);
    else if (result instanceof Encoded) run.chargeText(result.text.length);
    return result;
  } catch (error) {
    throw faults.ofCall(error, name, place);
  }
}
