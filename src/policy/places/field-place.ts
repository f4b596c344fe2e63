import type { Template } from '../../template/index.ts';
import { lineAndColumn } from '../../template/index.ts';
import type { Finding, RenderedPlace } from '../finding.ts';
import { placeIn } from '../place.ts';
import type { Trace } from './reach.ts';
import type { StatementMap } from './statements.ts';
import { isTaken, mapOf } from './statements.ts';

/*
 * Finds where a template writes something of the rendered document. It uses the template's own text, as its author reads
 * it, so what a called template or an encoder writes has the place of the nearest field around it.
 */

/** A range of the text, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * A fault of a rendered document, with the line and column at which the template writes the faulty part.
 *
 * @param trace of the run that rendered it. What that run did not write is no place.
 */
export function withPlace(
  fault: Finding,
  template: Template,
  place: RenderedPlace | undefined,
  trace?: Trace,
): Finding {
  if (fault.line !== undefined || place === undefined) return fault;
  const offset = offsetOfRendered(template, place, trace);
  if (offset === undefined) return fault;
  return {
    ...fault,
    ...placeIn(template, lineAndColumn(template.text, offset)),
    ...('line' in place
      ? { message: place.message }
      : place.whereDecoded !== undefined &&
        decoding.test(template.text.slice(offset, endOfLine(template.text, offset))) && {
          message: place.whereDecoded,
        }),
  };
}

/** A value that `b64dec` as the last function writes alone. */
const decoding = /^["']?\{{2,3}-?\s*(?:b64dec\s[^|{}]*|[^{}]*\|\s*b64dec)\s*-?\}{2,3}["']?\s*$/;

function offsetOfRendered(
  template: Template,
  place: RenderedPlace,
  trace: Trace | undefined,
): number | undefined {
  const { text } = template;
  const isWritten = writtenBy(mapOf(template), trace);
  if ('line' in place) return offsetOfLine(text, place.line, isWritten);
  let around: Span = { start: 0, end: text.length };
  let offset: number | undefined;
  for (const [index, name] of place.path.entries()) {
    const item = itemOf(text, around, name, isWritten);
    if (item !== undefined) {
      around = item;
      continue;
    }
    const key = outermost(text, keysIn(text, around, name).filter(isWritten));
    if (key === undefined) break;
    const isLast = index === place.path.length - 1;
    offset = (isLast && place.part === 'key' ? undefined : valueOf(text, key)) ?? quoteBefore(text, key);
    around = { start: key.end, end: endOfValue(text, key.start) };
  }
  return offset;
}

type IsWritten = (span: Pick<Span, 'start'>) => boolean;

const writtenBy =
  (map: StatementMap, trace: Trace | undefined): IsWritten =>
  ({ start }) => {
    const placed = map.at(start);
    return placed !== undefined && (trace === undefined || isTaken(placed, trace));
  };

/** Every key with a name, in a range of the text. */
const keysIn = (text: string, { start, end }: Span, name: string): readonly Span[] =>
  occurrences(text.slice(0, end), name, start)
    .map((at) => ({ start: at, end: at + name.length }))
    .filter((key) => isKey(text, key));

/** Whether a range is a key of a mapping. */
export const isKey = (text: string, { start, end }: Span): boolean =>
  /^["']?\s*:/.test(text.slice(end)) && !/[\w./-]$/.test(text.slice(Math.max(0, start - 1), start));

/** Where a name stands in a text. */
export function occurrences(text: string, name: string, from = 0): readonly number[] {
  const found: number[] = [];
  for (let at = text.indexOf(name, from); at >= 0; at = text.indexOf(name, at + 1)) found.push(at);
  return found;
}

/** The key with the least indentation: the others belong to fields of its neighbours. */
function outermost(text: string, keys: readonly Span[]): Span | undefined {
  const columnOf = ({ start }: Span) => start - startOfLine(text, start);
  return keys.reduce<Span | undefined>(
    (best, key) => (best === undefined || columnOf(key) < columnOf(best) ? key : best),
    undefined,
  );
}

/** An item of a block list by its index. */
function itemOf(text: string, around: Span, name: string, isWritten: IsWritten): Span | undefined {
  if (!/^\d+$/.test(name)) return undefined;
  const dashes = [...text.slice(around.start, around.end).matchAll(/^([ \t]*)- /gm)]
    .map(({ index, 0: dash, 1: indent = '' }) => ({
      start: around.start + index + dash.length,
      indent: indent.length,
    }))
    .filter(isWritten);
  const depth = Math.min(...dashes.map(({ indent }) => indent));
  const items = dashes.filter(({ indent }) => indent === depth);
  const index = Number(name);
  // A loop writes all items by one line.
  const item = items.length === 1 ? items[0] : items[index];
  return item && { start: item.start, end: items[index + 1]?.start ?? around.end };
}

/** The offset of a value that begins in the line of its key. */
function valueOf(text: string, { end }: Span): number | undefined {
  const [colon = '', first] = /^["']?[ \t]*:[ \t]*(\S)?/.exec(text.slice(end, endOfLine(text, end))) ?? [];
  return first === undefined ? undefined : end + colon.length - 1;
}

const quoteBefore = (text: string, { start }: Span): number =>
  /["']/.test(text.charAt(start - 1)) ? start - 1 : start;

/**
 * The offset of the line that rendered as a given one, or of the one whose own text it begins with: a value may have
 * written several lines.
 *
 * @param line with `{{…}}` for each value
 */
function offsetOfLine(text: string, line: string, isWritten: IsWritten): number | undefined {
  const wanted = line.trim();
  if (wanted === '') return undefined;
  let start = 0;
  let best: { readonly offset: number; readonly length: number } | undefined;
  for (const written of text.split('\n')) {
    const offset = start + (written.length - written.trimStart().length);
    start += written.length + 1;
    if (!isWritten({ start: offset })) continue;
    const own = written.trim();
    if (own.replaceAll(/\{\{.*?\}\}+/g, '{{…}}') === wanted) return offset;
    const [before = ''] = own.split('{{', 1);
    const isBegun = before !== own && before.length > (best?.length ?? 0) && wanted.startsWith(before);
    if (isBegun) best = { offset, length: before.length };
  }
  return best?.offset;
}

const startOfLine = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** A line that begins or ends a block and writes nothing. */
const turn = /^\s*\{\{[-~]?\s*(?:[#/^]|(?:if|with|range|else|end)\b)/;

/** The end of a key's value: the end of its line, or of the more deeply indented lines below it. */
export function endOfValue(text: string, start: number): number {
  const lines = text.slice(startOfLine(text, start)).split('\n');
  const indentOf = (content: string) => content.length - content.trimStart().length;
  const [own = ''] = lines;
  const depth = indentOf(own);
  const isItem = (content: string) => /^\s*- /.test(content);
  const isBelow = (content: string, index: number) =>
    index === 0 ||
    content.trim() === '' ||
    content.trimStart().startsWith('{{') ||
    indentOf(content) > depth ||
    // The items of a list may have the indentation of its key.
    (indentOf(content) === depth && isItem(content) && !isItem(own));
  const first = lines.findIndex((content, index) => !isBelow(content, index));
  const block = first < 0 ? lines : lines.slice(0, first);
  // Turns at the end lead to what follows, so they are not part of the value.
  while (block.length > 1 && (turn.test(block.at(-1) ?? '') || block.at(-1)?.trim() === '')) block.pop();
  return startOfLine(text, start) + block.join('\n').length;
}
