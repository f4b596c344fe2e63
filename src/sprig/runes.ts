import { occurrences } from '../template/search.ts';
import { isAscii, isEscapedByte, runeCount } from '../template/text.ts';

/* Go's rules of unicode and strings that differ from JavaScript's. A rune is a string of one code point. */

/** Whether a rune belongs to the class that a pattern describes. ASCII is looked up. */
export function runeClass(pattern: RegExp): (rune: string) => boolean {
  const ascii = Array.from({ length: 128 }, (_, code) => pattern.test(String.fromCharCode(code)));
  return (rune) => {
    const code = rune.charCodeAt(0);
    return code < 128 ? ascii[code] === true : pattern.test(rune);
  };
}

const SPACES = '\\t\\n\\v\\f\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

/** Go's `unicode.IsSpace`. */
export const isSpace = runeClass(new RegExp(`^[${SPACES}]$`));
/** Go's `unicode.IsUpper`. */
export const isUpper = runeClass(/^\p{Lu}$/u);
/** Go's `unicode.IsLower`. */
export const isLower = runeClass(/^\p{Ll}$/u);
/** Go's `unicode.IsTitle`. */
export const isTitle = runeClass(/^\p{Lt}$/u);
/** Go's `unicode.IsLetter`. */
export const isLetter = runeClass(/^\p{L}$/u);
/** Go's `unicode.IsDigit`. */
export const isDigit = runeClass(/^\p{Nd}$/u);
/** Go's `unicode.IsNumber`. */
export const isNumber = runeClass(/^\p{N}$/u);
/** Go's `unicode.IsPunct`. */
export const isPunctuation = runeClass(/^\p{P}$/u);

const leading = new RegExp(`^[${SPACES}]+`);

/** Go's `strings.TrimSpace`. */
export function trimSpace(text: string): string {
  return trimSpaceRight(text.replace(leading, ''));
}

// A pattern anchored at the end would be tried from each run of spaces, which is quadratic.
function trimSpaceRight(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** Go's `unicode.ToUpper`: one code point to one, so `ß` stays. */
export function upperRune(rune: string): string {
  const upper = rune.toUpperCase();
  if (upper.length <= rune.length || isOneRune(upper)) return upper;
  return withIotaSubscript.get(rune) ?? rune;
}

/** Go's `unicode.ToLower`. */
export function lowerRune(rune: string): string {
  return rune === '\u0130' ? 'i' : rune.toLowerCase();
}

/** Go's `unicode.ToTitle`. It differs from upper case for the four digraphs and for Georgian. */
export function titleRune(rune: string): string {
  if (/^[\u10d0-\u10fa\u10fd-\u10ff]$/.test(rune)) return rune;
  return digraphTitles.get(rune) ?? upperRune(rune);
}

function isOneRune(text: string): boolean {
  const point = text.codePointAt(0) ?? 0;
  return text.length === (point > 0xffff ? 2 : 1);
}

// Greek letters with iota subscript: their full upper case is two letters, their simple one is the titlecase letter.
const withIotaSubscript: ReadonlyMap<string, string> = new Map(
  [
    ...[0x1f80, 0x1f90, 0x1fa0].flatMap((first) =>
      Array.from({ length: 8 }, (_, i): [number, number] => [first + i, first + i + 8]),
    ),
    [0x1fb3, 0x1fbc] as const,
    [0x1fc3, 0x1fcc] as const,
    [0x1ff3, 0x1ffc] as const,
  ].map(([lower, upper]) => [String.fromCharCode(lower), String.fromCharCode(upper)]),
);

const digraphTitles: ReadonlyMap<string, string> = new Map(
  ['\u01c4\u01c5\u01c6', '\u01c7\u01c8\u01c9', '\u01ca\u01cb\u01cc', '\u01f1\u01f2\u01f3'].flatMap((group) =>
    [...group].map((letter) => [letter, group.charAt(1)] as const),
  ),
);

/** Applies `change` to each rune. As in Go's `strings.Map`, a byte that is not valid UTF-8 becomes U+FFFD. */
function mapRunes(text: string, change: (rune: string) => string): string {
  let result = '';
  for (const rune of text) result += change(isEscapedByte(rune) ? '\ufffd' : rune);
  return result;
}

/** Go's `strings.ToUpper`. */
export function upper(text: string): string {
  return isAscii(text) ? text.toUpperCase() : mapRunes(text, upperRune);
}

/** Go's `strings.ToLower`. */
export function lower(text: string): string {
  return isAscii(text) ? text.toLowerCase() : mapRunes(text, lowerRune);
}

/** Go's `strings.Count`: occurrences do not overlap. An empty `part` counts the gaps between runes. */
export function countOf(text: string, part: string): number {
  if (part === '') return runeCount(text) + 1;
  let count = 0;
  for (const _at of occurrences(text, part)) count++;
  return count;
}
