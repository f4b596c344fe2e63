import type { PediaClusterLifecycle, StoredPolicy } from '../../src/api/index.ts';
import type { Clock, KubeClient, StoredObject, ReflectorState } from '../../src/kube/index.ts';
import { Reflector, compareResourceVersions, withoutManagedFields } from '../../src/kube/index.ts';
import type { CachedPediaCluster, OwnKind } from '../../src/reconcile/index.ts';
import {
  OWN_RESOURCES,
  observePediaCluster,
  observePediaClusterMetadata,
} from '../../src/reconcile/index.ts';
import { SharedCopies } from './shared-copies.ts';

/** What the caches keep of each kind that the controller writes. */
export interface OwnObject {
  policy: StoredPolicy;
  lifecycle: PediaClusterLifecycle;
  pediaCluster: CachedPediaCluster;
}

/**
 * An object of the cache has changed: `before` is `undefined` if it did not exist, `after` if it does not exist now.
 *
 * @param own whether the change is the answer to a write of this controller
 */
export type ChangeListener<T> = (
  name: string,
  before: T | undefined,
  after: T | undefined,
  own: boolean,
) => void;

export interface OwnObjectsOptions<K extends OwnKind> {
  readonly client: KubeClient;
  readonly kind: K;
  readonly onChange: ChangeListener<OwnObject[K]>;
  readonly onError: (error: Error) => void;
  readonly onState?: (state: ReflectorState) => void;
}

/**
 * Objects of these kinds are kilobytes large, and little of them is kept. A page is some hundred kilobytes; two are held at
 * once, as text and as objects.
 */
const PAGE_SIZE = 25;
/** Answers to writes are forgotten if the watch has not delivered them by this time. */
const MAX_AHEAD_MS = 30_000;

interface Ahead<T> {
  readonly object: T;
  readonly cancel: () => void;
}

/**
 * The cluster-scoped objects of one kind that the controller writes, by name. An entry is what the watch has delivered
 * or, if the controller has written since, the API server's answer to that. So no decision uses an object older than
 * the controller's own last write, and the echo of a write is not a change.
 */
export class OwnObjects<K extends OwnKind> {
  readonly #reflector: Reflector<OwnObject[K]>;
  readonly #ahead = new Map<string, Ahead<OwnObject[K]>>();
  readonly #project: Project<OwnObject[K]>;
  readonly #onChange: ChangeListener<OwnObject[K]>;
  readonly #clock: Clock;
  /** The newest version of any object that the watch has delivered. */
  #delivered = '';

