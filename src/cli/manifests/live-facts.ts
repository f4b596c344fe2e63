import { DEFAULT_LIVE_SOURCES } from '../../../config/index.ts';
import { isDeepStrictEqual } from 'node:util';
import { CLUSTER_IMPORT_POLICY, PEDIA_CLUSTER_LIFECYCLE } from '../../api/index.ts';
import type { KubeClient, StoredObject } from '../../kube/index.ts';
import { isNotFound, redactError } from '../../kube/index.ts';
import type { ExistingLifecycle } from '../../policy/index.ts';
import type { Cluster } from '../../../webhook/cluster.ts';
import { Deadline } from '../../../webhook/deadline.ts';
import { projectLifecycle } from '../../../webhook/existing-lifecycle.ts';
import type { GatheredFacts } from '../../../webhook/facts.ts';
import { gatherFacts } from '../../../webhook/facts.ts';
import { KubeCluster } from '../../../webhook/kube-cluster.ts';
import { Processor } from '../../../webhook/turns.ts';
import { withClient } from '../client.ts';
import type { ClusterOptions } from '../cluster-options.ts';
import type { Output } from '../output.ts';
import { listIfServed } from '../plan/live-recorded.ts';
import type { ManifestObject } from './manifest-object.ts';

/** Milliseconds for one policy. It is longer than the webhook's limit, because no API server waits for the answer. */
const DEADLINE_MS = 60_000;

/**
 * The facts that the webhook would gather in a cluster before it judges these policies: definitions, sources with their
 * references, names that are taken, and the policy that is stored under the same name. Uses the webhook's own {@link
 * gatherFacts}. Only reads, and does not ask about anybody's rights.
 * @throws {KubeError} {@link TransportError} {@link KubeConfigError} where the cluster cannot be read.
 */
export async function liveFacts(
  policies: readonly ManifestObject[],
  options: ClusterOptions,
  { progress }: Pick<Output, 'progress'>,
): Promise<ReadonlyMap<ManifestObject, GatheredFacts>> {
  return withClient(options, async (client) => {
    progress(`reading from ${client.server}`);
    const lifecycles = (await listIfServed(client, PEDIA_CLUSTER_LIFECYCLE)).map(projectLifecycle);
    const cluster = withLifecycles(
      new KubeCluster({
        client,
        rightsCacheMs: DEADLINE_MS,
        objectsCacheMs: DEADLINE_MS,
        onError: (error) => progress(redactError(error)),
      }),
      lifecycles,
    );
    const found = new Map<ManifestObject, GatheredFacts>();
    for (const policy of policies) {
      const stored = await storedPolicy(client, policy.metadata.name);
      found.set(policy, await factsOf(policy, stored, cluster));
    }
    return found;
  });
}

/** The policy of that name in the cluster. */
async function storedPolicy(client: KubeClient, name: string): Promise<StoredObject | undefined> {
  try {
    return await client.get(CLUSTER_IMPORT_POLICY, name);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function factsOf(
  policy: ManifestObject,
  stored: StoredObject | undefined,
  cluster: Cluster,
): Promise<GatheredFacts> {
  const deadline = new Deadline(performance.now(), DEADLINE_MS);
  const turns = new Processor().turns({ known: true, user: '' }, deadline);
  const object = {
    ...policy,
    metadata: { ...policy.metadata, ...(stored === undefined ? {} : { uid: stored.metadata.uid }) },
  };
  // A policy that is stored unchanged is judged as a new one. The webhook would not judge it at all.
  const isChanged = stored !== undefined && !isDeepStrictEqual(stored['spec'], policy['spec']);
  const request = {
    operation: isChanged ? ('UPDATE' as const) : ('CREATE' as const),
    object,
    ...(isChanged ? { oldObject: stored } : {}),
  };
  try {
    return await gatherFacts(request, { known: true, deadline, turns }, cluster, {
      rights: 'Off',
      maximumLiveSources: DEFAULT_LIVE_SOURCES,
      liveSourcesTimeoutMs: DEADLINE_MS,
    });
  } finally {
    turns.end();
  }
}

/** The cluster, with lifecycles that have been read already. */
const withLifecycles = (cluster: Cluster, lifecycles: readonly ExistingLifecycle[]): Cluster => ({
  resource: (request, signal) => cluster.resource(request, signal),
  list: (resource, filter, page, signal) => cluster.list(resource, filter, page, signal),
  get: (resource, location, signal) => cluster.get(resource, location, signal),
  mayAccess: (user, attributes, signal) => cluster.mayAccess(user, attributes, signal),
  lifecycles: () => lifecycles,
});
