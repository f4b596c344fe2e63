import { describe, expect, it } from 'vitest';
import { KubeError, SecretValues, redactError, redactObject, redactText } from '../../src/kube/index.ts';

const KUBECONFIG = 'apiVersion: v1\nkind: Config\nusers: [{name: u, user: {token: abcdefghij}}]\n';

describe('text', () => {
  it.each([
    ['a bearer token', 'Authorization: Bearer abc.def-123', 'Authorization: Bearer [redacted]'],
    ['basic credentials', 'got "Basic dXNlcjpwYXNz" back', 'got "Basic [redacted]" back'],
    [
      'a service account token',
      'token eyJhbGciOiJSUzI1NiIs.eyJpc3MiOiJrdWJlcm5l.c2lnbmF0dXJl!',
      'token [redacted]!',
    ],
    [
      'a PEM block',
      'x -----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY----- y',
      'x [redacted] y',
    ],
    ['a PEM block cut off', 'x -----BEGIN CERTIFICATE-----\nMIIE', 'x [redacted]'],
    [
      'a PEM block in base64',
      `ca: ${Buffer.from('-----BEGIN CERTIFICATE-----\nMII').toString('base64')}`,
      'ca: [redacted]',
    ],
    ['a kubeconfig in base64', `value "${Buffer.from(KUBECONFIG).toString('base64')}"`, 'value "[redacted]"'],
    [
      'a kubeconfig as JSON in base64',
      `<${Buffer.from('{"apiVersion":"v1"}').toString('base64')}>`,
      '<[redacted]>',
    ],
    ['user and password in a URL', 'dial https://user:pa55@host:443/x', 'dial https://[redacted]@host:443/x'],
    ['a token field of YAML', 'user: {token: abcdef.0123}', 'user: {token: [redacted]}'],
    ['a long one of letters only', 'refresh_token=abcdefghijklmnop&x', 'refresh_token=[redacted]'],
    ['a password, whatever it is', 'password: hunter', 'password: [redacted]'],
    [
      'what the API server quotes',
      'spec.tokenData: Invalid value: "a\\"b": too short',
      'spec.tokenData: Invalid value: [redacted]: too short',
    ],
    ['a field of JSON', '{"client-key-data":"abc\\"def", "x":1}', '{"client-key-data":[redacted], "x":1}'],
    ['a password in a connection string', 'password=hunter22; user=me', 'password=[redacted]; user=me'],
    ['PediaCluster credentials', 'keyData: QUJDREVG0=', 'keyData: [redacted]'],
  ])('loses %s', (_name, text, expected) => {
    expect(redactText(text)).toBe(expected);
    expect(redactText(expected)).toBe(expected);
  });

  it.each([
    'secrets "prod-kubeconfig" not found',
    'spec.template 3:16: function "b64decc" is not defined; did you mean "b64dec"?',
    'GET /api/v1/namespaces/a/secrets/token-abcde: HTTP 404',
    'the token expired',
    'cannot read the token: permission denied',
    'spec.references[0].key: Duplicate value: "kubeconfig-token"',
    'spec.kubeconfig: Invalid value: too long',
    'connect ECONNREFUSED https://10.0.0.1:6443',
  ])('keeps: %s', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it.each([
    ['a cut PEM block', (n: number) => `-----BEGIN ${'A'.repeat(n)}`],
    ['an open quotation', (n: number) => `token: ${'"\\\\'.repeat(n)}`],
    ['starts of tokens', (n: number) => 'eyJaaaaaaaa-'.repeat(n)],
    ['starts of URLs', (n: number) => 'a.'.repeat(n)],
    ['starts of fields', (n: number) => 'token-'.repeat(n)],
    ['space', (n: number) => `token${' '.repeat(n)}token`],
  ])('takes time that grows no faster than the text: %s', (_name, make) => {
    const steps = (n: number): number => {
      const text = make(n);
      const started = process.cpuUsage().user;
      redactText(text);
      return process.cpuUsage().user - started;
    };
    steps(1_000);
    // Quadratic time would be minutes.
    expect(steps(300_000)).toBeLessThan(2_000_000);
  });
});

describe('known values', () => {
  it('are struck out wherever they stand, as they are and in base64, the longest first', () => {
    const secrets = new SecretValues();
    secrets.add('hunter2');
    secrets.add('hunter2-and-more');
    expect(
      redactText(`<hunter2> <hunter2-and-more> <${Buffer.from('hunter2').toString('base64')}>`, secrets),
    ).toBe('<[redacted]> <[redacted]> <[redacted]>');
    secrets.delete('hunter2');
    expect(redactText('hunter2 hunter2-and-more', secrets)).toBe('hunter2 [redacted]');
  });

  it('of less than six characters are not remembered: they would strike out words', () => {
    const secrets = new SecretValues();
    secrets.add('admin');
    expect(redactText('the admin', secrets)).toBe('the admin');
  });
});

describe('objects', () => {
  it('keep the keys of a Secret and lose its values', () => {
    expect(
      redactObject({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: 's',
          annotations: {
            'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"a":"QQ=="}}',
            note: 'ok',
          },
        },
        data: { kubeconfig: 'QUJD', other: 'REVG' },
        stringData: { plain: 'text' },
        type: 'Opaque',
      }),
    ).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 's',
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '[redacted]', note: 'ok' },
      },
      data: { kubeconfig: '[redacted]', other: '[redacted]' },
      stringData: { plain: '[redacted]' },
      type: 'Opaque',
    });
  });

  it('knows the Secrets of a list, which carry no kind', () => {
    expect(
      redactObject({ items: [{ metadata: { name: 's' }, type: 'Opaque', data: { a: 'QQ==' } }] }),
    ).toEqual({
      items: [{ metadata: { name: 's' }, type: 'Opaque', data: { a: '[redacted]' } }],
    });
  });

  it('keep what only refers to a secret, and the data of other kinds', () => {
    const cluster = {
      kind: 'PediaCluster',
      spec: {
        apiserver: 'https://10.0.0.1',
        caData: 'QUJDREVG',
        tokenData: 'QUJD',
        authenticationFrom: { token: { name: 's', key: 'token' } },
      },
    };
    expect(redactObject(cluster)).toEqual({
      kind: 'PediaCluster',
      spec: { ...cluster.spec, caData: '[redacted]', tokenData: '[redacted]' },
    });
    const config = { kind: 'ConfigMap', data: { colour: 'red' } };
    expect(redactObject(config)).toEqual(config);
  });

  it.each([
    'token',
    'id-token',
    'client-key-data',
    'clientSecret',
    'password',
    'Authorization',
    'private_key',
    'kubeconfig',
  ])('lose the field %s', (field) => {
    expect(redactObject({ deep: [{ [field]: 'x' }] })).toEqual({ deep: [{ [field]: '[redacted]' }] });
  });

  it('are copied, not changed; numbers, bytes and errors included', () => {
    const object = Object.freeze({ kind: 'Secret', data: Object.freeze({ a: 'b' }), count: 3, none: null });
    expect(redactObject(object)).toEqual({ kind: 'Secret', data: { a: '[redacted]' }, count: 3, none: null });
    expect(object.data.a).toBe('b');
    expect(redactObject([Buffer.from('x'), new Error('password=hunter22')])).toEqual([
      '[redacted]',
      'password=[redacted]',
    ]);
  });

  it('end where they contain themselves', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(JSON.stringify(redactObject(loop))).toContain('[redacted]');
  });
});

describe('errors', () => {
  it('tell their message and their causes, once each', () => {
    const cause = new Error('connect ECONNREFUSED');
    expect(redactError(new Error('GET /x: connect ECONNREFUSED', { cause }))).toBe(
      'GET /x: connect ECONNREFUSED',
    );
    expect(redactError(new Error('cannot read', { cause: new Error('token: abcdefgh1') }))).toBe(
      'cannot read: token: [redacted]',
    );
  });

  it('of the API server lose what it quotes', () => {
    const error = new KubeError({
      status: 422,
      reason: 'Invalid',
      message: 'spec.token: Invalid value: "abcdefgh"',
    });
    expect(redactError(error)).toBe('spec.token: Invalid value: [redacted]');
  });

  it('are shortened, never within a character', () => {
    expect(redactError(new Error('m'.repeat(2_000)))).toHaveLength(1_024);
    expect(redactError(new Error('a😀b'), undefined, 3)).toBe('a…');
  });

  it.each([
    ['a string', 'oops', 'oops'],
    ['nothing', undefined, ''],
    ['an error without a message', new TypeError(), 'TypeError'],
  ])('may be %s', (_name, thrown, expected) => {
    expect(redactError(thrown)).toBe(expected);
  });
});
