import { DataError } from '../../template/data-error.ts';
import { Buffer, isUtf8 } from 'node:buffer';
import { LimitError } from '../../template/errors.ts';
import type { CallContext } from '../../template/function.ts';
import { isPlainList, isPlainMap } from '../../template/types.ts';
import type { Value, ValueMap } from '../../template/value.ts';
import { base64Bytes, CorruptInputError } from '../chapters/encoding.ts';
import { parseUrl, UrlError } from '../go/net-url.ts';
import { readYaml, YamlError } from '../yaml/reader.ts';
import { bytesOf, checkShape, kubeconfigShape, ShapeError, textOf } from './shape.ts';

/*
 * Kubeconfigs as client-go reads them (k8s.io/client-go/tools/clientcmd, v0.32 to v0.37: `Load`, then
 * `DirectClientConfig.ClientConfig`), which is how Clusterpedia reads `spec.kubeconfig`:
 *
 * - JSON and YAML alike are read as YAML 1.1 by sigs.k8s.io/yaml: the first document counts, the last of several equal
 *   keys, `<<` merges, anchors are followed.
 * - Names are case-sensitive, except `kind` and `apiVersion`. Unknown fields are skipped.
 * - Two clusters, users or contexts of one name are an error.
 * - A context that is not chosen plays no part, nor do the users and clusters that only it names. Without a
 *   current-context, the context, user and cluster of the empty name are used.
 *
 * Text in UTF-16, or with the `apiVersion` `__internal`, is refused although client-go reads it. So whatever client-go
 * would act upon is either seen here or refused.
 */

/** What a kubeconfig needs from the machine on which it is used. */
export type KubeconfigNeed =
  /** Runs a program; `command` is as written. */
  | { readonly kind: 'exec'; readonly field: 'exec'; readonly command: string }
  /** Asks a plugin that was built into the client; `name` is as written. */
  | { readonly kind: 'auth-provider'; readonly field: 'auth-provider'; readonly name: string }
  /** Reads a file; `path` is as written. */
  | {
      readonly kind: 'file';
      readonly field: 'tokenFile' | 'client-certificate' | 'client-key' | 'certificate-authority';
      readonly path: string;
    };

/** Why client-go cannot create a client from a kubeconfig that it can read. */
export type KubeconfigFault =
  | 'context-not-found'
  | 'no-server'
  | 'bad-proxy-url'
  | 'two-authorities'
  | 'two-certificates'
  | 'two-keys'
  | 'certificate-without-key'
  | 'several-methods'
  | 'impersonation-without-user';

/** One context of a kubeconfig. Fields that are absent or empty there are `undefined`. */
export interface Kubeconfig {
  /** The address, as written. */
  readonly server: string | undefined;
  /** Base64 without line breaks, as the fields of a PediaCluster need it. The same holds for the next three. */
  readonly caData: string | undefined;
  readonly tokenData: string | undefined;
  readonly certData: string | undefined;
  readonly keyData: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Whether the server's certificate is not verified because the kubeconfig says so. */
  readonly insecure: boolean;
  readonly proxyURL: string | undefined;
  readonly tlsServerName: string | undefined;
  readonly namespace: string | undefined;
  /** Whether requests are made in somebody else's name (`as` and similar fields). */
  readonly impersonates: boolean;
  /** Whether TLS is used. Without it, client-go sends no credential and verifies nothing. */
  readonly usesTls: boolean;
  /** What it needs from outside. Empty: it contains everything that a connection needs. */
  readonly needs: readonly KubeconfigNeed[];
  /** Empty: client-go creates a client from it, if its needs are met. */
  readonly faults: readonly KubeconfigFault[];
}

/**
 * Text that client-go does not accept as a kubeconfig. The message names the field or line and the fault; it quotes
 * nothing.
 */
export class KubeconfigError extends DataError {}

export interface KubeconfigOptions {
  /** @default the current context */
  readonly context?: string | undefined;
  /** Pays for reading. @default its own {@link DEFAULT_STEPS}, counted like `CallContext.charge` */
  readonly budget?: Budget;
}

/** 200 contexts with certificates take 860,000 steps to read. Nobody imports a cluster with a larger kubeconfig. */
const DEFAULT_STEPS = 1_000_000;

/**
 * Reads one context of a kubeconfig.
 *
 * @param kubeconfig its text (YAML or JSON), or its bytes in base64, as in Secrets and in `spec.kubeconfig`
 * @throws KubeconfigError if client-go would not load it, or if reading takes more than its own steps
 * @throws LimitError if reading takes more than `options.budget` has
 */
