import { readdir, readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import type { Texts } from './evaluate.ts';

/** The catalogue of policies, which comes with this package; its sample objects make good examples. */
function catalogue(): string {
  const manifest = findPackageJSON(import.meta.url);
  if (manifest === undefined)
    throw new Error('Cannot find the catalogue of policies: this program has no package.json');
  return join(dirname(manifest), 'kustomize', 'policies');
}

/** Names of the examples: the platforms for which there is a policy, the worked example first. */
export async function exampleNames(): Promise<readonly string[]> {
  const entries = await readdir(catalogue(), { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return names.sort((a, b) => Number(b === 'mcp') - Number(a === 'mcp') || (a < b ? -1 : 1));
}

/** One example: the platform's policy, and its CRDs and sample objects. `undefined` where there is none of that name. */
export async function exampleOf(name: string): Promise<Texts | undefined> {
  if (!(await exampleNames()).includes(name)) return undefined;
  const folder = join(catalogue(), name);
  const [policy, objects, crds] = await Promise.all([
    readFile(join(folder, 'policy.yaml'), 'utf8'),
    readFile(join(folder, 'testdata', 'objects.yaml'), 'utf8'),
    // A platform that keeps its clusters in Secrets has no CRD.
    readFile(join(folder, 'testdata', 'crds.yaml'), 'utf8').catch(() => ''),
  ]);
  const tidy = policy.replaceAll(/^# prettier-ignore\n/gm, '');
  return {
    policy: tidy,
    objects: [objects.trimEnd(), crds.trimEnd()].filter((text) => text !== '').join('\n---\n') + '\n',
  };
}
