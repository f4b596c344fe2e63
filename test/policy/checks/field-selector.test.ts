import { describe, expect, it } from 'vitest';
import { checkFieldSelector } from '../../../src/policy/checks/field-selector.ts';
import type { ResourceFacts } from '../../../src/policy/index.ts';
import { formatFinding } from '../../../src/policy/index.ts';
import { clusterFacts } from '../policies.ts';

const offering = (...selectableFields: readonly string[]): ResourceFacts => ({
  ...clusterFacts,
  selectableFields,
});

describe('a field selector', () => {
  it.each<[string, string, ResourceFacts, string[]]>([
    ['is absent', '', offering('metadata.name'), []],
    ['asks for the name', 'metadata.name=hub', offering('metadata.name'), []],
    [
      'asks for what the definition offers',
      'spec.region==eu,metadata.name!=hub',
      offering('metadata.name', 'spec.region'),
      [],
    ],
    ['is of a kind that no definition tells of', 'spec.syncMode=Push', clusterFacts, []],
    [
      'asks for another field',
      'spec.region=eu',
      offering('metadata.name', 'metadata.namespace'),
      [
        'error: spec.source.fieldSelector: the API server cannot select clusters.cluster.mcp.io by spec.region; it offers metadata.name, metadata.namespace; selectorTemplate can ask for any other field',
      ],
    ],
    [
      'misspells one that is offered, twice',
      'metadata.name=hub, spec.regoin!=eu, spec.regoin!=us',
      offering('metadata.name', 'spec.region'),
      [
        'error: spec.source.fieldSelector: the API server cannot select clusters.cluster.mcp.io by spec.regoin; it offers metadata.name, spec.region; selectorTemplate can ask for any other field; did you mean "spec.region"?',
      ],
    ],
  ])('%s', (_, selector, facts, expected) => {
    const findings = checkFieldSelector(selector, facts);
    expect(findings.map((finding) => `${finding.severity}: ${formatFinding(finding)}`)).toEqual(expected);
  });
});
