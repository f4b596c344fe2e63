import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { asError } from '../../src/kube/index.ts';
import { CertificateError } from '../certificates/pair.ts';
import { oncePerFault } from '../certificates/once-per-fault.ts';
import type { RunningCallers } from './callers.ts';

export interface ClientCertificateOptions {
  /** PEM file with the authorities that sign the API server's client certificate. */
  readonly authorityFile: string;
  /** Common names that the certificate may have. */
  readonly names: readonly string[];
  /** Milliseconds between two reads of the file. */
  readonly pollMs: number;
  /** Gets the authorities (PEM) whenever they have changed. */
  readonly onAuthorities: (pem: string) => void;
  /** Gets each new failure, once. */
  readonly onError: (error: Error) => void;
}

/**
 * Recognizes the API server by its client certificate, which its admission configuration gives it
 * (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#authenticate-apiservers).
 */
export function clientCertificate(options: ClientCertificateOptions): RunningCallers {
  let problem: string | undefined = 'the authority of client certificates has not been read yet';
  return {
    asksForCertificate: true,
    knows({ socket }) {
      // Node reports a resumed session of a client without certificate as authorized.
      const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
      if (certificate === undefined || certificate.validToDate <= new Date()) return false;
      return options.names.includes(commonNameOf(certificate));
    },
    // A certificate is not secret, so there is nothing to distrust.
    distrust: () => undefined,
    onUnknown: () => undefined,
    problem: () => problem,
    async run(signal) {
      let inUse: string | undefined;
      const complain = oncePerFault(options.onError);
      while (!signal.aborted) {
        try {
          const pem = await readAuthorities(options.authorityFile);
          if (pem !== inUse) options.onAuthorities(pem);
          inUse = pem;
          problem = undefined;
          complain(undefined);
        } catch (error) {
          complain(asError(error));
        }
        await delay(options.pollMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

/** @throws CertificateError if the file is not a certificate */
async function readAuthorities(file: string): Promise<string> {
  const pem = await readFile(file, 'utf8');
  try {
    new X509Certificate(pem);
  } catch {
    throw new CertificateError(`${file} is no PEM certificate`);
  }
  return pem;
}

/** If there are several, the last one counts, as in Go's `pkix.Name`. */
const commonNameOf = ({ subject }: X509Certificate): string =>
  subject
    .split('\n')
    .filter((line) => line.startsWith('CN='))
    .at(-1)
    ?.slice(3) ?? '';
