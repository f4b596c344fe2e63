import { ArgumentTypeError, FunctionError } from '../template/function.ts';
import type {
  CallContext,
  OfOne,
  OfTwo,
  ParamType,
  RemovedFunction,
  TemplateFunction,
} from '../template/function.ts';
import type { Value, ValueMap } from '../template/value.ts';
import { chargeFor } from './cost.ts';

/** One chapter of sprig: its functions by name. */
export type Chapter = Readonly<Record<string, TemplateFunction | RemovedFunction>>;

type Call = (args: readonly Value[], context: CallContext) => Value;
/** What a function declares besides its parameters and its computation. */
export type Traits = Omit<TemplateFunction, 'params' | 'variadic' | 'call' | 'one' | 'two'>;

/** A function of fixed parameters. */
export function fixed(params: readonly ParamType[], call: Call, traits: Traits = {}): TemplateFunction {
  return { ...traits, params, call };
}

/** A function whose last parameter accepts any number of arguments. */
export function variadic(
  params: readonly ParamType[],
  rest: ParamType,
  call: Call,
  traits: Traits = {},
): TemplateFunction {
  return { ...traits, params, variadic: rest, call };
}

/** A function of one parameter. */
export function ofOne(param: ParamType, one: OfOne, traits: Traits = {}): TemplateFunction {
  return { ...traits, params: [param], call: ([value], context) => one(value, context), one };
}

/** A function of two parameters. */
export function ofTwo(
  params: readonly [ParamType, ParamType],
  two: OfTwo,
  traits: Traits = {},
): TemplateFunction {
  return { ...traits, params, call: ([a, b], context) => two(a, b, context), two };
}

/** A function from one string to a value. Its declared cost for the string's length is charged before the call. */
export function ofString(
  call: (text: string, context: CallContext) => Value,
  traits: Traits = {},
): TemplateFunction {
  const { cost = 'metered' } = traits;
  if (typeof cost === 'string') return ofOne('string', call as OfOne, traits);
  const charged = (text: Value, context: CallContext): Value => {
    chargeFor(text as string, cost, context);
    return call(text as string, context);
  };
  return ofOne('string', charged, traits);
}

/** The failure of a Go function with `message`, by an error or by a panic. */
export function failure(message: string): FunctionError {
  return new FunctionError(message);
}

/** Like {@link failure}, for a message that names types only and never a value: anybody may read it. */
export function typeFailure(message: string): ArgumentTypeError {
  return new ArgumentTypeError(message);
}

/** A `map[string]interface{}` argument; a nil map has no keys. */
export function mapArgument(argument: Value): ValueMap {
  return (argument ?? noKeys) as ValueMap;
}

const noKeys: ValueMap = Object.freeze({});

/** Charges the steps for reading or writing `units` bytes or UTF-16 units (64 of them per step). */
export function chargeText(context: CallContext, units: number): void {
  // Only whole numbers, because V8 computes with them faster than with floats.
  context.charge((units + 63) >>> 6);
}
