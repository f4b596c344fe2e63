import { groupResource, isRecord, negotiate } from '../api/index.ts';
import { abortable } from './abort.ts';
import type { KubeClient } from './client.ts';
import { KubeError, isForbidden, isNotFound } from './errors.ts';
import type { ResourceType, StoredObject } from './object.ts';
import { CUSTOM_RESOURCE_DEFINITION } from './object.ts';
import { crdSchema, crdSelectableFields, openApiV2Schema, openApiV3Schema } from './openapi.ts';
import type { JsonSchema } from './openapi.ts';

export type { JsonSchema };

/** The question that {@link Discovery.resolve} answers. */
export interface ResourceQuery {
  /** `''` for the core group. */
  readonly group: string;
  /** Plural name. */
  readonly resource: string;
  /** Allowed versions, in order of preference; empty or absent: the server's preferred version. */
  readonly versions?: readonly string[] | undefined;
}

export interface FoundResource {
  readonly kind: 'found';
  readonly type: ResourceType;
  /** Versions that serve the resource, in the server's order of preference. */
  readonly served: readonly string[];
}

export interface MissingResource {
  readonly kind: 'missing';
  readonly reason: 'GroupNotFound' | 'ResourceNotFound' | 'VersionNotServed';
  /** Versions that do serve the resource. */
  readonly served: readonly string[];
  /** Plural names in the group, for suggesting the name that was meant. */
  readonly resourcesInGroup: readonly string[];
}

export type Resolution = FoundResource | MissingResource;

/** What the server tells of the objects of a kind. */
export interface KindDefinition {
  /** References inlined; absent where the server publishes none. The same object as long as it does not change. */
  readonly schema?: JsonSchema;
  /** Fields that a field selector may name; absent where no CRD that may be read tells. */
  readonly selectableFields?: readonly string[];
}

/** A CRD, with what was made from it for each of its versions. */
interface KnownCrd {
  readonly crd: StoredObject;
  readonly definitions: Map<string, KindDefinition>;
}

export interface GroupVersions {
  readonly preferredVersion: string;
  /** In the server's order of preference. */
  readonly versions: readonly string[];
}

export interface DiscoveryOptions {
  /** How long an answer is kept, in milliseconds. @default 600_000 */
  readonly maxAgeMs?: number;
}

interface Cached<T> {
  readonly value: Promise<T>;
  readonly readAt: number;
}

type ResourcesByName = ReadonlyMap<string, ResourceType>;

/**
 * Servers before 1.24 have only the OpenAPI v2 document of several MB. They take seconds to produce it, and parsing it
 * takes time too.
 */
const OPENAPI_TIMEOUT_MS = 60_000;

/**
 * What the server serves. Each group is read separately, so that an aggregated API that is down affects only its own
 * users. Answers are kept until they age or until {@link Discovery.invalidate}; failures are not kept.
 */
export class Discovery {
  readonly #client: KubeClient;
  readonly #maxAgeMs: number;
  readonly #groups = new Map<string, Cached<GroupVersions | undefined>>();
  readonly #resources = new Map<string, Cached<ResourcesByName>>();
  readonly #crds = new Map<string, KnownCrd>();
  readonly #openApiSchemas = new Map<string, Cached<JsonSchema | undefined>>();

  constructor(client: KubeClient, options: DiscoveryOptions = {}) {
    this.#client = client;
    this.#maxAgeMs = options.maxAgeMs ?? 600_000;
  }

