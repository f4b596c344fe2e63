import type { Condition, KubeObject, PediaClusterLifecycle, RenderedPediaCluster } from '../api/index.ts';
import { ADOPT_BY_ANNOTATION, MADE_BY_ANNOTATION, shorten } from '../api/index.ts';
import type { CompiledLifecycle } from '../policy/index.ts';
import type { Action } from './action.ts';
import { create, identityOf, patch, patchStatus, remove } from './action.ts';
import type { ConditionState, LifecycleConditionType } from './condition.ts';
import { conditionOf, mergeConditions } from './condition.ts';
import { lossOf, standaloneProblem } from './credentials.ts';
import { sameJson } from './fingerprint.ts';
import type { Ownership } from './ownership.ts';
import { lifecycleOwner, owningPolicy, ownershipOf, withOwner } from './ownership.ts';
import type { CachedPediaCluster, ObservedPediaCluster, PediaClusterChanges } from './pedia-cluster.ts';
import { changesOf, newPediaCluster, withPolicyLabel } from './pedia-cluster.ts';
import type { Problem } from './problem.ts';
import { failure, problemOf, waiting } from './problem.ts';
import type { Reason } from './reasons.ts';
import { remedyOf } from './reasons.ts';
import type { ReferenceResolution } from './references.ts';
import { describeReference, referenceStatus } from './references.ts';

export type LifecycleCondition = ConditionState<LifecycleConditionType>;

/** The result of a lifecycle's templates for its source. */
export type Rendering =
  | { readonly kind: 'rendered'; readonly pediaCluster: RenderedPediaCluster }
  /** The PediaCluster should not exist (any more), although its source does. */
  | { readonly kind: 'unwanted' }
  /** There is no PediaCluster yet, and the creation condition does not hold. */
  | { readonly kind: 'not-yet' }
  | { readonly kind: 'problem'; readonly problem: Problem };

/**
 * Applies a lifecycle's conditions and its template.
 *
 * @param exists whether the PediaCluster exists; then the creation condition does not matter
 * @param allowedCommands programs that a kubeconfig may have Clusterpedia run
 */
export function renderLifecycle(
  compiled: CompiledLifecycle,
  source: KubeObject,
  references: ReferenceResolution,
  exists: boolean,
  allowedCommands: readonly string[] = [],
): Rendering {
  const { objects, missing, problem } = references;
  if (problem !== undefined) return { kind: 'problem', problem };
  try {
    if (missing.length === 0 && compiled.deletionConditionHolds(source, objects)) return { kind: 'unwanted' };
    if (!exists && !compiled.creationConditionHolds(source, objects)) return { kind: 'not-yet' };
    if (missing.length > 0) return { kind: 'problem', problem: missingReference(references, exists) };
    // No PediaCluster is created from a source that is being deleted.
    if (!exists && source.metadata.deletionTimestamp !== undefined)
      return { kind: 'problem', problem: waiting('SourceDeleting', 'the source is being deleted') };
    const pediaCluster = compiled.render(source, objects);
    const alone = standaloneProblem(pediaCluster, [source, ...Object.values(objects)], allowedCommands);
    return alone === undefined ? { kind: 'rendered', pediaCluster } : { kind: 'problem', problem: alone };
  } catch (error) {
    // A template may fail because a referenced object is missing. Then the missing object is the problem to report.
    const found = problemOf(error);
    return { kind: 'problem', problem: missing.length > 0 ? missingReference(references, exists) : found };
  }
}

/** Names what is missing: `secrets "default/oslo-credentials"`, or the reference if its object has no name yet. */
function missingReference({ missing, located }: ReferenceResolution, exists: boolean): Problem {
  const known = missing.flatMap((key) => located.filter((reference) => reference.key === key));
  const nameless = missing.filter((key) => !located.some((reference) => reference.key === key));
  const message = [
    ...known.map((reference) => `${describeReference(reference)} does not exist`),
    ...nameless.map((key) => `the reference "${key}" has no name yet`),
  ].join(', ');
  return exists ? failure('ReferenceNotFound', message) : waiting('ReferenceNotFound', message);
}

export interface LifecycleObservation {
  readonly lifecycle: PediaClusterLifecycle;
  readonly pediaCluster: ObservedPediaCluster | undefined;
  readonly references: ReferenceResolution;
  readonly rendering: Rendering;
  /** Whether the deletion breaker has released the PediaCluster. */
  readonly deletionReleased: boolean;
}

