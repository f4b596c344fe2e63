import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { Manifest } from './manifests.ts';
import { KUSTOMIZE, manifestsIn } from './manifests.ts';

const run = promisify(execFile);

/**
 * A command that builds a folder, with components (kustomize 3.7, kubectl 1.21); undefined where there is none. Debian 12's
 * kubectl is of 1.20, whose kustomize (2.0.3) knows no components; many machines have a later one besides.
 * @param assets folder of a control plane's binaries
 */
export async function findBuilder(assets: string): Promise<readonly string[] | undefined> {
  for (const command of [
    [join(assets, 'kubectl'), 'kustomize'],
    ['kubectl', 'kustomize'],
    ['kustomize', 'build'],
  ]) {
    const [program = '', ...args] = command;
    const builds = await run(program, [...args, join(KUSTOMIZE, 'overlays/default')]).then(
      ({ stdout }) => stdout.includes('kind: Issuer'),
      () => false,
    );
    if (builds) return command;
  }
  return undefined;
}

/** The objects that a folder builds to. */
export async function build(builder: readonly string[], path: string): Promise<readonly Manifest[]> {
  const [program = '', ...args] = builder;
  const { stdout } = await run(program, [...args, path], { maxBuffer: 64 * 1024 * 1024 });
  return manifestsIn(stdout);
}

/** Manifests as the files in `kustomize/install` hold them. */
export const manifestText = (manifests: readonly Manifest[]): string =>
  manifests
    .map((object) => stringify(object, { aliasDuplicateObjects: false, lineWidth: 0, singleQuote: true }))
    .join('---\n');
