import type { Discovery, KubeClient, StoredObject, ResourceType } from '../../src/kube/index.ts';
import { Reflector, isNotFound, objectKey, withoutRequest } from '../../src/kube/index.ts';
import type { LocatedReference, Problem, ReferenceLookup } from '../../src/reconcile/index.ts';
import { describeReference, failure } from '../../src/reconcile/index.ts';
import { ReadAhead } from './read-ahead.ts';

/** The result of fetching a referenced object. */
export type FetchedReference =
  | { readonly kind: 'fetched'; readonly object: StoredObject }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unavailable'; readonly problem: Problem };

export interface ReferenceWatchesOptions {
  readonly client: KubeClient;
  readonly discovery: Discovery;
  /** Called when an object that these lifecycles refer to has changed, appeared or gone. */
  readonly onReference: (lifecycles: Iterable<string>) => void;
  readonly onError: (error: Error) => void;
}

/** A watch ends after it has been unused for this time. */
const UNUSED_MS = 60_000;
/** A lifecycle that waits longer for a list gives its worker back, and tries again later. */
const SYNC_TIMEOUT_MS = 10_000;
/** Fewer objects than this are fetched one by one. */
const MIN_READ_AHEAD = 50;
/** Paging pays while at most this many objects are read per wanted one. */
const MAX_READ_PER_WANTED = 3;

/**
 * One kind of referenced objects, in one namespace or in all: which objects exist, in which version, and who refers to
 * them.
 */
class KindWatch {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly reflector: Reflector<string>;
  /** By the key of an object: names of the lifecycles that refer to it. */
  readonly users = new Map<string, Set<string>>();
  cancelEnd: (() => void) | undefined;
  readonly #client: KubeClient;
  readonly #ahead = new Set<ReadAhead>();
  readonly #turned = Promise.withResolvers<void>();

  constructor(type: ResourceType, namespace: string | undefined, options: ReferenceWatchesOptions) {
    const { client, onReference, onError } = options;
    this.type = type;
    this.namespace = namespace;
    this.#client = client;
    this.reflector = new Reflector<string>({
      client,
      resource: type,
      namespace,
      metadataOnly: true,
      project: ({ metadata }) => metadata.resourceVersion,
      onEvent: ({ key }) => {
        const users = this.users.get(key);
        if (users !== undefined) onReference(users);
      },
      onState: (state) => {
        if (state.kind === 'missing' || state.kind === 'forbidden') this.#turned.resolve();
        // Lifecycles that waited for the kind, or for the right to read it, are tried again.
        if (state.kind === 'healthy') for (const users of this.users.values()) onReference(users);
      },
      onError,
    });
  }

