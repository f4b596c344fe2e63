import { chmod, lstat, readdir, readFile, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findKubeconfig, replaceKubeconfig } from '../../../src/cli/kubeconfig/file.ts';
import { folderWith } from '../workspace.ts';

const config = (context: string, cluster: string, server: string) =>
  JSON.stringify({
    'current-context': context,
    contexts: [{ name: context, context: { cluster } }],
    clusters: [{ name: cluster, cluster: { server } }],
  });

describe('findKubeconfig', () => {
  it('takes the file that is named', async () => {
    const folder = await folderWith({ config: config('c', 'k', 'https://k') });
    const { path, base } = await findKubeconfig({ kubeconfig: join(folder, 'config') }, {});
    expect(path).toBe(await realpath(join(folder, 'config')));
    expect(base).toEqual({ name: 'k', cluster: { server: 'https://k' } });
  });

  it('takes, of several in KUBECONFIG, the one that has the cluster of the current context', async () => {
    const folder = await folderWith({
      contexts: JSON.stringify({
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'k' } }],
      }),
      clusters: JSON.stringify({ clusters: [{ name: 'k', cluster: { server: 'https://k' } }] }),
    });
    const KUBECONFIG = ['absent', 'contexts', 'clusters'].map((name) => join(folder, name)).join(':');
    expect((await findKubeconfig({}, { KUBECONFIG })).path).toBe(await realpath(join(folder, 'clusters')));
  });

  it('takes ~/.kube/config otherwise, and the context that is named', async () => {
    const folder = await folderWith({ '.kube/config': config('c', 'k', 'https://k') });
    expect((await findKubeconfig({ context: 'c' }, { HOME: folder })).base.name).toBe('k');
  });

  it.each([
    ['no file', '', undefined, /^no kubeconfig: .* does not exist$/],
    [
      'no current context',
      '{}',
      undefined,
      /^\/.*\/config: has no current-context; name one with --context$/,
    ],
    [
      'a context that is not there',
      config('c', 'k', 's'),
      'other',
      /^\/.*\/config: the context "other", or its cluster, is not in it$/,
    ],
    ['text that is not YAML', 'token: [secret', undefined, /config is not YAML$/],
  ])('refuses %s, without quoting the file', async (_case, text, context, message) => {
    const folder = await folderWith(text === '' ? {} : { config: text });
    const kubeconfig = join(folder, 'config');
    await expect(
      findKubeconfig({ kubeconfig, ...(context === undefined ? {} : { context }) }, {}),
    ).rejects.toThrow(message);
  });
});

describe('replaceKubeconfig', () => {
  it('writes the text, keeps the mode, and leaves nothing beside it', async () => {
    const folder = await folderWith({ config: 'before' });
    const path = join(folder, 'config');
    await chmod(path, 0o600);
    await replaceKubeconfig(path, 'before', 'after');
    expect(await readFile(path, 'utf8')).toBe('after');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['config']);
  });

  it('keeps another mode too', async () => {
    const folder = await folderWith({ config: 'before' });
    await chmod(join(folder, 'config'), 0o640);
    await replaceKubeconfig(join(folder, 'config'), 'before', 'after');
    expect((await stat(join(folder, 'config'))).mode & 0o777).toBe(0o640);
  });

  it('refuses a file that was changed meanwhile', async () => {
    const folder = await folderWith({ config: 'by somebody else' });
    await expect(replaceKubeconfig(join(folder, 'config'), 'before', 'after')).rejects.toThrow(
      'was changed meanwhile; try again',
    );
    expect(await readFile(join(folder, 'config'), 'utf8')).toBe('by somebody else');
    expect(await readdir(folder)).toEqual(['config']);
  });

  it('refuses a file that kubectl has locked, and says how to go on', async () => {
    const folder = await folderWith({ config: 'before' });
    await writeFile(join(folder, 'config.lock'), '');
    await expect(replaceKubeconfig(join(folder, 'config'), 'before', 'after')).rejects.toThrow(
      `is being changed by another program; if none is running, delete ${join(folder, 'config.lock')}`,
    );
    expect(await readdir(folder)).toEqual(['config', 'config.lock']);
  });

  it('follows a link, which stays one', async () => {
    const folder = await folderWith({ 'real/config': config('c', 'k', 'https://k') });
    await symlink(join(folder, 'real/config'), join(folder, 'link'));
    const { path, text } = await findKubeconfig({ kubeconfig: join(folder, 'link') }, {});
    await replaceKubeconfig(path, text, 'after');
    expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(folder, 'link'), 'utf8')).toBe('after');
  });
});
