import { createPrivateKey, X509Certificate } from 'node:crypto';

/** A server's certificate chain and private key, both PEM text. */
export interface CertificatePair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** A certificate and key that match, with facts about them. */
export interface CheckedPair extends CertificatePair {
  /** SHA-256 of the first certificate, as hexadecimal bytes with colons. */
  readonly fingerprint: string;
  readonly notAfter: Date;
}

/** A pair cannot be used. The message never quotes the files. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/**
 * Checks that a pair can be served: both parts can be read, the key belongs to the certificate, and it is valid now.
 *
 * @throws CertificateError
 */
export function checkPair(pair: CertificatePair, now: Date = new Date()): CheckedPair {
  const certificate = readCertificate(pair.certPem);
  if (!certificate.checkPrivateKey(readKey(pair.keyPem))) {
    throw new CertificateError('the private key does not belong to the certificate');
  }
  const notAfter = certificate.validToDate;
  if (notAfter <= now) throw new CertificateError(`the certificate expired at ${notAfter.toISOString()}`);
  if (certificate.validFromDate > now) {
    throw new CertificateError(
      `the certificate is not valid before ${certificate.validFromDate.toISOString()}`,
    );
  }
  return { ...pair, fingerprint: certificate.fingerprint256, notAfter };
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new CertificateError('the certificate is no PEM certificate');
  }
}

function readKey(pem: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new CertificateError('the private key is no unencrypted PEM private key');
  }
}
