import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec } from '../../../src/api/index.ts';
import { checkNames } from '../../../src/policy/checks/names.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
import { PolicyTypes } from '../../../src/policy/typing/policy-types.ts';
import { clusterFacts, mcp, policyWith, secretFacts } from '../policies.ts';

const [reference = undefined as never] = mcp.spec.references ?? [];
/** A second object, found by what the first one says. */
const second = (part: Partial<typeof reference>): Partial<ClusterImportPolicySpec> => ({
  references: [reference, { ...reference, key: 'second', ...part }],
});

function found(change: Partial<ClusterImportPolicySpec>): string[] {
  const { templates } = compilePolicy(policyWith(change).spec);
  const types = new PolicyTypes(clusterFacts, new Map([['authSecret', secretFacts]]));
  const findings = checkNames(templates, types);
  return findings.map((finding) => `${finding.severity}: ${formatFinding(finding)}`);
}

describe('what the types show to be no name is refused', () => {
  it.each<[string, Partial<ClusterImportPolicySpec>, string]>([
    [
      'a test as the name of every cluster',
      { nameTemplate: ' {{ eq .source.spec.apiEndpoint "a" }} ' },
      'spec.nameTemplate 1:5: eq .source.spec.apiEndpoint "a" prints true or false, and that is the whole name of every cluster; if it is a condition, write "if" before it',
    ],
    [
      'a test as the name of an object',
      { references: [{ ...reference, nameTemplate: '{{ empty .source.spec.replicas }}' }] },
      'spec.references[0].nameTemplate 1:4: empty .source.spec.replicas prints true or false, and that is the whole name of the object; if it is a condition, write "if" before it',
    ],
    [
      'a test as the namespace of an object',
      { references: [{ ...reference, namespaceTemplate: '{{ not .source.spec.replicas }}' }] },
      'spec.references[0].namespaceTemplate 1:4: not .source.spec.replicas prints true or false, and that is the whole namespace of the object; if it is a condition, write "if" before it',
    ],
    [
      'base64 that is not decoded, on one of two ways',
      second({
        nameTemplate:
          '{{ if .source.spec.replicas }}{{ .references.authSecret.data.next }}{{ else }}a{{ end }}',
      }),
      'spec.references[1].nameTemplate 1:34: .references.authSecret.data.next is base64, and this is a name; decode it with "b64dec"',
    ],
    [
      'base64 that is not decoded, within a longer name',
      { nameTemplate: 'mcp-{{ b64enc .source.metadata.name }}' },
      'spec.nameTemplate 1:8: b64enc .source.metadata.name is base64, and this is a name; decode it with "b64dec"',
    ],
  ])('%s', (_, change, message) => {
    expect(found(change)).toEqual([`error: ${message}`]);
  });
});

describe('what may be a name passes', () => {
  it.each<[string, Partial<ClusterImportPolicySpec>]>([
    ['a text of the source', { nameTemplate: '{{ .source.spec.apiEndpoint }}' }],
    ['a test that is a part of a longer name', { nameTemplate: 'ready-{{ eq .source.spec.replicas 1 }}' }],
    ['base64 that is decoded', second({ nameTemplate: '{{ .references.authSecret.data.next | b64dec }}' })],
    ['a value of an open field', { nameTemplate: '{{ .source.spec.parameters.name }}' }],
    ['a test that is a condition', { creationCondition: '{{ eq .source.spec.replicas 1 }}' }],
    ['base64 in a PediaCluster', {}],
  ])('%s', (_, change) => {
    expect(found(change)).toEqual([]);
  });
});
