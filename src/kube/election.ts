import type { Clock } from './clock.ts';
import type { KubeClient } from './transport.ts';

export interface LeaderElectorOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Name of the Lease. */
  readonly name: string;
  /** Unique among the candidates, e.g. pod name and a random suffix. */
  readonly identity: string;
  /** @default 15_000 */
  readonly leaseDurationMs?: number;
  /** @default 10_000 */
  readonly renewDeadlineMs?: number;
  /** @default 2_000 */
  readonly retryPeriodMs?: number;
  /** Called once leadership is won; the signal is aborted the moment it is lost or given up. */
  readonly onStarted: (signal: AbortSignal) => void;
  /** Called once it is lost (not when it is released by `run`'s signal). The process should exit. */
  readonly onLost?: (reason: string) => void;
  readonly onLeader?: (identity: string) => void;
  readonly onError?: (error: Error) => void;
  readonly clock?: Clock;
}

/** Leader election by a `coordination.k8s.io/v1` Lease (client-go `tools/leaderelection`). */
export declare class LeaderElector {
  constructor(options: LeaderElectorOptions);
  readonly isLeader: boolean;
  /** Identity of the leader as last seen; `''` while unknown. */
  readonly leader: string;
  /** Takes part until leadership is lost or the signal is aborted; then releases the Lease if held. */
  run(signal: AbortSignal): Promise<void>;
}
