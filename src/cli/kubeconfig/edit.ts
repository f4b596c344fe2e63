import type { Document, YAMLSeq } from 'yaml';
import { isMap, isNode, isScalar, isSeq, parseDocument, stringify } from 'yaml';
import type { ClusterEntry, KubeconfigChange } from './merge.ts';

/**
 * Changes the text of a kubeconfig. If `clusters` is a block list, as kubectl and people write it, everything else
 * stays exactly as it is. Otherwise the document is printed anew, with its comments.
 * @param text YAML or JSON with a `clusters` list
 */
export function editKubeconfig(text: string, changes: readonly KubeconfigChange[]): string {
  if (changes.length === 0) return text;
  const document = parseDocument(text, { keepSourceTokens: true });
  const clusters = document.get('clusters', true);
  if (isJson(text)) return editJson(text, changes);
  return isSeq(clusters) && clusters.flow !== true && clusters.items.length > 0
    ? editBlock(text, clusters, changes)
    : editDocument(document, changes);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function editJson(text: string, changes: readonly KubeconfigChange[]): string {
  const config = JSON.parse(text) as { clusters?: readonly ClusterEntry[] };
  config.clusters = changes.reduce(changedList, config.clusters ?? []);
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

function changedList(entries: readonly ClusterEntry[], change: KubeconfigChange): readonly ClusterEntry[] {
  switch (change.verb) {
    case 'add':
      return [...entries, change.entry];
    case 'update':
      return entries.map((entry) => (entry.name === change.entry.name ? change.entry : entry));
    case 'remove':
      return entries.filter(({ name }) => name !== change.name);
  }
}

function editDocument(document: Document, changes: readonly KubeconfigChange[]): string {
  if (!isSeq(document.get('clusters', true))) document.set('clusters', document.createNode([]));
  for (const change of changes) {
    const list = document.get('clusters', true) as YAMLSeq;
    const name = change.verb === 'remove' ? change.name : change.entry.name;
    const index = list.items.findIndex((item) => nameOf(item) === name);
    if (change.verb === 'add') list.add(document.createNode(change.entry));
    else if (change.verb === 'update') list.set(index, document.createNode(change.entry));
    else list.delete(index);
  }
  return document.toString({ lineWidth: 0 });
}

const nameOf = (item: unknown): unknown => (isMap(item) ? item.get('name') : undefined);

/** A part of the text that is replaced. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function editBlock(text: string, clusters: YAMLSeq, changes: readonly KubeconfigChange[]): string {
  const places = new Map(
    clusters.items.map((item, index) => [nameOf(item), linesOf(text, item, dashOf(clusters, index))]),
  );
  const all = [...places.values()];
  const indent = all[0]?.indent ?? '';
  const end = Math.max(...all.map((place) => place.end));
  const splices = changes.map((change): Splice => {
    if (change.verb === 'add') return { start: end, end, text: itemText(change.entry, indent) };
    const place = places.get(change.verb === 'remove' ? change.name : change.entry.name) ?? {
      start: end,
      end,
    };
    return { ...place, text: change.verb === 'remove' ? '' : itemText(change.entry, indent) };
  });
  const removed = changes.filter(({ verb }) => verb === 'remove').length;
  const added = changes.filter(({ verb }) => verb === 'add').length;
  if (removed === places.size && added === 0) return editDocument(parseDocument(text), changes);
  return apply(text, splices);
}

const itemText = (entry: ClusterEntry, indent: string) =>
  stringify([entry], { lineWidth: 0, indentSeq: false }).replaceAll(/^(?=.)/gm, indent);

/** The position of an item's dash. */
function dashOf({ srcToken }: YAMLSeq, index: number): number {
  const start = srcToken?.type === 'block-seq' ? srcToken.items[index]?.start : undefined;
  return start?.find(({ type }) => type === 'seq-item-ind')?.offset ?? 0;
}

/**
 * The lines of an item: from the one with its dash to the last one of its value. Comments between items belong to none.
 */
function linesOf(text: string, item: unknown, dash: number): { start: number; end: number; indent: string } {
  const start = text.lastIndexOf('\n', dash) + 1;
  const newline = text.indexOf('\n', Math.max(start, (lastValueEnd(item) ?? dash) - 1));
  return { start, end: newline < 0 ? text.length : newline + 1, indent: text.slice(start, dash) };
}

/** Where the last scalar of a value ends: the end of a mapping includes the comments behind it. */
function lastValueEnd(node: unknown): number | undefined {
  if (isScalar(node)) return node.range?.[1];
  if (isMap(node)) {
    const ends = node.items.map(({ key, value }) => lastValueEnd(value) ?? lastValueEnd(key));
    return maximum(ends);
  }
  return isSeq(node) ? maximum(node.items.map(lastValueEnd)) : isNode(node) ? node.range?.[1] : undefined;
}

function maximum(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Applies splices from the end to the beginning. Splices at the same place keep their order. */
function apply(text: string, splices: readonly Splice[]): string {
  const ordered = splices
    .map((splice, index) => ({ ...splice, index }))
    .sort((a, b) => a.start - b.start || a.index - b.index);
  let result = '';
  let at = 0;
  for (const { start, end, text: replacement } of ordered) {
    result += text.slice(at, start);
    if (replacement !== '' && result !== '' && !result.endsWith('\n')) result += '\n';
    result += replacement;
    at = Math.max(at, end);
  }
  return result + text.slice(at);
}
