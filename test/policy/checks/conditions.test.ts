import { describe, expect, it } from 'vitest';
import { checkConditions } from '../../../src/policy/checks/conditions.ts';
import type { ClusterImportPolicySpec } from '../../../src/api/index.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
import { mcp } from '../policies.ts';

/** The worked example without its condition, and with this change. */
const found = (change: Partial<ClusterImportPolicySpec>) => {
  const { creationCondition: _, ...rest } = mcp.spec;
  const spec = { ...rest, ...change };
  return checkConditions(spec, compilePolicy(spec).templates).map(formatFinding);
};

const selector = (selectorTemplate: string) => ({ source: { ...mcp.spec.source, selectorTemplate } });
const never = (field: string, what = 'can only be false') =>
  `${field}: ${what}, so no cluster would ever be imported; use spec.suspend to pause a policy`;

describe('a condition that can only be false is refused', () => {
  it.each<[string, Partial<ClusterImportPolicySpec>, string]>([
    ['the word', { creationCondition: 'false' }, never('spec.creationCondition')],
    [
      'nothing',
      { creationCondition: ' \n' },
      never('spec.creationCondition', 'is empty, which counts as false'),
    ],
    [
      'a branch that is never taken',
      { creationCondition: '{{ if false }}true{{ end }}' },
      never('spec.creationCondition'),
    ],
    ['a comparison of constants', { creationCondition: '{{ eq "a" "b" }}' }, never('spec.creationCondition')],
    ['a selector', selector('{{ not true }}'), never('spec.source.selectorTemplate')],
  ])('%s', (_, change, finding) => {
    expect(found(change)).toEqual([finding]);
  });
});

describe('a condition that may be true passes', () => {
  it.each<[string, Partial<ClusterImportPolicySpec>]>([
    ['the word', { creationCondition: 'true' }],
    ['none at all', {}],
    ['what reads the source', { creationCondition: '{{ eq .source.spec.apiEndpoint "never" }}' }],
    ['no selector', selector('')],
    ['a deletion condition that never holds', { deletionCondition: 'false' }],
    ['what hangs on the time, which is another check', { creationCondition: '{{ gt now.Unix 5000000000 }}' }],
    ['what fails, which is another check', { creationCondition: '{{ fail "no" }}' }],
    ['what prints something else, which is another check', { creationCondition: 'ready' }],
  ])('%s', (_, change) => {
    expect(found(change)).toEqual([]);
  });
});
