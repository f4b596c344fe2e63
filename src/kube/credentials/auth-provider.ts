import type { RequestOptions } from 'node:https';
import type { Cluster, User } from '@kubernetes/client-node';
import { asError } from '../clock.ts';
import { TransportError } from '../errors.ts';
import { redactText } from '../redact.ts';
import type { CredentialKind, Identity } from './kind.ts';

/**
 * OpenID Connect, and providers of single clouds that kubectl itself no longer has. The client package handles them; it
 * is loaded only here.
 */
export const authProvider: CredentialKind = {
  read: (user) => ({ authProvider: user.value('auth-provider') }),
  identify: (user, cluster) => (user.authProvider ? askAuthProvider(cluster, user) : undefined),
};

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
