import { describe, expect, it } from 'vitest';
import { checkResource } from '../../../src/policy/checks/resources.ts';
import { SPEC } from '../../../src/policy/field-path.ts';
import type { ResourceFacts } from '../../../src/policy/index.ts';
import { formatFinding } from '../../../src/policy/index.ts';
import { clusterFacts, secretFacts } from '../policies.ts';

const missing: ResourceFacts = { ...clusterFacts, known: false, served: [] };

describe('whether a resource is served', () => {
  it.each<[string, ResourceFacts, string[]]>([
    ['it is: nothing', clusterFacts, []],
    ['it could not be asked: nothing, for that is a gap', { ...missing, known: undefined }, []],
    [
      'it is not, for GitOps may apply the policy first',
      missing,
      [
        'warning: spec.source.resource: clusters.cluster.mcp.io is not served yet; clusters are imported once it is',
      ],
    ],
    [
      'it is misspelt',
      { ...missing, resource: 'clusterz', resourcesInGroup: ['clusters', 'clustersets'] },
      [
        'warning: spec.source.resource: clusterz.cluster.mcp.io is not served yet; clusters are imported once it is; did you mean "clusters"?',
      ],
    ],
    [
      'it is, but in no version that is allowed',
      { ...missing, served: ['v1', 'v1beta1'] },
      [
        'warning: spec.source.versions: clusters.cluster.mcp.io is not served in the allowed versions; it is served in v1, v1beta1',
      ],
    ],
    [
      'it is of the core group, which has no name',
      { ...secretFacts, known: false, served: [], resource: 'secret' },
      ['warning: spec.source.resource: secret is not served yet; clusters are imported once it is'],
    ],
  ])('%s', (_, facts, expected) => {
    const findings = checkResource(SPEC.child('source'), facts);
    expect(findings.map((finding) => `${finding.severity}: ${formatFinding(finding)}`)).toEqual(expected);
  });
});
