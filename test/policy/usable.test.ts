import { describe, expect, it } from 'vitest';
import type { PediaClusterSpec } from '../../src/api/index.ts';
import { endpointProblem, usabilityOf } from '../../src/policy/index.ts';

type Spec = Partial<PediaClusterSpec>;

const APISERVER = 'https://10.0.0.1:6443';
const [TOKEN, CERT, KEY, CA, KUBECONFIG] = ['token', 'cert', 'key', 'ca', 'kubeconfig'].map(btoa) as [
  string,
  string,
  string,
  string,
  string,
];
const at = (name: string, of = 'auth') => ({ name: of, key: name });

const usable: readonly (readonly [sentence: string, spec: Spec, credential: string, unverified: boolean])[] =
  [
    ['a kubeconfig needs nothing else', { kubeconfig: KUBECONFIG }, 'kubeconfig', false],
    [
      'a kubeconfig goes before whatever stands beside it',
      { kubeconfig: KUBECONFIG, certData: CERT },
      'kubeconfig',
      false,
    ],
    ['an endpoint, a CA and a token', { apiserver: APISERVER, caData: CA, tokenData: TOKEN }, 'token', false],
    [
      'an endpoint and a token alone: nothing is verified',
      { apiserver: APISERVER, tokenData: TOKEN },
      'token',
      true,
    ],
    [
      'a certificate with its key',
      { apiserver: APISERVER, caData: CA, certData: CERT, keyData: KEY },
      'certificate',
      false,
    ],
    ['a kubeconfig in a Secret', { authenticationFrom: { kubeconfig: at('value') } }, 'kubeconfig', false],
    [
      'a token and a CA in Secrets',
      { apiserver: APISERVER, authenticationFrom: { token: at('token'), ca: at('ca') } },
      'token',
      false,
    ],
    [
      'an inline CA does not count beside a token in a Secret',
      { apiserver: APISERVER, caData: CA, authenticationFrom: { token: at('token') } },
      'token',
      true,
    ],
    [
      'an inline token goes before Secrets that are not complete',
      { apiserver: APISERVER, tokenData: TOKEN, caData: CA, authenticationFrom: { cert: at('cert') } },
      'token',
      false,
    ],
  ];

const never: readonly (readonly [sentence: string, spec: Spec, problems: readonly string[]])[] = [
  ['nothing at all', {}, ['no-credential spec', 'no-endpoint spec.apiserver']],
  ['an endpoint alone', { apiserver: APISERVER }, ['no-credential spec']],
  ['an empty place for Secrets', { apiserver: APISERVER, authenticationFrom: {} }, ['no-credential spec']],
  ['a token without an endpoint', { tokenData: TOKEN }, ['no-endpoint spec.apiserver']],
  [
    'a certificate without its key',
    { apiserver: APISERVER, certData: CERT },
    ['certificate-without-key spec.certData'],
  ],
  [
    'a key without its certificate',
    { apiserver: APISERVER, keyData: KEY },
    ['key-without-certificate spec.keyData'],
  ],
  [
    'half a pair beside a token, which is sent and refused by client-go',
    { apiserver: APISERVER, tokenData: TOKEN, certData: CERT },
    ['certificate-without-key spec.certData'],
  ],
  [
    'a token with a line break',
    { apiserver: APISERVER, tokenData: btoa('t\n') },
    ['invalid-token spec.tokenData'],
  ],
  [
    'a token in a Secret without an endpoint',
    { authenticationFrom: { token: at('token') } },
    ['no-endpoint spec.apiserver'],
  ],
  [
    'a CA in a Secret alone',
    { apiserver: APISERVER, authenticationFrom: { ca: at('ca') } },
    ['no-credential spec.authenticationFrom'],
  ],
  [
    'a certificate in a Secret without its key',
    { apiserver: APISERVER, authenticationFrom: { cert: at('cert'), token: at('token') } },
    ['certificate-without-key spec.authenticationFrom.cert'],
  ],
];

describe('Clusterpedia connects with', () => {
  it.each(usable)('%s', (_, spec, credential, unverified) => {
    expect(usabilityOf(spec)).toMatchObject({ problems: [], credential, unverified });
  });
});

describe('Clusterpedia can never connect with', () => {
  it.each(never)('%s', (_, spec, problems) => {
    expect(usabilityOf(spec).problems.map(({ reason, field }) => `${reason} ${field}`)).toEqual(problems);
  });
});

describe('of Secrets that are at hand', () => {
  const keysOf = (name: string) => (name === 'auth' ? new Set(['token', 'ca.crt']) : undefined);
  const problemsOf = (spec: Spec) =>
    usabilityOf({ apiserver: APISERVER, ...spec }, keysOf).problems.map(({ message }) => message);

  it('a key that is missing is told, with those that there are', () => {
    expect(problemsOf({ authenticationFrom: { token: at('tokne'), ca: at('ca.crt') } })).toEqual([
      'the Secret does not have the key that spec.authenticationFrom.token.key names; it has ca.crt, token',
    ]);
  });

  it('nothing is concluded where the Secret is not at hand, or not used', () => {
    expect(problemsOf({ authenticationFrom: { token: at('tokne', 'other') } })).toEqual([]);
    expect(problemsOf({ tokenData: TOKEN, authenticationFrom: { token: at('tokne') } })).toEqual([]);
  });
});

describe('an endpoint', () => {
  it.each([
    'https://10.0.0.1:6443',
    'http://cluster.example',
    'https://cluster.example/k8s/clusters/c-1',
    'https://[fd00::1]:6443',
    '[fd00::1]:6443',
    '10.0.0.1:6443',
    'cluster.example:443',
    'cluster.example',
    'localhost:6443',
    'https://user@cluster.example',
  ])('%s is one', (endpoint) => {
    expect(endpointProblem(endpoint)).toBeUndefined();
  });

  it.each([
    ['https://', 'the endpoint has no host'],
    ['https://:6443', 'the endpoint has no host'],
    [':6443', 'the endpoint has no host'],
    ['fd00::1', 'the endpoint is an IPv6 address without brackets; write it as https://[address]:port'],
    [
      'https://fd00::1',
      'the endpoint is an IPv6 address without brackets; write it as https://[address]:port',
    ],
    ['ssh://cluster.example', 'the endpoint must begin with https:// or http://, or be host:port'],
    ['cluster.example/path', 'the endpoint has a path, so it must be a URL that begins with https://'],
    ['https://cluster.example:port', 'the port of the endpoint is no number from 0 to 65535'],
    ['https://cluster%zz.example', 'the endpoint is neither a URL nor host:port'],
    ['cluster.example:70000', 'the port of the endpoint is no number from 0 to 65535'],
    [
      'https://a b',
      'the endpoint holds white space or a control character; pipe the value through trim, nospace or replace " " "-"',
    ],
    [
      'https://10.0.0.1:6443\n',
      'the endpoint holds white space or a control character; write "{{-" and "-}}" around what the template breaks into lines, or pipe the value through trim',
    ],
  ])('%j is none', (endpoint, problem) => {
    expect(endpointProblem(endpoint)).toBe(problem);
  });
});
