import { Encoded, TypedList, TypedMap } from '../../template/value.ts';
import { chargeText, failure, fixed, ofOne, ofString, ofTwo } from '../define.ts';
import type { Chapter } from '../define.ts';
import type { CallContext } from '../../template/function.ts';
import type { Value } from '../../template/value.ts';
import { camelCase, connectedWords, initials, nospace, runesOf, swapCase, untitle, wrap } from '../words.ts';
import { intArgument } from '../number.ts';
import { newMap, setKey } from '../kinds.ts';
import { changeEncoding, plainText, prependStructure, sliceEncoding } from '../fragments.ts';
import { indexOf, occurrences } from '../../template/search.ts';
import { byteLength, byteSlice, isAscii, rejoin } from '../../template/text.ts';
import { countOf, isSpace, lower, runeClass, titleRune, trimSpace, upper } from '../runes.ts';

/** A copy of `text` with every `old` replaced, also the gaps between runes where `old` is empty (Go's `strings.ReplaceAll`). */
export function replaceAll(text: string, old: string, by: string, context: CallContext): string {
  const count = countOf(text, old);
  chargeText(context, text.length);
  if (count === 0) return text;
  context.checkLength(text.length + count * (by.length - old.length));
  if (old === '') return rejoin(by + [...text].map((rune) => rune + by).join(''));
  return rejoin(partsBetween(text, old).join(by));
}

/** Go's `strings.Split`: by runes where the separator is empty. */
function splitText(text: string, separator: string, context: CallContext): string[] {
  const count = countOf(text, separator);
  context.checkCount(count);
  context.charge(count);
  chargeText(context, text.length);
  return separator === '' ? [...text] : partsBetween(text, separator);
}

/** The parts of `text` between the occurrences of `separator`, which is not empty. */
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

/** Steps for a key that is made for a part. */
const stepsPerKey = 6;

/** The parts as the map `_0`, `_1`, … that sprig's `split` returns. */
function numbered(parts: readonly string[], context: CallContext): TypedMap {
  const map = newMap();
  context.charge(parts.length * stepsPerKey);
  parts.forEach((part, i) => {
    setKey(map, `_${i}`, part);
  });
  return new TypedMap('string', map);
}

function repeat(text: string, count: number, context: CallContext): string {
  if (count < 0) throw failure('strings: negative Repeat count');
  context.checkLength(text.length * count);
  chargeText(context, text.length * count);
  return rejoin(text.repeat(count));
}

// Line breaks inside a value are the value's: only those that the encoder wrote get the padding. What stands before a
// value of data is the template's, as if it were written there: so a value keeps its place in a block scalar.
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
  const end = whole.length - suffix.length;
  return (value instanceof Encoded ? sliceEncoding(value, 0, end) : undefined) ?? whole.slice(0, end);
}

/** Go's `strings.Trim(text, cutset)`. */
function trimAll(text: string, cutset: string): string {
  const cut = new Set(cutset);
  const runes = isAscii(text) ? text : [...text];
  let start = 0;
  let end = runes.length;
  while (start < end && cut.has(runes[start] ?? '')) start++;
  while (end > start && cut.has(runes[end - 1] ?? '')) end--;
  return typeof runes === 'string' ? runes.slice(start, end) : runes.slice(start, end).join('');
}

function trunc(text: string, count: number): string {
  const length = byteLength(text);
  if (count < 0 && length + count > 0) return byteSlice(text, length + count, length);
  return count >= 0 && length > count ? byteSlice(text, 0, count) : text;
}

/** sprig's `substr`, with Go's bounds: a start past the end fails. */
function substr(text: string, start: number, end: number): string {
  const length = byteLength(text);
  const from = start < 0 ? 0 : start;
  const to = start < 0 || (end >= 0 && end <= length) ? end : length;
  if (to < 0 || to > length || from > to)
    throw failure(`runtime error: slice bounds out of range [${from}:${to}] with length ${length}`);
  return byteSlice(text, from, to);
}

/** goutils' AbbreviateFull. Widths too small for it leave nothing, as sprig drops its error. */
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

// strings.Title: underscores, letters and digits make words; of other runes only spaces separate, past ASCII.
function isSeparator(rune: string): boolean {
  if (rune < '\x80') return !isWord(rune);
  return isSpace(rune);
}

const text = (value: Value): string => value as string;

