import { describe, expect, it } from 'vitest';
import type { Condition, PediaClusterLifecycle } from '../../src/api/index.ts';
import type { PolicyObservation, Rendering } from '../../src/reconcile/index.ts';
import {
  decideLifecycle,
  decideLifecycleStatus,
  failedWrite,
  failure,
  suspended,
  waiting,
} from '../../src/reconcile/index.ts';
import { RENDERED, lifecycle, pediaCluster, policyObject } from './objects.ts';
import { COUNTS, NOW, statusOf } from './observed-policy.ts';

interface Judged {
  readonly metadata: { readonly generation?: number; readonly deletionTimestamp?: string };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Pick<Condition, 'type' | 'status'>[];
  };
}

type Verdict = 'Terminating' | 'InProgress' | 'Failed' | 'Current';

/**
 * What kstatus says of an object of a kind that it has no rules of its own for. Flux, and tools that wait with
 * cli-utils, judge by it. The cases stand in the order of `Compute` (status.go), with `checkGenericProperties` and
 * `checkGeneration` (generic.go) before `checkReadyCondition`, in `pkg/kstatus/status` of sigs.k8s.io/cli-utils v0.37.2 and of its main
 * at 5895ad6; `legacyTypes` (core.go) names none of our kinds.
 */
function kstatus({ metadata, status = {} }: Judged): Verdict {
  const { generation, deletionTimestamp = '' } = metadata;
  const { observedGeneration, conditions = [] } = status;
  if (deletionTimestamp !== '') return 'Terminating';
  if (generation !== undefined && observedGeneration !== undefined && observedGeneration !== generation)
    return 'InProgress';
  // The first of the two in the list decides, not one before the other.
  for (const { type, status: value } of conditions) {
    if (type === 'Reconciling' && value === 'True') return 'InProgress';
    if (type === 'Stalled' && value === 'True') return 'Failed';
  }
  for (const { type, status: value } of conditions) {
    if (type !== 'Ready') continue;
    if (value === 'True') return 'Current';
    if (value === 'False' || value === 'Unknown') return 'InProgress';
  }
  return 'Current';
}

describe('kstatus', () => {
  const is = (text: string) =>
    text.split(' ').map((one) => {
      const [type = '', value = ''] = one.split('=');
      return { type, status: value as Condition['status'] };
    });
  it.each<[string, Judged, Verdict]>([
    [
      'takes what is being deleted for terminating, whatever its conditions say',
      { metadata: { deletionTimestamp: 'now' }, status: { conditions: is('Stalled=True') } },
      'Terminating',
    ],
    [
      'waits for the generation before it looks at conditions',
      {
        metadata: { generation: 2 },
        status: { observedGeneration: 1, conditions: is('Stalled=True Ready=True') },
      },
      'InProgress',
    ],
    [
      'asks for no generation where the status has none',
      { metadata: { generation: 2 }, status: { conditions: is('Ready=True') } },
      'Current',
    ],
    [
      'asks for no generation where the object has none',
      { metadata: {}, status: { observedGeneration: 1 } },
      'Current',
    ],
    [
      'takes Reconciling before a later Stalled',
      { metadata: {}, status: { conditions: is('Reconciling=True Stalled=True') } },
      'InProgress',
    ],
    [
      'takes Stalled before a later Reconciling',
      { metadata: {}, status: { conditions: is('Stalled=True Reconciling=True') } },
      'Failed',
    ],
    [
      'takes Stalled before Ready',
      { metadata: {}, status: { conditions: is('Ready=True Stalled=True') } },
      'Failed',
    ],
    [
      'does not know Updating',
      { metadata: {}, status: { conditions: is('Updating=True Ready=True') } },
      'Current',
    ],
    [
      'waits while Ready is False',
      { metadata: {}, status: { conditions: is('Reconciling=False Stalled=False Ready=False') } },
      'InProgress',
    ],
    [
      'waits while Ready is Unknown',
      { metadata: {}, status: { conditions: is('Ready=Unknown') } },
      'InProgress',
    ],
    ['takes what says nothing for current', { metadata: { generation: 1 } }, 'Current'],
  ])('%s', (_, judged, expected) => {
    expect(kstatus(judged)).toBe(expected);
  });
});

function judgePolicy(observation: Partial<PolicyObservation>): string {
  return kstatus({ ...(observation.policy ?? policyObject()), status: statusOf(observation) });
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
    [
      'that both works and has failures for in progress, for the work may mend them',
      { working: true, counts: { ...COUNTS, failed: 1 } },
      'InProgress',
    ],
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
    const status = statusOf();
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
  const kstatusOf = (conditions: Parameters<typeof decideLifecycleStatus>[1]): Verdict => {
    const action = decideLifecycleStatus(lifecycle(), conditions, undefined, NOW);
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

  it('whose write is tried again for in progress, and whose write cannot succeed for failed', () => {
    const refused = failure('Refused', 'm');
    expect(kstatusOf(failedWrite(refused, true))).toBe('InProgress');
    expect(kstatusOf(failedWrite(refused, false))).toBe('Failed');
  });

  it('that its admin has suspended for current', () => {
    expect(kstatusOf(suspended())).toBe('Current');
  });
});
