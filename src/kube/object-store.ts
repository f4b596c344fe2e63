import { deepFreeze, objectKey } from './object.ts';
import type { StoredObject } from './object.ts';
import { compareResourceVersions } from './resource-version.ts';

export type ReflectorEvent<T> =
  | { readonly type: 'added'; readonly key: string; readonly object: T }
  | { readonly type: 'modified'; readonly key: string; readonly object: T; readonly previous: T }
  /** `object` is the last state that was stored. */
  | { readonly type: 'deleted'; readonly key: string; readonly object: T };

/**
 * Returns what is kept of an object. @param isMetadata whether it comes from a watch that sends only metadata, while
 * lists send whole objects
 */
export type Projection<T> = (object: StoredObject, isMetadata: boolean) => T;

/** The uid and the version of a stored object. */
interface Version {
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * Deletions are remembered so that late events cannot bring an object back. Events arrive out of order only within
 * moments; this many deletions take longer than that.
 */
const MAX_TOMBSTONES = 1024;

/**
 * A local copy of a collection. It decides what each event changes, and does no I/O.
 *
 * Objects are identified by UID: an object that was deleted and created again under its name is one deletion and one
 * addition, however that becomes known. An event older than what is known changes nothing.
 */
export class ObjectStore<T> {
  readonly objects = new Map<string, T>();
  readonly #versions = new Map<string, Version>();
  /** Resource version of each remembered deletion, by UID; oldest first. */
  readonly #tombstones = new Map<string, string>();
  readonly #project: Projection<T>;
  readonly #emit: (event: ReflectorEvent<T>) => void;

  /** @param project returns what is kept of an object, which is then frozen */
  constructor(project: Projection<T>, emit: (event: ReflectorEvent<T>) => void) {
    this.#project = project;
    this.#emit = emit;
  }

  /** A watch reports that an object was added or modified. @param isMetadata only metadata was sent */
  upsert(object: StoredObject, isMetadata = false): void {
    const { uid, resourceVersion } = object.metadata;
    const buried = this.#tombstones.get(uid);
    // An object that no longer matches a selector is reported as deleted too. It may come back with the same UID and a
    // newer version.
    if (buried !== undefined && !isNewer(resourceVersion, buried)) return;
    const known = this.#versions.get(objectKey(object.metadata));
    if (known?.uid === uid && !isNewer(resourceVersion, known.resourceVersion)) return;
    this.#put(object, this.#project(object, isMetadata));
  }

  /**
   * Adds what a metadata watch does not send of an object. Counts only for exactly the version that is stored.
   *
   * @param kept what is kept of the object
   */
  supplement(object: StoredObject, kept: T): void {
    const { uid, resourceVersion } = object.metadata;
    const known = this.#versions.get(objectKey(object.metadata));
    if (known?.uid === uid && known.resourceVersion === resourceVersion) this.#put(object, kept);
  }

  /** A watch reports that an object is gone, or no longer selected. */
  remove(object: StoredObject): void {
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
   * Takes a list of the whole collection, page by page. Objects of a page count at once. `commit`, and nothing else,
   * deletes the objects that were on no page. A list is always right, even if its versions are lower than those known
   * (etcd may have been restored from a backup).
   *
   * @param anew projects unchanged objects again, too
   */
  replace(anew = false): { add(object: StoredObject): void; commit(): void } {
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

  #put(object: StoredObject, kept: T): void {
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

/** Versions without an order count as newer if they differ, so events are taken as they arrive. */
function isNewer(resourceVersion: string, known: string): boolean {
  return (compareResourceVersions(resourceVersion, known) ?? 1) > 0;
}
