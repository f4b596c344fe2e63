import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import semver from 'semver';
import { EnvHttpProxyAgent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { parse } from 'yaml';
import { describeExit } from './processes.ts';
import type { ProcessGroup } from './processes.ts';
import { isChosen } from './versions.ts';
import type { KubernetesChoice } from './versions.ts';

/** The index of the binaries that the Kubernetes project publishes for envtest; setup-envtest reads the same one. */
export const ENVTEST_INDEX_URL =
  'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml';

/** The program that envtest's archives lack. */
export const CONTROLLER_MANAGER = 'kube-controller-manager';

/** Where the Kubernetes project publishes its programs one by one: `<version>/bin/<system>/<processor>/<program>`. */
export const RELEASES_URL = 'https://dl.k8s.io';

/** A machine without internet access must notice that soon, because other sources of binaries are tried next. */
const CONNECT_TIMEOUT_MS = 5_000;
/** The longest silence of a server in the middle of an answer. */
const SILENCE_TIMEOUT_MS = 30_000;
/** GitHub answers a download with one redirection to its storage. */
const REDIRECTION_LIMIT = 5;

/** One published archive. */
export interface Archive {
  /** `v1.34.1` */
  readonly version: string;
  readonly url: string;
  /** SHA-512 of the archive, in lower-case hexadecimal digits. */
  readonly sha512: string;
}

/** What a file must hash to, in lower-case hexadecimal digits. */
interface Hash {
  readonly algorithm: 'sha256' | 'sha512';
  readonly digest: string;
}

export interface DownloadOptions {
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Downloads the newest stable release for this platform that matches the choice, checks its hash, and puts etcd,
 * kube-apiserver and kubectl into `out`, which it creates. kube-controller-manager is added on Linux; it is published
 * for no other system. Honours HTTPS_PROXY and NO_PROXY.
 *
 * @returns the release's version, `v1.34.1`
 * @throws Error that says which step failed
 */
export async function downloadEnvtest(
  kubernetes: KubernetesChoice,
  { indexUrl, programsUrl }: { readonly indexUrl: string; readonly programsUrl: string },
  work: ProcessGroup,
  out: string,
  { log, signal }: DownloadOptions,
): Promise<string> {
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: SILENCE_TIMEOUT_MS,
    bodyTimeout: SILENCE_TIMEOUT_MS,
  });
  try {
    const index = await get(indexUrl, agent, signal);
    const archive = newestArchive(await index.text(), platformName(), kubernetes);
    const file = join(work.dir, 'envtest.tar.gz');
    const hash: Hash = { algorithm: 'sha512', digest: archive.sha512 };
    await save(archive.url, hash, file, agent, { log, signal });
    await unpack(work, file, out);
    if (process.platform === 'linux') {
      const url = `${programsUrl}/${archive.version}/bin/${platformName().replace('-', '/')}/${CONTROLLER_MANAGER}`;
      await saveProgram(url, join(out, CONTROLLER_MANAGER), agent, { log, signal });
    }
    return archive.version;
  } finally {
    await agent.close();
  }
}

/** `linux-amd64`: operating system and processor as Go names them. The names of the archives contain this. */
export function platformName(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const processor = process.arch === 'x64' ? 'amd64' : process.arch === 'ppc64' ? 'ppc64le' : process.arch;
  return `${system}-${processor}`;
}

/**
 * Archives for envtest have no kube-controller-manager. The control plane runs without it if it cannot be downloaded.
 */
async function saveProgram(
  url: string,
  file: string,
  dispatcher: Dispatcher,
  { log, signal }: DownloadOptions,
): Promise<void> {
  try {
    const digest = (await (await get(`${url}.sha256`, dispatcher, signal)).text()).trim().toLowerCase();
    await save(url, { algorithm: 'sha256', digest }, file, dispatcher, { log, signal });
    await chmod(file, 0o755);
  } catch (error) {
    signal?.throwIfAborted();
    await rm(file, { force: true });
    log(`going on without ${basename(url)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * The newest stable release in an index that matches the choice and has an archive for the platform. The index maps
 * version to archive name to `hash` (SHA-512) and `selfLink` (URL).
 *
 * @param index the index, YAML
 * @throws Error when it isn't an index, or has nothing for the platform
 */
export function newestArchive(index: string, platform: string, kubernetes: KubernetesChoice): Archive {
  const document: unknown = parse(index);
  const releases = field(document, 'releases');
  if (typeof releases !== 'object' || releases === null)
    throw new Error('the index of releases has no "releases"');
  const versions = Object.keys(releases).filter(
    (version) =>
      semver.valid(version) && !semver.prerelease(version) && isChosen(version.replace(/^v/, ''), kubernetes),
  );
  for (const version of versions.sort(semver.rcompare)) {
    const archive = field(field(releases, version), `envtest-${version}-${platform}.tar.gz`);
    const sha512 = field(archive, 'hash');
    const url = field(archive, 'selfLink');
    if (typeof sha512 === 'string' && typeof url === 'string')
      return { version, url, sha512: sha512.toLowerCase() };
  }
  const release = kubernetes === 'newest' ? 'archive' : `archive of ${kubernetes}`;
  throw new Error(`the index of releases has no ${release} for ${platform}`);
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

async function get(
  url: string,
  dispatcher: Dispatcher,
  signal: AbortSignal | undefined,
): Promise<Dispatcher.ResponseData['body']> {
  let target = new URL(url);
  for (let redirection = 0; redirection <= REDIRECTION_LIMIT; redirection++) {
    const { statusCode, headers, body } = await request(target, { dispatcher, signal: signal ?? null });
    if (statusCode === 200) return body;
    await body.dump();
    if (statusCode < 300 || statusCode >= 400 || typeof headers.location !== 'string') {
      throw new Error(`${target.href} answers ${String(statusCode)}`);
    }
    target = new URL(headers.location, target);
  }
  throw new Error(`${url} redirects more than ${String(REDIRECTION_LIMIT)} times`);
}

async function save(
  url: string,
  { algorithm, digest }: Hash,
  file: string,
  dispatcher: Dispatcher,
  { log, signal }: DownloadOptions,
): Promise<void> {
  log(`downloading ${url}`);
  const hash = createHash(algorithm);
  const stepBytes = 25 * 1024 * 1024;
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      const before = bytes;
      bytes += chunk.length;
      if (Math.floor(before / stepBytes) !== Math.floor(bytes / stepBytes))
        log(`  ${String(Math.floor(bytes / 1e6))} MB`);
      done(null, chunk);
    },
  });
  const body = await get(url, dispatcher, signal);
  await pipeline(body, measure, createWriteStream(file), { signal });
  const found = hash.digest('hex');
  if (found !== digest)
    throw new Error(`${url} has the ${algorithm.toUpperCase()} ${found}, while it was said to be ${digest}`);
}

/** Archives hold `controller-tools/envtest/BINARY`. */
async function unpack(work: ProcessGroup, file: string, out: string): Promise<void> {
  await mkdir(out);
  const tar = await work.spawn('tar', 'tar', ['-xzf', file, '-C', out, '--strip-components=2']);
  const exit = await tar.exited;
  if (exit.code !== 0) throw new Error(`tar ended with ${describeExit(exit)}: ${tar.output().trim()}`);
}
