import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec } from '../../../src/api/index.ts';
import { checkDeterminism } from '../../../src/policy/checks/determinism.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
import { toEnd } from '../../../src/policy/paced.ts';
import { plainSamples } from '../../../src/policy/trial/sample.ts';
import { clusterFacts, mcp, policyWith, secretFacts } from '../policies.ts';

function found(change: Partial<ClusterImportPolicySpec>): string[] {
  const { spec } = policyWith(change);
  const compiled = compilePolicy(spec);
  const references = new Map([['authSecret', secretFacts]]);
  const samples = plainSamples(compiled, { source: clusterFacts, references });
  return toEnd(checkDeterminism(spec, compiled, samples)).map(formatFinding);
}

const SETTLES = 'and this value is rendered again and again: it would never settle';
const spec = (fields: string) => `spec:\n  syncResources: []\n${fields}\n`;
const label = (value: string) => `metadata:\n  labels:\n    l: "${value}"\n${spec('')}`;
const [reference = undefined as never] = mcp.spec.references ?? [];

describe('the clock or randomness in what is rendered again is refused', () => {
  it.each<[string, Partial<ClusterImportPolicySpec>, string]>([
    [
      'in a name',
      { nameTemplate: 'mcp-{{ now | unixEpoch }}' },
      `spec.nameTemplate 1:8: function "now" reads the clock, ${SETTLES}`,
    ],
    [
      'in a selector',
      { source: { ...mcp.spec.source, selectorTemplate: '{{ lt (randInt 0 10) 5 }}' } },
      `spec.source.selectorTemplate 1:8: function "randInt" is random, ${SETTLES}`,
    ],
    [
      'in a condition that is nearly always so',
      { creationCondition: '{{ ne (randInt 0 10) 5 }}' },
      `spec.creationCondition 1:8: function "randInt" is random, ${SETTLES}`,
    ],
    [
      'in a condition',
      { creationCondition: '{{ gt now.Unix 1500000000 }}' },
      `spec.creationCondition 1:7: function "now" reads the clock, ${SETTLES}`,
    ],
    [
      'in the name of a reference',
      { references: [{ ...reference, nameTemplate: '{{ uuidv4 }}' }] },
      `spec.references[0].nameTemplate 1:4: function "uuidv4" is random, ${SETTLES}`,
    ],
    [
      'in a credential',
      { template: spec('  tokenData: "{{ randAlphaNum 12 | b64enc }}"') },
      `spec.template 3:18: function "randAlphaNum" is random, ${SETTLES}`,
    ],
    [
      'in a label, where all is kept as rendered',
      { template: label('{{ now | unixEpoch }}'), updatePolicy: 'All' },
      `spec.template 3:12: function "now" reads the clock, ${SETTLES}`,
    ],
    [
      'in a credential, beside a clock that does no harm: the culprit is named',
      {
        template: `metadata:\n  labels:\n    l: "{{ now | unixEpoch }}"\n${spec('  tokenData: "{{ randAlphaNum 12 | b64enc }}"')}`,
      },
      `spec.template 6:18: function "randAlphaNum" is random, ${SETTLES}`,
    ],
    [
      'in a credential, by one of two functions of a kind: both are named',
      {
        template: `metadata:\n  labels:\n    l: "{{ uuidv4 }}"\n${spec('  tokenData: "{{ randAlphaNum 12 | b64enc }}"')}`,
      },
      `spec.template 3:12: one of the functions "uuidv4", "randAlphaNum" is random, ${SETTLES}`,
    ],
  ])('%s', (_, change, finding) => {
    expect(found(change)).toEqual([finding]);
  });
});

describe('where it does no harm it passes', () => {
  it.each<[string, Partial<ClusterImportPolicySpec>]>([
    ['in a label, which is rendered once', { template: label('{{ now | unixEpoch }}') }],
    ['in a sync field, which is rendered once', { template: spec('  shardingName: "{{ randAlpha 3 }}"') }],
    ['where nothing is left of it', { nameTemplate: '{{ .source.metadata.name }}{{ uuidv4 | trunc 0 }}' }],
    ['where it only decides what is always so', { creationCondition: '{{ gt now.Unix 0 }}' }],
    ['nowhere', {}],
  ])('%s', (_, change) => {
    expect(found(change)).toEqual([]);
  });
});
