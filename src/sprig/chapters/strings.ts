import { hasPart, undone } from '../../template/inverse.ts';
import {
  aBoolean,
  always,
  aString,
  casedAs,
  partOfText,
  stillEncoded,
  strings as someStrings,
  trimmedText,
} from '../../template/results.ts';
import { mapOf, optional, string, stringWith, unknown } from '../../template/typing/type.ts';
import type { ResultType } from '../../template/typing/type.ts';
import type { InverseArgument } from '../../template/wish.ts';
import { cased, chargeFor, classified, cutIntoWords, rewritten } from '../cost.ts';
import { Encoded, TypedList, TypedMap } from '../../template/value.ts';
import { chargeText, failure, fixed, ofOne, ofString, ofTwo } from '../define.ts';
import type { Chapter } from '../define.ts';
import type { CallContext } from '../../template/function.ts';
import type { Value } from '../../template/value.ts';
import { camelCase, connectedWords, initials, nospace, runesOf, swapCase, untitle, wrap } from '../words.ts';
import { intArgument } from '../number.ts';
import { entriesOf, itemsOf } from '../../template/types.ts';
import { newMap, setKey } from '../kinds.ts';
import { changeEncoding, plainText, prependStructure, sliceEncoding } from '../fragments.ts';
import { indexOf, occurrences } from '../../template/search.ts';
import { byteLength, byteSlice, isAscii, rejoin } from '../../template/text.ts';
import { countOf, isSpace, lower, runeClass, titleRune, trimSpace, upper } from '../runes.ts';

/**
 * A copy of `text` with every `old` replaced. If `old` is empty, the gaps between runes are replaced (Go's
 * `strings.ReplaceAll`).
 */
export function replaceAll(text: string, old: string, by: string, context: CallContext): string {
  const count = countOf(text, old);
  chargeText(context, text.length);
  if (count === 0) return text;
  context.checkLength(text.length + count * (by.length - old.length));
  if (old === '') return rejoin(by + [...text].map((rune) => rune + by).join(''));
  return rejoin(partsBetween(text, old).join(by));
}

/** Go's `strings.Split`: into runes if the separator is empty. */
function splitText(text: string, separator: string, context: CallContext): string[] {
  const count = countOf(text, separator);
  context.checkCount(count);
  context.charge(count);
  chargeText(context, text.length);
  return separator === '' ? [...text] : partsBetween(text, separator);
}

/** The parts of `text` between the occurrences of `separator`, which must not be empty. */
function partsBetween(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (const at of occurrences(text, separator)) {
    parts.push(text.slice(start, at));
    start = at + separator.length;
  }
  parts.push(text.slice(start));
  return parts;
}

