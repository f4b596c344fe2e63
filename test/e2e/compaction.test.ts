/* etcd forgets its history, as it does every five minutes: 410 for whoever goes on from before. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KubeClient, Reflector, parseKubeConfig } from '../../src/kube/index.ts';
import { compact } from '../control-plane/etcd.ts';
import { addClusters, pediaClusterIs, policyIs } from '../controller/expecting.ts';
import { followPediaClusters } from '../controller/followed.ts';
import { Gateway } from '../controller/gateway.ts';
import type { RunningController } from '../controller/running.ts';
import { runInProcess } from '../controller/running.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import {
  MCP_CLUSTERS,
  POLICIES,
  SECRETS,
  base64,
  controllerConfig,
  eventually,
  mcpSecret,
  merge,
  policy,
  scopedPolicy,
} from '../controller/world.ts';

// Lists and watches are answered from etcd itself, not from the API server's memory of it.
const world = useMcpWorld({ apiServerFlags: ['--watch-cache=false'] });

/** A way to the API server that can be interrupted, until the test is over. */
async function gateway(): Promise<Gateway> {
  const way = new Gateway(world.controlPlane.kubeconfig);
  await way.listen();
  onTestFinished(() => way.cut());
  return way;
}

/** A controller behind a gateway. */
async function runBehind(way: Gateway): Promise<RunningController> {
  const kubeconfigPath = join(world.controlPlane.processes.dir, 'compaction');
  await writeFile(kubeconfigPath, way.kubeconfig);
  return runInProcess(controllerConfig({ ...world.controlPlane, kubeconfigPath }));
}

/** Changes everything that the controller watches while it cannot hear of it, and makes sure that it never can. */
async function loseHistory(
  label: string,
  way: Gateway,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const { client } = world;
  const followed = await followPediaClusters(client, label);
  way.interrupt();
  await merge(client, SECRETS, `${label}1`, { data: { token: base64('renewed') } }, 'default');
  await client.delete(MCP_CLUSTERS, `${label}2`, undefined);
  await addClusters(client, label, `${label}4`);
  const template = world.mcp.template.replace('.apiEndpoint }}"', '.apiEndpoint }}/edited"');
  await merge(client, POLICIES, label, { spec: { template } });
  await meanwhile();
  await compact(world.controlPlane);
  way.restore();
  await pediaClusterIs(client, `${label}-${label}1`, {
    apiserver: `https://${label}1.example:6443/edited`,
    tokenData: base64('renewed'),
  });
  await policyIs(client, label, { Ready: 'True/Settled' }, { sources: 3, lifecycles: 3, pediaClusters: 3 });
  expect(await followed.end(2)).toEqual([`added ${label}4`, `deleted ${label}2`]);
}

async function imported(label: string): Promise<void> {
  await world.client.create(POLICIES, policy(label, scopedPolicy(world, label)));
  await addClusters(world.client, label, `${label}1`, `${label}2`, `${label}3`);
  await policyIs(world.client, label, { Ready: 'True/Settled' }, { pediaClusters: 3 });
}

const tooOld = /too old/;

describe('a list that is read page by page', () => {
  it.each([
    ['once', 1],
    ['again and again', Infinity],
  ])('and whose snapshot is compacted %s is read to its end, and no object is lost', async (_, times) => {
    const { client, controlPlane } = world;
    const prefix = times === 1 ? 'p' : 'q';
    const namespace = 'kube-public';
    const put = (name: string, token?: string) => client.create(SECRETS, mcpSecret(name, token, namespace));
    for (let index = 0; index < 9; index++) await put(`${prefix}${String(index)}`);
    const way = await gateway();
    let [lists, compactions] = [0, 0];
    way.hold = (request) => {
      if (!request.endsWith(`${namespace}/secrets`)) return undefined;
      // The first page is out: what its successors are to be read from goes.
      lists++;
      if (lists % 2 === 1 || compactions >= times) return undefined;
      compactions++;
      return (async () => {
        await client.delete(SECRETS, `${prefix}${String(compactions - 1)}`, namespace);
        await put(`${prefix}new${String(compactions)}`);
        await compact(controlPlane);
      })();
    };
    const [deleted, errors]: [string[], string[]] = [[], []];
    const behind = KubeClient.fromKubeConfig(parseKubeConfig(way.kubeconfig));
    const reflector = new Reflector<string>({
      client: behind,
      resource: SECRETS,
      namespace,
      list: 'pages',
      pageSize: 4,
      project: ({ metadata }) => metadata.uid,
      onEvent: ({ type, object }) => {
        if (type === 'deleted') deleted.push(object);
      },
      onError: (error) => errors.push(error.message),
    });
    reflector.start();
    await reflector.whenSynced();
    way.hold = () => undefined;
    const { items } = await client.list(SECRETS, { namespace });
    await eventually('the store to be true', () =>
      expect(new Map(reflector.store)).toEqual(
        new Map(items.map(({ metadata }) => [`${namespace}/${metadata.name}`, metadata.uid])),
      ),
    );
    await reflector.stop();
    await behind.close();
    expect(errors[0]).toMatch(/continue/);
    for (const { metadata } of items) expect(deleted).not.toContain(metadata.uid);
  });
});

describe('a watch whose history is compacted while the connection is away', () => {
  it('is followed by a list: nothing that lives is deleted, and nothing that happened is missed', async () => {
    const way = await gateway();
    const controller = await runBehind(way);
    await imported('etcd');
    await loseHistory('etcd', way);
    expect(controller.log()).toMatch(tooOld);
  });

  it('likewise where the API server has just been started, and answers from its own memory', async () => {
    const way = await gateway();
    await world.controlPlane.stopApiServer();
    await world.controlPlane.startApiServer(['--watch-cache=true']);
    await runBehind(way);
    await imported('cache');
    await loseHistory('cache', way, async () => {
      await world.controlPlane.stopApiServer();
      await world.controlPlane.startApiServer(['--watch-cache=true']);
    });
  });
});
