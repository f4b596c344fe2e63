import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicy, KubeObject, PediaClusterLifecycle } from '../../src/api/index.ts';
import { Inventory } from '../../src/cli/manifests/inventory.ts';
import { parseManifests } from '../../src/cli/manifests/manifests.ts';
import { viewOf } from '../../src/cli/plan/inventory-view.ts';
import type { ClusterView, Plan } from '../../src/cli/plan/plan.ts';
import { asStored, planOf } from '../../src/cli/plan/plan.ts';
import type { PlanTextOptions } from '../../src/cli/report/plan-text.ts';
import { planData, planTotals, printPlan } from '../../src/cli/report/plan-text.ts';
import { keptOutput } from './workspace.ts';

const POLICY = `apiVersion: policy.clusterpedia.io/v1alpha1
kind: ClusterImportPolicy
metadata: { name: fleet, uid: p-1 }
spec:
  source: { group: fleet.example.io, resource: clusters }
  nameTemplate: "fleet-{{ .source.metadata.name }}"
  template: |
    spec:
      apiserver: "https://{{ .source.spec.host }}:6443"
      tokenData: "{{ .source.spec.token }}"
      syncResources: [{ group: apps, resources: ["*"] }]
`;

const clusters = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `apiVersion: fleet.example.io/v1
kind: Cluster
metadata: { name: m${String(index + 1)}, uid: s-${String(index + 1)} }
spec: { host: 10.0.0.${String(index + 1)}, token: ${Buffer.from(`token-${String(index + 1)}`).toString('base64')} }
`,
  );

const view = (count: number): ClusterView =>
  viewOf(new Inventory(parseManifests([POLICY, ...clusters(count)].join('---\n'), 'all.yaml')));

/** A cluster into which so many clusters were imported, as the API server has it. */
function imported(count: number): ClusterView {
  const before = view(count);
  const { changes } = planOf(before);
  const stored = (kind: string, owner: (name: string) => string) =>
    changes.flatMap(({ kind: made, name, after }): KubeObject[] =>
      made === kind && after !== undefined
        ? [
            {
              ...after,
              metadata: {
                ...after.metadata,
                uid: `${kind}-${name}`,
                ownerReferences: (after.metadata.ownerReferences ?? []).map((one) => ({
                  ...one,
                  uid: owner(name),
                })),
              },
            },
          ]
        : [],
    );
  return {
    ...before,
    lifecycles: stored('PediaClusterLifecycle', () => 'p-1') as unknown as PediaClusterLifecycle[],
    pediaClusters: stored('PediaCluster', (name) => `PediaClusterLifecycle-${name}`).map(asStored),
  };
}

const changed = (
  cluster: ClusterView,
  change: (spec: ClusterImportPolicy['spec']) => Partial<ClusterImportPolicy['spec']>,
): ClusterView => ({
  ...cluster,
  policies: cluster.policies.map((object) => ({
    ...object,
    spec: { ...object.spec, ...change(object.spec) },
  })),
});

function textOf(plan: Plan, options: Partial<PlanTextOptions> = {}): string {
  const output = keptOutput();
  const { kinds = ['ClusterImportPolicy', 'PediaCluster'] } = options;
  printPlan(plan, { kinds, full: false, showSecrets: false, ...options }, output);
  return [...output.lines, ...planTotals(plan, kinds)].join('\n');
}

const labelled = ({ template }: ClusterImportPolicy['spec']) => ({
  template: `metadata: { labels: { region: eu } }\n${template}`,
});

describe('one label for', () => {
  it.each([
    [1, '~ change PediaCluster/fleet-m1: labels.region added\n'],
    [
      2,
      '~ change 2 PediaClusters of the policy fleet: labels.region added\n  fleet-m1, fleet-m2\n  each as this one:\n',
    ],
    [
      51,
      '~ change 51 PediaClusters of the policy fleet: labels.region added\n  the first three of 51: fleet-m1, fleet-m2, fleet-m3\n  each as this one:\n',
    ],
    [
      1000,
      '~ change 1000 PediaClusters of the policy fleet: labels.region added\n  the first three of 1000: fleet-m1, fleet-m2, fleet-m3\n  each as this one:\n',
    ],
  ])('%i clusters is told once', (count, heading) => {
    const plan = planOf(changed(imported(count), (spec) => ({ ...labelled(spec), updatePolicy: 'All' })));
    expect(textOf(plan)).toBe(`${heading}--- PediaCluster/fleet-m1 (in the cluster)
+++ PediaCluster/fleet-m1 (rendered)
@@ -3,6 +3,7 @@
 metadata:
   labels:
     policy.clusterpedia.io/policy: fleet
+    region: eu
   name: fleet-m1
 spec:
   apiserver: https://10.0.0.1:6443
PediaClusterLifecycles: 0 to create, ${String(count)} to change, 0 to rename, 0 to delete; --lifecycles shows what changes
PediaClusters: 0 to create, ${String(count)} to change, 0 to rename, 0 to delete`);
  });

  it('51 clusters changes none of them where updatePolicy leaves labels alone, and says so', () => {
    const plan = planOf(changed(imported(51), labelled));
    expect(textOf(plan)).toBe(
      `= keep 51 PediaClusters (the first three of 51: fleet-m1, fleet-m2, fleet-m3): labels.region is not added, for the policy fleet has no updatePolicy: All
PediaClusterLifecycles: 0 to create, 51 to change, 0 to rename, 0 to delete; --lifecycles shows what changes
PediaClusters: 0 to create, 0 to change, 0 to rename, 0 to delete`,
    );
  });
});

