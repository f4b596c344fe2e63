import { failure } from './define.ts';

/** `value` × 10^`exponent`, exact, as github.com/shopspring/decimal v1.2.0 keeps numbers. */
export interface Decimal {
  readonly value: bigint;
  readonly exponent: number;
}

/** Digits after the point if a division has no exact result (`decimal.DivisionPrecision`). */
const DIVISION_PRECISION = 16;

const tenTo = (power: number): bigint => 10n ** BigInt(power);
const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/** The decimal with the fewest digits that can be read back as `value`. Fails for NaN and infinities. */
export function decimalOf(value: number): Decimal {
  if (!Number.isFinite(value)) throw failure(`Cannot create a Decimal from ${String(value)}`);
  const [digits = '0', power = '0'] = value.toExponential().split('e');
  const point = digits.indexOf('.');
  return {
    value: BigInt(digits.replace('.', '')),
    exponent: Number(power) - (point < 0 ? 0 : digits.length - point - 1),
  };
}

/** The nearest float64. */
export function toFloat(decimal: Decimal): number {
  return Number(`${String(decimal.value)}e${String(decimal.exponent)}`);
}

/** Exact, with the smaller of the two exponents. */
export function add(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return { value: rescaled(a, exponent) + rescaled(b, exponent), exponent };
}

/** Exact, with the smaller of the two exponents. */
export function subtract(a: Decimal, b: Decimal): Decimal {
  return add(a, { value: -b.value, exponent: b.exponent });
}

/** Exact: the result has the digits of both. */
export function multiply(a: Decimal, b: Decimal): Decimal {
  return { value: a.value * b.value, exponent: a.exponent + b.exponent };
}

function rescaled(decimal: Decimal, exponent: number): bigint {
  return decimal.value * tenTo(decimal.exponent - exponent);
}

/** Rounded half away from zero to {@link DIVISION_PRECISION} digits. Fails if `b` is zero. */
export function divide(a: Decimal, b: Decimal): Decimal {
  if (b.value === 0n) throw failure('decimal division by 0');
  const shift = a.exponent - b.exponent + DIVISION_PRECISION;
  const dividend = shift < 0 ? a.value : a.value * tenTo(shift);
  const divisor = shift < 0 ? b.value * tenTo(-shift) : b.value;
  const quotient = dividend / divisor;
  const roundAway = 2n * magnitude(dividend % divisor) >= magnitude(divisor);
  const away = a.value < 0n === b.value < 0n ? 1n : -1n;
  return { value: roundAway ? quotient + away : quotient, exponent: -DIVISION_PRECISION };
}
