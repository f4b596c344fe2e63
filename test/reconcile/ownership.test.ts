import { describe, expect, it } from 'vitest';
import type { OwnerReference } from '../../src/api/index.ts';
import {
  lifecycleOwner,
  owningPolicy,
  ownershipOf,
  withOwner,
  withoutLifecycleOwner,
} from '../../src/reconcile/index.ts';
import { lifecycle, lifecycleReference, pediaCluster } from './objects.ts';

const other: OwnerReference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'y', controller: true };

describe('a PediaCluster', () => {
  it.each([
    ['that names the lifecycle and its uid is owned', [lifecycleReference()], { kind: 'owned' }],
    [
      'that names an earlier incarnation is inherited',
      [lifecycleReference('earlier')],
      { kind: 'inherited' },
    ],
    ['that names nobody is unowned', [], { kind: 'unowned' }],
    ['that names something else is unowned', [other], { kind: 'unowned' }],
    [
      'that names another lifecycle is foreign',
      [lifecycleReference('uid-of-another', 'another')],
      { kind: 'foreign', owner: 'another' },
    ],
    [
      'that names this lifecycle and another is owned',
      [lifecycleReference('uid-of-another', 'another'), lifecycleReference()],
      { kind: 'owned' },
    ],
  ])('%s', (_, ownerReferences, expected) => {
    expect(ownershipOf(pediaCluster({ ownerReferences }), lifecycle())).toEqual(expected);
  });

  it('of another API group with the same kind does not count', () => {
    const ownerReferences = [{ ...lifecycleReference(), apiVersion: 'example.com/v1' }];
    expect(ownershipOf(pediaCluster({ ownerReferences }), lifecycle())).toEqual({ kind: 'unowned' });
  });
});

describe('owner references', () => {
  it('name the policy of a lifecycle', () => {
    expect(owningPolicy(lifecycle())).toMatchObject({ name: 'mcp', uid: 'uid-of-mcp', controller: true });
    expect(owningPolicy(lifecycle(undefined, { ownerReferences: [other] }))).toBeUndefined();
  });

  it('keep what others wrote, and one controller', () => {
    const wanted = lifecycleOwner(lifecycle());
    expect(withOwner([other, lifecycleReference('earlier')], wanted)).toEqual([
      { ...other, controller: false },
      wanted,
    ]);
  });

  it('lose lifecycles alone', () => {
    expect(withoutLifecycleOwner([other, lifecycleReference()])).toEqual([other]);
    expect(withoutLifecycleOwner(undefined)).toEqual([]);
  });
});
