import { groupResource } from '../../src/api/index.ts';
import type { KubeClient, ResourceType } from '../../src/kube/index.ts';
import { CUSTOM_RESOURCE_DEFINITION, Reflector } from '../../src/kube/index.ts';

/** Whether a CRD defines a kind, and whether that CRD is being deleted. */
export type CrdState = 'absent' | 'present' | 'terminating';

type ResourceName = Pick<ResourceType, 'group' | 'resource'>;

/** What has happened to a CRD. */
export interface CrdNews {
  readonly group: string;
  /** Plural name. */
  readonly resource: string;
  readonly isGoing: boolean;
  /**
   * Whether its schema or what it serves may have changed. `false` if only its status has changed, or if it existed at
   * start-up.
   */
  readonly isChanged: boolean;
}

/** What is kept of a CRD. The API server increments the generation with each change of the spec. */
interface SeenCrd {
  readonly isTerminating: boolean;
  readonly generation: number | undefined;
}

/** Watches for CustomResourceDefinitions that appear, change and go. Only their metadata is transferred. */
export class CrdWatch {
  readonly #client: KubeClient;
  readonly #reflector: Reflector<SeenCrd>;

  constructor(client: KubeClient, onChange: (news: CrdNews) => void, onError: (error: Error) => void) {
    this.#client = client;
    this.#reflector = new Reflector<SeenCrd>({
      client,
      resource: CUSTOM_RESOURCE_DEFINITION,
      metadataOnly: true,
      project: ({ metadata: { deletionTimestamp, generation } }) => ({
        isTerminating: deletionTimestamp !== undefined,
        generation,
      }),
      onEvent: (event) => {
        const { key, type, object } = event;
        // A CRD's name is always <plural>.<group>.
        const dot = key.indexOf('.');
        onChange({
          group: key.slice(dot + 1),
          resource: key.slice(0, dot),
          isGoing: type === 'deleted' || object.isTerminating,
          isChanged:
            type === 'modified'
              ? object.generation !== event.previous.generation
              : type === 'added' && this.#reflector.synced,
        });
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

  /** Whether a CRD is going or gone, as the API server says. Rejects as {@link KubeClient} does. */
  async isGoing({ group, resource }: ResourceName, signal: AbortSignal): Promise<boolean> {
    return (await this.read(group, resource, signal)) !== 'present';
  }

  /** Asks the API server, not the cache. Rejects as {@link KubeClient} does. */
  async read(group: string, resource: string, signal: AbortSignal): Promise<CrdState> {
    const { items } = await this.#client.list(CUSTOM_RESOURCE_DEFINITION, {
      fieldSelector: `metadata.name=${groupResource({ group, resource })}`,
      metadataOnly: true,
      signal,
    });
    const [crd] = items;
    if (crd === undefined) return 'absent';
    return crd.metadata.deletionTimestamp === undefined ? 'present' : 'terminating';
  }
}
