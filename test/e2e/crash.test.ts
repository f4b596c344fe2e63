import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLUSTER_IMPORT_POLICY, PEDIA_CLUSTER, PEDIA_CLUSTER_LIFECYCLE } from '../../src/api/index.ts';
import { installPlatform, platforms, policyFile, registerClusters } from '../../src/cli/demo/platforms.ts';
import { applyFiles, installDefinitions, startController } from '../../src/cli/demo/product.ts';
import { loadClient } from '../../src/kube/index.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../src/kube/index.ts';
import { eventually, Kubectl, startControlPlane } from '../control-plane/index.ts';
import type { ControlPlane, ManagedProcess } from '../control-plane/index.ts';

let controlPlane: ControlPlane;
let kubectl: Kubectl;
let client: KubeClient;
let controller: ManagedProcess;
/** What an undisturbed controller makes of all platforms. */
let undisturbed: World;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  kubectl = new Kubectl(
    controlPlane.assets,
    controlPlane.kubeconfigPath,
    join(controlPlane.processes.dir, 'kubectl'),
  );
  client = await loadClient({ kubeconfig: controlPlane.kubeconfigPath });
  await installDefinitions(kubectl);
  for (const platform of platforms) {
    await installPlatform(kubectl, platform);
    await registerClusters(kubectl, client, platform);
  }
  controller = await startController(controlPlane);
  await applyPolicies();
  undisturbed = await settledWorld();
});

afterAll(async () => {
  await client?.close();
  await controlPlane?.stop();
});

/** What is compared: all that the controller decides, none of what every creation makes anew. */
interface World {
  readonly policies: Record<string, unknown>;
  readonly lifecycles: Record<string, unknown>;
  readonly pediaClusters: Record<string, unknown>;
}

async function applyPolicies(): Promise<void> {
  await applyFiles(kubectl, platforms.map(policyFile));
}

async function objectsOf(type: ResourceType): Promise<readonly KubeObject[]> {
  return (await client.list(type)).items;
}

function byName(
  objects: readonly KubeObject[],
  describeObject: (object: KubeObject) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(objects.map((object) => [object.metadata.name, describeObject(object)]));
}

interface Status {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
  }[];
  readonly [count: string]: unknown;
}

function describeStatus({ status }: KubeObject): unknown {
  const { conditions = [], ...rest } = (status ?? {}) as Status;
  return {
    ...rest,
    conditions: conditions.map(({ type, status, reason }) => `${type}=${status} (${reason})`),
  };
}

function describeMetadata({ metadata }: KubeObject): unknown {
  const owners = (metadata.ownerReferences ?? []).map(({ kind, name }) => `${kind}/${name}`);
  return { owners, finalizers: metadata.finalizers ?? [], deleted: metadata.deletionTimestamp !== undefined };
}

async function world(): Promise<World> {
  return {
    policies: byName(await objectsOf(CLUSTER_IMPORT_POLICY), (policy) => describeStatus(policy)),
    lifecycles: byName(await objectsOf(PEDIA_CLUSTER_LIFECYCLE), (lifecycle) => [
      describeMetadata(lifecycle),
      lifecycle['spec'],
      describeStatus(lifecycle),
    ]),
    pediaClusters: byName(await objectsOf(PEDIA_CLUSTER), (cluster) => [
      describeMetadata(cluster),
      cluster['spec'],
    ]),
  };
}

/** The world once every policy is ready and counts what is there. */
function settledWorld(): Promise<World> {
  return eventually('every policy to be ready', async () => {
    const found = await world();
    expect(Object.keys(found.policies)).toHaveLength(platforms.length);
    for (const policy of Object.values(found.policies)) {
      expect(policy).toMatchObject({
        conditions: expect.arrayContaining(['Ready=True (Settled)']) as unknown,
      });
    }
    expect(Object.keys(found.lifecycles)).toHaveLength(9);
    expect(Object.keys(found.pediaClusters)).toHaveLength(7);
    return found;
  });
}

/** Looks often, for the moment is short, until the number of objects is as wanted. */
function reaches(type: ResourceType, isReached: (count: number) => boolean): Promise<void> {
  const look = async (): Promise<void> => {
    const { length } = await objectsOf(type);
    if (!isReached(length)) throw new Error(`there are ${length}`);
  };
  return eventually(`the number of objects of ${type.resource}`, look, { intervalMs: 2 });
}

