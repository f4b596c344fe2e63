/** A policy whose work is done, as its status is decided on. */
import type { ClusterImportPolicyStatus } from '../../src/api/index.ts';
import type { PolicyObservation } from '../../src/reconcile/index.ts';
import { decidePolicyStatus } from '../../src/reconcile/index.ts';
import { policyObject } from './objects.ts';

export const NOW = new Date('2024-05-01T00:00:00Z');

export const COUNTS = {
  sources: 3,
  selected: 2,
  lifecycles: 2,
  pediaClusters: 2,
  reachable: 1,
  waiting: 0,
  failed: 0,
};

export const observed = (observation: Partial<PolicyObservation> = {}): PolicyObservation => ({
  policy: policyObject(),
  invalid: undefined,
  sources: { kind: 'synced', version: 'v1alpha1' },
  counts: COUNTS,
  exampleFailure: undefined,
  working: false,
  held: 0,
  ...observation,
});

/** The status that is written for it. */
export function statusOf(observation: Partial<PolicyObservation> = {}): ClusterImportPolicyStatus {
  const action = decidePolicyStatus(observed(observation), NOW);
  if (action?.verb !== 'patch') throw new Error('a status was to be written');
  return action.patch['status'] as ClusterImportPolicyStatus;
}
