import { Registry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Check } from '../../webhook/probes.ts';
import { buildProbes } from '../../webhook/probes.ts';
import { WebhookMetrics } from '../../webhook/metrics.ts';

async function ask(url: string, checks: readonly Check[], registry = new Registry()) {
  const app = buildProbes({ checks, registry });
  onTestFinished(() => app.close());
  const { statusCode, body, headers } = await app.inject({ url });
  return { code: statusCode, body, type: headers['content-type'] };
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
