import { describe, expect, it } from 'vitest';
import { folderWith, mcpFile, runCli } from './workspace.ts';

const POLICY = await mcpFile('policy.yaml');
const CRDS = await mcpFile('testdata/crds.yaml');
const EXPECTED = await mcpFile('testdata/expected.yaml');
const OBJECTS = await mcpFile('testdata/objects.yaml');

const condition = (type: string, status: string, reason: string, message: string) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

const lifecycle = (name: string, conditions: readonly object[]) => ({
  apiVersion: 'policy.clusterpedia.io/v1alpha1',
  kind: 'PediaClusterLifecycle',
  metadata: {
    name,
    ownerReferences: [
      { apiVersion: 'policy.clusterpedia.io/v1alpha1', kind: 'ClusterImportPolicy', name: 'mcp', uid: 'p-1' },
    ],
  },
  spec: { source: { group: 'cluster.mcp.io', resource: 'clusters', version: 'v1', name } },
  status: { conditions },
});

const pediaCluster = (name: string, ready: string) => ({
  apiVersion: 'cluster.clusterpedia.io/v1alpha2',
  kind: 'PediaCluster',
  metadata: { name },
  spec: {},
  status: { conditions: [condition('Ready', ready, 'Healthy', '')] },
});

const list = (...items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

/** What `kubectl get -o yaml` prints of a cluster in which something of everything is wrong. */
const DUMP = list(
  {
    apiVersion: 'policy.clusterpedia.io/v1alpha1',
    kind: 'ClusterImportPolicy',
    metadata: { name: 'mcp' },
    spec: { source: { group: 'cluster.mcp.io', resource: 'clusters' }, nameTemplate: 'x', template: 'y' },
    status: {
      conditions: [condition('Ready', 'False', 'DeletionHeld', '12 deletions are held')],
      failed: 1,
      heldDeletions: 12,
    },
  },
  lifecycle('good', [
    condition('Created', 'True', 'Created', ''),
    condition('Ready', 'True', 'UpToDate', ''),
  ]),
  lifecycle('unwell', [
    condition('Created', 'True', 'Created', ''),
    condition('Ready', 'True', 'UpToDate', ''),
  ]),
  lifecycle('bad', [
    condition('Created', 'False', 'RenderFailed', 'spec.template 1:3: no'),
    condition('Ready', 'False', 'RenderFailed', 'spec.template 1:3: no'),
  ]),
  ...['w1', 'w2', 'w3', 'w4'].map((name) =>
    lifecycle(name, [
      condition('Created', 'False', 'CreationConditionNotMet', 'creationCondition does not hold'),
      condition('Ready', 'False', 'CreationConditionNotMet', 'creationCondition does not hold'),
    ]),
  ),
  pediaCluster('good', 'True'),
  pediaCluster('unwell', 'False'),
);

describe('status', () => {
  it('prints what the controller and Clusterpedia say, the same together, with what to do', async () => {
    const { code, stdout } = await runCli(['status', '-'], { stdin: DUMP });
    expect(stdout)
      .toBe(`POLICY   SOURCE                    READY   REASON         CLUSTERS   REACHABLE   WAITING   FAILING   HELD
mcp      clusters.cluster.mcp.io   False   DeletionHeld   2          1           4         1         12

policy mcp: DeletionHeld: 12 deletions are held
  to do: see [operating](operating.md#held-deletions)

1 failing, policy mcp: RenderFailed: spec.template 1:3: no
  bad
  to do: the message has the place

4 waiting, policy mcp: CreationConditionNotMet: creationCondition does not hold
  w1, w2, w3 and 1 more
  to do: look at the source's status

1 not reachable, as Clusterpedia says
  unwell
  to do: kubectl describe pediacluster NAME
`);
    expect(code).toBe(1);
  });

  it('prints what would come of policies and sources that no controller has seen', async () => {
    const cwd = await folderWith({ 'policy.yaml': POLICY, 'crds.yaml': CRDS, 'objects.yaml': OBJECTS });
    const { code, stdout } = await runCli(['status', '.'], { cwd });
    expect(stdout)
      .toBe(`POLICY   SOURCE                    READY   REASON    CLUSTERS   REACHABLE   WAITING   FAILING   HELD
mcp      clusters.cluster.mcp.io   True    Settled   1          unknown     0         0         0
`);
    expect(code).toBe(0);
  });

  it('says in whole sentences that the controller has said nothing yet', async () => {
    const policy = {
      apiVersion: 'policy.clusterpedia.io/v1alpha1',
      kind: 'ClusterImportPolicy',
      metadata: { name: 'skyhook' },
      spec: { source: { group: 'cluster.mcp.io', resource: 'clusters' }, nameTemplate: 'x', template: 'y' },
    };
    const { metadata, ...rest } = lifecycle('orphan', []);
    const orphan = { ...rest, metadata: { name: metadata.name } };
    const { stdout } = await runCli(['status', '-'], { stdin: list(policy, lifecycle('new', []), orphan) });
    expect(stdout.slice(stdout.indexOf('\n\n'))).toBe(`

policy skyhook: the controller has said nothing of it yet

1 waiting, policy mcp: the controller has said nothing of it yet
  new

1 waiting, owned by no policy: the controller has said nothing of it yet
  orphan
`);
  });

  it('takes the golden files of cases for no objects of a cluster', async () => {
    const cwd = await folderWith({
      'policy.yaml': POLICY,
      'case/crds.yaml': CRDS,
      'case/objects.yaml': OBJECTS,
      'case/expected.yaml': EXPECTED,
    });
    const { code, stdout } = await runCli(['status', '.'], { cwd });
    expect(stdout).toContain('mcp      clusters.cluster.mcp.io   True    Settled   1          unknown ');
    expect(code).toBe(0);
    const explained = await runCli(['explain', 'cluster/cluster-1', '.'], { cwd });
    expect(explained.stdout).not.toContain('NotAdopted');
    expect(explained.code).toBe(0);
  });

  it('has golden files read where render compares with their folder', async () => {
    const cwd = await folderWith({
      'policy.yaml': POLICY,
      'case/crds.yaml': CRDS,
      'case/objects.yaml': OBJECTS,
      'golden/expected.yaml': EXPECTED,
    });
    const args = ['render', '--diff', '--expected', 'golden', 'policy.yaml', 'case'];
    expect((await runCli(args, { cwd })).code).toBe(0);
  });

  it('is data for programs', async () => {
    const { stdout } = await runCli(['status', '-o', 'json', '-'], { stdin: DUMP });
    expect(JSON.parse(stdout)).toMatchObject({
      policies: [{ name: 'mcp', clusters: 2, reachable: 1, waiting: 4, failing: 1, held: 12 }],
      clusters: [
        { name: 'good', state: 'imported', reachable: 'True' },
        { name: 'unwell' },
        { state: 'failing' },
        {},
        {},
        {},
        {},
      ],
    });
  });

  it.each([
    [[], 'error: give files, or --server'],
    [['--server', 'x'], 'error: give files, or --server, not both'],
  ])('status %j is wrong use', async (args, message) => {
    const { code, stderr } = await runCli(['status', ...args]);
    expect([code, stderr]).toEqual([2, `${message}\n`]);
  });
});

describe('explain', () => {
  it('exits with 1 where something stops the cluster, or no policy has to do with it', async () => {
    const cwd = await folderWith({
      'policy.yaml': POLICY,
      'crds.yaml': CRDS,
      'objects.yaml': OBJECTS.replace("'True'", "'False'"),
    });
    const stopped = await runCli(['explain', 'cluster/cluster-1', '.'], { cwd });
    expect(stopped.code).toBe(1);
    expect(stopped.stdout).toContain(
      'stops at decide: CreationConditionNotMet: creationCondition does not hold\n',
    );
    const nothing = await runCli(['explain', '-o', 'json', 'deployment/x', '.'], { cwd });
    expect([nothing.code, JSON.parse(nothing.stdout)]).toEqual([1, { explanations: [] }]);
  });

  it.each(['cluster', 'a//b', '/x', 'a/b/c/d'])('refuses %s', async (target) => {
    const { code, stderr } = await runCli(['explain', target, '.']);
    expect([code, stderr]).toEqual([2, `error: ${target}: write it as KIND/NAME, or KIND/NAMESPACE/NAME\n`]);
  });
});
