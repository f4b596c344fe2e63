import { always, anInt, aString } from '../../template/results.ts';
import { base64 } from '../../template/typing/type.ts';
import { Buffer } from 'node:buffer';
import type { CallContext, TemplateFunction } from '../../template/function.ts';
import { chargeText, failure, fixed } from '../define.ts';
import type { Chapter, Traits } from '../define.ts';
import { int, intArgument } from '../number.ts';
import { runesOf } from '../words.ts';

/* sprig's functions with random numbers. All use the run's own source, which the caller injects. */

const randomness = { nondeterministic: 'randomness' } as const;

/** A whole number from 0 to `bound` (exclusive). */
function below(bound: number, context: CallContext): number {
  return Math.floor(context.random() * bound);
}

const characters = (first: number, last: number): string =>
  Array.from({ length: last - first + 1 }, (_, i) => String.fromCharCode(first + i)).join('');

const DIGITS = '0123456789';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A string of this many random characters. A negative count gives an empty one. */
function randomText(choices: string, traits: Traits): TemplateFunction {
  return fixed(
    ['int'],
    ([count], context) => {
      const length = Math.max(0, intArgument(count));
      context.checkLength(length);
      context.charge(Math.ceil(length / 2));
      const characters = Buffer.alloc(length);
      for (let i = 0; i < length; i++) characters[i] = choices.charCodeAt(below(choices.length, context));
      return characters.toString('latin1');
    },
    { ...randomness, result: aString, ...traits },
  );
}

function randomBytes(count: number, context: CallContext): Buffer {
  if (count < 0) throw failure('runtime error: makeslice: len out of range');
  context.checkLength(count * 2);
  context.charge(Math.ceil(count / 2));
  const bytes = Buffer.alloc(count);
  for (let i = 0; i < count; i++) bytes[i] = below(256, context);
  return bytes;
}

/** A random UUID (RFC 9562, version 4). */
function uuid(context: CallContext): string {
  const bytes = randomBytes(16, context);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function shuffle(text: string, context: CallContext): string {
  chargeText(context, text.length * 64);
  const runes = runesOf(text);
  for (let i = runes.length - 1; i > 0; i--) {
    const other = below(i + 1, context);
    [runes[i], runes[other]] = [runes[other] ?? '', runes[i] ?? ''];
  }
  return runes.join('');
}

/** The random functions of sprig's chapters "String", "Math" and "Cryptographic Functions", and "UUID Functions". */
export const random: Chapter = {
  randAlphaNum: randomText(DIGITS + ALPHABET, { example: '5' }),
  randAlpha: randomText(ALPHABET, { example: '5' }),
  randNumeric: randomText(DIGITS, { example: '5' }),
  randAscii: randomText(characters(0x20, 0x7e), { example: '5' }),
  randBytes: fixed(
    ['int'],
    ([count], context) => randomBytes(intArgument(count), context).toString('base64'),
    { ...randomness, result: always(base64), example: '6' },
  ),
  randInt: fixed(
    ['int', 'int'],
    ([low, high], context) => {
      const [least, past] = [intArgument(low), intArgument(high)];
      if (past <= least)
        throw failure('invalid argument to Intn: the upper bound must be above the lower one');
      return int(least + below(past - least, context));
    },
    { ...randomness, result: anInt, cost: 'nothing', example: '1 7' },
  ),
  shuffle: fixed(['string'], ([text], context) => shuffle(text as string, context), {
    ...randomness,
    result: aString,
    example: '"abcdef"',
  }),
  uuidv4: fixed([], (_args, context) => uuid(context), { ...randomness, result: aString, example: '' }),
};
