import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
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

const NODE_MAJOR = Number(process.versions.node.split('.')[0]);

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
  it('has taken 15 MiB less for compiling with the flags that the controller sets', async ({ skip }) => {
    skip(
      NODE_MAJOR >= 26,
      'from Node.js 26 on, the optimizing compiler takes 2 to 7 MiB for the HTTP parser, not 23',
    );
    const otherwise = await mebibytesForCompiling([]);
    expect(await mebibytesForCompiling(SPARING_FLAGS)).toBeLessThan(otherwise - 15);
  });
});

/** Prints all modules that are loaded with a module of the product, by their files. */
const LOADED = `
import { createRequire, registerHooks } from 'node:module';

const files = [];
registerHooks({ load: (url, context, next) => { files.push(url); return next(url, context); } });
await import(process.argv[1]);
process.stdout.write([...files, ...Object.keys(createRequire(import.meta.url).cache)].join('\\n'));
`;

async function modulesLoadedWith(path: string): Promise<readonly string[]> {
  const url = new URL(path, import.meta.url).href;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    LOADED,
    url,
  ]);
  return stdout.split('\n');
}

/** What is not needed, by whoever would load it, with the memory that it takes. */
const leftOut = [
  ['Handlebars, which few policies use: 6 MiB', '/node_modules/handlebars/'],
  ['re2js, which not all policies use: 2 MiB', '/node_modules/re2js/'],
  ['fetch, mocks and caches of undici: 12 MiB', '/node_modules/undici/lib/(web/fetch/index|mock|cache)'],
  ["OpenTelemetry, by prom-client's processor time: 8 MiB", '/node_modules/@opentelemetry/'],
  [
    "what judges policies, for which the controller rarely has cause: a fifth of the program's text",
    '/src/policy/(trial|typing)/',
  ],
  ['the push gateway of prom-client: 5 MiB', '/node_modules/prom-client/lib/pushgateway'],
] as const;

describe('the controller, when it begins', { timeout: 60_000 }, () => {
  let modules: readonly string[] = [];
  beforeAll(async () => {
    modules = await modulesLoadedWith('../../controller/main.ts');
  }, 60_000);

  it.each(leftOut)('has not loaded %s', (_, pattern) => {
    expect(modules).toContainEqual(expect.stringContaining('/undici/lib/dispatcher/pool.js'));
    expect(modules).toContainEqual(expect.stringContaining('/src/policy/compile.ts'));
    expect(modules.filter((path) => new RegExp(pattern).test(path))).toEqual([]);
  });
});
