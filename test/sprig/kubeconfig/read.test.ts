import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KubeconfigError, readKubeconfig } from '../../../src/sprig/index.ts';
import type { Kubeconfig } from '../../../src/sprig/index.ts';

/** A kubeconfig, and what client-go says of it: `oracle/README.md`. */
interface Case {
  readonly id: string;
  readonly text?: string;
  readonly base64?: string;
  readonly context?: string;
  readonly go: {
    readonly unreadable?: string;
    readonly unusable?: string;
    readonly fields?: Readonly<Record<string, string | boolean>>;
  };
}

const cases = readFileSync(join(import.meta.dirname, 'cases.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Case);

/** What client-go reads and this reader refuses, and why that is well. */
const refused: Readonly<Record<string, string>> = {
  'byte order mark twice': 'a mark that is not at the start moves columns',
  'byte order mark in the middle': 'a mark that is not at the start moves columns',
  'a byte order mark at the start of a line shows a file': 'a mark that is not at the start moves columns',
  'utf-16le': 'kubeconfigs are UTF-8',
  'utf-16be': 'kubeconfigs are UTF-8',
  null: 'four digits of base64',
  'internal version': 'a form that client-go has for itself',
  'a quoted text over lines at the margin': 'YAML does not allow it, libyaml does',
  'an escaped quote': 'YAML does not know this escape, libyaml does',
  deep: 'nested too deep',
};

/** What keeps a program or plugin of an exec section from working plays no part here: it is not used anyway. */
const ofPrograms = /exec authentication plugin|interactiveMode|authProvider cannot be provided|allowlist/;

const fieldsOf = (config: Kubeconfig): Record<string, string | boolean> =>
  Object.fromEntries(
    Object.entries({
      server: config.server,
      caData: config.caData,
      insecure: config.insecure,
      tlsServerName: config.tlsServerName,
      proxyURL: config.proxyURL,
      tokenData: config.tokenData,
      certData: config.certData,
      keyData: config.keyData,
      username: config.username,
      password: config.password,
      namespace: config.namespace,
      as: config.impersonates,
      ...Object.fromEntries(
        config.needs.map((need) => [need.field, need.kind === 'file' ? need.path : true] as const),
      ),
      command: config.needs.find((need) => need.kind === 'exec')?.command,
      provider: config.needs.find((need) => need.kind === 'auth-provider')?.name,
    }).filter((entry): entry is [string, string | boolean] => Boolean(entry[1])),
  );

function outcomeOf(read: () => Kubeconfig): Kubeconfig | 'unreadable' {
  try {
    return read();
  } catch (error) {
    if (error instanceof KubeconfigError) return 'unreadable';
    throw error;
  }
}

const read = ({ text, base64, context }: Case): Kubeconfig | 'unreadable' =>
  outcomeOf(() => readKubeconfig(base64 ?? text ?? '', { context }));

describe('a kubeconfig is read as client-go reads it', () => {
  it.each(cases.filter(({ id }) => !(id in refused)))('$id', (kubeconfig) => {
    const { go } = kubeconfig;
    const config = read(kubeconfig);
    if (go.unreadable !== undefined || config === 'unreadable') {
      expect([config, go.unreadable]).toEqual(['unreadable', expect.any(String)]);
      return;
    }
    const { as, ...fields } = go.fields ?? {};
    expect(fieldsOf(config)).toEqual({ ...fields, ...(as === undefined ? {} : { as: true }) });
    if (go.unusable === undefined || !ofPrograms.test(go.unusable))
      expect(config.faults.length > 0).toBe(go.unusable !== undefined);
  });

  it.each(Object.entries(refused))('but %s is refused: %s', (id) => {
    const kubeconfig = cases.find((candidate) => candidate.id === id);
    expect(kubeconfig?.go.unreadable).toBeUndefined();
    expect(kubeconfig && read(kubeconfig)).toBe('unreadable');
  });

  it('in base64 as in plain text', () => {
    for (const { text = '', context } of cases) {
      const base64 = Buffer.from(text).toString('base64');
      const [plain, encoded] = [text, base64].map((form) =>
        outcomeOf(() => readKubeconfig(form, { context })),
      );
      if (!/^[A-Za-z0-9]*$/.test(text)) expect(encoded).toEqual(plain);
    }
  });
});

const config = (user: string, cluster = 'server: https://a'): string => `
clusters: [{name: c, cluster: {${cluster}}}]
users: [{name: u, user: {${user}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`;

describe('what does not stand alone is named', () => {
  it.each<[string, string, string | undefined, unknown[]]>([
    ['a token', 'token: t', undefined, []],
    ['a program', 'exec: {command: aws}', undefined, [{ kind: 'exec', field: 'exec', command: 'aws' }]],
    [
      'a plugin',
      'auth-provider: {name: gcp}',
      undefined,
      [{ kind: 'auth-provider', field: 'auth-provider', name: 'gcp' }],
    ],
    [
      'files',
      'tokenFile: /a, client-certificate: b, client-key: ../c',
      'server: https://a, certificate-authority: /d',
      [
        { kind: 'file', field: 'tokenFile', path: '/a' },
        { kind: 'file', field: 'client-certificate', path: 'b' },
        { kind: 'file', field: 'client-key', path: '../c' },
        { kind: 'file', field: 'certificate-authority', path: '/d' },
      ],
    ],
    [
      'a program beside a token',
      'token: t, exec: {command: sh}',
      undefined,
      [{ kind: 'exec', field: 'exec', command: 'sh' }],
    ],
  ])('%s', (_sentence, user, cluster, needs) => {
    expect(readKubeconfig(config(user, cluster)).needs).toEqual(needs);
  });
});

describe('a client is not made, and the reason told', () => {
  it.each<[string, string, string | undefined, string[]]>([
    ['without a server', 'token: t', 'insecure-skip-tls-verify: true', ['no-server']],
    ['a proxy of another kind', 'token: t', 'server: https://a, proxy-url: "ftp://p"', ['bad-proxy-url']],
    ['two methods', 'token: t, username: a', undefined, ['several-methods']],
    ['a certificate alone', 'client-certificate-data: YQ==', undefined, ['certificate-without-key']],
    ['groups alone', 'token: t, as-groups: [a]', undefined, ['impersonation-without-user']],
  ])('%s', (_sentence, user, cluster, faults) => {
    expect(readKubeconfig(config(user, cluster)).faults).toEqual(faults);
  });

  it('a context that is not there', () => {
    expect(readKubeconfig(config('token: t'), { context: 'y' }).faults).toEqual([
      'context-not-found',
      'no-server',
    ]);
  });

  it.each([
    ['https://a:6443', true],
    ['HTTPS://a', true],
    ['http://a', false],
    ['a:6443', false],
    ['10.0.0.1', false],
  ])('credentials travel only by TLS: %s %s', (server, usesTls) => {
    expect(readKubeconfig(config('token: t', `server: "${server}"`)).usesTls).toBe(usesTls);
  });
});

describe('an error', () => {
  it.each([
    ['a type', config('token: [s3cret]'), 'users[0].user.token must be a string'],
    [
      'a type in a map',
      config('auth-provider: {config: {s3cret: 1}}'),
      'users[0].user.auth-provider.config[*] must be a string',
    ],
    ['a kind', 'kind: s3cret', 'kind must be Config'],
    ['a version', 'apiVersion: s3cret/v1', 'apiVersion must be v1'],
    ['a name', 'users: [{name: s3cret}, {name: s3cret}]', 'two users have one name'],
    ['YAML', 'a: {\ns3cret: }{', 'it is not valid YAML: line 2: bad indent'],
    ['no map', '- s3cret', 'it is not YAML or JSON that holds a map'],
    ['base64', 's3cret', 'it is neither YAML nor base64'],
  ])('names the place and quotes nothing: %s', (_sentence, text, message) => {
    expect(() => readKubeconfig(text)).toThrow(new KubeconfigError(message));
  });

  it('a text that is kept takes the same steps again, and is read once', () => {
    const text = JSON.stringify({ clusters: [{ name: 'a', cluster: { server: 'https://a' } }] });
    const kept = new Map();
    const stepsOf = (known?: typeof kept): number => {
      let steps = 0;
      const budget = { charge: (more: number) => void (steps += more), kept: known };
      readKubeconfig(text, { budget });
      return steps;
    };
    const alone = stepsOf();
    expect([stepsOf(kept), stepsOf(kept)]).toEqual([alone, alone]);
    expect(alone).toBeGreaterThan(0);
    expect(kept.size).toBe(1);
  });

  it('a text that would take too long is refused', () => {
    const bomb = `a: &a [${'1,'.repeat(1000)}]\nb: &b [${'*a,'.repeat(1000)}]\nc: [${'*b,'.repeat(1000)}]`;
    expect(() => readKubeconfig(bomb)).toThrow(new KubeconfigError('it is too large to be read'));
  });

  it('any text is either read or refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        outcomeOf(() => readKubeconfig(text));
      }),
    );
  });

  it('two hundred contexts are read', () => {
    const names = Array.from({ length: 200 }, (_, i) => `n${String(i)}`);
    const data = 'QUJD'.repeat(500);
    const text = [
      'clusters:',
      ...names.map(
        (name) =>
          `- name: ${name}\n  cluster:\n    server: https://${name}\n    certificate-authority-data: ${data}`,
      ),
      'users:',
      ...names.map(
        (name) =>
          `- name: ${name}\n  user:\n    client-certificate-data: ${data}\n    client-key-data: ${data}`,
      ),
      'contexts:',
      ...names.map((name) => `- name: ${name}\n  context:\n    cluster: ${name}\n    user: ${name}`),
    ].join('\n');
    expect(readKubeconfig(text, { context: 'n199' }).server).toBe('https://n199');
  });
});
