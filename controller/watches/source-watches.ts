import type { KubeClient, StoredObject, ReflectorState, ResourceType } from '../../src/kube/index.ts';
import { Reflector, objectKey } from '../../src/kube/index.ts';
import type { PathTree, SourceSelectors } from '../../src/policy/index.ts';
import { emptyTree, project, prune, unionOf } from '../../src/policy/acting.ts';
import type { Digest } from '../../src/reconcile/index.ts';
import { digestOf } from '../../src/reconcile/index.ts';

/** Which objects a policy looks at. The API server does all of this filtering. */
export interface WatchedSources extends SourceSelectors {
  readonly type: ResourceType;
  /** Empty: all. */
  readonly namespaces: readonly string[];
}

/** What is kept of a source: what templates read of it, and a digest of exactly that. */
export interface CachedSource {
  readonly object: StoredObject;
  /** Changes only if something that a template reads changes. */
  readonly digest: Digest;
  /** The number of the read paths by which the object was projected. */
  readonly projection: number;
}

/** What one policy sees of its sources. */
export interface SourceView {
  /** Whether all sources are known, with every field that the policy reads. */
  readonly synced: boolean;
  readonly state: ReflectorState;
  readonly size: number;
  get(namespace: string | undefined, name: string): CachedSource | undefined;
  /** Every source. */
  values(): Iterable<CachedSource>;
}

export interface SourceWatchesOptions {
  readonly client: KubeClient;
  /** Called when a source of these policies has appeared, has gone, or has changed in a field that matters. */
  readonly onSource: (policies: Iterable<string>, object: StoredObject) => void;
  /** Called when the state of these policies' sources has changed. */
  readonly onState: (policies: Iterable<string>) => void;
  readonly onError: (error: Error) => void;
}

/** The same for one namespace, or for all of them. */
type OneWatch = Omit<WatchedSources, 'namespaces'> & { readonly namespace: string | undefined };

/** One reflector and the policies that share it. */
class SharedWatch {
  readonly key: string;
  readonly users = new Set<string>();
  readonly #reflector: Reflector<CachedSource>;
  readonly #options: SourceWatchesOptions;
  #tree: PathTree = emptyTree();
  /** Incremented whenever the read paths change. */
  #projection = 0;
  /** The last read paths by which every object was projected. */
  #complete = 0;
  /** Number of objects that were projected by earlier read paths. */
  #outdated = 0;
  #wasSynced = false;

  constructor(key: string, { type, namespace, ...selectors }: OneWatch, options: SourceWatchesOptions) {
    this.key = key;
    this.#options = options;
    this.#reflector = new Reflector<CachedSource>({
      client: options.client,
      resource: type,
      namespace,
      ...selectors,
      project: (object) => this.#project(object),
      onEvent: (event) => {
        const previous =
          event.type === 'added' ? undefined : event.type === 'modified' ? event.previous : event.object;
        const wasOutdated = previous !== undefined && previous.projection !== this.#projection;
        if (wasOutdated && this.#outdated > 0) this.#outdated--;
        if (this.#outdated === 0) this.#complete = this.#projection;
        if (event.type !== 'modified' || event.previous.digest !== event.object.digest) {
          options.onSource(this.users, event.object.object);
        }
        this.#announceSync();
      },
      onState: () => {
        this.#wasSynced = this.holds(this.#projection);
        options.onState(this.users);
      },
      onError: options.onError,
    });
  }

  /** Whether all objects are known, with every field that the read paths of this number contain. */
  holds(projection: number): boolean {
    return this.#reflector.synced && this.#complete >= projection;
  }

  get state(): ReflectorState {
    return this.#reflector.state;
  }

  get store(): ReadonlyMap<string, CachedSource> {
    return this.#reflector.store;
  }

  start(signal: AbortSignal): void {
    this.#reflector.start(signal);
  }

  stop(): Promise<void> {
    return this.#reflector.stop();
  }

  wake(): void {
    this.#reflector.wake();
  }

  refresh(): void {
    this.#reflector.refresh();
  }

