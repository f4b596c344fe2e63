import type { StoredObject } from '../../src/kube/index.ts';
import type { Digest, LocatedReference } from '../../src/reconcile/index.ts';

/** A source, with what shows whether anything that a template reads of it has changed. */
export interface FollowedSource {
  readonly object: StoredObject;
  readonly digest: Digest;
  /** Where the source was fetched from, if it is in no policy's cache. */
  readonly reference?: LocatedReference;
}
