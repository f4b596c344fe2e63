import { describe, expect, it } from 'vitest';
import type { Schema } from '../../../src/api/index.ts';
import { checkVerified } from '../../../src/policy/checks/unverified.ts';
import type { LiveSource } from '../../../src/policy/index.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
import { toEnd } from '../../../src/policy/paced.ts';
import { gatherEvidence } from '../../../src/policy/trial/evidence.ts';
import { clusterFacts, policyWith, secretFacts } from '../policies.ts';

const text: Schema = { type: 'string' };
const schema: Schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['site', 'isPublic'],
      properties: {
        site: { type: 'string', enum: ['Berlin', 'Paris', 'Rome'] },
        isPublic: { type: 'boolean' },
        ca: text,
      },
    },
    status: { type: 'object', properties: { phase: text } },
  },
};

/** An existing source. */
const cluster = (name: string, spec: object): LiveSource => ({
  source: { apiVersion: 'cluster.mcp.io/v1alpha1', kind: 'Cluster', metadata: { name }, spec },
  references: {},
});

/** A template with an endpoint and these lines, from the fourth on. */
const body = (...lines: readonly string[]) =>
  [
    'spec:',
    '  syncResources: []',
    '  apiserver: https://10.0.0.1',
    ...lines.map((line) => `  ${line}`),
    '',
  ].join('\n');

function found(lines: readonly string[], items: readonly LiveSource[] = []): string[] {
  const change = { references: [], creationCondition: 'true', template: body(...lines) };
  const compiled = compilePolicy(policyWith(change).spec);
  const facts = { source: { ...clusterFacts, schema }, references: new Map([['authSecret', secretFacts]]) };
  const evidence = toEnd(gatherEvidence(compiled, facts, { items, truncated: false }));
  return toEnd(checkVerified(evidence)).map((finding) => `${finding.severity}: ${formatFinding(finding)}`);
}

const TOKEN = 'tokenData: dG9rZW4=';
const CA = 'caData: Y2E=';
const told = (what: string) => `warning: spec.template ${what}, so Clusterpedia would not verify the server`;

describe('a server that would not be verified: a warning', () => {
  it.each<[string, readonly string[], string[]]>([
    ['where no source has a CA', [TOKEN], [told('1:1: renders no caData')]],
    ['where the CA is empty', [TOKEN, 'caData: ""'], [told('5:11: renders no caData')]],
    [
      'where a certificate stands in the place of the token',
      ['certData: eA==', 'keyData: eA=='],
      [told('1:1: renders no caData')],
    ],
    [
      'where a Secret has the token, and its CA is not asked for',
      ['authenticationFrom: {token: {name: a, key: token}}', CA],
      [
        told(
          '4:23: renders authenticationFrom without ca (caData does not count beside credentials from Secrets)',
        ),
      ],
    ],
    [
      'where a value of the source leaves it out',
      [TOKEN, `{{ if ne .source.spec.site "Paris" }}${CA}{{ end }}`],
      [told('1:1: renders no caData for a source with spec.site: Paris')],
    ],
    [
      'where a value of its status leaves it out',
      [TOKEN, `{{ if ne .source.status.phase "Lost" }}${CA}{{ end }}`],
      [told('1:1: renders no caData for a source with status.phase: Lost')],
    ],
    [
      'where each of several values leaves it out',
      [TOKEN, `{{ if and (ne .source.spec.site "Paris") (not .source.spec.isPublic) }}${CA}{{ end }}`],
      [],
    ],
  ])('%s', (_, lines, findings) => {
    expect(found(lines)).toEqual(findings);
  });
});

describe('a server that is verified, as far as one can tell', () => {
  it.each<[string, readonly string[]]>([
    ['with a CA', [TOKEN, CA]],
    ['by a kubeconfig, which says itself how', ['kubeconfig: eA==']],
    [
      'where a source merely lacks the CA: it may get it',
      [TOKEN, 'caData: "{{ b64enc (default "" .source.spec.ca) }}"'],
    ],
    [
      'by a Secret that has token and CA',
      ['authenticationFrom: {token: {name: a, key: token}, ca: {name: a, key: ca}}'],
    ],
    ['where nothing can be connected with: that is another check', []],
  ])('%s', (_, lines) => {
    expect(found(lines)).toEqual([]);
  });
});

describe('existing sources', () => {
  const lines = [TOKEN, 'caData: "{{ b64enc (default "" .source.spec.ca) }}"'];
  const open = { site: 'Rome', isPublic: true };
  const verified = { ...open, ca: 'x' };
  it.each<[string, readonly LiveSource[], string[]]>([
    ['that all have a CA', [cluster('a', verified), cluster('b', verified)], []],
    [
      'of which one has none',
      [cluster('a', verified), cluster('b', open)],
      [told('5:11: renders no caData for 1 of 2 existing sources')],
    ],
    [
      'of which the only one has none',
      [cluster('a', open)],
      [told('5:11: renders no caData for the one existing source that was tried')],
    ],
  ])('%s', (_, items, findings) => {
    expect(found(lines, items)).toEqual(findings);
  });
});