export function readKubeconfig(kubeconfig: string, options: KubeconfigOptions = {}): Kubeconfig {
  const root = loadOnce(textOfKubeconfig(kubeconfig), options.budget ?? new OwnBudget());
  const contexts = byName(root, 'contexts', 'context');
  const clusters = byName(root, 'clusters', 'cluster');
  const users = byName(root, 'users', 'user');
  const name = options.context || textOf(root, 'current-context');
  const context = contexts.get(name);
  return {
    ...accessOf(
      clusters.get(textOf(context ?? nothing, 'cluster')) ?? nothing,
      users.get(textOf(context ?? nothing, 'user')) ?? nothing,
      name !== '' && context === undefined,
    ),
    namespace: textOf(context ?? nothing, 'namespace') || undefined,
  };
}

const nothing: ValueMap = Object.freeze({});

type Budget = Pick<CallContext, 'charge' | 'kept'>;

class OwnBudget {
  #left = DEFAULT_STEPS;

  charge(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new KubeconfigError('it is too large to be read');
  }
}

/** The characters of base64, including line breaks. Every kubeconfig contains others, at least the colon. */
const base64Text = /^[A-Za-z0-9+/\r\n]*=?[\r\n]*=?[\r\n]*$/;

function textOfKubeconfig(kubeconfig: string): string {
  if (!base64Text.test(kubeconfig)) return kubeconfig;
  let bytes: Buffer;
  try {
    bytes = base64Bytes(kubeconfig);
  } catch (error) {
    if (error instanceof CorruptInputError) throw new KubeconfigError('it is neither YAML nor base64');
    throw error;
  }
  if (!isUtf8(bytes)) throw new KubeconfigError('it is not UTF-8');
  return bytes.toString('utf8');
}

/** {@link load}, once for each text if the caller keeps what was read. The steps are charged each time. */
function loadOnce(text: string, budget: Budget): ValueMap {
  const key = `kubeconfig ${text}`;
  const known = budget.kept?.get(key);
  if (known !== undefined) {
    budget.charge(known.steps);
    return known.result as ValueMap;
  }
  let steps = 0;
  const counting = {
    charge(more: number) {
      steps += more;
      budget.charge(more);
    },
  };
  const result = load(text, counting);
  budget.kept?.set(key, { result, steps });
  return result;
}

/** The document as a map whose fields have the required types. */
function load(text: string, budget: Pick<CallContext, 'charge'>): ValueMap {
  if (!text.isWellFormed()) throw new KubeconfigError('it is not UTF-8');
  try {
    const root = readYaml(text, budget);
    checkShape(root, kubeconfigShape, '');
    checkVersion(root);
    checkExtensions(root);
    return root;
  } catch (error) {
    if (error instanceof YamlError) throw new KubeconfigError(yamlReason(error));
    if (error instanceof ShapeError) throw new KubeconfigError(error.message);
    // The reader's own limit of nesting: a larger budget would not help.
    if (error instanceof LimitError && error.code === 'limit-nesting')
      throw new KubeconfigError('it is nested too deep');
    throw error;
  }
}

function yamlReason(error: YamlError): string {
  const place = /yaml: (line \d+: .*)$/s.exec(error.message)?.[1];
  return place === undefined ? 'it is not YAML or JSON that holds a map' : `it is not valid YAML: ${place}`;
}

