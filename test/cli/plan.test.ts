import { describe, expect, it } from 'vitest';
import type {
  ClusterImportPolicy,
  KubeObject,
  PediaClusterLifecycle,
  StoredObject,
} from '../../src/api/index.ts';
import { Inventory } from '../../src/cli/manifests/inventory.ts';
import { parseManifests } from '../../src/cli/manifests/manifests.ts';
import type { ClusterView, Plan } from '../../src/cli/plan/plan.ts';
import { asStored, planOf } from '../../src/cli/plan/plan.ts';
import { viewOf } from '../../src/cli/plan/inventory-view.ts';
import { mcpFile } from './workspace.ts';

const texts = [
  await mcpFile('policy.yaml'),
  await mcpFile('testdata/crds.yaml'),
  await mcpFile('testdata/objects.yaml'),
];

/** The worked example, each text changed as asked. */
function view(change: (text: string) => string = (text) => text, extra = ''): ClusterView {
  const manifests = parseManifests([...texts, extra].map(change).join('\n---\n'), 'all.yaml');
  return viewOf(new Inventory(manifests));
}

const isLifecycle = (object: KubeObject): object is KubeObject & PediaClusterLifecycle =>
  object.kind === 'PediaClusterLifecycle';

/** The same cluster once the plan was carried out, as the API server would have it. */
function after(before: ClusterView, { changes }: Plan, policyUid = 'p-1'): ClusterView {
  const stored = (kind: string) =>
    changes.flatMap(({ kind: changed, after: object }) =>
      changed === kind && object !== undefined
        ? [
            asStored({
              ...object,
              metadata: { ...object.metadata, uid: `${kind}-${object.metadata.name}`, resourceVersion: '1' },
            }),
          ]
        : [],
    );
  const own = (object: StoredObject, uid: string): StoredObject => ({
    ...object,
    metadata: {
      ...object.metadata,
      ownerReferences: object.metadata.ownerReferences?.map((owner) => ({ ...owner, uid })) ?? [],
    },
  });
  return {
    ...before,
    policies: before.policies.map((policy) => ({
      ...policy,
      metadata: { ...policy.metadata, uid: policyUid },
    })),
    lifecycles: stored('PediaClusterLifecycle')
      .map((lifecycle) => own(lifecycle, policyUid))
      .filter(isLifecycle),
    pediaClusters: stored('PediaCluster').map((pediaCluster) =>
      own(pediaCluster, `PediaClusterLifecycle-${pediaCluster.metadata.name}`),
    ),
  };
}

const told = ({ changes }: Plan) => changes.map(({ verb, kind, name }) => `${verb} ${kind} ${name}`);
const reasons = ({ problems }: Plan) =>
  problems.map(({ subject, problem }) => `${subject}: ${problem.reason}`);

/** The view with other policies, where everything else is as it was. */
const withPolicy = (
  cluster: ClusterView,
  change: (spec: ClusterImportPolicy['spec']) => ClusterImportPolicy['spec'],
): ClusterView => ({
  ...cluster,
  policies: cluster.policies.map((policy) => ({ ...policy, spec: change(policy.spec) })),
});

describe('planOf, where nothing was imported yet', () => {
  it('creates a lifecycle and a PediaCluster for each source', () => {
    const plan = planOf(view());
    expect(told(plan)).toEqual([
      'create PediaClusterLifecycle mcp-cluster-1',
      'create PediaCluster mcp-cluster-1',
    ]);
    expect(plan.problems).toEqual([]);
    expect(plan.outcomes[0]).toMatchObject({
      policy: 'mcp',
      source: { group: 'cluster.mcp.io', resource: 'clusters', name: 'cluster-1' },
      references: [{ key: 'authSecret', namespace: 'default', name: 'cluster-1' }],
      pediaCluster: { spec: { apiserver: 'https://172.10.10.10:6443' } },
    });
  });

  it('creates a lifecycle alone where the creation condition does not hold', () => {
    const plan = planOf(view((text) => text.replace("status: 'True'", "status: 'False'")));
    expect(told(plan)).toEqual(['create PediaClusterLifecycle mcp-cluster-1']);
    expect(reasons(plan)).toEqual(['policy mcp, source cluster-1: CreationConditionNotMet']);
  });

  it.each([
    [
      'there is no source',
      (text: string) => text.replace('kind: Cluster\nmetadata', 'kind: Other\nmetadata'),
      'policy mcp: NoSources',
    ],
    [
      'the policy is suspended',
      (text: string) => text.replace('\nspec:\n  source:', '\nspec:\n  suspend: true\n  source:'),
      'policy mcp: Suspended',
    ],
    [
      'the source is not served in the allowed versions',
      (text: string) => text.replace('versions: []', 'versions: [v9]'),
      'policy mcp: SourceKindNotFound',
    ],
    [
      'a reference is not served in the allowed versions',
      (text: string) => text.replace(/(resource: secrets\s+)versions: \[\]/, '$1versions: [v9]'),
      'policy mcp: ReferenceKindNotFound',
    ],
    [
      'a template is broken',
      (text: string) =>
        text
          .replace('| nothing', '')
          .replace('.source.metadata.name }}', '.source.metadata.name | nothing }}'),
      'policy mcp: InvalidTemplate',
    ],
  ])('does nothing where %s, and says so', (_case, change, expected) => {
    const plan = planOf(view(change));
    expect(told(plan)).toEqual([]);
    expect(reasons(plan)).toEqual([expected]);
  });

  it('reports a namespaced reference without a namespace', () => {
    const plan = planOf(view((text) => text.replace(/\n +(namespaceTemplate|allowedNamespaces): .*/g, '')));
    expect(reasons(plan)).toEqual(['policy mcp, source cluster-1: NamespaceMissing']);
  });

  it('gives a name that two sources render to one of them', () => {
    const second = texts[2]?.replaceAll('name: cluster-1', 'name: cluster-2') ?? '';
    const plan = planOf(view((text) => text.replace('mcp-{{ .source.metadata.name }}', 'same'), second));
    expect(told(plan)).toEqual(['create PediaClusterLifecycle same', 'create PediaCluster same']);
    expect(reasons(plan)).toEqual(['policy mcp, source cluster-2: NameCollision']);
  });

  it('stops at references that have to be looked up first', () => {
    const cluster = view();
    const plan = planOf({ ...cluster, lookup: () => ({ kind: 'pending' }) });
    expect(plan.pending).toMatchObject([{ key: 'authSecret', namespace: 'default', name: 'cluster-1' }]);
  });
});

