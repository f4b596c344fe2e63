import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubeConfigError, currentContext, loadKubeConfig, parseKubeConfig } from '../../src/kube/index.ts';
import type { KubeConfigData } from '../../src/kube/index.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kubeconfig-'));
});

afterEach(() => rm(folder, { recursive: true }));

const write = async (name: string, text: string): Promise<string> => {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
};

const config = (name: string, extra = ''): string => `
apiVersion: v1
kind: Config
current-context: ${name}
clusters: [{ name: c, cluster: { server: "https://${name}.example:6443/" } }]
users: [{ name: u, user: { token: ${name}-token } }]
contexts: [{ name: ${name}, context: { cluster: c, user: u, namespace: ns } }]
${extra}`;

const serverOf = (data: KubeConfigData): string => currentContext(data).cluster.server;

describe('finding it', () => {
  it('takes the given file before everything else', async () => {
    const given = await write('given', config('given'));
    const env = { KUBECONFIG: await write('env', config('env')), HOME: folder };
    expect(serverOf(await loadKubeConfig({ kubeconfig: given, env }))).toBe('https://given.example:6443');
  });

  it('takes $KUBECONFIG before the home folder', async () => {
    await write('.kube/config', config('home'));
    const env = { KUBECONFIG: await write('env', config('env')), HOME: folder };
    expect(serverOf(await loadKubeConfig({ env }))).toBe('https://env.example:6443');
  });

  it('merges the files of $KUBECONFIG that exist: the first mention of a name wins', async () => {
    const one = await write('one', config('one', 'preferences: {}'));
    const two = await write(
      'two',
      config('two').replaceAll('name: c', 'name: c2').replace('cluster: c,', 'cluster: c2,'),
    );
    const env = { KUBECONFIG: [one, path.join(folder, 'none'), two].join(path.delimiter) };
    const merged = await loadKubeConfig({ env });
    expect(merged.currentContext).toBe('one');
    expect(merged.clusters.map(({ name }) => name)).toEqual(['c', 'c2']);
    expect(merged.users).toEqual([{ name: 'u', token: 'one-token' }]);
    expect(serverOf(await loadKubeConfig({ env, context: 'two' }))).toBe('https://two.example:6443');
  });

  it('takes the home folder before the service account', async () => {
    await write('.kube/config', config('home'));
    const env = { HOME: folder, KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
    expect(serverOf(await loadKubeConfig({ env }))).toBe('https://home.example:6443');
  });

  it.each([
    ['10.0.0.1', 'https://10.0.0.1:443'],
    ['fd00::1', 'https://[fd00::1]:443'],
  ])('takes the service account of a pod whose API server is at %s', async (host, server) => {
    const tokenFile = await write('sa/token', 'secret');
    await write('sa/namespace', 'import-system\n');
    const dir = path.join(folder, 'sa');
    const env = { HOME: folder, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: '443' };
    expect(currentContext(await loadKubeConfig({ env, serviceAccountDir: dir }))).toEqual({
      cluster: { name: 'in-cluster', server, caFile: path.join(dir, 'ca.crt'), skipTLSVerify: false },
      user: { name: 'in-cluster', authProvider: { name: 'tokenFile', config: { tokenFile } } },
      namespace: 'import-system',
    });
  });
});

describe('reading it', () => {
  it('takes every field that a connection needs, paths relative to the file', () => {
    const text = `
clusters:
- name: c
  cluster:
    server: https://host/k8s/
    certificate-authority: ca.crt
    certificate-authority-data: Q0E=
    tls-server-name: real-name
    proxy-url: http://proxy:3128
    insecure-skip-tls-verify: true
users:
- name: cert
  user: { client-certificate: /abs/tls.crt, client-key: rel/tls.key, client-certificate-data: Q0VSVA==, client-key-data: S0VZ, as: jane }
- name: basic
  user: { username: u, password: p }
- name: file
  user: { tokenFile: token }
- name: plugin
  user: { exec: { apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, args: [a] } }
- name: path
  user: { exec: { command: login } }
- name: both
  user: { tokenFile: token, auth-provider: { name: oidc } }
contexts:
- name: x
  context: { cluster: c, user: cert, namespace: ns }
current-context: x
`;
    expect(parseKubeConfig(text, { file: '/etc/kube/config' })).toEqual({
      clusters: [
        {
          name: 'c',
          server: 'https://host/k8s',
          caFile: '/etc/kube/ca.crt',
          caData: 'Q0E=',
          tlsServerName: 'real-name',
          proxyUrl: 'http://proxy:3128',
          skipTLSVerify: true,
        },
      ],
      users: [
        {
          name: 'cert',
          certFile: '/abs/tls.crt',
          keyFile: '/etc/kube/rel/tls.key',
          certData: 'Q0VSVA==',
          keyData: 'S0VZ',
          impersonateUser: 'jane',
        },
        { name: 'basic', username: 'u', password: 'p' },
        { name: 'file', authProvider: { name: 'tokenFile', config: { tokenFile: '/etc/kube/token' } } },
        {
          name: 'plugin',
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: '/etc/kube/bin/login',
            args: ['a'],
          },
        },
        { name: 'path', exec: { command: 'login' } },
        { name: 'both', authProvider: { name: 'tokenFile', config: { tokenFile: '/etc/kube/token' } } },
      ],
      contexts: [{ name: 'x', cluster: 'c', user: 'cert', namespace: 'ns' }],
      currentContext: 'x',
      from: '/etc/kube/config',
    });
  });

  it('takes JSON too, and a context without a user', () => {
    const text =
      '{"clusters":[{"name":"c","cluster":{"server":"https://h"}}],"contexts":[{"name":"x","context":{"cluster":"c"}}],"current-context":"x"}';
    expect(currentContext(parseKubeConfig(text))).toMatchObject({ user: { name: '' } });
  });
});

