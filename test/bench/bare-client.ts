/**
 * `node test/bench/bare-client.ts KUBECONFIG CLUSTERS CONCURRENCY WRITES`: makes the three writes that each imported
 * cluster needs, with the controller's own transport, and decides nothing. What the reconciler is measured against.
 *
 * WRITES is a file with {@link Writes}.
 */
import { readFile } from 'node:fs/promises';
import type { KubeManifest, StoredObject } from '../../src/kube/index.ts';
import { KubeClient, parseKubeConfig } from '../../src/kube/index.ts';
import { LIFECYCLES, PEDIA_CLUSTERS } from '../controller/world.ts';
import { clusterName, inParallel, kubeconfig } from './fleet.ts';

/** What the controller has made of the fleet's first cluster. */
export interface Writes {
  readonly lifecycle: StoredObject;
  readonly pediaCluster: StoredObject;
}

const [FILE = '', CLUSTERS = '', CONCURRENCY = '', WRITES = ''] = process.argv.slice(2);
const { lifecycle, pediaCluster } = JSON.parse(await readFile(WRITES, 'utf8')) as Writes;

const addedByServer = new Set(['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields']);

/** What a client sends to make such an object. */
function manifestOf({ status: _, metadata, ...object }: StoredObject): KubeManifest {
  const sent = Object.entries(metadata).filter(([field]) => !addedByServer.has(field));
  return { ...object, metadata: Object.fromEntries(sent) };
}

const texts = {
  lifecycle: JSON.stringify(manifestOf(lifecycle)),
  pediaCluster: JSON.stringify(manifestOf(pediaCluster)),
  status: JSON.stringify({ status: lifecycle['status'] }),
};

/** The same for another cluster, and another lifecycle. */
function forCluster<T>(text: string, index: number, uid = ''): T {
  const named = text.replaceAll(clusterName(0), clusterName(index));
  return JSON.parse(
    named.replace(kubeconfig(0), kubeconfig(index)).replace(lifecycle.metadata.uid, uid),
  ) as T;
}

const client = KubeClient.fromKubeConfig(parseKubeConfig(await readFile(FILE, 'utf8')), {
  maxConnections: 64,
});
await inParallel(Number(CLUSTERS), Number(CONCURRENCY), async (index) => {
  const made = await client.create(LIFECYCLES, forCluster<KubeManifest>(texts.lifecycle, index));
  const { name, uid } = made.metadata;
  await client.create(PEDIA_CLUSTERS, forCluster<KubeManifest>(texts.pediaCluster, index, uid));
  const status = forCluster<{ readonly status: unknown }>(texts.status, index);
  await client.patchStatus(LIFECYCLES, name, undefined, { metadata: { uid }, ...status }, { type: 'merge' });
});
await client.close();
