import { describe, expect, it } from 'vitest';
import type { PediaClusterLifecycle } from '../../src/api/index.ts';
import { ADOPT_BY_ANNOTATION, MADE_BY_ANNOTATION, POLICY_LABEL } from '../../src/api/index.ts';
import { compileLifecycle } from '../../src/policy/index.ts';
import type { LifecycleObservation, ReferenceResolution, Rendering } from '../../src/reconcile/index.ts';
import {
  decideLifecycle,
  decideLifecycleStatus,
  failedWrite,
  failure,
  newPediaCluster,
  observePediaCluster,
  observePediaClusterMetadata,
  outcomeOf,
  recordedOutcome,
  renderLifecycle,
} from '../../src/reconcile/index.ts';
import {
  RENDERED,
  lifecycle,
  lifecycleReference,
  pediaCluster,
  pediaClusterObject,
  secret,
  source,
} from './objects.ts';

const resolved: ReferenceResolution = {
  located: [{ key: 'auth', group: '', version: 'v1', resource: 'secrets', namespace: 'default', name: 'c1' }],
  objects: { auth: secret() },
  missing: [],
};
const unresolved: ReferenceResolution = { ...resolved, objects: {}, missing: ['auth'] };
const broken = failure('RenderFailed', 'm');

describe('a lifecycle is rendered', () => {
  const render = (
    spec: Partial<PediaClusterLifecycle['spec']>,
    references: ReferenceResolution,
    exists: boolean,
  ) => renderLifecycle(compileLifecycle(lifecycle(undefined, {}, spec).spec), source(), references, exists);

  it.each<[string, Partial<PediaClusterLifecycle['spec']>, ReferenceResolution, boolean, object]>([
    ['where its creation condition holds', {}, resolved, false, { kind: 'rendered', pediaCluster: RENDERED }],
    ['not where it does not', { creationCondition: 'false' }, resolved, false, { kind: 'not-yet' }],
    [
      'where it does not, but the PediaCluster exists',
      { creationCondition: 'false' },
      resolved,
      true,
      { kind: 'rendered' },
    ],
    [
      'not where the deletion condition holds',
      { deletionCondition: 'true' },
      resolved,
      false,
      { kind: 'unwanted' },
    ],
    [
      'not where it holds and the PediaCluster exists',
      { deletionCondition: 'true' },
      resolved,
      true,
      { kind: 'unwanted' },
    ],
    [
      'where the deletion condition does not hold',
      { deletionCondition: ' FALSE ' },
      resolved,
      true,
      { kind: 'rendered' },
    ],
  ])('%s', (_, spec, references, exists, expected) => {
    expect(render(spec, references, exists)).toMatchObject(expected);
  });

  it('not without a reference; that counts as a broken only where the PediaCluster exists', () => {
    const problem = {
      reason: 'ReferenceNotFound',
      message: 'secrets "default/c1" does not exist',
    };
    expect(render({}, unresolved, false)).toEqual({
      kind: 'problem',
      problem: { ...problem, failed: false },
    });
    expect(render({}, unresolved, true)).toEqual({ kind: 'problem', problem: { ...problem, failed: true } });
  });

  it('not without a reference that is not even needed to see that the cluster is not ready', () => {
    expect(render({ creationCondition: '{{ .source.status.ready }}' }, unresolved, false)).toEqual({
      kind: 'not-yet',
    });
  });

  it('never as unwanted without all references, for a deletion must be certain', () => {
    expect(render({ deletionCondition: 'true' }, unresolved, true)).toMatchObject({
      problem: { reason: 'ReferenceNotFound' },
    });
  });

  it('not where a template fails over a missing reference: that is the problem then', () => {
    const creationCondition = '{{ index .references.auth.data.token 100 }}';
    expect(render({ creationCondition }, unresolved, false)).toMatchObject({
      problem: { reason: 'ReferenceNotFound' },
    });
    expect(render({ creationCondition }, resolved, false)).toMatchObject({
      problem: { reason: 'RenderFailed' },
    });
  });

  it('not where a reference is a problem', () => {
    expect(render({}, { ...resolved, problem: broken }, true)).toEqual({
      kind: 'problem',
      problem: broken,
    });
  });
});

