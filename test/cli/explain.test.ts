import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/cli/errors.ts';
import { Inventory } from '../../src/cli/manifests/inventory.ts';
import { parseManifests } from '../../src/cli/manifests/manifests.ts';
import type { Explanation } from '../../src/cli/explain/explain.ts';
import { explain } from '../../src/cli/explain/explain.ts';
import { checkField } from '../../src/cli/explain/field.ts';
import { meantTarget } from '../../src/cli/explain/meant.ts';
import { parseTarget } from '../../src/cli/explain/target.ts';
import { linesOf } from '../../src/cli/explain/template-lines.ts';
import type { ClusterView } from '../../src/cli/plan/plan.ts';
import { planOf } from '../../src/cli/plan/plan.ts';
import { recordedViewOf } from '../../src/cli/plan/recorded.ts';
import { printExplanation } from '../../src/cli/report/explanation-text.ts';
import { failure, REASONS } from '../../src/reconcile/index.ts';
import type { Reason } from '../../src/reconcile/index.ts';
import { keptOutput, MCP, mcpFile, runCli } from './workspace.ts';

const POLICY = await mcpFile('policy.yaml');
const CRDS = await mcpFile('testdata/crds.yaml');
const OBJECTS = await mcpFile('testdata/objects.yaml');

const view = (...texts: readonly string[]): ClusterView =>
  recordedViewOf(new Inventory(parseManifests(texts.join('\n---\n'), 'all.yaml')));

const explained = (target: string, cluster: ClusterView, field?: string): readonly Explanation[] =>
  explain(parseTarget(target), cluster, planOf(cluster), field);

function textOf(explanations: readonly Explanation[]): string {
  const output = keptOutput();
  for (const explanation of explanations) printExplanation(explanation, output);
  return output.lines.join('\n');
}

const change = (from: string | RegExp, to: string) => (text: string) => {
  expect(text).toMatch(from);
  return text.replace(from, to);
};
const same = (text: string) => text;

