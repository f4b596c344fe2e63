import type { KubeObject, PediaClusterLifecycle } from '../api/index.ts';
import type { CompiledPolicy } from '../policy/index.ts';
import type { Action } from './action.ts';
import { create, identityOf, remove } from './action.ts';
import type { Claimant, Seniority } from './collision.ts';
import type { NegotiatedPolicy, SourceKey } from './lifecycle-spec.ts';
import { newLifecycle, sourceKeyText, sourceOf, updateOfLifecycle } from './lifecycle-spec.ts';
import { owningPolicy } from './ownership.ts';
import type { Problem } from './problem.ts';
import { failure, problemOf } from './problem.ts';

/** A policy's result for one source object. */
export type SourceEvaluation =
  /** The object does not exist, or the policy's server-side filters exclude it. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unselected' }
  | { readonly kind: 'selected'; readonly name: string }
  /** The selector or the name does not render. The result is unknown, so nothing is done. */
  | { readonly kind: 'failed'; readonly problem: Problem };

/** Applies selector and name template to a source. */
export function evaluateSource(
  compiled: Pick<CompiledPolicy, 'selects' | 'name'>,
  source: KubeObject | undefined,
): SourceEvaluation {
  if (source === undefined) return { kind: 'absent' };
  try {
    if (!compiled.selects(source)) return { kind: 'unselected' };
    return { kind: 'selected', name: compiled.name(source) };
  } catch (error) {
    return { kind: 'failed', problem: problemOf(error) };
  }
}

/** The properties by which a source of a policy claims its name. */
export function seniorityOf({ object: policy }: NegotiatedPolicy, source: KubeObject): Seniority {
  return {
    sourceCreated: source.metadata.creationTimestamp ?? '',
    policyCreated: policy.metadata.creationTimestamp ?? '',
  };
}

/** `namespace/name`, or `name`. */
export function describeSource({ namespace, name }: SourceKey): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** For people to read: `default/member1 (policy mcp)`. */
export function describeClaimant({ policy, source }: Claimant): string {
  return `${describeSource(source)} (policy ${policy})`;
}

export interface SourceObservation {
  readonly policy: NegotiatedPolicy;
  readonly key: SourceKey;
  readonly evaluation: SourceEvaluation;
  /** The other claimant that has the name which the source renders, if any. */
  readonly rival: Claimant | undefined;
  /** The lifecycle that has this name now, whatever its policy. */
  readonly occupant: PediaClusterLifecycle | undefined;
  /** Whether the source is being deleted. Then nothing new is made of it. */
  readonly isGoing: boolean;
  /** The lifecycles that this policy has made for this source. */
  readonly lifecycles: readonly PediaClusterLifecycle[];
}

export interface SourceDecision {
  /** To be carried out at once. */
  readonly actions: readonly Action[];
  /** Lifecycles to delete, with what they made, once the deletion breaker releases them. */
  readonly deletions: readonly PediaClusterLifecycle[];
  readonly problem?: Problem;
}

const nothing: SourceDecision = { actions: [], deletions: [] };

/**
 * Decides what happens to one source of one policy:
 *
 * - it does not exist or is not selected: its lifecycles are deleted;
 * - it is not known (a template fails): everything stays as it is;
 * - another source has its name: its lifecycle, if it has one, is deleted, and the collision is reported;
 * - it is being deleted: it keeps what it has, and gets nothing new;
 * - it is selected: it has one lifecycle with the rendered name. A lifecycle with an earlier name is deleted first, so
 *   that no cluster is ever imported twice.
 */
export function decideSource(observation: SourceObservation): SourceDecision {
  const { policy, key, evaluation, rival, occupant, isGoing, lifecycles } = observation;
  switch (evaluation.kind) {
    case 'absent':
    case 'unselected':
      return { actions: [], deletions: lifecycles };
    case 'failed':
      return { ...nothing, problem: evaluation.problem };
    case 'selected':
      break;
  }
  const { name } = evaluation;
  if (rival !== undefined) return { actions: [], deletions: lifecycles, problem: collision(name, rival) };
  const stale = lifecycles.filter(({ metadata }) => metadata.name !== name);
  if (stale.length > 0) return { actions: [], deletions: stale };
  if (occupant === undefined && isGoing) return nothing;
  if (occupant === undefined)
    return { actions: [create('lifecycle', newLifecycle(policy, key, name))], deletions: [] };
  if (!mayManage(occupant, policy, key)) return { ...nothing, problem: occupied(occupant) };
  if (occupant.metadata.deletionTimestamp !== undefined) return nothing;
  const update = updateOfLifecycle(occupant, policy);
  return { actions: update === undefined ? [] : [update], deletions: [] };
}

/**
 * A lifecycle belongs to the policy that it names. One that names none belongs to the policy that renders it for its
 * source.
 */
function mayManage(lifecycle: PediaClusterLifecycle, policy: NegotiatedPolicy, key: SourceKey): boolean {
  const owner = owningPolicy(lifecycle);
  const sameSource = sourceKeyText(sourceOf(lifecycle)) === sourceKeyText(key);
  return sameSource && (owner === undefined || owner.name === policy.object.metadata.name);
}

function collision(name: string, rival: Claimant): Problem {
  return failure('NameCollision', `the name "${name}" is held by ${describeClaimant(rival)}`, name);
}

function occupied(occupant: PediaClusterLifecycle): Problem {
  const owner = owningPolicy(occupant);
  const whose = owner === undefined ? 'no policy' : `policy ${owner.name}`;
  const { name } = occupant.metadata;
  const what = `the PediaClusterLifecycle "${name}" exists already, for ${describeSource(sourceOf(occupant))}`;
  return failure('NameCollision', `${what} (${whose})`, name);
}

/** Deletes a lifecycle. Its finalizer makes sure that what it made is handled first. */
export function deleteLifecycle(lifecycle: PediaClusterLifecycle): Action {
  return remove('lifecycle', identityOf(lifecycle));
}
