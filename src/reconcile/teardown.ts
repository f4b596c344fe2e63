import type { ClusterImportPolicy, PediaClusterLifecycle } from '../api/index.ts';
import { ADOPT_BY_ANNOTATION, DELETION_PROTECTION_ANNOTATION, MADE_BY_ANNOTATION } from '../api/index.ts';
import type { Action } from './action.ts';
import { identityOf, patch, remove } from './action.ts';
import { owningPolicy, ownershipOf, withoutLifecycleOwner } from './ownership.ts';
import type { CachedPediaCluster } from './pedia-cluster.ts';
import { removeFinalizer } from './policy.ts';

export interface TeardownObservation {
  /** A lifecycle that is being deleted. */
  readonly lifecycle: PediaClusterLifecycle;
  readonly pediaCluster: CachedPediaCluster | undefined;
  /** Its policy; `undefined` if it is gone. */
  readonly policy: ClusterImportPolicy | undefined;
  /** Whether the CRD of the policies is being deleted or gone, and takes all policies along. */
  readonly isDefinitionGoing: boolean;
  /**
   * Whether the policy would create this lifecycle again: its source exists, is selected and has this name. `undefined`
   * if that is not known now.
   */
  readonly isWanted: boolean | undefined;
  /** Whether the policy has yet to look at its sources in its present form, after which it will know. */
  readonly isUndecided: boolean;
  /** Whether the deletion breaker has released the PediaCluster. */
  readonly isReleased: boolean;
}

export interface TeardownDecision {
  readonly actions: readonly Action[];
  /** The PediaCluster should be deleted, once the deletion breaker releases it. */
  readonly deletionWanted: boolean;
}

const wait: TeardownDecision = { actions: [], deletionWanted: false };

/**
 * Decides the next step of a lifecycle that is being deleted. Its PediaCluster
 *
 * - is handed over to the next lifecycle, unchanged, if the policy still wants it, or if the CRD is being deleted and
 *   so nobody asked the policy: somebody has deleted more than was meant;
 * - waits until the policy has looked at its sources, if that is about to happen;
 * - is released under `Orphan`;
 * - is deleted if its policy is being deleted or gone;
 * - otherwise is deleted once the breaker releases it.
 *
 * The finalizer is removed last.
 */
export function decideTeardown(observation: TeardownObservation): TeardownDecision {
  const { lifecycle, pediaCluster, policy, isReleased } = observation;
  const finalizer = removeFinalizer('lifecycle', lifecycle);
  if (finalizer === undefined) return wait;
  const ownership = pediaCluster === undefined ? undefined : ownershipOf(pediaCluster, lifecycle);
  if (pediaCluster === undefined || (ownership?.kind !== 'owned' && ownership?.kind !== 'inherited'))
    return { actions: [finalizer], deletionWanted: false };
  if (pediaCluster.metadata.deletionTimestamp !== undefined) return wait;
  const isPolicyGoing = policy === undefined || policy.metadata.deletionTimestamp !== undefined;
  // If it were handed over now and nobody wanted it, it would stay for ever.
  if (observation.isUndecided && !isPolicyGoing && !observation.isDefinitionGoing) return wait;
  const name = policy?.metadata.name ?? owningPolicy(lifecycle)?.name ?? '';
  if (isDeletedByMistake(observation)) {
    const marks = { [ADOPT_BY_ANNOTATION]: name, [MADE_BY_ANNOTATION]: name };
    return { actions: [letGo(pediaCluster, marks), finalizer], deletionWanted: false };
  }
  // The policy's present setting counts, even if the lifecycle has not been updated yet.
  if ((policy ?? lifecycle).spec.deletionPolicy === 'Orphan')
    return {
      actions: [letGo(pediaCluster, { [ADOPT_BY_ANNOTATION]: name }), finalizer],
      deletionWanted: false,
    };
  if (!isPolicyGoing && !isReleased) return { actions: [], deletionWanted: true };
  return { actions: [remove('pediaCluster', identityOf(pediaCluster))], deletionWanted: !isPolicyGoing };
}

function isDeletedByMistake({ policy, isDefinitionGoing, isWanted }: TeardownObservation): boolean {
  if (isDefinitionGoing) return true;
  if (policy === undefined) return false;
  if (policy.metadata.deletionTimestamp === undefined) return isWanted !== false;
  // The webhook refuses the deletion of a protected policy. Since it is being deleted, the webhook was not asked.
  return policy.metadata.annotations?.[DELETION_PROTECTION_ANNOTATION] === 'true';
}

/** Removes the lifecycle from the owners, and records in annotations who may take over the PediaCluster. */
function letGo(pediaCluster: CachedPediaCluster, annotations: { readonly [key: string]: string }): Action {
  const ownerReferences = withoutLifecycleOwner(pediaCluster.metadata.ownerReferences);
  return patch('pediaCluster', identityOf(pediaCluster), { metadata: { annotations, ownerReferences } });
}