describe('a cluster that is made', () => {
  const cluster = view(POLICY, CRDS, OBJECTS);

  it('is explained step by step, with what the templates read', () => {
    expect(
      textOf(explained('pediacluster/mcp-cluster-1', cluster)).replaceAll(/sha256 [0-9a-f]{12}/g, 'sha256 …'),
    ).toBe(`policy mcp, source cluster-1, mcp-cluster-1
1 select: selected, as "mcp-cluster-1"
    spec.nameTemplate: "mcp-cluster-1"
      .source.metadata.name  "cluster-1"  (line 1)
2 resolve: every reference is there
    spec.references[0].namespaceTemplate: "default"
      .source.spec.authSecretRef.namespace  "default"  (line 1)
    spec.references[0].nameTemplate: "cluster-1"; secrets "default/cluster-1": found, with the keys ca, token
      .source.spec.authSecretRef.name  "cluster-1"  (line 1)
3 decide: the conditions let it be created and kept
    spec.creationCondition: holds
      .source.spec.apiEndpoint  "https://172.10.10.10:6443"  (line 1)
      .source.status.conditions[0].type  "Ready"  (line 3)
      .source.status.conditions[0].status  "True"  (line 4)
4 render: the template renders a PediaCluster
    spec.template
      .source.spec.apiEndpoint  "https://172.10.10.10:6443"  (line 2)
      .references.authSecret.data.ca  <sha256 …, 780 bytes>  (line 3)
      .references.authSecret.data.token  <sha256 …, 264 bytes>  (line 4)
5 write: PediaCluster/mcp-cluster-1`);
  });

  it('shows a name that is read from a Secret as a fingerprint, found or not', () => {
    const holder = (name: string, data: object) =>
      JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, data });
    const policy = JSON.stringify({
      apiVersion: 'policy.clusterpedia.io/v1alpha1',
      kind: 'ClusterImportPolicy',
      metadata: { name: 'by-token' },
      spec: {
        source: { group: '', resource: 'configmaps', versions: ['v1'] },
        references: [
          ['first', 'holder'],
          ['later', '{{ .references.first.data.token | b64dec }}'],
        ].map(([key, nameTemplate]) => ({
          ...{ key, group: '', resource: 'secrets', versions: ['v1'] },
          ...{ namespaceTemplate: 'default', nameTemplate },
        })),
        nameTemplate: '{{ .source.metadata.name }}',
        creationCondition: '{{ ne .references.later.metadata.name "" }}',
        template: 'spec: { apiserver: "https://a.example", syncResources: [] }',
      },
    });
    const source = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c1","namespace":"default"}}';
    const given = [
      policy,
      source,
      holder('holder', { token: Buffer.from('hunter2-the-token').toString('base64') }),
    ];
    const reference = 'secrets of the reference "later" in the namespace "default"';
    for (const [objects, end] of [
      [given, 'not there'],
      [[...given, holder('hunter2-the-token', {})], 'found, with the keys (none)'],
    ] as const) {
      const text = textOf(explained('configmap/c1', view(...objects)));
      expect(text).toMatch(
        new RegExp(
          `nameTemplate: <sha256 [0-9a-f]{12}, 17 bytes>; ${reference}: ${end.replace(/[()]/g, '\\$&')}`,
        ),
      );
      expect(text).not.toContain('hunter2');
    }
  });

  it.each([
    'cluster/cluster-1',
    'clusters/cluster-1',
    'clusters.cluster.mcp.io/cluster-1',
    'pcl/mcp-cluster-1',
    'PediaClusterLifecycle/mcp-cluster-1',
  ])('is found as %s', (target) => {
    expect(explained(target, cluster)).toMatchObject([
      { policy: 'mcp', source: 'cluster-1', name: 'mcp-cluster-1' },
    ]);
  });

  it.each(['cluster/other', 'secret/cluster-1', 'pediacluster/other'])('is not taken for %s', (target) => {
    expect(explained(target, cluster).map(({ steps }) => steps)).toEqual(
      target === 'cluster/other' ? [[]] : [],
    );
  });

  it('shows no value of a Secret, in no form', () => {
    const shown = JSON.stringify(explained('cluster/cluster-1', cluster, 'spec.tokenData'));
    const values = [...OBJECTS.matchAll(/^ {2}(?:ca|token): (\S+)$/gm)].map(([, value = '']) => value);
    expect(values).toHaveLength(2);
    for (const value of values) {
      expect(shown).not.toContain(value);
      expect(shown).not.toContain(Buffer.from(value, 'base64').toString('utf8').slice(0, 24));
    }
  });

  it('tells where a field comes from, and who has set it last', () => {
    const managed = `apiVersion: cluster.clusterpedia.io/v1alpha2
kind: PediaCluster
metadata:
  name: mcp-cluster-1
  annotations: { policy.clusterpedia.io/adopt-by: mcp }
  managedFields:
    - { manager: clusterpedia-import, operation: Update, time: '2026-01-01T00:00:00Z', fieldsV1: { 'f:spec': { 'f:apiserver': {}, 'f:tokenData': {} } } }
    - { manager: kubectl-edit, operation: Update, time: '2026-01-02T00:00:00Z', fieldsV1: { 'f:spec': { 'f:apiserver': {} } } }
spec: { apiserver: 'https://edited' }
`;
    expect(
      textOf(explained('pediacluster/mcp-cluster-1', view(POLICY, CRDS, OBJECTS, managed), 'spec.apiserver')),
    ).toBe(
      `policy mcp, source cluster-1, mcp-cluster-1
spec.apiserver: "https://172.10.10.10:6443"
    spec.template 2:   apiserver: "{{ .source.spec.apiEndpoint }}"
      .source.spec.apiEndpoint  "https://172.10.10.10:6443"  (line 2)
    last written by kubectl-edit (Update, 2026-01-02T00:00:00Z)`,
    );
  });
});

