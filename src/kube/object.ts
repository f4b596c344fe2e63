import type { StoredMeta, StoredObject } from '../api/index.ts';

export type { StoredObject };

/**
 * Kubernetes objects as they are sent: plain JSON, with unknown fields kept.
 *
 * A reflector freezes the objects it returns, deeply. Everything here is `readonly`, so that the compiler checks it
 * too.
 */

/** An object to be sent. What the server fills in may be missing. Every {@link StoredObject} is one. */
export interface KubeManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: Partial<StoredMeta>;
  readonly [field: string]: unknown;
}

/** A page of objects. */
export interface KubeList<T = StoredObject> {
  readonly metadata: {
    readonly resourceVersion: string;
    /** Token of the next page; absent or empty on the last one. */
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly T[];
}

/** A served resource: what is needed to build its URLs. */
export interface ResourceType {
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, lower case, as in URLs: `pediaclusters`. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Kinds of Kubernetes itself. */
export const CUSTOM_RESOURCE_DEFINITION: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
export const SECRET: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'secrets',
  kind: 'Secret',
  namespaced: true,
};

/** `v1` or `apps/v1`. */
export function apiVersionOf(type: Pick<ResourceType, 'group' | 'version'>): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/**
 * The URL path of a resource, of one object in it, or of a subresource. Each part is percent-encoded.
 *
 * @param namespace Needed for one namespaced object; without it the path means all namespaces.
 */
export function resourcePath(
  type: Omit<ResourceType, 'kind'>,
  options: {
    readonly namespace?: string | undefined;
    readonly name?: string | undefined;
    readonly subresource?: string | undefined;
  } = {},
): string {
  const root =
    type.group === ''
      ? `/api/${encodeURIComponent(type.version)}`
      : `/apis/${encodeURIComponent(type.group)}/${encodeURIComponent(type.version)}`;
  const namespace =
    type.namespaced && options.namespace ? `/namespaces/${encodeURIComponent(options.namespace)}` : '';
  const name = options.name === undefined ? '' : `/${encodeURIComponent(options.name)}`;
  const subresource = options.subresource === undefined ? '' : `/${options.subresource}`;
  return `${root}${namespace}/${encodeURIComponent(type.resource)}${name}${subresource}`;
}

/** `namespace/name`, or `name` for a cluster-scoped object: the key of a reflector's store. */
export function objectKey(metadata: {
  readonly namespace?: string | undefined;
  readonly name: string;
}): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
}

/** Freezes a JSON value and everything in it. Returns its argument. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const child of Object.values(value)) deepFreeze(child);
  return value;
}

/** `managedFields` records who wrote which field. It is often larger than the rest of the object. */
export function withoutManagedFields(object: StoredObject): StoredObject {
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}
