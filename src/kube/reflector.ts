import { Backoff } from './backoff.ts';
import type { KubeClient } from './client.ts';
import { asError, sleep, type Clock } from './clock.ts';
import { KubeError, TransportError, isForbidden, isGone, isNotFound } from './errors.ts';
import { ObjectStore, type Projection, type ReflectorEvent } from './object-store.ts';
import { withoutManagedFields, type KubeList, type KubeObject, type ResourceType } from './object.ts';
import { compareResourceVersions } from './resource-version.ts';
import type { WatchEvent, WatchStream } from './watch.ts';

export type { ReflectorEvent };

export type ReflectorState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'healthy' }
  /** Not up to date: the last attempt failed. It goes on trying. */
  | { readonly kind: 'failing'; readonly error: Error }
  /** The resource is not served (any more). The store is kept as it was. */
  | { readonly kind: 'missing'; readonly error: Error }
  | { readonly kind: 'forbidden'; readonly error: Error };

export interface ReflectorOptions<T> {
  readonly client: KubeClient;
  readonly resource: ResourceType;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /**
   * What is kept of an object, then frozen. Keep parts, not the whole, where parts are enough: that is what memory costs.
   * Where it throws, the object stays as it was and `onError` hears of it.
   *
   * @default the object without `metadata.managedFields`
   */
  readonly project?: Projection<T>;
  /** Only metadata travels (`PartialObjectMetadata`): `project` sees no more than that. @default false */
  readonly metadataOnly?: boolean;
  /**
   * Lists have whole objects, by pages, and news has metadata and the printed columns only: `project` is told which it is.
   *
   * @default false
   */
  readonly watchMetadataOnly?: boolean;
  /** Called synchronously, in order, after the store has changed. What it throws goes to `onError`. */
  readonly onEvent?: (event: ReflectorEvent<T>) => void;
  readonly onState?: (state: ReflectorState) => void;
  /** Each failure, the ones it recovers from included. */
  readonly onError?: (error: Error) => void;
  /** Objects a page. @default 500 */
  readonly pageSize?: number;
  /** `auto`: one streaming list where the server has them (KEP-3157), else pages. @default 'auto' */
  readonly list?: 'auto' | 'pages';
  /** @default the client's */
  readonly clock?: Clock;
}

/** A watch is asked to last between these, at random, so that many do not end together. */
const MIN_WATCH_SECONDS = 300;
const MAX_WATCH_SECONDS = 600;
/** After its time a watch may take this much longer to end; then the connection counts as dead. */
const WATCH_GRACE_MS = 30_000;
/** A server that sends bookmarks does so about once a minute; two missed ones and some mean a dead connection. */
const BOOKMARK_SILENCE_MS = 150_000;
/** Between two objects of a streaming list. */
const INITIAL_SILENCE_MS = 30_000;
/** A page may take long over a slow line, but must not stand still. */
const LIST_TIMEOUT_MS = 300_000;
const LIST_IDLE_MS = 20_000;
const PROBE_TIMEOUT_MS = 10_000;
/** A watch that ends sooner, with nothing to tell, is a failure: it would be redialled without pause. */
const SHORT_WATCH_MS = 1_000;
/** So many broken watches in a row without news, and the list is asked for again. */
const MAX_WATCH_FAILURES = 3;
const PAGE_SIZE = 500;
/** A server that asks for a longer pause is tried all the same: it may be well before that. */
const MAX_RETRY_AFTER_MS = 60_000;

/**
 * Keeps a local copy of a collection: it lists, watches, and never gives up.
 *
 * One round is: (a) list, unless there is a version to resume from; (b) watch from there until the watch ends;
 * (c) on failure, wait. A 410 or a missing resource drops the version, so that the next round lists; anything else
 * resumes. Deletions come from a watch, or from a list that was read to its end: never from an error.
 *
 * (client-go `tools/cache/reflector.go`, KEP-956 for bookmarks, KEP-3157 for streaming lists)
 */
export class Reflector<T = KubeObject> {
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
  /** How far the server's history has been seen. */
  #reached = '';
  #projectAnew = false;
  #streaming: boolean;
  /** The server has forgotten the snapshot that a list was read from: the next list comes in one piece. */
  #inOnePiece = false;
  /** Whether the connection to the server was lost since the last list or probe: its history may have been replaced. */
  #disconnected = false;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? options.client.clock;
    this.#streaming = options.list !== 'pages' && options.watchMetadataOnly !== true;
    this.#listBackoff = new Backoff(this.#clock);
    this.#watchBackoff = new Backoff(this.#clock);
    const project = options.project ?? (withoutManagedFields as (object: KubeObject) => T);
    this.#store = new ObjectStore<T>(project, (event) => this.#guard(() => options.onEvent?.(event)));
  }

  /** By `namespace/name`, or `name` where cluster-scoped. Live: always the latest. */
  get store(): ReadonlyMap<string, T> {
    return this.#store.objects;
  }

  /** Whether the store has held the whole collection at some moment since the start. */
  get synced(): boolean {
    return this.#synced;
  }

  /** What it is doing, or why it cannot. */
  get state(): ReflectorState {
    return this.#state;
  }

  /** Wall-clock milliseconds when the store was last known to be up to date (list, event or bookmark); 0 before. */
  get lastSyncedAt(): number {
    return this.#lastSyncedAt;
  }

  /** Takes what is kept of a whole object where a watch by metadata has told of this very version. */
  supplement(object: KubeObject, kept: T): void {
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

  /** Lists again and projects every object anew, e.g. because `project` keeps other parts now. */
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
    let coming: Promise<KubeList<KubeObject>> | undefined = Promise.resolve(first);
    let resourceVersion = '';
    while (coming !== undefined) {
      const { items, metadata }: KubeList<KubeObject> = await coming;
      // The next page travels while this one is taken in.
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

  #listPage(token: string | undefined, signal: AbortSignal): Promise<KubeList<KubeObject>> {
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

  /** List and watch in one: what exists comes first, then a bookmark that ends it, then news. */
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
      // Servers before 1.27, and those without the feature, refuse the request; pages work everywhere.
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

  /** Takes events until the watch ends. `first` sees each event before the store does and may keep it for itself. */
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
      // A server that does not say where its list stood (an aggregated API) cannot resume a watch either.
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

  /** The watch has come this far; an event that arrives late does not take it back. */
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
   * After a lost connection the server may be another one, with an older history (etcd restored from a backup): a watch
   * from a version it has not reached would stay silent for ever. One small list tells.
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

  /** A version that an older history reaches again may be of another content. */
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
      // The first one is the ordinary end of a long pause; a second one in a row is not.
      if (backoff.failures === 0) {
        backoff.next();
        return;
      }
    }
    if (isNotFound(error) || isRejected(error)) this.#resumeFrom = undefined;
    // Behind an API server that answers, an aggregated one may have been away.
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

  /** What callers' functions throw must not stop the reflector. */
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

/** The request itself is at fault, e.g. a resource version that this server cannot read. */
function isRejected(error: Error): boolean {
  return error instanceof KubeError && (error.status === 400 || error.status === 422);
}

function stopped(): Error {
  return new Error('the reflector is stopped');
}
