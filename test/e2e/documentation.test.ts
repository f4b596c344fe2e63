import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { installPlatform, platforms, registerClusters } from '../../src/cli/demo/platforms.ts';
import { actionable, page, ROOT } from '../docs/pages.ts';
import { serverPages } from '../docs/runs.ts';
import { asReader, Reader } from './reader.ts';

/*
 * A newcomer with a cluster and a checkout, who does what the pages say, command after command. Everything is real but the
 * machines below the API server: see kubelet.ts.
 */

let reader: Reader;

beforeAll(async () => {
  if (asReader.skip !== true) reader = await Reader.start();
});

afterAll(() => reader?.stop());

beforeEach(() => {
  onTestFailed(() => {
    process.stderr.write(reader.logs());
  });
});

/** What a reader has before the page begins. */
const before: Readonly<Record<string, () => Promise<void>>> = {
  'docs/quick-start.md': async () => {
    await reader.kubectl.run(['delete', 'clusterimportpolicy', '--all', '--timeout=60s']);
    const clusterApi = platforms.find(({ name }) => name === 'cluster-api');
    if (clusterApi === undefined) throw new Error('Cluster API is no platform of the demo');
    await installPlatform(reader.kubectl, clusterApi);
    await registerClusters(reader.kubectl, reader.client, clusterApi);
  },
};

describe('the message of the README', () => {
  it('is, where it is shown without its command, what the command prints', () => {
    const [shown, printed, ...others] = page('README.md').blocks.flatMap(({ language, text }) =>
      text.includes('is invalid:') ? [{ language, lines: text.split('\n').slice(-5).join('\n') }] : [],
    );
    expect(others).toEqual([]);
    expect([shown?.language, printed?.language]).toEqual(['text', 'console']);
    expect(shown?.lines).toBe(printed?.lines);
  });

  it('is enough to mend the policy: each "did you mean" put in its place makes the one that is right', async () => {
    const examples = join(ROOT, 'docs/examples');
    const [broken, mended] = await Promise.all(
      ['broken.yaml', 'acme/policy.yaml'].map((file) => readFile(join(examples, file), 'utf8')),
    );
    const message = page('README.md').blocks.find(({ text }) => text.includes('is invalid:'))?.text ?? '';
    const corrections = [
      ...message.matchAll(/^\* .*?(?:function "(\w+)"|(\.[\w.]+) is).*did you mean "([^"]+)"\?$/gm),
    ];
    expect(corrections).toHaveLength(3);
    const corrected = corrections.reduce(
      (text, [, name, path, right = '']) => text.replace(new RegExp(`${String(name ?? path)}(?!\\w)`), right),
      broken ?? '',
    );
    expect(corrected).toBe(mended);
  });
});

describe.each(serverPages)('%s', asReader, (path) => {
  beforeAll(async () => before[path]?.());

  it.each(actionable(page(path)))('%s', async (_, block) => {
    await reader.follow(block);
  });
});
