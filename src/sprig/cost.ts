import type { CallContext, TextCost } from '../template/function.ts';
import { isAscii } from '../template/text.ts';

/*
 * The cost of functions on texts. A run's 400,000 steps must take 100 ms at most, so a step pays for 250 ns. The rates
 * come from measurements of `bench -- limits` with texts of a million units, rounded up to powers of two.
 */

/** V8 reads, copies or compares the text in one go: 64 units a step, about 4 ns a unit. */
export const scanned: TextCost = { stepsPerKiB: 16 };

/** The text becomes bytes and native code reads them, as for a hash. */
export const hashed: TextCost = { stepsPerKiB: 32 };

/** Bytes are decoded or encoded one by one: about 30 ns a unit. */
export const transcoded: TextCost = { stepsPerKiB: 128 };

/** Each digit is looked up separately: about 125 ns a unit. */
export const digitByDigit: TextCost = { stepsPerKiB: 512 };

/** One pass if the text is ASCII. Otherwise each character is examined separately, about 250 ns a unit. */
export const cased: TextCost = { stepsPerKiB: 16, stepsPerKiBOfUnicode: 1_024 };

/** Each character is classified once: about 250 ns a unit. */
export const classified: TextCost = { stepsPerKiB: 1_024 };

/** Each character is classified and possibly replaced: about 500 ns a unit. */
export const rewritten: TextCost = { stepsPerKiB: 2_048 };

/** The text is cut into words by classes of characters, and the words are joined: about 1.5 µs a unit. */
export const cutIntoWords: TextCost = { stepsPerKiB: 6_144 };

/** Charges for a text at a rate. */
export function chargeFor(text: string, cost: TextCost, context: CallContext): void {
  const { stepsPerKiB, stepsPerKiBOfUnicode = stepsPerKiB } = cost;
  const rate = stepsPerKiBOfUnicode === stepsPerKiB || isAscii(text) ? stepsPerKiB : stepsPerKiBOfUnicode;
  // The product may be too large for a shift, which works with 32 bits.
  context.charge(Math.ceil((text.length * rate) / 1024));
}
