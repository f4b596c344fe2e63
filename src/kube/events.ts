import type { KubeClient } from './client.ts';
import { asError, sleep } from './clock.ts';
import type { Clock } from './clock.ts';
import { microTime } from './election.ts';
import { KubeError, isNotFound, isTransient } from './errors.ts';
import type { StoredObject, ResourceType } from './object.ts';

/** The object of an event. A {@link StoredObject} is one. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly uid?: string | undefined;
    readonly resourceVersion?: string | undefined;
  };
}

export interface EventInit {
  readonly regarding: EventSubject | StoredObject;
  readonly related?: EventSubject | StoredObject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, at most 128 characters. */
  readonly reason: string;
  /** What the controller did or tried, CamelCase: `Create`, `HoldDeletion`. */
  readonly action: string;
  /** Shortened to 1024 bytes. Must not contain a secret: see redact.ts. */
  readonly message: string;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** e.g. `clusterpedia.io/import-controller`. */
  readonly component: string;
  /** e.g. the pod's name. */
  readonly instance: string;
  readonly onError?: (error: Error) => void;
  /** @default the client's */
  readonly clock?: Clock;
}

const events: ResourceType = {
  group: 'events.k8s.io',
  version: 'v1',
  resource: 'events',
  kind: 'Event',
  namespaced: true,
};
/**
 * The namespace for events about cluster-scoped objects. Older API servers, such as 1.20, accept them in this one only.
 */
const CLUSTER_NAMESPACE = 'default';
const OLD_CLUSTER_NAMESPACE = 'kube-system';
const MAX_NOTE_BYTES = 1024;
const MAX_NAME_LENGTH = 253;
/**
 * A repetition within this time increments the count of the event; a later one is a new event (client-go
 * `tools/events`).
 */
const SERIES_MS = 6 * 60_000;
/** A series' count is written at most this often. */
const SERIES_WRITE_MS = 10_000;
/**
 * Each object may have this many new events at once, and then one every five minutes (client-go
 * `EventSourceObjectSpamFilter`).
 */
const SUBJECT_BURST = 25;
const SUBJECT_REFILL_MS = 300_000;
/** Between two writes: 20 a second. */
const PACE_MS = 50;
const MAX_PENDING = 1_000;
/** Bounds memory if very many subjects have events at the same time. */
const MAX_REMEMBERED = 4_096;
/** How often, at most, series that have ended and subjects with a full allowance are forgotten. */
const SWEEP_MS = 60_000;
const MAX_ATTEMPTS = 4;
const RETRY_MS = 1_000;

interface Series {
  readonly init: EventInit;
  readonly name: string;
  /** Unset for an event about a cluster-scoped object. */
  readonly namespace: string | undefined;
  /** Wall-clock time, for people to read. */
  readonly eventTime: number;
  lastObserved: number;
  count: number;
  /** When it was last observed, on the monotonic clock. */
  observedAt: number;
  /** The count that the server has; 0 before the event was created. */
  written: number;
  cancelTimer: (() => void) | undefined;
}

interface Allowance {
  tokens: number;
  at: number;
}

