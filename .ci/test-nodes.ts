import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { MINIMUM_NODE } from '../src/cli/node-version.ts';

/*
 * Runs the unit tests on the oldest Node.js that is supported and on the newest one, which npm's package `node` has, and ends with
 * 1 where one of them fails. Arguments are for vitest:
 *
 *   npm run -s test:nodes [-- test/kube]
 */
const ROOT = join(import.meta.dirname, '..');

for (const version of [MINIMUM_NODE, 'latest']) {
  process.stdout.write(`Node.js ${version}\n`);
  const { status } = spawnSync(
    'npx',
    [
      '-y',
      `node@${version}`,
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      'unit',
      ...process.argv.slice(2),
    ],
    { cwd: ROOT, stdio: 'inherit' },
  );
  if (status !== 0) process.exitCode = 1;
}
