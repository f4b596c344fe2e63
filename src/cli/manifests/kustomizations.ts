import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { STDIN } from './manifests.ts';

/** Names of the file, in kustomize's order (`api/konfig`, `RecognizedKustomizationFileNames`). */
const NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/**
 * The kustomization of a file's own folder, where that does not name the file; `undefined` where it does, or there is none.
 * Whether the folder itself is in another one is not asked.
 */
export async function kustomizationWithout(file: string): Promise<string | undefined> {
  if (file === STDIN) return undefined;
  const folder = dirname(file);
  const names = await readdir(folder).catch((): string[] => []);
  const name = NAMES.find((each) => names.includes(each));
  if (name === undefined) return undefined;
  const path = join(folder, name);
  const resources = resourcesIn(await readFile(path, 'utf8').catch(() => ''));
  const wanted = relative(resolve(folder), resolve(file));
  return resources.some((resource) => relative('.', resource) === wanted) ? undefined : path;
}

function resourcesIn(text: string): readonly string[] {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    // What is wrong with it is kustomize's to say.
    return [];
  }
  if (typeof value !== 'object' || value === null || !('resources' in value)) return [];
  return Array.isArray(value.resources)
    ? value.resources.filter((resource): resource is string => typeof resource === 'string')
    : [];
}
