import type { User } from '@kubernetes/client-node';
import { isRecord } from '../../api/index.ts';
import { readCredentialFile } from './file.ts';
import { bearer } from './kind.ts';
import type { CredentialKind } from './kind.ts';

/** A token in a file that somebody else renews: `tokenFile`, and a pod's service account. */
export const tokenFile: CredentialKind = {
  read(user) {
    const file = user.file('tokenFile');
    return file === undefined ? {} : tokenFileUser(file);
  },
  identify(user) {
    const provider: unknown = user.authProvider;
    if (!isRecord(provider) || !isRecord(provider['config'])) return undefined;
    const file = provider['config']['tokenFile'];
    return typeof file === 'string' ? readToken(file) : undefined;
  },
};

const readToken = async (file: string) => ({
  headers: bearer((await readCredentialFile('tokenFile', file)).trim()),
});

/** A user with a token in a file. The client package knows token files only in this form. */
export const tokenFileUser = (tokenFile: string): Pick<User, 'authProvider'> => ({
  authProvider: { name: 'tokenFile', config: { tokenFile } },
});
