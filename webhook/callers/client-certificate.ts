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
  /** Milliseconds between looks at the file. */
  readonly pollMs: number;
  /** Gets the authorities (PEM) each time they are others than before. */
  readonly onAuthorities: (pem: string) => void;
  /** Gets each new failure, once. */
  readonly onError: (error: Error) => void;
}

/**
 * Knows the API server by its client certificate, which its admission configuration gives it
 * (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#authenticate-apiservers).
 */
export function clientCertificate(options: ClientCertificateOptions): RunningCallers {
  let problem: string | undefined = 'the authority of client certificates has not been read yet';
  return {
    asksForCertificate: true,
    knows({ socket }) {
      // A resumed session of a client without certificate counts as authorized for Node.
      const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
      if (certificate === undefined || certificate.validToDate <= new Date()) return false;
      return options.names.includes(commonNameOf(certificate));
    },
    // A certificate is no secret.
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

/** @throws CertificateError where the file is no certificate */
async function readAuthorities(file: string): Promise<string> {
  const pem = await readFile(file, 'utf8');
  try {
    new X509Certificate(pem);
  } catch {
    throw new CertificateError(`${file} is no PEM certificate`);
  }
  return pem;
}

/** The last one where there are several, as Go's `pkix.Name` takes it. */
const commonNameOf = ({ subject }: X509Certificate): string =>
  subject
    .split('\n')
    .filter((line) => line.startsWith('CN='))
    .at(-1)
    ?.slice(3) ?? '';
