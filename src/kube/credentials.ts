import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { Cluster, User } from '@kubernetes/client-node';
import { asError, type Clock } from './clock.ts';
import { TransportError } from './errors.ts';
import { isRecord } from './json.ts';
import { redactText } from './redact.ts';

/** What TLS needs to know, PEM. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** Who the client is, at one time. Never log it. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

/** Milliseconds that files are taken as read; client-go re-reads token files as often (`transport.NewCachedFileTokenSource`). */
const FILE_MAX_AGE_MS = 60_000;
/** Milliseconds that an exec plugin may take. */
const EXEC_TIMEOUT_MS = 60_000;

interface Identity {
  readonly headers: Record<string, string>;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Wall-clock milliseconds after which to ask again; absent: with the files. */
  readonly expiresAt?: number | undefined;
}

/**
 * The credentials of one kubeconfig user for one cluster, read when first needed and read again when they age, expire,
 * or were refused.
 */
export class CredentialSource {
  readonly #cluster: Cluster;
  readonly #user: User;
  readonly #clock: Clock;
  #current:
    | { readonly credentials: Credentials; readonly readAt: number; readonly expiresAt: number | undefined }
    | undefined;
  #reading: Promise<Credentials> | undefined;

  constructor(cluster: Cluster, user: User, clock: Clock) {
    this.#cluster = cluster;
    this.#user = user;
    this.#clock = clock;
  }

