import { undone } from '../../template/inverse.ts';
import { aString, inBase64, outOfBase64 } from '../../template/results.ts';
import { digitByDigit, hashed, transcoded } from '../cost.ts';
import { Buffer } from 'node:buffer';
import { fromBytes, toBytes } from '../../template/text.ts';
import type { CallContext } from '../../template/function.ts';
import { Num, TypedList } from '../../template/value.ts';
import type { Value } from '../../template/value.ts';
import { failure, ofString } from '../define.ts';
import { unreadable } from '../unreadable.ts';
import type { Chapter } from '../define.ts';

const base64Digit = /[A-Za-z0-9+/]/;
const BASE32_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function encodeBase64(text: string, context: CallContext): string {
  const bytes = toBytes(text);
  context.checkLength(4 * Math.ceil(bytes.length / 3));
  return bytes.toString('base64');
}

/** Thrown if text does not have the expected encoding. The message is Go's. */
export class CorruptInputError extends Error {}

/** The bytes of standard base64 with padding. Line breaks are skipped. @throws CorruptInputError */
export function base64Bytes(text: string): Buffer {
  const compact = text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]/g, '') : text;
  const bytes = Buffer.from(compact, 'base64');
  if (isAllDecoded(compact, bytes.length)) return bytes;
  const mistake = base64Mistake(toBytes(text).toString('latin1'));
  throw new CorruptInputError(`illegal base64 data at input byte ${String(mistake)}`);
}

/**
 * Whether `length` bytes are everything that `text` encodes. Node skips characters outside the alphabet, so bytes are
 * missing then. It also accepts the two characters of URL-safe base64 (`atob` does not).
 */
function isAllDecoded(text: string, length: number): boolean {
  return length === decodedLength(text) && !text.includes('-') && !text.includes('_');
}

const PADDING = 0x3d;

/** How many bytes a text encodes that consists only of whole groups of digits. For other texts, not a number. */
function decodedLength(text: string): number {
  const { length } = text;
  if (length % 4 !== 0) return NaN;
  if (text.charCodeAt(length - 1) !== PADDING) return (length / 4) * 3;
  return (length / 4) * 3 - (text.charCodeAt(length - 2) === PADDING ? 2 : 1);
}

/**
 * Up to this length, `atob` and a test of each character are faster than a Buffer. Endpoints are the most common such
 * texts.
 */
const LONGEST_SHORT = 128;

/** The decoded text, if a short text has no fault and decodes to ASCII. */
function shortAscii(text: string): string | undefined {
  if (text.length % 4 !== 0) return undefined;
  try {
    const decoded = atob(text);
    // `atob` skips white space and accepts texts without padding; then the result is too short.
    return decoded.length === decodedLength(text) && Buffer.byteLength(decoded) === decoded.length
      ? decoded
      : undefined;
  } catch {
    return undefined;
  }
}

/** Longer texts are decoded into this buffer, which saves creating one. */
const scratch = Buffer.allocUnsafeSlow(49_152);

/** The decoded text, if a text has no fault and decodes to UTF-8 without U+FFFD, the character for invalid bytes. */
function unicode(text: string): string | undefined {
  if (text.length > scratch.length) return undefined;
  const length = scratch.write(text, 'base64');
  if (!isAllDecoded(text, length)) return undefined;
  const decoded = scratch.toString('utf8', 0, length);
  return decoded.includes('\ufffd') ? undefined : decoded;
}

/** Steps for the errors that are thrown while the mistake is located. */
const STEPS_PER_MISTAKE = 300;

/** A mistake is reported in the result, as in sprig. */
function decodeBase64(text: string, context: CallContext): string {
  const decoded = text.length <= LONGEST_SHORT ? shortAscii(text) : unicode(text);
  if (decoded !== undefined) return decoded;
  try {
    return fromBytes(base64Bytes(text));
  } catch (error) {
    if (error instanceof CorruptInputError) {
      context.charge(STEPS_PER_MISTAKE);
      return error.message;
    }
    throw error;
  }
}

function mustDecodeBase64(text: string): void {
  try {
    base64Bytes(text);
  } catch (error) {
    throw error instanceof CorruptInputError ? failure(error.message) : error;
  }
}

/** The base64 that Go's encoders write for a `[]byte`; `undefined` for everything else. */
export function base64OfBytes(value: Value): string | undefined {
  if (!(value instanceof TypedList) || value.elem !== 'uint8') return undefined;
  return Buffer.from(value.items.map((item) => (item instanceof Num ? Number(item.value) : 0))).toString(
    'base64',
  );
}

