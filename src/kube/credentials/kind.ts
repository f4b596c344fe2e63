import type { Cluster, User } from '@kubernetes/client-node';

/** Who a user of a kubeconfig is, at one time. */
export interface Identity {
  readonly headers: Readonly<Record<string, string>>;
  /** Client certificate and key, PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Wall-clock milliseconds after which to ask again; absent: with the files. */
  readonly expiresAt?: number | undefined;
}

/** One way in which a kubeconfig says who a user is. */
export interface CredentialKind {
  /**
   * `undefined` where the user does not have it.
   *
   * @throws TransportError `Credentials`, where the user has it and it cannot be used
   */
  identify(user: User, cluster: Cluster): Promise<Identity> | Identity | undefined;
}

/** The headers of a bearer token (RFC 6750). */
export const bearer = (token: string): Identity['headers'] => ({ authorization: `Bearer ${token}` });
