import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicy } from '../../src/api/index.ts';
import type { AdmissionFacts } from '../../src/policy/index.ts';
import { formatFinding, reviewPolicy } from '../../src/policy/index.ts';
import { clusterFacts, mcp, policyWith, secretFacts } from './policies.ts';

/** The findings on a policy at creation, as a compiler would print them. */
function findingsOn(object: unknown, facts: Partial<AdmissionFacts> = {}): string[] {
  const review = reviewPolicy({
    operation: 'CREATE',
    object,
    source: clusterFacts,
    references: new Map([['authSecret', secretFacts]]),
    ...facts,
  });
  return review.findings.map((finding) => `${finding.severity}: ${formatFinding(finding)}`);
}

const body = 'spec:\n  apiserver: "{{ .source.spec.apiEndpoint }}"\n  syncResources: []\n';

const refused: readonly [name: string, policy: unknown, findings: readonly string[]][] = [
  ['no spec', { ...mcp, spec: undefined }, ['error: spec: required field spec is missing']],
  [
    'a misspelt field',
    { ...mcp, spec: { ...mcp.spec, nameTemplte: 'x' } },
    ['error: spec.nameTemplte: unknown field spec.nameTemplte; did you mean "nameTemplate"?'],
  ],
  [
    'a wrong type, and another thing, both at once',
    { ...mcp, spec: { ...mcp.spec, suspend: 'yes', deletionPolicy: 'Keep' } },
    [
      'error: spec.deletionPolicy: spec.deletionPolicy must be one of Delete, Orphan',
      'error: spec.suspend: spec.suspend must be a boolean',
    ],
  ],
  [
    'a template that does not parse',
    policyWith({ nameTemplate: 'mcp-{{ .source.metadata.name' }),
    ['error: spec.nameTemplate 1:29: action is not closed by "}}"'],
  ],
  [
    'a misspelt function',
    policyWith({ template: `${body}  # {{ b64decc .source.spec.apiEndpoint }}` }),
    ['error: spec.template 4:8: function "b64decc" is not defined; did you mean "b64dec"?'],
  ],
  [
    'a removed function',
    policyWith({ template: `${body}  # {{ env "HOME" }}` }),
    [
      'error: spec.template 4:8: function "env" is not available: it would read the environment of the server that renders: put the value into the policy\'s objects',
    ],
  ],
  [
    'a reference that is not declared',
    policyWith({ template: `${body}  # {{ .references.authSecrte.data.ca }}` }),
    [
      'error: spec.template 4:8: .references.authSecrte is not declared in spec.references; did you mean ".references.authSecret"?',
    ],
  ],
  [
    'references in nameTemplate',
    policyWith({ nameTemplate: '{{ .references.authSecret.metadata.name }}' }),
    ['error: spec.nameTemplate 1:4: .references is not available here: this template sees .source only'],
  ],
  [
    'a reference that is resolved later',
    policyWith({
      references: [
        {
          key: 'first',
          group: '',
          resource: 'secrets',
          nameTemplate: '{{ .references.authSecret.metadata.name }}',
        },
        ...(mcp.spec.references ?? []),
      ],
    }),
    [
      'error: spec.references[0].nameTemplate 1:4: .references.authSecret is resolved later; a reference sees only those before it',
    ],
  ],
  [
    'a top-level name that does not exist',
    policyWith({ nameTemplate: '{{ .sorce.metadata.name }}' }),
    [
      'error: spec.nameTemplate 1:4: .sorce is not defined; templates see .source and .references; did you mean ".source"?',
    ],
  ],
  [
    "a misspelt field of the platform's resource",
    policyWith({ template: 'spec:\n  apiserver: "{{ .source.spec.apiEndpont }}"\n  syncResources: []\n' }),
    [
      'error: spec.template 2:18: .source.spec.apiEndpont is not a field of Cluster cluster.mcp.io/v1alpha1; did you mean ".source.spec.apiEndpoint"?',
    ],
  ],
  [
    'a misspelt field of a reference',
    policyWith({ template: `${body}  caData: "{{ .references.authSecret.dat.ca }}"` }),
    [
      'error: spec.template 4:15: .references.authSecret.dat is not a field of Secret v1; did you mean ".references.authSecret.data"?',
    ],
  ],
  [
    'a name that can never be one',
    policyWith({ nameTemplate: 'MCP_{{ .source.metadata.name }}' }),
    [
      'error: spec.nameTemplate: the rendered name contains "M"; only a-z, 0-9, "-" and "." are allowed; pipe it through lower',
    ],
  ],
  [
    'YAML that does not parse',
    policyWith({ template: 'spec:\n  syncResources: [\n  apiserver: x\n' }),
    [
      'error: spec.template: the rendered text is not YAML: flow sequence in block collection must be sufficiently indented and end with a ] (rendered line 3: apiserver: x)',
    ],
  ],
  [
    'something that is no PediaCluster',
    policyWith({ template: 'spec:\n  apiServer: x\n  syncResources: []\n' }),
    ['error: spec.template: unknown field spec.apiServer; did you mean "apiserver"?'],
  ],
  [
    'a PediaCluster without syncResources',
    policyWith({ template: 'spec:\n  apiserver: x\n' }),
    ['error: spec.template: required field spec.syncResources is missing'],
  ],
  [
    'a template that sets the name',
    policyWith({ template: `metadata:\n  name: x\n${body}` }),
    ['error: spec.template: unknown field metadata.name'],
  ],
  [
    'a condition that prints something else',
    policyWith({ creationCondition: 'ready' }),
    [
      'error: spec.creationCondition: prints something that is neither "true", "false" nor empty, which counts as false',
    ],
  ],
  [
    'a condition that can only be false',
    policyWith({ creationCondition: 'false' }),
    [
      'error: spec.creationCondition: can only be false, so no cluster would ever be imported; use spec.suspend to pause a policy',
    ],
  ],
  [
    'the clock in a name',
    policyWith({ nameTemplate: 'mcp-{{ now | unixEpoch }}' }),
    [
      'error: spec.nameTemplate 1:8: function "now" reads the clock, and this value is rendered again and again: it would never settle',
    ],
  ],
  [
    'randomness in a credential',
    policyWith({ template: 'spec:\n  tokenData: "{{ randAlphaNum 12 | b64enc }}"\n  syncResources: []\n' }),
    [
      'error: spec.template 2:18: function "randAlphaNum" is random, and this value is rendered again and again: it would never settle',
    ],
  ],
  [
    'a selector that is none',
    policyWith({ source: { ...mcp.spec.source, labelSelector: 'env in prod' } }),
    [
      'error: spec.source.labelSelector: is no label selector at "env in prod"; write it as in "env=prod,tier in (a, b),!paused"',
    ],
  ],
];

