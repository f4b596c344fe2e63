import type { Cluster, User } from '@kubernetes/client-node';

/** The identity of a kubeconfig's user at one moment. */
export interface Identity {
  readonly headers: Readonly<Record<string, string>>;
  /** Client certificate and key, PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Wall-clock milliseconds after which to ask again. Absent: ask again when the files are read again. */
  readonly expiresAt?: number | undefined;
}

/** One way in which a kubeconfig describes a user's identity. */
export interface CredentialKind {
  /**
   * `undefined` if the user does not use this kind.
   *
   * @throws TransportError `Credentials`, if the user has it but it cannot be used
   */
  identify(user: User, cluster: Cluster): Promise<Identity> | Identity | undefined;
}

/** The headers of a bearer token (RFC 6750). */
export const bearer = (token: string): Identity['headers'] => ({ authorization: `Bearer ${token}` });
