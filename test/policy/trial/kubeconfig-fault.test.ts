import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/index.ts';
import type { LiveSource } from '../../../src/policy/index.ts';
import { formatFinding, reviewPolicy } from '../../../src/policy/index.ts';
import { kubeconfigFault } from '../../../src/policy/trial/kubeconfig-fault.ts';
import { clusterFacts, policyWith, secretFacts } from '../policies.ts';

const kubeconfig = (user: string, server = 'https://a.example:6443') => `
apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: '${server}' } }]
users: [{ name: u, user: ${user} }]
contexts: [{ name: x, context: { cluster: c, user: u } }]
current-context: x
`;

const verdicts = [
  ['a token', kubeconfig('{ token: t }'), undefined],
  [
    'a program',
    kubeconfig('{ exec: { apiVersion: client.authentication.k8s.io/v1, command: aws } }'),
    [
      'not-self-contained',
      'renders a kubeconfig that does not stand alone: it has exec, which runs a program where Clusterpedia runs',
    ],
  ],
  [
    'a file',
    kubeconfig('{ tokenFile: /var/run/token }'),
    [
      'not-self-contained',
      'renders a kubeconfig that does not stand alone: it has tokenFile, which reads a file where Clusterpedia runs',
    ],
  ],
  [
    'no server',
    kubeconfig('{ token: t }', ''),
    ['unusable', 'renders a kubeconfig that client-go refuses (no server)'],
  ],
] as const;

describe('the verdict on a kubeconfig that exists', () => {
  // Twice, for the second one is what was found first.
  for (const time of ['once', 'again']) {
    it.each(verdicts)(`is the same ${time}: one with %s`, (_, text, expected) => {
      for (const written of [text, Buffer.from(text).toString('base64')]) {
        const found = kubeconfigFault({ isInSecret: false, kubeconfig: written });
        expect(found && [found.code, found.message]).toEqual(expected);
      }
    });
  }
});

describe('a kubeconfig behind authenticationFrom', () => {
  const template = `
spec:
  authenticationFrom: { kubeconfig: { name: "{{ NAME }}", key: value } }
  syncResources: []
`;
  const secret = (user: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'prod', namespace: 'default' },
    data: { value: Buffer.from(kubeconfig(user)).toString('base64') },
  });
  const cluster: KubeObject = {
    apiVersion: 'cluster.mcp.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'prod' },
    spec: { apiEndpoint: 'https://prod.example', authSecretRef: { namespace: 'default', name: 'prod' } },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  };
  const errors = (policy: object, source: typeof clusterFacts, live: LiveSource) =>
    reviewPolicy({
      operation: 'CREATE',
      object: policy,
      source,
      references: new Map([['authSecret', secretFacts]]),
      liveSources: { items: [live], truncated: false },
    })
      .findings.filter(({ severity }) => severity === 'error')
      .map(formatFinding);
  const program = '{ exec: { apiVersion: v1, command: evil, args: [steal] } }';
  const refused =
    'spec.template 3:37: the one existing source that was tried fails: names a Secret in authenticationFrom with a kubeconfig that ' +
    'does not stand alone: it has exec, which runs a program where Clusterpedia runs';

  it.each<[string, string, readonly string[]]>([
    ['runs a program', program, [refused]],
    ['has a token inline', '{ token: t }', []],
  ])('in the Secret of a reference is looked into: one that %s', (_, user, expected) => {
    const policy = policyWith({ template: template.replace('NAME', '.references.authSecret.metadata.name') });
    const live = { source: cluster, references: { authSecret: secret(user) } };
    expect(errors(policy, clusterFacts, live)).toEqual(expected);
  });

  it('in the source itself is looked into', () => {
    const policy = policyWith({
      source: { group: '', resource: 'secrets' },
      references: [],
      creationCondition: 'true',
      template: template.replace('NAME', '.source.metadata.name'),
    });
    const live = { source: secret(program), references: {} };
    expect(errors(policy, secretFacts, live)).toEqual([refused]);
  });
});