  /**
   * The credentials to use now. Where reading them again fails, the last good ones.
   *
   * @throws TransportError `Credentials`
   */
  async current(): Promise<Credentials> {
    const current = this.#current;
    if (current === undefined) return this.#read();
    const expired = current.expiresAt !== undefined && this.#clock.now() >= current.expiresAt;
    const aged =
      current.expiresAt === undefined && this.#clock.monotonic() - current.readAt >= FILE_MAX_AGE_MS;
    if (!expired && !aged) return current.credentials;
    return this.#read().catch((error: unknown) => {
      if (expired) throw error;
      return current.credentials;
    });
  }

  /** Reads again unless that has happened since `refused` was handed out. Concurrent callers share one reading. */
  async renew(refused: Credentials): Promise<Credentials> {
    if (this.#current !== undefined && this.#current.credentials !== refused)
      return this.#current.credentials;
    return this.#read();
  }

  #read(): Promise<Credentials> {
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readNow(): Promise<Credentials> {
    const [ca, identity] = await Promise.all([
      readPem('certificate-authority', this.#cluster.caFile, this.#cluster.caData),
      this.#identify(),
    ]);
    const read: Credentials = {
      headers: this.#user.impersonateUser
        ? { ...identity.headers, 'impersonate-user': this.#user.impersonateUser }
        : identity.headers,
      tls: {
        ...(ca !== undefined && { ca }),
        ...(identity.cert !== undefined && { cert: identity.cert }),
        ...(identity.key !== undefined && { key: identity.key }),
        ...(this.#cluster.tlsServerName && { servername: this.#cluster.tlsServerName }),
        ...(this.#cluster.skipTLSVerify && { rejectUnauthorized: false }),
      },
    };
    // The same object while nothing changes: identity tells the transport whether a retry or a new pool makes sense.
    const previous = this.#current?.credentials;
    const credentials = previous !== undefined && sameCredentials(previous, read) ? previous : read;
    this.#current = { credentials, readAt: this.#clock.monotonic(), expiresAt: identity.expiresAt };
    return credentials;
  }

  async #identify(): Promise<Identity> {
    const user = this.#user;
    const [cert, key] = await Promise.all([
      readPem('client-certificate', user.certFile, user.certData),
      readPem('client-key', user.keyFile, user.keyData),
    ]);
    const tokenFile = tokenFileOf(user);
    if (tokenFile !== undefined) {
      return { cert, key, headers: bearer((await readCredentialFile('tokenFile', tokenFile)).trim()) };
    }
    if (user.token) return { cert, key, headers: bearer(user.token.trim()) };
    if (user.username !== undefined && user.password !== undefined) {
      const pair = Buffer.from(`${user.username}:${user.password}`).toString('base64');
      return { cert, key, headers: { authorization: `Basic ${pair}` } };
    }
    const exec: unknown = user.exec;
    if (isRecord(exec)) return runPlugin(exec, this.#cluster);
    if (user.authProvider) return { cert, key, ...(await askAuthProvider(this.#cluster, user)) };
    return { cert, key, headers: {} };
  }
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function sameCredentials(a: Credentials, b: Credentials): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function tokenFileOf(user: User): string | undefined {
  const provider: unknown = user.authProvider;
  if (!isRecord(provider) || !isRecord(provider['config'])) return undefined;
  const file = provider['config']['tokenFile'];
  return typeof file === 'string' ? file : undefined;
}

async function readPem(
  field: string,
  file: string | undefined,
  data: string | undefined,
): Promise<string | undefined> {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return file === undefined ? undefined : readCredentialFile(field, file);
}

async function readCredentialFile(field: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new TransportError('Credentials', `cannot read the ${field} ${file}: ${code}`, { cause: error });
  }
}

/** Cloud-specific providers that kubectl itself has dropped, and OpenID Connect: left to the client package, loaded only here. */
async function askAuthProvider(cluster: Cluster, user: User): Promise<Identity> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const provided: RequestOptions = { headers: {} };
  try {
    config.loadFromClusterAndUser({ ...cluster, name: 'cluster' }, { ...user, name: 'user' });
    await config.applyToHTTPSOptions(provided);
  } catch (error) {
    throw new TransportError(
      'Credentials',
      `the kubeconfig's auth-provider failed: ${redactText(asError(error).message)}`,
    );
  }
  const headers = Object.entries(provided.headers ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name.toLowerCase(), value] as const] : [],
  );
  return { headers: Object.fromEntries(headers) };
}

/**
 * Runs a credential plugin (`client.authentication.k8s.io` ExecCredential, KEP-541): its input is `KUBERNETES_EXEC_INFO`,
 * its output a token or a certificate with an expiry.
 */
async function runPlugin(exec: Record<string, unknown>, cluster: Cluster): Promise<Identity> {
  const command = exec['command'];
  if (typeof command !== 'string' || command === '') {
    throw new TransportError('Credentials', 'the kubeconfig user has "exec" without a "command"');
  }
  const output = await runCommand(command, stringList(exec['args']), {
    ...process.env,
    ...pluginEnvironment(exec['env']),
    KUBERNETES_EXEC_INFO: execInfo(exec, cluster),
  });
  return readExecCredential(command, output);
}

function execInfo(exec: Record<string, unknown>, cluster: Cluster): string {
  const spec = {
    interactive: false,
    ...(exec['provideClusterInfo'] === true && {
      cluster: {
        server: cluster.server,
        'certificate-authority-data': cluster.caData,
        'tls-server-name': cluster.tlsServerName,
        'insecure-skip-tls-verify': cluster.skipTLSVerify,
        'proxy-url': cluster.proxyUrl,
      },
    }),
  };
  const apiVersion =
    typeof exec['apiVersion'] === 'string' ? exec['apiVersion'] : 'client.authentication.k8s.io/v1';
  return JSON.stringify({ apiVersion, kind: 'ExecCredential', spec });
}

function pluginEnvironment(env: unknown): Record<string, string> {
  if (!Array.isArray(env)) return {};
  return Object.fromEntries(
    env.flatMap((entry: unknown) =>
      isRecord(entry) && typeof entry['name'] === 'string' ? [[entry['name'], textOf(entry['value'])]] : [],
    ),
  );
}

function runCommand(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new TransportError('Credentials', `the kubeconfig's exec plugin ${command} ${why}`));
    };
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: EXEC_TIMEOUT_MS });
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (complaint = (complaint + text).slice(0, 4096)));
    child.on('error', (error) =>
      fail(`cannot be run: ${'code' in error ? String(error.code) : error.message}`),
    );
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else fail(`ended with ${signal ?? `exit code ${code}`}: ${redactText(complaint.trim().slice(0, 300))}`);
    });
  });
}

function readExecCredential(command: string, output: string): Identity {
  let status: unknown;
  try {
    const credential: unknown = JSON.parse(output);
    status = isRecord(credential) ? credential['status'] : undefined;
  } catch {
    status = undefined;
  }
  if (!isRecord(status)) {
    throw new TransportError(
      'Credentials',
      `the kubeconfig's exec plugin ${command} printed no ExecCredential with a status`,
    );
  }
  const token = textOf(status['token']);
  const expiry = Date.parse(textOf(status['expirationTimestamp']));
  return {
    headers: token === '' ? {} : bearer(token),
    cert: textOf(status['clientCertificateData']) || undefined,
    key: textOf(status['clientKeyData']) || undefined,
    // Without an expiry the answer is good until it is refused (401).
    expiresAt: Number.isNaN(expiry) ? Number.POSITIVE_INFINITY : expiry,
  };
}

function stringList(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
