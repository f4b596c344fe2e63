/**
 * `node test/bench/bare-client.ts KUBECONFIG CLUSTERS CONCURRENCY`: makes the three writes that each imported cluster
 * needs, with the same sizes and the same transport, and decides nothing. What the reconciler is measured against.
 */
import { readFile } from 'node:fs/promises';
import type { KubeManifest } from '../../src/kube/index.ts';
import { KubeClient, parseKubeConfig } from '../../src/kube/index.ts';
import { LIFECYCLES, PEDIA_CLUSTERS } from '../controller/world.ts';
import { inParallel, kubeconfig } from './fleet.ts';

const [file = '', clusters = '', concurrency = '', template = ''] = process.argv.slice(2);

const conditions = ['Created', 'Updating', 'Ready'].map((type) => ({
  type,
  status: 'True',
  observedGeneration: 1,
  lastTransitionTime: '2024-01-01T00:00:00Z',
  reason: 'UpToDate',
  message: 'the PediaCluster is as the template renders it',
}));

const reference = { group: '', resource: 'secrets', version: 'v1' };

function lifecycle(name: string): KubeManifest {
  return {
    apiVersion: 'policy.clusterpedia.io/v1alpha1',
    kind: 'PediaClusterLifecycle',
    metadata: { name },
    spec: {
      source: {
        group: 'cluster.x-k8s.io',
        version: 'v1beta1',
        resource: 'clusters',
        namespace: 'default',
        name,
      },
      references: [
        { ...reference, key: 'kubeconfig', nameTemplate: '{{ .source.metadata.name }}-kubeconfig' },
      ],
      template,
      creationCondition: 'true',
    },
  };
}

function pediaCluster(name: string, uid: string, index: number): KubeManifest {
  const owner = { apiVersion: 'policy.clusterpedia.io/v1alpha1', kind: 'PediaClusterLifecycle', name, uid };
  return {
    apiVersion: 'cluster.clusterpedia.io/v1alpha2',
    kind: 'PediaCluster',
    metadata: { name, ownerReferences: [{ ...owner, controller: true }] },
    spec: { kubeconfig: kubeconfig(index), syncResources: [{ group: '', resources: ['pods'] }] },
  };
}

const client = KubeClient.fromKubeConfig(parseKubeConfig(await readFile(file, 'utf8')), {
  maxConnections: 64,
});
await inParallel(Number(clusters), Number(concurrency), async (index) => {
  const name = `bare-${String(index)}`;
  const made = await client.create(LIFECYCLES, lifecycle(name));
  await client.create(PEDIA_CLUSTERS, pediaCluster(name, made.metadata.uid, index));
  const status = {
    conditions,
    references: [{ ...reference, key: 'kubeconfig', namespace: 'default', name }],
  };
  await client.patchStatus(
    LIFECYCLES,
    name,
    undefined,
    { metadata: { uid: made.metadata.uid }, status },
    { type: 'merge' },
  );
});
await client.close();
