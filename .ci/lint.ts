import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/*
 * Runs all checks of the sources, as many at a time as there are processors, and ends with 1 where one of them fails. Each prints
 * what it has to say when it has ended, so that they do not mix.
 */

/** The scripts of package.json; the longest first. */
const checks = ['lint:code', 'lint:format', 'lint:types', 'lint:dead', 'lint:imports'];

const waiting = [...checks];
await Promise.all(Array.from({ length: Math.min(availableParallelism(), checks.length) }, work));

async function work(): Promise<void> {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const { code, output } = await run(check);
    process.stdout.write(output);
    if (code === 0) continue;
    process.stdout.write(`npm run ${check} has failed\n`);
    process.exitCode = 1;
  }
}

function run(check: string): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '-s', check], { cwd: join(import.meta.dirname, '..') });
    let output = '';
    const keep = (text: string): void => void (output += text);
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
