import type { KubeClient } from '../kube/index.ts';
import { loadClient } from '../kube/index.ts';
import type { ClusterOptions } from './cluster-options.ts';

/**
 * Does something with a client of the kubeconfig's cluster, which is closed afterwards.
 * @throws {KubeConfigError} where the kubeconfig cannot be used, and what `work` throws
 */
export async function withClient<T>(
  options: ClusterOptions,
  work: (client: KubeClient) => Promise<T>,
): Promise<T> {
  const client = await loadClient(options);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