/** encoding/json finds `kind` and `apiVersion` in any case; the last one in byte order counts. */
function checkVersion(root: ValueMap): void {
  const found = { kind: '', apiversion: '' };
  for (const key of Object.keys(root).sort(byBytes)) {
    const folded = key.replaceAll('ſ', 's').toLowerCase();
    if (folded !== 'kind' && folded !== 'apiversion') continue;
    const value = root[key];
    if (value === null || value === undefined) continue;
    if (typeof value !== 'string')
      throw new ShapeError(folded === 'kind' ? 'kind' : 'apiVersion', 'a string');
    found[folded] = value;
  }
  if (found.kind !== '' && found.kind !== 'Config') throw new ShapeError('kind', 'Config');
  if (!['', '/', 'v1', '/v1'].includes(found.apiversion)) throw new ShapeError('apiVersion', 'v1');
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * client-go turns every list of extensions into a map. No name may occur twice in it, except if the first one is null.
 */
function checkExtensions(root: ValueMap): void {
  unique(root, 'extensions');
  unique(mapOf(root['preferences']), 'extensions');
  for (const [list, field] of sections)
    for (const entry of listOf(root, list)) unique(mapOf(entry[field]), 'extensions');
}

const sections = [
  ['clusters', 'cluster'],
  ['users', 'user'],
  ['contexts', 'context'],
] as const;

function unique(map: ValueMap, list: string): void {
  const taken = new Set<string>();
  for (const entry of listOf(map, list)) {
    const name = textOf(entry, 'name');
    if (taken.has(name)) throw new KubeconfigError(`two ${list} have one name`);
    if ((entry['extension'] ?? null) !== null) taken.add(name);
  }
}

function byName(root: ValueMap, list: string, field: string): Map<string, ValueMap> {
  const entries = listOf(root, list);
  const named = new Map(entries.map((entry) => [textOf(entry, 'name'), mapOf(entry[field])]));
  if (named.size < entries.length) throw new KubeconfigError(`two ${list} have one name`);
  return named;
}

function listOf(map: ValueMap, field: string): ValueMap[] {
  const value = map[field];
  return isPlainList(value) ? value.map(mapOf) : [];
}

function mapOf(value: Value): ValueMap {
  return isPlainMap(value) ? value : nothing;
}

function accessOf(
  cluster: ValueMap,
  user: ValueMap,
  isContextMissing: boolean,
): Omit<Kubeconfig, 'namespace'> {
  const server = textOf(cluster, 'server');
  return {
    server: server || undefined,
    caData: base64(bytesIn(cluster, 'certificate-authority-data')),
    tokenData: base64(Buffer.from(textOf(user, 'token'))),
    certData: base64(bytesIn(user, 'client-certificate-data')),
    keyData: base64(bytesIn(user, 'client-key-data')),
    username: textOf(user, 'username') || undefined,
    password: textOf(user, 'password') || undefined,
    insecure: cluster['insecure-skip-tls-verify'] === true,
    proxyURL: textOf(cluster, 'proxy-url') || undefined,
    tlsServerName: textOf(cluster, 'tls-server-name') || undefined,
    impersonates: textOf(user, 'as') !== '',
    usesTls: isTls(server),
    needs: needsOf(cluster, user),
    faults: [
      ...(isContextMissing ? (['context-not-found'] as const) : []),
      ...clusterFaults(cluster),
      ...userFaults(user),
    ],
  };
}

function bytesIn(map: ValueMap, field: string): Buffer {
  return bytesOf(map[field]) ?? Buffer.alloc(0);
}

function base64(bytes: Buffer): string | undefined {
  return bytes.length === 0 ? undefined : bytes.toString('base64');
}

/** `rest.DefaultServerURL`: text that is not a URL with a host is treated as `http://`. */
function isTls(server: string): boolean {
  try {
    const url = parseUrl(server);
    return url.scheme === 'https' && url.host !== '';
  } catch (error) {
    if (error instanceof UrlError) return false;
    throw error;
  }
}

function needsOf(cluster: ValueMap, user: ValueMap): KubeconfigNeed[] {
  const needs: KubeconfigNeed[] = [];
  if (isPlainMap(user['exec']))
    needs.push({ kind: 'exec', field: 'exec', command: textOf(user['exec'], 'command') });
  if (isPlainMap(user['auth-provider'])) {
    needs.push({
      kind: 'auth-provider',
      field: 'auth-provider',
      name: textOf(user['auth-provider'], 'name'),
    });
  }
  for (const field of ['tokenFile', 'client-certificate', 'client-key'] as const) {
    const path = textOf(user, field);
    if (path !== '') needs.push({ kind: 'file', field, path });
  }
  const authority = textOf(cluster, 'certificate-authority');
  if (authority !== '') needs.push({ kind: 'file', field: 'certificate-authority', path: authority });
  return needs;
}

/** clientcmd's `validateClusterInfo`. */
function clusterFaults(cluster: ValueMap): KubeconfigFault[] {
  const faults: KubeconfigFault[] = [];
  if (textOf(cluster, 'server') === '') faults.push('no-server');
  if (!isProxy(textOf(cluster, 'proxy-url'))) faults.push('bad-proxy-url');
  if (hasBoth(cluster, 'certificate-authority')) faults.push('two-authorities');
  return faults;
}

/** clientcmd's `validateAuthInfo`, without its rules for programs. */
function userFaults(user: ValueMap): KubeconfigFault[] {
  const faults: KubeconfigFault[] = [];
  if (hasEither(user, 'client-certificate')) {
    if (hasBoth(user, 'client-certificate')) faults.push('two-certificates');
    if (hasBoth(user, 'client-key')) faults.push('two-keys');
    if (!hasEither(user, 'client-key')) faults.push('certificate-without-key');
  }
  const isBasic = textOf(user, 'username') !== '' || textOf(user, 'password') !== '';
  if (textOf(user, 'token') !== '' && isBasic) faults.push('several-methods');
  if (textOf(user, 'as') === '' && impersonationFields.some((field) => isFilled(user[field])))
    faults.push('impersonation-without-user');
  return faults;
}

const impersonationFields = ['as-uid', 'as-groups', 'as-user-extra'];

function isFilled(value: Value): boolean {
  if (isPlainList(value)) return value.length > 0;
  if (isPlainMap(value)) return Object.keys(value).length > 0;
  return typeof value === 'string' && value !== '';
}

function hasBoth(map: ValueMap, field: string): boolean {
  return textOf(map, field) !== '' && bytesIn(map, `${field}-data`).length > 0;
}

function hasEither(map: ValueMap, field: string): boolean {
  return textOf(map, field) !== '' || bytesIn(map, `${field}-data`).length > 0;
}

function isProxy(text: string): boolean {
  if (text === '') return true;
  try {
    return ['http', 'https', 'socks5'].includes(parseUrl(text).scheme);
  } catch (error) {
    if (error instanceof UrlError) return false;
    throw error;
  }
}
