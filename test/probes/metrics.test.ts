import { collectDefaultMetrics, Registry as PackageRegistry } from 'prom-client';
import { expect, it } from 'vitest';
import { collectProcessMetrics, Registry } from '../../src/probes/index.ts';

const described = async (registry: PackageRegistry) =>
  (await registry.getMetricsAsJSON())
    .map(({ name, help, type }) => ({ name, help, type }))
    .toSorted((one, other) => one.name.localeCompare(other.name));

it("the process's metrics are those that prom-client collects by default", async () => {
  const registry = new Registry();
  collectProcessMetrics(registry);
  const byDefault = new PackageRegistry();
  collectDefaultMetrics({ register: byDefault });
  expect(await described(registry)).toEqual(await described(byDefault));
});

it('the processor time is that of the process since it began', async () => {
  const registry = new Registry();
  collectProcessMetrics(registry);
  const before = process.cpuUsage();
  const text = await registry.getSingleMetricAsString('process_cpu_seconds_total');
  const after = process.cpuUsage();
  const seconds = Number(/^process_cpu_seconds_total (.+)$/m.exec(text)?.[1]);
  expect(seconds).toBeGreaterThanOrEqual((before.user + before.system) / 1e6);
  expect(seconds).toBeLessThanOrEqual((after.user + after.system) / 1e6);
});
