import { asError, sleep } from './clock.ts';
import type { Clock } from './clock.ts';
import type { KubeClient } from './client.ts';
import { isAlreadyExists, isConflict, isNotFound } from './errors.ts';
import { isRecord } from '../api/index.ts';
import type { KubeManifest, StoredObject, ResourceType } from './object.ts';

export interface LeaderElectorOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Name of the Lease. */
  readonly name: string;
  /** Unique among the candidates, e.g. the pod's name and a random suffix. */
  readonly identity: string;
  /** How long others wait for a leader that no longer renews. @default 15_000 */
  readonly leaseDurationMs?: number;
  /** How long the leader tries to renew before it gives up; below `leaseDurationMs`. @default 10_000 */
  readonly renewDeadlineMs?: number;
  /** Between two tries. @default 2_000 */
  readonly retryPeriodMs?: number;
  /** Called once leadership is won. The signal is aborted at the moment it is lost or given up. */
  readonly onStarted: (signal: AbortSignal) => void;
  /** Called once leadership is lost (not when `run`'s signal ends it). The process should exit. */
  readonly onLost?: (reason: string) => void;
  /** Another leader, or this one, was seen. */
  readonly onLeader?: (identity: string) => void;
  readonly onError?: (error: Error) => void;
  /** @default the client's */
  readonly clock?: Clock;
}

/** The resource of a Lease. */
export const LEASES: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  resource: 'leases',
  kind: 'Lease',
  namespaced: true,
};
/** The interval between tries varies by up to this factor, as in client-go. */
const JITTER = 1.2;
const RELEASE_TIMEOUT_MS = 5_000;

/** The parts of a `coordination.k8s.io/v1` LeaseSpec that are used here. */
interface LeaseRecord {
  readonly holderIdentity: string;
  readonly leaseDurationSeconds: number;
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  readonly leaseTransitions: number;
}

