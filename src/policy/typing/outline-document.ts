import type { Document, Node, Pair, Scalar } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, visit } from 'yaml';
import type { Outline, TypeHole } from '../../template/index.ts';
import { parseDocument } from '../rendering/yaml-document.ts';
import { freePrefix, YamlShapeError } from '../rendering/yaml-error.ts';
import type { Form, OutlineText, Writing } from './outline-text.ts';
import { writeOutline } from './outline-text.ts';

/** An outline as the YAML document that it is. */
export interface OutlineDocument {
  readonly written: OutlineText;
  /** `undefined` if it is empty. */
  readonly document: Document | undefined;
  readonly holesOf: (node: Scalar) => HolesOfScalar;
}

export interface HolesOfScalar {
  readonly holes: readonly TypeHole[];
  /** The hole of which the scalar consists. */
  readonly only?: TypeHole | undefined;
}

/** An outline that is not YAML, as it was first written. */
export interface BrokenOutline {
  readonly written: OutlineText;
  readonly error: YamlShapeError;
}

/**
 * The ways to write an outline. They are tried until one can be parsed, because a value may be empty or have several
 * forms.
 */
const writings: readonly Writing[] = (['value', 'entry', 'item'] satisfies Form[]).flatMap((unknownAs) =>
  [false, true].map((leavesOut) => ({ leavesOut, unknownAs })),
);

/**
 * Maximum of text that is parsed for one template, in UTF-16 units. A template of ordinary size has about 20 ways of 1
 * KiB.
 */
const MAX_TEXT = 150_000;

/** The first outlines, up to the limit of text to parse. */
export function affordable(outlines: readonly Outline[]): readonly Outline[] {
  let left = MAX_TEXT;
  return outlines.filter(({ pieces }) => {
    left -= pieces.reduce((length, piece) => length + (piece.kind === 'text' ? piece.text.length : 0), 0);
    return left >= 0;
  });
}

/** Parses an outline. */
export function readOutline(outline: Outline): OutlineDocument | BrokenOutline {
  const prefix = freePrefix(outline.pieces.flatMap((piece) => (piece.kind === 'text' ? [piece.text] : [])));
  let broken: BrokenOutline | undefined;
  const tried = new Set<string>();
  for (const writing of writings) {
    const written = writeOutline(outline, prefix, writing);
    if (tried.has(written.text)) continue;
    tried.add(written.text);
    try {
      const document = parseDocument(written.text, prefix);
      return { written, document, holesOf: holesIn(written, prefix) };
    } catch (error) {
      if (!(error instanceof YamlShapeError)) throw error;
      broken ??= { written, error };
    }
  }
  if (broken === undefined) throw new Error('an outline is written in no way');
  return broken;
}

function holesIn({ holes }: OutlineText, prefix: string): OutlineDocument['holesOf'] {
  const mark = new RegExp(`${prefix}(\\d+)_`, 'g');
  return (node) => {
    const text = node.source ?? String(node.value);
    const found = [...text.matchAll(mark)].flatMap(([mark, index]) => {
      const hole = holes[Number(index)];
      return hole === undefined ? [] : [{ hole, isAll: mark === text }];
    });
    return {
      holes: found.map(({ hole }) => hole),
      only: found.find(({ isAll }) => isAll)?.hole,
    };
  };
}

/** The encoded map for which an entry stands. */
export function spreadBy({ key, value }: Pair, holesOf: OutlineDocument['holesOf']): TypeHole | undefined {
  const own = isScalar(key) ? holesOf(key).only : undefined;
  const other = isScalar(value) ? holesOf(value).only : undefined;
  return own !== undefined && own === other ? own : undefined;
}

/** A value that comes to a place of the document. */
export interface ValueAt {
  readonly hole: TypeHole;
  /** The fields of the value that lead to the place, if it encodes something larger. */
  readonly fields: readonly string[];
}

/** The values that come to the place at a path of the document. */
export function valuesAt(
  { document, holesOf }: OutlineDocument,
  path: readonly string[],
): readonly ValueAt[] {
  const values: ValueAt[] = [];
  const followed = new Set<string>();
  let anchors: ReadonlyMap<string, readonly Node[]> | undefined;
  const walk = (node: unknown, at: readonly string[]): void => {
    if (isAlias(node)) {
      const key = JSON.stringify([node.source, ...at]);
      // What an anchor names is followed once, however many aliases it has.
      if (followed.has(key)) return;
      followed.add(key);
      anchors ??= anchorsOf(document);
      for (const target of anchors.get(node.source) ?? []) walk(target, at);
    } else if (isScalar(node)) {
      values.push(...holesOf(node).holes.map((hole) => ({ hole, fields: at })));
    } else if (isSeq(node)) {
      for (const item of node.items) walk(item, at.slice(1));
    } else if (isMap(node)) {
      for (const pair of node.items) walkPair(pair, at);
    }
  };
  const walkPair = (pair: Pair, at: readonly string[]): void => {
    const { key, value } = pair;
    const spread = spreadBy(pair, holesOf);
    const [name] = at;
    if (spread !== undefined) {
      values.push({ hole: spread, fields: at });
    } else if (isScalar(key) && key.value === '<<') {
      for (const merged of isSeq(value) ? value.items : [value]) walk(merged, at);
    } else if (name === undefined || !isScalar(key) || key.value === name || holesOf(key).holes.length > 0) {
      walk(value, at.slice(1));
    }
  };
  walk(document?.contents, path);
  return values;
}

/** The nodes of a document by their anchors. A name may be used again. */
function anchorsOf(document: Document | undefined): ReadonlyMap<string, readonly Node[]> {
  const anchors = new Map<string, Node[]>();
  if (document !== undefined)
    visit(document, {
      Node: (_, node) => {
        if (isAlias(node) || node.anchor === undefined) return;
        const named = anchors.get(node.anchor);
        if (named === undefined) anchors.set(node.anchor, [node]);
        else named.push(node);
      },
    });
  return anchors;
}