/** Text that is not all ASCII is looked at rune by rune. */
function chargeRunes(context: CallContext, value: string): void {
  chargeText(context, isAscii(value) ? value.length : value.length * 64);
}

/** sprig has it by two names. */
const trimCutset = ofTwo(['string', 'string'], (cutset, value, context) => {
  chargeRunes(context, text(value));
  return trimAll(text(value), text(cutset));
});

/** sprig's chapter "String Functions". */
export const strings: Chapter = {
  trim: ofOne('string', trim, { structure: 'passes' }),
  trimAll: trimCutset,
  trimall: trimCutset,
  trimSuffix: ofTwo(['string', 'string'], (suffix, value) => trimSuffix(plainText(suffix), value), {
    structure: 'passes',
  }),
  trimPrefix: ofTwo(['string', 'string'], (prefix, value) =>
    text(value).startsWith(text(prefix)) ? text(value).slice(text(prefix).length) : value,
  ),
  upper: ofString((value, context) => (chargeRunes(context, value), upper(value))),
  lower: ofString((value, context) => (chargeRunes(context, value), lower(value))),
  title: ofString((value, context) => (chargeText(context, value.length * 128), title(value))),
  untitle: ofString((value, context) => (chargeText(context, value.length * 128), untitle(value))),
  repeat: fixed(['int', 'string'], ([count, value], context) =>
    repeat(text(value), intArgument(count), context),
  ),
  substr: fixed(['int', 'int', 'string'], ([start, end, value]) =>
    substr(text(value), intArgument(start), intArgument(end)),
  ),
  nospace: ofString((value, context) => (chargeText(context, value.length * 64), nospace(value))),
  trunc: ofTwo(['int', 'string'], (count, value) => trunc(text(value), intArgument(count))),
  abbrev: fixed(['int', 'string'], ([width, value]) =>
    intArgument(width) < 4 ? value : abbreviate(text(value), 0, intArgument(width)),
  ),
  abbrevboth: fixed(['int', 'int', 'string'], ([left, right, value]) => {
    const [offset, width] = [intArgument(left), intArgument(right)];
    return width < 4 || (offset > 0 && width < 7) ? value : abbreviate(text(value), offset, width);
  }),
  initials: ofString((value, context) => (chargeText(context, value.length * 64), initials(value))),
  wrap: fixed(['int', 'string'], ([width, value], context) =>
    wrap(text(value), intArgument(width), '', false, context),
  ),
  wrapWith: fixed(['int', 'string', 'string'], ([width, separator, value], context) =>
    wrap(text(value), intArgument(width), text(separator), true, context),
  ),
  contains: ofTwo(['string', 'string'], (part, value, context) => {
    chargeText(context, (text(value).length + text(part).length) * 4);
    return indexOf(text(value), text(part)) >= 0;
  }),
  hasPrefix: ofTwo(['string', 'string'], (prefix, value) => text(value).startsWith(text(prefix))),
  hasSuffix: ofTwo(['string', 'string'], (suffix, value) => text(value).endsWith(text(suffix))),
  indent: fixed(['int', 'string'], (args, context) => indented(args, '', context), { structure: 'passes' }),
  nindent: fixed(['int', 'string'], (args, context) => indented(args, '\n', context), {
    structure: 'passes',
  }),
  replace: fixed(['string', 'string', 'string'], ([old, by, value], context) =>
    replaceAll(text(value), text(old), text(by), context),
  ),
  plural: fixed(['string', 'string', 'int'], ([one, many, count]) => (intArgument(count) === 1 ? one : many)),
  snakecase: ofString((value, context) => (context.charge(value.length * 6), connectedWords(value, '_'))),
  kebabcase: ofString((value, context) => (context.charge(value.length * 6), connectedWords(value, '-'))),
  camelcase: ofString((value, context) => (context.charge(value.length * 2), camelCase(value))),
  swapcase: ofString((value, context) => (chargeText(context, value.length * 128), swapCase(value))),
  split: ofTwo(['string', 'string'], (separator, value, context) =>
    numbered(splitText(text(value), text(separator), context), context),
  ),
  splitn: fixed(['string', 'int', 'string'], ([separator, limit, value], context) =>
    numbered(splitLimited(text(value), text(separator), intArgument(limit), context), context),
  ),
  splitList: ofTwo(
    ['string', 'string'],
    (separator, value, context) => new TypedList('string', splitText(text(value), text(separator), context)),
  ),
};