/**
 * Leader election by a Lease (client-go `tools/leaderelection`).
 *
 * A leader counts as silent if this process has not seen its record change for long enough, on a clock that nobody
 * sets.
 * So wall clocks that differ or jump cannot steal a Lease, nor keep one.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #clock: Clock;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  #lease: StoredObject | undefined;
  /** The record as it was last seen, and the monotonic time when it was first seen in this state. */
  #seen: { readonly text: string; readonly at: number } | undefined;
  #leader = '';
  #leading = false;

  /** @throws RangeError if the durations do not fit together */
  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? options.client.clock;
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000;
    if (this.#leaseDurationMs <= this.#renewDeadlineMs) {
      throw new RangeError(
        `leaseDurationMs (${String(this.#leaseDurationMs)}) must be greater than renewDeadlineMs (${String(this.#renewDeadlineMs)})`,
      );
    }
    if (this.#renewDeadlineMs <= this.#retryPeriodMs * JITTER) {
      throw new RangeError(
        `renewDeadlineMs (${String(this.#renewDeadlineMs)}) must be greater than ${String(JITTER)} times retryPeriodMs (${String(this.#retryPeriodMs)})`,
      );
    }
  }

  /** Whether this process holds the lease, as far as it knows. */
  get isLeader(): boolean {
    return this.#leading;
  }

  /** Identity of the last leader seen; `''` while unknown. */
  get leader(): string {
    return this.#leader;
  }

  /**
   * Takes part until leadership is lost or the signal is aborted. Then gives the Lease back if it holds it. Never
   * rejects.
   */
  async run(signal: AbortSignal): Promise<void> {
    if (!(await this.#acquire(signal))) return;
    const leading = new AbortController();
    this.#leading = true;
    this.#options.onStarted(leading.signal);
    const lostBecause = await this.#keep(signal);
    this.#leading = false;
    leading.abort(new Error(lostBecause ?? 'leadership is given up'));
    if (lostBecause === undefined) await this.#release();
    else this.#options.onLost?.(lostBecause);
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (await this.#try(this.#renewDeadlineMs, signal)) return true;
      const pause = this.#retryPeriodMs * (1 + (JITTER - 1) * this.#clock.random());
      await sleep(this.#clock, pause, signal).catch(() => undefined);
    }
    return false;
  }

  /** Renews until the signal is aborted (returns `undefined`) or leadership is lost (returns the reason). */
  async #keep(signal: AbortSignal): Promise<string | undefined> {
    let renewedAt = this.#clock.monotonic();
    while (!signal.aborted) {
      await sleep(this.#clock, this.#retryPeriodMs, signal).catch(() => undefined);
      if (signal.aborted) return undefined;
      // The process may have been suspended, so count from the last time that others saw it renew.
      const left = this.#renewDeadlineMs - (this.#clock.monotonic() - renewedAt);
      const asked = this.#clock.monotonic();
      if (left > 0 && (await this.#try(left, signal))) {
        renewedAt = asked;
        continue;
      }
      if (signal.aborted) return undefined;
      if (this.#leader !== '' && this.#leader !== this.#options.identity)
        return `the Lease was taken by ${this.#leader}`;
      if (this.#clock.monotonic() - renewedAt >= this.#renewDeadlineMs) {
        return `the Lease could not be renewed within ${String(this.#renewDeadlineMs)} ms`;
      }
    }
    return undefined;
  }

  /** One try to get or renew the Lease. Returns false if another process holds it or the server cannot be reached. */
  async #try(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#getOrRenew(timeoutMs, signal);
    } catch (error) {
      this.#lease = undefined;
      if (!signal.aborted && !isConflict(error) && !isAlreadyExists(error))
        this.#options.onError?.(asError(error));
      return false;
    }
  }

  async #getOrRenew(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity } = this.#options;
    const request = { signal, timeoutMs };
    // The holder updates what it wrote last. If somebody else has written since, a conflict shows it (client-go has the
    // same fast path).
    const lease = (this.#leading ? this.#lease : undefined) ?? (await this.#read(request));
    if (lease === undefined) {
      const created = await client.create(LEASES, this.#manifest({ namespace, name }, undefined), request);
      this.#observe(created);
      return true;
    }
    this.#observe(lease);
    const record = readRecord(lease);
    const held = record.holderIdentity === identity;
    if (!held && record.holderIdentity !== '' && !this.#isSilent(record)) return false;
    const updated = await client.update(LEASES, this.#manifest(lease.metadata, record), request);
    this.#observe(updated);
    return true;
  }

  async #read(request: { signal: AbortSignal; timeoutMs: number }): Promise<StoredObject | undefined> {
    try {
      return await this.#options.client.get(LEASES, this.#options.name, this.#options.namespace, request);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Whether the holder's record has not changed for the duration that the holder itself has set. */
  #isSilent(record: LeaseRecord): boolean {
    const patience =
      record.leaseDurationSeconds > 0 ? record.leaseDurationSeconds * 1000 : this.#leaseDurationMs;
    return this.#seen !== undefined && this.#clock.monotonic() - this.#seen.at >= patience;
  }

  #observe(lease: StoredObject): void {
    this.#lease = lease;
    const text = JSON.stringify(lease['spec']);
    if (this.#seen?.text !== text) this.#seen = { text, at: this.#clock.monotonic() };
    const { holderIdentity } = readRecord(lease);
    if (holderIdentity === this.#leader) return;
    this.#leader = holderIdentity;
    if (holderIdentity !== '') this.#options.onLeader?.(holderIdentity);
  }

  #manifest(metadata: KubeManifest['metadata'], record: LeaseRecord | undefined): KubeManifest {
    const { identity } = this.#options;
    const now = microTime(this.#clock.now());
    const continued = record?.holderIdentity === identity;
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      ...(metadata && { metadata }),
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(this.#leaseDurationMs / 1000),
        acquireTime: (continued ? record.acquireTime : undefined) ?? now,
        renewTime: now,
        leaseTransitions: record === undefined ? 0 : record.leaseTransitions + (continued ? 0 : 1),
      },
    };
  }

  /** Lets another candidate take over at once (client-go `ReleaseOnCancel`). */
  async #release(): Promise<void> {
    const { client, identity } = this.#options;
    const lease = this.#lease;
    if (lease === undefined || readRecord(lease).holderIdentity !== identity) return;
    const now = microTime(this.#clock.now());
    const record = readRecord(lease);
    const spec = {
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: record.leaseTransitions,
    };
    try {
      await client.update(LEASES, { ...lease, spec }, { timeoutMs: RELEASE_TIMEOUT_MS });
      this.#leader = '';
    } catch (error) {
      this.#options.onError?.(asError(error));
    }
  }
}

/** `metav1.MicroTime`: RFC 3339 with exactly six fractional digits, or the server refuses it. */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}

function readRecord(lease: StoredObject): LeaseRecord {
  const spec = isRecord(lease['spec']) ? lease['spec'] : {};
  const text = (field: string): string | undefined =>
    typeof spec[field] === 'string' ? spec[field] : undefined;
  const count = (field: string): number => (typeof spec[field] === 'number' ? spec[field] : 0);
  return {
    holderIdentity: text('holderIdentity') ?? '',
    leaseDurationSeconds: count('leaseDurationSeconds'),
    acquireTime: text('acquireTime'),
    renewTime: text('renewTime'),
    leaseTransitions: count('leaseTransitions'),
  };
}
