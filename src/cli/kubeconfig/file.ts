import { constants } from 'node:fs';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { UsageError } from '../errors.ts';
import type { ClusterEntry } from './merge.ts';

/** The file with the entry of the current context's cluster. */
export interface KubeconfigFile {
  /** With links followed. */
  readonly path: string;
  readonly text: string;
  readonly entries: readonly ClusterEntry[];
  readonly base: ClusterEntry;
}

interface Config {
  readonly 'current-context'?: unknown;
  readonly contexts?: readonly {
    readonly name?: unknown;
    readonly context?: { readonly cluster?: unknown };
  }[];
  readonly clusters?: readonly ClusterEntry[];
}

/**
 * Finds the file to edit among those that kubectl reads: the one with the cluster of the context. So relative paths in
 * that entry stay valid in the entries made from it.
 * @throws {UsageError}
 */
export async function findKubeconfig(
  options: { readonly kubeconfig?: string; readonly context?: string },
  env: NodeJS.ProcessEnv = process.env,
): Promise<KubeconfigFile> {
  const paths = pathsOf(options.kubeconfig, env);
  const files: { readonly path: string; readonly text: string; readonly config: Config }[] = [];
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw new UsageError(
        `${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    if (text !== undefined) files.push({ path, text, config: configOf(text, path) });
  }
  if (files.length === 0) throw new UsageError(`no kubeconfig: ${paths.join(', ')} does not exist`);
  const configs = files.map(({ config }) => config);
  const where = files.map(({ path }) => path).join(', ');
  const context = options.context ?? configs.map(currentContext).find((name) => name !== '');
  if (context === undefined)
    throw new UsageError(`${where}: has no current-context; name one with --context`);
  const cluster = configs.flatMap(({ contexts }) => contexts ?? []).find(({ name }) => name === context)
    ?.context?.cluster;
  for (const { path, text, config } of files) {
    const entries = config.clusters ?? [];
    const base = entries.find(({ name }) => name === cluster);
    if (base !== undefined) return { path: await realpath(path), text, entries, base };
  }
  throw new UsageError(`${where}: the context "${context}", or its cluster, is not in it`);
}

function currentContext(config: Config): string {
  const name = config['current-context'];
  return typeof name === 'string' ? name : '';
}

function pathsOf(kubeconfig: string | undefined, env: NodeJS.ProcessEnv): readonly string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  return listed.length > 0 ? listed : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
}

function configOf(text: string, path: string): Config {
  try {
    const config: unknown = parse(text, { logLevel: 'error' });
    return typeof config === 'object' && config !== null ? config : {};
  } catch {
    // The parser's own message quotes the text, which may be a credential.
    throw new UsageError(`${path} is not YAML`);
  }
}

/**
 * Replaces a kubeconfig in one step, so that no reader sees half of it, and keeps its mode and owner. Uses the lock
 * file of `kubectl config` (client-go `tools/clientcmd`, `lockFile`), so that neither program overwrites the other's
 * changes.
 * @param before the text that the change was computed from
 * @throws {UsageError} if it is locked, cannot be written, or was changed meanwhile.
 */
export async function replaceKubeconfig(path: string, before: string, text: string): Promise<void> {
  const lock = `${path}.lock`;
  const held = await open(lock, constants.O_CREAT | constants.O_EXCL, 0o600).catch((error: unknown) => {
    throw new UsageError(
      error instanceof Error && 'code' in error && error.code === 'EEXIST'
        ? `${path} is being changed by another program; if none is running, delete ${lock}`
        : `${path}: cannot be locked: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  try {
    await held.close();
    if ((await readFile(path, 'utf8')) !== before)
      throw new UsageError(`${path} was changed meanwhile; try again`);
    await writeBeside(path, text);
  } finally {
    await rm(lock, { force: true });
  }
}

async function writeBeside(path: string, text: string): Promise<void> {
  const { mode, uid, gid } = await stat(path);
  const next = `${path}.${String(process.pid)}.tmp`;
  try {
    const file = await open(next, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.chmod(mode & 0o7777);
      if (process.getuid?.() !== uid) await file.chown(uid, gid);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw new UsageError(
      `${path}: cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
