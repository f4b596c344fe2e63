import { describe, expect, it } from 'vitest';
import type { Schema } from '../../src/api/index.ts';
import type { LiveSource, ResourceFacts } from '../../src/policy/index.ts';
import { formatFinding, reviewPolicy, reviewSchemas, toEnd } from '../../src/policy/index.ts';
import { clusterFacts, clusterSchema, mcp, policyWith, secretFacts } from './policies.ts';

const references = new Map([['authSecret', secretFacts]]);

const judge = (
  policy: typeof mcp,
  source: ResourceFacts = clusterFacts,
  liveSources?: { readonly items: readonly LiveSource[]; readonly truncated: boolean },
) => toEnd(reviewSchemas(policy, { source, references, ...(liveSources && { liveSources }) }));

const specSchema = clusterSchema.properties?.['spec'] as Schema & { properties: { [name: string]: Schema } };

/** The cluster's schema with other fields in its spec. */
const changed = (fields: { readonly [name: string]: Schema }): ResourceFacts => ({
  ...clusterFacts,
  schema: {
    ...clusterSchema,
    properties: {
      ...clusterSchema.properties,
      spec: { type: 'object', properties: { ...specSchema.properties, ...fields } },
    },
  },
});

const without = (field: string): ResourceFacts => {
  const { [field]: _, ...fields } = specSchema.properties;
  return {
    ...clusterFacts,
    schema: {
      ...clusterSchema,
      properties: { ...clusterSchema.properties, spec: { type: 'object', properties: fields } },
    },
  };
};

describe('a stored policy judged by the schemas as they are now', () => {
  it('fits while they are as they were', () => {
    expect(judge(mcp)).toEqual({ faults: [], proven: true });
  });

  it('does not fit where a field that it reads has gone, in the words of admission', () => {
    const { faults, proven } = judge(mcp, without('apiEndpoint'));
    expect(proven).toBe(true);
    expect(faults.map(formatFinding)).toEqual([
      'spec.template 2:18: .source.spec.apiEndpoint is not a field of Cluster cluster.mcp.io/v1alpha1',
      'spec.creationCondition 1:10: .source.spec.apiEndpoint is not a field of Cluster cluster.mcp.io/v1alpha1',
    ]);
    const refused = reviewPolicy({
      operation: 'CREATE',
      object: mcp,
      source: without('apiEndpoint'),
      references,
    });
    expect(refused.findings.filter(({ severity }) => severity === 'error')).toEqual(faults);
  });

  it('does not fit where a field has another type', () => {
    const { faults } = judge(mcp, changed({ apiEndpoint: { type: 'array', items: { type: 'string' } } }));
    expect(faults.map(({ code, field }) => `${field}: ${code}`)).toContain(
      'spec.creationCondition: type-mismatch',
    );
  });

  it('fits where a field is new', () => {
    expect(judge(mcp, changed({ region: { type: 'string' } }))).toEqual({ faults: [], proven: true });
  });

  it('is not blamed for what no schema has to do with', () => {
    const chance = policyWith({ nameTemplate: 'mcp-{{ randAlpha 5 | lower }}' });
    const refused = reviewPolicy({ operation: 'CREATE', object: chance, source: clusterFacts, references });
    expect(refused.findings.map(({ code }) => code)).toContain('nondeterministic');
    expect(judge(chance).faults).toEqual([]);
  });

  it('is not blamed for what its sources hold', () => {
    const alone = policyWith({
      references: [],
      creationCondition: 'true',
      template: 'spec: { apiserver: "{{ .source.spec.apiEndpoint }}", tokenData: dA==, syncResources: [] }',
    });
    const bad: LiveSource = {
      source: {
        apiVersion: 'cluster.mcp.io/v1alpha1',
        kind: 'Cluster',
        metadata: { name: 'one' },
        spec: { apiEndpoint: 'https://' },
      },
      references: {},
    };
    const live = { items: [bad], truncated: false };
    const facts = { operation: 'CREATE', object: alone, source: clusterFacts, references } as const;
    expect(reviewPolicy({ ...facts, liveSources: live }).findings.map(({ code }) => code)).toContain(
      'live-sources-fail',
    );
    expect(judge(alone, clusterFacts, live).faults).toEqual([]);
  });
});