describe('what is not there', () => {
  const cluster = view(POLICY, CRDS, OBJECTS);

  it.each([
    ['pediacluster/mcp-clustr-1', 'pediacluster/mcp-cluster-1'],
    ['pcl/mcp-cluster-2', 'pcl/mcp-cluster-1'],
    ['clustr/cluster-1', 'cluster/cluster-1'],
    ['cluster/clster-1', 'cluster/cluster-1'],
    ['clusters.cluster.mcp.oi/cluster-1', 'clusters.cluster.mcp.io/cluster-1'],
    ['pediaclutser/mcp-cluster-1', 'pediacluster/mcp-cluster-1'],
    ['shoot/garden/oslo', undefined],
  ])('of %s, %s was meant', (target, meant) => {
    expect(meantTarget(parseTarget(target), cluster, planOf(cluster))).toBe(meant);
  });

  it.each([
    ['dock/port/alhpa', 'dock/port/alpha'],
    ['dock/prot/alpha', 'dock/port/alpha'],
    ['dock/alpah', 'dock/alpha'],
  ])('of %s, in a namespace, %s was meant', (target, meant) => {
    const docks = {
      policies: [{ spec: { source: { group: 'harbour.example', resource: 'docks' } } }],
      lifecycles: [],
      factsOf: () => ({ kind: 'Dock' }),
      sourcesOf: () => [{ metadata: { namespace: 'port', name: 'alpha' } }],
    } as unknown as ClusterView;
    expect(meantTarget(parseTarget(target), docks, { outcomes: [] })).toBe(meant);
  });

  it('a source that is misspelt is told where the policy looks at its kind', () => {
    expect(explained('cluster/cluster-l', cluster)[0]?.stop?.message).toBe(
      'there is no such object, or the policy does not look at it: see namespaces, labelSelector and fieldSelector of spec.source; did you mean "cluster/cluster-1"?',
    );
  });

  const known = 'apiVersion, kind, metadata, spec, status';

  it.each([
    ['spec.apiservr', '; did you mean "spec.apiserver"?'],
    ['apiserver', '; did you mean "spec.apiserver"?'],
    ['labels.region', '; did you mean "metadata.labels.region"?'],
    ['spce.caData', '; did you mean "spec.caData"?'],
    ['spec.syncResources[0].grup', '; did you mean "spec.syncResources[0].group"?'],
    ['spec.authenticationFrom.tokn.name', '; did you mean "spec.authenticationFrom.token.name"?'],
    ['nothing', `; it has ${known}`],
    ['spec.authenticationFrom.other', '; spec.authenticationFrom has kubeconfig, ca, token, cert, key'],
    ['spec.caData.x', ': spec.caData has no fields'],
  ])('the field %s is none of a PediaCluster%s', (field, end) => {
    expect(() => {
      checkField(field);
    }).toThrow(new UsageError(`--field: a PediaCluster has no field ${field}${end}`));
  });

  it.each(['spec.caData', 'metadata.labels["a.b/c"]', 'spec.syncResources[0].group', 'status.version'])(
    'the field %s may be there',
    (field) => {
      expect(() => {
        checkField(field);
      }).not.toThrow();
    },
  );

  it('a label that the PediaCluster lacks is absent, with the one that it has', () => {
    const labelled = POLICY.replace(
      'spec:\n      apiserver',
      'metadata: { labels: { region: eu } }\n    spec:\n      apiserver',
    );
    const [first] = explained(
      'pediacluster/mcp-cluster-1',
      view(labelled, CRDS, OBJECTS),
      'metadata.labels.regoin',
    );
    expect(textOf(first === undefined ? [] : [first])).toContain(
      'metadata.labels.regoin: absent; did you mean "metadata.labels.region"?',
    );
  });

  it.each([
    [
      ['--field', 'spec.apiservr', 'pediacluster/mcp-cluster-1'],
      2,
      /^error: --field: a PediaCluster has no field/,
    ],
    [['--field', 'spec.kubeconfig', 'pediacluster/mcp-cluster-1'], 1, /^$/],
    [['--field', 'spec.apiserver', 'pediacluster/mcp-cluster-1'], 0, /^$/],
    [
      ['pediacluster/mcp-clustr-1'],
      1,
      /^no policy has to do with it: .*; did you mean "pediacluster\/mcp-cluster-1"\?\n$/,
    ],
  ])('explain %j exits with %d', async (args, code, stderr) => {
    const result = await runCli(['explain', ...args, MCP]);
    expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(stderr)]);
  });
});

