import type { Code, Expression, Name } from './code.ts';
import type { Faults, Place } from './fault.ts';
import type { OfOne, OfTwo, TemplateFunction } from './function.ts';
import { isOrdinaryName, readPlain, writeReadPlain } from './field.ts';
import { STEPS_PER_CALL, TEXT_SHIFT } from './limits.ts';
import type { Run } from './run.ts';
import { Encoded } from './value.ts';
import type { Value } from './value.ts';

/* Calls functions. Each argument expression gives a value of its parameter's type. */

/** A function as a template calls it. */
export interface Callee {
  readonly name: string;
  readonly called: TemplateFunction;
  readonly faults: Faults;
  /** The position at which errors of the function itself are reported. */
  readonly place: Place;
}

/** A call as an expression. The arguments are evaluated from left to right, before the function is called. */
export function callFunction(callee: Callee, args: readonly Expression[]): Expression {
  const [first, second, third] = args;
  const { one, two } = callee.called;
  if (first && !second && one) return callOne(callee, one, first);
  if (first && second && !third && two) return callTwo(callee, two, first, second);
  const evaluate: Expression = (run, dot, frame, final) => {
    const values: Value[] = [];
    for (const arg of args) values.push(arg(run, dot, frame, final));
    return invoke(run, callee, values);
  };
  const write = (code: Code): Name => {
    const values = code.value`[]`;
    for (const arg of args) code.line`${values}.push(${code.expression(arg)});`;
    return code.value`${code.constant(invoke)}(run, ${code.constant(callee)}, ${values})`;
  };
  return Object.assign(evaluate, { write });
}

function callOne(callee: Callee, called: OfOne, first: Expression): Expression {
  const evaluate: Expression = (run, dot, frame, final) =>
    invokeOne(run, callee, called, first(run, dot, frame, final));
  const write = (code: Code): Name => {
    const value = code.expression(first);
    return code.value`${code.constant(invokeOne)}(run, ${code.constant(callee)}, ${code.constant(called)}, ${value})`;
  };
  return Object.assign(evaluate, { write });
}

function callTwo(callee: Callee, called: OfTwo, first: Expression, second: Expression): Expression {
  const key = second.constant?.value;
  if (callee.called.readsKey && typeof key === 'string' && isOrdinaryName(key)) {
    return readKey(callee, called, first, key);
  }
  const evaluate: Expression = (run, dot, frame, final) =>
    invokeTwo(run, callee, called, first(run, dot, frame, final), second(run, dot, frame, final));
  const write = (code: Code): Name => {
    const a = code.expression(first);
    return writeInvokeTwo(code, callee, called, a, code.expression(second));
  };
  return Object.assign(evaluate, { write });
}

function writeInvokeTwo(code: Code, callee: Callee, called: OfTwo, a: Name, b: Name): Name {
  return code.value`${code.constant(invokeTwo)}(run, ${code.constant(callee)}, ${code.constant(called)}, ${a}, ${b})`;
}

/**
 * If the map is plain and has a string under the key, the call is done like reading a field. It costs the steps of the
 * call that it replaces.
 */
function readKey(callee: Callee, called: OfTwo, map: Expression, key: string): Expression {
  const { length } = key;
  const evaluate: Expression = (run, dot, frame, final) => {
    const entries = map(run, dot, frame, final);
    const item = readPlain(run, entries, key);
    if (typeof item === 'string' && !run.structural && run.affords(STEPS_PER_CALL, length, item.length))
      return item;
    return invokeTwo(run, callee, called, entries, key);
  };
  const write = (code: Code): Name => {
    const entries = code.expression(map);
    const item = writeReadPlain(code, entries, key);
    code.line`if (!(typeof ${item} === 'string' && !run.structural && run.affords(${STEPS_PER_CALL}, ${length}, ${item}.length))) {`;
    code.line`${item} = ${writeInvokeTwo(code, callee, called, entries, code.constant(key))};`;
    code.line`}`;
    return item;
  };
  return Object.assign(evaluate, { write });
}

/** A comparison of two values. Two strings are compared directly. */
export function callEqual(
  callee: Callee,
  first: Expression,
  second: Expression,
  wanted: boolean,
): Expression {
  const evaluate: Expression = (run, dot, frame, final) =>
    equal(run, callee, first(run, dot, frame, final), second(run, dot, frame, final), wanted);
  const write = (code: Code): Name => {
    const a = code.expression(first);
    const b = code.expression(second);
    return code.value`${code.constant(equal)}(run, ${code.constant(callee)}, ${a}, ${b}, ${code.constant(wanted)})`;
  };
  return Object.assign(evaluate, { write });
}

function equal(run: Run, callee: Callee, a: Value, b: Value, wanted: boolean): Value {
  if (typeof a !== 'string' || typeof b !== 'string') return invoke(run, callee, [a, b]);
  run.charge(STEPS_PER_CALL + (a.length >> TEXT_SHIFT));
  return (a === b) === wanted;
}

/** A call of a function that uses no text and nothing of the run. */
export function callTest(test: (value: Value) => boolean, argument: Expression): Expression {
  const evaluate: Expression = (run, dot, frame, final) => {
    run.charge(STEPS_PER_CALL);
    return test(argument(run, dot, frame, final));
  };
  const write = (code: Code): Name => {
    code.line`run.charge(${STEPS_PER_CALL});`;
    return code.value`${code.constant(test)}(${code.expression(argument)})`;
  };
  return Object.assign(evaluate, { write });
}

function invokeOne(run: Run, callee: Callee, called: OfOne, value: Value): Value {
  if (run.structural) return invoke(run, callee, [value]);
  try {
    const length = typeof value === 'string' ? value.length : 0;
    if (!run.affords(STEPS_PER_CALL, length, 0)) {
      run.charge(STEPS_PER_CALL);
      run.chargeText(length);
    }
    const result = called(value, run);
    if (typeof result === 'string') run.chargeText(result.length);
    return result;
  } catch (error) {
    throw callee.faults.ofCall(error, callee.name, callee.place);
  }
}

function invokeTwo(run: Run, callee: Callee, called: OfTwo, a: Value, b: Value): Value {
  if (run.structural) return invoke(run, callee, [a, b]);
  try {
    const first = typeof a === 'string' ? a.length : 0;
    const second = typeof b === 'string' ? b.length : 0;
    if (!run.affords(STEPS_PER_CALL, first, second)) {
      run.charge(STEPS_PER_CALL);
      run.chargeText(first);
      run.chargeText(second);
    }
    const result = called(a, b, run);
    if (typeof result === 'string') run.chargeText(result.length);
    return result;
  } catch (error) {
    throw callee.faults.ofCall(error, callee.name, callee.place);
  }
}

function invoke(run: Run, { called, name, faults, place }: Callee, args: Value[]): Value {
  try {
    run.charge(STEPS_PER_CALL);
    for (let i = 0; i < args.length; i++) {
      const arg = args[i];
      if (typeof arg === 'string') run.chargeText(arg.length);
      else if (run.structural && arg instanceof Encoded) {
        run.chargeText(arg.text.length);
        if (called.structure !== 'passes') args[i] = arg.text;
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
