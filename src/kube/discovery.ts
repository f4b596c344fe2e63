import type { ResourceType } from './object.ts';
import type { KubeClient } from './transport.ts';
import type { Clock } from './clock.ts';

/** What {@link Discovery.resolve} is asked. */
export interface ResourceQuery {
  readonly group: string;
  /** Plural name. */
  readonly resource: string;
  /** Allowed versions, in order of preference; empty or absent: the server's preferred version. */
  readonly versions?: readonly string[] | undefined;
}

export type Resolution =
  | {
      readonly kind: 'found';
      readonly type: ResourceType;
      /** Versions that serve the resource, the server's preferred first. */ readonly served: readonly string[];
    }
  | {
      readonly kind: 'missing';
      readonly reason: 'GroupNotFound' | 'ResourceNotFound' | 'VersionNotServed';
      /** Versions that do serve the resource. */
      readonly served: readonly string[];
      /** Plural names in the group, for a *did you mean*. */
      readonly resourcesInGroup: readonly string[];
    };

/** A structural schema (OpenAPI v3, references inlined). */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** What the server serves, cached until {@link Discovery.invalidate}. */
export declare class Discovery {
  constructor(
    client: KubeClient,
    options?: {
      readonly clock?: Clock;
      /** Milliseconds an answer stays good. @default 600_000 */ readonly maxAgeMs?: number;
    },
  );
  /** Rejects with KubeError/TransportError where the server cannot say, e.g. an aggregated API is down: never `missing` then. */
  resolve(query: ResourceQuery, signal?: AbortSignal): Promise<Resolution>;
  /** Forgets all answers, or those about one group. */
  invalidate(group?: string): void;
  /** The schema of a kind, from its CRD or from the server's OpenAPI; `undefined` where the server has none. */
  schemaFor(type: ResourceType, signal?: AbortSignal): Promise<JsonSchema | undefined>;
  /** All groups with their versions. */
  groups(
    signal?: AbortSignal,
  ): Promise<
    ReadonlyMap<string, { readonly preferredVersion: string; readonly versions: readonly string[] }>
  >;
}
