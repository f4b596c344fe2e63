import { Scalar } from 'yaml';

/** A piece of a scalar's text as the source writes it: a visible character, or an escape sequence. */
interface Unit {
  readonly offset: number;
  /** What it stands for in the value. */
  readonly text: string;
}

/**
 * Where a character of a scalar's value stands in the source, whatever the scalar's style: literal and folded blocks
 * with any indentation, quoted text with escapes and folded lines, plain text over several lines.
 *
 * Styles differ only in what becomes of white space and in escapes (YAML 1.2.2, chapters 7 and 8), so the visible
 * characters of source and value are aligned one by one, and white space is placed behind what precedes it.
 *
 * @param source the text that the node was parsed from
 * @param index position in the value, in UTF-16 units; its length stands for the end
 * @returns `undefined` where the node was not parsed from `source`
 */
export function sourceOffset(source: string, node: Scalar, index: number): number | undefined {
  const { value, range } = node;
  if (typeof value !== 'string' || range === undefined || range === null) return undefined;
  let at = 0;
  let nearest: { readonly index: number; readonly offset: number } | undefined;
  for (const { offset, text } of unitsOf(source, node, range)) {
    while (at < value.length && !value.startsWith(text, at)) {
      if (!isSpace(value.charAt(at))) return undefined;
      at++;
    }
    if (at >= value.length) return undefined;
    if (nearest !== undefined && at > index) break;
    nearest = { index: at, offset };
    if (at + text.length > index) break;
    at += text.length;
  }
  if (nearest === undefined) return undefined;
  const reach = nearest.offset + Math.max(0, index - nearest.index);
  // White space at the end of a value may be written nowhere.
  return Math.min(reach, range[1]);
}

const isSpace = (character: string) => /\s/.test(character);

function* unitsOf(source: string, { type }: Scalar, [start, end]: readonly number[]): Generator<Unit> {
  switch (type) {
    case Scalar.QUOTE_DOUBLE:
      yield* doubleQuoted(source, (start ?? 0) + 1, (end ?? 0) - 1);
      break;
    case Scalar.QUOTE_SINGLE:
      yield* visible(source, (start ?? 0) + 1, (end ?? 0) - 1, "''");
      break;
    case Scalar.BLOCK_LITERAL:
    case Scalar.BLOCK_FOLDED: {
      const header = source.indexOf('\n', start);
      if (header >= 0) yield* visible(source, header + 1, end ?? 0);
      break;
    }
    default:
      yield* visible(source, start ?? 0, end ?? 0);
  }
}

/** @param doubled a pair of characters that stands for one of them */
function* visible(source: string, start: number, end: number, doubled?: string): Generator<Unit> {
  for (let offset = start; offset < end; offset++) {
    const text = source.charAt(offset);
    if (isSpace(text)) continue;
    yield { offset, text };
    if (doubled !== undefined && source.startsWith(doubled, offset)) offset++;
  }
}

const escapePattern = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r?\n|[^])/y;

/** Single-character escapes of YAML 1.2.2, section 5.7, that do not stand for themselves. */
const escaped: { readonly [letter: string]: string } = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
};

function* doubleQuoted(source: string, start: number, end: number): Generator<Unit> {
  for (let offset = start; offset < end;) {
    escapePattern.lastIndex = offset;
    const escape = escapePattern.exec(source)?.[0];
    const text = escape === undefined ? source.charAt(offset) : unescape(escape);
    if (escape !== undefined ? text !== '' : !isSpace(text)) yield { offset, text };
    offset += escape?.length ?? 1;
  }
}

/** What an escape sequence stands for; nothing for an escaped line break. */
function unescape(sequence: string): string {
  const body = sequence.slice(1);
  if (body.startsWith('\r') || body.startsWith('\n')) return '';
  if (body.length > 1) return String.fromCodePoint(Number.parseInt(body.slice(1), 16));
  return escaped[body] ?? body;
}
