import type { KubeClient } from '../kube/index.ts';
import { loadClient } from '../kube/index.ts';
import type { ClusterOptions } from './cluster-options.ts';

/**
 * Runs `work` with a client of the kubeconfig's cluster, and closes the client afterwards.
 * @throws {KubeConfigError} if the kubeconfig cannot be used, and whatever `work` throws
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
