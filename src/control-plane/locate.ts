import { access, constants, mkdir, readdir, realpath, rename, rm, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import semver from 'semver';
import { cacheFolder } from './cache-folder.ts';
import { runBuild } from './build.ts';
import {
  CONTROLLER_MANAGER,
  downloadEnvtest,
  ENVTEST_INDEX_URL,
  platformName,
  RELEASES_URL,
} from './download.ts';
import { buildFromModules, kubernetesPrograms } from './from-modules.ts';
import { withLock } from './lock.ts';
import { createProcessGroup } from './processes.ts';
import type { ProcessGroup } from './processes.ts';
import {
  isChosen,
  kubernetesVersion,
  NEWEST_KUBERNETES,
  OLDEST_KUBERNETES,
  parseKubernetesChoice,
} from './versions.ts';
import type { KubernetesChoice } from './versions.ts';

/** What a folder of binaries must hold; the layout is envtest's. */
export const binaries = ['etcd', 'kube-apiserver', 'kubectl'] as const;

export interface LocateOptions {
  /** @default KUBERNETES_VERSION in the environment, and where that isn't set, `newest` */
  readonly kubernetes?: KubernetesChoice | undefined;
  /** Called with one line of progress at a time. */
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** @default process.env; read are KUBEBUILDER_ASSETS, KUBERNETES_VERSION, XDG_CACHE_HOME, and by Go its settings */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** @default {@link ENVTEST_INDEX_URL} */
  readonly indexUrl?: string;
  /** Where the Kubernetes project publishes single programs. @default {@link RELEASES_URL} */
  readonly programsUrl?: string;
  /** Makes the binaries out of Debian's packages: `SCRIPT WORK OUT`. @default from-debian.sh beside this file */
  readonly buildScript?: string;
}

/** A way to get binaries. */
interface Source {
  readonly title: string;
  /**
   * The version that it gives, if that is known in advance. Then a folder of that version in the cache is used instead.
   */
  readonly version?: KubernetesChoice;
  /** Puts them into `out`, which it creates, and returns the name of the folder to keep them under. */
  readonly get: (work: ProcessGroup, out: string) => Promise<string>;
}

/**
 * The folder with etcd, kube-apiserver and kubectl of the wanted Kubernetes, and with kube-controller-manager if it is
 * available. These places are tried in this order:
 *
 * 1. KUBEBUILDER_ASSETS, when set;
 * 2. the cache, `$XDG_CACHE_HOME/clusterpedia-import/control-plane` (default `~/.cache/…`), a folder for each version;
 * 3. what is published for envtest, downloaded into the cache;
 * 4. Go modules, compiled into the cache: {@link NEWEST_KUBERNETES} where the newest is asked for;
 * 5. Debian's own packages, compiled into the cache: {@link OLDEST_KUBERNETES} only. For that version they are tried
 *   first.
 *
 * Safe against two processes at once: one works, the other waits, and a folder appears in the cache whole or not at
 * all.
 *
 * @throws Error when KUBEBUILDER_ASSETS is set and lacks a binary or has another version, or every place fails; it says
 *   what failed and what to set
 * @throws RangeError when KUBERNETES_VERSION is no version
 */
export async function locateAssets(options: LocateOptions = {}): Promise<string> {
  const { log = () => undefined, env = process.env, signal } = options;
  const kubernetes =
    options.kubernetes ?? parseKubernetesChoice(env['KUBERNETES_VERSION'] || 'newest', 'KUBERNETES_VERSION');
  if (env.KUBEBUILDER_ASSETS) return givenAssets(resolve(env.KUBEBUILDER_ASSETS), kubernetes);
  const cache = cacheFolder('control-plane', env);
  const cached = await findCached(cache, kubernetes);
  if (cached !== undefined) return cached;

  await mkdir(cache, { recursive: true });
  const onWait = (): void => {
    log(`waiting for another process that fills ${cache}`);
  };
  return withLock(
    join(cache, '.lock'),
    async () => (await findCached(cache, kubernetes)) ?? fill(cache, kubernetes, options, log),
    { onWait, signal },
  );
}

const SETTING_HINT = `set KUBEBUILDER_ASSETS to a folder that holds ${binaries.join(', ')}, or unset it`;

async function givenAssets(dir: string, kubernetes: KubernetesChoice): Promise<string> {
  const missing = await missingBinary(dir, binaries);
  if (missing !== undefined) {
    throw new Error(
      `KUBEBUILDER_ASSETS is set to ${dir}, but there is no executable ${missing}: ${SETTING_HINT}`,
    );
  }
  if (kubernetes !== 'newest') {
    const version = await kubernetesVersion(dir);
    if (!isChosen(version, kubernetes)) {
      throw new Error(
        `KUBEBUILDER_ASSETS is set to ${dir}, which holds Kubernetes ${version}, while ${kubernetes} is asked for: unset one`,
      );
    }
  }
  return dir;
}

async function fill(
  cache: string,
  kubernetes: KubernetesChoice,
  options: LocateOptions,
  log: (line: string) => void,
): Promise<string> {
  const failures: string[] = [];
  for (const { title, version, get } of sourcesOf(kubernetes, options, log)) {
    log(`control plane: trying ${title}`);
    try {
      const cached = version === undefined ? undefined : await findCached(cache, version);
      const folder = cached ?? (await publish(cache, get));
      if (kubernetes === 'newest') await linkNewest(cache, folder);
      return folder;
    } catch (error) {
      options.signal?.throwIfAborted();
      const reason = reasonOf(error);
      log(`control plane: ${title}: ${reason}`);
      failures.push(`- ${title}: ${reason}`);
    }
  }
  const wanted = kubernetes === 'newest' ? '' : ` of Kubernetes ${kubernetes}`;
  throw new Error(
    `No etcd, kube-apiserver and kubectl${wanted} to start a control plane with:\n` +
      `- KUBEBUILDER_ASSETS: not set\n- the cache, ${cache}: has none\n${failures.join('\n')}\n` +
      `Set KUBEBUILDER_ASSETS to a folder that holds ${binaries.join(', ')} (setup-envtest makes one).`,
  );
}

function sourcesOf(
  kubernetes: KubernetesChoice,
  options: LocateOptions,
  log: (line: string) => void,
): readonly Source[] {
  const { signal, env = process.env, buildScript = DEFAULT_BUILD_SCRIPT } = options;
  const { indexUrl = ENVTEST_INDEX_URL, programsUrl = RELEASES_URL } = options;
  const moduleVersion = kubernetes === 'newest' ? NEWEST_KUBERNETES : kubernetes;
  const envtest: Source = {
    title: "envtest's published binaries",
    get: async (work, out) =>
      `${await downloadEnvtest(kubernetes, { indexUrl, programsUrl }, work, out, { log, signal })}-${platformName()}`,
  };
  const modules: Source = {
    title: 'Go modules',
    version: moduleVersion,
    get: async (work, out) => {
      const version = await buildFromModules(kubernetesPrograms(moduleVersion), work, out, {
        log,
        signal,
        env,
      });
      return `${version}-${platformName()}-modules`;
    },
  };
  const debian: Source = {
    title: "Debian's packages",
    version: OLDEST_KUBERNETES,
    get: async (work, out) => {
      await buildFromDebian(buildScript, work, out, log, signal);
      return `v${OLDEST_KUBERNETES}-${platformName()}-debian`;
    },
  };
  if (kubernetes === 'newest') return [envtest, modules, debian];
  return isChosen(OLDEST_KUBERNETES, kubernetes) ? [debian, envtest] : [envtest, modules];
}

/** Lets a source work in a separate folder beside the final one, and then moves the result there in one step. */
async function publish(cache: string, get: Source['get']): Promise<string> {
  const work = await createProcessGroup(cache);
  try {
    const out = join(work.dir, 'out');
    const final = join(cache, await get(work, out));
    const missing = await missingBinary(out, neededIn(final));
    if (missing !== undefined) throw new Error(`it has no ${missing}`);
    // The folder there may be incomplete, from an interrupted clean-up or from an earlier release of this program.
    if ((await missingBinary(final, neededIn(final))) !== undefined) {
      await rm(final, { recursive: true, force: true });
      await rename(out, final);
    }
    return final;
  } finally {
    await work.stop();
  }
}

const DEFAULT_BUILD_SCRIPT = fileURLToPath(new URL('./from-debian.sh', import.meta.url));

async function buildFromDebian(
  script: string,
  work: ProcessGroup,
  out: string,
  log: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (process.platform !== 'linux') throw new Error('only on Debian');
  await runBuild(work, 'bash', [script, work.dir, out], { onLine: log, signal });
}

/**
 * A link in the cache to the newest version that was available. The link's name has the newest tested version in it, so
 * that a release of this program that tests a newer one looks again.
 */
const NEWEST_LINK = `newest-${NEWEST_KUBERNETES}`;

async function linkNewest(cache: string, folder: string): Promise<void> {
  const link = join(cache, NEWEST_LINK);
  await rm(link, { force: true });
  await symlink(basename(folder), link);
}

async function findCached(cache: string, kubernetes: KubernetesChoice): Promise<string | undefined> {
  const folders = kubernetes === 'newest' ? await linkedFolder(cache) : await foldersOf(cache, kubernetes);
  for (const folder of folders) {
    if ((await missingBinary(folder, neededIn(folder))) === undefined) return folder;
  }
  return undefined;
}

async function linkedFolder(cache: string): Promise<readonly string[]> {
  return realpath(join(cache, NEWEST_LINK)).then(
    (folder) => [folder],
    () => [],
  );
}

/**
 * The folders of a version for this platform, the newest patch release first: `v1.34.1-linux-amd64`,
 * `v1.37.2-linux-amd64-modules`, `v1.20.2-linux-amd64-debian`.
 */
async function foldersOf(
  cache: string,
  kubernetes: Exclude<KubernetesChoice, 'newest'>,
): Promise<readonly string[]> {
  const names = await readdir(cache).catch(() => []);
  return names
    .flatMap((name) => {
      const [, version, platform] = /^v(\d+\.\d+\.\d+)-([^-]+-[^-]+)(?:-|$)/.exec(name) ?? [];
      if (version === undefined || platform !== platformName() || !isChosen(version, kubernetes)) return [];
      return [{ folder: join(cache, name), version }];
    })
    .sort((a, b) => semver.rcompare(a.version, b.version))
    .map(({ folder }) => folder);
}

/** A folder that was built here has all binaries. One that was downloaded may lack kube-controller-manager. */
function neededIn(folder: string): readonly string[] {
  return /-(?:modules|debian)$/.test(folder) ? [...binaries, CONTROLLER_MANAGER] : binaries;
}

/** The first of the binaries that a folder lacks. */
async function missingBinary(dir: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    if (!(await isExecutable(join(dir, name)))) return name;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Whether a folder of binaries has kube-controller-manager. It may be missing from a download. */
export async function hasControllerManager(assets: string): Promise<boolean> {
  return isExecutable(join(assets, CONTROLLER_MANAGER));
}

/** An error's message, with the cause that a network library may keep behind an empty or general one. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
