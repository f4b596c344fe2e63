import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { StoredCertificates } from '../../../webhook/certificates/plan.ts';
import { planCertificates } from '../../../webhook/certificates/plan.ts';

const settings = {
  names: ['webhook.system.svc', 'webhook.system.svc.cluster.local', '127.0.0.1'],
  authorityDays: 300,
  certificateDays: 30,
};
const start = new Date('2026-01-01T00:00:00Z');
const days = (count: number): Date => new Date(start.getTime() + count * 24 * 60 * 60 * 1000);
const planned = (stored: StoredCertificates | undefined, at: Date) => planCertificates(stored, settings, at);

/** Which authority, counted from the newest, signed the server's certificate. */
function signer({ authorities, server }: StoredCertificates): number {
  const certificate = new X509Certificate(server.certPem);
  return authorities.findIndex((pem) => certificate.verify(new X509Certificate(pem).publicKey));
}

describe('certificates', () => {
  test('are made where there are none: an authority, and a certificate that it signed, for every name', async () => {
    const made = await planned(undefined, start);
    expect(made.authorities).toHaveLength(1);
    expect(signer(made)).toBe(0);
    const certificate = new X509Certificate(made.server.certPem);
    expect(certificate.checkHost('webhook.system.svc')).toBe('webhook.system.svc');
    expect(certificate.checkHost('webhook.system.svc.cluster.local')).toBeDefined();
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.validToDate).toEqual(days(30));
    expect(new X509Certificate(made.authorities[0] ?? '').validToDate).toEqual(days(300));
  });

  test('stay as they are while nothing is due', async () => {
    const made = await planned(undefined, start);
    expect(await planned(made, days(19))).toBe(made);
  });

  test('are renewed when a third of the validity is left, by the same authority', async () => {
    const made = await planned(undefined, start);
    const renewed = await planned(made, days(20.1));
    expect(renewed.authorities).toEqual(made.authorities);
    expect(renewed.server.certPem).not.toBe(made.server.certPem);
    expect(signer(renewed)).toBe(0);
    expect(new X509Certificate(renewed.server.certPem).validToDate).toEqual(days(50.1));
  });
});

describe('an authority of which a third is left', () => {
  const aged = async () => {
    const made = await planned(undefined, start);
    // Renewed shortly before, so the server's certificate itself is not due.
    return planned(made, days(199));
  };

  test('gets a successor that is trusted beside it and signs nothing yet', async () => {
    const before = await aged();
    const after = await planned(before, days(200.1));
    expect(after.authorities).toHaveLength(2);
    expect(after.authorities[1]).toBe(before.authorities[0]);
    expect(after.server).toBe(before.server);
    expect(signer(after)).toBe(1);
  });

  test('leaves even a certificate that is due alone until every API server trusts the successor', async () => {
    const before = await planned(undefined, start);
    const both = days(201);
    const after = await planned(before, both);
    // Its certificate expired long ago: there is nothing to keep, so the successor signs at once.
    expect(signer(after)).toBe(0);
    const dueAndValid = { ...(await aged()) };
    const later = await planned(dueAndValid, days(219.5));
    expect(later.authorities).toHaveLength(2);
    expect(later.server).toBe(dueAndValid.server);
    const settled = await planned(later, new Date(days(219.5).getTime() + 16 * 60 * 1000));
    expect(settled.authorities).toEqual(later.authorities);
    expect(signer(settled)).toBe(0);
  });

  test('is outlived by no certificate that it signs, so that each is renewed while it can be trusted', async () => {
    const short = { ...settings, authorityDays: 20 };
    const made = await planCertificates(undefined, short, start);
    expect(new X509Certificate(made.server.certPem).validToDate).toEqual(days(20));
    const successor = await planCertificates(made, short, days(13.4));
    expect([successor.authorities.length, signer(successor)]).toEqual([2, 1]);
    const settled = await planCertificates(successor, short, days(13.5));
    expect([settled.authorities.length, signer(settled)]).toEqual([2, 0]);
  });

  test('is dropped from the trusted ones when it has expired', async () => {
    const two = await planned(await aged(), days(200.1));
    const later = await planned(two, days(301));
    expect(later.authorities).toEqual([two.authorities[0]]);
    expect(signer(later)).toBe(0);
  });
});

describe('a clock that jumps', () => {
  const HOUR_MS = 60 * 60 * 1000;
  const later = (date: Date, ms: number): Date => new Date(date.getTime() + ms);
  const isValidAt = (stored: StoredCertificates, at: Date): boolean =>
    [stored.server.certPem, ...stored.authorities]
      .map((pem) => new X509Certificate(pem))
      .every(({ validFromDate, validToDate }) => validFromDate <= at && at < validToDate);

  test.each([
    ['back by an hour, right after they were made', -HOUR_MS],
    ['ahead by an hour', HOUR_MS],
  ])('%s changes no certificates', async (_case, jump) => {
    const made = await planned(undefined, start);
    expect(await planned(made, later(start, jump))).toBe(made);
  });

  test.each([
    ['first ones', undefined],
    ['successors', 25],
  ])(
    'and is an hour ahead makes %s that are valid now, and stay when it is put right',
    async (_case, age) => {
      const now = age === undefined ? start : days(age);
      const before = age === undefined ? undefined : await planned(undefined, start);
      const made = await planned(before, later(now, HOUR_MS));
      expect(made).not.toBe(before);
      expect(isValidAt(made, now)).toBe(true);
      expect(await planned(made, now)).toBe(made);
    },
  );

  test('and is an hour behind makes certificates that stay when it is put right', async () => {
    const made = await planned(undefined, later(start, -HOUR_MS));
    expect(await planned(made, start)).toBe(made);
  });
});

describe('what is broken is replaced', () => {
  const broken: [string, (stored: StoredCertificates) => StoredCertificates][] = [
    [
      'a server certificate that is no certificate',
      (stored) => ({ ...stored, server: { ...stored.server, certPem: 'x' } }),
    ],
    ['a server key that is no key', (stored) => ({ ...stored, server: { ...stored.server, keyPem: '' } })],
    [
      'nothing but empty texts',
      () => ({ authorities: [], authorityKey: '', server: { certPem: '', keyPem: '' } }),
    ],
    ['an authority that is no certificate', (stored) => ({ ...stored, authorities: ['x'] })],
    ['an authority without its key', (stored) => ({ ...stored, authorityKey: '' })],
  ];

  test.each(broken)('%s', async (_case, damage) => {
    const repaired = await planned(damage(await planned(undefined, start)), days(1));
    expect(signer(repaired)).toBeGreaterThanOrEqual(0);
    expect(await planned(repaired, days(1))).toBe(repaired);
  });

  test('the key of another certificate', async () => {
    const [one, other] = [await planned(undefined, start), await planned(undefined, start)];
    const mixed = { ...one, server: { certPem: one.server.certPem, keyPem: other.server.keyPem } };
    expect((await planned(mixed, days(1))).server.certPem).not.toBe(one.server.certPem);
  });

  test('a certificate that no trusted authority signed', async () => {
    const [one, other] = [await planned(undefined, start), await planned(undefined, start)];
    expect(signer(await planned({ ...one, server: other.server }, days(1)))).toBe(0);
  });

  test('a certificate without one of the names', async () => {
    const made = await planned(undefined, start);
    const more = { ...settings, names: [...settings.names, 'webhook.example'] };
    const { server } = await planCertificates(made, more, days(1));
    expect(new X509Certificate(server.certPem).checkHost('webhook.example')).toBe('webhook.example');
  });
});