export interface LifecycleDecision {
  readonly actions: readonly Action[];
  /** The PediaCluster should be deleted, once the deletion breaker releases it. */
  readonly deletionWanted: boolean;
  readonly conditions: readonly LifecycleCondition[];
  readonly problem?: Problem;
}

/** Decides what happens to the PediaCluster of a lifecycle that is not being deleted. */
export function decideLifecycle(observation: LifecycleObservation): LifecycleDecision {
  const decision = decide(observation);
  return { ...decision, conditions: [...decision.conditions, reachable(observation.pediaCluster)] };
}

/** The state that Clusterpedia reports of the PediaCluster, in this project's words. */
function reachable(pediaCluster: CachedPediaCluster | undefined): LifecycleCondition {
  const type = 'Reachable';
  switch (pediaCluster?.reachable) {
    case 'True':
      return { type, status: 'True', reason: 'Reachable', message: 'Clusterpedia reaches the cluster' };
    case 'False':
      return {
        type,
        status: 'False',
        reason: 'Unreachable',
        message: 'Clusterpedia does not reach the cluster; the status of the PediaCluster says why',
      };
    case 'Unknown':
    case undefined:
      return {
        type,
        status: 'Unknown',
        reason: 'NotReported',
        message: 'Clusterpedia has not said whether it reaches the cluster',
      };
  }
}

function decide(observation: LifecycleObservation): LifecycleDecision {
  const { lifecycle, pediaCluster, rendering } = observation;
  if (pediaCluster === undefined) return decideAbsent(lifecycle, rendering);
  const ownership = ownershipOf(pediaCluster, lifecycle);
  const name = lifecycle.metadata.name;
  if (ownership.kind === 'foreign') return stuck(conflict(name, ownership.owner), notCreated);
  if (ownership.kind === 'unowned') return stuck(notAdopted(lifecycle), notCreated);
  if (pediaCluster.metadata.deletionTimestamp !== undefined) {
    return stuck(waiting('Terminating', `the PediaCluster "${name}" is being deleted`), notCreated);
  }
  return decidePresent(observation, pediaCluster, ownership);
}

function decideAbsent(lifecycle: PediaClusterLifecycle, rendering: Rendering): LifecycleDecision {
  switch (rendering.kind) {
    case 'problem':
      return stuck(rendering.problem, notCreated);
    case 'not-yet':
      return stuck(waiting('CreationConditionNotMet', 'creationCondition does not hold'), notCreated);
    case 'unwanted':
      return stuck(waiting('DeletionConditionMet', 'deletionCondition holds'), notCreated);
    case 'rendered':
      return {
        actions: [create('pediaCluster', newPediaCluster(lifecycle, rendering.pediaCluster))],
        deletionWanted: false,
        conditions: settled(created({ kind: 'owned' })),
      };
  }
}

function decidePresent(
  { lifecycle, rendering, deletionReleased }: LifecycleObservation,
  pediaCluster: ObservedPediaCluster,
  ownership: Ownership,
): LifecycleDecision {
  switch (rendering.kind) {
    case 'problem':
      return stuck(rendering.problem, created(ownership));
    case 'not-yet':
      return { actions: [], deletionWanted: false, conditions: settled(created(ownership)) };
    case 'unwanted': {
      if (ownership.kind === 'adopted') {
        return { actions: [], deletionWanted: false, conditions: settled(created(ownership)) };
      }
      return {
        actions: deletionReleased ? [remove('pediaCluster', identityOf(pediaCluster))] : [],
        deletionWanted: true,
        conditions: [
          created(ownership),
          ...stopped(waiting('DeletionConditionMet', 'deletionCondition holds')),
        ],
      };
    }
    case 'rendered': {
      const loss = lossOf(pediaCluster, rendering.pediaCluster);
      if (loss !== undefined) {
        const own = ownership.kind === 'inherited' ? [takeOver(lifecycle, pediaCluster, undefined)] : [];
        return { ...stuck(loss, created(ownership)), actions: own };
      }
      const action = update(lifecycle, pediaCluster, ownership, rendering.pediaCluster);
      return {
        actions: action === undefined ? [] : [action],
        deletionWanted: false,
        conditions: settled(created(ownership)),
      };
    }
  }
}

/**
 * The write that updates the PediaCluster to the rendered one, and takes it over if an earlier lifecycle of the same
 * name owned it.
 */
