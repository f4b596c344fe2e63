import { constants } from 'node:fs';
import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { cwd } from 'node:process';
import type { KubeObject } from '../../api/index.ts';
import { differencesBetween } from '../plan/difference.ts';
import type { FilePosition } from '../errors.ts';
import { UsageError } from '../errors.ts';
import { Inventory } from './inventory.ts';
import type { Manifest } from './manifests.ts';
import { parseManifests } from './manifests.ts';
import { asGolden, toYaml } from '../report/object-text.ts';
import type { ReadManifestsOptions } from './read-manifests.ts';
import { EXPECTED, isManifestFile, readManifests } from './read-manifests.ts';
import { renderInventory } from '../plan/inventory-view.ts';
import { isPolicy } from './review.ts';

/** The file with the expected problems, one per line. */
export const EXPECTED_PROBLEMS = 'expected-problems.txt';

/** A folder with a policy, its objects, and the expected result. */
export interface CaseFolder {
  readonly path: string;
  /** Without the golden file. */
  readonly manifests: readonly Manifest[];
  /** `undefined` if there is no golden file yet. */
  readonly expected: readonly KubeObject[] | undefined;
  readonly expectedProblems: readonly string[];
  /** The places of the objects in the golden file, by kind and name. */
  readonly places: ReadonlyMap<string, FilePosition>;
}

/** The cases and policies below a folder. */
export interface CaseFolders {
  readonly cases: readonly CaseFolder[];
  /** Every policy there, with or without cases. */
  readonly policies: readonly Manifest[];
}

/**
 * The cases in a folder and below it, by name. A case is a folder with golden files, or one whose own manifests are
 * sources of a policy. A case's policies are those of its folder or, if it has none, of the nearest folder above with
 * policies.
 * @throws {UsageError} if a folder or a manifest cannot be read, or a case has no policy.
 */
export async function caseFoldersIn(
  root: string,
  options: Pick<ReadManifestsOptions, 'progress'>,
): Promise<CaseFolders> {
  const found: CaseFolder[] = [];
  const known: Manifest[] = [];
  const visit = async (path: string, inherited: readonly Manifest[]): Promise<void> => {
    const { files, folders } = await entriesOf(path);
    const own = await manifestsIn(path, files, options);
    known.push(...own.filter(isPolicy));
    const policies = own.some(isPolicy) ? own.filter(isPolicy) : inherited;
    const manifests = own.some(isPolicy) ? own : [...inherited, ...own];
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
  await visit(root, await policiesAbove(root));
  return { cases: found, policies: known };
}

/** The manifests of a folder itself, without its golden file. */
const manifestsIn = (path: string, files: readonly string[], options: ReadManifestsOptions) =>
  readManifests(
    files.filter((name) => isManifestFile(name) && name !== EXPECTED).map((name) => join(path, name)),
    { ...options, lenient: true },
  );

/**
 * The policies of the nearest folder above that has any, up to the working directory: `test cases/one` finds those of
 * `cases`. Other files there are ignored, even if they are broken.
 */
async function policiesAbove(path: string): Promise<readonly Manifest[]> {
  const parent = dirname(resolve(path));
  const outside = relative(cwd(), parent).split(sep)[0] === '..';
  if (outside || parent === resolve(path)) return [];
  const { files } = await entriesOf(parent);
  const policies = (await manifestsIn(parent, files, { broken: () => undefined })).filter(isPolicy);
  return policies.length > 0 ? policies : policiesAbove(parent);
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
): Promise<Pick<CaseFolder, 'expected' | 'expectedProblems' | 'places'>> {
  for (const name of [EXPECTED, EXPECTED_PROBLEMS])
    if (files.includes(name)) await refuseLink(join(path, name));
  const problems = files.includes(EXPECTED_PROBLEMS)
    ? await readFile(join(path, EXPECTED_PROBLEMS), 'utf8')
    : '';
  const golden = files.includes(EXPECTED) ? await readManifests([join(path, EXPECTED)]) : undefined;
  return {
    expected: golden === undefined ? undefined : goldenOf(golden),
    places: new Map(
      (golden ?? []).map((manifest) => [
        `${manifest.object.kind}/${manifest.object.metadata.name}`,
        manifest.positionOf(''),
      ]),
    ),
    expectedProblems: problems.split('\n').filter((line) => line.trim() !== ''),
  };
}

const goldenOf = (manifests: readonly Manifest[]) =>
  manifests.map(({ object }) => asGolden(object as KubeObject));

/** A golden file that is a link could lead anywhere: another file would be overwritten, or shown in a difference. */
async function refuseLink(file: string): Promise<void> {
  if ((await lstat(file)).isSymbolicLink())
    throw new UsageError(`${file}: is a link; a golden file must be a file of its own`);
}

async function writeGolden(file: string, text: string): Promise<void> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  try {
    await writeFile(file, text, { flag: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW });
  } catch (error) {
    throw new UsageError(
      `${file}: cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/**
 * Writes the results of a case to its golden files. A file that already has the same content, in another form or order
 * or with comments, is left as it is.
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
  if (!sameObjects) await writeGolden(join(path, EXPECTED), text);
  if (!sameProblems)
    await writeGolden(join(path, EXPECTED_PROBLEMS), problems.map((line) => `${line}\n`).join(''));
  return !sameObjects || !sameProblems;
}