  constructor({ client, kind, onChange, onError, onState }: OwnObjectsOptions<K>) {
    this.#clock = client.clock;
    this.#onChange = onChange;
    this.#project = projectionOf(kind);
    this.#reflector = new Reflector<OwnObject[K]>({
      client,
      resource: OWN_RESOURCES[kind],
      pageSize: PAGE_SIZE,
      // Clusterpedia often writes statuses, of any size. Of a spec, it is enough to know when it changes.
      watchMetadataOnly: kind === 'pediaCluster',
      project: (object, isMetadata) => {
        this.#deliveredVersion(object.metadata.resourceVersion);
        const known = isMetadata ? this.get(object.metadata.name) : undefined;
        return this.#writtenAs(object) ?? this.#project(object, isMetadata, known);
      },
      onEvent: (event) => {
        if (event.type === 'deleted') this.#onDeleted(event.key, event.object);
        else
          this.#onDelivered(event.key, event.object, event.type === 'modified' ? event.previous : undefined);
      },
      onError,
      ...(onState === undefined ? {} : { onState }),
    });
  }

  get synced(): boolean {
    return this.#reflector.synced;
  }

  get state(): ReflectorState {
    return this.#reflector.state;
  }

  /** The kind may be served now: do not wait until the back-off ends. */
  wake(): void {
    this.#reflector.wake();
  }

  start(signal: AbortSignal): void {
    this.#reflector.start(signal);
  }

  whenSynced(signal: AbortSignal): Promise<void> {
    return this.#reflector.whenSynced(signal);
  }

  stop(): Promise<void> {
    for (const { cancel } of this.#ahead.values()) cancel();
    return this.#reflector.stop();
  }

  get(name: string): OwnObject[K] | undefined {
    return this.#ahead.get(name)?.object ?? this.#reflector.store.get(name);
  }

  /** Names of all objects. */
  names(): Iterable<string> {
    return this.#reflector.store.keys();
  }

  /** How many there are. */
  get size(): number {
    return this.#reflector.store.size;
  }

  /**
   * Takes the API server's answer to a write of this controller, or to a read of an object whose metadata alone was
   * watched.
   *
   * @returns what is kept of it
   */
  remember(answer: StoredObject): OwnObject[K] {
    const { name, resourceVersion, deletionTimestamp, finalizers = [] } = answer.metadata;
    const object = this.#project(answer, false);
    const stored = this.#reflector.store.get(name);
    if (stored !== undefined && stored.spec === undefined) this.#reflector.supplement(answer, object);
    const order = compareResourceVersions(resourceVersion, this.#delivered);
    if (order !== undefined && order <= 0) return object;
    // The object is gone by now; the watch will report that.
    if (deletionTimestamp !== undefined && finalizers.length === 0) return object;
    const before = this.get(name);
    this.#ahead.get(name)?.cancel();
    const cancel = this.#clock.after(MAX_AHEAD_MS, () => {
      this.#ahead.delete(name);
      this.#onChange(name, object, this.#reflector.store.get(name), false);
    });
    this.#ahead.set(name, { object, cancel });
    this.#onChange(name, before, object, true);
    return object;
  }

  /** What was kept of the answer to the write that made exactly this version of an object. */
  #writtenAs({ metadata }: StoredObject): OwnObject[K] | undefined {
    const written = this.#ahead.get(metadata.name)?.object;
    const isSame = written?.metadata.uid === metadata.uid && versionOf(written) === metadata.resourceVersion;
    return isSame ? written : undefined;
  }

  #onDelivered(name: string, object: OwnObject[K], previous: OwnObject[K] | undefined): void {
    const ahead = this.#ahead.get(name);
    if (ahead === undefined) {
      this.#onChange(name, previous, object, false);
      return;
    }
    const order = compareResourceVersions(versionOf(object), versionOf(ahead.object));
    if (order !== undefined && order < 0) return;
    this.#caughtUp(name, ahead);
    // The echo of the controller's own write is not a change.
    if (order !== 0) this.#onChange(name, ahead.object, object, false);
  }

  #onDeleted(name: string, object: OwnObject[K]): void {
    const ahead = this.#ahead.get(name);
    if (ahead !== undefined && ahead.object.metadata.uid !== object.metadata.uid) return;
    if (ahead !== undefined) this.#caughtUp(name, ahead);
    this.#onChange(name, ahead?.object ?? object, undefined, false);
  }

  #caughtUp(name: string, ahead: Ahead<OwnObject[K]>): void {
    ahead.cancel();
    this.#ahead.delete(name);
  }

  #deliveredVersion(version: string): void {
    const order = compareResourceVersions(version, this.#delivered);
    if (order === undefined || order > 0) this.#delivered = version;
  }
}

const versionOf = (
  object: { readonly metadata: { readonly resourceVersion?: string } } | undefined,
): string => object?.metadata.resourceVersion ?? '';

/** Reduces an object to what is kept. @param known what was kept of it so far, if only its metadata was sent */
type Project<T> = (object: StoredObject, isMetadata: boolean, known?: T) => T;

function projectionOf<K extends OwnKind>(kind: K): Project<OwnObject[K]> {
  const copies = new SharedCopies();
  const projections: { readonly [P in OwnKind]: Project<OwnObject[P]> } = {
    policy: (object) => withoutManagedFields(object) as StoredPolicy & StoredObject,
    lifecycle: (object) => copies.share(withoutManagedFields(object) as PediaClusterLifecycle & StoredObject),
    pediaCluster: (object, isMetadata, known) =>
      isMetadata ? observePediaClusterMetadata(object, known) : observePediaCluster(object),
  };
  return projections[kind];
}
