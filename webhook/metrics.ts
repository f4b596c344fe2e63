import { collectProcessMetrics, Counter, Gauge, Histogram, Registry } from '../src/probes/index.ts';

/** The webhook's metrics, in a registry of their own. No label carries an object's name. */
export class WebhookMetrics {
  readonly registry = new Registry();
  readonly #registers = [this.registry];

  readonly requests = new Counter({
    name: 'clusterpedia_import_webhook_requests_total',
    help: 'Admission requests answered, by webhook, operation and outcome.',
    labelNames: ['webhook', 'operation', 'outcome'],
    registers: this.#registers,
  });
  readonly duration = new Histogram({
    name: 'clusterpedia_import_webhook_request_duration_seconds',
    help: 'Seconds from the arrival of an admission request to its answer.',
    labelNames: ['webhook'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: this.#registers,
  });
  readonly refused = new Counter({
    name: 'clusterpedia_import_webhook_http_errors_total',
    help: 'Requests that got no review, by HTTP status: malformed, too large, too slow, or turned away under load.',
    labelNames: ['code'],
    registers: this.#registers,
  });
  readonly inFlight = new Gauge({
    name: 'clusterpedia_import_webhook_requests_in_flight',
    help: 'Requests under way, those included that are waiting or arriving.',
    registers: this.#registers,
  });
  readonly renderings = new Counter({
    name: 'clusterpedia_import_webhook_trial_renderings_total',
    help: 'Templates rendered on trial.',
    registers: this.#registers,
  });
  readonly branches = new Counter({
    name: 'clusterpedia_import_webhook_trial_branches_total',
    help: 'Branches of templates on trial, by whether a sample or an existing source took them (taken="true").',
    labelNames: ['taken'],
    registers: this.#registers,
  });
  readonly gaps = new Counter({
    name: 'clusterpedia_import_webhook_unavailable_facts_total',
    help: 'Facts that the API server could not give in time.',
    registers: this.#registers,
  });
  readonly certificateExpiry = new Gauge({
    name: 'clusterpedia_import_webhook_certificate_expiry_timestamp_seconds',
    help: 'When the certificate in use expires, in seconds since the epoch.',
    registers: this.#registers,
  });
  readonly certificateLoads = new Counter({
    name: 'clusterpedia_import_webhook_certificate_loads_total',
    help: 'Certificates taken into use (result="loaded") and refused (result="failed").',
    labelNames: ['result'],
    registers: this.#registers,
  });

  /** Adds the process's own metrics (CPU, memory, event loop). They need timers, which {@link close} ends. */
  collectProcess(): void {
    collectProcessMetrics(this.registry);
  }

  close(): void {
    this.registry.clear();
  }
}
