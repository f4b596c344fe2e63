import { describe, expect, test } from 'vitest';
import { configFlags, overridesFrom, parseConfig } from '../../config/index.ts';
import { configReference } from '../docs/configuration-table.ts';

describe('the flags of a subcommand', () => {
  const flags = configFlags('webhook');
  const named = (long: string) => flags.find((flag) => flag.long === long);

  test('are named after the fields of its section, without the section', () => {
    expect(named('--port')).toMatchObject({
      path: ['webhook', 'port'],
      placeholder: '<integer>',
      default: 9443,
    });
    expect(named('--certificates-poll-seconds')).toMatchObject({
      path: ['webhook', 'certificates', 'pollSeconds'],
    });
  });

  test('include the fields of all processes', () => {
    expect(named('--log-level')).toMatchObject({
      path: ['logLevel'],
      placeholder: '<trace|debug|info|warn|error|silent>',
    });
    expect(named('--kubeconfig')).toMatchObject({ path: ['kubeconfig'] });
  });

  test('do not include the fields of another process', () => {
    expect(flags.filter(({ path }) => path[0] === 'controller')).toEqual([]);
  });

  test('are distinct, and each is described', () => {
    for (const section of ['webhook', 'controller'] as const) {
      const all = configFlags(section);
      expect(new Set(all.map(({ long }) => long)).size).toBe(all.length);
      expect(all.filter(({ description }) => description.length < 8)).toEqual([]);
    }
  });
});

describe('what flags say', () => {
  const at = (...path: string[]): string[] => path;

  test('becomes a value of the field’s type', () => {
    const overrides = overridesFrom([
      [at('webhook', 'port'), '1234'],
      [at('webhook', 'rights'), 'Warn'],
      [at('webhook', 'certificates', 'selfManaged', 'extraNames'), 'a.example,127.0.0.1'],
      [at('controller', 'leaderElection', 'enabled'), 'false'],
    ]);
    const { webhook, controller } = parseConfig('', overrides);
    expect(webhook.port).toBe(1234);
    expect(webhook.rights).toBe('Warn');
    expect(webhook.certificates.selfManaged.extraNames).toEqual(['a.example', '127.0.0.1']);
    expect(controller.leaderElection.enabled).toBe(false);
  });

  test.each([
    [
      'webhook.port',
      at('webhook', 'port'),
      'many',
      'webhook.port must be an integer: current value is "many"',
    ],
    ['webhook.port', at('webhook', 'port'), '', 'webhook.port must be an integer: current value is ""'],
    [
      'a boolean',
      at('controller', 'leaderElection', 'enabled'),
      'maybe',
      'controller.leaderElection.enabled must be a boolean: current value is "maybe"',
    ],
  ])('is refused by name where it is no value of %s', (_field, path, text, problem) => {
    expect(() => parseConfig('', overridesFrom([[path, text]]))).toThrow(problem);
  });
});

test('the reference page has a row for every field of both processes', () => {
  const reference = configReference();
  const paths = [...configFlags('webhook'), ...configFlags('controller')].map(({ path }) => path.join('.'));
  expect(paths.filter((path) => !reference.includes(`| \`${path}\` |`))).toEqual([]);
  expect(reference).toContain(
    '| `webhook.port` | integer from 0 to 65535 | `9443` | Port of the HTTPS server.',
  );
});
