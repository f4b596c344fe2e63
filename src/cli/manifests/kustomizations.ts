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
 * The first kustomization that leaves a file out: that of its own folder where it does not name the file, or that of the folder above
 * where it names neither the folder nor the file, and so on upwards as long as each folder has one. `undefined` where there is none.
 */
export async function leftOutBy(file: string): Promise<LeavesOut | undefined> {
  if (file === STDIN) return undefined;
  // What a kustomization may name: the file, or a folder below whose kustomization leads to it.
  const names = new Set([resolve(file)]);
  let path = file;
  for (let folder = dirname(file), isFirst = true; ; isFirst = false) {
    const kustomization = await kustomizationIn(folder);
    if (kustomization === undefined) {
      // A folder of manifests without one may be named file by file by the one above.
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
    // What is wrong with it is kustomize's to say.
    return [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return fields
    .flatMap((field): unknown => Reflect.get(value, field) ?? [])
    .filter((resource): resource is string => typeof resource === 'string');
}
