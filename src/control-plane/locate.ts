import { access, constants, mkdir, readdir, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import semver from 'semver';
import { cacheFolder } from './cache-folder.ts';
import { downloadEnvtest, envtestIndexUrl, platformName } from './download.ts';
import { withLock } from './lock.ts';
import { createProcessGroup, describeExit } from './processes.ts';
import type { ProcessGroup } from './processes.ts';

/** What a folder of binaries must hold; the layout is envtest's. */
export const binaries = ['etcd', 'kube-apiserver', 'kubectl'] as const;

export interface LocateOptions {
  /** Called with one line of progress at a time. */
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** @default process.env; read are KUBEBUILDER_ASSETS and XDG_CACHE_HOME */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** @default {@link envtestIndexUrl} */
  readonly indexUrl?: string;
  /** Makes the binaries when there is no download: `SCRIPT WORK OUT`. @default from-debian.sh beside this file */
  readonly buildScript?: string;
}

/** A way to get binaries: puts them into `out` and returns the name of the folder to keep them under. */
type Source = (work: ProcessGroup, out: string) => Promise<string>;

/**
 * The folder with etcd, kube-apiserver and kubectl, in this order:
 *
 * 1. KUBEBUILDER_ASSETS, when set;
 * 2. the newest version in the cache, `$XDG_CACHE_HOME/clusterpedia-import/control-plane` (default `~/.cache/…`);
 * 3. the newest release published for envtest, downloaded into the cache;
 * 4. Debian's own packages, compiled into the cache.
 *
 * Safe against two processes at once: one works, the other waits, and a folder appears in the cache whole or not at all.
 *
 * @throws Error when KUBEBUILDER_ASSETS is set and lacks a binary, or no way works; it says what failed and what to set
 */
export async function locateAssets(options: LocateOptions = {}): Promise<string> {
  const { log = () => undefined, env = process.env, signal } = options;
  if (env.KUBEBUILDER_ASSETS) {
    const dir = resolve(env.KUBEBUILDER_ASSETS);
    const missing = await missingBinary(dir);
    if (missing === undefined) return dir;
    throw new Error(
      `KUBEBUILDER_ASSETS is set to ${dir}, but there is no executable ${missing}: ${settingHint}`,
    );
  }
  const cache = cacheFolder('control-plane', env);
  const cached = await newestCached(cache);
  if (cached !== undefined) return cached;

  await mkdir(cache, { recursive: true });
  const onWait = (): void => {
    log(`waiting for another process that fills ${cache}`);
  };
  return withLock(
    join(cache, '.lock'),
    async () => (await newestCached(cache)) ?? fill(cache, options, log),
    {
      onWait,
      signal,
    },
  );
}

const settingHint = `set KUBEBUILDER_ASSETS to a folder that holds ${binaries.join(', ')}, or unset it`;

async function fill(cache: string, options: LocateOptions, log: (line: string) => void): Promise<string> {
  const { signal, indexUrl = envtestIndexUrl, buildScript = defaultBuildScript } = options;
  const sources: [string, Source][] = [
    [
      "envtest's published binaries",
      async (work, out) => `${await downloadEnvtest(indexUrl, work, out, { log, signal })}-${platformName()}`,
    ],
    ["Debian's packages", (work, out) => buildFromDebian(buildScript, work, out, log, signal)],
  ];
  const failures: string[] = [];
  for (const [title, source] of sources) {
    log(`control plane: trying ${title}`);
    try {
      return await publish(cache, source);
    } catch (error) {
      signal?.throwIfAborted();
      const reason = reasonOf(error);
      log(`control plane: ${title}: ${reason}`);
      failures.push(`- ${title}: ${reason}`);
    }
  }
  throw new Error(
    `No etcd, kube-apiserver and kubectl to start a control plane with:\n` +
      `- KUBEBUILDER_ASSETS: not set\n- the cache, ${cache}: empty\n${failures.join('\n')}\n` +
      `Set KUBEBUILDER_ASSETS to a folder that holds ${binaries.join(', ')} (setup-envtest makes one).`,
  );
}

/** Lets a source work in a folder of its own beside the final one, and moves the result there in one step. */
async function publish(cache: string, source: Source): Promise<string> {
  const work = await createProcessGroup(cache);
  try {
    const out = join(work.dir, 'out');
    const final = join(cache, await source(work, out));
    const missing = await missingBinary(out);
    if (missing !== undefined) throw new Error(`it has no ${missing}`);
    try {
      await rename(out, final);
    } catch (error) {
      // Somebody else's result may stand there; it is as good as ours if it is complete.
      if ((await missingBinary(final)) !== undefined) throw error;
    }
    return final;
  } finally {
    await work.stop();
  }
}

const defaultBuildScript = fileURLToPath(new URL('./from-debian.sh', import.meta.url));

async function buildFromDebian(
  script: string,
  work: ProcessGroup,
  out: string,
  log: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (process.platform !== 'linux') throw new Error('only on Debian');
  const build = await work.spawn('from-debian.sh', 'bash', [script, work.dir, out], {
    onOutput: eachLine(log),
  });
  const abort = (): void => {
    build.kill('SIGKILL');
  };
  signal?.addEventListener('abort', abort, { once: true });
  const exit = await build.exited;
  signal?.removeEventListener('abort', abort);
  signal?.throwIfAborted();
  if (exit.code !== 0) {
    const lastLine = build.output().trimEnd().split('\n').at(-1) ?? '';
    throw new Error(lastLine === '' ? `from-debian.sh ended with ${describeExit(exit)}` : lastLine);
  }
  const version = /^Kubernetes (v[\d.]+)/m.exec(build.output())?.[1];
  if (version === undefined) throw new Error('from-debian.sh did not print the version of kube-apiserver');
  return `${version}-${platformName()}-debian`;
}

function eachLine(log: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) log(line);
  };
}

/** The complete folder with the highest version for this platform: `v1.34.1-linux-amd64`, `v1.20.2-linux-amd64-debian`. */
async function newestCached(cache: string): Promise<string | undefined> {
  const platform = platformName();
  const names = await readdir(cache).catch(() => []);
  const found = names
    .map((name) => ({ name, version: /^v(\d+\.\d+\.\d+)-(.+)$/.exec(name) }))
    .flatMap(({ name, version }) =>
      version?.[1] !== undefined && version[2]?.startsWith(platform) ? [{ name, version: version[1] }] : [],
    )
    .sort((a, b) => semver.rcompare(a.version, b.version));
  for (const { name } of found) {
    if ((await missingBinary(join(cache, name))) === undefined) return join(cache, name);
  }
  return undefined;
}

async function missingBinary(dir: string): Promise<string | undefined> {
  for (const binary of binaries) {
    try {
      await access(join(dir, binary), constants.X_OK);
    } catch {
      return binary;
    }
  }
  return undefined;
}

/** An error's message, with the cause that a network library may keep behind an empty or general one. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
