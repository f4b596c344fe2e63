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
