import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import type { Document } from 'yaml';
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, Scalar } from 'yaml';
import { UsageError } from './errors.ts';

/** A place in a file; line and column count from 1. */
export interface FilePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** An object as a manifest has it: decoded YAML that has at least `apiVersion` and `kind`. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** One object of a manifest, with where it stands. */
export interface Manifest {
  readonly object: ManifestObject;
  readonly file: string;
  /** Where a field stands in the file; `line` and `column` are a place within its text. The nearest parent where it is absent. */
  positionOf(field: string, line?: number, column?: number): FilePosition;
}

const EXTENSIONS = /\.(ya?ml|json)$/i;

/**
 * Reads every object from files, folders (recursively, `*.yaml`, `*.yml`, `*.json`) and `-`, standard input.
 * Multi-document YAML and `List` objects are taken apart; empty documents are passed over.
 * @throws {UsageError} naming the file, line and column of what cannot be read.
 */
export async function readManifests(
  paths: readonly string[],
  stdin: NodeJS.ReadableStream = process.stdin,
): Promise<readonly Manifest[]> {
  const manifests: Manifest[] = [];
  for (const path of paths) {
    if (path === '-') {
      manifests.push(...parseManifests(await readText(stdin), 'stdin'));
      continue;
    }
    for (const file of await filesAt(path))
      manifests.push(...parseManifests(await readFile(file, 'utf8'), file));
  }
  return manifests;
}

async function filesAt(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && EXTENSIONS.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    throw new UsageError(
      `${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/**
 * The objects of one YAML text.
 * @param file what positions call the text
 * @throws {UsageError} where the text is not YAML, or holds something that is no Kubernetes object.
 */
export function parseManifests(text: string, file: string): readonly Manifest[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, merge: true, prettyErrors: false });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) {
      const { line, col } = lineCounter.linePos(problem.pos[0]);
      throw new UsageError(`${file}:${String(line)}:${String(col)}: not YAML: ${problem.message}`);
    }
    const root: unknown = document.toJS({ maxAliasCount: 1000 });
    if (root === null || root === undefined) return [];
    return objectsOf(root).map(({ value, path }) => {
      const place = new Placer(document, lineCounter, text, file);
      const object = asObject(value, () => place.positionOf(path));
      return {
        object,
        file,
        positionOf: (field, line, column) =>
          place.positionOf([...path, ...fieldSegments(field)], line, column),
      } satisfies Manifest;
    });
  });
}

/** The items of a `List`, or the object itself. */
function objectsOf(
  root: unknown,
): readonly { readonly value: unknown; readonly path: readonly (string | number)[] }[] {
  if (
    isRecord(root) &&
    root['apiVersion'] === 'v1' &&
    root['kind'] === 'List' &&
    Array.isArray(root['items'])
  ) {
    return root['items'].map((value: unknown, index) => ({ value, path: ['items', index] }));
  }
  return [{ value: root, path: [] }];
}

const isRecord = (value: unknown): value is { readonly [field: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function asObject(value: unknown, position: () => FilePosition): ManifestObject {
  const fail = (message: string) => {
    const { file, line, column } = position();
    return new UsageError(`${file}:${String(line)}:${String(column)}: ${message}`);
  };
  if (!isRecord(value)) throw fail('not a Kubernetes object: a mapping with apiVersion and kind is needed');
  if (typeof value['apiVersion'] !== 'string' || value['apiVersion'] === '')
    throw fail('apiVersion is missing');
  if (typeof value['kind'] !== 'string' || value['kind'] === '') throw fail('kind is missing');
  const metadata = value['metadata'];
  if (!isRecord(metadata) || typeof metadata['name'] !== 'string' || metadata['name'] === '') {
    throw fail(`${value['kind']} has no metadata.name`);
  }
  return value as ManifestObject;
}

/** `spec.references[0].key` as `['spec', 'references', 0, 'key']`. */
function fieldSegments(field: string): readonly (string | number)[] {
  return field
    .split(/[.[\]]/)
    .filter((segment) => segment !== '')
    .map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment));
}

/** Finds the place of a field in the text that it was read from. */
class Placer {
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
    let found = true;
    for (const segment of path) {
      const next = childOf(node, segment);
      if (next === undefined) {
        found = false;
        break;
      }
      node = next.value;
      start = next.start;
    }
    if (found && line !== undefined && isScalar(node)) return this.#within(node, line, column ?? 1);
    return this.#at(start);
  }

  #at(offset: number): FilePosition {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line, column: col };
  }

  /** A place in a scalar's text: block scalars begin on the next line and are indented, quoted ones begin after the quote. */
  #within(node: Scalar, line: number, column: number): FilePosition {
    const offset = offsetOf(node);
    const start = this.#at(offset);
    if (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED) {
      const lines = this.#text.slice(offset).split('\n').slice(1);
      const indent = /^ */.exec(lines.find((text) => text.trim() !== '') ?? '')?.[0].length ?? 0;
      return { file: this.#file, line: start.line + line, column: indent + column };
    }
    const quote = node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE ? 1 : 0;
    return line === 1 ? { ...start, column: start.column + quote + column - 1 } : start;
  }
}

function offsetOf(node: unknown): number {
  if (typeof node !== 'object' || node === null || !('range' in node)) return 0;
  const start: unknown = Array.isArray(node.range) ? node.range[0] : undefined;
  return typeof start === 'number' ? start : 0;
}

function childOf(node: unknown, segment: string | number): { value: unknown; start: number } | undefined {
  if (isSeq(node)) {
    const item = typeof segment === 'number' ? node.items[segment] : undefined;
    return item === undefined ? undefined : { value: item, start: offsetOf(item) };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
  return pair === undefined ? undefined : { value: pair.value, start: offsetOf(pair.key) };
}