function update(
  lifecycle: PediaClusterLifecycle,
  pediaCluster: ObservedPediaCluster,
  ownership: Ownership,
  rendered: RenderedPediaCluster,
): Action | undefined {
  const wanted = ownership.kind === 'adopted' ? rendered : withPolicyLabel(rendered, lifecycle);
  const changes = changesOf(pediaCluster, wanted, lifecycle.spec.updatePolicy ?? 'Credentials');
  if (ownership.kind !== 'inherited') {
    return changes === undefined ? undefined : patch('pediaCluster', identityOf(pediaCluster), changes);
  }
  return takeOver(lifecycle, pediaCluster, changes);
}

/** The write that makes the lifecycle the owner, and removes the annotations that said who may become the owner. */
function takeOver(
  lifecycle: PediaClusterLifecycle,
  pediaCluster: ObservedPediaCluster,
  changes: PediaClusterChanges | undefined,
): Action {
  const marks = [ADOPT_BY_ANNOTATION, MADE_BY_ANNOTATION].filter((mark) => mark in pediaCluster.annotations);
  const annotations = {
    ...changes?.metadata?.annotations,
    ...Object.fromEntries(marks.map((mark) => [mark, null])),
  };
  return patch('pediaCluster', identityOf(pediaCluster), {
    ...changes,
    metadata: {
      ...changes?.metadata,
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ownerReferences: withOwner(pediaCluster.metadata.ownerReferences, lifecycleOwner(lifecycle)),
    },
  });
}

/**
 * The write that updates a lifecycle's status after a decision.
 *
 * @returns `undefined` if the status is up to date
 */
export function decideLifecycleStatus(
  lifecycle: PediaClusterLifecycle,
  conditions: readonly LifecycleCondition[],
  references: ReferenceResolution | undefined,
  now: Date,
): Action | undefined {
  const generation = lifecycle.metadata.generation ?? 0;
  const merged = mergeConditions(lifecycle.status?.conditions, conditions, generation, now);
  const resolved =
    references === undefined ? lifecycle.status?.references : referenceStatus(references.located);
  const status = {
    observedGeneration: generation,
    conditions: merged,
    ...(resolved === undefined || resolved.length === 0 ? {} : { references: resolved }),
  };
  if (sameJson(lifecycle.status, status)) return undefined;
  const change =
    'references' in status || lifecycle.status?.references === undefined
      ? status
      : { ...status, references: null };
  return patchStatus('lifecycle', identityOf(lifecycle), change);
}

/** The conditions of a lifecycle whose write failed and is tried again, or cannot succeed at present. */
export function failedWrite(problem: Problem, retrying: boolean): readonly LifecycleCondition[] {
  const { reason, message } = problem;
  const ready: LifecycleCondition = { type: 'Ready', status: 'False', reason, message };
  return retrying
    ? [
        { type: 'Updating', status: 'True', reason: 'Retrying', message: 'a write is tried again' },
        { type: 'Stalled', status: 'False', reason: 'Retrying', message: NOT_STALLED },
        ready,
      ]
    : stopped(problem);
}

/** The conditions of a lifecycle that its admin has suspended. */
export function suspended(): readonly LifecycleCondition[] {
  const reason = 'Suspended';
  return [
    { type: 'Updating', status: 'False', reason, message: 'spec.suspend is true' },
    { type: 'Stalled', status: 'False', reason, message: NOT_STALLED },
    { type: 'Ready', status: 'True', reason, message: 'spec.suspend is true: nothing is kept up to date' },
  ];
}

/** Reasons for which it is correct that a lifecycle has no PediaCluster. */
const waitingReasons: ReadonlySet<string> = new Set<Reason>([
  'CreationConditionNotMet',
  'DeletionConditionMet',
  'ReferenceNotFound',
  'SourceDeleting',
  'Terminating',
]);

/** The result for a lifecycle, for its policy's counts. */
export interface LifecycleOutcome {
  /** Whether its PediaCluster exists and is kept up to date. */
  readonly imported: boolean;
  /** Whether it waits for something that may still come. */
  readonly waiting: boolean;
  /** The state that Clusterpedia reports of its PediaCluster. */
  readonly reachable: Condition['status'];
  /** If it has failed: why. */
  readonly failure?: string;
}

