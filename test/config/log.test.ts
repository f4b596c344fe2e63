import { describe, expect, test } from 'vitest';
import { createLog } from '../../config/index.ts';

function written(
  config: Parameters<typeof createLog>[0],
  write: (log: ReturnType<typeof createLog>) => void,
) {
  const lines: string[] = [];
  write(createLog(config, 'webhook', { write: (line: string) => void lines.push(line) }));
  return lines;
}

describe('a log', () => {
  test('is one JSON object per line, with time, level and process', () => {
    const [line = ''] = written({ logLevel: 'info', logFormat: 'json' }, (log) =>
      log.info({ port: 1 }, 'serving'),
    );
    expect(line.endsWith('\n')).toBe(true);
    expect(JSON.parse(line)).toMatchObject({ level: 'info', process: 'webhook', port: 1, msg: 'serving' });
    expect(line).toMatch(/"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/);
  });

  test('may be text for people', () => {
    const [line] = written({ logLevel: 'info', logFormat: 'text' }, (log) =>
      log.warn({ port: 1, name: 'a', list: [1] }, 'serving'),
    );
    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn webhook: serving port=1 name=a list=\[1\]\n$/);
  });

  test('for people quotes what could be taken for another field or line', () => {
    const [line] = written({ logLevel: 'info', logFormat: 'text' }, (log) =>
      log.info({ user: 'eve\n12:00 x=1' }, 'reviewed'),
    );
    expect(line).toMatch(/ user="eve\\n12:00 x=1"\n$/);
  });

  test.each(['json', 'text'] as const)('has nothing that acts on a terminal: %s', (logFormat) => {
    const [line = ''] = written({ logLevel: 'info', logFormat }, (log) =>
      log.info({ user: 'eve\u001b[2J\u009b31m\u202eadmin', list: ['\u0007'] }, 'reviewed'),
    );
    expect(line.trimEnd()).not.toMatch(/[^\x20-\x7e]/);
    // JSON doubles the backslash.
    expect(line.replaceAll('\\\\', '\\')).toContain('eve\\u001b[2J\\u009b31m\\u202eadmin');
  });

  test('bounds each of its fields, however much a request holds', () => {
    const large = 'x'.repeat(2 * 1024 * 1024);
    const nested = Array.from({ length: 1000 }).reduce<object>((inner) => ({ inner, [large]: large }), {});
    const [line = ''] = written({ logLevel: 'info', logFormat: 'json' }, (log) =>
      log.info({ user: large, list: Array(100_000).fill('y'), nested, error: new Error(large) }, 'reviewed'),
    );
    expect(line.length).toBeLessThan(64 * 1024);
    expect(line).toContain(`"user":"${'x'.repeat(2000)}… (2095152 more characters)"`);
  });

  test('leaves out what is below its level', () => {
    const lines = written({ logLevel: 'warn', logFormat: 'json' }, (log) => {
      log.info('no');
      log.error('yes');
    });
    expect(lines).toHaveLength(1);
  });

  test.each(['token', 'kubeconfig', 'data', 'keyPem', 'authorization'])(
    'strikes out %s, two levels down',
    (field) => {
      const lines = written({ logLevel: 'info', logFormat: 'json' }, (log) => {
        log.info({ [field]: 'hunter2' });
        log.info({ object: { [field]: 'hunter2' } });
        log.info({ outer: { object: { [field]: 'hunter2' } } });
      });
      expect(lines).toHaveLength(3);
      expect(lines.join('')).not.toContain('hunter2');
      expect(lines.join('').match(/\[redacted\]/g)).toHaveLength(3);
    },
  );
});
