import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec } from '../../../src/api/index.ts';
import { checkNameConflicts, checkPossibleConflicts } from '../../../src/policy/checks/conflicts.ts';
import type { ExistingLifecycle, LiveSource } from '../../../src/policy/index.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
import { mcp, policyWith } from '../policies.ts';

const source = (name: string, namespace?: string): LiveSource => ({
  source: {
    apiVersion: 'cluster.mcp.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  },
  references: {},
});

const lifecycle = (name: string, policyName: string, policyUid: string): ExistingLifecycle => ({
  name,
  policyName,
  policyUid,
  source: { group: 'cluster.mcp.io', resource: 'clusters', name: name.replace('mcp-', '') },
});

const policy = { name: 'mcp', uid: 'u1' };

describe('names of live sources', () => {
  it.each([
    [
      'that are all different: nothing',
      [
        ['a', source('a')],
        ['b', source('b')],
      ],
      [],
      [],
    ],
    [
      'that are one for two sources: refused, naming both',
      [
        ['a', source('a', 'x')],
        ['a', source('a', 'y')],
      ],
      [],
      ['two sources render one name: x/a and y/a'],
    ],
    [
      'that are one for many sources: told once',
      [
        ['a', source('a', 'x')],
        ['a', source('a', 'y')],
        ['a', source('a', 'z')],
      ],
      [],
      ['two sources render one name: x/a and y/a'],
    ],
    [
      "that another policy's lifecycle holds: refused, naming the policy",
      [['a', source('a')]],
      [lifecycle('a', 'other', 'u2')],
      ['the name "a" is held by policy "other"'],
    ],
    [
      "that the policy's own lifecycle holds: nothing",
      [['a', source('a')]],
      [lifecycle('a', 'mcp', 'u1')],
      [],
    ],
    [
      'that a lifecycle of the policy before it was restored from a backup holds: nothing',
      [['a', source('a')]],
      [lifecycle('a', 'mcp', 'uid-before')],
      [],
    ],
    [
      'that a lifecycle without a policy holds, which whoever renders it takes over: nothing',
      [['a', source('a')]],
      [{ name: 'a', source: { group: 'cluster.mcp.io', resource: 'clusters', name: 'a' } }],
      [],
    ],
  ] as const)('%s', (_, names, lifecycles, messages) => {
    const findings = checkNameConflicts(
      names.map(([name, live]) => ({ name, source: live })),
      lifecycles,
      policy,
    );
    expect(findings.map(({ severity, message }) => [severity, message])).toEqual(
      messages.map((message) => ['error', message]),
    );
  });
});

/** A policy for a resource in namespaces. */
const namespaced = (change: Partial<ClusterImportPolicySpec>, fields: object = {}) =>
  policyWith({ ...change, source: { ...mcp.spec.source, ...fields } }).spec;

const BY_NAME = 'mcp-{{ .source.metadata.name }}';
const COLLISION =
  'warning: spec.nameTemplate: sources of one name in two namespaces would render one name; add the namespace';
const ONE_NAME = 'warning: spec.nameTemplate: all sources would render one name; add the name of the source';

describe('names that may collide one day are a warning', () => {
  it.each<[string, ClusterImportPolicySpec, boolean | undefined, string[]]>([
    ['made of the name alone', namespaced({ nameTemplate: BY_NAME }), true, [COLLISION]],
    ['made of nothing', namespaced({ nameTemplate: 'the-cluster' }), true, [ONE_NAME]],
    ['made of nothing, of cluster-scoped sources', namespaced({ nameTemplate: 'hub' }), false, [ONE_NAME]],
    [
      'made of what all sources share',
      namespaced({ nameTemplate: '{{ lower .source.kind }}' }),
      undefined,
      [ONE_NAME],
    ],
    ['made of the name, of cluster-scoped sources', namespaced({ nameTemplate: BY_NAME }), false, []],
    ['made of the name, of sources of unknown scope', namespaced({ nameTemplate: BY_NAME }), undefined, []],
    [
      'made of the namespace too',
      namespaced({ nameTemplate: '{{ .source.metadata.namespace }}-{{ .source.metadata.name }}' }),
      true,
      [],
    ],
    ['made of the uid', namespaced({ nameTemplate: '{{ .source.metadata.uid }}' }), true, []],
    [
      'made of a field that may be unique',
      namespaced({ nameTemplate: '{{ .source.spec.apiEndpoint }}' }),
      true,
      [],
    ],
    [
      'of sources in one namespace',
      namespaced({ nameTemplate: BY_NAME }, { namespaces: ['fleet'] }),
      true,
      [],
    ],
    [
      'of sources in several namespaces',
      namespaced({ nameTemplate: BY_NAME }, { namespaces: ['fleet', 'edge'] }),
      true,
      [COLLISION],
    ],
    [
      'of one source, by a field selector',
      namespaced({ nameTemplate: 'hub' }, { fieldSelector: 'metadata.name=hub' }),
      true,
      [],
    ],
    [
      'of sources that the selector takes from one namespace',
      namespaced({ nameTemplate: BY_NAME }, { selectorTemplate: '{{ eq .source.metadata.namespace "x" }}' }),
      true,
      [],
    ],
  ])('%s', (_, spec, scope, expected) => {
    const known = { namespaced: scope, lifecycles: [], policy };
    const findings = checkPossibleConflicts(spec, compilePolicy(spec), source('s', 'n').source, known);
    expect(findings.map((finding) => `${finding.severity}: ${formatFinding(finding)}`)).toEqual(expected);
  });

  it.each<[string, ExistingLifecycle, string[]]>([
    [
      'and another policy imports a source that this one may select too',
      lifecycle('mcp-a', 'other', 'u2'),
      ['the name "mcp-a" may be wanted twice: it is held by policy "other"'],
    ],
    [
      'and another policy gives the source another name',
      { ...lifecycle('mcp-a', 'other', 'u2'), name: 'x' },
      [],
    ],
    [
      'and another policy holds the name for a source of another resource',
      {
        ...lifecycle('mcp-a', 'other', 'u2'),
        source: { group: 'other.io', resource: 'clusters', name: 'a' },
      },
      [],
    ],
    ['and the policy itself imports the source', lifecycle('mcp-a', 'mcp', 'u1'), []],
  ])('%s', (_, held, expected) => {
    const known = { namespaced: false, lifecycles: [held], policy };
    const findings = checkPossibleConflicts(mcp.spec, compilePolicy(mcp.spec), source('s').source, known);
    expect(findings.map(({ message }) => message)).toEqual(expected);
    expect(findings.every(({ severity }) => severity === 'warning')).toBe(true);
  });
});