function splitLimited(text: string, separator: string, limit: number, context: CallContext): string[] {
  if (limit === 0) return [];
  const parts = splitText(text, separator, context);
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

/** Steps for the key that is made for each part. */
const STEPS_PER_KEY = 6;

/** The parts as the map `_0`, `_1`, … that sprig's `split` returns. */
function numbered(parts: readonly string[], context: CallContext): TypedMap {
  const map = newMap();
  context.charge(parts.length * STEPS_PER_KEY);
  parts.forEach((part, i) => {
    setKey(map, `_${String(i)}`, part);
  });
  return new TypedMap('string', map);
}

function repeat(text: string, count: number, context: CallContext): string {
  if (count < 0) throw failure('strings: negative Repeat count');
  context.checkLength(text.length * count);
  chargeText(context, text.length * count);
  return rejoin(text.repeat(count));
}

// Line breaks inside a value belong to the value: only those that the encoder wrote get the padding. Padding before a
// value from data counts as the template's own text. So the value keeps its place in a block scalar.
function indented(args: readonly Value[], before: string, context: CallContext): Value {
  const spaces = intArgument(args[0]);
  const pad = repeat(' ', spaces, context);
  const [, value] = args;
  if (context.structural && typeof value === 'string') {
    const plain = before + pad + replaceAll(value, '\n', `\n${pad}`, context);
    return new Encoded(plain, [
      { kind: 'text', text: before + pad },
      { kind: 'value', value, exact: false },
    ]);
  }
  return prependStructure(
    before + pad,
    changeEncoding(args[1], (value) => replaceAll(value, '\n', `\n${pad}`, context)),
  );
}

function trim(value: Value): Value {
  if (!(value instanceof Encoded)) return trimSpace(value as string);
  const trimmed = trimSpace(value.text);
  const start = value.text.indexOf(trimmed);
  return sliceEncoding(value, start, start + trimmed.length) ?? trimmed;
}

function trimSuffix(suffix: string, value: Value): Value {
  const whole = plainText(value);
  if (!whole.endsWith(suffix)) return value;
  return sliced(value, 0, whole.length - suffix.length);
}

/** Go's `strings.Trim(text, cutset)`. */
function trimAll(value: Value, cutset: string): Value {
  const whole = plainText(value);
  const cut = new Set(cutset);
  const runes = isAscii(whole) ? whole : [...whole];
  let start = 0;
  let end = runes.length;
  while (start < end && cut.has(runes[start] ?? '')) start++;
  while (end > start && cut.has(runes[end - 1] ?? '')) end--;
  const unitsTo = (rune: number) => (typeof runes === 'string' ? rune : runes.slice(0, rune).join('').length);
  return sliced(value, unitsTo(start), unitsTo(end));
}

/** A part of a text, encoded or not. Cutting through a value gives plain text. */
const sliced = (value: Value, start: number, end: number): Value =>
  (value instanceof Encoded ? sliceEncoding(value, start, end) : undefined) ??
  plainText(value).slice(start, end);

/** A replacement for a line break that only indents: more line breaks, or blanks. */
const indentedLine = /^\n[ \n]*$/;

/** Whether a text is part of the template itself. */
const isLiteral = (value: Value): boolean =>
  value instanceof Encoded && value.fragments.every(({ kind }) => kind === 'text');

/**
 * `replace`: an encoded text stays encoded if the template's own text indents its lines. Otherwise it becomes plain
 * text.
 */
function replaced(old: Value, by: Value, value: Value, context: CallContext): Value {
  const [from, to] = [plainText(old), plainText(by)];
  const indents = from === '\n' && indentedLine.test(to) && isLiteral(old) && isLiteral(by);
  return value instanceof Encoded && indents
    ? changeEncoding(value, (part) => replaceAll(part, from, to, context))
    : replaceAll(plainText(value), from, to, context);
}

const ofReplace: ResultType = ([old = unknown, by = unknown, value = unknown]) => {
  const { encodes } = value.strings ?? {};
  if (encodes === undefined || encodes.as === 'quote') return string;
  const [[from], [to]] = [old.strings?.values ?? [], by.strings?.values ?? []];
  const indents = from === '\n' && to !== undefined && indentedLine.test(to);
  return stringWith(indents ? { encodes } : { flattenedBy: 'replace' });
};

function trunc(text: string, count: number): string {
  const length = byteLength(text);
  if (count < 0 && length + count > 0) return byteSlice(text, length + count, length);
  return count >= 0 && length > count ? byteSlice(text, 0, count) : text;
}

/** sprig's `substr`, with Go's bounds: a start beyond the end fails. */
function substr(text: string, start: number, end: number): string {
  const length = byteLength(text);
  const from = start < 0 ? 0 : start;
  const to = start < 0 || (end >= 0 && end <= length) ? end : length;
  if (to < 0 || to > length || from > to)
    throw failure(
      `runtime error: slice bounds out of range [${String(from)}:${String(to)}] with length ${String(length)}`,
    );
  return byteSlice(text, from, to);
}

/** goutils' AbbreviateFull. If the width is too small, the result is empty, because sprig ignores the error. */
function abbreviate(text: string, offset: number, width: number): string {
  const length = byteLength(text);
  if (text === '' || width < 4) return '';
  if (length <= width) return text;
  const from = Math.min(Math.min(offset, length), length - (width - 3));
  const start = offset > length - (width - 3) ? from : offset;
  if (start <= 4) return rejoin(`${byteSlice(text, 0, width - 3)}...`);
  if (width < 7) return '';
  if (start + width - 3 < length)
    return rejoin(`...${abbreviate(byteSlice(text, start, length), 0, width - 3)}`);
  return rejoin(`...${byteSlice(text, length - (width - 3), length)}`);
}

function title(text: string): string {
  let wordStart = true;
  let result = '';
  for (const rune of runesOf(text)) {
    result += wordStart ? titleRune(rune) : rune;
    wordStart = isSeparator(rune);
  }
  return result;
}

const isWord = runeClass(/^\w$/);

// strings.Title: underscores, letters and digits belong to words. Beyond ASCII, only spaces separate words.
function isSeparator(rune: string): boolean {
  if (rune < '\x80') return !isWord(rune);
  return isSpace(rune);
}

const text = (value: Value): string => value as string;

/** A search reads the text and the searched part at most four times. */
const SEARCH_FACTOR = 4;

/** `split` returns a map: the text under `_0`, `_1`, … */
const numberedTexts = always(mapOf({ _0: string }, optional(string)));

const lowered = (value: Value): Value => (typeof value === 'string' ? lower(value) : value);
const trimmed = (value: Value): Value => (typeof value === 'string' ? trimSpace(value) : value);

/** The way back from a list of parts. */
function joinedTexts(value: Value, [separator]: readonly InverseArgument[]): Value {
  const items = itemsOf(value);
  return items
    ?.map((item) => (typeof item === 'string' ? item : 'x'))
    .join(plainText(separator?.value ?? ''));
}

/** The way back from the map `_0`, `_1`, … */
function joinedNumbers(value: Value, args: readonly InverseArgument[]): Value {
  const entries = entriesOf(value) ?? {};
  const count = 1 + Math.max(0, ...Object.keys(entries).map((key) => Number(key.slice(1)) || 0));
  const parts = Array.from({ length: Math.min(count, MAX_PARTS) }, (_, i) => entries[`_${String(i)}`] ?? 'x');
  return joinedTexts(parts, args);
}

/** At most this many parts are joined to a text for a sample. */
const MAX_PARTS = 16;

/** sprig has this function under two names. */
const trimCutset = ofTwo(
  ['string', 'string'],
  (cutset, value, context) => {
    chargeFor(plainText(value), cased, context);
    return trimAll(value, plainText(cutset));
  },
  { result: partOfText(1), inverse: undone(1), structure: 'passes', example: '"-" "--a-b--"' },
);

/** sprig's chapter "String Functions". */
export const strings: Chapter = {
  trim: ofOne('string', trim, {
    result: trimmedText,
    inverse: undone(0),
    example: '" a b "',
    structure: 'passes',
  }),
  trimAll: trimCutset,
  trimall: trimCutset,
  trimSuffix: ofTwo(['string', 'string'], (suffix, value) => trimSuffix(plainText(suffix), value), {
    result: partOfText(1),
    inverse: undone(1),
    example: '".local" "eu-1.local"',
    structure: 'passes',
  }),
  trimPrefix: ofTwo(
    ['string', 'string'],
    (prefix, value) =>
      plainText(value).startsWith(plainText(prefix))
        ? sliced(value, plainText(prefix).length, plainText(value).length)
        : value,
    {
      result: partOfText(1),
      cost: 'nothing',
      inverse: undone(1),
      structure: 'passes',
      example: '"v" "v1.30.2"',
    },
  ),
  upper: ofString(upper, {
    result: casedAs('upper', upper),
    cost: cased,
    inverse: undone(0, lowered),
    example: '"eu-1"',
  }),
  lower: ofString(lower, {
    result: casedAs('lower', lower),
    cost: cased,
    inverse: undone(0),
    example: '"READY"',
  }),
  title: ofString(title, { result: aString, cost: rewritten, inverse: undone(0), example: '"one two"' }),
  untitle: ofString(untitle, { result: aString, cost: rewritten, inverse: undone(0), example: '"One Two"' }),
  repeat: fixed(
    ['int', 'string'],
    ([count, value], context) => repeat(text(value), intArgument(count), context),
    { result: aString, example: '3 "ab"' },
  ),
  substr: fixed(
    ['int', 'int', 'string'],
    ([start, end, value]) => substr(text(value), intArgument(start), intArgument(end)),
    { result: aString, example: '0 3 "abcdef"' },
  ),
  nospace: ofString(nospace, { result: aString, cost: classified, inverse: undone(0), example: '"a b c"' }),
  trunc: ofTwo(['int', 'string'], (count, value) => trunc(text(value), intArgument(count)), {
    result: aString,
    inverse: undone(1),
    example: '5 "one two"',
  }),
  abbrev: fixed(
    ['int', 'string'],
    ([width, value]) => (intArgument(width) < 4 ? value : abbreviate(text(value), 0, intArgument(width))),
    { result: aString, inverse: undone(1), example: '8 "one two three"' },
  ),
  abbrevboth: fixed(
    ['int', 'int', 'string'],
    ([left, right, value]) => {
      const [offset, width] = [intArgument(left), intArgument(right)];
      return width < 4 || (offset > 0 && width < 7) ? value : abbreviate(text(value), offset, width);
    },
    { result: aString, inverse: undone(2), example: '4 11 "one two three four"' },
  ),
  initials: ofString(initials, { result: aString, cost: classified, example: '"One Two"' }),
  wrap: fixed(
    ['int', 'string'],
    ([width, value], context) => wrap(text(value), intArgument(width), '', false, context),
    { result: aString, example: '5 "one two three"' },
  ),
  wrapWith: fixed(
    ['int', 'string', 'string'],
    ([width, separator, value], context) =>
      wrap(text(value), intArgument(width), text(separator), true, context),
    { result: aString, example: '5 "|" "one two three"' },
  ),
  contains: ofTwo(
    ['string', 'string'],
    (part, value, context) => {
      chargeText(context, (text(value).length + text(part).length) * SEARCH_FACTOR);
      return indexOf(text(value), text(part)) >= 0;
    },
    { result: aBoolean, searches: 'part', inverse: hasPart('middle'), example: '"b" "abc"' },
  ),
  hasPrefix: ofTwo(['string', 'string'], (prefix, value) => text(value).startsWith(text(prefix)), {
    result: aBoolean,
    cost: 'nothing',
    searches: 'end',
    inverse: hasPart('start'),
    example: '"v1." "v1.30.2"',
  }),
  hasSuffix: ofTwo(['string', 'string'], (suffix, value) => text(value).endsWith(text(suffix)), {
    result: aBoolean,
    cost: 'nothing',
    searches: 'end',
    inverse: hasPart('end'),
    example: '".local" "eu-1.local"',
  }),
  indent: fixed(['int', 'string'], (args, context) => indented(args, '', context), {
    result: stillEncoded(1),
    inverse: undone(1, trimmed),
    example: '2 "a"',
    structure: 'passes',
  }),
  nindent: fixed(['int', 'string'], (args, context) => indented(args, '\n', context), {
    result: stillEncoded(1),
    inverse: undone(1, trimmed),
    example: '2 "a: b"',
    structure: 'passes',
  }),
  replace: fixed(
    ['string', 'string', 'string'],
    ([old, by, value], context) => replaced(old, by, value, context),
    { result: ofReplace, inverse: undone(2), structure: 'passes', spells: true, example: '"." "-" "a.b.c"' },
  ),
  plural: fixed(
    ['string', 'string', 'int'],
    ([one, many, count]) => (intArgument(count) === 1 ? one : many),
    { result: aString, cost: 'nothing', example: '"one cluster" "many clusters" 2' },
  ),
  snakecase: ofString((value) => connectedWords(value, '_'), {
    result: aString,
    cost: cutIntoWords,
    example: '"HTTPServer"',
  }),
  kebabcase: ofString((value) => connectedWords(value, '-'), {
    result: aString,
    cost: cutIntoWords,
    example: '"HTTPServer"',
  }),
  camelcase: ofString(camelCase, { result: aString, cost: rewritten, example: '"http_server"' }),
  swapcase: ofString(swapCase, { result: aString, cost: rewritten, example: '"Ab"' }),
  split: ofTwo(
    ['string', 'string'],
    (separator, value, context) => numbered(splitText(text(value), text(separator), context), context),
    { result: numberedTexts, inverse: undone(1, joinedNumbers), example: '"/" "a/b"' },
  ),
  splitn: fixed(
    ['string', 'int', 'string'],
    ([separator, limit, value], context) =>
      numbered(splitLimited(text(value), text(separator), intArgument(limit), context), context),
    {
      result: always(mapOf({}, optional(string))),
      inverse: undone(2, joinedNumbers),
      example: '"/" 2 "a/b/c"',
    },
  ),
  splitList: ofTwo(
    ['string', 'string'],
    (separator, value, context) => new TypedList('string', splitText(text(value), text(separator), context)),
    { result: someStrings, inverse: undone(1, joinedTexts), example: '"/" "a/b"' },
  ),
};