  /**
   * Adds a user, or changes what it reads. Fields that were not kept so far are fetched; meanwhile the fields that
   * other users read stay as they were.
   *
   * @returns the number of the read paths that the user needs, for {@link holds}
   */
  use(policy: string, reads: PathTree): number {
    this.users.add(policy);
    const wanted = unionOf(this.#tree, reads);
    if (sameTree(wanted, this.#tree)) return this.#projection;
    this.#tree = wanted;
    this.#projection++;
    this.#outdated = this.store.size;
    if (this.#outdated === 0) this.#complete = this.#projection;
    if (this.#outdated === 0 && !this.#reflector.synced) return this.#projection;
    this.#wasSynced = this.holds(this.#projection);
    this.#reflector.refresh();
    return this.#projection;
  }

  #project(object: StoredObject): CachedSource {
    const { uid, creationTimestamp, deletionTimestamp } = object.metadata;
    return {
      object: project(object, this.#tree) as StoredObject,
      digest: digestOf([uid, creationTimestamp, deletionTimestamp, prune(object, this.#tree)]),
      projection: this.#projection,
    };
  }

  #announceSync(): void {
    if (this.#wasSynced || !this.holds(this.#projection)) return;
    this.#wasSynced = true;
    this.#options.onState(this.users);
  }
}

/** Whether two trees read the same fields. */
function sameTree(one: PathTree, other: PathTree): boolean {
  if (one.all || other.all) return one.all === other.all;
  if (one.children.size !== other.children.size) return false;
  for (const [field, child] of one.children) {
    const match = other.children.get(field);
    if (match === undefined || !sameTree(child, match)) return false;
  }
  return true;
}

/** The watches of all policies' sources. Policies with the same server-side filters share one. */
export class SourceWatches {
  readonly #options: SourceWatchesOptions;
  readonly #signal: AbortSignal;
  readonly #watches = new Map<string, SharedWatch>();
  readonly #ofPolicy = new Map<string, readonly SharedWatch[]>();

  constructor(options: SourceWatchesOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Watches the sources of a policy, instead of what was watched for it before. */
  acquire(policy: string, scope: WatchedSources, reads: PathTree): SourceView {
    const { namespaces, ...one } = scope;
    const places = namespaces.length === 0 || !scope.type.namespaced ? [undefined] : namespaces;
    const watches = [...new Set(places)].map((namespace) => this.#watch({ ...one, namespace }));
    const before = this.#ofPolicy.get(policy) ?? [];
    this.#ofPolicy.set(policy, watches);
    const needed = watches.map((watch) => watch.use(policy, reads));
    for (const watch of before) if (!watches.includes(watch)) this.#leave(policy, watch);
    return viewOf(watches, needed);
  }

  /** Ends the watches of a policy that no other policy needs. */
  release(policy: string): void {
    const watches = this.#ofPolicy.get(policy) ?? [];
    this.#ofPolicy.delete(policy);
    for (const watch of watches) this.#leave(policy, watch);
  }

  /** The kind may be served again: do not wait until the back-off ends. */
  wake(policy: string): void {
    for (const watch of this.#ofPolicy.get(policy) ?? []) watch.wake();
  }

  /** Reads the sources again: under a changed schema, the same versions may have other content. */
  refresh(policy: string): void {
    for (const watch of this.#ofPolicy.get(policy) ?? []) watch.refresh();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watch) => watch.stop()));
  }

  #watch(scope: OneWatch): SharedWatch {
    const { type, namespace, labelSelector, fieldSelector } = scope;
    const selectors: SourceSelectors = {
      labelSelector: labelSelector ?? '',
      fieldSelector: fieldSelector ?? '',
    };
    const key = JSON.stringify([type.group, type.version, type.resource, namespace, selectors]);
    const known = this.#watches.get(key);
    if (known !== undefined) return known;
    const watch = new SharedWatch(key, scope, this.#options);
    this.#watches.set(key, watch);
    watch.start(this.#signal);
    return watch;
  }

  #leave(policy: string, watch: SharedWatch): void {
    watch.users.delete(policy);
    if (watch.users.size > 0) return;
    this.#watches.delete(watch.key);
    void watch.stop();
  }
}

const statesBySeverity = ['missing', 'forbidden', 'failing', 'starting', 'healthy'] as const;

/** @param needed for each watch, the number of the read paths that the policy needs */
function viewOf(watches: readonly SharedWatch[], needed: readonly number[]): SourceView {
  return {
    get synced() {
      return watches.every((watch, index) => watch.holds(needed[index] ?? 0));
    },
    get state() {
      const states = watches.map((watch) => watch.state);
      const worst = statesBySeverity.map((kind) => states.find((state) => state.kind === kind));
      return worst.find((state) => state !== undefined) ?? { kind: 'starting' };
    },
    get size() {
      return watches.reduce((sum, watch) => sum + watch.store.size, 0);
    },
    get(namespace, name) {
      const key = objectKey({ namespace, name });
      return watches.map(({ store }) => store.get(key)).find((source) => source !== undefined);
    },
    *values() {
      for (const { store } of watches) yield* store.values();
    },
  };
}
