import type { KubeClient, ResourceType } from '../../src/kube/index.ts';
import { Reflector } from '../../src/kube/index.ts';

const CRD: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

/** Whether a kind is defined by a CRD, and whether that is on its way out. */
export type CrdState = 'absent' | 'present' | 'terminating';

type ResourceName = Pick<ResourceType, 'group' | 'resource'>;

/** Hears of CustomResourceDefinitions that appear, change and go. Only their metadata travels. */
export class CrdWatch {
  readonly #client: KubeClient;
  readonly #reflector: Reflector<boolean>;

  /** @param onChange is called with the group and the plural name of the resource, and whether it is going or gone */
  constructor(
    client: KubeClient,
    onChange: (group: string, resource: string, isGoing: boolean) => void,
    onError: (error: Error) => void,
  ) {
    this.#client = client;
    this.#reflector = new Reflector<boolean>({
      client,
      resource: CRD,
      metadataOnly: true,
      project: ({ metadata }) => metadata.deletionTimestamp !== undefined,
      onEvent: ({ key, type, object: isTerminating }) => {
        // A CRD's name is always <plural>.<group>.
        const dot = key.indexOf('.');
        onChange(key.slice(dot + 1), key.slice(0, dot), type === 'deleted' || isTerminating);
      },
      onError,
    });
  }

  start(signal: AbortSignal): void {
    this.#reflector.start(signal);
  }

  stop(): Promise<void> {
    return this.#reflector.stop();
  }

  /** Whether a definition is going or gone, by the API server. Rejects as {@link KubeClient} does. */
  async isGoing({ group, resource }: ResourceName, signal: AbortSignal): Promise<boolean> {
    return (await this.read(group, resource, signal)) !== 'present';
  }

  /** Asks the API server, not the cache. Rejects as {@link KubeClient} does. */
  async read(group: string, resource: string, signal: AbortSignal): Promise<CrdState> {
    const { items } = await this.#client.list(CRD, {
      fieldSelector: `metadata.name=${resource}.${group}`,
      metadataOnly: true,
      signal,
    });
    const [crd] = items;
    if (crd === undefined) return 'absent';
    return crd.metadata.deletionTimestamp === undefined ? 'present' : 'terminating';
  }
}
