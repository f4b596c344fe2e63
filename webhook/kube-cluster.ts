import { PEDIA_CLUSTER_LIFECYCLE } from '../src/api/index.ts';
import type { KubeObject } from '../src/api/index.ts';
import {
  CUSTOM_RESOURCE_DEFINITION,
  Discovery,
  isNotFound,
  redactError,
  Reflector,
} from '../src/kube/index.ts';
import type { KubeClient, StoredObject, ResourceType } from '../src/kube/index.ts';
import { builtinDefinition, factsOfKind } from '../src/policy/index.ts';
import type { ExistingLifecycle } from '../src/policy/index.ts';
import type { UserInfo } from './admission.ts';
import { BriefCache } from './brief-cache.ts';
import type { AccessAttributes, Cluster, ResourceRequest, ServedResource, SourceFilter } from './cluster.ts';
import { projectLifecycle } from './existing-lifecycle.ts';
import { whyUnanswered } from './unanswered.ts';

export interface KubeClusterOptions {
  readonly client: KubeClient;
  readonly rightsCacheMs: number;
  readonly objectsCacheMs: number;
  /** Gets each failure of a watch, also if the watch recovers from it. */
  readonly onError: (error: Error) => void;
}

type ResourceAnswer = Awaited<ReturnType<Cluster['resource']>>;

type Page = { readonly items: readonly KubeObject[]; readonly continue?: string };

const subjectAccessReview: ResourceType = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
};

/**
 * How long facts about a resource are kept. A watch notices a changed CRD at once. This limit is for resources that
 * cannot be watched (aggregated APIs), and for answers given while the API server was still applying a change.
 */
const RESOURCES_CACHE_MS = 15_000;
/** A question that several requesters share does not depend on one requester's deadline, but it must end. */
const SHARED_TIMEOUT_MS = 10_000;
/** Few pages and objects are cached, so that large objects do not add up. */
const MAX_CACHED_RESOURCES = 256;
const MAX_CACHED_PAGES = 16;
const MAX_CACHED_OBJECTS = 256;
const MAX_CACHED_RIGHTS = 4096;

/** The cluster as the API server describes it. Each answer is kept for a short time. */
export class KubeCluster implements Cluster {
  readonly #client: KubeClient;
  readonly #discovery: Discovery;
  readonly #resources: BriefCache<ResourceAnswer>;
  readonly #rights: BriefCache<boolean>;
  readonly #pages: BriefCache<Page>;
  readonly #objects: BriefCache<KubeObject | undefined>;
  readonly #lifecycles: Reflector<ExistingLifecycle>;
  readonly #definitions: Reflector<true>;

  constructor({ client, rightsCacheMs, objectsCacheMs, onError }: KubeClusterOptions) {
    this.#client = client;
    this.#discovery = new Discovery(client);
    this.#resources = new BriefCache(RESOURCES_CACHE_MS, MAX_CACHED_RESOURCES);
    this.#rights = new BriefCache(rightsCacheMs, MAX_CACHED_RIGHTS);
    this.#pages = new BriefCache(objectsCacheMs, MAX_CACHED_PAGES);
    this.#objects = new BriefCache(objectsCacheMs, MAX_CACHED_OBJECTS);
    this.#lifecycles = new Reflector({
      client,
      resource: PEDIA_CLUSTER_LIFECYCLE,
      project: projectLifecycle,
      onError,
    });
    this.#definitions = new Reflector<true>({
      client,
      resource: CUSTOM_RESOURCE_DEFINITION,
      metadataOnly: true,
      project: () => true,
      onEvent: () => this.#resources.forget(),
      onError,
    });
  }

  /** Watches lifecycles and CRDs until `stop`. */
  start(): void {
    this.#lifecycles.start();
    this.#definitions.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#lifecycles.stop(), this.#definitions.stop()]);
  }

  /** Why the watched objects are not known yet; `undefined` if they are. */
  unsynced(): string | undefined {
    const { synced, state } = this.#lifecycles;
    if (synced) return undefined;
    return 'error' in state ? `lifecycles: ${redactError(state.error)}` : 'lifecycles are still being read';
  }

  async resource(request: ResourceRequest, signal: AbortSignal): Promise<ResourceAnswer> {
    const key = JSON.stringify(request);
    const answer = await this.#resources.get(key, () => this.#askResource(request), signal);
    if (answer.gap !== undefined) this.#resources.forget(key);
    return answer;
  }

  async #askResource(request: ResourceRequest): Promise<ResourceAnswer> {
    const { group, resource } = request;
    const signal = AbortSignal.timeout(SHARED_TIMEOUT_MS);
    // Custom resources can change; the resources of Kubernetes itself do not.
    if (group.includes('.')) this.#discovery.invalidate(group);
    const answer = await this.#discovery.resolve(request, signal);
    if (answer.kind === 'missing') {
      const { served, resourcesInGroup } = answer;
      return { facts: { group, resource, known: false, served, resourcesInGroup } };
    }
    const facts = factsOfKind(answer);
    try {
      const definition =
        builtinDefinition(answer.type) ?? (await this.#discovery.definitionOf(answer.type, signal));
      return { facts: { ...facts, ...definition } };
    } catch (error) {
      return { facts, gap: `fields were not checked: ${whyUnanswered(error)}` };
    }
  }

  list(
    resource: ServedResource,
    filter: SourceFilter,
    page: { readonly limit: number; readonly continue?: string | undefined },
    signal: AbortSignal,
  ): Promise<Page> {
    const { group, version, resource: name } = resource;
    const load = async (): Promise<Page> => {
      const { items, metadata } = await this.#client.list<StoredObject>(resource, {
        ...filter,
        ...page,
        timeoutMs: SHARED_TIMEOUT_MS,
      });
      return { items, ...(metadata.continue ? { continue: metadata.continue } : {}) };
    };
    return this.#pages.get(JSON.stringify([group, version, name, filter, page]), load, signal);
  }

  get(
    resource: ServedResource,
    location: { readonly namespace?: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<KubeObject | undefined> {
    const { group, version, resource: plural } = resource;
    const load = async (): Promise<KubeObject | undefined> => {
      try {
        return await this.#client.get<StoredObject>(resource, location.name, location.namespace, {
          timeoutMs: SHARED_TIMEOUT_MS,
        });
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    };
    return this.#objects.get(
      JSON.stringify([group, version, plural, location.namespace, location.name]),
      load,
      signal,
    );
  }

  mayAccess(user: UserInfo, attributes: AccessAttributes, signal: AbortSignal): Promise<boolean> {
    const spec = {
      user: user.username,
      uid: user.uid,
      groups: user.groups,
      extra: user.extra,
      resourceAttributes: attributes,
    };
    const load = async (): Promise<boolean> => {
      const review = await this.#client.create<SubjectAccessReview>(
        subjectAccessReview,
        { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {}, spec },
        { timeoutMs: SHARED_TIMEOUT_MS },
      );
      return review.status?.allowed === true;
    };
    return this.#rights.get(JSON.stringify(spec), load, signal);
  }

  lifecycles(): readonly ExistingLifecycle[] | undefined {
    return this.#lifecycles.synced ? [...this.#lifecycles.store.values()] : undefined;
  }
}

type SubjectAccessReview = StoredObject & { readonly status?: { readonly allowed?: boolean } };
