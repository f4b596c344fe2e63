import { deepFreeze, objectKey, type KubeObject } from './object.ts';
import { compareResourceVersions } from './resource-version.ts';

export type ReflectorEvent<T> =
  | { readonly type: 'added'; readonly key: string; readonly object: T }
  | { readonly type: 'modified'; readonly key: string; readonly object: T; readonly previous: T }
  /** `object` is the last state that was stored. */
  | { readonly type: 'deleted'; readonly key: string; readonly object: T };

/** What is kept of an object. @param isMetadata whether it comes from a watch that tells no more, where lists do */
export type Projection<T> = (object: KubeObject, isMetadata: boolean) => T;

/** Which incarnation of an object is stored, and which version of it. */
interface Version {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Deletions remembered against events that arrive late. Out-of-order delivery spans moments; so many deletions outlast it. */
const MAX_TOMBSTONES = 1024;

/**
 * A local copy of a collection, and what each piece of news about it changes. Does no I/O.
 *
 * Objects are told apart by UID: an object deleted and created again under its name is one deletion and one addition,
 * however that is learnt. News that is older than what is known changes nothing.
 */
export class ObjectStore<T> {
  readonly objects = new Map<string, T>();
  readonly #versions = new Map<string, Version>();
  /** Resource version of each remembered deletion, by UID; oldest first. */
  readonly #tombstones = new Map<string, string>();
  readonly #project: Projection<T>;
  readonly #emit: (event: ReflectorEvent<T>) => void;

  /** @param project What is kept of an object; it is then frozen. */
  constructor(project: Projection<T>, emit: (event: ReflectorEvent<T>) => void) {
    this.#project = project;
    this.#emit = emit;
  }

  /** A watch says that an object was added or modified. @param isMetadata no more of it was sent */
  upsert(object: KubeObject, isMetadata = false): void {
    const { uid, resourceVersion } = object.metadata;
    const buried = this.#tombstones.get(uid);
    // An object that left a selector's reach is reported deleted too, and may come back under its UID, with a newer version.
    if (buried !== undefined && !isNewer(resourceVersion, buried)) return;
    const known = this.#versions.get(objectKey(object.metadata));
    if (known?.uid === uid && !isNewer(resourceVersion, known.resourceVersion)) return;
    this.#put(object, this.#project(object, isMetadata));
  }

  /**
   * More is known of an object than a watch by metadata has told; counts only for the very version that is stored.
   *
   * @param kept what is kept of it
   */
  supplement(object: KubeObject, kept: T): void {
    const { uid, resourceVersion } = object.metadata;
    const known = this.#versions.get(objectKey(object.metadata));
    if (known?.uid === uid && known.resourceVersion === resourceVersion) this.#put(object, kept);
  }

  /** A watch says that an object is gone, or no longer selected. */
  remove(object: KubeObject): void {
    const { uid, resourceVersion } = object.metadata;
    const key = objectKey(object.metadata);
    this.#bury(uid, resourceVersion);
    const known = this.#versions.get(key);
    if (known === undefined || known.uid !== uid) return;
    const age = compareResourceVersions(resourceVersion, known.resourceVersion);
    if (age !== undefined && age < 0) return;
    this.#drop(key);
  }

  /**
   * Takes a list of the whole collection, page by page. What a page holds counts at once; what no page held is deleted by
   * `commit`, and only then. A list is the truth: it counts even where its versions are lower than those known (etcd may
   * have been restored from a backup).
   *
   * @param anew Projects even what has not changed.
   */
  replace(anew = false): { add(object: KubeObject): void; commit(): void } {
    const listed = new Set<string>();
    return {
      add: (object) => {
        const key = objectKey(object.metadata);
        const known = this.#versions.get(key);
        listed.add(key);
        this.#tombstones.delete(object.metadata.uid);
        const same =
          known?.uid === object.metadata.uid && known.resourceVersion === object.metadata.resourceVersion;
        if (!same || anew || object.metadata.resourceVersion === '')
          this.#put(object, this.#project(object, false));
      },
      commit: () => {
        for (const key of [...this.objects.keys()]) if (!listed.has(key)) this.#drop(key);
      },
    };
  }

  #put(object: KubeObject, kept: T): void {
    const key = objectKey(object.metadata);
    const { uid, resourceVersion } = object.metadata;
    const projected = deepFreeze(kept);
    const known = this.#versions.get(key);
    if (known !== undefined && known.uid !== uid) {
      this.#bury(known.uid, known.resourceVersion);
      this.#drop(key);
    }
    const existed = this.objects.has(key);
    const previous = this.objects.get(key);
    this.objects.set(key, projected);
    this.#versions.set(key, { uid, resourceVersion });
    this.#emit(
      existed
        ? { type: 'modified', key, object: projected, previous: previous as T }
        : { type: 'added', key, object: projected },
    );
  }

  #drop(key: string): void {
    if (!this.objects.has(key)) return;
    const object = this.objects.get(key) as T;
    this.objects.delete(key);
    this.#versions.delete(key);
    this.#emit({ type: 'deleted', key, object });
  }

  #bury(uid: string, resourceVersion: string): void {
    this.#tombstones.delete(uid);
    this.#tombstones.set(uid, resourceVersion);
    if (this.#tombstones.size <= MAX_TOMBSTONES) return;
    for (const oldest of this.#tombstones.keys()) {
      this.#tombstones.delete(oldest);
      break;
    }
  }
}

/** Versions without an order count as newer when they differ: news is then taken as it comes. */
function isNewer(resourceVersion: string, known: string): boolean {
  return (compareResourceVersions(resourceVersion, known) ?? 1) > 0;
}
