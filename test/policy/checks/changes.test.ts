import { describe, expect, it } from 'vitest';
import { checkChanges, checkDeletion } from '../../../src/policy/checks/changes.ts';
import type { LiveName } from '../../../src/policy/trial/evidence.ts';
import type { ClusterImportPolicy } from '../../../src/api/index.ts';
import type { ExistingLifecycle } from '../../../src/policy/index.ts';
import { formatFinding } from '../../../src/policy/index.ts';
import { mcp, policyWith } from '../policies.ts';

const lifecycles: ExistingLifecycle[] = ['a', 'b'].map((name) => ({
  name: `mcp-${name}`,
  source: { group: 'cluster.mcp.io', resource: 'clusters', name },
}));

/** A source that exists, with the name that the policy renders for it after the change. */
const renders = (source: string, name: string): LiveName => ({
  name,
  source: {
    source: { apiVersion: 'cluster.mcp.io/v1alpha1', kind: 'Cluster', metadata: { name: source } },
    references: {},
  },
});

const all = (...names: LiveName[]) => ({ names, complete: true });
const unknown = { names: [], complete: false };

const rows: readonly [
  sentence: string,
  after: ClusterImportPolicy,
  live: typeof unknown | ReturnType<typeof all>,
  findings: readonly string[],
][] = [
  ['another template changes PediaClusters, and deletes none', policyWith({ template: 'x' }), unknown, []],
  [
    'another source makes all obsolete',
    policyWith({ source: { group: 'other.io', resource: 'clusters' } }),
    all(),
    ['warning: spec.source: another source replaces 2 existing PediaClusters'],
  ],
  [
    'another nameTemplate replaces those that get another name',
    policyWith({ nameTemplate: 'x' }),
    all(renders('a', 'mcp-a'), renders('b', 'other')),
    ['warning: spec.nameTemplate: another nameTemplate replaces 1 existing PediaCluster'],
  ],
  [
    'a nameTemplate that is only written otherwise replaces none',
    policyWith({ nameTemplate: '{{ printf "mcp-%s" .source.metadata.name }}' }),
    all(renders('a', 'mcp-a'), renders('b', 'mcp-b')),
    [],
  ],
  [
    'names that change places replace both',
    policyWith({ nameTemplate: 'x' }),
    all(renders('a', 'mcp-b'), renders('b', 'mcp-a')),
    ['warning: spec.nameTemplate: another nameTemplate replaces 2 existing PediaClusters'],
  ],
  [
    'where not all sources were looked at, those seen are known to stay, and the others may go',
    policyWith({ nameTemplate: 'x' }),
    { names: [renders('a', 'mcp-a')], complete: false },
    ['warning: spec.nameTemplate: another nameTemplate replaces up to 1 existing PediaCluster'],
  ],
  [
    'a narrower selector deletes those that it no longer keeps',
    policyWith({ source: { ...mcp.spec.source, labelSelector: 'env=prod' } }),
    all(renders('a', 'mcp-a')),
    ['warning: spec.source.labelSelector: another labelSelector deletes 1 existing PediaCluster'],
  ],
  [
    'another selector that keeps all deletes none',
    policyWith({ source: { ...mcp.spec.source, selectorTemplate: 'true' } }),
    all(renders('a', 'mcp-a'), renders('b', 'mcp-b')),
    [],
  ],
  [
    'fewer namespaces may delete some, of which nothing is known',
    policyWith({ source: { ...mcp.spec.source, namespaces: ['prod'] } }),
    unknown,
    ['warning: spec.source.namespaces: another set of namespaces deletes up to 2 existing PediaClusters'],
  ],
  [
    'under Orphan none is deleted, but none is kept either',
    policyWith({ nameTemplate: 'x', deletionPolicy: 'Orphan' }),
    all(),
    [
      'warning: spec.nameTemplate: another nameTemplate lets go of 2 existing PediaClusters, which nothing keeps up to date then',
    ],
  ],
];

describe('an update of a policy that has imported two clusters', () => {
  it.each(rows)('%s', (_, after, live, expected) => {
    const findings = checkChanges(mcp.spec, after.spec, lifecycles, live);
    expect(findings.map((finding) => `${finding.severity}: ${formatFinding(finding)}`)).toEqual(expected);
  });
});

describe('nothing is said', () => {
  it('where no cluster was imported yet', () => {
    expect(checkChanges(mcp.spec, policyWith({ nameTemplate: 'x' }).spec, [], all())).toEqual([]);
  });
  it('at creation', () => {
    expect(checkChanges(undefined, mcp.spec, lifecycles, all())).toEqual([]);
  });
});

describe('a deletion', () => {
  const annotated = (value: string): ClusterImportPolicy => ({
    ...mcp,
    metadata: { name: 'mcp', annotations: { 'policy.clusterpedia.io/deletion-protection': value } },
  });

  it.each([
    [
      'of a protected policy is refused',
      annotated('true'),
      [
        'metadata.annotations: the policy is protected; remove the annotation policy.clusterpedia.io/deletion-protection first',
      ],
    ],
    ['of a policy whose protection is off is admitted', annotated('false'), []],
    ['of any other policy is admitted', mcp, []],
  ])('%s', (_, policy, expected) => {
    expect(checkDeletion(policy).map(formatFinding)).toEqual(expected);
  });
});
