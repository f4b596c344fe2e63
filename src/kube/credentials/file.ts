import { readFile } from 'node:fs/promises';
import { TransportError } from '../errors.ts';
import { isRecord } from '../../api/index.ts';
import { bearer } from './kind.ts';
import type { CredentialKind } from './kind.ts';

/** A token in a file that somebody else renews: `tokenFile`, and a pod's service account. */
export const tokenFile: CredentialKind = {
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

/** The PEM text in the kubeconfig (base64), otherwise the text of the file; `undefined` if there is neither. */
export async function readPem(
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