/**
 * Writes Events (`events.k8s.io/v1`, served since 1.19) in the background. Never throws, never blocks. A repetition
 * increments the existing event's count. Events of an object beyond its rate are dropped, and so are events that cannot
 * be written.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();
  readonly #allowances = new Map<string, Allowance>();
  readonly #pending = new Set<Series>();
  readonly #stopping = new AbortController();
  #writing: Promise<void> | undefined;
  #clusterNamespace = CLUSTER_NAMESPACE;
  #sequence = 0;
  #dropped = 0;
  #sweptAt = -Infinity;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? options.client.clock;
  }

  /** How many events were not written: too many at once, too many about one object, or refused by the server. */
  get dropped(): number {
    return this.#dropped;
  }

  /** What is remembered of events that were recorded. */
  get remembered(): { readonly series: number; readonly subjects: number } {
    return { series: this.#series.size, subjects: this.#allowances.size };
  }

  /**
   * Queues an event; never fails or waits. Repetitions are counted in one object. Events beyond the rate are {@link
   * dropped}.
   */
  record(event: EventInit): void {
    if (this.#stopping.signal.aborted) return;
    const [now, at] = [this.#clock.now(), this.#clock.monotonic()];
    if (at - this.#sweptAt >= SWEEP_MS) this.#sweep(at);
    const key = keyOf(event);
    const known = this.#series.get(key);
    if (known !== undefined && at - known.observedAt < SERIES_MS) {
      known.count += 1;
      known.lastObserved = now;
      known.observedAt = at;
      this.#touch(key, known);
      known.cancelTimer ??= this.#clock.after(SERIES_WRITE_MS, () => this.#enqueue(known));
      return;
    }
    if (!this.#allow(event, at) || this.#pending.size >= MAX_PENDING) {
      this.#dropped += 1;
      return;
    }
    const series = this.#newSeries(event, now, at);
    this.#touch(key, series);
    this.#enqueue(series);
  }

  /** Resolves when every recorded event has been written or dropped. */
  async flush(): Promise<void> {
    for (const series of this.#series.values()) if (series.cancelTimer !== undefined) this.#enqueue(series);
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Flushes, for at most `timeoutMs`, and accepts no more events. */
  async stop(timeoutMs = 2_000): Promise<void> {
    const cancel = this.#clock.after(timeoutMs, () =>
      this.#stopping.abort(new Error('the event recorder is stopped')),
    );
    await this.flush();
    cancel();
    this.#stopping.abort(new Error('the event recorder is stopped'));
    for (const series of this.#series.values()) series.cancelTimer?.();
  }

  #newSeries(event: EventInit, now: number, at: number): Series {
    this.#sequence += 1;
    const suffix = `.${Math.trunc(now).toString(16)}${(this.#sequence % 0x10000).toString(16).padStart(4, '0')}`;
    // The name of an Event must be a DNS subdomain; names of some kinds (RBAC) are not.
    const subject = event.regarding.metadata.name
      .toLowerCase()
      .replace(/[^a-z0-9.-]/g, '-')
      .replace(/^[^a-z0-9]+/, '');
    return {
      init: { ...event, message: shortenBytes(event.message, MAX_NOTE_BYTES) },
      name: subject.slice(0, MAX_NAME_LENGTH - suffix.length).replace(/[^a-z0-9]+$/, '') + suffix,
      namespace: event.regarding.metadata.namespace || undefined,
      eventTime: now,
      count: 1,
      lastObserved: now,
      observedAt: at,
      written: 0,
      cancelTimer: undefined,
    };
  }

  /** Marks a series as the latest. The oldest ones are forgotten. */
  #touch(key: string, series: Series): void {
    this.#series.delete(key);
    this.#series.set(key, series);
    if (this.#series.size <= MAX_REMEMBERED) return;
    for (const [oldest, forgotten] of this.#series) {
      forgotten.cancelTimer?.();
      this.#series.delete(oldest);
      break;
    }
  }

  #allow(event: EventInit, now: number): boolean {
    const { kind, metadata } = event.regarding;
    const subject = metadata.uid ?? `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
    const last = this.#allowances.get(subject);
    const tokens = last === undefined ? SUBJECT_BURST : tokensOf(last, now);
    this.#allowances.delete(subject);
    this.#allowances.set(subject, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    if (this.#allowances.size > MAX_REMEMBERED) {
      for (const oldest of this.#allowances.keys()) {
        this.#allowances.delete(oldest);
        break;
      }
    }
    return tokens >= 1;
  }

  #sweep(at: number): void {
    this.#sweptAt = at;
    for (const [key, { observedAt }] of this.#series)
      if (at - observedAt >= SERIES_MS) this.#series.delete(key);
    for (const [subject, allowance] of this.#allowances)
      if (tokensOf(allowance, at) >= SUBJECT_BURST) this.#allowances.delete(subject);
  }

  #enqueue(series: Series): void {
    series.cancelTimer?.();
    series.cancelTimer = undefined;
    this.#pending.add(series);
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    // Events recorded in the same turn are written as one.
    await Promise.resolve();
    for (const series of this.#pending) {
      this.#pending.delete(series);
      await this.#write(series);
      if (this.#pending.size > 0)
        await sleep(this.#clock, PACE_MS, this.#stopping.signal).catch(() => undefined);
    }
  }

  async #write(series: Series): Promise<void> {
    for (let attempt = 1; series.written < series.count; attempt += 1) {
      if (this.#stopping.signal.aborted) {
        this.#dropped += 1;
        return;
      }
      const count = series.count;
      try {
        await this.#send(series, count);
        series.written = count;
        return;
      } catch (error) {
        if (series.written > 0 && isNotFound(error)) {
          // Events are kept for an hour only.
          series.written = 0;
          continue;
        }
        if (series.namespace === undefined && this.#movesToOldNamespace(error)) continue;
        if (this.#stopping.signal.aborted) continue;
        if (attempt >= MAX_ATTEMPTS || !isTransient(error)) {
          this.#dropped += 1;
          this.#options.onError?.(asError(error));
          return;
        }
        const asked = error instanceof KubeError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
        await sleep(this.#clock, Math.max(asked, RETRY_MS * attempt), this.#stopping.signal).catch(
          () => undefined,
        );
      }
    }
  }

  /** Whether the server is an old one; this is remembered from now on. */
  #movesToOldNamespace(error: unknown): boolean {
    if (this.#clusterNamespace === OLD_CLUSTER_NAMESPACE) return false;
    if (!(error instanceof KubeError) || error.status !== 422) return false;
    if (error.details?.causes?.some(({ field }) => field === 'involvedObject.namespace') !== true)
      return false;
    this.#clusterNamespace = OLD_CLUSTER_NAMESPACE;
    return true;
  }

  async #send(series: Series, count: number): Promise<void> {
    const { client, component, instance } = this.#options;
    const { init, name } = series;
    const namespace = series.namespace ?? this.#clusterNamespace;
    const times = { count, lastObservedTime: microTime(series.lastObserved) };
    const signal = this.#stopping.signal;
    if (series.written > 0) {
      await client.patch(events, name, namespace, { series: times }, { type: 'merge', signal });
      return;
    }
    await client.create(
      events,
      {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name, namespace },
        eventTime: microTime(series.eventTime),
        reportingController: component,
        reportingInstance: instance,
        type: init.type,
        reason: init.reason,
        action: init.action,
        note: init.message,
        regarding: referenceTo(init.regarding),
        ...(init.related && { related: referenceTo(init.related) }),
        // The server requires at least two occurrences in a series.
        ...(count > 1 && { series: times }),
      },
      { signal },
    );
  }
}

function tokensOf({ tokens, at }: Allowance, now: number): number {
  return Math.min(SUBJECT_BURST, tokens + (now - at) / SUBJECT_REFILL_MS);
}

function referenceTo(subject: EventSubject): Record<string, string | undefined> {
  const { name, namespace, uid, resourceVersion } = subject.metadata;
  return { apiVersion: subject.apiVersion, kind: subject.kind, name, namespace, uid, resourceVersion };
}

function keyOf(event: EventInit): string {
  const { kind, metadata } = event.regarding;
  const subject = [kind, metadata.namespace, metadata.name, metadata.uid];
  return JSON.stringify([
    ...subject,
    event.type,
    event.reason,
    event.action,
    event.message,
    event.related?.metadata.uid,
  ]);
}

/** The text; if its UTF-8 form is longer than `maxBytes`, its beginning and an ellipsis. */
function shortenBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const cut = Buffer.from(text).subarray(0, maxBytes - Buffer.byteLength('…'));
  // Decoding turns a character that was cut in two into U+FFFD.
  return `${cut.toString('utf8').replace(/\uFFFD+$/, '')}…`;
}
