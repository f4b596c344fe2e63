import type { ClusterImportPolicyStatus, StoredObject, StoredPolicy } from '../api/index.ts';
import { ALLOW_DELETIONS_ANNOTATION, FINALIZER, PREDECESSOR_FINALIZERS } from '../api/index.ts';
import type { Action } from './action.ts';
import { identityOf, patch, patchStatus } from './action.ts';
import type { ConditionState, PolicyConditionType } from './condition.ts';
import type { Reason } from './reasons.ts';
import { isStalling, remedyOf } from './reasons.ts';
import { conditionOf, mergeConditions } from './condition.ts';
import { sameJson } from './fingerprint.ts';
import type { Problem } from './problem.ts';

type PolicyCondition = ConditionState<PolicyConditionType>;

/** How much is known of a policy's sources. */
export type SourcesState =
  /** All of them are known, in this version. */
  | { readonly kind: 'synced'; readonly version: string }
  | { readonly kind: 'syncing'; readonly version: string }
  /** They cannot be read at present: the kind is not served, or listing it is forbidden. */
  | { readonly kind: 'unavailable'; readonly problem: Problem };

/** The counts of a policy's results. */
export interface PolicyCounts {
  readonly sources: number;
  readonly selected: number;
  readonly lifecycles: number;
  readonly pediaClusters: number;
  /** How many PediaClusters Clusterpedia reports as reachable. */
  readonly reachable: number;
  readonly waiting: number;
  readonly failed: number;
}

export interface PolicyObservation {
  readonly policy: StoredPolicy;
  /** What is wrong with the policy's templates. */
  readonly invalid: Problem | undefined;
  readonly sources: SourcesState;
  readonly counts: PolicyCounts;
  /** One of the failures, for people to read. */
  readonly exampleFailure: string | undefined;
  /** Whether sources or lifecycles of the policy are still being worked on. */
  readonly working: boolean;
  /** How many deletions the breaker holds. */
  readonly held: number;
}

/**
 * The status that a policy should have:
 *
 * - `Validated`: its templates compile;
 * - `Reconciling`: work is under way (kstatus: true only while it is);
 * - `Stalled`: somebody must do something (kstatus: failed);
 * - `Ready`: everything selected is as the policy wants it.
 *
 * @returns the patch of the status, or `undefined` if it is up to date
 */
export function decidePolicyStatus(observation: PolicyObservation, now: Date): Action | undefined {
  const { policy, invalid, sources, counts, held } = observation;
  const generation = policy.metadata.generation ?? 0;
  const conditions = mergeConditions(
    policy.status?.conditions,
    [validated(invalid), reconciling(observation), stalled(observation), ready(observation)],
    generation,
    now,
  );
  const status: ClusterImportPolicyStatus = {
    observedGeneration: generation,
    conditions,
    ...counts,
    ...(sources.kind === 'unavailable'
      ? policy.status?.version === undefined
        ? {}
        : { version: policy.status.version }
      : { version: sources.version }),
    heldDeletions: held,
  };
  if (sameJson(policy.status, status)) return undefined;
  return patchStatus('policy', identityOf(policy), status);
}

function validated(invalid: Problem | undefined): PolicyCondition {
  return invalid === undefined
    ? { type: 'Validated', status: 'True', reason: 'Valid', message: 'the templates compile' }
    : { type: 'Validated', status: 'False', reason: invalid.reason, message: invalid.message };
}

function reconciling(observation: PolicyObservation): PolicyCondition {
  const { policy, invalid, sources, working, held } = observation;
  const type = 'Reconciling';
  const no = (reason: Reason, message: string): PolicyCondition => ({
    type,
    status: 'False',
    reason,
    message,
  });
  const yes = (reason: Reason, message: string): PolicyCondition => ({
    type,
    status: 'True',
    reason,
    message,
  });
  if (policy.spec.suspend === true) return no('Suspended', 'spec.suspend is true');
  if (policy.metadata.deletionTimestamp !== undefined)
    return yes('Deleting', 'its lifecycles are being deleted');
  if (invalid !== undefined) return no(invalid.reason, 'waits for a valid policy');
  if (sources.kind === 'unavailable') return no(sources.problem.reason, 'waits for the source kind');
  if (sources.kind === 'syncing') return yes('ListingSources', 'the sources are being listed');
  if (held > 0) return no('DeletionHeld', 'deletions wait for an admin');
  return working
    ? yes('Progressing', 'sources are being reconciled')
    : no('Settled', 'nothing is left to do');
}

