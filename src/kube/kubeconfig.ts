import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Cluster, Context, KubeConfig, User } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { credentialKinds } from './credentials/kinds.ts';
import { tokenFileUser } from './credentials/token-file.ts';
import { KubeConfigError, KubeConfigFields } from './kubeconfig-fields.ts';

/**
 * The parts of a kubeconfig that a client needs; a `KubeConfig` of `@kubernetes/client-node` has them.
 *
 * Only types come from that package. Loading it takes 84 MB and most of a second, and it drops `tokenFile` of a user.
 */
export type KubeConfigData = Pick<KubeConfig, 'clusters' | 'users' | 'contexts' | 'currentContext'> & {
  /** The file, or the files, for errors. */
  readonly from?: string;
};

export interface KubeConfigSource {
  /** Path of a kubeconfig file. @default `$KUBECONFIG`, else `~/.kube/config`, else the pod's service account */
  readonly kubeconfig?: string | undefined;
  /** @default the file's `current-context` */
  readonly context?: string | undefined;
  /** @default `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where a pod finds its service account. @default '/var/run/secrets/kubernetes.io/serviceaccount' */
  readonly serviceAccountDir?: string;
}

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Finds and reads the kubeconfig, in kubectl's order. Several files in `$KUBECONFIG` are merged; the first mention of a
 * name wins (client-go `tools/clientcmd`, loading rules).
 *
 * @throws KubeConfigError
 */
export async function loadKubeConfig(source: KubeConfigSource = {}): Promise<KubeConfigData> {
  const env = source.env ?? process.env;
  const config = await findKubeConfig(source, env);
  if (source.context === undefined) return config;
  if (!config.contexts.some((context) => context.name === source.context)) {
    throw new KubeConfigError(
      `context "${source.context}" is not in ${nameOf(config)}; it has ${namesOf(config.contexts)}`,
    );
  }
  return { ...config, currentContext: source.context };
}

async function findKubeConfig(
  source: KubeConfigSource,
  env: Readonly<Record<string, string | undefined>>,
): Promise<KubeConfigData> {
  if (source.kubeconfig !== undefined) return readKubeConfig(source.kubeconfig);

  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter((file) => file !== '');
  if (listed.length > 0) return readListed(listed);

  const home = env['HOME'] ?? homedir();
  const standard = path.join(home, '.kube', 'config');
  const text = await readIfThere(standard);
  if (text !== undefined) return parseKubeConfig(text, { file: standard });

  const inCluster = await inClusterConfig(env, source.serviceAccountDir ?? SERVICE_ACCOUNT_DIR);
  if (inCluster !== undefined) return inCluster;
  throw new KubeConfigError(
    `no kubeconfig: give --kubeconfig or set KUBECONFIG; ${standard} does not exist, and this is no pod with a service account`,
  );
}

/** As in kubectl, a listed file that does not exist is skipped. If none exists, that is an error. */
async function readListed(files: readonly string[]): Promise<KubeConfigData> {
  const configs: KubeConfigData[] = [];
  for (const file of files) {
    const text = await readIfThere(file);
    if (text !== undefined) configs.push(parseKubeConfig(text, { file }));
  }
  if (configs.length === 0)
    throw new KubeConfigError(`KUBECONFIG names no file that exists: ${files.join(', ')}`);
  return {
    clusters: firstByName(configs.flatMap((config) => config.clusters)),
    users: firstByName(configs.flatMap((config) => config.users)),
    contexts: firstByName(configs.flatMap((config) => config.contexts)),
    currentContext: configs.find((config) => config.currentContext !== '')?.currentContext ?? '',
    from: configs.flatMap(({ from }) => from ?? []).join(', '),
  };
}

async function readKubeConfig(file: string): Promise<KubeConfigData> {
  const text = await readIfThere(file);
  if (text === undefined) throw new KubeConfigError(`kubeconfig ${file} does not exist`);
  return parseKubeConfig(text, { file });
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new KubeConfigError(`cannot read kubeconfig ${file}: ${code}`);
  }
}

/**
 * Reads a kubeconfig's text (YAML or JSON).
 *
 * @param origin `file` is named in errors, and paths in the text are relative to its folder.
 * @throws KubeConfigError
 */
export function parseKubeConfig(text: string, origin: { readonly file?: string } = {}): KubeConfigData {
  const name = origin.file ?? 'kubeconfig';
  let document: unknown;
  try {
    document = parse(text, { logLevel: 'error' });
  } catch (error) {
    // The parser's own message quotes the text, which may contain a credential.
    const line = error instanceof Error && /at line (\d+)/.exec(error.message)?.[1];
    throw new KubeConfigError(`${name} is not valid YAML${line ? ` (line ${line})` : ''}`);
  }
  const folder = origin.file === undefined ? undefined : path.dirname(path.resolve(origin.file));
  const root = new KubeConfigFields(document, name, folder);
  return {
    clusters: root.list('clusters').map(readCluster),
    users: root.list('users').map(readUser),
    contexts: root.list('contexts').map(readContext),
    currentContext: root.text('current-context') ?? '',
    ...(origin.file === undefined ? {} : { from: origin.file }),
  };
}

