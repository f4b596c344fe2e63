// @peculiar/x509 registers its algorithms by decorators, which need this polyfill before it is loaded.
import 'reflect-metadata';

import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key, both PEM text (the key as PKCS #8). */
export interface CertificatePair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** When a certificate is valid. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Who a server certificate speaks for: at least one DNS name or IP address. */
export interface ServerNames {
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
}

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' };
const signatureAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };

/**
 * Clocks of nodes differ, and jump: by an hour where somebody takes local time for UTC. A certificate made now must already be
 * valid on a machine that is this much behind, and stay valid on one whose clock goes back.
 */
export const BACKDATED_MS = 2 * 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A validity of `days` days from `now`, begun {@link BACKDATED_MS} earlier. */
export function validFor(days: number, now: Date = new Date()): Validity {
  if (!Number.isFinite(days) || days <= 0) {
    throw new RangeError(
      `Cannot issue a certificate as "days" must be a positive number: current value is ${String(days)}`,
    );
  }
  return {
    notBefore: new Date(now.getTime() - BACKDATED_MS),
    notAfter: new Date(now.getTime() + days * DAY_MS),
  };
}

/**
 * Makes a self-signed certificate authority (ECDSA P-256) that may sign end-entity certificates only.
 *
 * @param commonName the subject's common name
 */
export async function createCertificateAuthority(
  commonName: string,
  validity: Validity,
): Promise<CertificatePair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerialNumber(),
    name: new x509.Name([{ CN: [commonName] }]),
    ...validity,
    signingAlgorithm: signatureAlgorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pair(certificate, keys);
}

/**
 * Issues a TLS server certificate. Names go to the subjectAltName extension, the only place where Go looks for them;
 * the first one is also the common name.
 *
 * @throws RangeError when there is no name, or an IP address isn't one
 */
export async function issueServerCertificate(
  authority: CertificatePair,
  names: ServerNames,
  validity: Validity,
): Promise<CertificatePair> {
  const { dnsNames = [], ips = [] } = names;
  const commonName = dnsNames[0] ?? ips[0];
  if (commonName === undefined) {
    throw new RangeError(
      'Cannot issue a server certificate without a name: give at least one DNS name or IP address',
    );
  }
  const notAnAddress = ips.find((ip) => isIP(ip) === 0);
  if (notAnAddress !== undefined) {
    throw new RangeError(
      `Cannot issue a server certificate as "ips" must hold IP addresses: found ${notAnAddress}`,
    );
  }
  // A common name longer than 64 characters is invalid (RFC 5280, ub-common-name); names count in the extension.
  const subject = commonName.length <= 64 ? [{ CN: [commonName] }] : [{ CN: ['server'] }];
  return issue(authority, subject, validity, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension([
      ...dnsNames.map((name) => new x509.GeneralName('dns', name)),
      ...ips.map((ip) => new x509.GeneralName('ip', ip)),
    ]),
  ]);
}

/**
 * Issues a TLS client certificate. Kubernetes reads the user from the common name and the groups from the organizations
 * (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates).
 */
export function issueClientCertificate(
  authority: CertificatePair,
  user: { readonly name: string; readonly groups?: readonly string[] },
  validity: Validity,
): Promise<CertificatePair> {
  const groups = (user.groups ?? []).map((group) => ({ O: [group] }));
  return issue(authority, [...groups, { CN: [user.name] }], validity, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
  ]);
}

async function issue(
  authority: CertificatePair,
  subject: x509.JsonName,
  validity: Validity,
  extensions: x509.Extension[],
): Promise<CertificatePair> {
  const issuer = new x509.X509Certificate(authority.certPem);
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerialNumber(),
    subject: new x509.Name(subject),
    issuer: issuer.subjectName,
    ...validity,
    signingAlgorithm: signatureAlgorithm,
    publicKey: keys.publicKey,
    signingKey: await importPrivateKey(authority.keyPem),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...extensions,
    ],
  });
  return pair(certificate, keys);
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
}

function importPrivateKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = x509.PemConverter.decodeFirst(pem);
  return webcrypto.subtle.importKey('pkcs8', der, keyAlgorithm, false, ['sign']);
}

/** 20 random bytes at most, positive and not zero (RFC 5280, 4.1.2.2), as hexadecimal digits. */
function randomSerialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

async function pair(
  certificate: x509.X509Certificate,
  keys: webcrypto.CryptoKeyPair,
): Promise<CertificatePair> {
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certPem: `${certificate.toString('pem')}\n`,
    keyPem: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
  };
}
