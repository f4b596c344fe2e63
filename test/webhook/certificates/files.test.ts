import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { certificateFiles } from '../../../webhook/certificates/files.ts';
import type { CheckedPair } from '../../../webhook/certificates/pair.ts';
import { serverPair } from '../pairs.ts';

/** Collects what a source reports, and lets a test wait for the next of each kind. */
async function watchedFolder(pollMs = 25) {
  const folder = await mkdtemp(join(tmpdir(), 'clusterpedia-import-certificates-'));
  const reported: { pairs: CheckedPair[]; errors: string[] } = { pairs: [], errors: [] };
  let changed = Promise.withResolvers<undefined>();
  const report = (): void => {
    changed.resolve(undefined);
    changed = Promise.withResolvers();
  };
  const ending = new AbortController();
  const source = certificateFiles({
    directory: join(folder, 'live'),
    certFile: 'tls.crt',
    keyFile: 'tls.key',
    pollMs,
  });
  const running = source.run(
    {
      onPair(pair) {
        reported.pairs.push(pair);
        report();
      },
      onError(error) {
        reported.errors.push(error.message);
        report();
      },
    },
    ending.signal,
  );
  onTestFinished(async () => {
    ending.abort();
    await running;
    await rm(folder, { recursive: true });
  });
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await changed.promise;
  };
  return { folder, live: join(folder, 'live'), reported, until };
}

const write = async (
  folder: string,
  { certPem, keyPem }: { certPem: string; keyPem: string },
): Promise<void> => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'tls.crt'), certPem);
  await writeFile(join(folder, 'tls.key'), keyPem);
};

describe('certificates in files', () => {
  test('are waited for where the folder does not exist yet, with one complaint', async () => {
    const { live, reported, until } = await watchedFolder();
    await until(() => reported.errors.length === 1);
    expect(reported.errors[0]).toMatch(/ENOENT/);
    const pair = await serverPair();
    await write(live, pair);
    await until(() => reported.pairs.length === 1);
    expect(reported.pairs[0]).toMatchObject(pair);
  });

  test('are taken into use when they change, once each', async () => {
    const { live, reported, until } = await watchedFolder();
    const [first, second] = [await serverPair(), await serverPair()];
    await write(live, first);
    await until(() => reported.pairs.length === 1);
    await write(live, second);
    await until(() => reported.pairs.length === 2);
    expect(reported.pairs.map(({ certPem }) => certPem)).toEqual([first.certPem, second.certPem]);
  });

  test('that kubelet swaps by a symbolic link are noticed', async () => {
    const { folder, live, reported, until } = await watchedFolder();
    const [first, second] = [await serverPair(), await serverPair()];
    await write(join(folder, '1'), first);
    await write(join(folder, '2'), second);
    await symlink(join(folder, '1'), live);
    await until(() => reported.pairs.length === 1);
    await symlink(join(folder, '2'), join(folder, 'next'));
    await rename(join(folder, 'next'), live);
    await until(() => reported.pairs.length === 2);
    expect(reported.pairs[1]?.certPem).toBe(second.certPem);
  });

  test.each<
    [
      string,
      (good: { certPem: string; keyPem: string }) => Promise<{ certPem: string; keyPem: string }>,
      string,
    ]
  >([
    [
      'no certificate',
      (good) => Promise.resolve({ ...good, certPem: 'half a cert' }),
      'the certificate is no PEM certificate',
    ],
    [
      'no key',
      (good) => Promise.resolve({ ...good, keyPem: '' }),
      'the private key is no unencrypted PEM private key',
    ],
    [
      'the key of another certificate',
      async (good) => ({ ...good, keyPem: (await serverPair()).keyPem }),
      'the private key does not belong to the certificate',
    ],
    [
      'an expired certificate',
      () => serverPair({ expired: true }),
      'the certificate expired at 2020-01-02T00:00:00.000Z',
    ],
  ])('with %s are complained about, and not taken into use', async (_case, damage, message) => {
    const { live, reported, until } = await watchedFolder();
    const good = await serverPair();
    await write(live, good);
    await until(() => reported.pairs.length === 1);
    await write(live, await damage(good));
    await until(() => reported.errors.includes(message));
    expect(reported.pairs).toHaveLength(1);
    const repaired = await serverPair();
    await write(live, repaired);
    await until(() => reported.pairs.length === 2);
    expect(reported.pairs[1]?.certPem).toBe(repaired.certPem);
  });
});
