import { Backoff } from './backoff.ts';
import type { KubeClient } from './client.ts';
import { asError, sleep } from './clock.ts';
import type { Clock } from './clock.ts';
import { KubeError, TransportError, isForbidden, isGone, isNotFound } from './errors.ts';
import { ObjectStore } from './object-store.ts';
import type { Projection, ReflectorEvent } from './object-store.ts';
import { withoutManagedFields } from './object.ts';
import type { KubeList, StoredObject, ResourceType } from './object.ts';
import { compareResourceVersions } from './resource-version.ts';
import type { WatchEvent, WatchStream } from './watch.ts';

export type { ReflectorEvent };

export type ReflectorState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'healthy' }
  /** Not up to date: the last attempt failed. The reflector keeps trying. */
  | { readonly kind: 'failing'; readonly error: Error }
  /** The resource is not served (any more). The store keeps its last content. */
  | { readonly kind: 'missing'; readonly error: Error }
  | { readonly kind: 'forbidden'; readonly error: Error };

export interface ReflectorOptions<T> {
  readonly client: KubeClient;
  readonly resource: ResourceType;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /**
   * Returns what is kept of an object, which is then frozen. Return only the parts that are needed: they are what uses
   * memory.
   * If it throws, the object stays as it was and `onError` gets the error.
   *
   * @default the object without `metadata.managedFields`
   */
  readonly project?: Projection<T>;
  /** Only metadata is transferred (`PartialObjectMetadata`), so `project` sees nothing else. @default false */
  readonly metadataOnly?: boolean;
  /**
   * Lists, by pages, have whole objects. Watches have metadata and the printed columns only. `project` is told which it
   * gets.
   *
   * @default false
   */
  readonly watchMetadataOnly?: boolean;
  /** Called synchronously, in order, after the store has changed. Errors that it throws go to `onError`. */
  readonly onEvent?: (event: ReflectorEvent<T>) => void;
  readonly onState?: (state: ReflectorState) => void;
  /** Gets each failure, also if the reflector recovers from it. */
  readonly onError?: (error: Error) => void;
  /** Objects per page. @default 500 */
  readonly pageSize?: number;
  /** `auto`: one streaming list if the server supports it (KEP-3157), otherwise pages. @default 'auto' */
  readonly list?: 'auto' | 'pages';
  /** @default the client's */
  readonly clock?: Clock;
}

/** A watch is requested for a random time between these limits, so that many watches do not end together. */
const MIN_WATCH_SECONDS = 300;
const MAX_WATCH_SECONDS = 600;
/** A watch may take this much longer than requested. After that, the connection counts as dead. */
const WATCH_GRACE_MS = 30_000;
/**
 * A server that sends bookmarks sends one about every minute. A silence of more than two of them means a dead
 * connection.
 */
const BOOKMARK_SILENCE_MS = 150_000;
/** Longest pause between two objects of a streaming list. */
const INITIAL_SILENCE_MS = 30_000;
/** A page may take long over a slow line, but bytes must keep arriving. */
const LIST_TIMEOUT_MS = 300_000;
const LIST_IDLE_MS = 20_000;
const PROBE_TIMEOUT_MS = 10_000;
/** A watch without events that ends sooner than this is a failure. Otherwise it would be opened again without pause. */
const SHORT_WATCH_MS = 1_000;
/** After this many broken watches in a row without events, the collection is listed again. */
const MAX_WATCH_FAILURES = 3;
const PAGE_SIZE = 500;
/**
 * If a server asks for a longer pause, the reflector tries earlier all the same: the server may have recovered by then.
 */
const MAX_RETRY_AFTER_MS = 60_000;

/**
 * Keeps a local copy of a collection: it lists, watches, and never gives up.
 *
 * One round is: (a) list, unless there is a version to resume from; (b) watch from there until the watch ends; (c) on
 * failure, wait. After a 410 or a missing resource the version is dropped, so that the next round lists. After any
 * other failure the watch resumes. Only a watch, or a list that was read to its end, deletes objects; an error never
 * does.
 *
 * (client-go `tools/cache/reflector.go`, KEP-956 for bookmarks, KEP-3157 for streaming lists)
 */
