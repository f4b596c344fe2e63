import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  isRunning,
  startControlPlane,
  startKubectl,
  temporaryFolder,
  Kubectl,
} from '../control-plane/index.ts';

const configMap = (name: string): string => `
apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, namespace: default }
data: { key: value }
`;

describe('the shared control plane', () => {
  it('is reached by kubectl as an administrator', async () => {
    const kubectl = await startKubectl();
    expect(await kubectl.run(['auth', 'can-i', '*', '*'])).toBe('yes\n');
  });

  it('applies several manifests at once', async () => {
    const kubectl = await startKubectl();
    await kubectl.apply(`${configMap('one')}\n---\n${configMap('two')}`);
    expect(await kubectl.get('configmaps', 'two', 'default')).toMatchObject({ data: { key: 'value' } });
    expect(await kubectl.get('configmaps', 'three', 'default')).toBeUndefined();
  });

  it("passes on kubectl's reason when a manifest is refused", async () => {
    const kubectl = await startKubectl();
    await expect(kubectl.apply(configMap('No_Name'))).rejects.toThrow(
      'metadata.name: Invalid value: "No_Name"',
    );
  });
});

describe('a control plane of its own', () => {
  it('keeps address and data over a restart, writes an audit log, knows other users, and leaves nothing', async () => {
    const folder = await temporaryFolder();
    const logPath = join(folder, 'audit.log');
    const controlPlane = await startControlPlane({ audit: { rules: [{ level: 'Metadata' }], logPath } });
    try {
      const { url, kubeconfigPath, assets } = controlPlane;
      const kubectl = new Kubectl(assets, kubeconfigPath, join(folder, 'kubectl'));
      await kubectl.apply(configMap('kept'));
      const before = controlPlane.apiServer().pid;
      await controlPlane.restartApiServer();
      expect(controlPlane.url).toBe(url);
      expect(controlPlane.apiServer().pid).not.toBe(before);
      expect(await isRunning(before)).toBe(false);
      expect(await kubectl.get('configmaps', 'kept', 'default')).toMatchObject({ data: { key: 'value' } });
      await expect(controlPlane.startApiServer()).rejects.toThrow(
        'Cannot start kube-apiserver: it is running',
      );

      const lines = (await readFile(logPath, 'utf8')).trim().split('\n');
      const events = lines.map((line) => JSON.parse(line) as { verb: string; objectRef?: { name?: string } });
      expect(
        events.filter(({ verb, objectRef }) => verb === 'patch' && objectRef?.name === 'kept'),
      ).not.toHaveLength(0);

      const asJane = await controlPlane.writeKubeconfig({ name: 'jane', groups: ['developers'] });
      const result = await new Kubectl(assets, asJane, join(folder, 'jane')).try(['get', 'secrets']);
      expect(result.stderr).toContain('User "jane" cannot list resource "secrets"');
    } finally {
      await controlPlane.stop();
    }
    expect(await isRunning(controlPlane.apiServer().pid)).toBe(false);
    expect(await isRunning(controlPlane.etcd().pid)).toBe(false);
    await expect(readFile(controlPlane.kubeconfigPath)).rejects.toThrow('ENOENT');
  });

  it('shows the output of a binary that fails', async () => {
    const failure = await startControlPlane({ apiServerFlags: ['--no-such-flag'] }).catch(String);
    expect(failure).toContain('kube-apiserver ended with exit code 1\nThe end of its output:\n');
    expect(failure).toContain('unknown flag: --no-such-flag');
  });

  it('gives up starting when it is told to', async () => {
    const reason = new Error('stopped by SIGINT');
    const controller = new AbortController();
    const failure = startControlPlane({
      signal: controller.signal,
      log: (line) => {
        if (line === 'starting kube-apiserver') controller.abort(reason);
      },
    });
    await expect(failure).rejects.toBe(reason);
  });
});
