import type { ReadPath, Template } from '../template/index.ts';
import { lineAndColumn } from '../template/index.ts';

interface Place {
  readonly line: number;
  readonly column: number;
  readonly excerpt: string;
}

type Position = Pick<ReadPath, 'line' | 'column'>;

/** Characters shown on each side of the column. */
const REACH = 60;

/** A position in a template with its line and a caret below the column. A long line is cut to the surroundings. */
export function placeIn({ text }: Pick<Template, 'text'>, { line, column }: Position): Place {
  const content = lineOf(text, line);
  // A character has at most two units, so this contains everything that is shown.
  const start = unitOf(content, column - 1);
  const before = [...content.slice(Math.max(0, start - 2 * REACH), start)].slice(-REACH);
  const after = [...content.slice(start, start + 2 * REACH)].slice(0, REACH);
  return { line, column, excerpt: `${[...before, ...after].join('')}\n${' '.repeat(before.length)}^` };
}

/**
 * Where the field chain of a read begins, e.g. at the first dot of `.source.spec.name`. The engine's own position is
 * the one that Go reports, which is somewhere inside the chain.
 */
export function placeOfRead(template: Pick<Template, 'text'>, { line, column }: Position): Place {
  const content = lineOf(template.text, line);
  const end = unitOf(content, column - 1);
  let start = end;
  // Character by character: one line may be a whole template with many fields in it.
  while (start > 0 && /[\p{L}\p{Nd}_.$]/u.test(content.charAt(start - 1))) start--;
  return placeIn(template, { line, column: column - [...content.slice(start, end)].length });
}

/** Where a template begins, which is the place of what is about it as a whole; `undefined` if it is empty. */
export function startOf(template: Pick<Template, 'text'>): Place | undefined {
  const start = template.text.search(/\S/);
  return start < 0 ? undefined : placeIn(template, lineAndColumn(template.text, start));
}

function lineOf(text: string, line: number): string {
  let start = 0;
  for (let count = 1; count < line; count++) start = text.indexOf('\n', start) + 1;
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? undefined : end);
}

/** The UTF-16 unit at which a character begins. */
function unitOf(text: string, character: number): number {
  if (!/[\ud800-\udbff]/.test(text)) return character;
  let unit = 0;
  for (let count = 0; count < character; count++) unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  return unit;
}
