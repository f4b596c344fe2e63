import type { CallContext, TextCost } from '../template/function.ts';
import { isAscii } from '../template/text.ts';

/*
 * What functions of texts cost. A run's 400,000 steps are to take 100 ms at most, so that a step pays for 250 ns. The rates
 * follow from what `bench -- limits` measures for texts of a million units, rounded up to powers of two.
 */

/** V8 reads, copies or compares the text in one go: 64 units a step, some 4 ns a unit. */
export const scanned: TextCost = { stepsPerKiB: 16 };

/** It is made into bytes and read by native code, as a hash does. */
export const hashed: TextCost = { stepsPerKiB: 32 };

/** Bytes are decoded or encoded with a look at each: some 30 ns a unit. */
export const transcoded: TextCost = { stepsPerKiB: 128 };

/** Each digit is looked up by itself: some 125 ns a unit. */
export const digitByDigit: TextCost = { stepsPerKiB: 512 };

/** One pass where the text is ASCII; else each character is looked at by itself, some 250 ns a unit. */
export const cased: TextCost = { stepsPerKiB: 16, stepsPerKiBOfUnicode: 1_024 };

/** Each character is classified once: some 250 ns a unit. */
export const classified: TextCost = { stepsPerKiB: 1_024 };

/** Each character is classified and may be replaced: some 500 ns a unit. */
export const rewritten: TextCost = { stepsPerKiB: 2_048 };

/** It is cut into words by classes of characters, and these are joined: some 1.5 µs a unit. */
export const cutIntoWords: TextCost = { stepsPerKiB: 6_144 };

/** Charges for a text at a rate. */
export function chargeFor(text: string, cost: TextCost, context: CallContext): void {
  const { stepsPerKiB, stepsPerKiBOfUnicode = stepsPerKiB } = cost;
  const rate = stepsPerKiBOfUnicode === stepsPerKiB || isAscii(text) ? stepsPerKiB : stepsPerKiBOfUnicode;
  // In whole numbers throughout, which V8 reckons with more easily than with floats.
  context.charge((text.length * rate + 1023) >>> 10);
}
