import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { MINIMUM_NODE, unsupportedNode } from '../../src/cli/node-version.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

describe('unsupportedNode', () => {
  it.each(['22.19.0', '22.19.1', '22.20.0', '24.0.0', '100.0.0', '23.0.0-nightly'])('takes %s', (version) => {
    expect(unsupportedNode(version)).toBeUndefined();
  });

  it.each(['22.18.9', '22.9.0', '20.20.2', '8.17.0'])('refuses %s, and says what is needed', (version) => {
    expect(unsupportedNode(version)).toBe(
      `clusterpedia-import needs Node.js 22.19.0 or later; this is ${version}, ${process.execPath}`,
    );
  });

  it('agrees with package.json', async () => {
    const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
    const { engines } = JSON.parse(text) as { readonly engines: { readonly node: string } };
    expect(`${engines.node}.0`).toBe(`>=${MINIMUM_NODE}`);
  });
});

it('the program says so, and exits 2, on a Node.js that is too old', async () => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`;
  const run = promisify(execFile)(process.execPath, ['--import', `data:text/javascript,${pretend}`, MAIN]);
  const { code, stderr } = await run.then(
    () => ({ code: 0, stderr: '' }),
    (error: unknown) => error as { readonly code: number; readonly stderr: string },
  );
  expect(stderr).toContain('error: clusterpedia-import needs Node.js 22.19.0 or later; this is 20.20.2');
  expect(code).toBe(2);
});
