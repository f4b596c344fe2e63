import type { PediaClusterLifecycle } from '../../src/api/index.ts';
import type { Digest } from '../../src/reconcile/index.ts';
import { digestOf } from '../../src/reconcile/index.ts';
import { SharedTexts } from './shared-texts.ts';

/** What a lifecycle copies from its policy. */
type Copied = Omit<PediaClusterLifecycle['spec'], 'source'>;

/**
 * What lifecycles copy from their policy. All lifecycles of a policy have this part in common: it is kept once. Each edit
 * of a policy makes a new one: a copy is kept only while a lifecycle has it.
 */
export class SharedCopies {
  readonly #copies = new Map<Digest, WeakRef<Copied>>();
  readonly #texts = new SharedTexts();
  /** A lifecycle holds parts of its copy, not the copy itself. */
  readonly #ofLifecycle = new WeakMap<PediaClusterLifecycle, Copied>();
  readonly #gone = new FinalizationRegistry<Digest>((digest) => {
    if (this.#copies.get(digest)?.deref() === undefined) this.#copies.delete(digest);
  });

  /** The lifecycle with what it has in common with others. */
  share(lifecycle: PediaClusterLifecycle): PediaClusterLifecycle {
    const { source, ...own } = lifecycle.spec;
    for (const part of [lifecycle.metadata, source, lifecycle.status]) this.#texts.share(part);
    const copied = this.#shared(own);
    const shared = { ...lifecycle, spec: { source, ...copied } };
    this.#ofLifecycle.set(shared, copied);
    return shared;
  }

  #shared(own: Copied): Copied {
    const digest = digestOf(own);
    const known = this.#copies.get(digest)?.deref();
    if (known !== undefined) return known;
    this.#copies.set(digest, new WeakRef(own));
    this.#gone.register(own, digest);
    return own;
  }
}
