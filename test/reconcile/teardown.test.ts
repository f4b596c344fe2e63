import { describe, expect, it } from 'vitest';
import type { PediaClusterLifecycle } from '../../src/api/index.ts';
import {
  ADOPT_BY_ANNOTATION,
  DELETION_PROTECTION_ANNOTATION,
  FINALIZER,
  MADE_BY_ANNOTATION,
} from '../../src/api/index.ts';
import type { TeardownObservation } from '../../src/reconcile/index.ts';
import { decideTeardown } from '../../src/reconcile/index.ts';
import { lifecycle, lifecycleReference, pediaCluster, policyObject } from './objects.ts';

const NOW = '2024-03-01T00:00:00Z';
const BUILT_IN = 'clusterpedia.io/pediacluster-lifecycle-controller';
const going = lifecycle(undefined, { deletionTimestamp: NOW });
const deletedPolicy = policyObject({}, { deletionTimestamp: NOW });
const protectedPolicy = policyObject(
  {},
  { deletionTimestamp: NOW, annotations: { [DELETION_PROTECTION_ANNOTATION]: 'true' } },
);

/** The policy goes, and with it what it made. */
const teardown = (observation: Partial<TeardownObservation> = {}) =>
  decideTeardown({
    lifecycle: going,
    pediaCluster: pediaCluster(),
    policy: deletedPolicy,
    isDefinitionGoing: false,
    isWanted: undefined,
    isUndecided: false,
    isReleased: false,
    ...observation,
  });

const verbs = (observation: Partial<TeardownObservation>) =>
  teardown(observation).actions.map(({ verb, kind }) => `${verb} ${kind}`);

const orphan = policyObject({ deletionPolicy: 'Orphan' }, { deletionTimestamp: NOW });

describe('a lifecycle that goes with its policy', () => {
  it.each([
    ['deletes its PediaCluster first', {}, ['delete pediaCluster']],
    ['waits for it', { pediaCluster: pediaCluster({ deletionTimestamp: NOW }) }, []],
    ['goes when it is gone', { pediaCluster: undefined }, ['patch lifecycle']],
    ['deletes it though the policy is gone by now', { policy: undefined }, ['delete pediaCluster']],
    [
      'deletes one that an earlier incarnation made',
      { pediaCluster: pediaCluster({ ownerReferences: [lifecycleReference('e')] }) },
      ['delete pediaCluster'],
    ],
    ['lets it go under Orphan, then goes', { policy: orphan }, ['patch pediaCluster', 'patch lifecycle']],
    [
      'leaves alone what was there before',
      { pediaCluster: pediaCluster({ ownerReferences: [] }) },
      ['patch lifecycle'],
    ],
    [
      'leaves alone what another owns',
      { pediaCluster: pediaCluster({ ownerReferences: [lifecycleReference('o', 'other')] }) },
      ['patch lifecycle'],
    ],
  ])('%s', (_, observation, expected) => {
    expect(verbs(observation)).toEqual(expected);
    expect(teardown(observation).deletionWanted).toBe(false);
  });

  it('takes all owners that are lifecycles off what it lets go, and says who may keep it up to date', () => {
    const [release] = teardown({ policy: orphan }).actions;
    expect(release).toMatchObject({
      patch: { metadata: { ownerReferences: [], annotations: { [ADOPT_BY_ANNOTATION]: 'mcp' } } },
    });
    expect(release).not.toHaveProperty(['patch', 'metadata', 'annotations', MADE_BY_ANNOTATION]);
  });
});

describe('a lifecycle that somebody deletes although it is wanted', () => {
  const live = policyObject();

  it.each([
    ['by hand', { policy: live, isWanted: true }],
    ['while it is not known whether its policy wants it', { policy: live, isWanted: undefined }],
    ['with the definition of the policies', { isDefinitionGoing: true }],
    ['with the definition of the policies, after the policy', { isDefinitionGoing: true, policy: undefined }],
    ['with a policy that is protected', { policy: protectedPolicy }],
    ['by hand, under Orphan', { policy: policyObject({ deletionPolicy: 'Orphan' }), isWanted: true }],
  ])('%s, hands the PediaCluster over to the next one', (_, observation) => {
    const { actions, deletionWanted } = teardown(observation);
    expect(deletionWanted).toBe(false);
    expect(actions).toMatchObject([
      {
        verb: 'patch',
        kind: 'pediaCluster',
        patch: {
          metadata: {
            ownerReferences: [],
            annotations: { [ADOPT_BY_ANNOTATION]: 'mcp', [MADE_BY_ANNOTATION]: 'mcp' },
          },
        },
      },
      { verb: 'patch', kind: 'lifecycle' },
    ]);
  });
});

describe('a lifecycle that somebody deletes while its policy has yet to look at its sources', () => {
  const undecided = { policy: policyObject(), isUndecided: true } as const;

  it('waits, for the PediaCluster may be wanted or not', () => {
    expect(teardown(undecided)).toEqual({ actions: [], deletionWanted: false });
  });

  it.each([
    ['where no PediaCluster goes with it', { pediaCluster: undefined }, ['patch lifecycle']],
    ['where its policy goes', { policy: deletedPolicy }, ['delete pediaCluster']],
    ['where its policy is gone', { policy: undefined }, ['delete pediaCluster']],
    [
      'where the definition of the policies goes',
      { isDefinitionGoing: true },
      ['patch pediaCluster', 'patch lifecycle'],
    ],
  ])('waits for nothing %s', (_, observation, expected) => {
    expect(verbs({ ...undecided, ...observation })).toEqual(expected);
  });
});

describe('a lifecycle that somebody deletes, and that its policy does not want', () => {
  const unwanted = { policy: policyObject(), isWanted: false } as const;

  it('asks the breaker', () => {
    expect(teardown(unwanted)).toEqual({ actions: [], deletionWanted: true });
  });

  it('deletes the PediaCluster when the breaker lets it go', () => {
    expect(verbs({ ...unwanted, isReleased: true })).toEqual(['delete pediaCluster']);
  });

  it('asks nobody where no PediaCluster goes with it', () => {
    expect(verbs({ ...unwanted, pediaCluster: undefined })).toEqual(['patch lifecycle']);
  });
});

describe('the finalizer', () => {
  const withFinalizers = (...finalizers: string[]): PediaClusterLifecycle => ({
    ...going,
    metadata: { ...going.metadata, finalizers },
  });

  it('is the last that is done', () => {
    expect(teardown({ lifecycle: withFinalizers('x/y') })).toEqual({ actions: [], deletionWanted: false });
  });

  it('leaves those of others', () => {
    const shared = withFinalizers('x/y', FINALIZER);
    expect(teardown({ lifecycle: shared, pediaCluster: undefined }).actions).toMatchObject([
      { patch: { metadata: { finalizers: ['x/y'] } } },
    ]);
  });

  it("goes with that of Clusterpedia's own controller, which nobody else would take off", () => {
    const migrated = withFinalizers(BUILT_IN, FINALIZER);
    expect(teardown({ lifecycle: migrated, pediaCluster: undefined }).actions).toMatchObject([
      { patch: { metadata: { finalizers: null } } },
    ]);
    const neverSeen = withFinalizers(BUILT_IN);
    expect(verbs({ lifecycle: neverSeen })).toEqual(['delete pediaCluster']);
    expect(verbs({ lifecycle: neverSeen, pediaCluster: undefined })).toEqual(['patch lifecycle']);
  });
});
