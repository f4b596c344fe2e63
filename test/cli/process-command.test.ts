import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const PROCESSES = new URL('../../src/cli/process-command.ts', import.meta.url).href;
const CONFIG = new URL('../../config/index.ts', import.meta.url).href;

/** Runs code in a process that has been told what to do about faults. */
function run(code: string) {
  const script = `
    import { endOnFault } from ${JSON.stringify(PROCESSES)};
    import { createLog } from ${JSON.stringify(CONFIG)};
    await endOnFault(createLog({ logLevel: 'info', logFormat: 'json' }, 'webhook'));
    setInterval(() => undefined, 1000);
    ${code}`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
}

const FAULT = "new Error('failed with Authorization: Bearer hunter2.hunter2.hunter2')";

describe('a fault that nobody handles', () => {
  it.each([
    ['an error in a callback', `setImmediate(() => { throw ${FAULT}; });`, 'uncaughtException'],
    ['a promise that nobody awaits', `void Promise.reject(${FAULT});`, 'unhandledRejection'],
  ])('%s ends the process, with one line in the log and no secret', (_, code, origin) => {
    const { status, stderr, stdout } = run(code);
    expect([status, stdout]).toEqual([1, '']);
    const [line = '', ...more] = stderr.trim().split('\n');
    expect(more).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({
      level: 'fatal',
      process: 'webhook',
      origin,
      msg: 'a fault of the program; ending',
    });
    expect(line).not.toContain('hunter2');
  });
});
