import { isIP } from 'node:net';
import { X509Certificate } from 'node:crypto';
import type { Validity } from '../../config/certificates.ts';
import { createCertificateAuthority, issueServerCertificate, validFor } from '../../config/certificates.ts';
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

/** Renewed when no more than this part of the validity is left. */
const RENEWAL_PART = 1 / 3;

/**
 * Milliseconds that an authority is known before it signs a certificate in use: until then some API server may not have
 * seen the new caBundle. Counted from `notBefore`, which lies five minutes before the authority was made.
 */
const SETTLING_MS = 15 * 60 * 1000;

/**
 * The certificates that there should be, made from those that there are. Returns its argument where nothing is due, so
 * that replicas which look at the same Secret agree; whoever stores first wins, and the others read what it stored.
 *
 * An authority is replaced well before it expires: the new one is trusted at once, beside the old one, and signs from
 * the next server certificate on. So at no moment is a certificate shown that some API server does not trust yet.
 *
 * @param stored anything that was found; what is broken in it is replaced
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
  const settled =
    kept !== undefined && now.getTime() - read(kept.certPem).validFromDate.getTime() >= SETTLING_MS;
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

/** A certificate is worth nothing after its authority has expired, so it ends no later, and is renewed before. */
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

function isValid(pem: string, now: Date): boolean {
  try {
    const { validFromDate, validToDate } = read(pem);
    return validFromDate <= now && now < validToDate;
  } catch {
    return false;
  }
}

function isDue(pem: string, now: Date): boolean {
  const { validFromDate, validToDate } = read(pem);
  const lifetime = validToDate.getTime() - validFromDate.getTime();
  return validToDate.getTime() - now.getTime() <= lifetime * RENEWAL_PART;
}

function isPair(certPem: string, keyPem: string, now: Date): boolean {
  try {
    checkPair({ certPem, keyPem }, now);
    return true;
  } catch {
    return false;
  }
}

/** Whether it can be served to those who trust the authorities, under each of the names. */
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
