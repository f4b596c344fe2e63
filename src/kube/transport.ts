import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from './clock.ts';
import type { KubeList, KubeManifest, KubeObject, ResourceType } from './object.ts';

/** The parts of a kubeconfig that a client needs; a `KubeConfig` of `@kubernetes/client-node` is one. */
export type KubeConfigData = Pick<KubeConfig, 'clusters' | 'users' | 'contexts' | 'currentContext'>;

/** One finished (or failed) HTTP exchange, for metrics and logs. Carries no object names and no bodies. */
export interface RequestInfo {
  readonly method: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, or `''` where the path is no resource. */
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Until the answer was complete; for a watch, until its headers came. */
  readonly durationSeconds: number;
  /** 0 for the first attempt. */
  readonly attempt: number;
}

export interface KubeClientOptions {
  /** @default 'clusterpedia-import' */
  readonly userAgent?: string;
  /** Milliseconds for a whole exchange, retries apart. @default 30_000 */
  readonly timeoutMs?: number;
  /** Milliseconds until TCP and TLS are set up. @default 10_000 */
  readonly connectTimeoutMs?: number;
  /** Connections for ordinary requests; each watch has one of its own besides. @default 32 */
  readonly maxConnections?: number;
  /** Further attempts for idempotent requests answered 429/503/504 or not at all. @default 4 */
  readonly maxRetries?: number;
  /** Field manager of writes that do not name one. @default 'clusterpedia-import' */
  readonly fieldManager?: string;
  readonly onRequest?: (info: RequestInfo) => void;
  readonly clock?: Clock;
}

export interface RequestOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path without query: `/api/v1/namespaces`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Encoded as JSON. */
  readonly body?: unknown;
  /** @default 'application/json' */
  readonly contentType?: string;
  /** @default 'application/json' */
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
  /** @default the client's `timeoutMs` */
  readonly timeoutMs?: number;
  /** Whether doing it twice is the same as doing it once. @default true for GET, PUT and DELETE */
  readonly idempotent?: boolean;
}

export interface ReadOptions {
  readonly resourceVersion?: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

export interface ListOptions {
  /** Without it: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
  /** Only metadata travels (`PartialObjectMetadata`). */
  readonly metadataOnly?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

export interface WriteOptions {
  readonly subresource?: string;
  /** @default the client's `fieldManager` */
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

export interface PatchOptions extends WriteOptions {
  /** `merge`: RFC 7386; `json`: RFC 6902; `apply`: server-side apply (the patch is a manifest). */
  readonly type: 'merge' | 'json' | 'apply' | 'strategic';
  /** Takes over fields that another manager owns; `apply` only. @default false */
  readonly force?: boolean;
}

export interface DeleteOptions {
  /** Deletes only this incarnation; 409 otherwise. */
  readonly uid?: string;
  /** Deletes only this version; 409 otherwise. */
  readonly resourceVersion?: string;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

/**
 * A pooled connection to one API server. Safe for concurrent use; `close()` it when done.
 *
 * Every method rejects with {@link KubeError} (the server refused), {@link TransportError} (no answer) or the
 * signal's reason (aborted).
 */
export declare class KubeClient {
  private constructor();
  /** The server's address, e.g. `https://10.0.0.1:443`. */
  readonly server: string;
  /** No I/O: credentials are read with the first request. Throws TransportError `Credentials` where the context is incomplete. */
  static fromKubeConfig(config: KubeConfigData, options?: KubeClientOptions): KubeClient;
  /** One exchange; the decoded answer. Integers are decoded as Kubernetes does (int64, else float64). */
  request<T>(options: RequestOptions): Promise<T>;
  get<T extends KubeObject = KubeObject>(
    resource: ResourceType,
    name: string,
    namespace?: string,
    options?: ReadOptions,
  ): Promise<T>;
  /** One page. */
  list<T extends KubeObject = KubeObject>(
    resource: ResourceType,
    options?: ListOptions,
  ): Promise<KubeList<T>>;
  /** All objects, page by page (500 by default) from one snapshot. Rejects with 410 where paging took too long. */
  listAll<T extends KubeObject = KubeObject>(
    resource: ResourceType,
    options?: ListOptions,
  ): AsyncGenerator<T, void, undefined>;
  /** The namespace is the object's own. */
  create<T extends KubeManifest = KubeObject>(
    resource: ResourceType,
    object: KubeManifest,
    options?: WriteOptions,
  ): Promise<T>;
  /** Replaces the object (and, where `metadata.resourceVersion` is given, only that version of it). */
  update<T extends KubeObject = KubeObject>(
    resource: ResourceType,
    object: KubeManifest,
    options?: WriteOptions,
  ): Promise<T>;
  updateStatus<T extends KubeObject = KubeObject>(
    resource: ResourceType,
    object: KubeManifest,
    options?: WriteOptions,
  ): Promise<T>;
  patch<T extends KubeObject = KubeObject>(
    resource: ResourceType,
    name: string,
    namespace: string | undefined,
    patch: unknown,
    options: PatchOptions,
  ): Promise<T>;
  patchStatus<T extends KubeObject = KubeObject>(
    resource: ResourceType,
    name: string,
    namespace: string | undefined,
    patch: unknown,
    options: PatchOptions,
  ): Promise<T>;
  /** Resolves with the object where it lives on with finalizers, else with a Status. */
  delete(
    resource: ResourceType,
    name: string,
    namespace: string | undefined,
    options?: DeleteOptions,
  ): Promise<unknown>;
  /** Breaks what is under way and frees every socket. Idempotent. */
  close(): Promise<void>;
}

/**
 * A client from a kubeconfig file, `$KUBECONFIG`, `~/.kube/config`, or the pod's service account, in this order.
 *
 * @throws Error naming the file and the fault.
 */
export declare function loadClient(
  source?: { readonly kubeconfig?: string | undefined; readonly context?: string | undefined },
  options?: KubeClientOptions,
): Promise<KubeClient>;