/** The result for a lifecycle when its status was last written. It counts until the lifecycle is looked at again. */
export function recordedOutcome(lifecycle: PediaClusterLifecycle): LifecycleOutcome {
  const imported = conditionOf(lifecycle.status?.conditions, 'Created')?.status === 'True';
  const ready = conditionOf(lifecycle.status?.conditions, 'Ready');
  const isUnready = ready?.status === 'False';
  const waits =
    waitingReasons.has(ready?.reason ?? '') && (!imported || ready?.reason !== 'ReferenceNotFound');
  const failed = isUnready && !waits;
  const reachable = conditionOf(lifecycle.status?.conditions, 'Reachable')?.status ?? 'Unknown';
  return {
    imported,
    waiting: isUnready && waits && ready.reason !== 'DeletionConditionMet',
    reachable,
    ...(failed ? { failure: failureText(lifecycle, ready.message) } : {}),
  };
}

/** The result for a lifecycle after a decision. */
export function outcomeOf(
  lifecycle: PediaClusterLifecycle,
  conditions: readonly LifecycleCondition[],
  problem: Problem | undefined,
): LifecycleOutcome {
  const stated = conditions.find(({ type }) => type === 'Created');
  const status = stated?.status ?? conditionOf(lifecycle.status?.conditions, 'Created')?.status;
  const ready = conditions.find(({ type }) => type === 'Ready');
  const waits = ready?.status === 'False' && ready.reason !== 'DeletionConditionMet';
  return {
    imported: status === 'True',
    waiting: waits && problem?.failed !== true,
    reachable:
      conditions.find(({ type }) => type === 'Reachable')?.status ??
      conditionOf(lifecycle.status?.conditions, 'Reachable')?.status ??
      'Unknown',
    ...(problem?.failed === true ? { failure: failureText(lifecycle, problem.message) } : {}),
  };
}

const failureText = ({ metadata }: PediaClusterLifecycle, message: string): string =>
  shorten(`${metadata.name}: ${message}`, MAX_FAILURE_LENGTH);

/** A policy's message shows one of its failures; this is its maximum length. */
const MAX_FAILURE_LENGTH = 256;

function created(ownership: Ownership): LifecycleCondition {
  return ownership.kind === 'adopted'
    ? {
        type: 'Created',
        status: 'True',
        reason: 'Existing',
        message: 'the PediaCluster existed before, and was adopted: it is kept up to date and never deleted',
      }
    : { type: 'Created', status: 'True', reason: 'Created', message: 'the PediaCluster was created' };
}

const notCreated = undefined;

/** Nothing can be done until something changes. */
function stuck(problem: Problem, made: LifecycleCondition | undefined): LifecycleDecision {
  const { reason } = problem;
  const none = 'no PediaCluster was created yet';
  return {
    actions: [],
    deletionWanted: false,
    conditions: [made ?? { type: 'Created', status: 'False', reason, message: none }, ...stopped(problem)],
    problem,
  };
}

const NOT_STALLED = 'nobody need do anything';

/** `Ready` says what is wrong. `Stalled` says what to do, if somebody must. */
function stopped({ reason, message, failed }: Problem): readonly LifecycleCondition[] {
  return [
    { type: 'Updating', status: 'False', reason, message: 'waits for a change' },
    failed
      ? { type: 'Stalled', status: 'True', reason, message: remedyOf(reason) }
      : { type: 'Stalled', status: 'False', reason, message: NOT_STALLED },
    { type: 'Ready', status: 'False', reason, message },
  ];
}

function settled(made: LifecycleCondition): readonly LifecycleCondition[] {
  return [
    made,
    { type: 'Updating', status: 'False', reason: 'UpToDate', message: 'nothing is left to do' },
    { type: 'Stalled', status: 'False', reason: 'UpToDate', message: NOT_STALLED },
    {
      type: 'Ready',
      status: 'True',
      reason: 'UpToDate',
      message: 'the PediaCluster is as the template renders it',
    },
  ];
}

function notAdopted(lifecycle: PediaClusterLifecycle): Problem {
  const policy = owningPolicy(lifecycle)?.name;
  const how = policy === undefined ? '' : `: annotate it with ${ADOPT_BY_ANNOTATION}=${policy} to adopt it`;
  return failure(
    'NotAdopted',
    `the PediaCluster "${lifecycle.metadata.name}" was made by somebody else, and is left alone${how}`,
  );
}

function conflict(name: string, owner: string): Problem {
  const message = `the PediaCluster "${name}" belongs to the PediaClusterLifecycle "${owner}"`;
  return failure('Conflict', message, owner);
}
