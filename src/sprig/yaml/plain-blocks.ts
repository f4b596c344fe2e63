import type { Value, ValueMap } from '../../template/value.ts';
import { newMap, setKey } from '../kinds.ts';
import type { Resolved } from './resolve.ts';
import { resolvePlain } from './resolve.ts';

/*
 * The YAML that programs write: block maps, lists of them, and scalars on the key's line, without anchors, tags,
 * escapes or text over several lines. Kubeconfigs look like this. A general parser takes 0.7 ms and 290 KB of garbage
 * for one of 6 KB; a controller reads thousands of them when it starts.
 *
 * Only text that every YAML parser reads alike is read here. Everything else is left to the general parser, and so is
 * every error.
 */

/** The content of a text in this form. */
export interface PlainBlocks {
  readonly root: ValueMap;
  /** The number of values: scalars, lists and maps, including the root. */
  readonly values: number;
}

/** One line: a key, perhaps at the start of a list's entry. */
interface Line {
  /** Column of the key, from 0. */
  readonly column: number;
  readonly isEntry: boolean;
  readonly key: string;
  /** As written, with quotes. `undefined` if the line has no scalar. */
  readonly scalar: string | undefined;
}

const LINE = /^( *)(- )?([A-Za-z][A-Za-z0-9_./-]{0,100}):(?: +(\S.*))?$/;
const COMMENT = /^#[ -~]*$/;
const PLAIN = /^[A-Za-z0-9/](?:[A-Za-z0-9+/=._~@%:-]*[A-Za-z0-9+/=._~@%-])?$/;
const QUOTED = /^(?:"[ !#-[\]-~]*"|'[ -&(-~]*')$/;

/** Deeper nesting is left to the general parser, which has its own limit. */
const MOST_NESTED = 20;

/**
 * Reads a text of this form.
 *
 * @param valueOf returns the value of a scalar with this text
 * @returns `undefined` for any other text, valid or not
 */
export function readPlainBlocks(text: string, valueOf: (scalar: Resolved) => Value): PlainBlocks | undefined {
  const lines = linesOf(text);
  if (lines === undefined || lines.length === 0) return undefined;
  const reader = new BlockReader(lines, valueOf);
  const root = reader.map(0, 0);
  return reader.isAtEnd ? { root, values: reader.values } : undefined;
}

function linesOf(text: string): readonly Line[] | undefined {
  const lines: Line[] = [];
  for (const written of (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')) {
    if (COMMENT.test(written)) continue;
    const [, indent, dash = '', key, scalar] = LINE.exec(written) ?? [];
    if (indent === undefined || key === undefined || typeof resolvePlain(key) !== 'string') return undefined;
    if (scalar !== undefined && !isScalar(scalar)) return undefined;
    lines.push({ column: indent.length + dash.length, isEntry: dash !== '', key, scalar });
  }
  return lines;
}

function isScalar(text: string): boolean {
  return PLAIN.test(text) || QUOTED.test(text) || text === '{}' || text === '[]';
}

/** Stops at the first line that does not belong where it is. */
class BlockReader {
  readonly #lines: readonly Line[];
  readonly #valueOf: (scalar: Resolved) => Value;
  #at = 0;
  values = 0;

  constructor(lines: readonly Line[], valueOf: (scalar: Resolved) => Value) {
    this.#lines = lines;
    this.#valueOf = valueOf;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#lines.length;
  }

  map(column: number, depth: number): ValueMap {
    this.values++;
    const map = newMap();
    for (let line = this.#lines[this.#at]; line?.column === column; line = this.#lines[this.#at]) {
      // This is the next entry of the list that contains this map. If a key occurs twice, the general parser decides
      // which one counts.
      const isFirst = Object.keys(map).length === 0;
      if ((line.isEntry && !isFirst) || Object.hasOwn(map, line.key)) break;
      this.#at++;
      setKey(
        map,
        line.key,
        line.scalar === undefined ? this.#below(column, depth) : this.#scalar(line.scalar),
      );
    }
    return map;
  }

  /** The value below a key that has none on its own line. A list may begin in the key's column. */
  #below(column: number, depth: number): Value {
    const next = this.#lines[this.#at];
    if (depth < MOST_NESTED && next !== undefined) {
      if (next.isEntry && next.column - 2 >= column) return this.#list(next.column, depth + 1);
      if (!next.isEntry && next.column > column) return this.map(next.column, depth + 1);
    }
    this.values++;
    return null;
  }

  /** @param column of the entries' keys */
  #list(column: number, depth: number): readonly Value[] {
    this.values++;
    const entries: Value[] = [];
    for (
      let line = this.#lines[this.#at];
      line?.isEntry && line.column === column;
      line = this.#lines[this.#at]
    )
      entries.push(this.map(column, depth + 1));
    return entries;
  }

  #scalar(text: string): Value {
    this.values++;
    if (text === '{}') return newMap();
    if (text === '[]') return [];
    return text.startsWith('"') || text.startsWith("'")
      ? text.slice(1, -1)
      : this.#valueOf(resolvePlain(text));
  }
}
