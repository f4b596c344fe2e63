import type { Registry } from 'prom-client';
import { ControllerMetrics } from '../../controller/metrics.ts';
import { WebhookMetrics } from '../../webhook/metrics.ts';

/** A metric as a process serves it. */
export interface ServedMetric {
  readonly name: string;
  /** `counter`, `gauge` or `histogram`. */
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** The product's own metrics of each process, by name; those of the Node process come besides. */
export async function servedMetrics(): Promise<
  Readonly<Record<'controller' | 'webhook', readonly ServedMetric[]>>
> {
  return {
    controller: await metricsOf(new ControllerMetrics().registry),
    webhook: await metricsOf(new WebhookMetrics().registry),
  };
}

/** prom-client keeps the labels of a metric, but does not tell of them in its types. */
interface Labelled {
  readonly labelNames?: readonly string[];
}

async function metricsOf(registry: Registry): Promise<readonly ServedMetric[]> {
  const described = await registry.getMetricsAsJSON();
  return described
    .map(({ name, type, help }): ServedMetric => {
      const { labelNames = [] } = registry.getSingleMetric(name) as Labelled;
      return { name, type: String(type), labels: labelNames.filter((label) => label !== 'le'), help };
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
