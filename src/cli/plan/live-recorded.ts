import type { PediaClusterLifecycle, StoredObject, StoredPolicy } from '../../api/index.ts';
import { CLUSTER_IMPORT_POLICY, PEDIA_CLUSTER, PEDIA_CLUSTER_LIFECYCLE } from '../../api/index.ts';
import type { KubeClient, ResourceType } from '../../kube/index.ts';
import { isNotFound } from '../../kube/index.ts';
import { withClient } from '../client.ts';
import type { ClusterOptions } from '../cluster-options.ts';
import type { Output } from '../output.ts';
import type { Recorded } from './recorded.ts';

/**
 * The objects of the three kinds in a cluster.
 * @throws {KubeError} {@link TransportError} {@link KubeConfigError} where the cluster cannot be read.
 */
export async function readRecorded(
  options: ClusterOptions,
  { progress }: Pick<Output, 'progress'>,
): Promise<Recorded> {
  return withClient(options, async (client) => {
    progress(`reading from ${client.server}`);
    return {
      policies: (await listIfServed(client, CLUSTER_IMPORT_POLICY)) as readonly (StoredObject &
        StoredPolicy)[],
      lifecycles: (await listIfServed(client, PEDIA_CLUSTER_LIFECYCLE)) as readonly (StoredObject &
        PediaClusterLifecycle)[],
      pediaClusters: await listIfServed(client, PEDIA_CLUSTER),
    };
  });
}

/** Every object of a kind; nothing where its definition is not installed. */
export async function listIfServed(client: KubeClient, type: ResourceType): Promise<readonly StoredObject[]> {
  try {
    const objects: StoredObject[] = [];
    for await (const object of client.listAll(type)) objects.push(object);
    return objects;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
