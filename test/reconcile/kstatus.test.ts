import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicy, Condition, PediaClusterLifecycle } from '../../src/api/index.ts';
import type { PolicyObservation, Rendering } from '../../src/reconcile/index.ts';
import {
  decideLifecycle,
  decideLifecycleStatus,
  decidePolicyStatus,
  failure,
  suspended,
  waiting,
} from '../../src/reconcile/index.ts';
import { RENDERED, lifecycle, pediaCluster, policyObject } from './objects.ts';

interface Judged {
  readonly metadata: { readonly generation?: number; readonly deletionTimestamp?: string };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/**
 * What kstatus says of an object of a kind that it does not know: `Compute` of
 * `sigs.k8s.io/cli-utils/pkg/kstatus/status/status.go` with `checkGenericProperties` (`generic.go`) and
 * `checkReadyCondition`, in its order. Flux and Argo CD's health of custom resources follow it.
 */
function kstatus({ metadata, status = {} }: Judged): 'Terminating' | 'InProgress' | 'Failed' | 'Current' {
  const { observedGeneration, conditions = [] } = status;
  const is = (type: string, value: string): boolean =>
    conditions.some((condition) => condition.type === type && condition.status === value);
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (observedGeneration !== undefined && observedGeneration !== metadata.generation) return 'InProgress';
  if (is('Reconciling', 'True')) return 'InProgress';
  if (is('Stalled', 'True')) return 'Failed';
  if (is('Ready', 'False') || is('Ready', 'Unknown')) return 'InProgress';
  return 'Current';
}

const now = new Date('2024-05-01T00:00:00Z');
const COUNTS = {
  sources: 3,
  selected: 2,
  lifecycles: 2,
  pediaClusters: 2,
  reachable: 1,
  waiting: 0,
  failed: 0,
};

function judgePolicy(observation: Partial<PolicyObservation>): string {
  const policy = observation.policy ?? policyObject();
  const action = decidePolicyStatus(
    {
      policy,
      invalid: undefined,
      sources: { kind: 'synced', version: 'v1' },
      counts: COUNTS,
      exampleFailure: undefined,
      working: false,
      held: 0,
      ...observation,
    },
    now,
  );
  if (action?.verb !== 'patch') throw new Error('a first status is written');
  return kstatus({ ...policy, status: action.patch['status'] as NonNullable<ClusterImportPolicy['status']> });
}

describe('kstatus takes a policy', () => {
  it.each<[string, Partial<PolicyObservation>, string]>([
    ['whose work is done for current', {}, 'Current'],
    ['that works for in progress', { working: true }, 'InProgress'],
    ['that lists its sources for in progress', { sources: { kind: 'syncing', version: 'v1' } }, 'InProgress'],
    [
      'whose platform is yet to be installed for in progress',
      { sources: { kind: 'unavailable', problem: waiting('SourceKindNotFound', 'm') } },
      'InProgress',
    ],
    [
      'whose sources may not be listed for failed',
      { sources: { kind: 'unavailable', problem: waiting('SourcesForbidden', 'm') } },
      'Failed',
    ],
    ['with failures for failed', { counts: { ...COUNTS, failed: 1 } }, 'Failed'],
    ['with held deletions for failed', { held: 12 }, 'Failed'],
    ['that does not compile for failed', { invalid: failure('InvalidTemplate', 'm') }, 'Failed'],
    ['that is suspended for current', { policy: policyObject({ suspend: true }) }, 'Current'],
    [
      'that is being deleted for terminating',
      { policy: policyObject({}, { deletionTimestamp: '2024-04-01T00:00:00Z' }) },
      'Terminating',
    ],
  ])('%s', (_, observation, expected) => {
    expect(judgePolicy(observation)).toBe(expected);
  });

  it('that was edited for in progress, until the status speaks of the edit', () => {
    const before = policyObject();
    const action = decidePolicyStatus(
      {
        policy: before,
        invalid: undefined,
        sources: { kind: 'synced', version: 'v1' },
        counts: COUNTS,
        exampleFailure: undefined,
        working: false,
        held: 0,
      },
      now,
    );
    if (action?.verb !== 'patch') throw new Error('a first status is written');
    const status = action.patch['status'] as NonNullable<ClusterImportPolicy['status']>;
    expect(kstatus({ ...policyObject({}, { generation: 2 }), status })).toBe('InProgress');
  });
});

describe('kstatus takes a lifecycle', () => {
  const judge = (rendering: Rendering, exists = true): string => {
    const { conditions } = decideLifecycle({
      lifecycle: lifecycle(),
      pediaCluster: exists ? pediaCluster() : undefined,
      references: { located: [], objects: {}, missing: [] },
      rendering,
      deletionReleased: false,
    });
    return kstatusOf(conditions);
  };
  const kstatusOf = (conditions: Parameters<typeof decideLifecycleStatus>[1]): string => {
    const action = decideLifecycleStatus(lifecycle(), conditions, undefined, now);
    if (action?.verb !== 'patch') throw new Error('a first status is written');
    return kstatus({
      ...lifecycle(),
      status: action.patch['status'] as NonNullable<PediaClusterLifecycle['status']>,
    });
  };

  it.each<[string, Rendering, boolean, string]>([
    [
      'whose PediaCluster is up to date for current',
      { kind: 'rendered', pediaCluster: RENDERED },
      true,
      'Current',
    ],
    ['that waits for its condition for in progress', { kind: 'not-yet' }, false, 'InProgress'],
    [
      'that waits for its Secret for in progress',
      { kind: 'problem', problem: waiting('ReferenceNotFound', 'm') },
      false,
      'InProgress',
    ],
    [
      'whose Secret is gone for failed',
      { kind: 'problem', problem: failure('ReferenceNotFound', 'm') },
      true,
      'Failed',
    ],
    [
      'whose template fails for failed',
      { kind: 'problem', problem: failure('RenderFailed', 'm') },
      true,
      'Failed',
    ],
  ])('%s', (_, rendering, exists, expected) => {
    expect(judge(rendering, exists)).toBe(expected);
  });

  it('that its admin has suspended for current', () => {
    expect(kstatusOf(suspended())).toBe('Current');
  });
});
