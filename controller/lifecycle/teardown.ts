import type { ClusterImportPolicy, PediaClusterLifecycle } from '../../src/api/index.ts';
import { CLUSTER_IMPORT_POLICY } from '../../src/api/index.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import { isNotFound } from '../../src/kube/index.ts';
import { decideTeardown, deleteLifecycle } from '../../src/reconcile/index.ts';
import type { ControllerState } from '../state.ts';
import type { Writer } from '../writer.ts';
import type { Observer } from './observe.ts';

export interface TeardownOptions {
  readonly client: KubeClient;
  readonly state: ControllerState;
  readonly observer: Observer;
  readonly writer: Writer;
}

/** Takes lifecycles apart that are being deleted, or have nobody left. */
export class Teardown {
  readonly #options: TeardownOptions;
  readonly #state: ControllerState;

  constructor(options: TeardownOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  async tearDown(
    lifecycle: PediaClusterLifecycle,
    policy: ClusterImportPolicy | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { name, uid } = lifecycle.metadata;
    // What the policy says now counts, though the lifecycle may not have been told yet.
    const deletionPolicy = (policy ?? lifecycle).spec.deletionPolicy ?? 'Delete';
    const pediaCluster =
      this.#state.caches.pediaCluster.get(name) ??
      (await this.#options.observer.lookForPediaCluster(name, signal));
    await this.#options.writer.apply(decideTeardown(lifecycle, pediaCluster, deletionPolicy), signal);
    if (policy !== undefined)
      this.#state.record(policy.metadata.name).breaker.done(uid ?? '', this.#state.clock.monotonic());
  }

  /** Its policy is gone without having cleaned up; nothing waits for garbage collection. */
  async deleteOrphan(lifecycle: PediaClusterLifecycle, policy: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.client.get(CLUSTER_IMPORT_POLICY, policy, undefined, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.#options.writer.apply([deleteLifecycle(lifecycle)], signal);
    }
  }
}
