import { loadKubeConfig } from './kubeconfig.ts';
import type { KubeConfigData, KubeConfigSource } from './kubeconfig.ts';
import { isRecord } from '../api/index.ts';
import { METADATA_ONLY } from './media-types.ts';
import { apiVersionOf, resourcePath } from './object.ts';
import type { KubeList, KubeManifest, StoredObject, ResourceType } from './object.ts';
import { Transport } from './transport.ts';
import type { RequestOptions, TransportOptions } from './transport.ts';
import { openWatch } from './watch.ts';
import type { WatchOptions, WatchStream } from './watch.ts';
import type { Clock } from './clock.ts';

export interface KubeClientOptions extends TransportOptions {
  /** Field manager of writes that do not name one. @default 'clusterpedia-import' */
  readonly fieldManager?: string;
}

export interface ReadOptions {
  readonly resourceVersion?: string;
  /** Only metadata is transferred (`PartialObjectMetadata`). */
  readonly metadataOnly?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

export interface ListOptions {
  /** Without it: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan' | undefined;
  /** Only metadata is transferred (`PartialObjectMetadata`). */
  readonly metadataOnly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** See {@link RequestOptions}. */
  readonly idleTimeoutMs?: number;
  /** See {@link RequestOptions}; applies to each page. */
  readonly maxBytes?: number;
  /** @default the client's */
  readonly maxRetries?: number;
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
  /** `merge`: RFC 7386; `json`: RFC 6902; `apply`: server-side apply (the patch is a manifest); `strategic`: built-in kinds only. */
  readonly type: 'merge' | 'json' | 'apply' | 'strategic';
  /** Takes over fields that another manager owns; `apply` only. @default false */
  readonly force?: boolean;
}

export interface DeleteOptions {
  /** Deletes only the object with this uid; 409 otherwise. */
  readonly uid?: string | undefined;
  /** Deletes only this version; 409 otherwise. */
  readonly resourceVersion?: string | undefined;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

const patchContentTypes: Readonly<Record<PatchOptions['type'], string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  // JSON is YAML.
  apply: 'application/apply-patch+yaml',
  strategic: 'application/strategic-merge-patch+json',
};

/** Objects per page by default. */
const PAGE_SIZE = 500;

/**
 * One API server, over connections that are kept open. Safe for concurrent use; `close()` it when done.
 *
 * Every method rejects with KubeError (the server refused), TransportError (no answer), or the signal's reason
 * (aborted).
 */
export class KubeClient {
  readonly #transport: Transport;
  readonly #fieldManager: string;
  /** The server has refused a streaming list (KEP-3157), as servers before 1.27 do. Other reflectors need not try. */
  lacksStreamingLists = false;

  private constructor(transport: Transport, fieldManager: string) {
    this.#transport = transport;
    this.#fieldManager = fieldManager;
  }

  /**
   * Does no I/O. Files and plugins of the kubeconfig are read with the first request, and again when they have aged.
   *
   * @throws KubeConfigError if the current context is incomplete
   */
  static fromKubeConfig(config: KubeConfigData, options: KubeClientOptions = {}): KubeClient {
    return new KubeClient(new Transport(config, options), options.fieldManager ?? 'clusterpedia-import');
  }

  /** The server's address, e.g. `https://10.0.0.1:6443`. */
  get server(): string {
    return this.#transport.origin;
  }

  /** The clock of the transport. Code that is built on the client uses the same one. */
  get clock(): Clock {
    return this.#transport.clock;
  }

