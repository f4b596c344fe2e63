import { undone } from '../../template/inverse.ts';
import { aFloat } from '../../template/results.ts';
import type { CallContext } from '../../template/function.ts';
import { floatValue } from '../../template/types.ts';
import type { Value } from '../../template/value.ts';
import { toFloat64 } from '../cast.ts';
import { add, decimalOf, divide, multiply, subtract, toFloat } from '../decimal.ts';
import type { Decimal } from '../decimal.ts';
import { fixed, variadic } from '../define.ts';
import type { Chapter, Traits } from '../define.ts';
import { floatArgument, intArgument } from '../number.ts';

type Operation = (a: Decimal, b: Decimal) => Decimal;

// A float64 has at most 17 digits. A decimal becomes longer when it is shifted to the exponent of another one.
const DIGITS_PER_STEP = 3;
const DIGITS_PER_OPERAND = 17;

/** Applies an operation in exact decimal arithmetic from left to right. */
function calculate(operands: readonly Value[], operation: Operation, context: CallContext): Value {
  const decimals = operands.map((operand) => decimalOf(toFloat64(operand)));
  let digits = DIGITS_PER_OPERAND;
  const result = decimals.reduce((left, right) => {
    digits += Math.abs(left.exponent - right.exponent) + DIGITS_PER_OPERAND;
    context.charge(10 + Math.ceil(digits / DIGITS_PER_STEP));
    return operation(left, right);
  });
  return floatValue(toFloat(result));
}

function operationOn(operation: Operation, traits: Traits): Chapter[string] {
  return variadic(['any'], 'any', (operands, context) => calculate(operands, operation, context), {
    result: aFloat,
    ...traits,
  });
}

/** Go's `math.Max` and `math.Min`: an infinity in the right direction wins even over NaN. */
const largest = (a: number, b: number): number =>
  a === Infinity || b === Infinity ? Infinity : Math.max(a, b);
const smallest = (a: number, b: number): number =>
  a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b);

function extreme(choose: (a: number, b: number) => number, traits: Traits): Chapter[string] {
  return variadic(['any'], 'any', (values) => floatValue(values.map(toFloat64).reduce(choose)), {
    result: aFloat,
    cost: 'nothing',
    ...traits,
  });
}

/** Go's `math.Pow(10, power)`: by squaring, with mantissa and exponent separate, so that the last bit agrees. */
function powerOfTen(power: number): number {
  let mantissa = 1;
  let exponent = 0;
  let factor = 0.625;
  let factorExponent = 4;
  for (let left = Math.abs(power); left > 0; left = Math.floor(left / 2)) {
    if (factorExponent > 4096) {
      exponent += factorExponent;
      break;
    }
    if (left % 2 === 1) {
      mantissa *= factor;
      exponent += factorExponent;
    }
    factor *= factor;
    factorExponent *= 2;
    if (factor < 0.5) {
      factor += factor;
      factorExponent--;
    }
  }
  if (power < 0) [mantissa, exponent] = [1 / mantissa, -exponent];
  return timesPowerOfTwo(mantissa, exponent);
}

// In two halves, because 2 ** exponent alone may overflow or become zero while the product does not.
function timesPowerOfTwo(mantissa: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return mantissa * 2 ** half * 2 ** (exponent - half);
}

/** sprig's `round`: digits from `on` up are rounded towards +∞, all others down. */
function round(value: number, places: number, on: number): number {
  const power = powerOfTen(places);
  const digits = power * value;
  const fraction = Number.isFinite(digits) ? digits - Math.trunc(digits) : NaN;
  return (fraction >= on ? Math.ceil(digits) : Math.floor(digits)) / power;
}

/** sprig's chapter "Float Math Functions". */
export const floatMath: Chapter = {
  addf: variadic([], 'any', (operands, context) => calculate([0, ...operands], add, context), {
    result: aFloat,
    example: '1.5 2',
  }),
  add1f: fixed(['any'], ([value], context) => calculate([value, 1], add, context), {
    result: aFloat,
    example: '1.5',
  }),
  subf: operationOn(subtract, { example: '3 1.5' }),
  mulf: operationOn(multiply, { example: '1.5 2' }),
  divf: operationOn(divide, { example: '7 2' }),
  maxf: extreme(largest, { example: '1.5 2.5' }),
  minf: extreme(smallest, { example: '1.5 2.5' }),
  floor: fixed(['any'], ([value]) => floatValue(Math.floor(toFloat64(value))), {
    result: aFloat,
    cost: 'nothing',
    inverse: undone(0),
    example: '2.7',
  }),
  ceil: fixed(['any'], ([value]) => floatValue(Math.ceil(toFloat64(value))), {
    result: aFloat,
    cost: 'nothing',
    inverse: undone(0),
    example: '2.1',
  }),
  round: variadic(
    ['any', 'int'],
    'float64',
    ([value, places, on]) =>
      floatValue(round(toFloat64(value), intArgument(places), on === undefined ? 0.5 : floatArgument(on))),
    { result: aFloat, cost: 'nothing', inverse: undone(0), example: '2.456 2' },
  ),
};
