/* A namespace that is deleted with the sources and Secrets in it, by Kubernetes' own namespace controller. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import { CLUSTERS } from '../bench/fleet.ts';
import { inCluster } from '../control-plane/cluster.ts';
import { policyIs } from '../controller/expecting.ts';
import { followPediaClusters } from '../controller/followed.ts';
import { runInProcess } from '../controller/running.ts';
import type { World } from '../controller/world.ts';
import {
  LIFECYCLES,
  NAMESPACES,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  base64,
  controllerConfig,
  installCrd,
  isGone,
  merge,
  names,
  policy,
  policyFile,
  startWorld,
} from '../controller/world.ts';

let world: World;

const KUBECONFIG = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'c', cluster: { server: 'https://c.example:6443' } }],
  users: [{ name: 'u', user: { token: 'token' } }],
  contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'x',
});

/** Creates a namespace with so many ready clusters and their Secrets. */
async function addNamespace(name: string, clusters: number): Promise<void> {
  const { client } = world;
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (let index = 0; index < clusters; index++) {
    const metadata = { name: `c${String(index)}`, namespace: name };
    await client.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...metadata, name: `${metadata.name}-kubeconfig` },
      data: { value: base64(KUBECONFIG) },
    });
    await client.create(CLUSTERS, { apiVersion: 'cluster.x-k8s.io/v1beta1', kind: 'Cluster', metadata });
    const conditions = [
      { type: 'ControlPlaneInitialized', status: 'True', lastTransitionTime: '2024-01-01T00:00:00Z' },
    ];
    await client.patchStatus(CLUSTERS, metadata.name, name, { status: { conditions } }, { type: 'merge' });
  }
}

describe('a namespace that is deleted with its sources and Secrets', inCluster, () => {
  beforeAll(async () => {
    world = await startWorld({ controllers: ['namespace', 'garbagecollector'] });
    const [definition] = await policyFile('cluster-api/testdata/crds.yaml');
    if (definition === undefined) throw new Error('kustomize/policies/cluster-api is incomplete');
    await installCrd(world.client, definition);
  });
  afterAll(() => world?.stop());

  it('takes few PediaClusters along; many are held, whose namespace goes all the same', async () => {
    const { client } = world;
    const [manifest] = await policyFile('cluster-api/policy.yaml');
    // The namespace controller deletes one after the other: what comes within five seconds is judged together.
    runInProcess(controllerConfig(world.controlPlane, { breaker: { settleSeconds: 5 } }));
    await addNamespace('small', 2);
    await addNamespace('large', 12);
    await addNamespace('stays', 3);
    await client.create(POLICIES, policy('capi', manifest?.['spec'] as ClusterImportPolicySpec));
    await policyIs(client, 'capi', { Ready: 'True/Settled' }, { pediaClusters: 17, failed: 0 });
    const followed = await followPediaClusters(client, 'large');

    await client.delete(NAMESPACES, 'small', undefined);
    await isGone(client, NAMESPACES, 'small');
    for (const name of ['small-c0', 'small-c1']) {
      await isGone(client, PEDIA_CLUSTERS, name);
      await isGone(client, LIFECYCLES, name);
    }
    await policyIs(client, 'capi', { Ready: 'True/Settled' }, { pediaClusters: 15, failed: 0 });

    // Two have gone within the last minute, and count.
    await client.delete(NAMESPACES, 'large', undefined);
    await isGone(client, NAMESPACES, 'large');
    await policyIs(client, 'capi', { Ready: 'False/DeletionHeld' }, { heldDeletions: 12, pediaClusters: 15 });
    expect(followed.happened).toEqual([]);

    const allow = { 'policy.clusterpedia.io/allow-deletions': '12' };
    await merge(client, POLICIES, 'capi', { metadata: { annotations: allow } });
    await policyIs(client, 'capi', { Ready: 'True/Settled' }, { pediaClusters: 3, failed: 0 });
    expect(await followed.end(12)).toHaveLength(12);
    const left = ['stays-c0', 'stays-c1', 'stays-c2'];
    expect(await names(client, LIFECYCLES)).toEqual(left);
    expect(await names(client, PEDIA_CLUSTERS)).toEqual(left);
  });
});
