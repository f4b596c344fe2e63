import { Buffer, isAscii as isAsciiBytes, isUtf8 } from 'node:buffer';

/*
 * Converts between Go strings, which are bytes, and ours, which are UTF-16. A byte that is not valid UTF-8 is the lone
 * surrogate U+DC80–U+DCFF.
 */

const ascii = /^[\x00-\x7f]*$/;

/** Whether every character is ASCII, so that bytes, runes and UTF-16 units are the same. */
export function isAscii(text: string): boolean {
  return ascii.test(text);
}

/** The bytes of a Go string. A surrogate that does not stand for a byte becomes U+FFFD. */
export function toBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  // No unit needs more than three bytes.
  const bytes = Buffer.allocUnsafe(text.length * 3);
  let length = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    if (unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      i++;
      continue;
    }
    if (unit < 0xdc80 || unit > 0xdcff) continue;
    if (start < i) length += bytes.write(text.slice(start, i), length, 'utf8');
    bytes[length++] = unit & 0xff;
    start = i + 1;
  }
  length += bytes.write(text.slice(start), length, 'utf8');
  return bytes.subarray(0, length);
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** The Go string of these bytes. */
export function fromBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAsciiBytes(buffer)) return buffer.toString('latin1');
  if (isUtf8(buffer)) return buffer.toString('utf8');
  let text = '';
  let start = 0;
  for (let i = 0; i < buffer.length;) {
    const size = sequenceLength(buffer, i);
    if (size === 0) {
      if (start < i) text += buffer.toString('utf8', start, i);
      text += String.fromCharCode(0xdc00 | (buffer[i] ?? 0));
      start = i + 1;
    }
    i += size || 1;
  }
  return text + buffer.toString('utf8', start);
}

/** Length of the valid UTF-8 sequence at `at` (RFC 3629); 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const size =
    lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (size === 0 || at + size > bytes.length) return 0;
  const second = bytes[at + 1] ?? 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = at + 2; i < at + size; i++) if (((bytes[i] ?? 0) & 0xc0) !== 0x80) return 0;
  return size;
}

/** Whether this rune stands for a byte that is not valid UTF-8. */
export function isEscapedByte(rune: string): boolean {
  if (rune.length !== 1) return false;
  const unit = rune.charCodeAt(0);
  return unit >= 0xdc80 && unit <= 0xdcff;
}

// The first byte of a sequence, and a byte that may follow it.
const maybeSequence = /[\udcc2-\udcf4][\udc80-\udcbf]/;

/**
 * Joins escaped bytes that together are valid UTF-8 (`"\xe2" + "\x98\x83"` is `☃` in Go). Call it on text that was
 * combined from strings which may end or begin inside a character.
 */
export function rejoin(text: string): string {
  if (!maybeSequence.test(text)) return text;
  return fromBytes(toBytes(text));
}

/** Length in bytes, Go's `len`. */
export function byteLength(text: string): number {
  if (isAscii(text)) return text.length;
  return text.isWellFormed() ? Buffer.byteLength(text, 'utf8') : toBytes(text).length;
}

/** The bytes `start` (inclusive) to `end` (exclusive) of a Go string; the caller checks the bounds. */
export function byteSlice(text: string, start: number, end: number): string {
  return isAscii(text) ? text.slice(start, end) : fromBytes(toBytes(text).subarray(start, end));
}

// Below this unit, UTF-16 order is byte order. From it on there are surrogates, and characters that must sort before or
// after them.
const FIRST_SURROGATE = 0xd800;

/** Compares strings by their bytes, as Go does: UTF-16 order differs from U+D800 on. Negative, zero or positive. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === length) return a.length - b.length;
  const left = a.charCodeAt(i);
  const right = b.charCodeAt(i);
  if (left < FIRST_SURROGATE && right < FIRST_SURROGATE) return left - right;
  return Buffer.compare(toBytes(a), toBytes(b));
}

// Units from which on UTF-16 order may differ from byte order.
const pastOrder = /[\ud800-\uffff]/;

/** How many compared characters cost a step when sorting. */
const COMPARED_PER_STEP = 64;

/** Sorts strings by their bytes, in place. Charges what that may take, besides about one step for each string. */
export function sortTexts(texts: string[], budget: { charge(steps: number): void }): string[] {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  budget.charge(Math.ceil((length * Math.log2(texts.length + 1)) / COMPARED_PER_STEP));
  if (!texts.some((text) => pastOrder.test(text))) return texts.sort();
  const bytes = texts.map((text) => ({ text, bytes: toBytes(text) }));
  bytes.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  bytes.forEach(({ text }, i) => (texts[i] = text));
  return texts;
}

/** Go's `utf8.RuneCountInString`: an invalid byte is one rune. */
export function runeCount(text: string): number {
  if (isAscii(text)) return text.length;
  let count = 0;
  for (const _rune of text) count++;
  return count;
}

/** The first `count` runes. */
export function runePrefix(text: string, count: number): string {
  if (text.length <= count) return text;
  if (isAscii(text)) return text.slice(0, count);
  let end = 0;
  for (let left = count; left > 0 && end < text.length; left--)
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  return text.slice(0, end);
}

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space. */
export function isPrint(rune: string): boolean {
  return printable.test(rune);
}
