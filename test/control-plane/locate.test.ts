import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newestArchive, platformName } from '../../src/control-plane/download.ts';
import { binaries, locateAssets } from '../../src/control-plane/locate.ts';

const run = promisify(execFile);
const platform = platformName();

let home: string;
let cache: string;
let publisher: Publisher;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'locate-test-'));
  cache = join(home, 'cache', 'clusterpedia-import', 'control-plane');
  publisher = await Publisher.start();
});

afterEach(async () => {
  await publisher.stop();
  await rm(home, { recursive: true });
});

/** An HTTP server on loopback that publishes archives as the Kubernetes project does. */
class Publisher {
  readonly requests: string[] = [];
  readonly files = new Map<string, Buffer | string>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      this.requests.push(path);
      if (path.startsWith('/releases/')) {
        response.writeHead(302, { location: path.replace('/releases/', '/storage/') }).end();
        return;
      }
      const content = this.files.get(path);
      response.writeHead(content === undefined ? 404 : 200).end(content);
    });
  }

  static async start(): Promise<Publisher> {
    const publisher = new Publisher();
    publisher.#server.listen(0, '127.0.0.1');
    await once(publisher.#server, 'listening');
    return publisher;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Publishes one version; the archive holds scripts in the place of binaries. */
  async publish(version: string, names: readonly string[] = binaries, hash?: string): Promise<void> {
    const archive = await archiveOf(names);
    const name = `envtest-${version}-${platform}.tar.gz`;
    const sha512 = hash ?? createHash('sha512').update(archive).digest('hex');
    this.files.set(`/storage/${name}`, archive);
    const known = this.files.get('/index.yaml') ?? 'releases:\n';
    const entry = `  ${version}:\n    ${name}:\n      hash: ${sha512}\n      selfLink: ${this.url}/releases/${name}\n`;
    this.files.set('/index.yaml', `${known.toString()}${entry}`);
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close').catch(() => undefined);
  }
}

async function archiveOf(names: readonly string[]): Promise<Buffer> {
  const folder = join(home, 'archive');
  await putBinaries(join(folder, 'controller-tools', 'envtest'), names);
  const file = join(folder, 'archive.tar.gz');
  await run('tar', ['-czf', file, '-C', folder, 'controller-tools']);
  return readFile(file);
}

async function putBinaries(dir: string, names: readonly string[] = binaries, mode = 0o755): Promise<string> {
  await mkdir(dir, { recursive: true });
  for (const name of names) {
    await writeFile(join(dir, name), `#!/bin/sh\necho ${name}\n`);
    await chmod(join(dir, name), mode);
  }
  return dir;
}

async function script(text: string): Promise<string> {
  const file = join(home, 'build.sh');
  await writeFile(file, text);
  return file;
}

/** A build that, as the real one does, takes a folder to work in and one to create. */
const workingBuild = `
echo '[1/1] compiling' >&2
mkdir "$2"
for b in ${binaries.join(' ')}; do echo '#!/bin/sh' > "$2/$b"; chmod +x "$2/$b"; done
echo 'Kubernetes v1.20.2' >&2
`;

interface Given {
  readonly assets?: string;
  readonly build?: string;
  readonly indexUrl?: string;
  readonly lines?: string[];
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

async function locate({
  assets,
  build = 'echo "no Debian here" >&2; exit 1',
  indexUrl,
  lines,
  onLine,
  signal,
}: Given = {}): Promise<string> {
  return locateAssets({
    env: { XDG_CACHE_HOME: join(home, 'cache'), ...(assets !== undefined && { KUBEBUILDER_ASSETS: assets }) },
    indexUrl: indexUrl ?? `${publisher.url}/index.yaml`,
    buildScript: await script(build),
    log: (line) => {
      lines?.push(line);
      onLine?.(line);
    },
    signal,
  });
}

describe('KUBEBUILDER_ASSETS', () => {
  it('is used when it holds the binaries, and nothing is downloaded', async () => {
    const assets = await putBinaries(join(home, 'mine'));
    expect(await locate({ assets })).toBe(assets);
    expect(publisher.requests).toEqual([]);
  });

  it.each([
    ['lacks kubectl', ['etcd', 'kube-apiserver'], 0o755, 'kubectl'],
    ['holds files which cannot be executed', binaries, 0o644, 'etcd'],
  ])('is an error when it %s, since it was set on purpose', async (_, names, mode, missing) => {
    const assets = await putBinaries(join(home, 'mine'), names, mode);
    await expect(locate({ assets })).rejects.toThrow(
      `KUBEBUILDER_ASSETS is set to ${assets}, but there is no executable ${missing}: ` +
        'set KUBEBUILDER_ASSETS to a folder that holds etcd, kube-apiserver, kubectl, or unset it',
    );
  });
});

describe('the cache', () => {
  it('gives the newest complete version for this platform', async () => {
    await putBinaries(join(cache, `v1.9.0-${platform}`));
    const newest = await putBinaries(join(cache, `v1.20.2-${platform}-debian`));
    await putBinaries(join(cache, `v1.34.1-${platform}`), ['etcd', 'kubectl']);
    await putBinaries(join(cache, 'v1.35.0-plan9-mips'));
    await putBinaries(join(cache, 'something-else'));
    expect(await locate()).toBe(newest);
    expect(publisher.requests).toEqual([]);
  });
});

describe("envtest's published binaries", () => {
  it('are downloaded once, through a redirection, into a folder named by version and platform', async () => {
    await publisher.publish('v1.30.0');
    await publisher.publish('v1.34.1');
    await publisher.publish('v1.35.0-alpha.1');
    const found = await locate();
    expect(found).toBe(join(cache, `v1.34.1-${platform}`));
    expect((await readdir(found)).sort()).toEqual(['etcd', 'kube-apiserver', 'kubectl']);
    expect((await run(join(found, 'etcd'))).stdout).toBe('etcd\n');
    expect(await locate()).toBe(found);
    const archive = `envtest-v1.34.1-${platform}.tar.gz`;
    expect(publisher.requests).toEqual(['/index.yaml', `/releases/${archive}`, `/storage/${archive}`]);
    expect(await readdir(cache)).toEqual([`v1.34.1-${platform}`]);
  });

  it('are downloaded by one of several processes that need them at once; the others wait for it', async () => {
    await publisher.publish('v1.34.1');
    const lines: string[] = [];
    const found = await Promise.all([locate({ lines }), locate({ lines }), locate({ lines })]);
    expect(new Set(found)).toEqual(new Set([join(cache, `v1.34.1-${platform}`)]));
    expect(publisher.requests.filter((path) => path === '/index.yaml')).toHaveLength(1);
    expect(lines.filter((line) => line === `waiting for another process that fills ${cache}`)).toHaveLength(
      2,
    );
  });

  it('are fetched in spite of a lock that a killed process left behind', async () => {
    await publisher.publish('v1.34.1');
    await mkdir(cache, { recursive: true });
    const aMinuteAgo = new Date(Date.now() - 60_000);
    await writeFile(join(cache, '.lock'), 'left behind');
    await utimes(join(cache, '.lock'), aMinuteAgo, aMinuteAgo);
    expect(await locate()).toBe(join(cache, `v1.34.1-${platform}`));
  });

  it.each([
    ['a version', { version: 'v1.34.1', platform: 'linux-amd64' }],
    ['an older version when the newest lacks the platform', { version: 'v1.30.0', platform: 'linux-s390x' }],
  ])('are chosen from the index: %s', (_, expected) => {
    const index = `
releases:
  v1.30.0:
    envtest-v1.30.0-linux-s390x.tar.gz: { hash: AB, selfLink: https://example.com/envtest-v1.30.0-linux-s390x.tar.gz }
  v1.9.0:
    envtest-v1.9.0-linux-amd64.tar.gz: { hash: ab, selfLink: https://example.com/envtest-v1.9.0-linux-amd64.tar.gz }
  v1.34.1:
    envtest-v1.34.1-linux-amd64.tar.gz: { hash: AB, selfLink: https://example.com/envtest-v1.34.1-linux-amd64.tar.gz }
`;
    expect(newestArchive(index, expected.platform)).toEqual({
      version: expected.version,
      url: `https://example.com/envtest-${expected.version}-${expected.platform}.tar.gz`,
      sha512: 'ab',
    });
  });
});

describe("Debian's packages", () => {
  it('are used where nothing is published within reach, with progress', async () => {
    const lines: string[] = [];
    const found = await locate({ build: workingBuild, indexUrl: 'http://127.0.0.1:1/index.yaml', lines });
    expect(found).toBe(join(cache, `v1.20.2-${platform}-debian`));
    expect((await readdir(found)).sort()).toEqual(['etcd', 'kube-apiserver', 'kubectl']);
    expect(lines).toEqual([
      "control plane: trying envtest's published binaries",
      "control plane: envtest's published binaries: connect ECONNREFUSED 127.0.0.1:1",
      "control plane: trying Debian's packages",
      '[1/1] compiling',
      'Kubernetes v1.20.2',
    ]);
    expect(await readdir(cache)).toEqual([`v1.20.2-${platform}-debian`]);
  });
});

describe('when it is told to give up', () => {
  it('ends what is under way, and leaves neither files nor a lock behind', async () => {
    const reason = new Error('stopped by SIGINT');
    const controller = new AbortController();
    const found = locate({
      build: 'echo compiling >&2; mkdir "$2"; exec sleep 600',
      indexUrl: 'http://127.0.0.1:1/index.yaml',
      onLine: (line) => {
        if (line === 'compiling') controller.abort(reason);
      },
      signal: controller.signal,
    });
    await expect(found).rejects.toBe(reason);
    expect(await readdir(cache)).toEqual([]);
  });
});

describe('when nothing works', () => {
  it('the error says what failed at each step and what to set, and nothing stays in the cache', async () => {
    await publisher.publish('v1.34.1', binaries, 'f00');
    const failure = await locate().catch((error: unknown) => error);
    const archive = `envtest-v1.34.1-${platform}.tar.gz`;
    const sha512 = createHash('sha512')
      .update(publisher.files.get(`/storage/${archive}`) ?? '')
      .digest('hex');
    expect(failure).toEqual(
      new Error(
        `No etcd, kube-apiserver and kubectl to start a control plane with:
- KUBEBUILDER_ASSETS: not set
- the cache, ${cache}: empty
- envtest's published binaries: ${publisher.url}/releases/${archive} has the SHA-512 ${sha512}, while the index says f00
- Debian's packages: no Debian here
Set KUBEBUILDER_ASSETS to a folder that holds etcd, kube-apiserver, kubectl (setup-envtest makes one).`,
      ),
    );
    expect(await readdir(cache)).toEqual([]);
    expect(await readdir(dirname(cache))).toEqual(['control-plane']);
  });

  it.each([
    ['there is no index', () => Promise.resolve(), () => `${publisher.url}/index.yaml answers 404`],
    [
      'the index is something else',
      () => Promise.resolve(publisher.files.set('/index.yaml', '<html>')),
      () => 'the index of releases has no "releases"',
    ],
    [
      'no release is for this platform',
      () => Promise.resolve(publisher.files.set('/index.yaml', 'releases: { v1.34.1: {} }')),
      () => `the index of releases has no archive for ${platform}`,
    ],
    [
      'an archive lacks kubectl',
      () => publisher.publish('v1.34.1', ['etcd', 'kube-apiserver']),
      () => 'it has no kubectl',
    ],
  ])('the error says so: %s', async (_, given, reason) => {
    await given();
    await expect(locate()).rejects.toThrow(`- envtest's published binaries: ${reason()}\n`);
  });
});
