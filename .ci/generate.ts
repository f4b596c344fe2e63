import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { locateAssets } from '../src/control-plane/locate.ts';
import { build, findBuilder, manifestText } from '../test/kustomize/build.ts';
import { KUSTOMIZE, overlays } from '../test/kustomize/manifests.ts';

/*
 * Writes everything that is made from the code: the definitions, what the overlays render to, the reference pages. Tests fail
 * while one of them differs. The pages come last: they tell of the manifests.
 */
const ROOT = join(import.meta.dirname, '..');
const run = (...words: readonly string[]): void => {
  execFileSync(words[0] ?? '', words.slice(1), { cwd: ROOT, stdio: 'inherit' });
};

run('node', 'src/cli/main.ts', 'crds', '--write', 'kustomize');
const builder = await findBuilder(await locateAssets({ log: (line) => process.stderr.write(`${line}\n`) }));
if (builder === undefined)
  throw new Error(
    'kustomize/install is not written: it needs kubectl 1.21 or later, or kustomize 3.7 or later',
  );
for (const overlay of overlays) {
  const file = join(KUSTOMIZE, 'install', `${overlay}.yaml`);
  writeFileSync(file, manifestText(await build(builder, join(KUSTOMIZE, 'overlays', overlay))));
  process.stderr.write(`wrote ${file}\n`);
}
run(
  'npx',
  'vitest',
  'run',
  '--project',
  'unit',
  'test/docs/reference.test.ts',
  'test/docs/conditions.test.ts',
  'test/docs/catalogue.test.ts',
  '--update',
);
