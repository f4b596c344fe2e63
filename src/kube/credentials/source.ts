import type { Cluster, User } from '@kubernetes/client-node';
import type { Clock } from '../clock.ts';
import { readPem } from './file.ts';
import type { Identity } from './kind.ts';
import { credentialKinds } from './kinds.ts';

/** The PEM texts that TLS needs. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** The client's identity at one moment. Never log it. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

/**
 * Files that were read are used for this long; client-go re-reads token files at the same interval
 * (`transport.NewCachedFileTokenSource`).
 */
const FILE_MAX_AGE_MS = 60_000;

/**
 * The credentials of one kubeconfig user for one cluster. They are read when first needed, and again when they have
 * aged, expired, or been refused.
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
   * The credentials to use now. If reading them again fails, the last valid ones.
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

  /** Reads again, unless that has happened since `refused` was returned. Concurrent callers share one read. */
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
    // Return the same object while nothing changes: the transport compares identities to see if a retry or a new pool
    // makes sense.
    const previous = this.#current?.credentials;
    const credentials = previous !== undefined && sameCredentials(previous, read) ? previous : read;
    this.#current = { credentials, readAt: this.#clock.monotonic(), expiresAt: identity.expiresAt };
    return credentials;
  }

  async #identify(): Promise<Identity> {
    const user = this.#user;
    const certificate = {
      cert: await readPem('client-certificate', user.certFile, user.certData),
      key: await readPem('client-key', user.keyFile, user.keyData),
    };
    for (const kind of credentialKinds) {
      const identity = await kind.identify(user, this.#cluster);
      if (identity !== undefined) return { ...certificate, ...identity };
    }
    return { ...certificate, headers: {} };
  }
}

function sameCredentials(a: Credentials, b: Credentials): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
