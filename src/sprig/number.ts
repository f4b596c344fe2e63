import { intValue } from '../template/types.ts';
import { Num } from '../template/value.ts';
import type { Value } from '../template/value.ts';

/** A Go `int`. */
export function int(value: number | bigint): Num {
  const narrowed = narrow(value);
  return typeof narrowed === 'number' ? intValue(narrowed) : new Num('int', narrowed);
}

/** A Go `int64`, with the wrap-around of Go's arithmetic. */
export function int64(value: number | bigint): number | bigint {
  return typeof value === 'number' && Number.isSafeInteger(value)
    ? value + 0
    : narrow(BigInt.asIntN(64, BigInt(value)));
}

function narrow(value: number | bigint): number | bigint {
  if (typeof value === 'number') return value;
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

type Operation = 'add' | 'sub' | 'mul';

const exact: Record<Operation, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
};

const quick: Record<Operation, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
};

/** `a` and `b` added, subtracted or multiplied as int64. Overflow wraps around. */
export function int64Operation(
  operation: Operation,
  a: number | bigint,
  b: number | bigint,
): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const result = quick[operation](a, b);
    if (Number.isSafeInteger(result)) return result + 0;
  }
  return int64(exact[operation](BigInt(a), BigInt(b)));
}

/** An `int` argument as a number. It is exact within ±2^53, which is beyond every limit of lengths and counts. */
export function intArgument(argument: Value): number {
  return Number(integerArgument(argument));
}

/** An `int` or `int64` argument, exact. */
export function integerArgument(argument: Value): number | bigint {
  if (argument instanceof Num) return argument.value;
  return typeof argument === 'bigint' ? argument : Number(argument);
}

/** A `float64` argument. */
export function floatArgument(argument: Value): number {
  return argument instanceof Num ? Number(argument.value) : Number(argument);
}
