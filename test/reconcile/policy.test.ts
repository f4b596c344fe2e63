import { describe, expect, it } from 'vitest';
import { ALLOW_DELETIONS_ANNOTATION, FINALIZER } from '../../src/api/index.ts';
import type { PolicyObservation } from '../../src/reconcile/index.ts';
import {
  addFinalizer,
  decidePolicyStatus,
  failure,
  removePolicyFinalizer,
  waiting,
  withdrawAllowance,
} from '../../src/reconcile/index.ts';
import { policyObject } from './objects.ts';
import { COUNTS, observed, statusOf } from './observed-policy.ts';

const conditions = (observation: Partial<PolicyObservation>) =>
  Object.fromEntries(
    (statusOf(observation).conditions ?? []).map(({ type, status, reason }) => [type, `${status}/${reason}`]),
  );

const invalid = failure('InvalidTemplate', 'spec.template 1:3: …');
const missing = waiting('SourceKindNotFound', 'not served');
const going = policyObject({}, { deletionTimestamp: '2024-04-01T00:00:00Z' });

describe('a policy', () => {
  it.each<[string, Partial<PolicyObservation>, string, string, string]>([
    ['whose work is done', {}, 'True/Valid', 'False/Settled', 'True/Settled'],
    [
      'whose sources are being listed',
      { sources: { kind: 'syncing', version: 'v1' } },
      'True/Valid',
      'True/ListingSources',
      'False/ListingSources',
    ],
    [
      'whose sources are being imported',
      { working: true },
      'True/Valid',
      'True/Progressing',
      'False/Progressing',
    ],
    ['with failures', { counts: { ...COUNTS, failed: 1 } }, 'True/Valid', 'False/Settled', 'False/Failed'],
    [
      'that does not compile',
      { invalid },
      'False/InvalidTemplate',
      'False/InvalidTemplate',
      'False/InvalidTemplate',
    ],
    [
      'whose kind is not served',
      { sources: { kind: 'unavailable', problem: missing } },
      'True/Valid',
      'False/SourceKindNotFound',
      'False/SourceKindNotFound',
    ],
    ['with held deletions', { held: 12 }, 'True/Valid', 'False/DeletionHeld', 'False/DeletionHeld'],
    [
      'that is suspended',
      { policy: policyObject({ suspend: true }) },
      'True/Valid',
      'False/Suspended',
      'True/Suspended',
    ],
    ['that is being deleted', { policy: going }, 'True/Valid', 'True/Deleting', 'False/Deleting'],
  ])('%s', (_, observation, Validated, Reconciling, Ready) => {
    const [, reason = ''] = Ready.split('/');
    const needsSomebody = ['Failed', 'InvalidTemplate', 'DeletionHeld'].includes(reason);
    const Stalled = `${needsSomebody ? 'True' : 'False'}/${reason}`;
    expect(conditions(observation)).toEqual({ Validated, Reconciling, Stalled, Ready });
  });

  it('says which generation its status speaks of', () => {
    expect(statusOf({ policy: policyObject({}, { generation: 7 }) }).observedGeneration).toBe(7);
  });

  it.each([{ invalid }, { sources: { kind: 'unavailable', problem: missing } as const }, { held: 12 }])(
    'says something else in each condition: %o',
    (observation) => {
      const messages = (statusOf(observation).conditions ?? []).map(({ message }) => message);
      expect(new Set(messages).size).toBe(messages.length);
    },
  );

  it('says how many failed, and one of them', () => {
    const { conditions: all } = statusOf({
      counts: { ...COUNTS, failed: 2 },
      exampleFailure: 'ns/c1: no such key',
    });
    expect(all?.find(({ type }) => type === 'Ready')?.message).toBe(
      '2 of 3 sources failed: ns/c1: no such key',
    );
  });

  it('says how to let held deletions go', () => {
    const { conditions: all, heldDeletions } = statusOf({ held: 12 });
    expect(heldDeletions).toBe(12);
    expect(all?.find(({ type }) => type === 'Ready')?.message).toContain(`${ALLOW_DELETIONS_ANNOTATION}=12`);
  });

  it('counts, names the version, and is written once', () => {
    const status = statusOf({});
    expect(status).toMatchObject({ ...COUNTS, version: 'v1alpha1', heldDeletions: 0 });
    const policy = { ...policyObject(), status };
    expect(decidePolicyStatus(observed({ policy }), new Date())).toBeUndefined();
  });

  it('stays ready while single sources are worked on, but not after an edit', () => {
    const status = statusOf({});
    const policy = { ...policyObject(), status };
    expect(conditions({ policy, working: true })['Ready']).toBe('True/Settled');
    const edited = { ...policyObject({}, { generation: 2 }), status };
    expect(conditions({ policy: edited, working: true })['Ready']).toBe('False/Progressing');
  });

  it('keeps the version that was last in use while the kind is not served', () => {
    const policy = { ...policyObject(), status: statusOf({}) };
    expect(statusOf({ policy, sources: { kind: 'unavailable', problem: missing } }).version).toBe('v1alpha1');
  });
});

describe('the finalizer of a policy', () => {
  it('is added where it is missing, after those of others', () => {
    expect(addFinalizer(policyObject())).toBeUndefined();
    expect(addFinalizer(policyObject({}, { finalizers: ['x/y'] }))).toMatchObject({
      patch: { metadata: { finalizers: ['x/y', FINALIZER], resourceVersion: '10' } },
    });
  });

  it('is not added to a policy that is being deleted', () => {
    expect(
      addFinalizer(policyObject({}, { finalizers: [], deletionTimestamp: '2024-04-01T00:00:00Z' })),
    ).toBeUndefined();
  });

  it('is taken off, and only it', () => {
    expect(removePolicyFinalizer(policyObject())).toMatchObject({
      patch: { metadata: { finalizers: null } },
    });
    expect(removePolicyFinalizer(policyObject({}, { finalizers: ['x/y', FINALIZER] }))).toMatchObject({
      patch: { metadata: { finalizers: ['x/y'] } },
    });
    expect(removePolicyFinalizer(policyObject({}, { finalizers: [] }))).toBeUndefined();
  });

  it("is taken off together with that of Clusterpedia's own controller", () => {
    const finalizers = ['clusterpedia.io/cluster-import-policy-controller', 'x/y', FINALIZER];
    expect(removePolicyFinalizer(policyObject({}, { finalizers }))).toMatchObject({
      patch: { metadata: { finalizers: ['x/y'] } },
    });
  });
});

it('an allowance for deletions is withdrawn once used', () => {
  const allowed = policyObject({}, { annotations: { [ALLOW_DELETIONS_ANNOTATION]: '12' } });
  expect(withdrawAllowance(allowed)).toMatchObject({
    patch: { metadata: { annotations: { [ALLOW_DELETIONS_ANNOTATION]: null } } },
  });
  expect(withdrawAllowance(policyObject())).toBeUndefined();
});
