import { Buffer } from 'node:buffer';
import type { CallContext } from '../template/function.ts';
import { isEscapedByte, fromBytes, isAscii, toBytes } from '../template/text.ts';
import { chargeText } from './define.ts';
import {
  isLower,
  isNumber,
  isPunctuation,
  isSpace,
  isTitle,
  isUpper,
  lowerRune,
  runeClass,
  titleRune,
  upperRune,
} from './runes.ts';

/*
 * Words in a string: the parts of github.com/Masterminds/goutils v1.1.1 and github.com/huandu/xstrings v1.5.0
 * that sprig uses.
 */

/** The string with a character for each byte, as Go code sees it by index. */
function bytesAsCharacters(text: string): string {
  return isAscii(text) ? text : toBytes(text).toString('latin1');
}

function charactersAsBytes(characters: string): string {
  return isAscii(characters) ? characters : fromBytes(Buffer.from(characters, 'latin1'));
}

/**
 * goutils.DeleteWhiteSpace. It works on bytes, so it garbles text that is not ASCII, unless there is nothing to delete.
 */
export function nospace(text: string): string {
  const kept: string[] = [];
  const characters = bytesAsCharacters(text);
  for (const character of characters) if (!isSpace(character)) kept.push(character);
  return kept.length === characters.length ? text : kept.join('');
}

/** goutils.Initials: the first byte of each word. */
export function initials(text: string): string {
  let result = '';
  let afterGap = true;
  for (const character of bytesAsCharacters(text)) {
    const gap = isSpace(character);
    if (!gap && afterGap) result += character;
    afterGap = gap;
  }
  return result;
}

/** goutils.Uncapitalize: the first letter of each word in lower case. */
export function untitle(text: string): string {
  let result = '';
  let wordStart = true;
  for (const rune of runesOf(text)) {
    const gap = isSpace(rune);
    result += wordStart && !gap ? lowerRune(rune) : rune;
    wordStart = gap;
  }
  return result;
}

/** goutils.SwapCase: a lower-case letter at the beginning of a word gets title case. */
export function swapCase(text: string): string {
  if (isAscii(text)) return asciiSwapped(text);
  let result = '';
  let wordStart = true;
  for (const rune of runesOf(text)) {
    if (isUpper(rune) || isTitle(rune)) {
      result += lowerRune(rune);
      wordStart = false;
    } else if (isLower(rune)) {
      result += wordStart ? titleRune(rune) : upperRune(rune);
      wordStart = false;
    } else {
      result += rune;
      wordStart = isSpace(rune);
    }
  }
  return result;
}

function asciiSwapped(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  for (let i = 0; i < bytes.length; i++) {
    const letter = (bytes[i] ?? 0) | 0x20;
    if (letter >= 0x61 && letter <= 0x7a) bytes[i] = (bytes[i] ?? 0) ^ 0x20;
  }
  return bytes.toString('latin1');
}

/** `[]rune(text)`: a byte that is not valid UTF-8 becomes U+FFFD. */
export function runesOf(text: string): string[] {
  return Array.from(text, (rune) => (isEscapedByte(rune) ? '\ufffd' : rune));
}

/**
 * goutils.WrapCustom: breaks at spaces so that no line is longer than `width` bytes. With `breakWords` it breaks longer
 * words too. An empty `separator` means a line feed.
 */
export function wrap(
  text: string,
  width: number,
  separator: string,
  breakWords: boolean,
  context: CallContext,
): string {
  const characters = bytesAsCharacters(text);
  const between = separator === '' ? '\n' : bytesAsCharacters(separator);
  const limit = Math.max(1, width);
  const lines: string[] = [];
  let offset = 0;
  let length = 0;
  const pushLine = (end: number, next: number): void => {
    lines.push(characters.slice(offset, end));
    length += end - offset + between.length;
    chargeText(context, end - offset + between.length);
    context.checkLength(length);
    offset = next;
  };
  while (characters.length - offset > limit) {
    if (characters.charAt(offset) === ' ') {
      offset++;
      continue;
    }
    const space = characters.slice(offset, offset + limit + 1).lastIndexOf(' ');
    if (space > 0) pushLine(offset + space, offset + space + 1);
    else if (breakWords) pushLine(offset + limit, offset + limit);
    else {
      const next = characters.indexOf(' ', offset + limit);
      if (next < 0) break;
      pushLine(next, next + 1);
    }
  }
  return charactersAsBytes([...lines, characters.slice(offset)].join(between));
}

type WordType = 'number' | 'upper' | 'alphabet' | 'connector' | 'punctuation' | 'other' | 'invalid';

interface Word {
  readonly type: WordType;
  readonly runes: readonly string[];
}

const isConnector = (rune: string): boolean => rune === '-' || rune === '_' || isSpace(rune);

const isInvalid = (rune: string): boolean => rune === '\ufffd' || isEscapedByte(rune);

/** A letter of a script with words: xstrings excludes Han characters. */
const isAlphabet = runeClass(/^(?![\u3400-\u4d85\u4e00-\u9fcc\u{20000}-\u{2b81d}])\p{L}$/u);

const isLowerAlphabet = (rune: string): boolean => isAlphabet(rune) && !isUpper(rune);
const isOther = (rune: string): boolean =>
  !(isConnector(rune) || isAlphabet(rune) || isNumber(rune) || isPunctuation(rune));

/**
 * The next valid rune, and how many runes belong to it. Invalid runes belong to the valid rune after them; at the end,
 * to `previous`.
 */
