import type { Document, LineCounter, Scalar } from 'yaml';
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { FilePosition } from '../errors.ts';
import { sourceOffset } from './scalar-position.ts';

/** `spec.references[0].key` as `['spec', 'references', 0, 'key']`. */
export function fieldSegments(field: string): readonly (string | number)[] {
  return field
    .split(/[.[\]]/)
    .filter((segment) => segment !== '')
    .map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment));
}

/** Finds the place of a field in the text that it was read from. */
export class Placer {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #text: string;
  readonly #file: string;

  constructor(document: Document, lines: LineCounter, text: string, file: string) {
    this.#document = document;
    this.#lines = lines;
    this.#text = text;
    this.#file = file;
  }

  positionOf(path: readonly (string | number)[], line?: number, column?: number): FilePosition {
    let node: unknown = this.#document.contents;
    let start = offsetOf(node);
    for (const segment of path) {
      const next = this.#childOf(node, segment);
      if (next === undefined) return this.at(start);
      node = this.#resolved(next.value);
      start = next.start;
    }
    if (line === undefined || !isScalar(node)) return this.at(start);
    const within = sourceOffset(this.#text, node, indexOf(String(node.value), line, column ?? 1));
    return this.at(within ?? offsetOf(node));
  }

  at(offset: number): FilePosition {
    const { line, col } = this.#lines.linePos(offset);
    const before = this.#text.slice(offset - (col - 1), offset);
    return { file: this.#file, line, column: [...before].length + 1 };
  }

  #resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  #childOf(node: unknown, segment: string | number): { value: unknown; start: number } | undefined {
    if (isSeq(node)) {
      const item = typeof segment === 'number' ? node.items[segment] : undefined;
      return item === undefined ? undefined : { value: item, start: offsetOf(item) };
    }
    if (!isMap(node)) return undefined;
    const named = (name: string) => node.items.filter(({ key }) => isScalar(key) && keyName(key) === name);
    const [pair] = named(String(segment));
    if (pair !== undefined) return { value: pair.value, start: offsetOf(pair.key) };
    for (const { value } of named('<<')) {
      const merged = this.#resolved(value);
      for (const source of isSeq(merged) ? merged.items : [merged]) {
        const found = this.#childOf(this.#resolved(source), segment);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }
}

/** Position in a text of a line and a column of characters, both from 1. */
function indexOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let left = line - 1; left > 0; left--) {
    const newline = text.indexOf('\n', start);
    if (newline < 0) return text.length;
    start = newline + 1;
  }
  const newline = text.indexOf('\n', start);
  const characters = [...text.slice(start, newline < 0 ? undefined : newline)];
  return start + characters.slice(0, column - 1).join('').length;
}

/** The merge key `<<` is read as a symbol. */
function keyName({ value }: Scalar): string {
  return typeof value === 'symbol' ? (value.description ?? '') : String(value);
}

/** Where a node of a parsed document begins, in UTF-16 units; 0 for what has no place in the text. */
export function offsetOf(node: unknown): number {
  if (typeof node !== 'object' || node === null || !('range' in node)) return 0;
  const start: unknown = Array.isArray(node.range) ? node.range[0] : undefined;
  return typeof start === 'number' ? start : 0;
}
