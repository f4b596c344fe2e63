import { describe, expect, it } from 'vitest';
import { kubeconfigFault } from '../../../src/policy/trial/kubeconfig-fault.ts';

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
        const found = kubeconfigFault(written);
        expect(found && [found.code, found.message]).toEqual(expected);
      }
    });
  }
});
