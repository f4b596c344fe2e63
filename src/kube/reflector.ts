import type { Clock } from './clock.ts';
import type { KubeObject, ResourceType } from './object.ts';
import type { KubeClient } from './transport.ts';

export type ReflectorEvent<T> =
  | { readonly type: 'added'; readonly key: string; readonly object: T }
  | { readonly type: 'modified'; readonly key: string; readonly object: T; readonly previous: T }
  | { readonly type: 'deleted'; readonly key: string; readonly object: T };

export type ReflectorState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'healthy' }
  /** Not up to date: the last attempt failed; it goes on trying. */
  | { readonly kind: 'failing'; readonly error: Error }
  /** The resource is not served (any more); the store is kept as it was. */
  | { readonly kind: 'missing'; readonly error: Error }
  | { readonly kind: 'forbidden'; readonly error: Error };

export interface ReflectorOptions<T> {
  readonly client: KubeClient;
  readonly resource: ResourceType;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** What is kept of an object (then frozen). Must not keep the argument where it keeps only parts. @default the object without managedFields */
  readonly project?: (object: KubeObject) => T;
  /** Only metadata travels (`PartialObjectMetadata`): `project` sees no more than that. @default false */
  readonly metadataOnly?: boolean;
  /** Called synchronously, in order, after the store has changed. A throw is reported to `onError` and otherwise ignored. */
  readonly onEvent?: (event: ReflectorEvent<T>) => void;
  readonly onState?: (state: ReflectorState) => void;
  /** Each failure, the ones it recovers from included. */
  readonly onError?: (error: Error) => void;
  /** Objects a page. @default 500 */
  readonly pageSize?: number;
  /** `auto`: streaming lists where the server has them. @default 'auto' */
  readonly list?: 'auto' | 'pages';
  readonly clock?: Clock;
}

/**
 * Keeps a local copy of a collection: lists, watches, and never gives up.
 */
export declare class Reflector<T = KubeObject> {
  constructor(options: ReflectorOptions<T>);
  /** By `namespace/name`, or `name` where cluster-scoped. Live: always the latest. */
  readonly store: ReadonlyMap<string, T>;
  /** Whether the store held the whole collection at some moment since the start. */
  readonly synced: boolean;
  readonly state: ReflectorState;
  /** Wall-clock milliseconds when the store was last known to be up to date (list, event or bookmark); 0 before. */
  readonly lastSyncedAt: number;
  /** Resolves once synced; rejects with the signal's reason, or when stopped. */
  whenSynced(signal?: AbortSignal): Promise<void>;
  /** Starts in the background; a second call does nothing. Ends with `stop()` or the signal. */
  start(signal?: AbortSignal): void;
  /** Resolves when nothing is under way any more. Idempotent. */
  stop(): Promise<void>;
}
