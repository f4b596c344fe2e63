import { isIP } from 'node:net';
import { X509Certificate } from 'node:crypto';
import type { Validity } from '../../config/certificates.ts';
import {
  BACKDATED_MS,
  createCertificateAuthority,
  issueServerCertificate,
  validFor,
} from '../../config/certificates.ts';
import type { CertificatePair } from './pair.ts';
import { checkPair } from './pair.ts';

/** What the Secret holds. All PEM text. */
export interface StoredCertificates {
  /** Every authority that is trusted, the newest first. */
  readonly authorities: readonly string[];
  /** Private key of the newest authority. */
  readonly authorityKey: string;
  readonly server: CertificatePair;
}

export interface CertificateSettings {
  /** DNS names and IP addresses of the server, at least one. */
  readonly names: readonly string[];
  readonly authorityDays: number;
  readonly certificateDays: number;
}

/** A certificate is renewed when no more than this part of its validity is left. */
const RENEWAL_PART = 1 / 3;

/**
 * Milliseconds for which an authority must be known before it signs a certificate in use: until then some API server
 * may not have seen the new caBundle.
 */
const SETTLING_MS = 10 * 60 * 1000;

/**
 * Decides which certificates there should be, from those that exist. Returns its argument if nothing changes, so that
 * replicas that read the same Secret agree. The replica that stores first wins, and the others read what it stored.
 *
 * An authority is replaced well before it expires. The new one is trusted at once, beside the old one, and signs from
 * the next server certificate on. So no certificate is ever shown that some API server does not trust yet.
 *
 * @param stored whatever was found; broken parts are replaced
 */
export async function planCertificates(
  stored: StoredCertificates | undefined,
  settings: CertificateSettings,
  now: Date = new Date(),
): Promise<StoredCertificates> {
  const trusted = (stored?.authorities ?? []).filter((pem) => isValid(pem, now));
  const [newest] = trusted;
  const kept =
    stored && newest !== undefined && !isDue(newest, now) && isPair(newest, stored.authorityKey, now)
      ? { certPem: newest, keyPem: stored.authorityKey }
      : undefined;
  const authority =
    kept ??
    (await createCertificateAuthority('clusterpedia-import webhook', validFor(settings.authorityDays, now)));
  const authorities = kept ? trusted : [authority.certPem, ...trusted];

  const server = stored?.server;
  const usable = server !== undefined && isUsable(server, authorities, settings.names, now);
  const settled = kept !== undefined && now.getTime() - createdAt(read(kept.certPem)) >= SETTLING_MS;
  const keepServer = usable && (!isDue(server.certPem, now) || !settled);
  if (stored && kept && keepServer && trusted.length === stored.authorities.length) return stored;
  return {
    authorities,
    authorityKey: authority.keyPem,
    server: keepServer
      ? server
      : await issueServerCertificate(
          authority,
          serverNames(settings.names),
          withinAuthority(validFor(settings.certificateDays, now), authority.certPem),
        ),
  };
}

/**
 * A certificate is useless after its authority has expired. So it ends no later than the authority, and is renewed
 * before.
 */
function withinAuthority(validity: Validity, authorityPem: string): Validity {
  const end = read(authorityPem).validToDate;
  return validity.notAfter <= end ? validity : { ...validity, notAfter: end };
}

function serverNames(names: readonly string[]): { dnsNames: string[]; ips: string[] } {
  return {
    dnsNames: names.filter((name) => isIP(name) === 0),
    ips: names.filter((name) => isIP(name) !== 0),
  };
}

const read = (pem: string): X509Certificate => new X509Certificate(pem);

const createdAt = ({ validFromDate }: X509Certificate): number => validFromDate.getTime() + BACKDATED_MS;

function isValid(pem: string, now: Date): boolean {
  try {
    const { validFromDate, validToDate } = read(pem);
    return validFromDate <= now && now < validToDate;
  } catch {
    return false;
  }
}

function isDue(pem: string, now: Date): boolean {
  const certificate = read(pem);
  const end = certificate.validToDate.getTime();
  return end - now.getTime() <= (end - createdAt(certificate)) * RENEWAL_PART;
}

function isPair(certPem: string, keyPem: string, now: Date): boolean {
  try {
    checkPair({ certPem, keyPem }, now);
    return true;
  } catch {
    return false;
  }
}

/** Whether clients that trust the authorities accept it, under each of the names. */
function isUsable(
  server: CertificatePair,
  authorities: readonly string[],
  names: readonly string[],
  now: Date,
): boolean {
  if (!isPair(server.certPem, server.keyPem, now)) return false;
  const certificate = read(server.certPem);
  const speaksFor = (name: string): boolean =>
    (isIP(name) === 0 ? certificate.checkHost(name, { subject: 'never' }) : certificate.checkIP(name)) !==
    undefined;
  return (
    names.every(speaksFor) &&
    authorities
      .map(read)
      .some((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey))
  );
}
