import type { Discovery, KubeClient, KubeObject, ResourceType } from '../src/kube/index.ts';
import { Reflector, isNotFound, objectKey } from '../src/kube/index.ts';
import type { LocatedReference, Problem, ReferenceLookup } from '../src/reconcile/index.ts';
import { describeReference } from '../src/reconcile/index.ts';

/** An object that was fetched, and what is known of it: `undefined` where it does not exist. */
export interface FetchedReference {
  readonly object: KubeObject | undefined;
}

export interface ReferenceWatchesOptions {
  readonly client: KubeClient;
  readonly discovery: Discovery;
  /** An object that these lifecycles refer to has changed, appeared or gone. */
  readonly onReference: (lifecycles: Iterable<string>) => void;
  readonly onError: (error: Error) => void;
}

/** One kind of referenced objects: which exist, in which version, and who refers to them. */
class KindWatch {
  readonly type: ResourceType;
  readonly reflector: Reflector<string>;
  /** Names of lifecycles by the key of the object that they refer to. */
  readonly users = new Map<string, Set<string>>();
  /** Resolves when the kind turns out not to be served, or not to be readable. */
  readonly unavailable: Promise<void>;

  constructor(type: ResourceType, { client, onReference, onError }: ReferenceWatchesOptions) {
    this.type = type;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.unavailable = promise;
    this.reflector = new Reflector<string>({
      client,
      resource: type,
      metadataOnly: true,
      project: ({ metadata }) => metadata.resourceVersion,
      onEvent: ({ key }) => {
        const users = this.users.get(key);
        if (users !== undefined) onReference(users);
      },
      onState: (state) => {
        if (state.kind === 'missing' || state.kind === 'forbidden') resolve();
        // What waited for the kind to be there, or for the right to read it, is tried again.
        if (state.kind === 'healthy') for (const users of this.users.values()) onReference(users);
      },
      onError,
    });
  }
}

/**
 * The objects that lifecycles refer to. Of every object of a referenced kind the key and the version are kept, by a
 * watch on which only metadata travels; the content of one that a lifecycle needs is fetched when it is needed, and
 * not kept. So memory does not grow with Secrets that nobody refers to, and a change of one that somebody refers to is
 * known at once.
 */
export class ReferenceWatches {
  readonly #options: ReferenceWatchesOptions;
  readonly #signal: AbortSignal;
  readonly #kinds = new Map<string, KindWatch>();
  readonly #ofLifecycle = new Map<string, readonly LocatedReference[]>();

  constructor(options: ReferenceWatchesOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Watches a kind, so that its objects are known by the time that they are asked for. Rejects as {@link Discovery.resolve} does. */
  async prepare(
    reference: Pick<LocatedReference, 'group' | 'version' | 'resource'>,
  ): Promise<KindWatch | undefined> {
    const key = kindKey(reference);
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const { group, version, resource } = reference;
    const resolution = await this.#options.discovery.resolve(
      { group, resource, versions: [version] },
      this.#signal,
    );
    if (resolution.kind === 'missing') return undefined;
    return this.#kinds.get(key) ?? this.#watch(key, resolution.type);
  }

  #watch(key: string, type: ResourceType): KindWatch {
    const watch = new KindWatch(type, this.#options);
    this.#kinds.set(key, watch);
    watch.reflector.start(this.#signal);
    return watch;
  }

  /** Records which objects a lifecycle refers to; from now on it hears of their changes. */
  track(lifecycle: string, located: readonly LocatedReference[]): void {
    const before = this.#ofLifecycle.get(lifecycle) ?? [];
    const keep = new Set(located.map(referenceId));
    for (const reference of before) {
      if (!keep.has(referenceId(reference))) this.#forget(lifecycle, reference);
    }
    for (const reference of located) {
      const watch = this.#kinds.get(kindKey(reference));
      if (watch === undefined) continue;
      const key = storeKey(watch.type, reference);
      const users = watch.users.get(key) ?? new Set<string>();
      users.add(lifecycle);
      watch.users.set(key, users);
    }
    if (located.length === 0) this.#ofLifecycle.delete(lifecycle);
    else this.#ofLifecycle.set(lifecycle, located);
  }

  /** What `lifecycle` was last recorded to refer to. */
  tracked(lifecycle: string): readonly LocatedReference[] {
    return this.#ofLifecycle.get(lifecycle) ?? [];
  }

  #forget(lifecycle: string, reference: LocatedReference): void {
    const watch = this.#kinds.get(kindKey(reference));
    if (watch === undefined) return;
    const key = storeKey(watch.type, reference);
    const users = watch.users.get(key);
    users?.delete(lifecycle);
    if (users?.size === 0) watch.users.delete(key);
  }