/** Where Go's decoder finds the mistake. The input has a character for each byte. */
function base64Mistake(input: string): number {
  let digits = 0;
  for (let at = 0; at < input.length; at++) {
    const character = input.charAt(at);
    if (character === '\r' || character === '\n') continue;
    if (character === '=') return paddingMistake(input, at, digits % 4);
    if (!base64Digit.test(character)) return at;
    digits++;
  }
  // The end comes too early: Go reports the start of the last, incomplete group.
  return input.length - (digits % 4);
}

function paddingMistake(input: string, at: number, digits: number): number {
  if (digits < 2) return at;
  let next = skipBreaks(input, at + 1);
  if (digits === 2) {
    if (next === input.length) return next;
    // Go reports the character before the one that should be the second "=".
    if (input.charAt(next) !== '=') return next - 1;
    next = skipBreaks(input, next + 1);
  }
  return next;
}

function skipBreaks(input: string, at: number): number {
  let next = at;
  while (input.charAt(next) === '\r' || input.charAt(next) === '\n') next++;
  return next;
}

function encodeBase32(text: string, context: CallContext): string {
  const bytes = toBytes(text);
  context.checkLength(8 * Math.ceil(bytes.length / 5));
  let result = '';
  let bits = 0;
  let size = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    for (size += 8; size >= 5; size -= 5) result += BASE32_ALPHABET.charAt((bits >> (size - 5)) & 31);
    bits &= (1 << size) - 1;
  }
  if (size > 0) result += BASE32_ALPHABET.charAt((bits << (5 - size)) & 31);
  return result.padEnd(8 * Math.ceil(bytes.length / 5), '=');
}

/** Standard base32 with padding, as Go's encoding/base32 reads it. A mistake is reported in the result, as in sprig. */
function decodeBase32(text: string): string {
  const input = toBytes(text)
    .toString('latin1')
    .replace(/[\r\n]/g, '');
  const bytes: number[] = [];
  for (let at = 0; at < input.length;) {
    const group = readBase32Group(input, at);
    if (typeof group === 'number') return `illegal base32 data at input byte ${String(group)}`;
    bytes.push(...group.bytes);
    if (group.last) break;
    at += 8;
  }
  return fromBytes(Uint8Array.from(bytes));
}

/** The bytes of the eight digits at `start`, or the position of the mistake. */
function readBase32Group(input: string, start: number): { bytes: number[]; last: boolean } | number {
  const digits: number[] = [];
  while (digits.length < 8) {
    const at = start + digits.length;
    const left = input.length - at - 1;
    if (left < 0) return input.length - digits.length;
    if (input.charAt(at) === '=' && digits.length >= 2 && left < 8) {
      const mistake = base32PaddingMistake(input, at, digits.length);
      return mistake ?? { bytes: packBase32(digits), last: true };
    }
    const digit = BASE32_ALPHABET.indexOf(input.charAt(at));
    if (digit < 0) return at;
    digits.push(digit);
  }
  return { bytes: packBase32(digits), last: false };
}

function base32PaddingMistake(input: string, at: number, digits: number): number | undefined {
  if (input.length - at - 1 + digits < 7) return input.length;
  for (let k = 0; k < 7 - digits; k++) if (input.charAt(at + 1 + k) !== '=') return at + k;
  // 1, 3 or 6 digits do not encode a whole number of bytes (RFC 4648, section 6).
  return digits === 3 || digits === 6 ? at : undefined;
}

function packBase32(digits: readonly number[]): number[] {
  const bytes: number[] = [];
  let bits = 0;
  let size = 0;
  for (const digit of digits) {
    bits = ((bits << 5) | digit) & 0xfff;
    size += 5;
    if (size < 8) continue;
    size -= 8;
    bytes.push((bits >> size) & 0xff);
  }
  return bytes;
}

const encodedText = (value: Value): Value =>
  typeof value === 'string' ? toBytes(value).toString('base64') : value;
const decodedText = (value: Value): Value =>
  typeof value === 'string' ? fromBytes(Buffer.from(value, 'base64')) : value;

/** sprig's chapter "Encoding Functions". */
export const encoding: Chapter = {
  b64enc: ofString(encodeBase64, {
    result: inBase64,
    cost: hashed,
    inverse: undone(0, decodedText),
    example: '"hi"',
  }),
  b64dec: ofString(decodeBase64, {
    result: outOfBase64,
    pointless: unreadable(mustDecodeBase64),
    cost: transcoded,
    inverse: undone(0, encodedText),
    example: '"aGk="',
  }),
  b32enc: ofString(encodeBase32, { result: aString, cost: transcoded, example: '"hi"' }),
  b32dec: ofString(decodeBase32, { result: aString, cost: digitByDigit, example: '"NBUQ===="' }),
};