describe('errors', () => {
  const failing = async (work: () => unknown): Promise<unknown> => {
    try {
      await work();
    } catch (error) {
      expect(error).toBeInstanceOf(KubeConfigError);
      return error instanceof Error ? error.message : undefined;
    }
    return expect.unreachable('it should fail');
  };

  it.each<[string, () => unknown, RegExp]>([
    [
      'a file that is not there',
      () => loadKubeConfig({ kubeconfig: '/nowhere/config' }),
      /^kubeconfig \/nowhere\/config does not exist$/,
    ],
    ['a folder', () => loadKubeConfig({ kubeconfig: '/' }), /^cannot read kubeconfig \/: EISDIR$/],
    [
      'a list without any file',
      () => loadKubeConfig({ env: { KUBECONFIG: '/nowhere/a:/nowhere/b' } }),
      /^KUBECONFIG names no file that exists: \/nowhere\/a, \/nowhere\/b$/,
    ],
    [
      'no place to look',
      () => loadKubeConfig({ env: { HOME: '/nowhere' } }),
      /^no kubeconfig: give --kubeconfig or set KUBECONFIG; \/nowhere\/\.kube\/config does not exist/,
    ],
    [
      'broken YAML, of which nothing is quoted',
      () => parseKubeConfig('a: b\nuser: {token: s3cret', { file: 'f' }),
      /^f is not valid YAML( \(line \d+\))?$/,
    ],
    ['no mapping', () => parseKubeConfig('[]', { file: 'f' }), /^f must be a mapping$/],
    [
      'clusters that are no list',
      () => parseKubeConfig('clusters: {}', { file: 'f' }),
      /^f: "clusters" must be a list$/,
    ],
    [
      'a cluster without a server',
      () => parseKubeConfig('clusters: [{name: c, cluster: {}}]', { file: 'f' }),
      /^f: "clusters\[0\]": "cluster": "server" is missing$/,
    ],
    [
      'a token that is a number',
      () => parseKubeConfig('users: [{name: u, user: {token: 123}}]', { file: 'f' }),
      /^f: "users\[0\]": "user": "token" must be a string$/,
    ],
    [
      'a flag that is a string',
      () =>
        parseKubeConfig('clusters: [{name: c, cluster: {server: s, insecure-skip-tls-verify: "yes"}}]', {
          file: 'f',
        }),
      /"insecure-skip-tls-verify" must be true or false$/,
    ],
    [
      'no current context',
      () => currentContext(parseKubeConfig(config('x').replace('current-context: x', ''))),
      /^the kubeconfig has no current-context; set it to one of: x$/,
    ],
    [
      'a file without contexts',
      () => currentContext(parseKubeConfig('kind: Config', { file: 'f' })),
      /^the kubeconfig f has no contexts; kubectl config view .* prints a whole one$/,
    ],
    [
      'a current context that is not there',
      () => currentContext(parseKubeConfig(config('x').replace('current-context: x', 'current-context: y'))),
      /^the current-context "y" is not in the kubeconfig; set it to one of: x$/,
    ],
    [
      'a context whose cluster is not there',
      () => currentContext(parseKubeConfig(config('x').replace('cluster: c,', 'cluster: z,'), { file: 'f' })),
      /^context "x": cluster "z" is not in the kubeconfig f; it has c; kubectl config view .* prints a whole one$/,
    ],
    [
      'a context whose user is not there',
      () => currentContext(parseKubeConfig(config('x').replace('user: u,', 'user: z,'))),
      /^context "x": user "z" is not in the kubeconfig; it has u; kubectl config view .* prints a whole one$/,
    ],
  ])('names %s', async (_name, work, message) => {
    expect(await failing(work)).toMatch(message);
  });

  it('names a context that was asked for and is not there', async () => {
    const file = await write('f', config('x'));
    expect(await failing(() => loadKubeConfig({ kubeconfig: file, context: 'y' }))).toBe(
      `context "y" is not in the kubeconfig ${file}; it has x`,
    );
  });
});
