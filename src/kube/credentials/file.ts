import { readFile } from 'node:fs/promises';
import { TransportError } from '../errors.ts';

/** The PEM text in the kubeconfig (base64), otherwise the text of the file; `undefined` if there is neither. */
export async function readPem(
  field: string,
  file: string | undefined,
  data: string | undefined,
): Promise<string | undefined> {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return file === undefined ? undefined : readCredentialFile(field, file);
}

/** @throws TransportError `Credentials` */
export async function readCredentialFile(field: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new TransportError('Credentials', `cannot read the ${field} ${file}: ${code}`, { cause: error });
  }
}
