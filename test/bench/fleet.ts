/** A Cluster API platform of any size: Clusters, and Secrets with kubeconfigs of 7 KB. */
import { createCipheriv, createHash } from 'node:crypto';
import type { KubeClient, KubeManifest, ResourceType } from '../../src/kube/index.ts';
import { SECRETS } from '../controller/world.ts';

export const CLUSTERS: ResourceType = {
  group: 'cluster.x-k8s.io',
  version: 'v1beta1',
  resource: 'clusters',
  kind: 'Cluster',
  namespaced: true,
};

const NAMESPACE = 'default';
/** Bytes of certificates and keys in PEM, as Cluster API's are: a kubeconfig with them has 7 KB. */
const PEM_BYTES = { authority: 1_100, certificate: 1_500, key: 2_350 } as const;

export const clusterName = (index: number): string => `cluster-${String(index).padStart(5, '0')}`;

/** A kubeconfig of the usual form and size, as base64; another one for each generation. */
export function kubeconfig(index: number, generation = 0): string {
  const name = clusterName(index);
  const data = (bytes: number): string => {
    const seed = createHash('sha256')
      .update(`${name} ${String(generation)} ${String(bytes)}`)
      .digest();
    return createCipheriv('aes-256-ctr', seed, Buffer.alloc(16))
      .update(Buffer.alloc(bytes))
      .toString('base64');
  };
  return Buffer.from(
    `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${data(PEM_BYTES.authority)}
    server: https://${name}.example:6443
  name: ${name}
contexts:
- context:
    cluster: ${name}
    user: ${name}-admin
  name: ${name}-admin@${name}
current-context: ${name}-admin@${name}
kind: Config
preferences: {}
users:
- name: ${name}-admin
  user:
    client-certificate-data: ${data(PEM_BYTES.certificate)}
    client-key-data: ${data(PEM_BYTES.key)}
`,
  ).toString('base64');
}

function secret(name: string, value: string): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: NAMESPACE },
    type: 'Opaque',
    data: { value },
  };
}

function cluster(index: number): KubeManifest {
  return {
    apiVersion: 'cluster.x-k8s.io/v1beta1',
    kind: 'Cluster',
    metadata: { name: clusterName(index), namespace: NAMESPACE },
    spec: { clusterNetwork: { pods: { cidrBlocks: ['192.168.0.0/16'] } } },
  };
}

const statusOfCluster = {
  phase: 'Provisioned',
  conditions: [
    { type: 'Ready', status: 'True', lastTransitionTime: '2024-01-01T00:00:00Z' },
    { type: 'ControlPlaneInitialized', status: 'True', lastTransitionTime: '2024-01-01T00:00:00Z' },
  ],
};

/** Calls `work` for 0 … count-1, so many at once. */
export async function inParallel(
  count: number,
  concurrency: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
}

/**
 * Creates clusters and their Secrets.
 *
 * @param existing how many there are already
 */
export async function createFleet(client: KubeClient, clusters: number, existing = 0): Promise<void> {
  await inParallel(clusters - existing, 16, async (offset) => {
    const index = existing + offset;
    await client.create(SECRETS, secret(`${clusterName(index)}-kubeconfig`, kubeconfig(index)));
    const made = await client.create(CLUSTERS, cluster(index));
    if ('status' in made) return;
    await client.patchStatus(
      CLUSTERS,
      clusterName(index),
      NAMESPACE,
      { status: statusOfCluster },
      { type: 'merge' },
    );
  });
}

/** Creates Secrets that nobody refers to, of the same size. */
export async function createUnrelatedSecrets(client: KubeClient, count: number): Promise<void> {
  const value = kubeconfig(0);
  await inParallel(count, 16, async (index) => {
    await client.create(SECRETS, secret(`unrelated-${String(index)}`, value));
  });
}

/** Writes new credentials of a cluster. Resolves once the API server has them. */
export async function rotate(client: KubeClient, index: number, generation: number): Promise<void> {
  const data = { value: kubeconfig(index, generation) };
  await client.patch(SECRETS, `${clusterName(index)}-kubeconfig`, NAMESPACE, { data }, { type: 'merge' });
}

/** Changes a cluster as its controllers do all the time, in fields that no template reads. */
export async function beat(client: KubeClient, index: number, beatNumber: number): Promise<void> {
  const conditions = statusOfCluster.conditions.map((condition) => ({
    ...condition,
    lastTransitionTime: new Date(Date.UTC(2024, 0, 1) + beatNumber * 1000).toISOString().slice(0, 19) + 'Z',
  }));
  await client.patchStatus(
    CLUSTERS,
    clusterName(index),
    NAMESPACE,
    { status: { conditions } },
    { type: 'merge' },
  );
}