function validRune(runes: readonly string[], at: number, previous: string): { rune: string; size: number } {
  let end = at;
  while (end < runes.length && isInvalid(runes[end] ?? '')) end++;
  return { rune: runes[end] ?? previous, size: Math.min(end + 1, runes.length) - at };
}

/** The end of the runes for which `accepts` holds. */
function span(
  runes: readonly string[],
  at: number,
  last: string,
  accepts: (rune: string) => boolean,
): number {
  let end = at;
  for (let previous = last; end < runes.length;) {
    const { rune, size } = validRune(runes, end, previous);
    if (!accepts(rune)) break;
    end += size;
    previous = rune;
  }
  return end;
}

/** End of a word whose first rune, just before `at`, is upper case: `HTTP` of `HTTPStatus`, `Status`. */
function upperWordEnd(runes: readonly string[], at: number, first: string): number {
  if (at >= runes.length) return at;
  const second = validRune(runes, at, first);
  if (!isUpper(second.rune)) {
    return isAlphabet(second.rune) ? span(runes, at + second.size, second.rune, isLowerAlphabet) : at;
  }
  let { rune, size } = second;
  let end = at + size;
  while (end < runes.length) {
    const next = validRune(runes, end, rune);
    rune = next.rune;
    if (!isUpper(rune)) break;
    size = next.size;
    end += size;
  }
  return end < runes.length && isAlphabet(rune) ? end - size : end;
}

const spans: readonly (readonly [WordType, (rune: string) => boolean, (rune: string) => boolean])[] = [
  ['connector', isConnector, isConnector],
  ['punctuation', isPunctuation, isPunctuation],
  ['alphabet', isLowerAlphabet, isLowerAlphabet],
  ['number', isNumber, isNumber],
  ['other', () => true, isOther],
];

function wordsOf(text: string): Word[] {
  const runes = [...text];
  const words: Word[] = [];
  for (let at = 0; at < runes.length;) {
    const { type, end } = nextWord(runes, at);
    words.push({ type, runes: runes.slice(at, end) });
    at = end;
  }
  return words;
}

function nextWord(runes: readonly string[], at: number): { type: WordType; end: number } {
  const { rune, size } = validRune(runes, at, '\ufffd');
  const from = at + size;
  if (rune === '\ufffd') return { type: 'invalid', end: from };
  if (isUpper(rune)) return { type: 'upper', end: upperWordEnd(runes, from, rune) };
  for (const [type, begins, continues] of spans)
    if (begins(rune)) return { type, end: span(runes, from, rune, continues) };
  return { type: 'other', end: from };
}

function lowered(word: Word | undefined, connector: string): string {
  if (!word) return '';
  if (word.type !== 'upper' && word.type !== 'connector') return word.runes.join('');
  return word.runes
    .map((rune) =>
      isConnector(rune) ? connector : isEscapedByte(rune) ? '\ufffd' : isUpper(rune) ? lowerRune(rune) : rune,
    )
    .join('');
}

/**
 * xstrings' ToSnakeCase and ToKebabCase: lower-case words with `connector` between them. A number belongs to the word
 * before it, unless letters follow it directly.
 */
export function connectedWords(text: string, connector: string): string {
  const words = wordsOf(text);
  const typeAt = (at: number): WordType => words[at]?.type ?? 'invalid';
  const connects = (at: number): boolean => typeAt(at) !== 'connector' && typeAt(at) !== 'punctuation';
  let result = '';
  let at = 0;
  const takeLettersAndNumbers = (): void => {
    while (typeAt(at) === 'alphabet' || typeAt(at) === 'number') result += lowered(words[at++], connector);
    if (typeAt(at) !== 'invalid' && connects(at)) result += connector;
  };
  while (at < words.length - 1) {
    const previous = words[at];
    result += lowered(previous, connector);
    at++;
    if (previous?.type === 'number') takeLettersAndNumbers();
    else if (previous?.type === 'connector' || previous?.type === 'punctuation') continue;
    else if (typeAt(at) !== 'number') result += connects(at) ? connector : '';
    else if (at < words.length - 1) {
      const number = lowered(words[at++], connector);
      if (typeAt(at) !== 'alphabet') result += number + (connects(at) ? connector : '');
      else {
        result += connector + number;
        takeLettersAndNumbers();
      }
    }
  }
  return result + lowered(words[at], connector);
}

/**
 * xstrings.ToPascalCase of v1.5. Connectors are removed, and the letter after one becomes upper case. Capital letters
 * directly after a word's capital first letter become lower case, up to the first other character. Everything else
 * stays.
 */
export function camelCase(text: string): string {
  const runes = runesOf(text);
  const first = runes.findIndex((rune) => !isConnector(rune));
  // The text has nothing but connectors: the last one is written twice.
  if (first < 0) return runes.join('') + (runes.at(-1) ?? '');
  let result = runes.slice(0, first).join('');
  let last = upperRune(runes[first] ?? '');
  let inCapitals = isUpper(runes[first] ?? '');
  for (const rune of runes.slice(first + 1)) {
    if (isConnector(last) && isConnector(rune)) {
      result += last;
      last = rune;
    } else if (isConnector(last)) {
      inCapitals = isUpper(rune);
      last = upperRune(rune);
    } else {
      result += last;
      inCapitals &&= isUpper(rune);
      last = inCapitals ? lowerRune(rune) : rune;
    }
  }
  return result + last;
}