function ready(observation: PolicyObservation): PolicyCondition {
  const { policy, invalid, sources, working, counts, exampleFailure, held } = observation;
  const type = 'Ready';
  const no = (reason: Reason, message: string): PolicyCondition => ({
    type,
    status: 'False',
    reason,
    message,
  });
  if (policy.spec.suspend === true) {
    // A suspended policy counts as ready, because kstatus takes anything but True for work in progress.
    return {
      type,
      status: 'True',
      reason: 'Suspended',
      message: 'spec.suspend is true: nothing is kept up to date',
    };
  }
  if (policy.metadata.deletionTimestamp !== undefined) return no('Deleting', 'the policy is being deleted');
  if (invalid !== undefined)
    return no(
      invalid.reason,
      'nothing new is imported until the policy is valid; what was made before is followed',
    );
  if (sources.kind === 'unavailable') return no(sources.problem.reason, sources.problem.message);
  if (sources.kind === 'syncing') return no('ListingSources', 'the sources are being listed');
  if (held > 0) return no('DeletionHeld', heldMessage(held));
  if (counts.failed > 0) {
    const example = exampleFailure === undefined ? '' : `: ${exampleFailure}`;
    return no('Failed', `${String(counts.failed)} of ${String(counts.sources)} sources failed${example}`);
  }
  const before = conditionOf(policy.status?.conditions, type);
  const fresh = before?.observedGeneration === (policy.metadata.generation ?? 0);
  // Ordinary work on single sources does not make a ready policy unready.
  if (working && !(fresh && before.status === 'True'))
    return no('Progressing', 'sources are being reconciled');
  return {
    type,
    status: 'True',
    reason: 'Settled',
    message: 'every selected source is imported or waits for its condition',
  };
}

/** Whether somebody must do something, derived from the reason why the policy is not ready. */
function stalled(observation: PolicyObservation): PolicyCondition {
  const { status, reason } = ready(observation);
  const type = 'Stalled';
  if (status === 'True' || !isStalling(reason))
    return { type, status: 'False', reason, message: 'nobody need do anything' };
  return { type, status: 'True', reason, message: remedyOf(reason) };
}

/** What to do about held deletions. */
export function heldMessage(held: number): string {
  return (
    `${String(held)} deletions are held, for they are too many at once; ` +
    `to let them go, annotate the policy with ${ALLOW_DELETIONS_ANNOTATION}=${String(held)}`
  );
}

/**
 * Adds the finalizer. Without it a policy could be removed before the objects that it made. `undefined` if it is there.
 */
export function addFinalizer(policy: StoredPolicy): Action | undefined {
  const { finalizers = [], deletionTimestamp } = policy.metadata;
  if (deletionTimestamp !== undefined || finalizers.includes(FINALIZER)) return undefined;
  return patch('policy', identityOf(policy), { metadata: { finalizers: [...finalizers, FINALIZER] } });
}

/** Removes the finalizer from a policy whose lifecycles are gone. `undefined` if there is none. */
export function removePolicyFinalizer(policy: StoredPolicy): Action | undefined {
  return removeFinalizer('policy', policy);
}

const removed: readonly string[] = [FINALIZER, ...PREDECESSOR_FINALIZERS];

/** Removes the finalizers of this project and of its predecessor from an object. `undefined` if there is none. */
export function removeFinalizer(
  kind: 'policy' | 'lifecycle',
  object: Pick<StoredObject, 'metadata'>,
): Action | undefined {
  const { finalizers = [] } = object.metadata;
  const others = finalizers.filter((finalizer) => !removed.includes(finalizer));
  if (others.length === finalizers.length) return undefined;
  return patch(kind, identityOf({ metadata: object.metadata }), {
    metadata: { finalizers: others.length === 0 ? null : others },
  });
}

/**
 * Removes the allowance from a policy after its use: it was given for the deletions that were held, not for later ones.
 */
export function withdrawAllowance(policy: StoredPolicy): Action | undefined {
  if (policy.metadata.annotations?.[ALLOW_DELETIONS_ANNOTATION] === undefined) return undefined;
  return patch('policy', identityOf(policy), {
    metadata: { annotations: { [ALLOW_DELETIONS_ANNOTATION]: null } },
  });
}
