import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

let home = '';

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'compile-cache-'));
});

afterEach(async () => {
  await rm(home, { recursive: true });
});

async function run(env: NodeJS.ProcessEnv): Promise<string> {
  const { NODE_COMPILE_CACHE: _, NODE_DISABLE_COMPILE_CACHE: __, ...inherited } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, '--version'], {
    env: { ...inherited, ...env },
  });
  return stdout;
}

const files = (folder: string): Promise<string[]> => readdir(folder, { recursive: true }).catch(() => []);

describe('what Node.js has compiled of the program', () => {
  it('is kept in the cache of the user', async () => {
    const version = await run({ XDG_CACHE_HOME: home });
    const kept = await files(join(home, 'clusterpedia-import', 'compiled'));
    expect(kept.length).toBeGreaterThan(10);
    expect(await run({ XDG_CACHE_HOME: home })).toBe(version);
  });

  it('is kept where Node.js is told to', async () => {
    await run({ XDG_CACHE_HOME: home, NODE_COMPILE_CACHE: join(home, 'elsewhere') });
    expect((await files(join(home, 'elsewhere'))).length).toBeGreaterThan(10);
    expect(await files(join(home, 'clusterpedia-import'))).toEqual([]);
  });

  it('is not kept where Node.js is told not to', async () => {
    await run({ XDG_CACHE_HOME: home, NODE_DISABLE_COMPILE_CACHE: '1' });
    expect(await files(home)).toEqual([]);
  });

  it.each(['/dev/null', '/sys'])('is not kept where nothing can be written, as in %s', async (cache) => {
    expect(await run({ XDG_CACHE_HOME: cache })).toMatch(/^\d+\.\d+\.\d+/);
  });
});
