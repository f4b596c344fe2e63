import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { buffer as readBytes } from 'node:stream/consumers';
import { ManifestError, UsageError } from '../errors.ts';
import type { Manifest } from './manifests.ts';
import { parseManifests, STDIN } from './manifests.ts';

export interface ReadManifestsOptions {
  /** @default the process's standard input */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Told what is waited for, and which files of a folder were passed over. */
  readonly progress?: (text: string) => void;
  /** Passes over named files that hold no Kubernetes object too, as those of a folder. @default false */
  readonly lenient?: boolean;
  /** Told of a text that is no manifest, which is then passed over. @default the error is thrown */
  readonly broken?: (error: ManifestError) => void;
  /** Reads the golden files of a folder, too: they are what should come out, not what is there. @default false */
  readonly golden?: boolean;
}

/** The golden file of a case: the objects that should come out. */
export const EXPECTED = 'expected.yaml';

/** Characters that take about a second to parse: more are announced. */
const SLOW = 2_000_000;

/** Whether a file of a folder is read, by its name. */
export const isManifestFile = (name: string): boolean => /\.(ya?ml|json)$/i.test(name);

/**
 * Reads every object from files, folders (recursively: `*.yaml`, `*.yml`, `*.json`; not what is hidden) and `-`,
 * standard input. Golden files of a folder are left out. Multi-document YAML and lists are taken apart. Empty documents and kustomizations are passed over,
 * in folders also files that hold no Kubernetes object at all.
 * @throws {UsageError} naming the file, line and column of what cannot be read.
 */
export async function readManifests(
  paths: readonly string[],
  options: ReadManifestsOptions = {},
): Promise<readonly Manifest[]> {
  const { progress } = options;
  const manifests: Manifest[] = [];
  for await (const { text, file } of manifestTexts(paths, options)) {
    if (text.length > SLOW) progress?.(`parsing ${file}, ${(text.length / 1e6).toFixed(0)} MB`);
    for (const manifest of parsedUnlessBroken(text, file, options)) manifests.push(manifest);
  }
  return manifests;
}

/** A text that is to hold manifests. */
export interface ManifestText {
  readonly text: string;
  /** Its path, or {@link STDIN}. */
  readonly file: string;
}

/**
 * The texts that {@link readManifests} parses, each file once.
 * @throws {UsageError} naming what cannot be read.
 */
export async function* manifestTexts(
  paths: readonly string[],
  options: Omit<ReadManifestsOptions, 'broken'> = {},
): AsyncGenerator<ManifestText> {
  const { stdin = process.stdin, progress, lenient = false, golden = false } = options;
  const read = new Set<string>();
  for (const path of paths) {
    if (path === '-') {
      if (stdin.isTTY === true) progress?.('reading manifests from standard input (Ctrl-D ends it)');
      yield { text: decodeText(await readBytes(stdin)), file: STDIN };
      continue;
    }
    const { files, folder } = await filesAt(path);
    for (const file of files) {
      if (read.has(resolve(file)) || (folder && !golden && basename(file) === EXPECTED)) continue;
      read.add(resolve(file));
      const text = await readTextFile(file);
      if ((folder || lenient) && !mentionsObjects(text))
        progress?.(`passed over ${file}: it holds no Kubernetes object`);
      else yield { text, file };
    }
  }
}

function parsedUnlessBroken(
  text: string,
  file: string,
  { broken, progress }: ReadManifestsOptions,
): readonly Manifest[] {
  try {
    return parseManifests(text, file, progress);
  } catch (error) {
    if (broken === undefined || !(error instanceof ManifestError)) throw error;
    broken(error);
    return [];
  }
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