async function killController(): Promise<void> {
  controller.kill('SIGKILL');
  await controller.exited;
}

async function converges(expected: World): Promise<void> {
  controller = await startController(controlPlane);
  await eventually('the same objects as without the crash', async () => {
    expect(await world()).toEqual(expected);
  });
}

async function uids(type: ResourceType): Promise<Map<string, string>> {
  return new Map((await objectsOf(type)).map(({ metadata }) => [metadata.name, metadata.uid]));
}

describe('a controller that is killed (kill -9) and started again makes the same objects', () => {
  it.each([
    ['before it could make a lifecycle', PEDIA_CLUSTER_LIFECYCLE, 0],
    ['after the first lifecycle', PEDIA_CLUSTER_LIFECYCLE, 1],
    ['after some lifecycles', PEDIA_CLUSTER_LIFECYCLE, 5],
    ['after the first PediaCluster', PEDIA_CLUSTER, 1],
    ['after some PediaClusters', PEDIA_CLUSTER, 4],
    ['after the last PediaCluster', PEDIA_CLUSTER, 7],
  ])('when it dies %s', async (_, type, count) => {
    await removePolicies();
    await applyPolicies();
    await reaches(type, (now) => now >= count);
    await killController();
    const made = await uids(PEDIA_CLUSTER);
    await converges(undisturbed);
    const kept = await uids(PEDIA_CLUSTER);
    for (const [name, uid] of made) expect(kept.get(name), `${name} was made again`).toBe(uid);
  });

  it('when it dies while nothing is to be done: not one object is written', async () => {
    await settledWorld();
    await killController();
    const versions = async (): Promise<unknown[]> => {
      const objects = [...(await objectsOf(PEDIA_CLUSTER_LIFECYCLE)), ...(await objectsOf(PEDIA_CLUSTER))];
      return objects.map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
    };
    const before = await versions();
    await converges(undisturbed);
    expect(await versions()).toEqual(before);
  });

  it('when a source goes and credentials change while it is dead', async () => {
    await settledWorld();
    await killController();
    await kubectl.run(['delete', 'clusters.cluster.karmada.io', 'member1']);
    const token = Buffer.from('renewed').toString('base64');
    const patch = JSON.stringify({ data: { token } });
    await kubectl.run(['patch', 'secret', 'cluster-1', '--type=merge', `--patch=${patch}`]);
    controller = await startController(controlPlane);
    await eventually('the changes to arrive', async () => {
      const { pediaClusters, lifecycles } = await world();
      expect(Object.keys(pediaClusters)).not.toContain('karmada-member1');
      expect(Object.keys(lifecycles)).not.toContain('karmada-member1');
      expect(pediaClusters['mcp-cluster-1']).toEqual([
        { owners: ['PediaClusterLifecycle/mcp-cluster-1'], finalizers: [], deleted: false },
        expect.objectContaining({ tokenData: token }),
      ]);
    });
    for (const platform of platforms) await registerClusters(kubectl, client, platform);
    await eventually('the world to be as it was', async () => {
      expect(await world()).toEqual(undisturbed);
    });
  });

  it.each([
    ['before anything was deleted', 7],
    ['in the middle of the deletions', 4],
  ])('when it dies while policies are deleted, %s', async (_, left) => {
    await settledWorld();
    const deletion = kubectl.run(['delete', 'clusterimportpolicies', '--all', '--wait=false']);
    await reaches(PEDIA_CLUSTER, (now) => now <= left);
    await killController();
    await deletion;
    controller = await startController(controlPlane);
    await eventually('everything to be gone', async () => {
      expect(await world()).toEqual({ policies: {}, lifecycles: {}, pediaClusters: {} });
    });
    await applyPolicies();
    await settledWorld();
  });
});

async function removePolicies(): Promise<void> {
  await kubectl.run(['delete', 'clusterimportpolicies', '--all', '--timeout=60s']);
  await eventually('everything to be gone', async () => {
    for (const type of [CLUSTER_IMPORT_POLICY, PEDIA_CLUSTER_LIFECYCLE, PEDIA_CLUSTER]) {
      expect(await objectsOf(type)).toEqual([]);
    }
  });
}
