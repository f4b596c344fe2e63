import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
let rootfs = '';

/** Needs root for chroot, as image builds do. */
const asRoot = process.getuid?.() === 0;

describe.runIf(asRoot)("the image's file system, laid out as the Dockerfile does", () => {
  beforeAll(() => {
    rootfs = mkdtempSync(join(tmpdir(), 'clusterpedia-import-image-'));
    execFileSync('npm', ['run', '-s', 'build'], { cwd: root });
    execFileSync(join(root, '.ci/image/rootfs.sh'), [rootfs], { cwd: root, stdio: 'pipe' });
  }, 600_000);

  afterAll(() => {
    rmSync(rootfs, { recursive: true, force: true });
  });

  const run = (...args: string[]) =>
    execFileSync(
      'chroot',
      ['--userspec=65532:65532', rootfs, '/usr/local/bin/node', '/app/dist/src/cli/main.js', ...args],
      {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], NODE_ENV: 'production', NODE_OPTIONS: '--enable-source-maps' },
      },
    );

  it('runs as an unprivileged user', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(run('--version').trim()).toBe(version);
  });

  it.each(['webhook', 'controller'])('holds the process %s', (command) => {
    expect(run(command, '--help')).toContain(`clusterpedia-import ${command}`);
  });

  it('holds no shell and no development dependency', () => {
    expect(existsSync(join(rootfs, 'bin/sh'))).toBe(false);
    expect(existsSync(join(rootfs, 'usr/bin'))).toBe(false);
    const packages = readdirSync(join(rootfs, 'app/node_modules'));
    expect(packages).toContain('fastify');
    expect(packages).not.toContain('vitest');
    expect(packages).not.toContain('typescript');
  });

  it('every folder that the Dockerfile copies exists', () => {
    const copied = [
      ...readFileSync(join(root, '.ci/image/Dockerfile'), 'utf8').matchAll(/^COPY (?!--)(.+) \S+$/gm),
    ].flatMap(([, names = '']) => names.split(' '));
    expect(copied.filter((name) => !existsSync(join(root, name)))).toEqual([]);
  });
});

it('the npm package holds the program and the manifests, and nothing else', () => {
  const [pack] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    }),
  ) as { files: { path: string }[] }[];
  const outside = (pack?.files ?? [])
    .map(({ path }) => path)
    .filter((path) => !/^(dist|kustomize)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path));
  expect(outside).toEqual([]);
});