  /** Version of the object by the watch: `''` where it does not exist, `undefined` where that is not known. */
  versionOf(reference: LocatedReference): string | undefined {
    const watch = this.#kinds.get(kindKey(reference));
    if (watch === undefined || !watch.reflector.synced || watch.reflector.state.kind === 'missing')
      return undefined;
    return watch.reflector.store.get(storeKey(watch.type, reference)) ?? '';
  }

  /**
   * What is known of a referenced object, given what was fetched for this reconciliation.
   *
   * @param fetched by {@link fetch}, under {@link referenceId}
   */
  lookup(reference: LocatedReference, fetched: ReadonlyMap<string, FetchedReference>): ReferenceLookup {
    const watch = this.#kinds.get(kindKey(reference));
    if (watch === undefined)
      return fetched.has(referenceId(reference)) ? kindMissing(reference) : { kind: 'pending' };
    if (watch.type.namespaced && reference.namespace === undefined) return namespaceMissing(reference);
    if (watch.reflector.state.kind === 'missing') return kindMissing(reference);
    if (watch.reflector.state.kind === 'forbidden') return forbidden(reference);
    const found = fetched.get(referenceId(reference));
    if (found !== undefined)
      return found.object === undefined ? { kind: 'absent' } : { kind: 'found', object: found.object };
    return this.versionOf(reference) === '' ? { kind: 'absent' } : { kind: 'pending' };
  }

  /**
   * Fetches a referenced object in the version that the watch knows or a newer one, which the API server answers from
   * its watch cache. Rejects as {@link KubeClient.get} does where neither the object nor its absence can be told.
   */
  async fetch(reference: LocatedReference, signal: AbortSignal): Promise<FetchedReference> {
    const watch = await this.prepare(reference);
    if (watch === undefined) return { object: undefined };
    await Promise.race([
      watch.unavailable,
      watch.reflector.whenSynced(AbortSignal.any([signal, AbortSignal.timeout(SYNC_TIMEOUT_MS)])),
    ]);
    const version = this.versionOf(reference);
    if (version === '') return { object: undefined };
    const { namespace, name } = reference;
    try {
      const object = await this.#options.client.get(
        watch.type,
        name,
        watch.type.namespaced ? namespace : undefined,
        {
          ...(version === undefined ? {} : { resourceVersion: version }),
          signal,
        },
      );
      return { object };
    } catch (error) {
      if (isNotFound(error)) return { object: undefined };
      throw error;
    }
  }

  /** A kind has appeared or changed: what waits for it need not wait for its back-off. */
  wake(group: string, resource: string): void {
    for (const { type, reflector } of this.#kinds.values()) {
      if (type.group === group && type.resource === resource) reflector.wake();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#kinds.values()].map(({ reflector }) => reflector.stop()));
  }
}

/** A lifecycle that waits longer for the list of a kind gives its worker to others, and tries again. */
const SYNC_TIMEOUT_MS = 10_000;

const kindKey = ({
  group,
  version,
  resource,
}: Pick<LocatedReference, 'group' | 'version' | 'resource'>): string => `${group}/${version}/${resource}`;

const storeKey = ({ namespaced }: ResourceType, { namespace, name }: LocatedReference): string =>
  objectKey(namespaced ? { namespace, name } : { name });

/** One text per referenced object. */
export function referenceId(reference: LocatedReference): string {
  return `${kindKey(reference)}/${reference.namespace ?? ''}/${reference.name}`;
}

const unavailable = (reason: string, message: string): ReferenceLookup => {
  const problem: Problem = { reason, message, failed: true };
  return { kind: 'unavailable', problem };
};

const kindMissing = ({ group, version, resource }: LocatedReference): ReferenceLookup =>
  unavailable(
    'ReferenceKindNotFound',
    `the API server does not serve ${resource} of ${group === '' ? version : `${group}/${version}`}`,
  );

const forbidden = (reference: LocatedReference): ReferenceLookup =>
  unavailable(
    'ReferenceForbidden',
    `${describeReference(reference)} cannot be read: the controller may not list and watch ${reference.resource}`,
  );

const namespaceMissing = ({ key, resource }: LocatedReference): ReferenceLookup =>
  unavailable(
    'NamespaceMissing',
    `the reference "${key}" names no namespace, which ${resource} need: set its namespaceTemplate`,
  );
