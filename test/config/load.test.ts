import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ConfigError, configSchema, loadConfig, parseConfig } from '../../config/index.ts';

const problemsOf = (text: string): readonly string[] => {
  try {
    parseConfig(text);
    return [];
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message.split('\n').map((line) => line.replace(/^[^:]+: /, ''));
    throw error;
  }
};

describe('a configuration', () => {
  test('is described by a JSON schema', () => {
    expect(new Ajv({ strict: false }).validateSchema(configSchema)).toBe(true);
  });

  test('has all defaults where nothing is given', async () => {
    const { webhook, controller, ...processes } = await loadConfig();
    expect(processes).toEqual({
      apiVersion: 'config.policy.clusterpedia.io/v1alpha1',
      kind: 'ClusterImportConfiguration',
      logLevel: 'info',
      logFormat: 'json',
    });
    expect(webhook.port).toBe(9443);
    expect(webhook.limits.bodyBytes).toBe(7 * 1024 * 1024);
    expect(webhook.rights).toBe('Enforce');
    expect(webhook.liveSources.maximum).toBe(20);
    expect(webhook.certificates.mode).toBe('files');
    expect(controller.leaderElection.enabled).toBe(true);
  });

  test('keeps idle connections for longer than the 90 seconds after which the API server drops its own', async () => {
    expect((await loadConfig()).webhook.limits.keepAliveSeconds).toBeGreaterThan(90);
  });

  test('answers before the 5 seconds that the webhook configurations allow', async () => {
    expect((await loadConfig()).webhook.limits.deadlineSeconds).toBeLessThan(5);
  });

  test('takes what the file says, and the default of everything else', () => {
    const { webhook } = parseConfig('webhook: {port: 1234, limits: {concurrency: 2}}');
    expect(webhook.port).toBe(1234);
    expect(webhook.limits.concurrency).toBe(2);
    expect(webhook.limits.requests).toBe(64);
    expect(webhook.probes.port).toBe(8081);
  });

  test('lets flags win over the file, and lists replace lists', () => {
    const text =
      'webhook: {port: 1234, address: 127.0.0.1, certificates: {selfManaged: {extraNames: [a, b]}}}';
    const { webhook } = parseConfig(text, {
      webhook: { port: 99, certificates: { selfManaged: { extraNames: ['c'] } } },
    });
    expect(webhook.port).toBe(99);
    expect(webhook.address).toBe('127.0.0.1');
    expect(webhook.certificates.selfManaged.extraNames).toEqual(['c']);
  });

  test('is frozen all the way down', () => {
    const config = parseConfig('');
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.webhook.limits)).toBe(true);
    expect(Object.isFrozen(config.webhook.certificates.selfManaged.extraNames)).toBe(true);
  });

  test('may be JSON', () => {
    expect(parseConfig('{"logLevel": "debug"}').logLevel).toBe('debug');
  });

  test('is not changed by another one that is loaded later', () => {
    parseConfig('', { webhook: { port: 1 } });
    expect(parseConfig('').webhook.port).toBe(9443);
  });
});

describe('a fault names the field and the fix', () => {
  test.each([
    ['a misspelt field', 'webhook: {prot: 1}', 'webhook.prot is not a field; did you mean "port"?'],
    ['a misspelt section', 'webhok: {}', 'webhok is not a field; did you mean "webhook"?'],
    [
      'a field that is like no other',
      'webhook: {probes: {colour: red}}',
      'webhook.probes.colour is not a field; the fields here are address, port',
    ],
    ['a wrong type', 'webhook: {port: "http"}', 'webhook.port must be an integer: current value is "http"'],
    [
      'a fraction for an integer',
      'webhook: {port: 1.5}',
      'webhook.port must be an integer: current value is 1.5',
    ],
    [
      'a number out of range',
      'webhook: {port: 70000}',
      'webhook.port must be at most 65535: current value is 70000',
    ],
    [
      'a word that is no choice',
      'logLevel: loud',
      'logLevel must be one of "trace", "debug", "info", "warn", "error", "silent": current value is "loud"',
    ],
    ['a list for a section', 'webhook: []', 'webhook must be a mapping of fields: current value is []'],
    [
      'an empty list',
      'webhook: {certificates: {selfManaged: {webhookConfigurations: []}}}',
      'webhook.certificates.selfManaged.webhookConfigurations must be a list of at least 1 entry: current value is []',
    ],
    ['an empty text', 'kubeconfig: ""', 'kubeconfig must be at least 1 character long: current value is ""'],
    [
      'a name that no object can have',
      'webhook: {certificates: {selfManaged: {secretName: A_B}}}',
      'webhook.certificates.selfManaged.secretName must be a name of a Kubernetes object: lower-case letters, digits, "-" and ".": current value is "A_B"',
    ],
    [
      'a host name for an address',
      'webhook: {address: localhost}',
      'webhook.address must be an IP address: current value is "localhost"',
    ],
    [
      'a margin that leaves no time',
      'webhook: {limits: {marginSeconds: 5, deadlineSeconds: 4}}',
      'webhook.limits.marginSeconds must be less than webhook.limits.deadlineSeconds (4): current value is 5',
    ],
    [
      'more work at once than requests',
      'webhook: {limits: {concurrency: 9, requests: 8}}',
      'webhook.limits.concurrency must be at most webhook.limits.requests (8): current value is 9',
    ],
    [
      'another format',
      'apiVersion: v2',
      'apiVersion must be one of "config.policy.clusterpedia.io/v1alpha1": current value is "v2"',
    ],
    ['a text instead of fields', 'hello', 'must be a mapping of fields'],
  ])('%s', (_case, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  test('and all faults are told at once', () => {
    expect(problemsOf('logLevel: loud\nwebhook: {prot: 1, port: -1}')).toHaveLength(3);
  });

  test('text that is no YAML is told with its line', () => {
    expect(problemsOf('webhook:\n  port: [1')[0]).toMatch(/^2:\d+: not YAML: /);
  });

  test('a key that stands twice is told', () => {
    expect(problemsOf('logLevel: info\nlogLevel: debug')[0]).toContain('unique');
  });

  test('an alias bomb is refused', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 8 }, (_, index) => {
      const [next, last] = ['bcdefghij'[index], 'abcdefghi'[index]];
      return `${String(next)}: &${String(next)} [${Array(10)
        .fill(`*${String(last)}`)
        .join(',')}]`;
    }).join('\n')}`;
    expect(problemsOf(bomb)[0]).toContain('not YAML');
  });
});

describe('a configuration file', () => {
  const write = async (text: string): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'clusterpedia-import-config-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'config.yaml');
    await writeFile(file, text);
    return file;
  };

  test('is read', async () => {
    expect((await loadConfig(await write('logLevel: warn'))).logLevel).toBe('warn');
  });

  test('is named in the message of a fault', async () => {
    const file = await write('webhook: {port: -1}');
    await expect(loadConfig(file)).rejects.toThrow(
      `${file}: webhook.port must be at least 0: current value is -1`,
    );
  });

  test('is named when it cannot be read', async () => {
    await expect(loadConfig('/nowhere/config.yaml')).rejects.toThrow(
      /^\/nowhere\/config.yaml: cannot be read: ENOENT/,
    );
  });
});
