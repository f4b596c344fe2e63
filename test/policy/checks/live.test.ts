import { describe, expect, it } from 'vitest';
import { checkLiveSources } from '../../../src/policy/checks/live.ts';
import type { LiveSource } from '../../../src/policy/index.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
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
    spec,
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  },
  references: { authSecret: secret },
});

const policy = compilePolicy(mcp.spec);
/** Fails for a cluster without `spec.region`. */
const demanding = compilePolicy(
  policyWith({
    template:
      '{{ if not .source.spec.region }}{{ fail .references.authSecret.data.token }}{{ end }}spec:\n  syncResources: []\n',
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
  ] as const)('%s', (_, compiled, items, expected) => {
    const { findings } = checkLiveSources(compiled, { items, truncated: false });
    expect(findings.map(({ severity, message }) => `${severity}: ${message.split(':')[0] ?? ''}`)).toEqual(
      expected,
    );
    expect(JSON.stringify(findings)).not.toMatch(/dG9rZW4=|Y2E=/);
  });

  it('sources that could not be read are a warning', () => {
    expect(checkLiveSources(policy, { skipped: 'no answer in time' }).findings.map(formatFinding)).toEqual([
      'spec.source: existing sources were not tried: no answer in time',
    ]);
  });
});
