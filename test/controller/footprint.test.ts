import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SPARING_FLAGS } from '../../controller/footprint.ts';

/**
 * Sets flags of V8, makes requests of a server in the same process, and prints the most memory, in MiB, that V8 has taken from
 * the C library meanwhile, which is for compiling. It is no TypeScript: to read that, Node.js compiles a large WebAssembly
 * module itself.
 */
const SCRIPT = `
import { createServer } from 'node:http';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import Client from 'undici/lib/dispatcher/client.js';
import request from 'undici/lib/api/api-request.js';

for (const flag of process.argv.slice(1)) setFlagsFromString(flag);
const server = createServer((_, response) => {
  for (let index = 0; index < 20; index++) response.setHeader('x-header-' + index, 'x'.repeat(100));
  response.end('{}');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new Client('http://127.0.0.1:' + server.address().port);
for (let index = 0; index < 1_000; index++) {
  const { body } = await request.call(client, { method: 'GET', path: '/' });
  await body.dump();
}
process.stdout.write(String(getHeapStatistics().peak_malloced_memory / 2 ** 20));
await client.close();
server.close();
`;

async function mebibytesForCompiling(flags: readonly string[]): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    SCRIPT,
    '--',
    ...flags,
  ]);
  return Number(stdout);
}

describe('a process that has made 1,000 requests', { timeout: 60_000 }, () => {
  it('has taken 15 MiB less for compiling with the flags that the controller sets', async () => {
    const otherwise = await mebibytesForCompiling([]);
    expect(await mebibytesForCompiling(SPARING_FLAGS)).toBeLessThan(otherwise - 15);
  });
});
