import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allFunctions, readKubeconfig } from '../../../src/sprig/index.ts';
import { compile } from '../../../src/template/index.ts';
import type { ValueMap } from '../../../src/template/index.ts';
import { errorOf, render } from '../render.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const FULL = `
apiVersion: v1
kind: Config
clusters:
- name: c
  cluster:
    server: https://a:6443
    certificate-authority-data: Y2E=
    proxy-url: http://p:3128
    tls-server-name: name
- name: d
  cluster: {server: https://d, insecure-skip-tls-verify: true}
users:
- name: u
  user: {token: t, client-certificate-data: Y2VydA==, client-key-data: a2V5}
- name: v
  user: {username: a, password: b}
- name: aws
  user: {exec: {command: s3cret}}
contexts:
- name: x
  context: {cluster: c, user: u, namespace: ns}
- name: other
  context: {cluster: d, user: v}
- name: z
  context: {cluster: c, user: aws}
current-context: x
`;

const partsOf = (template: string, data: ValueMap): unknown =>
  JSON.parse(render(`{{ ${template} | toJson }}`, data));

const nothing = {
  server: '',
  caData: '',
  tokenData: '',
  certData: '',
  keyData: '',
  username: '',
  password: '',
  insecure: false,
  proxyURL: '',
  tlsServerName: '',
  namespace: '',
};

const current = {
  ...nothing,
  server: 'https://a:6443',
  caData: 'Y2E=',
  tokenData: 'dA==',
  certData: 'Y2VydA==',
  keyData: 'a2V5',
  proxyURL: 'http://p:3128',
  tlsServerName: 'name',
  namespace: 'ns',
};

describe('fromKubeconfig', () => {
  it.each([
    ['text', 'fromKubeconfig .text', current],
    ['base64, as Secrets have it', 'fromKubeconfig .base64', current],
    ['the end of a pipe', '.base64 | fromKubeconfig', current],
    [
      'a context by name',
      'fromKubeconfig "other" .text',
      { ...nothing, server: 'https://d', insecure: true, username: 'a', password: 'b' },
    ],
    ['no name of a context', 'fromKubeconfig "" .text', current],
  ])('takes %s', (_sentence, template, parts) => {
    expect(partsOf(template, { text: FULL, base64: base64(FULL) })).toEqual(parts);
  });

  it.each([
    [
      'a program',
      'fromKubeconfig "z" .text',
      'cannot use the kubeconfig: it does not stand alone, it needs a program (exec)',
    ],
    [
      'a context that is not there',
      'fromKubeconfig "s3cret" .text',
      'cannot use the kubeconfig: it has no such context',
    ],
    [
      'what is no kubeconfig',
      'fromKubeconfig "s3cret"',
      'cannot use the kubeconfig: it is neither YAML nor base64',
    ],
    ['nothing', 'fromKubeconfig ""', 'cannot use the kubeconfig: it has no server'],
    [
      'three arguments',
      'fromKubeconfig "a" "b" "c"',
      'give a kubeconfig, or the name of a context and a kubeconfig',
    ],
    [
      'files',
      'fromKubeconfig .files',
      'cannot use the kubeconfig: it does not stand alone, it needs a file (client-certificate), a file (client-key)',
    ],
    [
      'a plugin',
      'fromKubeconfig .plugin',
      'cannot use the kubeconfig: it does not stand alone, it needs a plugin (auth-provider)',
    ],
    [
      'impersonation',
      'fromKubeconfig .as',
      'cannot use the kubeconfig: it acts as another user (as), for which there is no field',
    ],
  ])('refuses %s, with the reason and without quoting', (_sentence, template, reason) => {
    const user = (text: string): string =>
      `{clusters: [{cluster: {server: "https://a"}}], users: [{user: {${text}}}]}`;
    const error = errorOf(`{{ ${template} }}`, {
      text: FULL,
      files: user('client-certificate: s3cret, client-key: s3cret'),
      plugin: user('auth-provider: {name: s3cret}'),
      as: user('token: t, as: s3cret'),
    });
    expect(error.code).toBe(
      reason.includes('stand alone') ? 'kubeconfig-not-self-contained' : 'function-failed',
    );
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain('s3cret,');
  });
});

describe('toKubeconfig', () => {
  it('gives back what fromKubeconfig takes apart', () => {
    expect(partsOf('fromKubeconfig .text | toKubeconfig | fromKubeconfig', { text: FULL })).toEqual(current);
  });

  it.each<[string, ValueMap, object]>([
    [
      'leaves out what is empty or missing',
      { server: 'https://a', caData: '', tokenData: null },
      { ...nothing, server: 'https://a' },
    ],
    [
      'takes white space off addresses and the token',
      { server: ' https://a\n', tokenData: base64('t\n'), proxyURL: 'http://p\n', tlsServerName: 'name\r\n' },
      { ...nothing, server: 'https://a', tokenData: 'dA==', proxyURL: 'http://p', tlsServerName: 'name' },
    ],
    [
      'leaves out the authority where nothing is verified, since client-go refuses both',
      { server: 'https://a', caData: 'Y2E=', insecure: true },
      { ...nothing, server: 'https://a', insecure: true },
    ],
    [
      'joins base64 of several lines',
      { server: 'https://a', caData: 'Y2\nE=\n' },
      { ...nothing, server: 'https://a', caData: 'Y2E=' },
    ],
    [
      'keeps an address without https://',
      { server: '10.0.0.1:6443' },
      { ...nothing, server: '10.0.0.1:6443' },
    ],
  ])('%s', (_sentence, parts, expected) => {
    expect(partsOf('toKubeconfig . | fromKubeconfig', parts)).toEqual(expected);
  });

  it.each<[string, ValueMap, string]>([
    ['no server', {}, 'cannot make a kubeconfig: server is missing'],
    [
      'an address that is none',
      { server: 'https://s3cret b' },
      'cannot make a kubeconfig: server is not a URL: invalid character in host name',
    ],
    [
      'no base64',
      { server: 'https://a', caData: '-s3cret' },
      'cannot make a kubeconfig: caData is not base64',
    ],
    [
      'a token of bytes',
      { server: 'https://a', tokenData: '/w==' },
      'cannot make a kubeconfig: tokenData is not text',
    ],
    ['a list', { server: ['s3cret'] }, 'server must be a string, but is slice'],
    [
      'insecure as text',
      { server: 'https://a', insecure: 'yes' },
      'insecure must be true or false, but is string',
    ],
    [
      'an unknown part',
      { s3cret: 'x' },
      'unknown part; a kubeconfig is made of server, caData, tokenData, certData, keyData, username, password, proxyURL, tlsServerName, namespace, insecure, exec',
    ],
  ])('refuses %s, without quoting', (_sentence, parts, reason) => {
    const error = errorOf('{{ toKubeconfig . }}', parts);
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain('s3cret');
  });

  it('writes a program as it is given, which then does not stand alone', () => {
    const written = render(
      '{{ dict "server" "https://a" "exec" (dict "command" "aws" "args" (list "eks" .)) | toKubeconfig }}',
      'x',
    );
    expect(JSON.parse(written)).toMatchObject({
      users: [{ user: { exec: { command: 'aws', args: ['eks', 'x'], interactiveMode: 'Never' } } }],
    });
    expect(readKubeconfig(written).needs).toEqual([{ kind: 'exec', field: 'exec', command: 'aws' }]);
    expect(partsOf('dict "server" "https://a" "exec" dict | toKubeconfig | fromKubeconfig', {})).toEqual({
      ...nothing,
      server: 'https://a',
    });
    expect(
      errorOf('{{ dict "server" "https://a" "exec" (dict "args" "s3cret") | toKubeconfig }}').message,
    ).toContain('exec.args must be a list');
  });

  it('writes any text so that client-go reads that text, and nothing else', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('\u0085', '\u2028exec: {}', '"', '\\', '\ufeff', '\u007f', '\u0000', '\n', '{', '😀'),
    );
    fc.assert(
      fc.property(text, text, fc.string({ unit: 'binary' }), (password, username, token) => {
        fc.pre(password.isWellFormed() && username.isWellFormed() && token.isWellFormed());
        const written = render('{{ toKubeconfig . }}', {
          server: 'https://a',
          password,
          username,
          tokenData: base64(token),
        });
        const read = readKubeconfig(written);
        expect([read.password ?? '', read.username ?? '', read.tokenData ?? '', read.needs]).toEqual([
          password,
          username,
          base64(token.trim()),
          [],
        ]);
      }),
    );
  });
});

it('a kubeconfig is found for parts that a template asks for', () => {
  const entry = allFunctions.get('fromKubeconfig');
  if (entry === undefined || !('call' in entry)) throw new Error('fromKubeconfig is not to be had');
  const wish = { want: 'truth', holds: true } as const;
  const [way] = entry.inverse?.(wish, [{ value: undefined, constant: false }]) ?? [];
  const made = way?.[0]?.[1];
  if (made?.want !== 'made') throw new Error('no text is made');
  for (const [parts, expected] of [
    [{}, { server: 'https://kubeconfig.example.com:6443' }],
    [{ server: 'https://localhost:8443' }, { server: 'https://localhost:8443' }],
    [
      { server: '', insecure: true },
      { server: 'https://kubeconfig.example.com:6443', insecure: true },
    ],
    [{ caData: '-' }, { server: 'https://kubeconfig.example.com:6443' }],
  ] as const)
    expect(readKubeconfig(made.by(parts) as string)).toMatchObject({ ...expected, needs: [], faults: [] });
});

it('what a kubeconfig costs is charged to the template', () => {
  const bomb = `a: &a [${'1,'.repeat(1000)}]\nb: [${'*a,'.repeat(1000)}]`;
  expect(errorOf('{{ fromKubeconfig . }}', bomb).code).toBe('limit-steps');
  expect(
    errorOf(
      '{{ $m := dict "server" "https://a" "caData" . }}{{ range until 60000 }}{{ $x := toKubeconfig $m }}{{ end }}',
      'QUJD'.repeat(10_000),
    ).code,
  ).toBe('limit-steps');
});

it('its result is data: it adds no field to a PediaCluster', () => {
  const template = compile('{{ toKubeconfig . }}', { functions: allFunctions });
  const data = { server: 'https://a', username: 'x\nsyncResources: []' };
  const fragments = template.executeFragments(data, { now: () => 0, random: () => 0 });
  expect(fragments.map(({ kind }) => kind)).toEqual(['value']);
});
