import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterImportPolicy } from '../../src/api/index.ts';
import { readManifests } from '../../src/cli/manifests/read-manifests.ts';
import type { ManifestObject } from '../../src/cli/manifests/manifest-object.ts';

/** Folder of the published policies, one folder per platform. */
export const CATALOGUE = join(import.meta.dirname, '../../kustomize/policies');

/** One platform's objects and what its policy makes of them. */
export interface CatalogueCase {
  readonly platform: string;
  /** Below `testdata`; empty for the main one. */
  readonly name: string;
  readonly folder: string;
}

const foldersIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

export const platforms: readonly string[] = foldersIn(CATALOGUE);

/**
 * Every folder below a platform's `testdata` that has sample objects; `states` has those that an API server does not take as
 * they are, or that the policy refuses.
 */
export const catalogueCases: readonly CatalogueCase[] = platforms.flatMap((platform) => {
  const testdata = join(CATALOGUE, platform, 'testdata');
  return ['', ...foldersIn(testdata)]
    .map((name) => ({ platform, name, folder: join(testdata, name) }))
    .filter(({ folder }) => existsSync(join(folder, 'objects.yaml')));
});

export const policyFile = (platform: string): string => join(CATALOGUE, platform, 'policy.yaml');

/**
 * The CRDs and sample objects of a case. A platform that keeps its clusters in Secrets has no CRDs; a variant without its
 * own has those of the main case.
 */
export function inputFiles({ platform, folder }: CatalogueCase): readonly string[] {
  const crds = [folder, join(CATALOGUE, platform, 'testdata')]
    .map((place) => join(place, 'crds.yaml'))
    .find((file) => existsSync(file));
  return [...(crds === undefined ? [] : [crds]), join(folder, 'objects.yaml')];
}

/** The objects of some manifests, without their positions. */
export async function objectsIn(...files: readonly string[]): Promise<readonly ManifestObject[]> {
  return (await readManifests(files)).map(({ object }) => object);
}

/** The one policy of a platform. */
export async function policyOf(platform: string): Promise<ClusterImportPolicy> {
  const [policy, ...others] = await objectsIn(policyFile(platform));
  if (policy?.kind !== 'ClusterImportPolicy' || others.length > 0) {
    throw new Error(`${policyFile(platform)} must hold one ClusterImportPolicy`);
  }
  return policy as ManifestObject & ClusterImportPolicy;
}