  /**
   * Which version of a resource to use, and its kind.
   *
   * @throws KubeError or TransportError if the server cannot tell, for example because an aggregated API is down; such
   *   a failure is never reported as `missing`
   */
  async resolve(query: ResourceQuery, signal?: AbortSignal): Promise<Resolution> {
    const group = await abortable(this.#group(query.group), signal);
    if (group === undefined)
      return { kind: 'missing', reason: 'GroupNotFound', served: [], resourcesInGroup: [] };
    const answers = await abortable(
      Promise.allSettled(group.versions.map((version) => this.#resourcesOf(query.group, version))),
      signal,
    );
    const byVersion = new Map(group.versions.map((version, index) => [version, answers[index]]));
    const served = group.versions.filter((version) => valueOf(byVersion.get(version))?.has(query.resource));
    const type = negotiate(query.versions, preferredFirst(group), (version) => {
      const answer = byVersion.get(version);
      // A later version must not be chosen only because the preferred one could not be read.
      if (answer?.status === 'rejected') throw answer.reason;
      return valueOf(answer)?.get(query.resource);
    });
    if (type !== undefined) return { kind: 'found', type, served };
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (served.length === 0 && failed !== undefined) throw failed.reason;
    const names = answers.flatMap((answer) => [...(valueOf(answer)?.keys() ?? [])]);
    return {
      kind: 'missing',
      reason: served.length > 0 ? 'VersionNotServed' : 'ResourceNotFound',
      served,
      resourcesInGroup: [...new Set(names)].sort(),
    };
  }

  /**
   * What the server tells of a kind: from its CRD if it has one, otherwise from the server's OpenAPI.
   *
   * @throws KubeError, TransportError
   */
  async definitionOf(type: ResourceType, signal?: AbortSignal): Promise<KindDefinition> {
    // CRDs belong to groups with a dot; groups without one are reserved for the API server.
    if (type.group.includes('.')) {
      const known = await this.#crdOf(type, signal);
      if (known !== undefined) {
        const definition = known.definitions.get(type.version) ?? definitionIn(known.crd, type.version);
        known.definitions.set(type.version, definition);
        return definition;
      }
    }
    const key = `${type.group}/${type.version}/${type.kind}`;
    const schema = await abortable(
      this.#cached(this.#openApiSchemas, key, () => this.#readOpenApi(type)),
      signal,
    );
    return schema === undefined ? {} : { schema };
  }

  /**
   * Forgets all answers, or those about one group. CRDs stay: each use of one asks whether it is still the same. So the
   * schema stays the same object, and what callers have made of it is still good.
   */
  invalidate(group?: string): void {
    if (group === undefined) {
      this.#groups.clear();
      this.#resources.clear();
      this.#openApiSchemas.clear();
      return;
    }
    this.#groups.delete(group);
    for (const cache of [this.#resources, this.#openApiSchemas]) {
      for (const key of [...cache.keys()]) if (key.startsWith(`${group}/`)) cache.delete(key);
    }
  }

  #cached<T>(cache: Map<string, Cached<T>>, key: string, read: () => Promise<T>): Promise<T> {
    const now = this.#client.clock.monotonic();
    const known = cache.get(key);
    if (known !== undefined && now - known.readAt < this.#maxAgeMs) return known.value;
    const value = read();
    cache.set(key, { value, readAt: now });
    value.catch(() => {
      if (cache.get(key)?.value === value) cache.delete(key);
    });
    return value;
  }

  #group(group: string): Promise<GroupVersions | undefined> {
    return this.#cached(this.#groups, group, async () => {
      if (group === '') {
        const core = await this.#client.request<unknown>({ method: 'GET', path: '/api' });
        const versions =
          isRecord(core) && Array.isArray(core['versions']) ? core['versions'].map(String) : ['v1'];
        return { preferredVersion: versions[0] ?? 'v1', versions };
      }
      try {
        return readGroup(
          await this.#client.request<unknown>({ method: 'GET', path: `/apis/${encodeURIComponent(group)}` }),
        );
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    });
  }

  #resourcesOf(group: string, version: string): Promise<ResourcesByName> {
    return this.#cached(this.#resources, `${group}/${version}`, async () => {
      const root = group === '' ? '/api' : `/apis/${encodeURIComponent(group)}`;
      try {
        const list = await this.#client.request<unknown>({
          method: 'GET',
          path: `${root}/${encodeURIComponent(version)}`,
        });
        return readResources(list, group, version);
      } catch (error) {
        // The version was removed between the two requests.
        if (isNotFound(error)) return new Map<string, ResourceType>();
        throw error;
      }
    });
  }

  /** The CRD of a kind. While it does not change, only its metadata is transferred. */
  async #crdOf(type: ResourceType, signal: AbortSignal | undefined): Promise<KnownCrd | undefined> {
    const name = groupResource(type);
    try {
      const { metadata } = await this.#client.get(CUSTOM_RESOURCE_DEFINITION, name, undefined, {
        metadataOnly: true,
        signal,
      });
      const known = this.#crds.get(name);
      if (known !== undefined && isSameVersion(known.crd.metadata, metadata)) return known;
      const read = {
        crd: await this.#client.get(CUSTOM_RESOURCE_DEFINITION, name, undefined, { signal }),
        definitions: new Map<string, KindDefinition>(),
      };
      this.#crds.set(name, read);
      return read;
    } catch (error) {
      if (!isNotFound(error) && !isForbidden(error)) throw error;
      // Without the right to read CRDs, the schema that the server publishes for everyone is used.
      this.#crds.delete(name);
      return undefined;
    }
  }

  async #readOpenApi(type: ResourceType): Promise<JsonSchema | undefined> {
    try {
      return await this.#readOpenApiV3(type);
    } catch (error) {
      if (!(error instanceof KubeError) || (error.status !== 404 && error.status !== 406)) throw error;
    }
    try {
      const document = await this.#client.request<unknown>({
        method: 'GET',
        path: '/openapi/v2',
        timeoutMs: OPENAPI_TIMEOUT_MS,
      });
      return openApiV2Schema(document, type);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** One document for each group and version, since 1.24 (KEP-2896). */
  async #readOpenApiV3(type: ResourceType): Promise<JsonSchema | undefined> {
    const index = await this.#client.request<unknown>({ method: 'GET', path: '/openapi/v3' });
    const paths = isRecord(index) && isRecord(index['paths']) ? index['paths'] : {};
    const entry = paths[type.group === '' ? `api/${type.version}` : `apis/${type.group}/${type.version}`];
    const url = isRecord(entry) ? entry['serverRelativeURL'] : undefined;
    if (typeof url !== 'string') return undefined;
    const { pathname, searchParams } = new URL(url, 'http://server');
    const document = await this.#client.request<unknown>({
      method: 'GET',
      path: pathname,
      query: Object.fromEntries(searchParams),
      timeoutMs: OPENAPI_TIMEOUT_MS,
    });
    return openApiV3Schema(document, type);
  }
}

