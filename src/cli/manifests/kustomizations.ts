import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { STDIN } from './manifests.ts';

/** Names of the file, in kustomize's order (`api/konfig`, `RecognizedKustomizationFileNames`). */
const fileNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** A kustomization that leaves something out. */
export interface LeavesOut {
  readonly kustomization: string;
  /** The file, or the folder that it is in, or one above that. */
  readonly path: string;
}

/**
 * The first kustomization that leaves a file out: the one of its folder if it does not name the file, or the one of the
 * folder above if it names neither the folder nor the file, and so on upwards while each folder has one. `undefined` if
 * none leaves it out.
 */
export async function leftOutBy(file: string): Promise<LeavesOut | undefined> {
  if (file === STDIN) return undefined;
  // A kustomization may name the file, or a folder below it whose kustomization leads to the file.
  const names = new Set([resolve(file)]);
  let path = file;
  for (let folder = dirname(file), isFirst = true; ; isFirst = false) {
    const kustomization = await kustomizationIn(folder);
    if (kustomization === undefined) {
      // The kustomization above may name the files of a folder that has none.
      if (!isFirst) return undefined;
    } else {
      const named = resourcesIn(await readFile(kustomization, 'utf8').catch(() => ''));
      if (!named.some((resource) => names.has(resolve(folder, resource)))) return { kustomization, path };
      path = folder;
      names.add(resolve(folder));
    }
    const above = join(folder, '..');
    if (resolve(above) === resolve(folder)) return undefined;
    folder = above;
  }
}

async function kustomizationIn(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch((): string[] => []);
  const name = fileNames.find((each) => names.includes(each));
  return name === undefined ? undefined : join(folder, name);
}

/** Fields that name files and folders; `bases` is the word of earlier versions. */
const fields = ['resources', 'components', 'bases'] as const;

function resourcesIn(text: string): readonly string[] {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    // kustomize itself reports what is wrong with it.
    return [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return fields
    .flatMap((field): unknown => Reflect.get(value, field) ?? [])
    .filter((resource): resource is string => typeof resource === 'string');
}
