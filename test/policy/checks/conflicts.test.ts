import { describe, expect, it } from 'vitest';
import { checkNameConflicts } from '../../../src/policy/checks/conflicts.ts';
import type { ExistingLifecycle, LiveSource } from '../../../src/policy/index.ts';

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
  source: { group: 'cluster.mcp.io', resource: 'clusters', name },
});

const policy = { name: 'mcp', uid: 'u1' };

describe('names of live sources', () => {
  it.each([
    [
      'all different: nothing',
      [
        ['a', source('a')],
        ['b', source('b')],
      ],
      [],
      [],
    ],
    [
      'two sources of one name: refused, naming both',
      [
        ['a', source('a', 'x')],
        ['a', source('a', 'y')],
      ],
      [],
      ['two sources render the name "a": x/a and y/a'],
    ],
    [
      "a name held by another policy's lifecycle: refused, naming the policy",
      [['a', source('a')]],
      [lifecycle('a', 'other', 'u2')],
      ['the name "a" is held by policy "other"'],
    ],
    [
      "a name held by the policy's own lifecycle: nothing",
      [['a', source('a')]],
      [lifecycle('a', 'mcp', 'u1')],
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
