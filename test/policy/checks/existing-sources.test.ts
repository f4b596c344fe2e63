import { describe, expect, it } from 'vitest';
import { judgeExisting } from '../../../src/policy/checks/existing-sources.ts';
import type { ClusterImportPolicySpec } from '../../../src/api/index.ts';
import type { AdmissionFacts, CompiledPolicy, LiveSource } from '../../../src/policy/index.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
import { toEnd } from '../../../src/policy/paced.ts';
import { gatherEvidence, namesOf } from '../../../src/policy/trial/evidence.ts';
import { mcp, policyWith } from '../policies.ts';

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'c' },
  data: { ca: 'Y2E=', token: 'dG9rZW4=' },
};

const cluster = (
  name: string,
  ready: boolean,
  spec: object = { apiEndpoint: 'https://10.0.0.1' },
): LiveSource => ({
  source: {
    apiVersion: 'cluster.mcp.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name },
    spec: { authSecretRef: { namespace: 'default', name: 'c' }, ...spec },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  },
  references: { authSecret: secret },
});

const policy = compilePolicy(mcp.spec);

const gather = (compiled: CompiledPolicy, live: AdmissionFacts['liveSources']) =>
  toEnd(gatherEvidence(compiled, { source: undefined, references: new Map() }, live));
const [reference = undefined as never] = mcp.spec.references ?? [];
/** Fails for a cluster without `spec.region`. */
const demanding = compilePolicy(
  policyWith({
    template:
      '{{ if not .source.spec.region }}{{ fail .references.authSecret.data.token }}{{ end }}spec:\n  apiserver: a\n  tokenData: eHl6\n  syncResources: []\n',
  }).spec,
);

describe('the trial on sources that exist', () => {
  it.each([
    ['all render: nothing', policy, [cluster('a', true), cluster('b', true)], []],
    ['none waits or fails: nothing, and no rendering of those that wait', policy, [cluster('a', false)], []],
    [
      'one whose reference does not exist waits for it: nothing',
      demanding,
      [{ ...cluster('a', true), references: {} }],
      [],
    ],
    [
      'every one that meets the creation condition fails: refused, secrets kept out',
      demanding,
      [cluster('a', true), cluster('b', true), cluster('c', false)],
      ['error: all 2 existing sources that were tried fail'],
    ],
    [
      'some fail: a warning with the count',
      demanding,
      [cluster('a', true), cluster('b', true, { apiEndpoint: 'x', region: 'eu' })],
      ['warning: 1 of 2 existing sources fail'],
    ],
    [
      'one renders what Clusterpedia could never connect with: a warning',
      compilePolicy(policyWith({ creationCondition: 'true' }).spec),
      [cluster('a', true), cluster('b', true, {})],
      ['warning: 1 of 2 existing sources fail'],
    ],
  ] as const)('%s', (_, compiled, items, expected) => {
    const findings = judgeExisting(gather(compiled, { items, truncated: false }));
    expect(findings.map(({ severity, message }) => `${severity}: ${message.split(':')[0] ?? ''}`)).toEqual(
      expected,
    );
    expect(JSON.stringify(findings)).not.toMatch(/dG9rZW4=|Y2E=/);
  });

  it.each<[string, Partial<ClusterImportPolicySpec>, string[]]>([
    [
      'a reference that leads outside its namespaces fails, whether or not the object exists',
      {
        references: [
          { ...reference, nameTemplate: 'x', namespaceTemplate: 'kube-system', allowedNamespaces: ['fleet'] },
        ],
      },
      [
        'error: spec.references[0].namespaceTemplate: the one existing source that was tried fails: the rendered namespace is not one of allowedNamespaces (fleet)',
      ],
    ],
    [
      'a reference whose name can be none fails',
      { references: [{ ...reference, nameTemplate: 'a/{{ .source.metadata.name }}' }] },
      [
        'error: spec.references[0].nameTemplate: the one existing source that was tried fails: the rendered name contains characters that a name cannot have; only a-z, 0-9, "-" and "." are allowed',
      ],
    ],
    [
      'a reference that the source does not name yet is waited for',
      { references: [{ ...reference, nameTemplate: '{{ .source.spec.secretName }}' }] },
      [],
    ],
    [
      'a reference that hangs on one that does not exist yet is waited for',
      {
        references: [
          reference,
          { ...reference, key: 'second', nameTemplate: '{{ index .references.authSecret.data "next" }}' },
        ],
      },
      [],
    ],
  ])('%s', (_, change, expected) => {
    const compiled = compilePolicy(policyWith(change).spec);
    const items = [{ ...cluster('a', true), references: {} }];
    const findings = judgeExisting(gather(compiled, { items, truncated: false }));
    expect(findings.map((finding) => `${finding.severity}: ${formatFinding(finding)}`)).toEqual(expected);
  });

  it('every source that is selected has a name, be it rendered, waiting or failed', () => {
    const items = [cluster('a', true), cluster('b', false), { ...cluster('c', true), references: {} }];
    const evidence = gather(demanding, { items, truncated: false });
    expect(namesOf(evidence).map(({ name }) => name)).toEqual(['mcp-a', 'mcp-b', 'mcp-c']);
  });

  it('sources that could not be read are a warning', () => {
    expect(judgeExisting(gather(policy, { skipped: 'no answer in time' })).map(formatFinding)).toEqual([
      'spec.source: existing sources were not tried: no answer in time',
    ]);
  });
});
