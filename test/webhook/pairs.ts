import { createCertificateAuthority, issueServerCertificate, validFor } from '../../config/certificates.ts';
import type { CertificatePair } from '../../config/certificates.ts';

const authority = createCertificateAuthority('test', validFor(1));

/** PEM of the authority that signs every {@link serverPair}. */
export const authorityPem = authority.then(({ certPem }) => certPem);

/** A certificate for localhost and 127.0.0.1, with its key. */
export async function serverPair({ expired = false } = {}): Promise<CertificatePair> {
  const past = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2020-01-02T00:00:00Z') };
  return issueServerCertificate(
    await authority,
    { dnsNames: ['localhost'], ips: ['127.0.0.1'] },
    expired ? past : validFor(1),
  );
}