const someRendering = {
  rendered: { kind: 'rendered', pediaCluster: RENDERED },
  changed: { kind: 'rendered', pediaCluster: { spec: { ...RENDERED.spec, tokenData: 'bmV3' } } },
  unwanted: { kind: 'unwanted' },
  notYet: { kind: 'not-yet' },
  problem: { kind: 'problem', problem: broken },
} as const satisfies { [name: string]: Rendering };

const decide = (observation: Partial<LifecycleObservation>) =>
  decideLifecycle({
    lifecycle: lifecycle(),
    pediaCluster: undefined,
    references: resolved,
    rendering: someRendering.rendered,
    deletionReleased: false,
    ...observation,
  });

const summary = (observation: Partial<LifecycleObservation>) => {
  const { actions, conditions, deletionWanted, problem } = decide(observation);
  return {
    actions: actions.map(({ verb }) => verb).join(' '),
    conditions: conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`).join(' '),
    deletionWanted,
    failed: problem?.failed ?? false,
  };
};

const SETTLED =
  'Created=True/Created Updating=False/UpToDate Stalled=False/UpToDate Ready=True/UpToDate Reachable=Unknown/NotReported';
/** What counts as a failure waits for somebody. */
const isStalled = (reason: string) =>
  ['RenderFailed', 'Conflict', 'NotAdopted', 'CredentialMissing'].includes(reason) ? 'True' : 'False';
const all = (reason: string, created = `Created=False/${reason}`) =>
  `${created} Updating=False/${reason} Stalled=${isStalled(reason)}/${reason} Ready=False/${reason} Reachable=Unknown/NotReported`;

describe('a PediaCluster that does not exist', () => {
  it('is created with its owner in one write', () => {
    expect(decide({}).actions).toEqual([
      { verb: 'create', kind: 'pediaCluster', object: newPediaCluster(lifecycle(), RENDERED) },
    ]);
  });

  it.each([
    ['is created where it renders', someRendering.rendered, 'create', SETTLED, false],
    ['waits for its creation condition', someRendering.notYet, '', all('CreationConditionNotMet'), false],
    [
      'is not made while the deletion condition holds',
      someRendering.unwanted,
      '',
      all('DeletionConditionMet'),
      false,
    ],
    ['is not made where rendering fails', someRendering.problem, '', all('RenderFailed'), true],
  ])('%s', (_, rendering, actions, conditions, failed) => {
    expect(summary({ rendering })).toEqual({ actions, conditions, deletionWanted: false, failed });
  });
});

describe('a PediaCluster that the lifecycle owns', () => {
  it.each([
    ['is left alone while it is as rendered', someRendering.rendered, false, '', SETTLED, false, false],
    ['is updated', someRendering.changed, false, 'patch', SETTLED, false, false],
    [
      'stays as it is where rendering fails',
      someRendering.problem,
      false,
      '',
      all('RenderFailed', 'Created=True/Created'),
      false,
      true,
    ],
    [
      'is to be deleted where its condition holds, when the breaker lets it',
      someRendering.unwanted,
      false,
      '',
      all('DeletionConditionMet', 'Created=True/Created'),
      true,
      false,
    ],
    [
      'is deleted when the breaker has let it',
      someRendering.unwanted,
      true,
      'delete',
      all('DeletionConditionMet', 'Created=True/Created'),
      true,
      false,
    ],
  ])('%s', (_, rendering, deletionReleased, actions, conditions, deletionWanted, failed) => {
    expect(summary({ pediaCluster: pediaCluster(), rendering, deletionReleased })).toEqual({
      actions,
      conditions,
      deletionWanted,
      failed,
    });
  });

  it('is deleted by its uid', () => {
    const { actions } = decide({
      pediaCluster: pediaCluster(),
      rendering: someRendering.unwanted,
      deletionReleased: true,
    });
    expect(actions).toEqual([
      { verb: 'delete', kind: 'pediaCluster', name: 'mcp-c1', uid: 'uid-of-pediacluster' },
    ]);
  });

  it('is updated in the version that was read', () => {
    expect(decide({ pediaCluster: pediaCluster(), rendering: someRendering.changed }).actions).toEqual([
      {
        verb: 'patch',
        kind: 'pediaCluster',
        name: 'mcp-c1',
        patch: {
          metadata: { uid: 'uid-of-pediacluster', resourceVersion: '50' },
          spec: { tokenData: 'bmV3' },
        },
      },
    ]);
  });

  it('is waited for while it is being deleted, then made again', () => {
    const going = pediaCluster({ deletionTimestamp: '2024-03-01T00:00:00Z' });
    expect(summary({ pediaCluster: going })).toEqual({
      actions: '',
      conditions: all('Terminating'),
      deletionWanted: false,
      failed: false,
    });
  });
});

describe('a PediaCluster of', () => {
  it('an earlier incarnation of the lifecycle is taken over, in the same write as what else must change', () => {
    const inherited = pediaCluster({ ownerReferences: [lifecycleReference('earlier')] });
    const patch = {
      uid: 'uid-of-pediacluster',
      resourceVersion: '50',
      ownerReferences: [lifecycleReference()],
    };
    expect(decide({ pediaCluster: inherited }).actions).toMatchObject([{ patch: { metadata: patch } }]);
    expect(decide({ pediaCluster: inherited, rendering: someRendering.changed }).actions).toMatchObject([
      { patch: { metadata: patch, spec: { tokenData: 'bmV3' } } },
    ]);
  });

  const unowned = pediaCluster({ ownerReferences: [] });
  const annotated = pediaCluster({ ownerReferences: [], annotations: { [ADOPT_BY_ANNOTATION]: 'mcp' } });
  const EXISTING = SETTLED.replace('True/Created', 'True/Existing');

  it.each([
    ['is updated', someRendering.changed, 'patch'],
    ['is never deleted', someRendering.unwanted, ''],
    ['is left alone where it is as rendered', someRendering.rendered, ''],
  ])('somebody else, which was there before and may be adopted, %s', (_, rendering, actions) => {
    expect(summary({ pediaCluster: annotated, rendering, deletionReleased: true })).toEqual({
      actions,
      conditions: EXISTING,
      deletionWanted: false,
      failed: false,
    });
  });

  it('somebody else is never owned', () => {
    const [action] = decide({ pediaCluster: annotated, rendering: someRendering.changed }).actions;
    expect(action).not.toHaveProperty('patch.metadata.ownerReferences');
  });

  it.each([
    ['without a word', unowned],
    [
      'with a word for another policy',
      pediaCluster({ ownerReferences: [], annotations: { [ADOPT_BY_ANNOTATION]: 'other' } }),
    ],
  ])('somebody else, which was there before %s, is left alone and reported', (_, cluster) => {
    expect(summary({ pediaCluster: cluster, rendering: someRendering.changed })).toEqual({
      actions: '',
      conditions: all('NotAdopted'),
      deletionWanted: false,
      failed: true,
    });
  });

  it('somebody else is kept up to date under adoption: Always, as by Clusterpedia', () => {
    const always = lifecycle(undefined, {}, { adoption: 'Always' });
    expect(
      summary({ lifecycle: always, pediaCluster: unowned, rendering: someRendering.changed }),
    ).toMatchObject({ actions: 'patch', conditions: EXISTING });
  });

  it('this policy, whose lifecycle had to let it go, is owned again, and the marks go', () => {
    const handedOver = pediaCluster({
      ownerReferences: [],
      annotations: { [ADOPT_BY_ANNOTATION]: 'mcp', [MADE_BY_ANNOTATION]: 'mcp' },
    });
    expect(decide({ pediaCluster: handedOver, rendering: someRendering.rendered }).actions).toMatchObject([
      {
        verb: 'patch',
        patch: {
          metadata: {
            uid: 'uid-of-pediacluster',
            ownerReferences: [lifecycleReference()],
            annotations: { [ADOPT_BY_ANNOTATION]: null, [MADE_BY_ANNOTATION]: null },
          },
        },
      },
    ]);
  });

  it('keeps its credential where what is rendered has none; whose it is, is settled all the same', () => {
    const rendering: Rendering = {
      kind: 'rendered',
      pediaCluster: { spec: { apiserver: 'https://c1.example:6443', syncResources: [] } },
    };
    expect(summary({ pediaCluster: pediaCluster(), rendering })).toEqual({
      actions: '',
      conditions: all('CredentialMissing').replace('False/CredentialMissing', 'True/Created'),
      deletionWanted: false,
      failed: true,
    });
    const inherited = pediaCluster({ ownerReferences: [lifecycleReference('earlier')] });
    const [action] = decide({ pediaCluster: inherited, rendering }).actions;
    expect(action).toMatchObject({ patch: { metadata: { ownerReferences: [lifecycleReference()] } } });
    expect(action).not.toHaveProperty('patch.spec');
  });

  it('another lifecycle is a conflict: refused, and the other is named', () => {
    const foreign = pediaCluster({ ownerReferences: [lifecycleReference('o', 'other')] });
    expect(summary({ pediaCluster: foreign, rendering: someRendering.changed })).toEqual({
      actions: '',
      conditions: all('Conflict'),
      deletionWanted: false,
      failed: true,
    });
    expect(decide({ pediaCluster: foreign }).problem).toMatchObject({
      message: 'the PediaCluster "mcp-c1" belongs to the PediaClusterLifecycle "other"',
      rival: 'other',
    });
  });
});

describe('the label of a PediaCluster that names the policy', () => {
  const labels = { [POLICY_LABEL]: 'mcp' };
  const managedFields = [
    {
      manager: 'clusterpedia-import',
      fieldsV1: { 'f:metadata': { 'f:labels': { [`f:${POLICY_LABEL}`]: {} } } },
    },
  ];
  const claiming: Rendering = {
    kind: 'rendered',
    pediaCluster: { ...RENDERED, metadata: { labels: { [POLICY_LABEL]: 'another' } } },
  };
  const all = lifecycle(undefined, {}, { updatePolicy: 'All' });
  const labelsWritten = (observation: Partial<LifecycleObservation>) =>
    decide(observation).actions.map((action) =>
      'patch' in action ? (action.patch as { metadata: { labels?: object } }).metadata.labels : undefined,
    );

  it('is written with it, under All put back, and under Credentials left alone, as every label is', () => {
    expect(decide({ rendering: someRendering.rendered }).actions).toMatchObject([
      { object: { metadata: { labels } } },
    ]);
    expect(labelsWritten({ lifecycle: all, pediaCluster: pediaCluster() })).toEqual([labels]);
    expect(labelsWritten({ pediaCluster: pediaCluster() })).toEqual([]);
  });

  it('stays under All, though the template does not render it', () => {
    const labelled = pediaCluster({ labels, managedFields });
    expect(labelsWritten({ lifecycle: all, pediaCluster: labelled })).toEqual([]);
  });

  it('is the true one, whatever the template renders', () => {
    expect(decide({ rendering: claiming }).actions).toMatchObject([{ object: { metadata: { labels } } }]);
    expect(
      labelsWritten({ lifecycle: all, pediaCluster: pediaCluster({ labels }), rendering: claiming }),
    ).toEqual([]);
  });

  it('is not written on what somebody else has made', () => {
    const adopted = pediaCluster({ ownerReferences: [], annotations: { [ADOPT_BY_ANNOTATION]: 'mcp' } });
    expect(labelsWritten({ lifecycle: all, pediaCluster: adopted })).toEqual([]);
  });
});

describe('what Clusterpedia says of a PediaCluster', () => {
  const saying = (status: string | undefined) => {
    const conditions =
      status === undefined ? [] : [{ type: 'Ready', status, reason: 'Theirs', message: 'm' }];
    const object = { ...pediaClusterObject(), status: { conditions } };
    return decide({ pediaCluster: observePediaCluster(object) }).conditions.find(
      ({ type }) => type === 'Reachable',
    );
  };

  it.each([
    ['True', 'True', 'Reachable'],
    ['False', 'False', 'Unreachable'],
    ['Unknown', 'Unknown', 'NotReported'],
    [undefined, 'Unknown', 'NotReported'],
  ])('READY %s is a condition of the lifecycle: %s, %s', (said, status, reason) => {
    expect(saying(said)).toMatchObject({ status, reason });
  });

  it('is read from the column of a watch, and stays as it was where a server has no columns', () => {
    const object = pediaClusterObject();
    const known = observePediaCluster(object);
    const printed = observePediaClusterMetadata(
      { ...object, printed: { Ready: 'False', Version: 'v1' } },
      known,
    );
    expect(printed.reachable).toBe('False');
    expect(observePediaClusterMetadata(object, printed).reachable).toBe('False');
  });
});

describe('the status of a lifecycle', () => {
  const now = new Date('2024-05-01T00:00:00Z');
  const { conditions } = decide({});
  const written = (): PediaClusterLifecycle => {
    const action = decideLifecycleStatus(lifecycle(), conditions, resolved, now);
    if (action?.verb !== 'patch') throw new Error('the first status is written');
    return { ...lifecycle(), status: action.patch['status'] as NonNullable<PediaClusterLifecycle['status']> };
  };

  it('is written once, with the references', () => {
    expect(written().status?.references).toEqual(resolved.located);
    expect(decideLifecycleStatus(written(), conditions, resolved, new Date())).toBeUndefined();
  });

  it('loses references that are not resolved any more', () => {
    expect(decideLifecycleStatus(written(), conditions, { ...resolved, located: [] }, now)).toMatchObject({
      patch: { status: { references: null } },
    });
  });

  it('keeps them where nothing was resolved this time', () => {
    expect(decideLifecycleStatus(written(), conditions, undefined, now)).toBeUndefined();
  });

  it('says while a write is tried again that the update is under way', () => {
    expect(
      failedWrite(broken, true).map(({ type, status, reason }) => `${type}=${status}/${reason}`),
    ).toEqual(['Updating=True/Retrying', 'Stalled=False/Retrying', 'Ready=False/RenderFailed']);
    expect(failedWrite(broken, false)[0]).toMatchObject({ status: 'False', reason: 'RenderFailed' });
  });
});

describe('what has come of a lifecycle', () => {
  const withStatus = (
    created: 'True' | 'False',
    reason: string,
    ready: 'True' | 'False' = 'False',
  ): PediaClusterLifecycle => ({
    ...lifecycle(),
    status: {
      conditions: [
        { type: 'Created', status: created, reason, message: 'm', lastTransitionTime: 'x' },
        { type: 'Ready', status: ready, reason, message: 'm', lastTransitionTime: 'x' },
      ],
    },
  });

  it.each([
    [
      'imported',
      withStatus('True', 'UpToDate', 'True'),
      { imported: true, waiting: false, reachable: 'Unknown' },
    ],
    [
      'waiting for its condition',
      withStatus('False', 'CreationConditionNotMet'),
      { imported: false, waiting: true, reachable: 'Unknown' },
    ],
    [
      'waiting for a Secret',
      withStatus('False', 'ReferenceNotFound'),
      { imported: false, waiting: true, reachable: 'Unknown' },
    ],
    [
      'failed for the loss of a Secret',
      withStatus('True', 'ReferenceNotFound'),
      { imported: true, waiting: false, reachable: 'Unknown', failure: 'mcp-c1: m' },
    ],
    [
      'failed',
      withStatus('False', 'RenderFailed'),
      { imported: false, waiting: false, reachable: 'Unknown', failure: 'mcp-c1: m' },
    ],
    ['not known', lifecycle(), { imported: false, waiting: false, reachable: 'Unknown' }],
  ])('is recorded as %s', (_, object, expected) => {
    expect(recordedOutcome(object)).toEqual(expected);
  });

  it('is the same as recorded once it is decided', () => {
    for (const rendering of Object.values(someRendering)) {
      for (const cluster of [undefined, pediaCluster()]) {
        const { conditions, problem } = decide({ rendering, pediaCluster: cluster });
        const status = {
          conditions: conditions.map((condition) => ({ ...condition, lastTransitionTime: 'x' })),
        };
        expect(recordedOutcome({ ...lifecycle(), status })).toEqual(
          outcomeOf(lifecycle(), conditions, problem),
        );
      }
    }
  });
});
