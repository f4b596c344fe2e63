import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { buffer as readBytes } from 'node:stream/consumers';
import type { Document, Scalar } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, visit } from 'yaml';
import type { FilePosition } from './errors.ts';
import { describePosition, ManifestError, UsageError } from './errors.ts';
import { goYaml, withGoNumbers } from './go-yaml.ts';
import { sourceOffset } from './scalar-position.ts';
import { yamlProblem } from './yaml-problem.ts';

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

export interface ReadManifestsOptions {
  /** @default the process's standard input */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Told what is waited for, and which files of a folder were passed over. */
  readonly progress?: (text: string) => void;
  /** Passes over named files that hold no Kubernetes object too, as those of a folder. @default false */
  readonly lenient?: boolean;
  /** Told of a text that is no manifest, which is then passed over. @default the error is thrown */
  readonly broken?: (error: ManifestError) => void;
}

/** Characters that take about a second to parse: more are announced. */
const SLOW = 2_000_000;

/** What positions call standard input. */
export const STDIN = 'stdin';

/** Whether a file of a folder is read, by its name. */
export const isManifestFile = (name: string): boolean => /\.(ya?ml|json)$/i.test(name);

/**
 * Reads every object from files, folders (recursively: `*.yaml`, `*.yml`, `*.json`; not what is hidden) and `-`,
 * standard input. Multi-document YAML and lists are taken apart. Empty documents and kustomizations are passed over,
 * in folders also files that hold no Kubernetes object at all.
 * @throws {UsageError} naming the file, line and column of what cannot be read.
 */
export async function readManifests(
  paths: readonly string[],
  options: ReadManifestsOptions = {},
): Promise<readonly Manifest[]> {
  const { stdin = process.stdin, progress, lenient = false } = options;
  const read = new Set<string>();
  const manifests: Manifest[] = [];
  const add = (text: string, file: string) => {
    if (text.length > SLOW) progress?.(`parsing ${file}, ${(text.length / 1e6).toFixed(0)} MB`);
    for (const manifest of parsedUnlessBroken(text, file, options.broken)) manifests.push(manifest);
  };
  for (const path of paths) {
    if (path === '-') {
      if (stdin.isTTY === true) progress?.('reading manifests from standard input (Ctrl-D ends it)');
      const text = decodeText(await readBytes(stdin));
      add(text, STDIN);
      continue;
    }
    const { files, folder } = await filesAt(path);
    for (const file of files) {
      if (read.has(resolve(file))) continue;
      read.add(resolve(file));
      const text = await readTextFile(file);
      if ((folder || lenient) && !mentionsObjects(text))
        progress?.(`passed over ${file}: it holds no Kubernetes object`);
      else add(text, file);
    }
  }
  for (const text of repetitions(manifests)) progress?.(text);
  return manifests;
}

function parsedUnlessBroken(
  text: string,
  file: string,
  broken: ReadManifestsOptions['broken'],
): readonly Manifest[] {
  try {
    return parseManifests(text, file);
  } catch (error) {
    if (broken === undefined || !(error instanceof ManifestError)) throw error;
    broken(error);
    return [];
  }
}

/** API group of an object. */
export const groupOf = ({ apiVersion }: Pick<ManifestObject, 'apiVersion'>): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';

/** The same for two manifests of one object, also in two versions of its API. */
export const objectId = (object: ManifestObject): string =>
  [object.kind, groupOf(object), object.metadata.namespace ?? '', object.metadata.name].join(' ');

const placeOf = (manifest: Manifest) => describePosition(manifest.positionOf(''));

/** What to tell of objects that are given more than once, and not alike. */
function repetitions(manifests: readonly Manifest[]): readonly string[] {
  const last = new Map<string, Manifest>();
  const told: string[] = [];
  for (const manifest of manifests) {
    const id = objectId(manifest.object);
    const earlier = last.get(id);
    last.set(id, manifest);
    if (earlier === undefined || isDeepStrictEqual(earlier.object, manifest.object)) continue;
    const { kind, metadata } = manifest.object;
    const place = `${placeOf(manifest)} stands in the place of ${placeOf(earlier)}`;
    told.push(`${kind} ${metadata.name} is given twice: ${place}`);
  }
  return told;
}