describe('planOf, where something was imported', () => {
  const before = view();
  const imported = after(before, planOf(before));

  it('does nothing where nothing has changed', () => {
    expect(planOf(imported).changes).toEqual([]);
  });

  it('updates lifecycle and PediaCluster where the template says something new', () => {
    const plan = planOf(
      withPolicy(imported, (spec) => ({
        ...spec,
        template: spec.template.replace(
          '.source.spec.apiEndpoint',
          '.source.spec.apiEndpoint | trimSuffix ":6443"',
        ),
      })),
    );
    expect(told(plan)).toEqual([
      'update PediaClusterLifecycle mcp-cluster-1',
      'update PediaCluster mcp-cluster-1',
    ]);
    expect(plan.changes[1]?.after).toMatchObject({ spec: { apiserver: 'https://172.10.10.10' } });
  });

  it('deletes what it made where the source is gone', () => {
    const plan = planOf({ ...imported, sourcesOf: () => [] });
    expect(told(plan)).toEqual([
      'delete PediaCluster mcp-cluster-1',
      'delete PediaClusterLifecycle mcp-cluster-1',
    ]);
  });

  it('tells of deletions that the controller would hold, and how to let them go', () => {
    const [, crds = '', objects = ''] = texts;
    const [cluster = ''] = objects.split('---').filter((text) => text.includes('kind: Cluster'));
    const many = Array.from({ length: 11 }, (_, index) =>
      cluster.replace('name: cluster-1', `name: c-${String(index)}`),
    );
    const fleet = view(undefined, `${crds}\n---\n${many.join('\n---\n')}`);
    const existing = after(fleet, planOf(fleet));
    expect(existing.pediaClusters).toHaveLength(12);

    const plan = planOf({ ...existing, sourcesOf: () => [] });
    expect(plan.changes.filter(({ kind }) => kind === 'PediaCluster')).toHaveLength(12);
    expect(plan.problems.at(-1)).toEqual({
      subject: 'policy mcp',
      problem: {
        reason: 'DeletionHeld',
        message:
          '12 deletions are held, for they are too many at once; ' +
          'to let them go, annotate the policy with policy.clusterpedia.io/allow-deletions=12',
        failed: false,
      },
    });
    const allowed = existing.policies.map((policy) => ({
      ...policy,
      metadata: { ...policy.metadata, annotations: { 'policy.clusterpedia.io/allow-deletions': '12' } },
    }));
    expect(reasons(planOf({ ...existing, policies: allowed, sourcesOf: () => [] }))).toEqual([
      'policy mcp: NoSources',
    ]);
    const half = existing.policies.flatMap((policy) => existing.sourcesOf(policy)).slice(0, 6);
    expect(reasons(planOf({ ...existing, sourcesOf: () => half }))).toEqual([]);
  });

  it('lets the PediaCluster live where the policy says so', () => {
    const plan = planOf(
      withPolicy({ ...imported, sourcesOf: () => [] }, (spec) => ({ ...spec, deletionPolicy: 'Orphan' })),
    );
    expect(told(plan)).toEqual([
      'update PediaCluster mcp-cluster-1',
      'delete PediaClusterLifecycle mcp-cluster-1',
    ]);
    expect(plan.changes[0]?.after?.metadata.ownerReferences).toEqual([]);
  });

  it('imports a source under its new name once what has the old one is gone', () => {
    const plan = planOf(
      withPolicy(imported, (spec) => ({ ...spec, nameTemplate: 'new-{{ .source.metadata.name }}' })),
    );
    expect(told(plan)).toEqual([
      'rename PediaClusterLifecycle new-cluster-1',
      'rename PediaCluster new-cluster-1',
    ]);
  });

  it('leaves everything as it is where a template fails', () => {
    const plan = planOf(
      withPolicy(imported, (spec) => ({ ...spec, nameTemplate: '{{ index .source.metadata.name 99 }}' })),
    );
    expect(told(plan)).toEqual([]);
    expect(reasons(plan)).toEqual(['policy mcp, source cluster-1: RenderFailed']);
  });

  it('never touches a PediaCluster that another lifecycle owns', () => {
    const foreign = imported.pediaClusters.map((object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        ownerReferences: [
          {
            apiVersion: 'policy.clusterpedia.io/v1alpha1',
            kind: 'PediaClusterLifecycle',
            name: 'other',
            uid: 'o',
            controller: true,
          },
        ],
      },
    }));
    const plan = planOf({ ...imported, pediaClusters: foreign });
    expect(told(plan)).toEqual([]);
    expect(plan.problems).toHaveLength(1);
  });
});
