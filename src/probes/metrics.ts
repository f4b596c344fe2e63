import { createRequire } from 'node:module';
import type * as prometheus from 'prom-client';

/*
 * The parts of the package `prom-client` that metrics need. The package's own entry loads OpenTelemetry, a client of the
 * push gateway and more as well, which takes 13 MiB of memory more than these parts do.
 */

type Prometheus = typeof prometheus;
const require = createRequire(import.meta.url);

export const Registry = require('prom-client/lib/registry.js') as Prometheus['Registry'];
export const Counter = require('prom-client/lib/counter.js') as Prometheus['Counter'];
export const Gauge = require('prom-client/lib/gauge.js') as Prometheus['Gauge'];
export const Histogram = require('prom-client/lib/histogram.js') as Prometheus['Histogram'];

/** The modules that `collectDefaultMetrics` uses, except the one for processor time, which needs OpenTelemetry. */
const processMetrics = [
  'processStartTime',
  'osMemoryHeap',
  'processOpenFileDescriptors',
  'processMaxFileDescriptors',
  'eventLoopLag',
  'processResources',
  'processHandles',
  'processRequests',
  'heapSizeAndUsed',
  'heapSpacesSizeAndUsed',
  'version',
  'gc',
] as const;

type Collect = (
  registry: prometheus.Registry,
  options: { readonly eventLoopMonitoringPrecision: number },
) => void;

/** Adds the process's own metrics (processor time, memory, event loop). They need timers, which `registry.clear` ends. */
export function collectProcessMetrics(registry: prometheus.Registry): void {
  collectProcessorTime(registry);
  for (const name of processMetrics) {
    const collect = require(`prom-client/lib/metrics/${name}.js`) as Collect;
    collect(registry, { eventLoopMonitoringPrecision: 10 });
  }
}

function collectProcessorTime(registry: prometheus.Registry): void {
  const count = (which: string, help: string, micros: (usage: NodeJS.CpuUsage) => number): void => {
    new Counter({
      name: `process_cpu_${which}seconds_total`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(micros(process.cpuUsage()) / 1e6);
      },
    });
  };
  count('user_', 'Total user CPU time spent in seconds.', ({ user }) => user);
  count('system_', 'Total system CPU time spent in seconds.', ({ system }) => system);
  count('', 'Total user and system CPU time spent in seconds.', ({ user, system }) => user + system);
}
