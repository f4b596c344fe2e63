import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import {
  createCertificateAuthority,
  issueClientCertificate,
  issueServerCertificate,
  validFor,
} from '../../config/certificates.ts';

const now = new Date('2026-01-02T03:04:05.000Z');

describe('a certificate authority', () => {
  it('is self-signed, valid for the given time, and may sign certificates of servers but no further authority', async () => {
    const authority = await createCertificateAuthority('clusterpedia-import', validFor(365, now));
    const certificate = new X509Certificate(authority.certPem);
    expect(certificate.subject).toBe('CN=clusterpedia-import');
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(authority.keyPem))).toBe(true);
    expect(certificate.validFromDate).toEqual(new Date('2026-01-02T01:04:05.000Z'));
    expect(certificate.validToDate).toEqual(new Date('2027-01-02T03:04:05.000Z'));
  });

  it('has a serial number of its own', async () => {
    const made = await Promise.all([1, 2, 3].map(() => createCertificateAuthority('one', validFor(1))));
    expect(new Set(made.map(({ certPem }) => new X509Certificate(certPem).serialNumber)).size).toBe(3);
  });
});

describe('a server certificate', () => {
  it('is accepted by a TLS client that trusts the authority, for each of its names and no other', async () => {
    const authority = await createCertificateAuthority('ca', validFor(1));
    const names = { dnsNames: ['webhook.svc', 'webhook.svc.cluster.local'], ips: ['127.0.0.1', '::1'] };
    const { certPem, keyPem } = await issueServerCertificate(authority, names, validFor(1));
    const server = createServer({ cert: certPem, key: keyPem }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const dial = async (servername?: string): Promise<string> => {
      const socket = connect({
        host: '127.0.0.1',
        port,
        ca: authority.certPem,
        ...(servername && { servername }),
      });
      try {
        await once(socket, 'secureConnect');
        return 'accepted';
      } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? String(error);
      } finally {
        socket.destroy();
      }
    };
    try {
      expect(await dial('webhook.svc')).toBe('accepted');
      expect(await dial('webhook.svc.cluster.local')).toBe('accepted');
      expect(await dial()).toBe('accepted');
      expect(await dial('other.svc')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    } finally {
      server.close();
    }
  });

  it('takes names longer than a common name may be', async () => {
    const authority = await createCertificateAuthority('ca', validFor(1));
    const name = `${'a'.repeat(60)}.a-namespace-with-a-long-name.svc`;
    const { certPem } = await issueServerCertificate(authority, { dnsNames: [name] }, validFor(1));
    const certificate = new X509Certificate(certPem);
    expect(certificate.subjectAltName).toBe(`DNS:${name}`);
    expect(certificate.checkHost(name)).toBe(name);
    expect(certificate.checkIssued(new X509Certificate(authority.certPem))).toBe(true);
  });

  it.each([
    [
      'without a name',
      {},
      'Cannot issue a server certificate without a name: give at least one DNS name or IP address',
    ],
    [
      'for an address which is none',
      { ips: ['127.0.0.1', 'localhost'] },
      'Cannot issue a server certificate as "ips" must hold IP addresses: found localhost',
    ],
  ])('is refused %s', async (_, names, message) => {
    const authority = await createCertificateAuthority('ca', validFor(1));
    await expect(issueServerCertificate(authority, names, validFor(1))).rejects.toThrow(
      new RangeError(message),
    );
  });
});

describe('a client certificate', () => {
  it("names the user and the user's groups as Kubernetes reads them", async () => {
    const authority = await createCertificateAuthority('ca', validFor(1));
    const user = { name: 'jane', groups: ['system:masters', 'developers'] };
    const { certPem } = await issueClientCertificate(authority, user, validFor(1));
    const certificate = new X509Certificate(certPem);
    expect(certificate.subject).toBe('O=system:masters\nO=developers\nCN=jane');
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.verify(new X509Certificate(authority.certPem).publicKey)).toBe(true);
  });
});

describe('a validity', () => {
  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('of %d days is refused', (days) => {
    expect(() => validFor(days)).toThrow(
      `Cannot issue a certificate as "days" must be a positive number: current value is ${String(days)}`,
    );
  });
});
