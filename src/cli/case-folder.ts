import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '../api/index.ts';
import { differencesBetween } from './difference.ts';
import { UsageError } from './errors.ts';
import { Inventory } from './inventory.ts';
import type { Manifest, ReadManifestsOptions } from './manifests.ts';
import { isManifestFile, parseManifests, readManifests } from './manifests.ts';
import { asGolden, toYaml } from './object-text.ts';
import { renderInventory } from './render.ts';
import { isPolicy } from './review.ts';

/** The golden file: the objects that should come out. */
export const EXPECTED = 'expected.yaml';
/** What should go wrong, a line each, where something should. */
export const EXPECTED_PROBLEMS = 'expected-problems.txt';

/** A folder with a policy, what it is applied to, and what should come of it. */
export interface CaseFolder {
  readonly path: string;
  /** Without the golden file. */
  readonly manifests: readonly Manifest[];
  /** `undefined` where there is no golden file yet. */
  readonly expected: readonly KubeObject[] | undefined;
  readonly expectedProblems: readonly string[];
}

/**
 * The cases in a folder and below it, by name. A case is a folder with golden files, or one whose own manifests are sources of
 * a policy. Policies are those of the folder itself or, where it has none, of the nearest folder above it that has.
 * @throws {UsageError} where a folder or a manifest cannot be read, or a case has no policy.
 */
export async function caseFoldersIn(
  root: string,
  options: Pick<ReadManifestsOptions, 'progress'>,
): Promise<readonly CaseFolder[]> {
  const found: CaseFolder[] = [];
  const visit = async (path: string, policiesAbove: readonly Manifest[]): Promise<void> => {
    const { files, folders } = await entriesOf(path);
    const inputs = files.filter((name) => isManifestFile(name) && name !== EXPECTED);
    const own = await readManifests(
      inputs.map((name) => join(path, name)),
      { ...options, lenient: true },
    );
    const policies = own.some(isPolicy) ? own.filter(isPolicy) : policiesAbove;
    const manifests = own.some(isPolicy) ? own : [...policiesAbove, ...own];
    const golden = [EXPECTED, EXPECTED_PROBLEMS].some((name) => files.includes(name));
    if (golden && policies.length === 0)
      throw new UsageError(
        `${path}: has golden files, but there is no ClusterImportPolicy in it or above it`,
      );
    if (golden || (own.length > 0 && renderInventory(new Inventory(manifests)).lifecycles.length > 0)) {
      found.push({ path, manifests, ...(await goldenIn(path, files)) });
    }
    for (const folder of folders) await visit(join(path, folder), policies);
  };
  await visit(root, []);
  return found;
}

async function entriesOf(
  path: string,
): Promise<{ readonly files: readonly string[]; readonly folders: readonly string[] }> {
  try {
    const entries = (await readdir(path, { withFileTypes: true })).filter(
      ({ name }) => !name.startsWith('.'),
    );
    const names = (isFolder: boolean) =>
      entries
        .filter((entry) => entry.isDirectory() === isFolder)
        .map(({ name }) => name)
        .sort();
    return { files: names(false), folders: names(true) };
  } catch (error) {
    throw new UsageError(
      `${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function goldenIn(
  path: string,
  files: readonly string[],
): Promise<Pick<CaseFolder, 'expected' | 'expectedProblems'>> {
  const problems = files.includes(EXPECTED_PROBLEMS)
    ? await readFile(join(path, EXPECTED_PROBLEMS), 'utf8')
    : '';
  return {
    expected: files.includes(EXPECTED) ? goldenOf(await readManifests([join(path, EXPECTED)])) : undefined,
    expectedProblems: problems.split('\n').filter((line) => line.trim() !== ''),
  };
}

const goldenOf = (manifests: readonly Manifest[]) =>
  manifests.map(({ object }) => asGolden(object as KubeObject));

/**
 * Makes a case's golden files say what came out. One that says so already, in other words, in another order or with comments, is
 * left as it is.
 * @returns whether a file was written
 */
export async function updateGolden(
  folder: CaseFolder,
  objects: readonly KubeObject[],
  problems: readonly string[],
): Promise<boolean> {
  const text = toYaml(objects) || '# Nothing is made of these sources.\n';
  const { path, expected, expectedProblems } = folder;
  const sameObjects =
    expected !== undefined &&
    differencesBetween(expected, goldenOf(parseManifests(text, EXPECTED))).length === 0;
  const sameProblems = problems.join('\n') === expectedProblems.join('\n');
  if (!sameObjects) await writeFile(join(path, EXPECTED), text);
  if (!sameProblems)
    await writeFile(join(path, EXPECTED_PROBLEMS), problems.map((line) => `${line}\n`).join(''));
  return !sameObjects || !sameProblems;
}
