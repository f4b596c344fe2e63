import type { Cluster, User } from '@kubernetes/client-node';
import type { KubeConfigFields } from '../kubeconfig-fields.ts';

/** A part of a kubeconfig's user; a field that the kubeconfig lacks is `undefined`. */
export type ReadUser<Own = unknown> = { readonly [K in keyof (User & Own)]?: (User & Own)[K] | undefined };

/** The identity of a kubeconfig's user at one moment. */
export interface Identity {
  readonly headers: Readonly<Record<string, string>>;
  /** Client certificate and key, PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Wall-clock milliseconds after which to ask again. Absent: ask again when the files are read again. */
  readonly expiresAt?: number | undefined;
}

/**
 * One way in which a kubeconfig describes a user's identity: a file that reads the user's fields, and asks for the
 * identity that they describe.
 *
 * @typeParam Own the properties of a user that this kind adds to those that the client package knows
 */
export interface CredentialKind<Own = unknown> {
  /**
   * Reads its fields of a kubeconfig's user.
   *
   * @throws KubeConfigError
   */
  read(fields: KubeConfigFields): ReadUser<Own>;
  /**
   * `undefined` if the user does not use this kind.
   *
   * @throws TransportError `Credentials`, if the user has it but it cannot be used
   */
  identify(user: User & Partial<Own>, cluster: Cluster): Promise<Identity> | Identity | undefined;
}

/** The headers of a bearer token (RFC 6750). */
export const bearer = (token: string): Identity['headers'] => ({ authorization: `Bearer ${token}` });