/** Whether a file of a folder has to do with Kubernetes; a chart's values, e.g., have not. */
const mentionsObjects = (text: string) =>
  /^\s*["']?(?:apiVersion|kind)["']?\s*:/m.test(text.replaceAll(/[{,]/g, '\n'));

async function readTextFile(file: string): Promise<string> {
  try {
    return decodeText(await readFile(file));
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Text without its byte order mark, by which UTF-16 is told, as Windows' shells write it (YAML 1.2.2, section 5.2). */
function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder().decode(bytes);
}

async function filesAt(
  path: string,
): Promise<{ readonly files: readonly string[]; readonly folder: boolean }> {
  try {
    if (!(await stat(path)).isDirectory()) return { files: [path], folder: false };
    return { files: await manifestFilesIn(path), folder: true };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The manifest files below a folder, by name; hidden files and folders are left out, links to files are followed. */
async function manifestFilesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) files.push(...(await manifestFilesIn(path)));
    else if (isManifestFile(entry.name) && (await isFile(entry, path))) files.push(path);
  }
  return files;
}

async function isFile(entry: Dirent, path: string): Promise<boolean> {
  return entry.isFile() || (entry.isSymbolicLink() && (await stat(path)).isFile());
}

function unreadable(path: string, error: unknown): UsageError {
  return new UsageError(`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
}

/**
 * The objects of one YAML text.
 * @param file what positions call the text
 * @throws {ManifestError} where the text is not YAML, or holds something that is no Kubernetes object.
 */
export function parseManifests(text: string, file: string): readonly Manifest[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { ...goYaml, lineCounter: lines });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const place = new Placer(document, lines, text, file);
    const problem = yamlProblem(document, text);
    if (problem !== undefined) throw new ManifestError(place.at(problem.offset), problem.message);
    const root = withGoNumbers(decode(document, place));
    if (root === null || root === undefined) return [];
    return itemsOf(root).flatMap(({ value, path }): Manifest[] => {
      if (isPassedOver(value)) return [];
      const object = asObject(value, () => place.positionOf(path));
      return [
        {
          object,
          file,
          positionOf: (field, line, column) =>
            place.positionOf([...path, ...fieldSegments(field)], line, column),
        },
      ];
    });
  });
}

function decode(document: Document, place: Placer): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    // An alias without its anchor, or aliases that multiply without end.
    if (!(error instanceof ReferenceError)) throw error;
    throw new ManifestError(place.at(unresolvedAlias(document) ?? 0), `not YAML: ${error.message}`);
  }
}

function unresolvedAlias(document: Document): number | undefined {
  let found: number | undefined;
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      found = offsetOf(alias);
      return visit.BREAK;
    },
  });
  return found;
}

interface Item {
  readonly value: unknown;
  readonly path: readonly (string | number)[];
}

/** The items of a list (`List`, or a kind's own as the API server returns it), or the object itself. */
function itemsOf(root: unknown): readonly Item[] {
  if (!isRecord(root) || !Array.isArray(root['items'])) return [{ value: root, path: [] }];
  const { apiVersion, kind } = root;
  if (typeof kind !== 'string' || !kind.endsWith('List')) return [{ value: root, path: [] }];
  return root['items'].map((value: unknown, index) => ({
    // The items of a typed list do not repeat what they are.
    value: isRecord(value) && kind !== 'List' ? { apiVersion, kind: kind.slice(0, -4), ...value } : value,
    path: ['items', index],
  }));
}

const isRecord = (value: unknown): value is { readonly [field: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Input of kustomize, and objects whose name only the API server will know, are nothing that a policy is about. */
function isPassedOver(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion === 'string' && apiVersion.startsWith('kustomize.config.k8s.io/')) return true;
  // A kustomization needs neither.
  if (apiVersion === undefined && kind === undefined && 'resources' in value) return true;
  return isRecord(metadata) && metadata['name'] === undefined && typeof metadata['generateName'] === 'string';
}

function asObject(value: unknown, position: () => FilePosition): ManifestObject {
  const fail = (message: string) => new ManifestError(position(), message);
  if (!isRecord(value)) throw fail('not a Kubernetes object: a mapping with apiVersion and kind is needed');
  if (typeof value['apiVersion'] !== 'string' || value['apiVersion'] === '')
    throw fail('apiVersion is missing');
  if (typeof value['kind'] !== 'string' || value['kind'] === '') throw fail('kind is missing');
  const name = isRecord(value['metadata']) ? value['metadata']['name'] : undefined;
  if (typeof name === 'boolean' || typeof name === 'number')
    throw fail(`metadata.name is not text to YAML; put it in quotes`);
  if (typeof name !== 'string' || name === '') throw fail(`${value['kind']} has no metadata.name`);
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

function offsetOf(node: unknown): number {
  if (typeof node !== 'object' || node === null || !('range' in node)) return 0;
  const start: unknown = Array.isArray(node.range) ? node.range[0] : undefined;
  return typeof start === 'number' ? start : 0;
}