  /** Resolves once it is known which objects exist, or that this cannot be known. */
  async settled(signal: AbortSignal): Promise<void> {
    if (this.reflector.synced) return;
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(SYNC_TIMEOUT_MS)]);
    await Promise.race([this.#turned.promise, this.reflector.whenSynced(timeout)]);
  }

  /** Reads the objects of one namespace ahead, if most of them are wanted. */
  readAhead(namespace: string | undefined, keys: readonly string[]): void {
    const { store } = this.reflector;
    const wanted = keys.filter((key) => store.has(key));
    if (wanted.length < MIN_READ_AHEAD) return;
    let present = 0;
    for (const key of store.keys()) if (namespace === undefined || key.startsWith(`${namespace}/`)) present++;
    if (present > MAX_READ_PER_WANTED * wanted.length) return;
    const ahead = new ReadAhead({
      client: this.#client,
      type: this.type,
      namespace,
      wanted,
      onEnd: () => this.#ahead.delete(ahead),
    });
    this.#ahead.add(ahead);
    void ahead.run();
  }

  /** Returns an object that was read ahead, if it has the version that the watch knows. */
  async takeAhead(key: string, signal: AbortSignal): Promise<StoredObject | undefined> {
    for (const ahead of this.#ahead) {
      const object = await ahead.take(key, signal);
      if (object !== undefined && object.metadata.resourceVersion === this.reflector.store.get(key))
        return object;
    }
    return undefined;
  }

  async stop(): Promise<void> {
    this.cancelEnd?.();
    for (const ahead of [...this.#ahead]) ahead.stop();
    await this.reflector.stop();
  }

  /** Why objects of the kind cannot be read at present. */
  problem(reference: LocatedReference): Problem | undefined {
    switch (this.reflector.state.kind) {
      case 'missing':
        return kindMissing(reference);
      case 'forbidden':
        return forbidden(reference, this.namespace);
      case 'starting':
      case 'healthy':
      case 'failing':
        return undefined;
    }
  }
}

/**
 * The objects that lifecycles refer to. A watch that transfers only metadata keeps key and version of every object of a
 * referenced kind. The content of an object is fetched when a lifecycle needs it, and is not kept. So memory does not
 * grow with Secrets that nobody refers to, and a change of a referenced object is noticed at once.
 *
 * If a reference is limited to some namespaces, those namespaces are watched; otherwise all are.
 */
export class ReferenceWatches {
  readonly #options: ReferenceWatchesOptions;
  readonly #signal: AbortSignal;
  readonly #watches = new Map<string, KindWatch>();
  readonly #ofLifecycle = new Map<string, readonly LocatedReference[]>();

  constructor(options: ReferenceWatchesOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /**
   * What is known of a referenced object without asking the API server.
   *
   * @param fetched what this reconciliation has got from {@link fetch}, by {@link referenceId}
   */
  lookup(reference: LocatedReference, fetched: ReadonlyMap<string, FetchedReference>): ReferenceLookup {
    const answer = fetched.get(referenceId(reference));
    if (answer?.kind === 'unavailable') return answer;
    const watch = this.#watches.get(watchKey(reference));
    const problem = watch?.problem(reference);
    if (problem !== undefined) return { kind: 'unavailable', problem };
    if (answer?.kind === 'fetched') return { kind: 'found', object: answer.object };
    if (answer?.kind === 'absent') return answer;
    return this.versionOf(reference) === '' ? { kind: 'absent' } : { kind: 'pending' };
  }

  /** Version of the object by the watch: `''` if it does not exist, `undefined` if that is not known. */
  versionOf(reference: LocatedReference): string | undefined {
    const watch = this.#watches.get(watchKey(reference));
    if (watch === undefined || !watch.reflector.synced || watch.problem(reference) !== undefined)
      return undefined;
    return watch.reflector.store.get(storeKey(watch.type, reference)) ?? '';
  }

  /**
   * Fetches a referenced object in the version that the watch knows or a newer one. The API server answers that from
   * its watch cache. An object that was read ahead is taken instead. From before the fetch on, the lifecycle is told of
   * the object's changes.
   *
   * Rejects as {@link KubeClient.get} does if it cannot find out whether the object exists.
   */
  async fetch(
    lifecycle: string,
    reference: LocatedReference,
    signal: AbortSignal,
  ): Promise<FetchedReference> {
    const watch = await this.#watch(reference);
    if (watch === undefined) return { kind: 'unavailable', problem: kindMissing(reference) };
    const { namespace, name } = reference;
    if (watch.type.namespaced && namespace === undefined) {
      return { kind: 'unavailable', problem: namespaceMissing(reference) };
    }
    this.#follow(watch, reference, lifecycle);
    await watch.settled(signal);
    const problem = watch.problem(reference);
    if (problem !== undefined) return { kind: 'unavailable', problem };
    const ahead = await watch.takeAhead(storeKey(watch.type, reference), signal);
    if (ahead !== undefined) return { kind: 'fetched', object: ahead };
    const version = this.versionOf(reference);
    if (version === '') return { kind: 'absent' };
    try {
      const scope = watch.type.namespaced ? namespace : undefined;
      const object = await this.#options.client.get(watch.type, name, scope, {
        ...(version === undefined ? {} : { resourceVersion: version }),
        signal,
      });
      return { kind: 'fetched', object };
    } catch (error) {
      if (isNotFound(error)) return { kind: 'absent' };
      throw reference.hidden === undefined ? error : withoutRequest(error, describeReference(reference));
    }
  }

  /**
   * Announces that all of these are about to be fetched. If they are most of the objects in a namespace, the namespace
   * is read page by page, which is cheaper. Returns at once.
   */
  readAhead(references: readonly LocatedReference[]): void {
    for (const alike of Map.groupBy(references, scopeId).values()) {
      if (alike.length >= MIN_READ_AHEAD) this.#readAhead(alike).catch(() => undefined);
    }
  }

  async #readAhead(alike: readonly LocatedReference[]): Promise<void> {
    const [reference] = alike;
    const watch = reference === undefined ? undefined : await this.#watch(reference);
    if (reference === undefined || watch === undefined) return;
    const { type } = watch;
    if (type.namespaced && reference.namespace === undefined) return;
    await watch.settled(this.#signal);
    if (watch.problem(reference) !== undefined) return;
    watch.readAhead(
      type.namespaced ? reference.namespace : undefined,
      alike.map((each) => storeKey(type, each)),
    );
  }

  async #watch(reference: LocatedReference): Promise<KindWatch | undefined> {
    const key = watchKey(reference);
    const known = this.#watches.get(key);
    if (known !== undefined) return known;
    const { group, version, resource, namespace, limited } = reference;
    const resolution = await this.#options.discovery.resolve(
      { group, resource, versions: [version] },
      this.#signal,
    );
    if (resolution.kind === 'missing') return undefined;
    const scope = limited === true && resolution.type.namespaced ? namespace : undefined;
    return this.#watches.get(key) ?? this.#start(key, resolution.type, scope);
  }

  #start(key: string, type: ResourceType, namespace: string | undefined): KindWatch {
    const watch = new KindWatch(type, namespace, this.#options);
    this.#watches.set(key, watch);
    watch.reflector.start(this.#signal);
    this.#endWhenUnused(key, watch);
    return watch;
  }

  /** Records which objects a lifecycle refers to. From now on it is told of their changes. */
  track(lifecycle: string, located: readonly LocatedReference[]): void {
    const before = this.#ofLifecycle.get(lifecycle) ?? [];
    const keep = new Set(located.map(referenceId));
    for (const reference of before) if (!keep.has(referenceId(reference))) this.#leave(lifecycle, reference);
    for (const reference of located) {
      const watch = this.#watches.get(watchKey(reference));
      if (watch !== undefined) join(watch, reference, lifecycle);
    }
    if (located.length === 0) this.#ofLifecycle.delete(lifecycle);
    else this.#ofLifecycle.set(lifecycle, located);
  }

  /** Records one more object that a lifecycle refers to, until {@link track} gives the whole list. */
  #follow(watch: KindWatch, reference: LocatedReference, lifecycle: string): void {
    const known = this.#ofLifecycle.get(lifecycle) ?? [];
    const id = referenceId(reference);
    if (!known.some((other) => referenceId(other) === id))
      this.#ofLifecycle.set(lifecycle, [...known, reference]);
    join(watch, reference, lifecycle);
  }

  #leave(lifecycle: string, reference: LocatedReference): void {
    const key = watchKey(reference);
    const watch = this.#watches.get(key);
    if (watch === undefined) return;
    const object = storeKey(watch.type, reference);
    const users = watch.users.get(object);
    users?.delete(lifecycle);
    if (users?.size === 0) watch.users.delete(object);
    if (watch.users.size === 0) this.#endWhenUnused(key, watch);
  }

  #endWhenUnused(key: string, watch: KindWatch): void {
    watch.cancelEnd?.();
    watch.cancelEnd = this.#options.client.clock.after(UNUSED_MS, () => {
      if (watch.users.size > 0 || this.#watches.get(key) !== watch) return;
      this.#watches.delete(key);
      void watch.stop();
    });
  }

  /** A kind has appeared or changed. Watches of it do not wait until their back-off ends. */
  wake(group: string, resource: string): void {
    for (const { type, reflector } of this.#watches.values()) {
      if (type.group === group && type.resource === resource) reflector.wake();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watch) => watch.stop()));
  }
}

