import { Encoded, Num } from '../template/value.ts';
import type { Value } from '../template/value.ts';
import { int64 } from './number.ts';
import { parseFloat64, parseInt64 } from '../template/strconv.ts';

/*
 * Lenient conversions of github.com/spf13/cast v1.7.0, which sprig 3.3.0 requires. A value that cannot be converted
 * becomes zero.
 */

const minInt64 = -(2n ** 63n);

/** `cast.ToInt64`. */
export function toInt64(value: Value): number | bigint {
  switch (typeof value) {
    case 'number':
      return Number.isSafeInteger(value) ? value : truncate(value);
    case 'bigint':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'string':
      return parseWhole(value);
    default:
      if (value instanceof Num) return isFloat(value) ? truncate(Number(value.value)) : int64(value.value);
      return value instanceof Encoded ? parseWhole(value.text) : 0;
  }
}

/** Zeros after a point are accepted: `2.00`. */
function parseWhole(text: string): number | bigint {
  return parseInt64(text.replace(/\.0+$/, ''), 0) ?? 0;
}

function isFloat(value: Num): boolean {
  return value.kind === 'float64' || value.kind === 'float32';
}

// Out of range, the processor's conversion counts: on amd64 it gives the smallest int64, also for NaN.
function truncate(value: number): number | bigint {
  if (!(Math.abs(value) < 2 ** 63)) return minInt64;
  return int64(Number.isSafeInteger(Math.trunc(value)) ? Math.trunc(value) : BigInt(Math.trunc(value)));
}

/** `cast.ToFloat64`. */
export function toFloat64(value: Value): number {
  switch (typeof value) {
    case 'number':
      return value;
    case 'bigint':
      return Number(value);
    case 'boolean':
      return value ? 1 : 0;
    case 'string':
      return parseFloat64(value) ?? 0;
    default:
      if (value instanceof Num) return Number(value.value);
      return value instanceof Encoded ? (parseFloat64(value.text) ?? 0) : 0;
  }
}
