import type { ExistingLifecycle, ResourceFacts, SourceSelectors } from '../src/policy/index.ts';
import type { KubeObject } from '../src/api/index.ts';
import type { UserInfo } from './admission.ts';

/** A resource as a policy names it. */
export interface ResourceRequest {
  readonly group: string;
  /** Plural name. */
  readonly resource: string;
  /** In order of preference; empty means the server's choice. */
  readonly versions: readonly string[];
}

/** A resource that the API server serves. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export interface SourceFilter extends SourceSelectors {
  readonly namespace: string | undefined;
}

/** An action for which access is checked: `ResourceAttributes` of a SubjectAccessReview. */
export interface AccessAttributes {
  readonly verb: 'get' | 'list';
  readonly group: string;
  readonly resource: string;
  /** Absent: in all namespaces. */
  readonly namespace?: string;
}

/**
 * The questions that the webhook asks the cluster. Every method rejects if there is no answer: the API server is away
 * or refuses, or the signal was aborted first. The caller decides what that means.
 */
export interface Cluster {
  /** `gap` says which facts are missing, and why. */
  resource(request: ResourceRequest, signal: AbortSignal): Promise<{ facts: ResourceFacts; gap?: string }>;
  /** One page of objects, with the token of the next one. */
  list(
    resource: ServedResource,
    filter: SourceFilter,
    page: { readonly limit: number; readonly continue?: string | undefined },
    signal: AbortSignal,
  ): Promise<{ readonly items: readonly KubeObject[]; readonly continue?: string }>;
  /** `undefined` if the object does not exist. */
  get(
    resource: ServedResource,
    location: { readonly namespace?: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<KubeObject | undefined>;
  /** Whether the user may do this. */
  mayAccess(user: UserInfo, attributes: AccessAttributes, signal: AbortSignal): Promise<boolean>;
  /** `undefined` until they have been read once. */
  lifecycles(): readonly ExistingLifecycle[] | undefined;
}
