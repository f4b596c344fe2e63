import { describe, expect, it } from 'vitest';
import type { KubeObject, RenderedPediaCluster } from '../../src/api/index.ts';
import { compilePolicy } from '../../src/policy/index.ts';
import { lossOf, renderLifecycle, standaloneProblem } from '../../src/reconcile/index.ts';
import { pediaCluster, SPEC } from './objects.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

const rendered = (spec: Partial<RenderedPediaCluster['spec']>): RenderedPediaCluster => ({
  spec: { syncResources: [], ...spec },
});

const kubeconfig = (user: object, cluster: object = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://c1.example:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  });

const execUser = {
  exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', 'id'] },
};

const attacks: readonly (readonly [string, string])[] = [
  ['runs a program', kubeconfig(execUser)],
  ['asks a plugin', kubeconfig({ 'auth-provider': { name: 'gcp' } })],
  ['reads a token from a file', kubeconfig({ tokenFile: '/var/run/secrets/token' })],
  ['reads a certificate from a file', kubeconfig({ 'client-certificate': '/c', 'client-key': '/k' })],
  ['reads a CA from a file', kubeconfig({ token: 't' }, { 'certificate-authority': '/ca' })],
  [
    'hides the program behind an anchor and a merge key',
    `${kubeconfig({}).replace('"users":[{"name":"u","user":{}}]', '"x":0').slice(0, -1)},
      "anchors": {"a": &a {"exec": {"apiVersion": "v1", "command": "sh"}}},
      "users": [{"name": "u", "user": {<<: *a}}]}`,
  ],
  [
    'says it a second time, differently',
    kubeconfig({ token: 't' }).replace(
      '"token":"t"',
      `"token":"t"},"user":${JSON.stringify(execUser)},"x":{"y":"z"`,
    ),
  ],
];

describe('a kubeconfig', () => {
  it('with its credentials inline stands alone', () => {
    const spec = rendered({ kubeconfig: base64(kubeconfig({ token: 't' })) });
    expect(standaloneProblem(spec, [], [])).toBeUndefined();
  });

  it.each(attacks)('that %s does not', (_, text) => {
    const problem = standaloneProblem(rendered({ kubeconfig: base64(text) }), [], []);
    expect(problem).toMatchObject({ reason: 'CredentialNotSelfContained', failed: true });
    expect(problem?.message).not.toMatch(/\bsh\b|gcp|\/var|\/c\b|\bid\b/);
  });

  it.each(attacks)(
    'that %s does not behind authenticationFrom either, as far as its Secret is seen',
    (_, text) => {
      const secret: KubeObject = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 's', namespace: 'n' },
        data: { value: base64(text) },
      };
      const spec = rendered({ authenticationFrom: { kubeconfig: { name: 's', key: 'value' } } });
      expect(standaloneProblem(spec, [secret], [])).toMatchObject({
        reason: 'CredentialNotSelfContained',
      });
      expect(standaloneProblem(spec, [], [])).toBeUndefined();
    },
  );

  it('behind authenticationFrom is seen in the source, too', () => {
    const source: KubeObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'n', uid: 'u', resourceVersion: '1' },
      data: { value: base64(kubeconfig(execUser)) },
    };
    const compiled = compilePolicy({
      ...SPEC,
      references: [],
      template:
        'spec: { authenticationFrom: { kubeconfig: { name: "{{ .source.metadata.name }}", key: value } }, syncResources: [] }',
    });
    expect(renderLifecycle(compiled, source, { located: [], objects: {}, missing: [] }, false)).toMatchObject(
      {
        kind: 'problem',
        problem: { reason: 'CredentialNotSelfContained' },
      },
    );
  });

  it('may run a program that an admin allows, as it is written, and no other', () => {
    const spec = rendered({ kubeconfig: base64(kubeconfig(execUser)) });
    expect(standaloneProblem(spec, [], ['sh'])).toBeUndefined();
    expect(standaloneProblem(spec, [], ['/bin/sh'])).toBeDefined();
    const file = rendered({ kubeconfig: base64(kubeconfig({ ...execUser, tokenFile: '/t' })) });
    expect(standaloneProblem(file, [], ['sh'])?.message).toMatch(/tokenFile/);
  });

  it('that cannot be read is not handed on', () => {
    const spec = rendered({ kubeconfig: base64('{') });
    expect(standaloneProblem(spec, [], [])).toMatchObject({ reason: 'CredentialInvalid' });
  });
});

describe('what a PediaCluster has is lost where what is rendered', () => {
  const token = { apiserver: 'https://e', tokenData: base64('t') };
  const certificate = { apiserver: 'https://e', certData: base64('c'), keyData: base64('k') };
  const whole = { kubeconfig: base64(kubeconfig({ token: 't' })) };

  it.each([
    ['has no token any more', token, { apiserver: 'https://e' }, /neither a kubeconfig, a token/],
    ['has no endpoint any more', token, { tokenData: base64('t') }, /spec.apiserver/],
    ['has no key any more', certificate, { ...certificate, keyData: '' }, /certificate without its key/],
    ['has no kubeconfig any more', whole, {}, /neither a kubeconfig/],
    ['has no CA any more', { ...token, caData: base64('ca') }, token, /spec.caData/],
    ['has an endpoint that is none', token, { ...token, apiserver: 'https://' }, /spec.apiserver/],
    [
      'has neither, where both came from Secrets',
      { apiserver: 'https://e', authenticationFrom: { token: { name: 's', key: 't' } } },
      { apiserver: 'https://e' },
      /neither a kubeconfig/,
    ],
    [
      'has a kubeconfig whose context is gone',
      whole,
      {
        kubeconfig: base64(
          kubeconfig({ token: 't' }).replace('"current-context":"c"', '"current-context":"d"'),
        ),
      },
      /spec.kubeconfig/,
    ],
  ])('%s', (_, has, wanted, message) => {
    const loss = lossOf(pediaCluster({}, { syncResources: [], ...has }), rendered(wanted));
    expect(loss).toMatchObject({ reason: 'CredentialMissing', failed: true });
    expect(loss?.message).toMatch(message);
  });

  it.each([
    ['changes the token', token, { ...token, tokenData: base64('u') }],
    ['takes a certificate for a token', token, certificate],
    ['takes a kubeconfig for the fields', { ...token, caData: base64('ca') }, whole],
    ['adds a CA', token, { ...token, caData: base64('ca') }],
    ['is no worse than what there is', { apiserver: 'https://e' }, {}],
    ['is as little as there is', {}, {}],
  ])('not where it %s', (_, has, wanted) => {
    expect(lossOf(pediaCluster({}, { syncResources: [], ...has }), rendered(wanted))).toBeUndefined();
  });
});
