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

/** What has become of a definition. */
export interface CrdNews {
  readonly group: string;
  /** Plural name. */
  readonly resource: string;
  readonly isGoing: boolean;
  /** Whether its schema or what it serves may be another: not where its status alone has changed, or it was there at the start. */
  readonly isChanged: boolean;
}

/** What is kept of a definition. The API server counts a generation for each change of the spec. */
interface SeenCrd {
  readonly isTerminating: boolean;
  readonly generation: number | undefined;
}

/** Hears of CustomResourceDefinitions that appear, change and go. Only their metadata travels. */
export class CrdWatch {
  readonly #client: KubeClient;
  readonly #reflector: Reflector<SeenCrd>;

  constructor(client: KubeClient, onChange: (news: CrdNews) => void, onError: (error: Error) => void) {
    this.#client = client;
    this.#reflector = new Reflector<SeenCrd>({
      client,
      resource: CRD,
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
