import { describe, expect, it } from 'vitest';
import { checkChanges } from '../../../src/policy/checks/changes.ts';
import type { ExistingLifecycle } from '../../../src/policy/index.ts';
import { formatFinding } from '../../../src/policy/index.ts';
import { mcp, policyWith } from '../policies.ts';

const lifecycles: ExistingLifecycle[] = ['a', 'b'].map((name) => ({
  name,
  source: { group: 'cluster.mcp.io', resource: 'clusters', name },
}));

describe('an update of a policy that has imported clusters', () => {
  it.each([
    ['that keeps names and source', policyWith({ template: 'x' }), []],
    [
      'with another nameTemplate',
      policyWith({ nameTemplate: 'x-{{ .source.metadata.name }}' }),
      ['warning: spec.nameTemplate: another nameTemplate replaces 2 existing PediaClusters'],
    ],
    [
      'with another source',
      policyWith({ source: { group: 'other.io', resource: 'clusters' } }),
      ['warning: spec.source: another source replaces 2 existing PediaClusters'],
    ],
  ])('%s', (_, after, expected) => {
    const findings = checkChanges(mcp.spec, after.spec, lifecycles);
    expect(findings.map((finding) => `${finding.severity}: ${formatFinding(finding)}`)).toEqual(expected);
  });

  it('says nothing where no cluster was imported yet', () => {
    expect(checkChanges(mcp.spec, policyWith({ nameTemplate: 'x' }).spec, [])).toEqual([]);
  });
});
