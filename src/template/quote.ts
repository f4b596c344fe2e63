import type { Budget } from './limits.ts';
import { isEscapedByte, isPrint, rejoin } from './text.ts';

/* Go's quoted strings: strconv.Unquote, strconv.Quote and related functions. */

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

const escape = /\\(?:([abfnrtv\\'"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))/y;

/** The meaning of one escape: a character, or `byte` for `\x` and octal escapes, which are single bytes. */
function readEscape(
  text: string,
  at: number,
  quote: string,
): { value: number; byte: boolean; end: number } | undefined {
  escape.lastIndex = at;
  const match = escape.exec(text);
  if (!match) return undefined;
  const [, simple, hex, short, long, octal] = match;
  const end = escape.lastIndex;
  if (simple !== undefined) {
    if ((simple === "'" || simple === '"') && simple !== quote) return undefined;
    return { value: (simpleEscapes[simple] ?? simple).charCodeAt(0), byte: false, end };
  }
  if (hex !== undefined) return { value: parseInt(hex, 16), byte: true, end };
  if (octal !== undefined) return { value: parseInt(octal, 8), byte: true, end };
  const value = parseInt(short ?? long ?? '', 16);
  return value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff) ? undefined : { value, byte: false, end };
}

const byteCharacter = (value: number): string => String.fromCharCode(value < 0x80 ? value : 0xdc00 | value);

/**
 * Go's `strconv.Unquote` for a string in `"` or `` ` `` that the scanner has delimited; `undefined` for a bad escape.
 */
export function unquote(quoted: string): string | undefined {
  const text = quoted.slice(1, -1);
  if (quoted.startsWith('`')) return text.replaceAll('\r', '');
  if (!text.includes('\\')) return text;
  let result = '';
  for (let at = 0; at < text.length;) {
    const backslash = text.indexOf('\\', at);
    result += text.slice(at, backslash < 0 ? text.length : backslash);
    if (backslash < 0) break;
    const read = readEscape(text, backslash, '"');
    if (!read) return undefined;
    result += read.byte ? byteCharacter(read.value) : String.fromCodePoint(read.value);
    at = read.end;
  }
  return rejoin(result);
}

/** The code point of a character constant such as `'a'` or `'\n'`; `undefined` if it is not one. */
export function unquoteCharacter(quoted: string): number | undefined {
  const text = quoted.slice(1, -1);
  if (text === '') return undefined;
  if (text.startsWith('\\')) {
    const read = readEscape(text, 0, "'");
    return read?.end === text.length ? read.value : undefined;
  }
  const point = text.codePointAt(0) ?? 0;
  return text.length === (point > 0xffff ? 2 : 1) ? point : undefined;
}

const letters: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

function escapeRune(rune: string, quote: string, asciiOnly: boolean): string {
  if (rune === quote || rune === '\\') return `\\${rune}`;
  if (isPrint(rune) && (!asciiOnly || rune < '\x80')) return rune;
  const letter = letters[rune];
  if (letter !== undefined) return letter;
  if (isEscapedByte(rune)) return `\\x${hex(rune.charCodeAt(0) & 0xff, 2)}`;
  const point = rune.codePointAt(0) ?? 0;
  if (point < 0x20 || point === 0x7f) return `\\x${hex(point, 2)}`;
  if (point >= 0xd800 && point <= 0xdfff) return '\\ufffd';
  return point < 0x10000 ? `\\u${hex(point, 4)}` : `\\U${hex(point, 8)}`;
}

const plain = /^[ !#-[\]-~]*$/;

// How many runes are quoted between two checks of the budget; each costs a step.
const CHUNK = 256;

/**
 * Go's `strconv.Quote`, or `strconv.QuoteToASCII`.
 *
 * @param budget pays for what is not plain ASCII, and is asked from time to time whether the string may become so long
 */
export function quote(text: string, asciiOnly = false, budget?: Budget): string {
  if (plain.test(text)) return `"${text}"`;
  let result = '"';
  let count = 0;
  for (const rune of text) {
    result += escapeRune(rune, '"', asciiOnly);
    if (++count % CHUNK === 0) {
      budget?.charge(CHUNK);
      budget?.checkLength(result.length);
    }
  }
  return `${result}"`;
}

/** Go's `strconv.QuoteRune`, or `strconv.QuoteRuneToASCII`. An invalid code point becomes U+FFFD. */
export function quoteRune(point: number, asciiOnly = false): string {
  const valid = point >= 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
  return `'${escapeRune(String.fromCodePoint(valid ? point : 0xfffd), "'", asciiOnly)}'`;
}

/** Go's `strconv.CanBackquote`: whether a raw string can hold this text. */
export function canBackquote(text: string): boolean {
  return text.isWellFormed() && !/[\x00-\x08\x0a-\x1f`\x7f\ufeff]/.test(text);
}
