import type { StoredPolicy } from '../../src/api/index.ts';
import { groupResource, PEDIA_CLUSTER } from '../../src/api/index.ts';
import type { Discovery } from '../../src/kube/index.ts';
import type { ControllerState } from '../state.ts';
import type { CrdNews } from './crds.ts';
import type { ReferenceWatches } from './reference-watches.ts';
import type { SourceWatches } from './source-watches.ts';

export interface KindChangesOptions {
  readonly state: ControllerState;
  readonly discovery: Discovery;
  readonly sources: SourceWatches;
  readonly references: ReferenceWatches;
}

/** After a CRD has changed, the API server is asked what it serves at once, and again after these delays. */
const crdRechecksMs = [1_000, 5_000, 30_000];

/** What follows from a change of a CRD: watches and policies of its kind look again. */
export class KindChanges {
  readonly #options: KindChangesOptions;
  readonly #state: ControllerState;
  /** Cancels the re-checks that are still due after a CRD's last change, by the CRD's name. */
  readonly #rechecks = new Map<string, () => void>();

  constructor(options: KindChangesOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  /** Cancels the re-checks that are still due. */
  stop(): void {
    for (const cancel of this.#rechecks.values()) cancel();
  }

  /** The API server starts to serve a changed CRD some time after it has stored it, and does not announce when. */
  onCrd({ group, resource, isGoing, isChanged }: CrdNews): void {
    if (isGoing || isChanged) this.#postponeDeletions(group, resource);
    if (isChanged)
      for (const name of this.#concerned(group, resource)) {
        const record = this.#state.record(name);
        record.schemasChanged = true;
        record.schemasChangedAt = this.#state.clock.monotonic();
      }
    const name = groupResource({ group, resource });
    this.#rechecks.get(name)?.();
    this.#rechecks.delete(name);
    if (!this.#recheck(group, resource)) return;
    const cancels = crdRechecksMs.map((delay) =>
      this.#state.clock.after(delay, () => {
        this.#readAgain(group, resource);
        this.#recheck(group, resource);
      }),
    );
    this.#rechecks.set(name, () => {
      for (const cancel of cancels) cancel();
    });
  }

  /**
   * A kind that goes takes its objects along, and both may be back before anybody notices. A schema that lost a field
   * takes that field from every object before the policy is judged again. So deletions wait.
   */
  #postponeDeletions(group: string, resource: string): void {
    for (const name of this.#state.caches.policy.names()) {
      const source = this.#state.policy(name)?.spec.source;
      if (source?.group === group && source.resource === resource)
        this.#state.record(name).breaker.postpone(this.#state.clock.monotonic());
    }
  }

  /** Asks the API server again what it serves, if somebody needs to know. Returns whether somebody does. */
  #recheck(group: string, resource: string): boolean {
    const { lifecycle, pediaCluster } = this.#state.caches;
    const ours = group === PEDIA_CLUSTER.group && resource === PEDIA_CLUSTER.resource;
    const concerned = this.#concerned(group, resource);
    if (!ours && concerned.length === 0) return false;
    this.#options.discovery.invalidate(group);
    this.#options.references.wake(group, resource);
    if (ours) {
      pediaCluster.wake();
      for (const name of lifecycle.names()) this.#state.enqueueLifecycle(name);
    }
    for (const name of concerned) {
      this.#options.sources.wake(name);
      this.#state.queues.policies.forget(name);
      this.#state.queues.policies.add(name);
    }
    return true;
  }

  /**
   * Reads sources again after their schema has changed: their resource versions stay the same, but their content may
   * differ.
   */
  #readAgain(group: string, resource: string): void {
    const since = this.#state.clock.monotonic() - Math.max(...crdRechecksMs) - 1_000;
    for (const name of this.#concerned(group, resource))
      if (this.#state.record(name).schemasChangedAt > since) this.#options.sources.refresh(name);
  }

  /** Policies that name a kind. */
  #concerned(group: string, resource: string): readonly string[] {
    const { policy } = this.#state.caches;
    return [...policy.names()].filter((name) => mentions(policy.get(name), group, resource));
  }
}

function mentions(policy: StoredPolicy | undefined, group: string, resource: string): boolean {
  if (policy === undefined) return false;
  const { source, references = [] } = policy.spec;
  return [source, ...references].some((kind) => kind.group === group && kind.resource === resource);
}
