import type { Condition } from '../api/index.ts';
import { shorten } from '../api/index.ts';
import type { Reason } from './reasons.ts';

/** The texts of a condition while it is true and while it is not. */
export interface ConditionEntry {
  readonly true: string;
  readonly false: string;
}

/** The conditions of both kinds, as `docs/conditions.md` explains them. */
export const CONDITIONS = {
  policy: {
    Validated: {
      true: 'the templates compile, and fit the CRDs as they are now',
      false: 'they do not; the message says where',
    },
    Reconciling: {
      true: 'work is under way',
      false: 'nothing is left to do, or something must change first',
    },
    Stalled: {
      true: 'somebody must do something; the message says what',
      false: 'nobody need do anything',
    },
    Ready: {
      true: 'everything selected is as the policy wants it',
      false: 'the reason says what is missing',
    },
  },
  lifecycle: {
    Created: { true: 'the PediaCluster exists', false: 'not yet; the reason says what it waits for' },
    Updating: {
      true: 'a write failed and is tried again',
      false: 'nothing is left to do, or something must change first',
    },
    Stalled: {
      true: 'somebody must do something; the message says what',
      false: 'nobody need do anything',
    },
    Reachable: {
      true: 'Clusterpedia can reach the cluster',
      false: 'it cannot; its status of the PediaCluster says why',
    },
    Ready: { true: 'the PediaCluster is as rendered', false: 'the reason says why not' },
  },
} as const satisfies {
  readonly [kind in 'policy' | 'lifecycle']: { readonly [type: string]: ConditionEntry };
};

export type PolicyConditionType = keyof typeof CONDITIONS.policy;
export type LifecycleConditionType = keyof typeof CONDITIONS.lifecycle;
export type ConditionType = PolicyConditionType | LifecycleConditionType;

/** A condition as a decision states it. {@link mergeConditions} adds generation and time. */
export interface ConditionState<T extends ConditionType = ConditionType> {
  readonly type: T;
  readonly status: Condition['status'];
  readonly reason: Reason;
  readonly message: string;
}

/** Longest message of a condition: enough for a person, and small even in a list of a thousand objects. */
export const MAX_MESSAGE_LENGTH = 1024;

/**
 * The conditions that an object should have. `lastTransitionTime` changes only if the status flips. Conditions of other
 * types are kept. If nothing changes, the result is `existing` itself, so that nothing has to be written.
 *
 * @param now time of a flip
 */
export function mergeConditions(
  existing: readonly Condition[] | undefined,
  states: readonly ConditionState[],
  observedGeneration: number,
  now: Date,
): readonly Condition[] {
  const known = new Map<string, Condition>((existing ?? []).map((condition) => [condition.type, condition]));
  let changed = existing === undefined;
  for (const state of states) {
    const before = known.get(state.type);
    const message = shorten(state.message, MAX_MESSAGE_LENGTH);
    const lastTransitionTime = before?.status === state.status ? before.lastTransitionTime : timestamp(now);
    const after: Condition = {
      type: state.type,
      status: state.status,
      observedGeneration,
      lastTransitionTime,
      reason: state.reason,
      message,
    };
    if (before !== undefined && equal(before, after)) continue;
    known.set(state.type, after);
    changed = true;
  }
  return changed || existing === undefined ? [...known.values()] : existing;
}

/** `metav1.Time`: RFC 3339 in whole seconds. */
export function timestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** The condition of a type, if there is one. */
export function conditionOf(
  conditions: readonly Condition[] | undefined,
  type: ConditionType,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

function equal(one: Condition, other: Condition): boolean {
  return (
    one.status === other.status &&
    one.reason === other.reason &&
    one.message === other.message &&
    one.observedGeneration === other.observedGeneration &&
    one.lastTransitionTime === other.lastTransitionTime
  );
}
