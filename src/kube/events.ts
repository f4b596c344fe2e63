import type { Clock } from './clock.ts';
import type { KubeObject } from './object.ts';
import type { KubeClient } from './client.ts';

/** What an event is about. A {@link KubeObject} is one. */
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
  readonly regarding: EventSubject | KubeObject;
  readonly related?: EventSubject | KubeObject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, at most 128 characters. */
  readonly reason: string;
  /** What the controller did or tried, CamelCase: `Create`, `HoldDeletion`. */
  readonly action: string;
  /** Shortened to 1024 bytes. Must hold no secret: see redact.ts. */
  readonly message: string;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** e.g. `clusterpedia.io/import-controller`. */
  readonly component: string;
  /** e.g. the pod's name. */
  readonly instance: string;
  /** Namespace for events about cluster-scoped objects. @default 'default' */
  readonly namespace?: string;
  readonly onError?: (error: Error) => void;
  readonly clock?: Clock;
}

/** Writes Events in the background. Never throws, never blocks; like events are counted up rather than repeated. */
export declare class EventRecorder {
  constructor(options: EventRecorderOptions);
  record(event: EventInit): void;
  /** Resolves when all that was recorded has been written or given up. */
  flush(): Promise<void>;
  /** Flushes, for at most `timeoutMs`, and takes no more events. */
  stop(timeoutMs?: number): Promise<void>;
}