describe('a plan', () => {
  it('of nothing is nothing', () => {
    expect(textOf(planOf(imported(3)))).toBe(
      'PediaClusterLifecycles: 0 to create, 0 to change, 0 to rename, 0 to delete\nPediaClusters: 0 to create, 0 to change, 0 to rename, 0 to delete',
    );
  });

  it('shows the first of changes whose values differ, as fingerprints', () => {
    const plan = planOf(
      changed(imported(51), ({ template }) => ({
        template: template.replace('{{ .source.spec.token }}', '{{ .source.metadata.name | b64enc }}'),
      })),
    );
    const text = textOf(plan);
    expect(text).toContain(
      '~ change 51 PediaClusters of the policy fleet: spec.tokenData changed\n  the first three of 51: fleet-m1, fleet-m2, fleet-m3\n  the first one:\n',
    );
    expect(text).toMatch(
      /\n-  tokenData: <sha256 [0-9a-f]{12}, 7 bytes>\n\+  tokenData: <sha256 [0-9a-f]{12}, 2 bytes>\n/,
    );
    expect(text).not.toContain(Buffer.from('token-1').toString('base64'));
  });

  it('tells renames as renames, and counts them for what they cost', () => {
    const plan = planOf(changed(imported(51), () => ({ nameTemplate: 'f-{{ .source.metadata.name }}' })));
    const text = textOf(plan);
    expect(text).toMatch(
      /^~ rename 51 PediaClusters of the policy fleet: deleted, and created under the new name\n {2}the first three of 51: fleet-m1 to f-m1, fleet-m2 to f-m2, fleet-m3 to f-m3\n/,
    );
    expect(text).toContain('\n-  name: fleet-m1\n+  name: f-m1\n');
    expect(text).toMatch(/PediaClusters: 0 to create, 0 to change, 51 to rename, 0 to delete$/);
    expect(plan.problems.map(({ problem }) => problem.reason)).toEqual(['DeletionHeld']);
  });

  it('tells deletions, and sources whose PediaCluster is new', () => {
    const cluster = imported(2);
    const [one, two] = [view(1), view(3)];
    expect(textOf(planOf({ ...cluster, sourcesOf: (of) => one.sourcesOf(of) }))).toContain(
      '- delete PediaCluster/fleet-m2\n--- PediaCluster/fleet-m2 (in the cluster)\n+++ /dev/null\n',
    );
    expect(textOf(planOf({ ...cluster, sourcesOf: (of) => two.sourcesOf(of) }))).toContain(
      '+ create PediaCluster/fleet-m3\n--- /dev/null\n+++ PediaCluster/fleet-m3 (rendered)\n',
    );
  });

  it('has a body for what people do not see of an object', () => {
    const cluster = imported(1);
    // Made again, a lifecycle has another uid.
    const lifecycles = cluster.lifecycles.map((object) => ({
      ...object,
      metadata: { ...object.metadata, uid: 'new' },
    }));
    const text = textOf(planOf({ ...cluster, lifecycles }));
    expect(text).toContain('~ change PediaCluster/fleet-m1: ownerReferences changed\n');
    expect(text).toContain('-      uid: PediaClusterLifecycle-fleet-m1\n+      uid: new\n');
  });

  it('shows lifecycles where they are asked for', () => {
    const text = textOf(planOf(changed(imported(51), labelled)), { kinds: ['PediaClusterLifecycle'] });
    expect(text).toMatch(/^~ change 51 PediaClusterLifecycles of the policy fleet: spec.template changed\n/);
    expect(text).not.toContain('--lifecycles');
  });

  it('shows every object on its own where that is asked for', () => {
    const plan = planOf(changed(imported(51), (spec) => ({ ...labelled(spec), updatePolicy: 'All' })));
    expect(
      textOf(plan, { full: true }).match(/^~ change PediaCluster\/fleet-m\d+: labels.region added$/gm),
    ).toHaveLength(51);
  });

  it('tells what goes with a policy that is in no file', () => {
    const cluster = imported(51);
    const plan = planOf({ ...cluster, policies: [], pruned: cluster.policies });
    expect(textOf(plan)).toMatch(/^- delete ClusterImportPolicy\/fleet\n/);
    expect(textOf(plan)).toContain('- delete 51 PediaClusters of the policy fleet\n');
    expect(textOf(plan)).toMatch(/^ClusterImportPolicies: 1 to delete$/m);
    const protection = { 'policy.clusterpedia.io/deletion-protection': 'true' };
    const kept = cluster.policies.map((object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: protection },
    }));
    const stays = planOf({ ...cluster, policies: [], pruned: kept });
    expect([stays.changes, stays.problems.map(({ problem }) => problem.reason)]).toEqual([
      [],
      ['DeletionProtected'],
    ]);
  });

  it('is data for programs, without credentials', () => {
    const plan = planOf(changed(imported(2), (spec) => ({ ...labelled(spec), updatePolicy: 'All' })));
    const data = planData(plan, { kinds: ['PediaCluster'], showSecrets: false });
    expect(data).toMatchObject({
      summary: { pediaClusters: { create: 0, update: 2, rename: 0, delete: 0 } },
      changes: [
        {
          verb: 'update',
          kind: 'PediaCluster',
          name: 'fleet-m1',
          policy: 'fleet',
          fields: [{ path: 'labels.region', change: 'added' }],
          after: { metadata: { labels: { region: 'eu' } } },
        },
        { name: 'fleet-m2' },
      ],
      leftAlone: [],
      problems: [],
    });
    expect(JSON.stringify(data)).not.toContain(Buffer.from('token-1').toString('base64'));
  });
});
