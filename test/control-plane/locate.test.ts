import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONTROLLER_MANAGER, newestArchive, platformName } from '../../src/control-plane/download.ts';
import { binaries, locateAssets } from '../../src/control-plane/locate.ts';
import type { KubernetesChoice } from '../../src/control-plane/versions.ts';
import { NEWEST_KUBERNETES, parseKubernetesChoice } from '../../src/control-plane/versions.ts';
import { publishKubernetes } from './module-proxy.ts';
import { unless } from '../skips.ts';

const run = promisify(execFile);
const PLATFORM = platformName();
const allBinaries = [...binaries, CONTROLLER_MANAGER];
const NEWEST_LINK = `newest-${NEWEST_KUBERNETES}`;

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
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** Publishes one version; the archive holds scripts in the place of binaries. */
  async publish(version: string, names: readonly string[] = binaries, hash?: string): Promise<void> {
    const archive = await archiveOf(names);
    const name = `envtest-${version}-${PLATFORM}.tar.gz`;
    const sha512 = hash ?? createHash('sha512').update(archive).digest('hex');
    this.files.set(`/storage/${name}`, archive);
    const known = this.files.get('/index.yaml') ?? 'releases:\n';
    const entry = `  ${version}:\n    ${name}:\n      hash: ${sha512}\n      selfLink: ${this.url}/releases/${name}\n`;
    this.files.set('/index.yaml', `${known.toString()}${entry}`);
  }

  /** Publishes a program by itself, as what the archives lack is. */
  publishProgram(version: string, name: string, hash?: string): void {
    const path = `/${version}/bin/${PLATFORM.replace('-', '/')}/${name}`;
    const program = `#!/bin/sh\necho ${name}\n`;
    this.files.set(path, program);
    this.files.set(`${path}.sha256`, `${hash ?? createHash('sha256').update(program).digest('hex')}\n`);
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

const onLinux = unless(
  process.platform === 'linux' ? undefined : 'the program is published for Linux only: use that',
);

/** A build that, as the real one does, takes a folder to work in and one to create. */
const WORKING_BUILD = `
echo '[1/1] compiling' >&2
mkdir "$2"
for b in ${allBinaries.join(' ')}; do echo '#!/bin/sh' > "$2/$b"; chmod +x "$2/$b"; done
echo 'Kubernetes v1.20.2' >&2
`;

interface Given {
  readonly assets?: string;
  readonly kubernetes?: KubernetesChoice;
  /** Added to the environment, in which no Go is found. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  readonly build?: string;
  readonly indexUrl?: string;
  readonly lines?: string[];
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

async function locate({
  assets,
  kubernetes,
  env,
  build = 'echo "no Debian here" >&2; exit 1',
  indexUrl,
  lines,
  onLine,
  signal,
}: Given = {}): Promise<string> {
  return locateAssets({
    kubernetes,
    env: {
      XDG_CACHE_HOME: join(home, 'cache'),
      PATH: join(home, 'nothing'),
      ...(assets !== undefined && { KUBEBUILDER_ASSETS: assets }),
      ...env,
    },
    indexUrl: indexUrl ?? `${publisher.url}/index.yaml`,
    programsUrl: publisher.url,
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
    ['1.36.3', '1.36'],
    ['1.36.3', '1.36.3'],
    ['1.36.3', 'newest'],
  ] as const)('of %s is used where %s is asked for', async (version, kubernetes) => {
    const assets = await putBinaries(join(home, 'mine'));
    await writeFile(join(assets, 'kube-apiserver'), `#!/bin/sh\necho Kubernetes v${version}\n`);
    expect(await locate({ assets, kubernetes })).toBe(assets);
  });

  it('of another version than is asked for is an error', async () => {
    const assets = await putBinaries(join(home, 'mine'));
    await writeFile(join(assets, 'kube-apiserver'), '#!/bin/sh\necho Kubernetes v1.36.3\n');
    await expect(locate({ assets, env: { KUBERNETES_VERSION: 'oldest' } })).rejects.toThrow(
      `KUBEBUILDER_ASSETS is set to ${assets}, which holds Kubernetes 1.36.3, while 1.20.2 is asked for: unset one`,
    );
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
  it.each([
    ['1.34.1', 'v1.34.1-PLATFORM'],
    ['1.34', 'v1.34.10-PLATFORM-modules'],
    ['1.20', 'v1.20.2-PLATFORM-debian'],
    ['1.20.2', 'v1.20.2-PLATFORM-debian'],
  ] as const)('gives, of %s, the newest complete folder for this platform', async (kubernetes, expected) => {
    const folders = {
      'v1.20.2-PLATFORM-debian': allBinaries,
      'v1.34.1-PLATFORM': binaries,
      'v1.34.9-PLATFORM': binaries,
      'v1.34.10-PLATFORM-modules': allBinaries,
      // Made before kube-controller-manager was built too.
      'v1.34.11-PLATFORM-modules': binaries,
      'v1.34.12-PLATFORM': ['etcd', 'kubectl'],
      'v1.34.13-plan9-mips': binaries,
      'v1.35.0-PLATFORM': binaries,
      'something-else': binaries,
    };
    for (const [name, held] of Object.entries(folders)) {
      await putBinaries(join(cache, name.replace('PLATFORM', PLATFORM)), held);
    }
    expect(await locate({ kubernetes })).toBe(join(cache, expected.replace('PLATFORM', PLATFORM)));
    expect(publisher.requests).toEqual([]);
  });

  it('keeps what was the newest that could be had, whatever comes beside it', async () => {
    await publisher.publish('v1.34.1');
    const newest = await locate();
    await putBinaries(join(cache, `v1.99.0-${PLATFORM}`));
    publisher.requests.length = 0;
    expect(await locate()).toBe(newest);
    expect(publisher.requests).toEqual([]);
  });

  it('gives the newest only after it was looked for: an old version may be there for another reason', async () => {
    await putBinaries(join(cache, `v1.20.2-${PLATFORM}-debian`), allBinaries);
    await publisher.publish('v1.34.1');
    expect(await locate()).toBe(join(cache, `v1.34.1-${PLATFORM}`));
  });

  it('gives what it has of the newest and the oldest version, where nothing else is within reach', async () => {
    const newest = await putBinaries(join(cache, `v${NEWEST_KUBERNETES}-${PLATFORM}-modules`), allBinaries);
    expect(await locate()).toBe(newest);
    await rm(newest, { recursive: true });
    const oldest = await putBinaries(join(cache, `v1.20.2-${PLATFORM}-debian`), allBinaries);
    expect(await locate()).toBe(oldest);
  });
});

describe("envtest's published binaries", () => {
  it('are downloaded once, through a redirection, into a folder named by version and platform', async () => {
    await publisher.publish('v1.30.0');
    await publisher.publish('v1.34.1');
    await publisher.publish('v1.35.0-alpha.1');
    const found = await locate();
    expect(found).toBe(join(cache, `v1.34.1-${PLATFORM}`));
    expect((await readdir(found)).sort()).toEqual(['etcd', 'kube-apiserver', 'kubectl']);
    expect((await run(join(found, 'etcd'))).stdout).toBe('etcd\n');
    expect(await locate()).toBe(found);
    const archive = `envtest-v1.34.1-${PLATFORM}.tar.gz`;
    expect(publisher.requests.slice(0, 3)).toEqual([
      '/index.yaml',
      `/releases/${archive}`,
      `/storage/${archive}`,
    ]);
    expect(publisher.requests.filter((path) => path === '/index.yaml')).toHaveLength(1);
    expect((await readdir(cache)).sort()).toEqual([NEWEST_LINK, `v1.34.1-${PLATFORM}`]);
  });

  it('are of the version that is asked for', async () => {
    for (const version of ['v1.33.9', 'v1.33.10', 'v1.34.1']) await publisher.publish(version);
    expect(await locate({ kubernetes: '1.33' })).toBe(join(cache, `v1.33.10-${PLATFORM}`));
    expect(await locate({ kubernetes: '1.33.9' })).toBe(join(cache, `v1.33.9-${PLATFORM}`));
    await expect(locate({ kubernetes: '1.35' })).rejects.toThrow(
      `No etcd, kube-apiserver and kubectl of Kubernetes 1.35 to start a control plane with:
- KUBEBUILDER_ASSETS: not set
- the cache, ${cache}: has none
- envtest's published binaries: the index of releases has no archive of 1.35 for ${PLATFORM}
- Go modules: there is no Go on this machine (the command go)
`,
    );
  });

  describe('with kube-controller-manager, which they lack', onLinux, () => {
    it('where it is published, checked and executable', async () => {
      await publisher.publish('v1.34.1');
      publisher.publishProgram('v1.34.1', CONTROLLER_MANAGER);
      const found = await locate();
      expect((await readdir(found)).sort()).toEqual([...allBinaries].sort());
      expect((await run(join(found, CONTROLLER_MANAGER))).stdout).toBe(`${CONTROLLER_MANAGER}\n`);
    });

    it('or without, where it is not, or is not what it is said to be', async () => {
      await publisher.publish('v1.34.1');
      publisher.publishProgram('v1.34.1', CONTROLLER_MANAGER, 'f00');
      const lines: string[] = [];
      const found = await locate({ lines });
      expect((await readdir(found)).sort()).toEqual(['etcd', 'kube-apiserver', 'kubectl']);
      const url = `${publisher.url}/v1.34.1/bin/${PLATFORM.replace('-', '/')}/${CONTROLLER_MANAGER}`;
      expect(lines.at(-1)).toMatch(`going on without ${CONTROLLER_MANAGER}: ${url} has the SHA256 `);
    });
  });

  it('are downloaded by one of several processes that need them at once; the others wait for it', async () => {
    await publisher.publish('v1.34.1');
    const lines: string[] = [];
    const found = await Promise.all([locate({ lines }), locate({ lines }), locate({ lines })]);
    expect(new Set(found)).toEqual(new Set([join(cache, `v1.34.1-${PLATFORM}`)]));
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
    expect(await locate()).toBe(join(cache, `v1.34.1-${PLATFORM}`));
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
    expect(newestArchive(index, expected.platform, 'newest')).toEqual({
      version: expected.version,
      url: `https://example.com/envtest-${expected.version}-${expected.platform}.tar.gz`,
      sha512: 'ab',
    });
  });
});

const withGo = unless(
  spawnSync('go', ['version']).status === 0 ? undefined : 'there is no Go: install 1.21 or later',
);

describe('Go modules', { ...withGo, timeout: 300_000 }, () => {
  let env: NodeJS.ProcessEnv;

  beforeEach(() => {
    env = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      GOPROXY: `file://${join(home, 'proxy')}`,
      GOSUMDB: 'off',
      GOMODCACHE: join(home, 'modules'),
    };
  });

  // Go writes its modules as files that may not be changed.
  afterEach(() => run('go', ['clean', '-modcache'], { env }));

  it('are compiled where nothing is published within reach, with the versions that belong together', async () => {
    await publishKubernetes(join(home, 'proxy'), NEWEST_KUBERNETES);
    const lines: string[] = [];
    const found = await locate({ env, lines });
    expect(found).toBe(join(cache, `v${NEWEST_KUBERNETES}-${PLATFORM}-modules`));
    expect((await readdir(found)).sort()).toEqual([...allBinaries].sort());
    const says = async (name: string) => (await run(join(found, name))).stdout;
    const [, minor] = NEWEST_KUBERNETES.split('.');
    expect(await says('kube-apiserver')).toBe(`Kubernetes v${NEWEST_KUBERNETES} 1.${String(minor)}\n`);
    expect(await says('etcd')).toBe('etcd 3.6.0\n');
    expect(lines.slice(2, 6)).toEqual([
      'control plane: trying Go modules',
      `[1/3] looking for the Go module k8s.io/kubernetes ${NEWEST_KUBERNETES}`,
      `[2/3] downloading k8s.io/kubernetes v${NEWEST_KUBERNETES} and what it requires`,
      expect.stringMatching(/^\[3\/3\] compiling \d+ packages /),
    ]);
    expect((await readdir(cache)).sort()).toEqual([NEWEST_LINK, basename(found)]);
  });

  it('are of the newest patch release where only a minor one is asked for', async () => {
    for (const version of ['1.35.4', '1.35.12']) await publishKubernetes(join(home, 'proxy'), version);
    const found = await locate({ env, kubernetes: '1.35' });
    expect(found).toBe(join(cache, `v1.35.12-${PLATFORM}-modules`));
  });

  it("that the proxy does not have are told in Go's words", async () => {
    await publishKubernetes(join(home, 'proxy'), '1.35.4');
    await expect(locate({ env, kubernetes: '1.36.9' })).rejects.toThrow(
      /- Go modules: go: k8s\.io\/kubernetes@v1\.36\.9: reading file:.*v1\.36\.9\.info: no such file or directory/,
    );
    expect(await readdir(cache)).toEqual([]);
  });

  it("that do not compile are told in Go's words", async () => {
    await publishKubernetes(join(home, 'proxy'), '1.35.4', { kubectl: 'fmt.Println(version.Nowhere)' });
    await expect(locate({ env, kubernetes: '1.35.4' })).rejects.toThrow(
      /- Go modules: # k8s\.io\/kubernetes\/cmd\/kubectl\n.*main\.go:\d+:\d+: undefined: version\.Nowhere/,
    );
    expect(await readdir(cache)).toEqual([]);
  });
});

describe("Debian's packages", () => {
  it('are used where nothing is published within reach, with progress', async () => {
    const lines: string[] = [];
    const found = await locate({ build: WORKING_BUILD, indexUrl: 'http://127.0.0.1:1/index.yaml', lines });
    expect(found).toBe(join(cache, `v1.20.2-${PLATFORM}-debian`));
    expect((await readdir(found)).sort()).toEqual([...allBinaries].sort());
    expect(lines).toEqual([
      "control plane: trying envtest's published binaries",
      "control plane: envtest's published binaries: connect ECONNREFUSED 127.0.0.1:1",
      'control plane: trying Go modules',
      `[1/3] looking for the Go module k8s.io/kubernetes ${NEWEST_KUBERNETES}`,
      'control plane: Go modules: there is no Go on this machine (the command go)',
      "control plane: trying Debian's packages",
      '[1/1] compiling',
      'Kubernetes v1.20.2',
    ]);
    expect((await readdir(cache)).sort()).toEqual([NEWEST_LINK, `v1.20.2-${PLATFORM}-debian`]);
  });

  it('are the first source of the oldest version', async () => {
    const lines: string[] = [];
    const found = await locate({ build: WORKING_BUILD, env: { KUBERNETES_VERSION: 'oldest' }, lines });
    expect(found).toBe(join(cache, `v1.20.2-${PLATFORM}-debian`));
    expect(lines[0]).toBe("control plane: trying Debian's packages");
    expect(publisher.requests).toEqual([]);
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
    const archive = `envtest-v1.34.1-${PLATFORM}.tar.gz`;
    const sha512 = createHash('sha512')
      .update(publisher.files.get(`/storage/${archive}`) ?? '')
      .digest('hex');
    expect(failure).toEqual(
      new Error(
        `No etcd, kube-apiserver and kubectl to start a control plane with:
- KUBEBUILDER_ASSETS: not set
- the cache, ${cache}: has none
- envtest's published binaries: ${publisher.url}/releases/${archive} has the SHA512 ${sha512}, while it was said to be f00
- Go modules: there is no Go on this machine (the command go)
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
      () => `the index of releases has no archive for ${PLATFORM}`,
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

describe('a version of Kubernetes', () => {
  it.each([
    ['newest', 'newest'],
    ['oldest', '1.20.2'],
    ['1.36', '1.36'],
    ['1.36.3', '1.36.3'],
    ['v1.36.3', '1.36.3'],
    ['1.20', '1.20'],
    ['2.0', '2.0'],
  ])('%s is %s', (text, choice) => {
    expect(parseKubernetesChoice(text, '--kubernetes')).toBe(choice);
  });

  it.each([
    ['latest', '--kubernetes must be newest, oldest, or a version such as 1.36 or 1.36.3: it is "latest"'],
    ['', '--kubernetes must be newest, oldest, or a version such as 1.36 or 1.36.3: it is ""'],
    ['1', '--kubernetes must be newest, oldest, or a version such as 1.36 or 1.36.3: it is "1"'],
    ['1.19.3', '--kubernetes must be 1.20 or later: it is "1.19.3"'],
  ])('"%s" is refused', (text, message) => {
    expect(() => parseKubernetesChoice(text, '--kubernetes')).toThrow(new RangeError(message));
  });

  it('in the environment is refused by its name', async () => {
    await expect(locate({ env: { KUBERNETES_VERSION: 'x' } })).rejects.toThrow('KUBERNETES_VERSION must be');
  });
});
