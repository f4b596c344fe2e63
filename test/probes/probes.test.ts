import { Registry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Check, Listening } from '../../src/probes/index.ts';
import { listen, serveProbes } from '../../src/probes/index.ts';
import { WebhookMetrics } from '../../webhook/metrics.ts';

async function ask(path: string, checks: readonly Check[], registry = new Registry(), method = 'GET') {
  const probes = await serveProbes({ address: '127.0.0.1', port: 0, checks, registry });
  onTestFinished(() => probes.close());
  const response = await fetch(`http://127.0.0.1:${String(probes.port)}${path}`, { method });
  return { code: response.status, body: await response.text(), type: response.headers.get('content-type') };
}

const good: Check = { name: 'certificate', run: () => undefined };
const bad: Check = { name: 'caches', run: () => Promise.resolve('lifecycles are still being read') };

describe('readiness', () => {
  test('holds where every check does', async () => {
    expect(await ask('/readyz', [good])).toMatchObject({
      code: 200,
      body: '[+]certificate ok\nreadyz check passed\n',
    });
  });

  test('fails where one does not, and says which and why', async () => {
    expect(await ask('/readyz', [good, bad])).toMatchObject({
      code: 503,
      body: '[+]certificate ok\n[-]caches failed: lifecycles are still being read\nreadyz check failed\n',
    });
  });

  test.each<[string, Check['run'], string]>([
    ['throws', () => Promise.reject(new Error('secret')), 'the check itself failed'],
    ['does not answer', () => new Promise<never>(() => undefined), 'no answer in time'],
  ])('fails where a check %s', async (_case, run, problem) => {
    const { code, body } = await ask('/readyz', [{ name: 'tls', run }]);
    expect([code, body]).toEqual([503, `[-]tls failed: ${problem}\nreadyz check failed\n`]);
  });
});

test('liveness depends on no check', async () => {
  expect(await ask('/livez', [bad])).toMatchObject({ code: 200, body: 'ok\n' });
});

describe('metrics', () => {
  test('are served as Prometheus reads them', async () => {
    const metrics = new WebhookMetrics();
    metrics.certificateExpiry.set(1_800_000_000);
    const { code, body, type } = await ask('/metrics', [], metrics.registry);
    expect([code, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(body).toContain('clusterpedia_import_webhook_certificate_expiry_timestamp_seconds 1800000000');
  });

  test('carry no name of an object, user or field as a label', async () => {
    const labels = (await new WebhookMetrics().registry.getMetricsAsJSON()).flatMap(({ name }) => name);
    expect(labels.length).toBeGreaterThan(5);
    const metrics = new WebhookMetrics();
    metrics.requests.inc({ webhook: 'validate', operation: 'CREATE', outcome: 'denied' });
    const [value] = (await metrics.requests.get()).values;
    expect(Object.keys(value?.labels ?? {}).sort()).toEqual(['operation', 'outcome', 'webhook']);
  });
});

test.each([
  ['GET', '/', 404, 'served are /livez, /readyz and /metrics\n'],
  ['POST', '/livez', 405, 'only GET is served\n'],
  ['GET', '/livez?verbose', 200, 'ok\n'],
])('%s %s is answered with %d', async (method, path, code, body) => {
  expect(await ask(path, [], new Registry(), method)).toMatchObject({ code, body });
});

describe('listening on every address', () => {
  /** A server on a kernel without IPv6, as far as listening goes. */
  function withoutIPv6(code: string) {
    const hosts: string[] = [];
    const listening: Listening = {
      listen({ host }) {
        hosts.push(host);
        return host.includes(':')
          ? Promise.reject(Object.assign(new Error(`listen ${code}: ${host}`), { code }))
          : Promise.resolve();
      },
      server: { address: () => ({ address: hosts.at(-1) ?? '', family: 'IPv4', port: 8080 }) },
    };
    return { hosts, listening };
  }

  test.each(['EAFNOSUPPORT', 'EADDRNOTAVAIL'])(
    'falls back to IPv4 where the kernel has no other (%s)',
    async (code) => {
      const { hosts, listening } = withoutIPv6(code);
      expect(await listen(listening, { address: '::', port: 8080 })).toMatchObject({ address: '0.0.0.0' });
      expect(hosts).toEqual(['::', '0.0.0.0']);
    },
  );

  test('does not take another address than the one that is asked for', async () => {
    const { listening } = withoutIPv6('EADDRNOTAVAIL');
    await expect(listen(listening, { address: '::1', port: 8080 })).rejects.toThrow('EADDRNOTAVAIL: ::1');
  });

  test('serves on both families where there are both, or on the one that there is', async () => {
    const probes = await serveProbes({ address: '::', port: 0, checks: [], registry: new Registry() });
    onTestFinished(() => probes.close());
    expect((await fetch(`http://127.0.0.1:${String(probes.port)}/livez`)).status).toBe(200);
  });
});
