import { always, anInt64, aString } from '../../template/results.ts';
import { int as intType, listOf } from '../../template/typing/type.ts';
import type { CallContext } from '../../template/function.ts';
import { intValue } from '../../template/types.ts';
import { TypedList } from '../../template/value.ts';
import type { Value } from '../../template/value.ts';
import { toInt64 } from '../cast.ts';
import { failure, fixed, variadic } from '../define.ts';
import type { Chapter } from '../define.ts';
import { int64, int64Operation, intArgument } from '../number.ts';

function divide(a: number | bigint, b: number | bigint): number | bigint {
  if (Number(b) === 0) throw failure('runtime error: integer divide by zero');
  return typeof a === 'number' && typeof b === 'number'
    ? Math.trunc(a / b) + 0
    : int64(BigInt(a) / BigInt(b));
}

function remainder(a: number | bigint, b: number | bigint): number | bigint {
  if (Number(b) === 0) throw failure('runtime error: integer divide by zero');
  return typeof a === 'number' && typeof b === 'number' ? (a % b) + 0 : int64(BigInt(a) % BigInt(b));
}

/** The integers from `start` to `stop` (exclusive) by `step`. There are none if the step has the wrong direction. */
function range(start: number, stop: number, step: number, context: CallContext): number[] {
  const upwards = stop >= start;
  if (upwards ? step <= 0 : step >= 0) return [];
  const count = Math.ceil((stop - start) / step);
  context.checkCount(count);
  context.charge(count);
  return Array.from({ length: count }, (_, i) => start + i * step);
}

function ints(values: readonly number[]): TypedList {
  return new TypedList('int', values.map(intValue));
}

/** Bash's `seq`: the end is included, and it counts down if the end is below the start. */
function seq(params: readonly number[], context: CallContext): string {
  const [first = 0, second = 0, third = 0] = params;
  if (params.length === 1) return sequence(1, first, first < 1 ? -1 : 1, context);
  if (params.length === 2) return sequence(first, second, second < first ? -1 : 1, context);
  if (params.length !== 3 || (third < first && second > 0)) return '';
  return sequence(first, third, second, context);
}

function sequence(start: number, end: number, step: number, context: CallContext): string {
  const text = range(start, end + (end < start ? -1 : 1), step, context).join(' ');
  context.checkLength(text.length);
  return text;
}

function extreme(
  values: readonly Value[],
  better: (a: number | bigint, b: number | bigint) => boolean,
): Value {
  return values.map(toInt64).reduce((best, value) => (better(value, best) ? value : best));
}

const max = variadic(['any'], 'any', (values) => extreme(values, (a, b) => a > b), {
  result: anInt64,
  cost: 'nothing',
  example: '1 5 3',
});

const someInts = always(listOf(intType, { elem: 'int' }));

/** sprig's chapters "Math Functions" and "Integer Slice Functions". */
export const math: Chapter = {
  add: variadic(
    [],
    'any',
    (values) => values.map(toInt64).reduce((sum, value) => int64Operation('add', sum, value), 0),
    { result: anInt64, cost: 'nothing', example: '1 2' },
  ),
  add1: fixed(['any'], ([value]) => int64Operation('add', toInt64(value), 1), {
    result: anInt64,
    cost: 'nothing',
    example: '3',
  }),
  sub: fixed(['any', 'any'], ([a, b]) => int64Operation('sub', toInt64(a), toInt64(b)), {
    result: anInt64,
    cost: 'nothing',
    example: '5 2',
  }),
  div: fixed(['any', 'any'], ([a, b]) => divide(toInt64(a), toInt64(b)), {
    result: anInt64,
    cost: 'nothing',
    example: '7 2',
  }),
  mod: fixed(['any', 'any'], ([a, b]) => remainder(toInt64(a), toInt64(b)), {
    result: anInt64,
    cost: 'nothing',
    example: '7 3',
  }),
  mul: variadic(
    ['any'],
    'any',
    (values) => values.map(toInt64).reduce((product, value) => int64Operation('mul', product, value)),
    { result: anInt64, cost: 'nothing', example: '2 3' },
  ),
  max,
  biggest: max,
  min: variadic(['any'], 'any', (values) => extreme(values, (a, b) => a < b), {
    result: anInt64,
    cost: 'nothing',
    example: '3 1 2',
  }),
  until: fixed(
    ['int'],
    ([count], context) => {
      const end = intArgument(count);
      return ints(range(0, end, end < 0 ? -1 : 1, context));
    },
    { result: someInts, example: '3' },
  ),
  untilStep: fixed(
    ['int', 'int', 'int'],
    ([start, stop, step], context) =>
      ints(range(intArgument(start), intArgument(stop), intArgument(step), context)),
    { result: someInts, example: '0 10 3' },
  ),
  seq: variadic([], 'int', (params, context) => seq(params.map(intArgument), context), {
    result: aString,
    example: '1 3',
  }),
};