describe('what stops a cluster', () => {
  const lifecycle = (fields: string) => `apiVersion: policy.clusterpedia.io/v1alpha1
kind: PediaClusterLifecycle
metadata:
  name: mcp-cluster-1
  uid: l-1
  ownerReferences: [{ apiVersion: policy.clusterpedia.io/v1alpha1, kind: ClusterImportPolicy, name: mcp, uid: p-1, controller: true }]
spec: { source: { group: cluster.mcp.io, resource: clusters, version: v1alpha1, name: cluster-1 }, template: 'spec: { syncResources: [] }', creationCondition: 'true' }
${fields}`;
  const pediaCluster = (metadata: string) =>
    `apiVersion: cluster.clusterpedia.io/v1alpha2\nkind: PediaCluster\nmetadata: { name: mcp-cluster-1, uid: c-1, ${metadata} }\nspec: { apiserver: 'https://a' }\n`;
  const twin = `apiVersion: cluster.mcp.io/v1alpha1\nkind: Cluster\nmetadata: { name: a-twin, creationTimestamp: '2020-01-01T00:00:00Z' }\nspec: { apiEndpoint: 'https://b', authSecretRef: { namespace: default, name: cluster-1 } }\n`;

  const kubeconfig = (text: string) => `kubeconfig: "{{ \`${text}\` | b64enc }}"`;

  const goes = change('name: cluster-1', "name: cluster-1\n  deletionTimestamp: '2026-01-01T00:00:00Z'");

  type Stop = [Reason | 'NotSelected', string, (text: string) => string, (text: string) => string, string];
  const stops: readonly Stop[] = [
    [
      'NotSelected',
      'select',
      change('    versions: []\n', "    versions: []\n    selectorTemplate: 'false'\n"),
      same,
      '',
    ],
    ['RenderFailed', 'select', change('mcp-{{ .source.metadata.name }}', '{{ fail `no` }}'), same, ''],
    [
      'NameCollision',
      'select',
      change('mcp-{{ .source.metadata.name }}', 'one'),
      change('name: cluster-1', "name: cluster-1\n  creationTimestamp: '2021-01-01T00:00:00Z'"),
      twin,
    ],
    ['ReferenceNotFound', 'resolve', same, change('kind: Secret', 'kind: ConfigMap'), ''],
    [
      'NamespaceMissing',
      'resolve',
      change(/ +namespaceTemplate: .*\n([^]*?) +allowedNamespaces: .*\n/, '$1'),
      same,
      '',
    ],
    [
      'NamespaceNotAllowed',
      'resolve',
      change('allowedNamespaces: [default]', 'allowedNamespaces: [elsewhere]'),
      same,
      '',
    ],
    ['RenderFailed', 'resolve', change('{{ .source.spec.authSecretRef.name }}', '{{ fail `no` }}'), same, ''],
    ['CreationConditionNotMet', 'decide', same, change("status: 'True'", "status: 'False'"), ''],
    [
      'DeletionConditionMet',
      'decide',
      change('  creationCondition:', "  deletionCondition: 'true'\n  creationCondition:"),
      same,
      '',
    ],
    ['SourceDeleting', 'select', same, goes, ''],
    ['SourceDeleting', 'select', same, goes, lifecycle('')],
    ['RenderFailed', 'render', change('{{ .source.spec.apiEndpoint }}"', '{{ fail `no` }}"'), same, ''],
    [
      'Conflict',
      'write',
      same,
      same,
      pediaCluster(
        'ownerReferences: [{ apiVersion: policy.clusterpedia.io/v1alpha1, kind: PediaClusterLifecycle, name: other, uid: x }]',
      ),
    ],
    [
      'Terminating',
      'write',
      same,
      same,
      pediaCluster(
        "annotations: { policy.clusterpedia.io/adopt-by: mcp }, deletionTimestamp: '2026-01-01T00:00:00Z'",
      ),
    ],
    ['Suspended', 'policy', change('\nspec:\n  source:', '\nspec:\n  suspend: true\n  source:'), same, ''],
    ['SourceKindNotFound', 'policy', change('versions: []', 'versions: [v9]'), same, ''],
    [
      'ReferenceKindNotFound',
      'policy',
      change(/(resource: secrets\s+)versions: \[\]/, '$1versions: [v9]'),
      same,
      '',
    ],
    ['InvalidTemplate', 'policy', change('mcp-{{ .source.metadata.name }}', '{{ nothing }}'), same, ''],
    ['NotAdopted', 'render', same, same, pediaCluster('')],
    [
      'CredentialMissing',
      'render',
      same,
      change(/^ {2}token: .*$/m, ''),
      pediaCluster('annotations: { policy.clusterpedia.io/adopt-by: mcp }').replace(
        "'https://a'",
        "'https://a', tokenData: dG9rZW4=",
      ),
    ],
    ['CredentialInvalid', 'render', change(/tokenData: .*/, kubeconfig('no kubeconfig')), same, ''],
    [
      'CredentialNotSelfContained',
      'render',
      change(
        /tokenData: .*/,
        kubeconfig(
          '{current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}], clusters: [{name: a, cluster: {server: https://a}}], users: [{name: a, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: a, interactiveMode: Never}}}]}',
        ),
      ),
      same,
      '',
    ],
  ];

  it.each(stops)(
    '%s is found at %s, with what would make it go on',
    (reason, step, ofPolicy, ofObjects, more) => {
      const [first] = explained('cluster/cluster-1', view(ofPolicy(POLICY), CRDS, ofObjects(OBJECTS), more));
      expect(first?.stop).toMatchObject({ reason, step });
      expect(first?.stop?.meaning).not.toBe('');
      expect(first?.steps.at(-1)?.step).toBe(step === 'policy' ? undefined : step);
      const { remedy } = reason === 'NotSelected' ? { remedy: 'mend the selectors' } : REASONS[reason];
      if (remedy !== '') expect(textOf(first === undefined ? [] : [first])).toContain(`to go on: ${remedy}`);
    },
  );

  it('that the cluster may not be read is told with the API server’s words', () => {
    const cluster = view(POLICY, CRDS, OBJECTS);
    const forbidden: ClusterView = {
      ...cluster,
      lookup: () => ({
        kind: 'unavailable',
        problem: failure('ReferenceForbidden', 'secrets "default/cluster-1": forbidden'),
      }),
    };
    expect(explained('cluster/cluster-1', forbidden)[0]?.stop).toMatchObject({
      step: 'resolve',
      reason: 'ReferenceForbidden',
      message: 'secrets "default/cluster-1": forbidden',
      remedy: REASONS.ReferenceForbidden.remedy,
    });
  });

  /** What explain does not find out by itself, and why; it tells of them where the controller has written them. */
  const onlyRecorded: { readonly [R in Reason]?: string } = {
    Valid: 'nothing stops',
    Settled: 'nothing stops',
    UpToDate: 'nothing stops',
    Created: 'nothing stops',
    Existing: 'nothing stops',
    Reachable: 'Clusterpedia says it',
    Unreachable: 'Clusterpedia says it',
    NotReported: 'Clusterpedia says it',
    Progressing: 'only while the controller works',
    ListingSources: 'only while the controller works',
    Deleting: 'only while the controller works',
    Retrying: 'only where something is written',
    APIError: 'only where something is written',
    Forbidden: 'only where something is written',
    Invalid: 'only where something is written',
    Refused: 'only where something is written',
    SchemaChanged: 'admission judges policies, not explain',
    Failed: 'about all sources of a policy, where explain is about one',
    DeletionHeld: 'about all sources of a policy, where explain is about one',
    DeletionProtected: 'about policies that are in no file: render --prune',
    NoSources: 'about what render is given',
    SourcesForbidden: "the controller's rights, of which files say nothing",
    SourcesNotListed: "the API server's answers",
    PediaClusterKindNotFound: 'files need no definition of PediaCluster',
    PediaClustersForbidden: "the controller's rights, of which files say nothing",
    ReferenceForbidden: 'a right; the next case has it',
  };

  it.each(Object.keys(REASONS) as Reason[])('%s has a case, or is left out for a reason', (reason) => {
    const isFound = stops.some(([found]) => found === reason);
    expect({ reason, told: isFound || onlyRecorded[reason] !== undefined }).toEqual({ reason, told: true });
    expect({ reason, twice: isFound && onlyRecorded[reason] !== undefined }).toEqual({
      reason,
      twice: false,
    });
  });

  it.each(Object.entries(REASONS))('%s is explained where the controller has written it', (reason, entry) => {
    const conditions = `status:\n  conditions:\n    - { type: Ready, status: 'False', reason: ${reason}, message: told, lastTransitionTime: '2026-01-01T00:00:00Z' }\n`;
    const told = explained(
      'pediacluster/mcp-cluster-1',
      view(POLICY.replace(/\s*$/, `\n${conditions}`), CRDS, OBJECTS, lifecycle(conditions)),
    );
    expect(told[0]?.recorded).toEqual(
      (['policy', 'lifecycle'] as const).map((on) => ({
        on,
        type: 'Ready',
        status: 'False',
        reason,
        message: 'told',
        meaning: entry.meaning,
        remedy: entry.remedy,
      })),
    );
    expect(textOf(told).includes(`Ready is False, ${reason}: told (`)).toBe(entry.remedy !== '');
  });
});

describe('the lines of a template that write a field', () => {
  const template = `metadata:
  labels:
    a: b
{{ if .source.spec.big }}
spec:
  apiserver: "{{ .source.spec.endpoint }}"
  syncResources:
    - group: ""
      resources: [pods]
{{ else }}
spec:
  "apiserver": >-
    https://{{ .source.spec.host
      | lower }}
  kubeconfig: x
{{ end }}
`;

  it.each([
    [['metadata', 'labels', 'a'], [[3, 3]]],
    [
      ['spec', 'apiserver'],
      [
        [6, 6],
        [12, 14],
      ],
    ],
    [['spec', 'syncResources'], [[7, 9]]],
    [['spec', 'kubeconfig'], [[15, 15]]],
    [['metadata', 'labels', 'none'], [[2, 3]]],
    [['none'], []],
  ])('%j', (path, expected) => {
    expect(linesOf(template, path).map(({ from, to }) => [from, to])).toEqual(expected);
  });
});
