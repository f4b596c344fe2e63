import { bearer } from './kind.ts';
import type { CredentialKind } from './kind.ts';

/** A token in the kubeconfig: `token`. */
export const token: CredentialKind = {
  read: (user) => ({ token: user.text('token') }),
  identify: (user) => (user.token ? { headers: bearer(user.token.trim()) } : undefined),
};