const accepted: readonly [name: string, policy: ClusterImportPolicy][] = [
  ['the worked example', mcp],
  [
    'the clock in a label, which is rendered once',
    policyWith({ template: `metadata:\n  labels:\n    imported: "{{ now | unixEpoch }}"\n${body}` }),
  ],
  [
    'randomness that does not matter',
    policyWith({ nameTemplate: 'mcp-{{ randAlphaNum 5 | trunc 0 }}{{ .source.metadata.name }}' }),
  ],
  ['free parameters', policyWith({ template: `${body}  # {{ .source.spec.parameters.anything }}` })],
  [
    'a condition that is false for now',
    policyWith({ creationCondition: '{{ eq .source.spec.apiEndpoint "" }}' }),
  ],
];

describe('a policy is refused with every finding', () => {
  it.each(refused)('%s', (_, policy, findings) => {
    expect(findingsOn(policy)).toEqual(findings);
  });
});

describe('a policy is accepted without a word', () => {
  it.each(accepted)('%s', (_, policy) => {
    expect(findingsOn(policy)).toEqual([]);
  });
});

describe('what may still become right is a warning', () => {
  it('a resource that is not served yet', () => {
    const { schema: _, ...facts } = clusterFacts;
    expect(findingsOn(mcp, { source: { ...facts, known: false, served: [] } })).toEqual([
      'warning: spec.source.resource: clusters.cluster.mcp.io is not served yet; clusters are imported once it is',
    ]);
  });
  it('a resource that is served in other versions only', () => {
    expect(
      findingsOn(mcp, { source: { ...clusterFacts, known: false, served: ['v1alpha1', 'v1alpha2'] } }),
    ).toEqual([
      'warning: spec.source.versions: clusters.cluster.mcp.io is not served in the allowed versions; it is served in v1alpha1, v1alpha2',
    ]);
  });
});

describe('an update', () => {
  it('that changes no spec is always admitted, however broken the policy', () => {
    const broken = policyWith({ template: '{{' });
    expect(
      reviewPolicy({
        operation: 'UPDATE',
        object: { ...broken, metadata: { name: 'x', finalizers: [] } },
        oldObject: broken,
      }),
    ).toEqual({ findings: [], renderings: 0, unchanged: true });
  });
  it('of a policy that is being deleted is always admitted', () => {
    const broken = policyWith({ template: '{{' });
    const object = { ...broken, metadata: { ...broken.metadata, deletionTimestamp: '2024-01-01T00:00:00Z' } };
    expect(reviewPolicy({ operation: 'UPDATE', object, oldObject: mcp }).findings).toEqual([]);
  });
});

describe('a deletion', () => {
  it('of a protected policy is refused', () => {
    const object = {
      ...mcp,
      metadata: { name: 'mcp', annotations: { 'policy.clusterpedia.io/deletion-protection': 'true' } },
    };
    expect(reviewPolicy({ operation: 'DELETE', object }).findings.map(formatFinding)).toEqual([
      'metadata.annotations: the policy is protected; remove the annotation policy.clusterpedia.io/deletion-protection first',
    ]);
  });
  it('of any other policy is admitted', () => {
    expect(reviewPolicy({ operation: 'DELETE', object: mcp }).findings).toEqual([]);
  });
});
