import { undone } from '../../template/inverse.ts';
import {
  aFloat,
  anInt,
  anInt64,
  containerIn,
  printedText,
  stillEncoded,
  strings,
} from '../../template/results.ts';
import { unknown } from '../../template/typing/type.ts';
import { sprint } from '../../template/printf.ts';
import { fromBytes } from '../../template/text.ts';
import { floatValue, itemsOf, kindOf, numericValue } from '../../template/types.ts';
import { Encoded, Num, TypedList } from '../../template/value.ts';
import type { Value } from '../../template/value.ts';
import type { CallContext } from '../../template/function.ts';
import { toFloat64, toInt64 } from '../cast.ts';
import { fixed, ofString } from '../define.ts';
import type { Chapter } from '../define.ts';
import { int } from '../number.ts';
import { parseInt64 } from '../../template/strconv.ts';

/** sprig's `strval`: strings stay as they are, bytes become a string, everything else is printed as by `%v`. */
export function textOf(value: Value, context: CallContext): string {
  if (typeof value === 'string') return value;
  if (value instanceof Encoded) return value.text;
  if (value instanceof TypedList && value.elem === 'uint8')
    return fromBytes(Uint8Array.from(value.items, (item) => (item instanceof Num ? Number(item.value) : 0)));
  return sprint([value], context);
}

/**
 * sprig's `strslice`: the items as strings, without the nil ones. A value that is not a list becomes a list of itself.
 */
export function textsOf(value: Value, context: CallContext): string[] {
  if (value === undefined || value === null) return [];
  const items = itemsOf(value);
  if (!items) return [textOf(value, context)];
  context.charge(items.length * 3);
  return items.filter((item) => item !== undefined && item !== null).map((item) => textOf(item, context));
}

const maxInt64 = 2n ** 63n - 1n;
const maxUint64 = 2n ** 64n - 1n;

/**
 * The value that `strconv.ParseInt(text, 10, 64)` returns with its error: the nearest int64 if the number does not fit,
 * 0 if the text is not a number. Go notices that a number does not fit before it reads what follows.
 */
export function parseIntLeniently(text: string): number | bigint {
  const [, sign = '', digits = ''] = /^([+-]?)0*([0-9]*)/.exec(text) ?? [];
  const overflows = digits.length >= 20 && (digits.length > 20 || BigInt(digits) > maxUint64);
  if (!overflows && !/^[+-]?[0-9]+$/.test(text)) return 0;
  return parseInt64(text, 10) ?? (sign === '-' ? -maxInt64 - 1n : maxInt64);
}

const asText = (value: Value): Value => (kindOf(value) === 'int' ? String(numericValue(value)) : value);

/** sprig's chapter "Type Conversion Functions". */
export const conversion: Chapter = {
  atoi: ofString((text) => int(parseIntLeniently(text)), {
    result: anInt,
    inverse: undone(0, asText),
    example: '"42"',
  }),
  int: fixed(['any'], ([value]) => int(toInt64(value)), {
    result: anInt,
    cost: 'nothing',
    inverse: undone(0),
    example: '"42"',
  }),
  int64: fixed(['any'], ([value]) => toInt64(value), {
    result: anInt64,
    cost: 'nothing',
    inverse: undone(0),
    example: '"42"',
  }),
  float64: fixed(['any'], ([value]) => floatValue(toFloat64(value)), {
    result: aFloat,
    cost: 'nothing',
    inverse: undone(0),
    example: '"1.5"',
  }),
  toDecimal: fixed(['any'], ([value], context) => parseInt64(sprint([value], context), 8) ?? 0, {
    result: anInt64,
    example: '"0777"',
  }),
  toString: fixed(
    ['any'],
    ([value], context) => (value instanceof Encoded ? value : textOf(value, context)),
    {
      result: (args) => (containerIn(args[0] ?? unknown) === undefined ? stillEncoded(0) : printedText)(args),
      structure: 'passes',
      inverse: undone(0),
      example: '1',
    },
  ),
  toStrings: fixed(['any'], ([value], context) => new TypedList('string', textsOf(value, context)), {
    result: strings,
    example: '(list 1 2)',
  }),
};
