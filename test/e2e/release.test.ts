import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locateAssets } from '../../src/control-plane/locate.ts';
import { findBuilder } from '../kustomize/build.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];

let folder: string;
const git = (...args: string[]): string =>
  execFileSync('git', [...author, ...args], { cwd: folder, encoding: 'utf8' }).trim();
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');

/** Runs the command as `npm run release` does, in the copy. */
function release(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, '.ci/release.ts'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      GIT_AUTHOR_NAME: 'Test',
      GIT_AUTHOR_EMAIL: 'test@example.com',
      GIT_COMMITTER_NAME: 'Test',
      GIT_COMMITTER_EMAIL: 'test@example.com',
    },
  });
  return { status, stdout, stderr };
}

const CHANGELOG = `# Changelog

## Unreleased

### Added

- A thing that users see.

## 0.1.0

- The first.
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'release-'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of files.split('\0').filter((path) => path !== '')) {
    cpSync(join(ROOT, file), join(folder, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n');
  writeFileSync(join(folder, 'CHANGELOG.md'), CHANGELOG);
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Begin');
  git('branch', 'begin');
});

beforeEach(() => {
  git('reset', '--quiet', '--hard', 'begin');
  for (const tag of git('tag').split('\n')) if (tag !== '') git('tag', '--delete', tag);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const builder = await findBuilder(await locateAssets());

describe('npm run release', () => {
  it('makes one commit and one tag, with the version in every place that has it', ({ skip }) => {
    skip(builder === undefined, 'there is no kubectl of 1.21 or later, and no kustomize of 3.7 or later');
    expect(release('0.2.0', '--date', '2026-12-01')).toMatchObject({ status: 0 });
    expect(git('log', '--format=%s')).toBe('Release 0.2.0\nBegin');
    expect(git('tag', '--list', '--format=%(refname:short)|%(objecttype)|%(contents)')).toBe(
      'v0.2.0|tag|0.2.0\n\n### Added\n\n- A thing that users see.',
    );
    expect(git('status', '--porcelain')).toBe('');
    expect(JSON.parse(read('package.json'))).toMatchObject({ version: '0.2.0' });
    expect(JSON.parse(read('package-lock.json'))).toMatchObject({ version: '0.2.0' });
    expect(read('kustomize/base/kustomization.yaml')).toMatch(/newTag: 0\.2\.0$/m);
    expect(read('CHANGELOG.md')).toBe(
      CHANGELOG.replace('## Unreleased\n', '## Unreleased\n\n## 0.2.0 - 2026-12-01\n'),
    );
  });

  it.each([
    ['no version', [], 'name the version: npm run release -- X.Y.Z; not nothing'],
    ['what is no version', ['v1'], 'name the version: npm run release -- X.Y.Z; not v1'],
    ['a day that is none', ['0.2.0', '--date', 'today'], '--date takes a day as YYYY-MM-DD'],
  ])('refuses %s', (_sentence, args, reason) => {
    expect(release(...args)).toEqual({ status: 2, stdout: '', stderr: `error: ${reason}\n` });
  });

  it('refuses a work tree with changes, and leaves it as it is', () => {
    writeFileSync(join(folder, 'README.md'), 'changed\n');
    expect(release('0.2.0')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: the work tree has changes: commit or stash them\n',
    });
    expect(git('status', '--porcelain')).toBe('M README.md');
  });

  it('refuses a release of which the changelog says nothing', () => {
    writeFileSync(join(folder, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- The first.\n');
    git('commit', '--quiet', '--all', '--message', 'Say nothing');
    expect(release('0.2.0')).toMatchObject({
      status: 2,
      stderr: 'error: CHANGELOG.md has nothing under "## Unreleased": say what changes for users\n',
    });
  });

  it('refuses a version that is there already', () => {
    git('tag', 'v0.2.0');
    expect(release('0.2.0')).toMatchObject({
      status: 2,
      stderr: 'error: the tag v0.2.0 is there already\n',
    });
  });
});
