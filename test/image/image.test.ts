import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;
const DOCKERFILE = readFileSync(join(ROOT, '.ci/image/Dockerfile'), 'utf8');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

/** What the first stage copies from the checkout. */
const copied = [...DOCKERFILE.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, names = '']) =>
  names.split(' '),
);

/** Needs root for chroot, as image builds do. */
const AS_ROOT = process.getuid?.() === 0;

const FOLDER = mkdtempSync(join(tmpdir(), 'clusterpedia-import-image-'));
/** A folder with nothing but what the Dockerfile copies, and the packages that `npm ci` would install there. */
const CHECKOUT = join(FOLDER, 'src');

beforeAll(() => {
  for (const name of copied) cpSync(join(ROOT, name), join(CHECKOUT, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(CHECKOUT, 'node_modules'));
  execFileSync('npm', ['run', '-s', 'build'], { cwd: CHECKOUT, stdio: 'pipe' });
}, 600_000);

afterAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
}, 600_000);

it('the builder is sent what the Dockerfile copies, and nothing else', () => {
  const [first, ...allowed] = readFileSync(join(ROOT, '.ci/image/Dockerfile.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(first).toBe('*');
  expect(allowed.sort()).toEqual(copied.map((name) => `!${name}`).sort());
});

describe.runIf(AS_ROOT)("the image's file system, laid out as the Dockerfile does", () => {
  const rootfs = join(FOLDER, 'rootfs');
  const again = join(FOLDER, 'again');

  beforeAll(() => {
    for (const destination of [rootfs, again]) {
      execFileSync(join(CHECKOUT, '.ci/image/rootfs.sh'), [destination], { cwd: CHECKOUT, stdio: 'pipe' });
    }
  }, 600_000);

  /** Runs the image's entry point as its user, with its environment. */
  const run = (...args: string[]) => {
    const [, node = '', main = ''] = /^ENTRYPOINT \["(.+)", "(.+)"\]$/m.exec(DOCKERFILE) ?? [];
    const [, user = ''] = /^USER (.+)$/m.exec(DOCKERFILE) ?? [];
    const [, variables = ''] = /^ENV (.+)$/m.exec(DOCKERFILE) ?? [];
    const environment = Object.fromEntries(
      variables.split(' ').map((each) => each.split('=') as [string, string]),
    );
    const { stdout, stderr, status } = spawnSync(
      'chroot',
      [`--userspec=${user}`, rootfs, node, main, ...args],
      { encoding: 'utf8', env: { PATH: process.env['PATH'], ...environment } },
    );
    return { stdout, stderr, status };
  };

  it('runs as an unprivileged user', () => {
    expect(run('--version')).toEqual({ stdout: `${version}\n`, stderr: '', status: 0 });
  });

  it.each(['webhook', 'controller'])('holds all that the process %s needs to begin', (command) => {
    expect(run(command, '--kubeconfig', '/nowhere')).toEqual({
      stdout: '',
      stderr: 'error: kubeconfig /nowhere does not exist\n',
      status: 2,
    });
  });

  it('names the source of a stack trace', () => {
    const script = `import { planOf } from '/app/dist/src/cli/plan/plan.js'; planOf(undefined)`;
    const { stderr } = spawnSync(
      'chroot',
      [rootfs, '/usr/local/bin/node', '--enable-source-maps', '--input-type=module', '--eval', script],
      { encoding: 'utf8' },
    );
    expect(stderr).toMatch(/src\/cli\/plan\/plan\.ts:\d+:\d+/);
  });

  it('holds no shell and no development dependency', () => {
    expect(existsSync(join(rootfs, 'bin/sh'))).toBe(false);
    expect(existsSync(join(rootfs, 'usr/bin'))).toBe(false);
    const packages = readdirSync(join(rootfs, 'app/node_modules'));
    expect(packages).toContain('fastify');
    expect(packages).not.toContain('vitest');
    expect(packages).not.toContain('typescript');
  });

  it('is the same when it is laid out again, to the byte', () => {
    const digest = (tree: string) =>
      execFileSync('sh', ['-c', 'tar --sort=name --numeric-owner -cf - . | sha256sum'], {
        cwd: tree,
        encoding: 'utf8',
      });
    expect(digest(again)).toBe(digest(rootfs));
  });
});

describe('the npm package', () => {
  const installed = join(FOLDER, 'prefix/node_modules/clusterpedia-import');
  const bin = join(FOLDER, 'bin');

  beforeAll(() => {
    execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', FOLDER], {
      // With the manifests that the image goes without.
      cwd: packable(),
      stdio: 'pipe',
    });
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', [
      '-xzf',
      join(FOLDER, `clusterpedia-import-${version}.tgz`),
      '--strip-components=1',
      '--directory',
      installed,
    ]);
    // Its dependencies are found in a folder above it, as npm puts them.
    symlinkSync(join(ROOT, 'node_modules'), join(FOLDER, 'node_modules'));
    mkdirSync(bin);
    symlinkSync(process.execPath, join(bin, 'node'));
    for (const [name, path] of Object.entries(manifest().bin)) {
      execFileSync('chmod', ['+x', join(installed, path)]);
      symlinkSync(join(installed, path), join(bin, name));
    }
  }, 600_000);

  /** The checkout with everything that `files` of package.json names. */
  function packable(): string {
    for (const name of ['kustomize', 'README.md', 'LICENSE', 'CHANGELOG.md'])
      cpSync(join(ROOT, name), join(CHECKOUT, name), { recursive: true });
    return CHECKOUT;
  }

  const manifest = () =>
    JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      readonly bin: Record<string, string>;
      readonly exports: Record<string, string>;
      readonly dependencies: Record<string, string>;
    };

  const PATH = `${bin}:${process.env['PATH'] ?? ''}`;
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, { encoding: 'utf8', cwd: FOLDER, env: { ...process.env, PATH, NO_COLOR: '1' } });

  it('holds the program and the manifests, and nothing else', () => {
    expect(readdirSync(installed).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'kustomize',
      'package.json',
    ]);
    expect(readdirSync(join(installed, 'dist')).sort()).toEqual(['config', 'controller', 'src', 'webhook']);
  });

  it('says in its changelog what came with its version', () => {
    const changelog = readFileSync(join(installed, 'CHANGELOG.md'), 'utf8');
    expect(changelog).toMatch(new RegExp(`^## ${version.replaceAll('.', '\\.')}(?: |$)`, 'm'));
  });

  it.each(['clusterpedia-import', 'kubectl-clusterimport'])('installs the command %s', (command) => {
    expect(run(command, 'version').stdout).toBe(`${version}\n`);
  });

  it('is a plugin of kubectl', ({ skip }) => {
    skip(
      run('kubectl', 'version', '--client').error !== undefined,
      'there is no kubectl in the PATH: put one there',
    );
    const { stdout, status } = run(
      'kubectl',
      'clusterimport',
      'validate',
      join(installed, 'kustomize/policies/mcp'),
    );
    expect(stdout).toMatch(
      /policy\.yaml:1:1: tried: 8 of 8 branches, \d+ samples of yours\n1 policy: 0 errors, 1 warning\n$/,
    );
    expect(status).toBe(0);
  });

  it('lets kubectl complete the plugin’s commands and options', ({ skip }) => {
    const minor = /"gitVersion": ?"v1\.(\d+)/.exec(
      run('kubectl', 'version', '--client', '--output=json').stdout ?? '',
    );
    skip(Number(minor?.[1] ?? 0) < 26, 'there is no kubectl of 1.26 or later in the PATH: put one there');
    expect(run('kubectl', '__complete', 'clusterimport', 'va').stdout).toMatch(/^validate\tcheck .*\n:4\n$/);
    expect(run('kubectl', '__complete', 'clusterimport', 'validate', '-o', 's').stdout).toBe('sarif\n:4\n');
  });

  it('brings the catalogue along, which its own command tests', () => {
    const { stdout, status } = run('clusterpedia-import', 'test', join(installed, 'kustomize/policies'));
    expect(stdout).toMatch(/\n(\d+) passed, 0 failed\n$/);
    expect(status).toBe(0);
  });

  /** Runs a module of a program that has the package installed. */
  const runModule = (script: string) =>
    spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
      cwd: join(FOLDER, 'prefix'),
    });

  it('can be used as a library, by every path that it exports', () => {
    const { stdout, stderr } = runModule(`
      import { allFunctions, policy, template } from 'clusterpedia-import';
      import { compile } from 'clusterpedia-import/template';
      import * as sprig from 'clusterpedia-import/sprig';
      import { KubeClient } from 'clusterpedia-import/kube';
      console.log(JSON.stringify([
        typeof policy.reviewPolicy, template.compile === compile, sprig.allFunctions === allFunctions, typeof KubeClient,
      ]));`);
    expect(Object.keys(manifest().exports)).toEqual(['.', './template', './sprig', './kube']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(['function', true, true, 'function']);
  });

  const page = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');

  it('prints in the example of docs/library.md what the page says', () => {
    const [, example = '', printed] = /```js\n([^]*?)```\n\nprints\n\n```text\n([^]*?)```/.exec(page) ?? [];
    const { stdout, stderr } = runModule(example);
    expect(stderr).toBe('');
    expect(stdout).toBe(printed);
  });

  /** Which of its dependencies, and which of its own folders, have modules that an import of `specifiers` loads. */
  function loadedBy(...specifiers: readonly string[]) {
    const { stdout, stderr } = runModule(`
      import { registerHooks } from 'node:module';
      const urls = new Set();
      registerHooks({ load: (url, context, next) => (urls.add(url), next(url, context)) });
      for (const specifier of ${JSON.stringify(specifiers)}) await import(specifier);
      console.log(JSON.stringify([...urls]));`);
    expect(stderr).toBe('');
    const files = (JSON.parse(stdout) as readonly string[]).filter((url) => url.startsWith('file:'));
    const own = `file://${realpathSync(installed)}/dist/`;
    const isOwn = (url: string) => url.startsWith(own);
    const layerOf = (path: string): string => path.split('/').slice(0, -1).slice(0, 2).join('/');
    const folders = files.filter(isOwn).map((url) => layerOf(url.slice(own.length)));
    const packages = files
      .filter((url) => !isOwn(url))
      .map((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url)
      .filter((name) => name in manifest().dependencies);
    return { folders: [...new Set(folders)].sort(), packages: [...new Set(packages)].sort() };
  }

  it.each([
    ['the engine', ['/template'], ['src/template'], []],
    ["the engine with sprig's functions", ['/template', '/sprig'], ['src/sprig', 'src/template'], ['yaml']],
    [
      'all that decides',
      [''],
      ['src', 'src/api', 'src/handlebars', 'src/policy', 'src/reconcile', 'src/sprig', 'src/template'],
      ['ajv', 'yaml'],
    ],
    ['the client', ['/kube'], ['src/api', 'src/kube', 'src/template'], ['undici', 'yaml']],
  ])('loads no more than is needed for %s', (_sentence, exports, folders, packages) => {
    expect(loadedBy(...exports.map((path) => `clusterpedia-import${path}`))).toEqual({ folders, packages });
  });
});