  /** One request and its decoded answer. Integers are decoded as Kubernetes does (int64, else float64). */
  async request<T>(options: RequestOptions): Promise<T> {
    return (await this.#transport.request(options)) as T;
  }

  /** Reads one object. @throws KubeError, with status 404 if it does not exist */
  async get<T extends StoredObject = StoredObject>(
    resource: ResourceType,
    name: string,
    namespace?: string,
    options: ReadOptions = {},
  ): Promise<T> {
    return this.request<T>({
      method: 'GET',
      path: resourcePath(resource, { namespace, name }),
      query: { resourceVersion: options.resourceVersion },
      ...(options.metadataOnly && { accept: METADATA_ONLY.object }),
      signal: options.signal,
      timeoutMs: options.timeoutMs,
    });
  }

  /** One page. Each item carries its apiVersion and kind, which the server leaves out for built-in kinds. */
  async list<T extends StoredObject = StoredObject>(
    resource: ResourceType,
    options: ListOptions = {},
  ): Promise<KubeList<T>> {
    const answer = await this.request<unknown>({
      method: 'GET',
      path: resourcePath(resource, { namespace: options.namespace }),
      query: {
        labelSelector: options.labelSelector,
        fieldSelector: options.fieldSelector,
        limit: options.limit,
        continue: options.continue,
        resourceVersion: options.resourceVersion,
        resourceVersionMatch: options.resourceVersionMatch,
      },
      ...(options.metadataOnly && { accept: METADATA_ONLY.list }),
      ...(options.maxRetries !== undefined && { maxRetries: options.maxRetries }),
      idleTimeoutMs: options.idleTimeoutMs,
      maxBytes: options.maxBytes,
      signal: options.signal,
      timeoutMs: options.timeoutMs,
    });
    return readList<T>(answer, resource);
  }

  /**
   * All objects, page by page, from one snapshot. Rejects with 410 if the consumer takes longer than the server keeps
   * snapshots (5 minutes).
   */
  async *listAll<T extends StoredObject = StoredObject>(
    resource: ResourceType,
    options: ListOptions = {},
  ): AsyncGenerator<T, void, undefined> {
    let token: string | undefined = options.continue;
    do {
      const page: KubeList<T> = await this.list<T>(resource, {
        ...options,
        limit: options.limit ?? PAGE_SIZE,
        continue: token,
        // A continue token contains its own resource version.
        ...(token && { resourceVersion: undefined, resourceVersionMatch: undefined }),
      });
      yield* page.items;
      token = page.metadata.continue;
    } while (token);
  }

  /** Watches from a resource version on. Close the stream in any case. */
  watch(resource: ResourceType, options: WatchOptions): Promise<WatchStream> {
    return openWatch(this.#transport, resource, options);
  }

  /** The namespace is the object's own. */
  async create<T extends KubeManifest = StoredObject>(
    resource: ResourceType,
    object: KubeManifest,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.request<T>({
      method: 'POST',
      path: resourcePath(resource, {
        namespace: object.metadata?.namespace,
        ...(options.subresource !== undefined && {
          name: object.metadata?.name,
          subresource: options.subresource,
        }),
      }),
      query: this.#writeQuery(options),
      body: object,
      signal: options.signal,
      timeoutMs: options.timeoutMs,
    });
  }

  /** Replaces the object. If it has `metadata.resourceVersion`, only that version is replaced (409 otherwise). */
  async update<T extends StoredObject = StoredObject>(
    resource: ResourceType,
    object: KubeManifest,
    options: WriteOptions = {},
  ): Promise<T> {
    const { name, namespace } = object.metadata ?? {};
    if (!name) throw new TypeError(`cannot update a ${resource.kind}: metadata.name is missing`);
    return this.request<T>({
      method: 'PUT',
      path: resourcePath(resource, { namespace, name, subresource: options.subresource }),
      query: this.#writeQuery(options),
      body: object,
      signal: options.signal,
      timeoutMs: options.timeoutMs,
    });
  }

  /** Changes an object in the way that `options` names. @throws KubeError, with status 404 if it does not exist */
  async patch<T extends StoredObject = StoredObject>(
    resource: ResourceType,
    name: string,
    namespace: string | undefined,
    patch: unknown,
    options: PatchOptions,
  ): Promise<T> {
    return this.request<T>({
      method: 'PATCH',
      path: resourcePath(resource, { namespace, name, subresource: options.subresource }),
      query: {
        ...this.#writeQuery(options),
        force: options.type === 'apply' && options.force ? true : undefined,
      },
      body: patch,
      contentType: patchContentTypes[options.type],
      // A JSON Patch may append to a list each time it is applied.
      idempotent: options.type !== 'json',
      signal: options.signal,
      timeoutMs: options.timeoutMs,
    });
  }

  /** Like {@link patch}, but only `status` is written. */
  patchStatus<T extends StoredObject = StoredObject>(
    resource: ResourceType,
    name: string,
    namespace: string | undefined,
    patch: unknown,
    options: PatchOptions,
  ): Promise<T> {
    return this.patch<T>(resource, name, namespace, patch, { ...options, subresource: 'status' });
  }

  /** Resolves with the object if finalizers keep it for now, otherwise with a Status. */
  async delete(
    resource: ResourceType,
    name: string,
    namespace: string | undefined,
    options: DeleteOptions = {},
  ): Promise<unknown> {
    const { uid, resourceVersion, propagationPolicy, gracePeriodSeconds, dryRun } = options;
    return this.request<unknown>({
      method: 'DELETE',
      path: resourcePath(resource, { namespace, name }),
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions:
          uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion },
        propagationPolicy,
        gracePeriodSeconds,
        dryRun: dryRun ? ['All'] : undefined,
      },
      signal: options.signal,
      timeoutMs: options.timeoutMs,
    });
  }

  /** Aborts everything under way and frees every socket. Idempotent. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  #writeQuery(options: WriteOptions): Record<string, string | undefined> {
    return {
      fieldManager: options.fieldManager ?? this.#fieldManager,
      dryRun: options.dryRun ? 'All' : undefined,
    };
  }
}

function readList<T extends StoredObject>(answer: unknown, resource: ResourceType): KubeList<T> {
  const { metadata, items } = isRecord(answer) ? answer : {};
  // A hand-written API server in Go encodes an empty slice as null.
  const found: readonly unknown[] = Array.isArray(items) ? items : [];
  const apiVersion = apiVersionOf(resource);
  return {
    metadata: { resourceVersion: '', ...(isRecord(metadata) && metadata) },
    items: found.map((item) => ({ ...(item as T), apiVersion, kind: resource.kind })),
  };
}

/**
 * A client from a kubeconfig file, `$KUBECONFIG`, `~/.kube/config`, or the pod's service account, in this order.
 *
 * @throws KubeConfigError
 */
export async function loadClient(
  source: KubeConfigSource = {},
  options: KubeClientOptions = {},
): Promise<KubeClient> {
  return KubeClient.fromKubeConfig(await loadKubeConfig(source), options);
}
