import type { PediaClusterLifecycle, StoredPolicy } from '../../src/api/index.ts';
import type { StoredObject } from '../../src/kube/index.ts';
import type { CachedPediaCluster } from '../../src/reconcile/index.ts';
import {
  conditionalDeletionId,
  owningPolicy,
  pediaClusterState,
  recordedOutcome,
  sameJson,
  sourceOf,
} from '../../src/reconcile/index.ts';
import type { ControllerState } from '../state.ts';

/** What follows from a change of an object: records of policies are kept up to date, and keys are queued. */
export class ObjectChanges {
  readonly #state: ControllerState;

  constructor(state: ControllerState) {
    this.#state = state;
  }

  onPolicy(name: string, before: StoredPolicy | undefined, after: StoredPolicy | undefined): void {
    if (before === undefined || after === undefined || !sameJson(rulesOf(before), rulesOf(after)))
      this.#state.enqueuePolicy(name);
    // The change may come from another writer.
    else if (!sameJson(before.status, after.status)) this.#state.touchPolicy(name);
  }

  onSource(policies: Iterable<string>, object: StoredObject): void {
    for (const policy of policies) {
      const { active, members } = this.#state.record(policy);
      // A policy that has yet to look at all of its sources will come to this one by itself.
      if (active?.evaluated !== true) continue;
      const source = members.source(active.keyOf(object));
      this.#state.enqueueSource(source);
      for (const lifecycle of source.lifecycles) this.#state.enqueueLifecycle(lifecycle);
    }
  }

  onLifecycle(
    name: string,
    before: PediaClusterLifecycle | undefined,
    after: PediaClusterLifecycle | undefined,
    own: boolean,
  ): void {
    if (before !== undefined) this.#state.recordOf(before)?.members.deleteLifecycle(name, sourceOf(before));
    if (after !== undefined) this.#state.recordOf(after)?.members.addLifecycle(name, sourceOf(after));
    const policy = after === undefined ? undefined : owningPolicy(after)?.name;
    const formerPolicy = before === undefined ? undefined : owningPolicy(before)?.name;
    if (formerPolicy !== undefined && formerPolicy !== policy) {
      const { progress } = this.#state.record(formerPolicy);
      // Its key may still be queued; when its turn comes, the policy it belonged to is no longer known.
      progress.lifecycles.dropped(name);
      progress.setLifecycle(name, undefined);
      this.#state.touchPolicy(formerPolicy);
    }
    const isStatusOnly =
      before !== undefined && after !== undefined && sameJson(rulesOf(before), rulesOf(after));
    // The controller already knows a status that it has just written itself.
    if (!own || !isStatusOnly) this.#state.enqueueLifecycle(name);
    if (after !== undefined && policy !== undefined && formerPolicy !== policy) {
      this.#state.record(policy).progress.setLifecycle(name, recordedOutcome(after));
    }
    if (isStatusOnly) return;
    if (before !== undefined && after?.metadata.uid !== before.metadata.uid)
      this.#lifecycleGone(name, before);
    const source = after === undefined ? undefined : this.#state.sourceOf(after);
    // The controller wrote this lifecycle while it reconciled the source, so the source needs no further look.
    if (source !== undefined && !own) this.#state.enqueueSource(source);
    for (const claimant of this.#state.claims.claimants(name))
      if (!own || claimant !== source) this.#state.enqueueSource(claimant);
  }

  #lifecycleGone(name: string, lifecycle: PediaClusterLifecycle): void {
    const record = this.#state.recordOf(lifecycle);
    if (record === undefined) return;
    const { name: policy, breaker, progress, members } = record;
    breaker.unwant(lifecycle.metadata.uid);
    breaker.unwant(conditionalDeletionId(lifecycle));
    progress.setLifecycle(name, undefined);
    this.#state.enqueueSource(members.source(sourceOf(lifecycle)));
    // When the last lifecycle of a policy that is being deleted is gone, the policy can be released.
    if (members.lifecycles.size === 0 && this.#state.policy(policy)?.metadata.deletionTimestamp !== undefined)
      this.#state.enqueuePolicy(policy);
  }

  onPediaCluster(
    name: string,
    before: CachedPediaCluster | undefined,
    after: CachedPediaCluster | undefined,
    own: boolean,
  ): void {
    // The lifecycle's reconciliation has just written it.
    if (own || sameJson(pediaClusterState(before), pediaClusterState(after))) return;
    this.#state.enqueueLifecycle(name);
  }
}

/** The parts of an object that the controller acts on; its status is not among them. */
function rulesOf({
  metadata,
}: Pick<StoredObject, 'metadata'> | StoredPolicy | PediaClusterLifecycle): unknown {
  const { uid, generation, deletionTimestamp, finalizers, ownerReferences, annotations } = metadata;
  return [uid, generation, deletionTimestamp, finalizers, ownerReferences, annotations];
}
