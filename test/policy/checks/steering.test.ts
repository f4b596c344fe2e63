import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec } from '../../../src/api/index.ts';
import { checkSteering } from '../../../src/policy/checks/steering.ts';
import { compilePolicy } from '../../../src/policy/index.ts';
import { policyWith } from '../policies.ts';

const reference = {
  key: 'auth',
  group: '',
  resource: 'secrets',
  namespaceTemplate: '{{ .source.spec.secret.namespace }}',
  nameTemplate: '{{ .source.spec.secret.name }}',
};
const TEMPLATE = `spec:
  apiserver: "{{ .source.spec.endpoint }}"
  tokenData: "{{ .references.auth.data.token }}"
  syncResources: []
`;

function fieldsOf(change: Partial<ClusterImportPolicySpec>): string[] {
  const { spec } = policyWith({
    references: [reference],
    template: TEMPLATE,
    creationCondition: 'true',
    ...change,
  });
  return checkSteering(spec, compilePolicy(spec).templates).map(({ field }) => field);
}

describe('the author of a source', () => {
  it('chooses both the address and the Secret: a warning', () => {
    expect(fieldsOf({})).toEqual(['spec.references[0].namespaceTemplate']);
  });

  it.each<[string, Partial<ClusterImportPolicySpec>]>([
    [
      'chooses among namespaces that are listed',
      { references: [{ ...reference, allowedNamespaces: ['fleet'] }] },
    ],
    [
      'cannot leave the namespace of the source',
      { references: [{ ...reference, namespaceTemplate: '{{ .source.metadata.namespace }}' }] },
    ],
    [
      'cannot leave the namespace that has the name of the source',
      { references: [{ ...reference, namespaceTemplate: '{{ .source.metadata.name }}' }] },
    ],
    ['does not choose the namespace', { references: [{ ...reference, namespaceTemplate: 'fleet' }] }],
    [
      'chooses no address: it is in the Secret',
      { template: 'spec:\n  kubeconfig: "{{ .references.auth.data.value }}"\n  syncResources: []\n' },
    ],
    ['reads no Secret', { references: [{ ...reference, resource: 'configmaps' }] }],
  ])('%s: nothing', (_, change) => {
    expect(fieldsOf(change)).toEqual([]);
  });
});