function join(watch: KindWatch, reference: LocatedReference, lifecycle: string): void {
  const key = storeKey(watch.type, reference);
  const users = watch.users.get(key);
  if (users === undefined) watch.users.set(key, new Set([lifecycle]));
  else users.add(lifecycle);
}

const kindKey = ({ group, version, resource }: LocatedReference): string => `${group}/${version}/${resource}`;

const watchKey = (reference: LocatedReference): string =>
  `${kindKey(reference)}@${reference.limited === true ? (reference.namespace ?? '') : ''}`;

const storeKey = ({ namespaced }: ResourceType, { namespace, name }: LocatedReference): string =>
  objectKey(namespaced ? { namespace, name } : { name });

/** One text per namespace and way to watch it. */
const scopeId = (reference: LocatedReference): string =>
  `${watchKey(reference)}/${reference.namespace ?? ''}`;

/** One text per referenced object and way to watch it. */
export function referenceId(reference: LocatedReference): string {
  return `${scopeId(reference)}/${reference.name}`;
}

const kindMissing = ({ group, version, resource }: LocatedReference): Problem =>
  failure(
    'ReferenceKindNotFound',
    `the API server does not serve ${resource} of ${group === '' ? version : `${group}/${version}`}`,
  );

const forbidden = (reference: LocatedReference, namespace: string | undefined): Problem =>
  failure(
    'ReferenceForbidden',
    `${describeReference(reference)} cannot be read: the controller may not list and watch ${reference.resource} ` +
      (namespace === undefined
        ? 'in all namespaces'
        : reference.hidden?.includes('namespace') === true
          ? 'in its namespace'
          : `in the namespace "${namespace}"`),
  );

const namespaceMissing = ({ key, resource }: LocatedReference): Problem =>
  failure(
    'NamespaceMissing',
    `the reference "${key}" names no namespace, which ${resource} need: set its namespaceTemplate`,
  );
