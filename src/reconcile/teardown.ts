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
  /** Its policy; `undefined` where that is gone. */
  readonly policy: ClusterImportPolicy | undefined;
  /** Whether the definition of the policies is going or gone, and takes everything along. */
  readonly isDefinitionGoing: boolean;
  /**
   * Whether the policy would make this lifecycle again: its source is there, is selected and has this name. `undefined`
   * where that is not known now.
   */
  readonly isWanted: boolean | undefined;
  /** Whether the policy has yet to look at its sources in its present form: then it will know. */
  readonly isUndecided: boolean;
  /** Whether the deletion breaker lets the PediaCluster go. */
  readonly isReleased: boolean;
}

export interface TeardownDecision {
  readonly actions: readonly Action[];
  /** The PediaCluster should go, once the deletion breaker lets it. */
  readonly deletionWanted: boolean;
}

const WAIT: TeardownDecision = { actions: [], deletionWanted: false };

/**
 * Decides the next step of a lifecycle that is being deleted. What it owns:
 *
 * - is handed over to the next lifecycle, unharmed, where the policy wants it still, or is not asked because its
 *   definition is being deleted: somebody has deleted more than was meant;
 * - waits for the policy to look at its sources, where that is about to happen;
 * - is let go under `Orphan`;
 * - goes, where its policy goes, or has gone;
 * - goes through the breaker otherwise.
 *
 * The finalizer comes off last.
 */
export function decideTeardown(observation: TeardownObservation): TeardownDecision {
  const { lifecycle, pediaCluster, policy, isReleased } = observation;
  const finalizer = removeFinalizer('lifecycle', lifecycle);
  if (finalizer === undefined) return WAIT;
  const ownership = pediaCluster === undefined ? undefined : ownershipOf(pediaCluster, lifecycle);
  if (pediaCluster === undefined || (ownership?.kind !== 'owned' && ownership?.kind !== 'inherited'))
    return { actions: [finalizer], deletionWanted: false };
  if (pediaCluster.metadata.deletionTimestamp !== undefined) return WAIT;
  const isPolicyGoing = policy === undefined || policy.metadata.deletionTimestamp !== undefined;
  // Handed over now, it would stay for good where it turns out that nobody wants it.
  if (observation.isUndecided && !isPolicyGoing && !observation.isDefinitionGoing) return WAIT;
  const name = policy?.metadata.name ?? owningPolicy(lifecycle)?.name ?? '';
  if (isDeletedByMistake(observation)) {
    const marks = { [ADOPT_BY_ANNOTATION]: name, [MADE_BY_ANNOTATION]: name };
    return { actions: [letGo(pediaCluster, marks), finalizer], deletionWanted: false };
  }
  // What the policy says now counts, though the lifecycle may not have been told yet.
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
  // The webhook refuses the deletion of a protected policy, so it was not asked.
  return policy.metadata.annotations?.[DELETION_PROTECTION_ANNOTATION] === 'true';
}

/** Takes the lifecycle off the owners, and says by annotations who may have the PediaCluster next. */
function letGo(pediaCluster: CachedPediaCluster, annotations: { readonly [key: string]: string }): Action {
  const ownerReferences = withoutLifecycleOwner(pediaCluster.metadata.ownerReferences);
  return patch('pediaCluster', identityOf(pediaCluster), { metadata: { annotations, ownerReferences } });
}
