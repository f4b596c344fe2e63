import type { ClusterImportPolicy, Condition, KubeObject, PediaClusterLifecycle } from '../../api/index.ts';
import { groupResource } from '../../api/index.ts';
import type { Reason } from '../../reconcile/index.ts';
import {
  conditionOf,
  describeSource,
  owningPolicy,
  REASONS,
  recordedOutcome,
  sourceOf,
} from '../../reconcile/index.ts';
import type { Plan, SourceOutcome } from './plan.ts';
import type { Recorded } from './recorded.ts';

/** What has come of one source. */
export interface ClusterStatus {
  readonly policy: string;
  /** Of lifecycle and PediaCluster; empty where there is none. */
  readonly name: string;
  readonly source: string;
  readonly state: 'imported' | 'waiting' | 'failing';
  readonly reason: string;
  readonly message: string;
  /** What Clusterpedia says of it: `True`, `False` or `Unknown`. */
  readonly reachable: string;
}

/** One policy at a glance. */
export interface PolicyStatus {
  readonly name: string;
  readonly source: string;
  readonly ready: string;
  readonly reason: string;
  readonly message: string;
  readonly clusters: number;
  readonly reachable: number;
  readonly waiting: number;
  readonly failing: number;
  /** Deletions that wait for an admin. */
  readonly held: number;
}

export interface StatusPage {
  readonly policies: readonly PolicyStatus[];
  readonly clusters: readonly ClusterStatus[];
}

/** What to do about a reason; nothing where it needs nothing, or is not ours. */
export const remedyOf = (reason: string): string =>
  reason in REASONS ? REASONS[reason as Reason].remedy : '';

/** The page as the controller and Clusterpedia have written it. */
export function recordedStatus({ policies, lifecycles, pediaClusters }: Recorded): StatusPage {
  const made = new Map(pediaClusters.map((object) => [object.metadata.name, object]));
  const clusters = lifecycles.map((lifecycle) =>
    recordedCluster(lifecycle, made.get(lifecycle.metadata.name)),
  );
  return {
    clusters,
    policies: policies.map((policy) => {
      const ready = conditionOf(policy.status?.conditions, 'Ready');
      const { failed = 0, heldDeletions = 0 } = policy.status ?? {};
      const counted = countsOf(policy, clusters);
      return {
        ...counted,
        ready: ready?.status ?? 'Unknown',
        reason: ready?.reason ?? '',
        message: ready?.message ?? 'the controller has said nothing of it yet',
        // Sources that fail before they have a lifecycle are in the policy's count alone.
        failing: Math.max(counted.failing, failed),
        held: heldDeletions,
      };
    }),
  };
}

function recordedCluster(
  lifecycle: PediaClusterLifecycle,
  pediaCluster: KubeObject | undefined,
): ClusterStatus {
  const { imported, failure } = recordedOutcome(lifecycle);
  const conditions = lifecycle.status?.conditions;
  const told = imported ? conditionOf(conditions, 'Ready') : conditionOf(conditions, 'Created');
  return {
    policy: owningPolicy(lifecycle)?.name ?? '',
    name: lifecycle.metadata.name,
    source: describeSource(sourceOf(lifecycle)),
    state: failure !== undefined ? 'failing' : imported ? 'imported' : 'waiting',
    reason: told?.reason ?? '',
    message: told?.message ?? 'the controller has said nothing of it yet',
    reachable: reachableOf(pediaCluster),
  };
}

/** READY of a PediaCluster: what Clusterpedia prints. */
function reachableOf(pediaCluster: KubeObject | undefined): string {
  const status = pediaCluster?.['status'];
  const conditions: unknown =
    typeof status === 'object' && status !== null && 'conditions' in status ? status.conditions : undefined;
  const all = Array.isArray(conditions) ? (conditions as readonly Condition[]) : [];
  const found = all.find(({ type }) => type === 'Ready') ?? all.find(({ type }) => type === 'ClusterHealthy');
  return found?.status ?? 'Unknown';
}

/** The page as it would come to be, of policies and sources that no controller has seen. */
export function plannedStatus(policies: readonly ClusterImportPolicy[], plan: Plan): StatusPage {
  const clusters = plan.outcomes
    .filter(({ evaluation }) => evaluation.kind !== 'unselected')
    .map(plannedCluster);
  return {
    clusters,
    policies: policies.map((policy) => {
      const counted = countsOf(policy, clusters);
      const problem = plan.problems.find(
        ({ subject }) => subject === `policy ${policy.metadata.name}`,
      )?.problem;
      const ready = problem === undefined && counted.failing === 0;
      return {
        ...counted,
        ready: ready ? 'True' : 'False',
        reason: problem?.reason ?? (ready ? 'Settled' : 'Failed'),
        message:
          problem?.message ??
          (ready ? REASONS.Settled.meaning : `${String(counted.failing)} of its sources fail`),
        held: 0,
      };
    }),
  };
}

function plannedCluster({
  policy,
  source,
  evaluation,
  pediaCluster,
  conditions,
  problem,
}: SourceOutcome): ClusterStatus {
  const created = conditions.find(({ type }) => type === 'Created');
  return {
    policy,
    name: evaluation.kind === 'selected' ? evaluation.name : '',
    source: describeSource(source),
    state: problem?.failed === true ? 'failing' : pediaCluster === undefined ? 'waiting' : 'imported',
    reason: problem?.reason ?? created?.reason ?? '',
    message: problem?.message ?? created?.message ?? '',
    reachable: 'Unknown',
  };
}

function countsOf({ metadata, spec }: ClusterImportPolicy, all: readonly ClusterStatus[]) {
  const own = all.filter(({ policy }) => policy === metadata.name);
  return {
    name: metadata.name,
    source: groupResource(spec.source),
    clusters: own.filter(({ state, reachable }) => state === 'imported' || reachable !== 'Unknown').length,
    reachable: own.filter(({ reachable }) => reachable === 'True').length,
    waiting: own.filter(({ state }) => state === 'waiting').length,
    failing: own.filter(({ state }) => state === 'failing').length,
  };
}