type Metadata = StoredObject['metadata'];

const isSameVersion = (one: Metadata, other: Metadata): boolean =>
  one.uid === other.uid && one.resourceVersion === other.resourceVersion;

function definitionIn(crd: StoredObject, version: string): KindDefinition {
  const schema = crdSchema(crd, version);
  const selectableFields = crdSelectableFields(crd, version);
  return { ...(schema && { schema }), ...(selectableFields && { selectableFields }) };
}

function valueOf<T>(answer: PromiseSettledResult<T> | undefined): T | undefined {
  return answer?.status === 'fulfilled' ? answer.value : undefined;
}

function preferredFirst(group: GroupVersions): readonly string[] {
  return [group.preferredVersion, ...group.versions.filter((version) => version !== group.preferredVersion)];
}

function recordsIn(value: unknown, field: string): Record<string, unknown>[] {
  const list: unknown = isRecord(value) ? value[field] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

/** `metav1.APIGroup`. */
function readGroup(group: unknown): GroupVersions {
  const versions = recordsIn(group, 'versions').flatMap(({ version }) =>
    typeof version === 'string' ? [version] : [],
  );
  const preferred =
    isRecord(group) && isRecord(group['preferredVersion']) ? group['preferredVersion']['version'] : undefined;
  return { preferredVersion: typeof preferred === 'string' ? preferred : (versions[0] ?? ''), versions };
}

/** `metav1.APIResourceList`, subresources left out. */
function readResources(list: unknown, group: string, version: string): ResourcesByName {
  const resources = new Map<string, ResourceType>();
  for (const { name, kind, namespaced } of recordsIn(list, 'resources')) {
    if (typeof name !== 'string' || typeof kind !== 'string' || name.includes('/')) continue;
    resources.set(name, { group, version, resource: name, kind, namespaced: namespaced === true });
  }
  return resources;
}
