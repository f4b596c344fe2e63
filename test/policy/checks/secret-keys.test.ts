import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec } from '../../../src/api/index.ts';
import { checkSecretKeys } from '../../../src/policy/checks/secret-keys.ts';
import type { LiveSource } from '../../../src/policy/index.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
import { toEnd } from '../../../src/policy/paced.ts';
import { gatherEvidence } from '../../../src/policy/trial/evidence.ts';
import { clusterFacts, mcp, policyWith, secretFacts } from '../policies.ts';

/** An existing source whose Secret has these keys. */
function cluster(name: string, keys: readonly string[], kind = 'Secret'): LiveSource {
  return {
    source: {
      apiVersion: 'cluster.mcp.io/v1alpha1',
      kind: 'Cluster',
      metadata: { name },
      spec: { apiEndpoint: 'https://10.0.0.1', authSecretRef: { namespace: 'default', name } },
    },
    references: {
      authSecret: {
        apiVersion: 'v1',
        kind,
        metadata: { namespace: 'default', name },
        data: Object.fromEntries(keys.map((key) => [key, 'c2VjcmV0'])),
      },
    },
  };
}

/** A template with these lines, from the third on. */
const body = (...lines: readonly string[]) =>
  ['spec:', '  syncResources: []', ...lines.map((line) => `  ${line}`), ''].join('\n');

function found(
  lines: readonly string[],
  items: readonly LiveSource[],
  change: Partial<ClusterImportPolicySpec> = {},
) {
  const compiled = compilePolicy(
    policyWith({
      creationCondition: 'true',
      template: body('apiserver: "{{ .source.spec.apiEndpoint }}"', ...lines),
      ...change,
    }).spec,
  );
  const facts = { source: clusterFacts, references: new Map([['authSecret', secretFacts]]) };
  const evidence = toEnd(gatherEvidence(compiled, facts, { items, truncated: false }));
  const findings = checkSecretKeys(compiled, evidence);
  expect(JSON.stringify(findings)).not.toContain('c2VjcmV0');
  return findings.map((finding) => `${finding.severity}: ${formatFinding(finding)}`);
}

const TOKEN = 'tokenData: "{{ .references.authSecret.data.tokn }}"';
const [reference = undefined as never] = mcp.spec.references ?? [];

describe('a key that none of the Secrets at hand has', () => {
  it.each<[string, readonly string[], readonly LiveSource[], string[]]>([
    [
      'is refused, with the keys that the Secret has',
      [TOKEN],
      [cluster('a', ['ca', 'token'])],
      [
        'error: spec.template 4:18: .references.authSecret: the Secret at hand does not have the key "tokn"; it has ca, token; did you mean "token"?',
      ],
    ],
    [
      'is refused, with the keys of all of them',
      [TOKEN],
      [cluster('a', ['ca']), cluster('b', ['crt'])],
      [
        'error: spec.template 4:18: .references.authSecret: none of the 2 Secrets at hand has the key "tokn"; they have ca, crt',
      ],
    ],
    [
      'is told once',
      [TOKEN, 'caData: "{{ .references.authSecret.data.tokn }}"'],
      [cluster('a', [])],
      [
        'error: spec.template 4:18: .references.authSecret: the Secret at hand does not have the key "tokn"; it has none',
      ],
    ],
    [
      'is a warning, where an existing source renders well without it',
      [
        'tokenData: "{{ .references.authSecret.data.token }}"',
        'caData: "{{ .references.authSecret.data.caa }}"',
      ],
      [cluster('a', ['ca', 'token'])],
      [
        'warning: spec.template 5:15: .references.authSecret: the Secret at hand does not have the key "caa"; it has ca, token; did you mean "ca"?',
      ],
    ],
    [
      'is a warning, where something asks for it first and a key is nearly the same',
      ['{{ with .references.authSecret.data.tokn }}tokenData: "{{ . }}"{{ end }}'],
      [cluster('a', ['token'])],
      [
        'warning: spec.template 4:11: .references.authSecret: the Secret at hand does not have the key "tokn"; it has token; did you mean "token"?',
      ],
    ],
    [
      'is nothing, where something asks for it first and no key is nearly the same',
      ['tokenData: "{{ default .references.authSecret.data.token .references.authSecret.data.value }}"'],
      [cluster('a', ['token'])],
      [],
    ],
    ['is nothing, where another Secret has it', [TOKEN], [cluster('a', ['ca']), cluster('b', ['tokn'])], []],
    [
      'is nothing, in a branch that no existing source takes',
      [`{{ if gt (len .source.spec.apiEndpoint) 99 }}${TOKEN}{{ end }}`],
      [cluster('a', ['token'])],
      [],
    ],
    ['is nothing, without Secrets', [TOKEN], [{ ...cluster('a', []), references: {} }], []],
    [
      'is nothing, where the key is computed',
      ['tokenData: "{{ index .references.authSecret.data .source.metadata.name }}"'],
      [cluster('a', ['token'])],
      [],
    ],
  ])('%s', (_, lines, items, findings) => {
    expect(found(lines, items)).toEqual(findings);
  });
});

describe('other kinds', () => {
  it.each<[string, Partial<typeof reference>, string[]]>([
    [
      'of a ConfigMap the same is said',
      { resource: 'configmaps' },
      [
        'error: spec.template 4:18: .references.authSecret: the ConfigMap at hand does not have the key "tokn"; it has token; did you mean "token"?',
      ],
    ],
    [
      'of any other kind nothing is said: its schema tells its fields',
      { group: 'acme.example', resource: 'bags' },
      [],
    ],
  ])('%s', (_, part, findings) => {
    const change = { references: [{ ...reference, ...part }] };
    expect(found([TOKEN], [cluster('a', ['token'], 'Other')], change)).toEqual(findings);
  });
});
