import { authProvider } from './auth-provider.ts';
import { basic } from './basic.ts';
import { exec } from './exec.ts';
import type { CredentialKind } from './kind.ts';
import { tokenFile } from './token-file.ts';
import { token } from './token.ts';

/** Every kind of credential. The first one that a user has is used. */
export const credentialKinds: readonly CredentialKind[] = [tokenFile, token, basic, exec, authProvider];