function readCluster(entry: KubeConfigFields): Cluster {
  const cluster = entry.object('cluster');
  const server = cluster.text('server');
  if (server === undefined) throw cluster.missing('server');
  return present({
    name: entry.name(),
    server: server.replace(/\/+$/, ''),
    caData: cluster.text('certificate-authority-data'),
    caFile: cluster.file('certificate-authority'),
    tlsServerName: cluster.text('tls-server-name'),
    proxyUrl: cluster.text('proxy-url'),
    skipTLSVerify: cluster.flag('insecure-skip-tls-verify'),
  });
}

/** Each kind of credential reads its own fields. */
function readUser(entry: KubeConfigFields): User {
  const user = entry.object('user');
  const credentials: Partial<User> = {};
  // Of two kinds that fill one field, the first one counts, as it does when the credentials are used.
  for (const kind of credentialKinds.toReversed()) Object.assign(credentials, present(kind.read(user)));
  return present({
    ...credentials,
    name: entry.name(),
    certData: user.text('client-certificate-data'),
    certFile: user.file('client-certificate'),
    keyData: user.text('client-key-data'),
    keyFile: user.file('client-key'),
    impersonateUser: user.text('as'),
  });
}

function readContext(entry: KubeConfigFields): Context {
  const context = entry.object('context');
  const cluster = context.text('cluster');
  if (cluster === undefined) throw context.missing('cluster');
  return present({
    name: entry.name(),
    cluster,
    user: context.text('user') ?? '',
    namespace: context.text('namespace'),
  });
}

/**
 * The API server as a pod reaches it; `undefined` outside of pods. The token file is read again when it is renewed.
 * (client-go `rest.InClusterConfig`)
 */
async function inClusterConfig(
  env: Readonly<Record<string, string | undefined>>,
  dir: string,
): Promise<KubeConfigData | undefined> {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  if (!host || !port) return undefined;
  const tokenFile = path.join(dir, 'token');
  if ((await readIfThere(tokenFile)) === undefined) return undefined;
  const namespace = (await readIfThere(path.join(dir, 'namespace')))?.trim();
  return {
    clusters: [
      {
        name: 'in-cluster',
        server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
        caFile: path.join(dir, 'ca.crt'),
        skipTLSVerify: false,
      },
    ],
    users: [{ name: 'in-cluster', ...tokenFileUser(tokenFile) }],
    contexts: [present({ name: 'in-cluster', cluster: 'in-cluster', user: 'in-cluster', namespace })],
    currentContext: 'in-cluster',
  };
}

/** The cluster and user of the current context. @throws KubeConfigError if one is missing */
export function currentContext(config: KubeConfigData): {
  cluster: Cluster;
  user: User;
  namespace: string | undefined;
} {
  const where = nameOf(config);
  if (config.contexts.length === 0) throw new KubeConfigError(`${where} has no contexts; ${WHOLE}`);
  const context = config.contexts.find((candidate) => candidate.name === config.currentContext);
  if (context === undefined) {
    const problem =
      config.currentContext === ''
        ? `${where} has no current-context`
        : `the current-context "${config.currentContext}" is not in ${where}`;
    throw new KubeConfigError(`${problem}; set it to one of: ${namesOf(config.contexts)}`);
  }
  const cluster = config.clusters.find((candidate) => candidate.name === context.cluster);
  if (cluster === undefined)
    throw notThere(where, `context "${context.name}": cluster "${context.cluster}"`, config.clusters);
  const user = config.users.find((candidate) => candidate.name === context.user);
  if (user === undefined && context.user)
    throw notThere(where, `context "${context.name}": user "${context.user}"`, config.users);
  return { cluster, user: user ?? { name: '' }, namespace: context.namespace };
}

/** How to get a kubeconfig in which nothing is missing. */
const WHOLE = 'kubectl config view --raw --minify --flatten prints a whole one';

const nameOf = ({ from }: KubeConfigData): string =>
  from === undefined ? 'the kubeconfig' : `the kubeconfig ${from}`;

const namesOf = (entries: readonly { readonly name: string }[]): string =>
  entries.map(({ name }) => name).join(', ') || 'none';

const notThere = (where: string, what: string, there: readonly { readonly name: string }[]) =>
  new KubeConfigError(`${what} is not in ${where}; it has ${namesOf(there)}; ${WHOLE}`);

function firstByName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  const seen = new Map<string, T>();
  for (const entry of entries) if (!seen.has(entry.name)) seen.set(entry.name, entry);
  return [...seen.values()];
}

/** Leaves out properties whose value is `undefined`. */
function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  ) as T;
}