export class Reflector<T = StoredObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #clock: Clock;
  readonly #store: ObjectStore<T>;
  readonly #listBackoff: Backoff;
  readonly #watchBackoff: Backoff;
  readonly #stopping = new AbortController();
  readonly #waiters = new Set<{ resolve: () => void; reject: (error: Error) => void }>();
  #running: Promise<void> | undefined;
  #pause: AbortController | undefined;
  #round: AbortController | undefined;
  #state: ReflectorState = { kind: 'starting' };
  #synced = false;
  #lastSyncedAt = 0;
  /** Where the next watch starts; `undefined`: list first. */
  #resumeFrom: string | undefined;
  /** The newest version of the server's history that was seen. */
  #reached = '';
  #projectAnew = false;
  #streaming: boolean;
  /** The server has dropped the snapshot from which a list was read. The next list is requested as one page. */
  #inOnePiece = false;
  /**
   * Whether the connection was lost since the last list or probe. The server's history may have been replaced
   * meanwhile.
   */
  #disconnected = false;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? options.client.clock;
    this.#streaming = options.list !== 'pages' && options.watchMetadataOnly !== true;
    this.#listBackoff = new Backoff(this.#clock);
    this.#watchBackoff = new Backoff(this.#clock);
    const project = options.project ?? (withoutManagedFields as (object: StoredObject) => T);
    this.#store = new ObjectStore<T>(project, (event) => this.#guard(() => options.onEvent?.(event)));
  }

  /** Keyed by `namespace/name`, or `name` if cluster-scoped. It is live: always the latest state. */
  get store(): ReadonlyMap<string, T> {
    return this.#store.objects;
  }

  /** Whether the store has contained the whole collection at some moment since the start. */
  get synced(): boolean {
    return this.#synced;
  }

  /** What the reflector is doing, or why it cannot. */
  get state(): ReflectorState {
    return this.#state;
  }

  /**
   * Wall-clock milliseconds when the store was last known to be up to date (list, event or bookmark); 0 before that.
   */
  get lastSyncedAt(): number {
    return this.#lastSyncedAt;
  }

  /** Adds what is kept of a whole object, if a metadata watch has delivered exactly this version. */
  supplement(object: StoredObject, kept: T): void {
    this.#guard(() => this.#store.supplement(object, kept));
  }

  /** Resolves once synced; rejects with the signal's reason, or when stopped. */
  whenSynced(signal?: AbortSignal): Promise<void> {
    if (this.#synced) return Promise.resolve();
    if (this.#stopping.signal.aborted) return Promise.reject(stopped());
    return new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener('abort', onAbort);
        then();
      };
      const waiter = {
        resolve: () => settle(resolve),
        reject: (error: Error) => settle(() => reject(error)),
      };
      const onAbort = (): void => waiter.reject(asError(signal?.reason));
      this.#waiters.add(waiter);
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Starts in the background; a second call does nothing. Ends with `stop()` or the signal. */
  start(signal?: AbortSignal): void {
    if (this.#running !== undefined || this.#stopping.signal.aborted) return;
    const onAbort = (): void => void this.stop();
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    this.#running = this.#run().finally(() => signal?.removeEventListener('abort', onAbort));
  }

  /** Resolves when nothing is under way any more. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort(stopped());
    this.#round?.abort(stopped());
    for (const waiter of [...this.#waiters]) waiter.reject(stopped());
    await this.#running;
  }

  /** Ends a back-off now, e.g. because the resource's CRD has just appeared. */
  wake(): void {
    this.#listBackoff.reset();
    this.#watchBackoff.reset();
    this.#pause?.abort(new Error('woken'));
  }

  /** Lists again and projects every object again, e.g. because `project` now keeps other parts. */
  refresh(): void {
    this.#projectAnew = true;
    this.#resumeFrom = undefined;
    this.#round?.abort(new Error('refreshed'));
    this.wake();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const round = new AbortController();
      this.#round = round;
      try {
        if (this.#stopping.signal.aborted) break;
        await this.#oneRound(round.signal);
      } catch (error) {
        if (this.#stopping.signal.aborted) break;
        if (!round.signal.aborted) await this.#recover(asError(error));
      }
    }
  }

  async #oneRound(signal: AbortSignal): Promise<void> {
    if (this.#disconnected) await this.#checkHistory(signal);
    if (this.#resumeFrom === undefined && this.#streaming && !this.#options.client.lacksStreamingLists) {
      await this.#streamingRound(signal);
      return;
    }
    if (this.#resumeFrom === undefined) await this.#listPages(signal);
    const from = this.#resumeFrom;
    const { stream } = await this.#openWatch({ resourceVersion: from, signal });
    this.#setState({ kind: 'healthy' });
    await this.#follow(stream);
  }

  async #listPages(signal: AbortSignal): Promise<void> {
    const first = await this.#listPage(undefined, signal);
    this.#distrustOlder(first.metadata.resourceVersion);
    const replacement = this.#store.replace(this.#projectAnew);
    const anew = this.#projectAnew;
    let coming: Promise<KubeList<StoredObject>> | undefined = Promise.resolve(first);
    let resourceVersion = '';
    while (coming !== undefined) {
      const { items, metadata }: KubeList<StoredObject> = await coming;
      // The next page is transferred while this one is processed.
      coming = metadata.continue ? this.#listPage(metadata.continue, signal) : undefined;
      coming?.catch(() => undefined);
      for (const object of items) this.#guard(() => replacement.add(object));
      resourceVersion = metadata.resourceVersion;
    }
    if (signal.aborted) return;
    replacement.commit();
    if (anew) this.#projectAnew = false;
    this.#listed(resourceVersion);
  }

  #listPage(token: string | undefined, signal: AbortSignal): Promise<KubeList<StoredObject>> {
    const { client, resource, namespace, labelSelector, fieldSelector, metadataOnly } = this.#options;
    return client.list(resource, {
      namespace,
      labelSelector,
      fieldSelector,
      metadataOnly,
      limit: this.#inOnePiece ? undefined : (this.#options.pageSize ?? PAGE_SIZE),
      continue: token,
      signal,
      timeoutMs: LIST_TIMEOUT_MS,
      idleTimeoutMs: LIST_IDLE_MS,
      maxRetries: 0,
    });
  }

  /** List and watch in one request: first the existing objects, then a bookmark that ends them, then changes. */
  async #streamingRound(signal: AbortSignal): Promise<void> {
    const anew = this.#projectAnew;
    const replacement = this.#store.replace(anew);
    let initial = true;
    try {
      const { stream, lifetimeMs } = await this.#openWatch({ sendInitialEvents: true, signal });
      stream.allowSilence(INITIAL_SILENCE_MS);
      await this.#follow(stream, (event) => {
        if (!initial) return false;
        if (signal.aborted) return true;
        if (event.type !== 'BOOKMARK') {
          this.#guard(() =>
            event.type === 'DELETED' ? this.#store.remove(event.object) : replacement.add(event.object),
          );
        } else if (event.initialEventsEnd) {
          initial = false;
          replacement.commit();
          if (anew) this.#projectAnew = false;
          this.#listed(event.resourceVersion);
          stream.allowSilence(lifetimeMs + WATCH_GRACE_MS);
        }
        return true;
      });
      if (initial)
        throw new TransportError('InvalidResponse', `${this.#label()}: the streaming list ended early`);
    } catch (error) {
      // Servers before 1.27, and servers without the feature, refuse the request. Pages work everywhere.
      if (initial && !isForbidden(error) && !isNotFound(error) && !signal.aborted) this.#streaming = false;
      if (!initial || !(error instanceof KubeError) || (error.status !== 400 && error.status !== 422))
        throw error;
      this.#options.client.lacksStreamingLists = true;
    }
  }

  #listed(resourceVersion: string): void {
    this.#resumeFrom = resourceVersion;
    this.#reached = resourceVersion;
    this.#inOnePiece = false;
    this.#disconnected = false;
    this.#listBackoff.reset();
    this.#lastSyncedAt = this.#clock.now();
    this.#synced = true;
    this.#setState({ kind: 'healthy' });
    for (const waiter of [...this.#waiters]) waiter.resolve();
  }

  async #openWatch(start: {
    resourceVersion?: string | undefined;
    sendInitialEvents?: true;
    signal: AbortSignal;
  }): Promise<{ readonly stream: WatchStream; readonly lifetimeMs: number }> {
    const { client, resource, namespace, labelSelector, fieldSelector } = this.#options;
    const { metadataOnly = false, watchMetadataOnly = false } = this.#options;
    const spread = MAX_WATCH_SECONDS - MIN_WATCH_SECONDS;
    const timeoutSeconds = Math.round(MIN_WATCH_SECONDS + spread * this.#clock.random());
    const stream = await client.watch(resource, {
      namespace,
      labelSelector,
      fieldSelector,
      metadataOnly,
      printedColumns: watchMetadataOnly,
      timeoutSeconds,
      ...start,
    });
    const lifetimeMs = timeoutSeconds * 1000;
    stream.allowSilence(lifetimeMs + WATCH_GRACE_MS);
    return { stream, lifetimeMs };
  }

  /** Takes events until the watch ends. `first` sees each event before the store does, and may consume it. */
  async #follow(stream: WatchStream, first: (event: WatchEvent) => boolean = () => false): Promise<void> {
    const opened = this.#clock.monotonic();
    let news = false;
    try {
      for await (const events of stream) {
        for (const event of events) if (!first(event)) this.#take(event);
        if (events.some((event) => event.type === 'BOOKMARK' && !event.initialEventsEnd))
          stream.allowSilence(BOOKMARK_SILENCE_MS);
        news = true;
        this.#watchBackoff.reset();
      }
    } finally {
      await stream.close();
      // If a server does not say at which version its list was (an aggregated API), a watch cannot be resumed either.
      if (this.#resumeFrom === '') this.#resumeFrom = undefined;
    }
    if (!news && this.#clock.monotonic() - opened < SHORT_WATCH_MS) {
      throw new TransportError('ConnectionFailed', `${this.#label()}: the watch ended at once`);
    }
    this.#watchBackoff.reset();
  }

  #take(event: WatchEvent): void {
    if (event.type === 'BOOKMARK') {
      this.#advance(event.resourceVersion);
      return;
    }
    const { watchMetadataOnly } = this.#options;
    this.#guard(() =>
      event.type === 'DELETED'
        ? this.#store.remove(event.object)
        : this.#store.upsert(event.object, watchMetadataOnly),
    );
    this.#advance(event.object.metadata.resourceVersion);
  }

  /** The watch has reached this version. An event that arrives late does not take it back. */
  #advance(resourceVersion: string): void {
    this.#lastSyncedAt = this.#clock.now();
    if (this.#resumeFrom === undefined || resourceVersion === '') return;
    const age = compareResourceVersions(resourceVersion, this.#resumeFrom);
    if (age === undefined || age > 0) {
      this.#resumeFrom = resourceVersion;
      this.#reached = resourceVersion;
    }
  }

  /**
   * After a lost connection the server may be another one, with an older history (etcd restored from a backup). A watch
   * from a version that it has not reached would stay silent for ever. One small list shows that.
   */
  async #checkHistory(signal: AbortSignal): Promise<void> {
    const from = this.#resumeFrom;
    if (from !== undefined) {
      const { client, resource, namespace } = this.#options;
      const page = await client.list(resource, {
        namespace,
        limit: 1,
        metadataOnly: true,
        signal,
        timeoutMs: PROBE_TIMEOUT_MS,
        maxRetries: 0,
      });
      const isOlder = this.#distrustOlder(page.metadata.resourceVersion);
      if (isOlder && this.#resumeFrom === from) this.#resumeFrom = undefined;
    }
    this.#disconnected = false;
  }

  /** If an older history reaches this version again, its content may differ. */
  #distrustOlder(resourceVersion: string): boolean {
    const age = compareResourceVersions(resourceVersion, this.#reached);
    const isOlder = age !== undefined && age < 0;
    if (isOlder) this.#projectAnew = true;
    return isOlder;
  }

  /** Decides what a failure means for the next round, and waits. */
  async #recover(error: Error): Promise<void> {
    this.#options.onError?.(error);
    const listing = this.#resumeFrom === undefined;
    const backoff = listing ? this.#listBackoff : this.#watchBackoff;
    this.#inOnePiece = listing && isGone(error);
    if (isGone(error)) {
      this.#resumeFrom = undefined;
      // One failure is the normal end of a long pause; a second one in a row is not.
      if (backoff.failures === 0) {
        backoff.next();
        return;
      }
    }
    if (isNotFound(error) || isRejected(error)) this.#resumeFrom = undefined;
    // The API server may answer while an aggregated API behind it was away.
    if (error instanceof TransportError || (error instanceof KubeError && error.status >= 500))
      this.#disconnected = true;
    if (!listing && backoff.failures + 1 >= MAX_WATCH_FAILURES && !isForbidden(error))
      this.#resumeFrom = undefined;
    this.#setState(stateFor(error));
    const asked = error instanceof KubeError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    await this.#wait(Math.max(Math.min(asked, MAX_RETRY_AFTER_MS), backoff.next()));
  }

  async #wait(milliseconds: number): Promise<void> {
    this.#pause = new AbortController();
    const signal = AbortSignal.any([this.#pause.signal, this.#stopping.signal]);
    await sleep(this.#clock, milliseconds, signal).catch(() => undefined);
    this.#pause = undefined;
  }

  #setState(state: ReflectorState): void {
    const same = state.kind === this.#state.kind && !('error' in state);
    this.#state = state;
    if (!same) this.#guard(() => this.#options.onState?.(state));
  }

  /** Errors of the callers' functions must not stop the reflector. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.onError?.(asError(error));
    }
  }

  #label(): string {
    const { group, version, resource } = this.#options.resource;
    return `WATCH ${[group, version, resource].filter((part) => part !== '').join('/')}`;
  }
}

function stateFor(error: Error): ReflectorState {
  if (isNotFound(error)) return { kind: 'missing', error };
  if (isForbidden(error)) return { kind: 'forbidden', error };
  return { kind: 'failing', error };
}

/** The request itself is wrong, e.g. because the server cannot read its resource version. */
function isRejected(error: Error): boolean {
  return error instanceof KubeError && (error.status === 400 || error.status === 422);
}

function stopped(): Error {
  return new Error('the reflector is stopped');
}
