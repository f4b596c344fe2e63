import { describe, expect, it } from 'vitest';
import type { AdmissionFacts } from '../../src/policy/index.ts';
import { formatFinding, reviewInSteps, reviewPolicy } from '../../src/policy/index.ts';
import { clusterFacts, mcp, policyWith, secretFacts } from './policies.ts';

/*
 * How the checks come together. What each of them finds is told in test/policy/checks, and what becomes of a policy by
 * test/policies/verdicts.ts.
 */

const creation = (object: unknown, facts: Partial<AdmissionFacts> = {}): AdmissionFacts => ({
  operation: 'CREATE',
  object,
  source: clusterFacts,
  references: new Map([['authSecret', secretFacts]]),
  ...facts,
});

/** All but the warning that the guide's policy is worth: see `steering.test.ts`. */
const findingsOf = (facts: AdmissionFacts) =>
  reviewPolicy(facts).findings.filter(({ code }) => code !== 'steerable-secret');

const texts = (facts: AdmissionFacts) =>
  findingsOf(facts).map((finding) => `${finding.severity}: ${formatFinding(finding)}`);

describe('a review', () => {
  it('of a good policy finds nothing, having reached every branch with few renderings', () => {
    const { renderings, coverage } = reviewPolicy(creation(mcp));
    expect(findingsOf(creation(mcp))).toEqual([]);
    expect(coverage).toMatchObject({ branches: 8, reached: 8, impossible: 0, existingSources: 0 });
    expect(renderings).toBeLessThanOrEqual(200);
  });

  it('tells everything at once, from every template, errors first', () => {
    const { schema: _, ...unknown } = clusterFacts;
    const policy = policyWith({
      nameTemplate: '{{ lowr .source.metadata.name }}',
      creationCondition: '{{ .sorce }}',
    });
    expect(texts(creation(policy, { source: { ...unknown, known: false, served: [] } }))).toEqual([
      'error: spec.nameTemplate 1:4: function "lowr" is not defined; did you mean "lower"?',
      'error: spec.creationCondition 1:4: .sorce is not defined; templates see .source and .references; did you mean ".source"?',
      'warning: spec.source.resource: clusters.cluster.mcp.io is not served yet; clusters are imported once it is',
    ]);
  });

  it('renders nothing where the text is wrong already', () => {
    expect(reviewPolicy(creation(policyWith({ nameTemplate: '{{ nope }}' }))).renderings).toBe(0);
  });

  it('looks at nothing else where the object does not match its schema', () => {
    const facts = {
      rights: { mode: 'Enforce', user: 'eve', listSource: false, getReferences: new Map() },
    } as const;
    expect(texts(creation({ ...mcp, spec: { ...mcp.spec, template: 1 } }, facts))).toEqual([
      'error: spec.template: spec.template must be a string',
    ]);
  });

  it('can be put down before each template and each rendering, and comes to the same', () => {
    const work = reviewInSteps(creation(mcp));
    let pauses = 0;
    for (;;) {
      const step = work.next();
      if (step.done === true) {
        expect(step.value).toEqual(reviewPolicy(creation(mcp)));
        break;
      }
      pauses++;
    }
    const { renderings } = reviewPolicy(creation(mcp));
    expect(pauses).toBeGreaterThan(renderings / 2);
  });

  it('of the same facts is always the same', () => {
    const policy = policyWith({ template: 'spec:\n  tokenData: "{{ randAlphaNum 12 }}"\n  x: 1\n' });
    expect(reviewPolicy(creation(policy))).toEqual(reviewPolicy(creation(policy)));
  });
});

describe('an update', () => {
  const broken = policyWith({ template: '{{' });

  it('that changes no spec is always admitted, however broken the policy', () => {
    const object = { ...broken, metadata: { name: 'x', finalizers: [] } };
    expect(reviewPolicy({ operation: 'UPDATE', object, oldObject: broken })).toEqual({
      findings: [],
      renderings: 0,
      unchanged: true,
    });
  });

  it('of a policy that is being deleted is always admitted', () => {
    const object = { ...broken, metadata: { ...broken.metadata, deletionTimestamp: '2024-01-01T00:00:00Z' } };
    expect(findingsOf({ operation: 'UPDATE', object, oldObject: mcp })).toEqual([]);
  });

  const suspended = policyWith({ template: '{{', suspend: true });

  it('that only suspends a policy is always admitted, above all if something is wrong with it', () => {
    expect(reviewPolicy({ operation: 'UPDATE', object: suspended, oldObject: broken })).toMatchObject({
      unchanged: true,
    });
  });

  it.each([
    ['resumes it', broken, suspended],
    ['suspends it and changes something else', suspended, mcp],
  ])('that %s is reviewed', (_, object, oldObject) => {
    expect(texts({ ...creation(object), operation: 'UPDATE', oldObject })).toHaveLength(1);
  });

  it('that breaks a policy is refused', () => {
    expect(texts({ ...creation(broken), operation: 'UPDATE', oldObject: mcp })).toEqual([
      'error: spec.template 1:3: action is not closed by "}}"',
    ]);
  });

  it('of what an older definition let pass, or of nothing that is an object, is reviewed all the same', () => {
    for (const oldObject of [{ ...mcp, spec: { nameTemplate: 1 } }, { ...mcp, spec: undefined }, null, 'x']) {
      expect(texts({ ...creation(mcp), operation: 'UPDATE', oldObject })).toEqual([]);
    }
  });
});

describe('what is wrong already in the stored policy, with the same sources', () => {
  const source = (namespace: string, name: string) => ({
    source: {
      apiVersion: 'cluster.mcp.io/v1alpha1',
      kind: 'Cluster',
      metadata: { name, namespace },
      spec: { apiEndpoint: 'https://a' },
    },
    references: {},
  });
  const nameTemplate = '{{ .source.metadata.namespace }}-{{ .source.metadata.name }}';
  const liveSources = { items: [source('a', 'b-c'), source('a-b', 'c')], truncated: false };
  const edited = policyWith({ nameTemplate, suspend: false });
  const conflicts = (facts: Partial<AdmissionFacts>) =>
    findingsOf({ ...creation(edited), liveSources, ...facts })
      .filter(({ code }) => code === 'name-conflict')
      .map(({ severity, message }) => `${severity}: ${message}`);

  it('is a warning on update, so that the author of a source cannot keep others from editing the policy', () => {
    const oldObject = policyWith({ nameTemplate });
    expect(conflicts({ operation: 'UPDATE', oldObject })).toEqual([
      'warning: two sources render one name: a/b-c and a-b/c; so does the policy that is stored',
    ]);
  });

  it('is an error where the edit brings it about, or there is no policy yet', () => {
    const error = 'error: two sources render one name: a/b-c and a-b/c';
    const oldObject = policyWith({ nameTemplate: `${nameTemplate}-{{ .source.metadata.namespace }}` });
    expect(conflicts({ operation: 'UPDATE', oldObject })).toEqual([error]);
    expect(conflicts({})).toEqual([error]);
  });
});
