import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../src/policy/index.ts';
import type { Claimant, SourceObservation } from '../../src/reconcile/index.ts';
import {
  decideSource,
  deleteLifecycle,
  describeClaimant,
  evaluateSource,
  failure,
  newLifecycle,
  seniorityOf,
} from '../../src/reconcile/index.ts';
import { SOURCE_KEY, SPEC, lifecycle, negotiated, source } from './objects.ts';

const policy = negotiated();
const selected = { kind: 'selected', name: 'mcp-c1' } as const;
const older: Claimant = { policy: 'other', source: { ...SOURCE_KEY, name: 'c0' } };

const decide = (observation: Partial<SourceObservation>) =>
  decideSource({
    policy,
    key: SOURCE_KEY,
    evaluation: selected,
    rival: undefined,
    isGoing: false,
    occupant: undefined,
    lifecycles: [],
    ...observation,
  });

describe('a source is evaluated as', () => {
  const evaluate = (spec: Partial<typeof SPEC>, object = source()) =>
    evaluateSource(compilePolicy({ ...SPEC, ...spec }), object);
  const selecting = (selectorTemplate: string) => ({ source: { ...SPEC.source, selectorTemplate } });

  it('absent where there is none', () => {
    expect(evaluateSource(compilePolicy(SPEC), undefined)).toEqual({ kind: 'absent' });
  });

  it.each([
    ['selected without a selector', {}, selected],
    ['selected where the selector holds', selecting(' {{ eq .source.metadata.name "c1" }} '), selected],
    [
      'unselected where it does not',
      selecting('{{ eq .source.metadata.name "c2" }}'),
      { kind: 'unselected' },
    ],
    ['unselected where it prints something else', selecting('yes'), { kind: 'unselected' }],
  ])('%s', (_, spec, expected) => {
    expect(evaluate(spec)).toEqual(expected);
  });

  it.each([
    ['the selector', selecting('{{ index .source.metadata.name 99 }}'), 'RenderFailed'],
    ['the name', { nameTemplate: 'No Name' }, 'RenderFailed'],
  ])('failed where %s does not render', (_, spec, reason) => {
    expect(evaluate(spec)).toMatchObject({ kind: 'failed', problem: { reason, failed: true } });
  });
});

describe('a source that is selected', () => {
  it('gets its lifecycle in one write', () => {
    expect(decide({})).toEqual({
      actions: [{ verb: 'create', kind: 'lifecycle', object: newLifecycle(policy, SOURCE_KEY, 'mcp-c1') }],
      deletions: [],
    });
  });

  it('needs nothing while its lifecycle is as it should be', () => {
    const own = lifecycle();
    expect(decide({ occupant: own, lifecycles: [own] })).toEqual({ actions: [], deletions: [] });
  });

  it('has its lifecycle follow an edited policy', () => {
    const own = lifecycle();
    const edited = negotiated({ template: 'spec: {}' });
    expect(decide({ policy: edited, occupant: own, lifecycles: [own] })).toMatchObject({
      actions: [{ verb: 'patch', patch: { spec: { template: 'spec: {}' } } }],
      deletions: [],
    });
  });

  it('waits while a lifecycle of its name is being deleted', () => {
    const own = lifecycle(undefined, { deletionTimestamp: '2024-03-01T00:00:00Z' });
    expect(decide({ occupant: own, lifecycles: [own] })).toEqual({ actions: [], deletions: [] });
  });

  it('takes over a lifecycle of its own that names no policy, e.g. from a backup', () => {
    const own = lifecycle(undefined, { ownerReferences: [] });
    expect(decide({ occupant: own })).toMatchObject({
      actions: [{ patch: { metadata: { ownerReferences: [{ name: 'mcp' }] } } }],
    });
  });

  it('gets a new lifecycle only when the one of its earlier name is gone, so that no cluster is imported twice', () => {
    const stale = lifecycle(undefined, { name: 'earlier' });
    expect(decide({ lifecycles: [stale] })).toEqual({ actions: [], deletions: [stale] });
  });
});

describe('a source whose name is taken', () => {
  it('by another source is reported with the name of that, and loses its lifecycle', () => {
    const own = lifecycle();
    const decision = decide({ rival: older, occupant: own, lifecycles: [own] });
    expect(decision.actions).toEqual([]);
    expect(decision.deletions).toEqual([own]);
    expect(decision.problem).toEqual({
      reason: 'NameCollision',
      message: 'the name "mcp-c1" is held by c0 (policy other)',
      failed: true,
      rival: 'mcp-c1',
    });
  });

  it.each([
    [
      "by another policy's lifecycle",
      lifecycle(negotiated({}, { name: 'other', uid: 'o' })),
      'for c1 (policy other)',
    ],
    [
      "by another source's lifecycle",
      lifecycle(undefined, {}, { source: { ...lifecycle().spec.source, namespace: 'ns', name: 'c9' } }),
      'for ns/c9 (policy mcp)',
    ],
    [
      "by somebody's own lifecycle",
      lifecycle(undefined, { ownerReferences: [] }, { source: { ...lifecycle().spec.source, name: 'c9' } }),
      'for c9 (no policy)',
    ],
  ])('%s touches nothing and is reported', (_, occupant, whose) => {
    const decision = decide({ occupant });
    expect(decision).toMatchObject({
      actions: [],
      deletions: [],
      problem: { reason: 'NameCollision', failed: true },
    });
    expect(decision.problem?.message).toBe(`the PediaClusterLifecycle "mcp-c1" exists already, ${whose}`);
  });
});

describe('a source that is', () => {
  const own = lifecycle();
  it.each([['absent'], ['unselected']] as const)('%s loses its lifecycles', (kind) => {
    expect(decide({ evaluation: { kind }, rival: undefined, lifecycles: [own] })).toEqual({
      actions: [],
      deletions: [own],
    });
  });

  it('not to be judged, for a template fails, keeps what it has', () => {
    const problem = failure('RenderFailed', 'm');
    expect(decide({ evaluation: { kind: 'failed', problem }, lifecycles: [own] })).toEqual({
      actions: [],
      deletions: [],
      problem,
    });
  });
});

it('a source that is being deleted keeps the lifecycle that it has, and gets none anew', () => {
  const own = lifecycle();
  expect(decide({ isGoing: true })).toEqual({ actions: [], deletions: [] });
  expect(decide({ isGoing: true, occupant: own, lifecycles: [own] })).toEqual({ actions: [], deletions: [] });
});

describe('claims and deletions', () => {
  it('name the source, its age and its policy', () => {
    expect(seniorityOf(policy, source())).toEqual({
      sourceCreated: '2024-02-01T00:00:00Z',
      policyCreated: '2024-01-01T00:00:00Z',
    });
    expect(describeClaimant({ policy: 'mcp', source: { ...SOURCE_KEY, namespace: 'ns' } })).toBe(
      'ns/c1 (policy mcp)',
    );
  });

  it('delete one incarnation of a lifecycle', () => {
    expect(deleteLifecycle(lifecycle())).toEqual({
      verb: 'delete',
      kind: 'lifecycle',
      name: 'mcp-c1',
      uid: 'uid-of-lifecycle',
    });
  });
});
