import type { KubeObject, Schema } from '../../api/index.ts';
import type { PreparedDraft } from '../draft.ts';

/** What is known of a resource that a policy names. */
export interface ResourceFacts {
  readonly group: string;
  readonly resource: string;
  /** Whether the API server serves it in an allowed version; `undefined` where it could not be asked. */
  readonly known: boolean | undefined;
  /** The version that the policy would use, of those it allows. */
  readonly version?: string;
  /** All versions that serve the resource. */
  readonly served: readonly string[];
  readonly kind?: string;
  readonly namespaced?: boolean;
  /** OpenAPI v3 schema of that version. */
  readonly schema?: Schema;
  /** Plural names in the group, to tell what was probably meant. */
  readonly resourcesInGroup?: readonly string[];
}

/** A live source with the references that were found for it. */
export interface LiveSource {
  readonly source: KubeObject;
  readonly references: { readonly [key: string]: KubeObject };
}

/** A lifecycle that exists already. */
export interface ExistingLifecycle {
  readonly name: string;
  /** UID and name of the policy that controls it. */
  readonly policyUid?: string;
  readonly policyName?: string;
  readonly source: {
    readonly group: string;
    readonly resource: string;
    readonly namespace?: string;
    readonly name: string;
  };
}

/** What the requester may do. `undefined` where it could not be found out. */
export interface RequesterRights {
  readonly mode: 'Enforce' | 'Warn' | 'Off';
  readonly user: string;
  readonly listSource: boolean | undefined;
  readonly getReferences: ReadonlyMap<string, boolean | undefined>;
  /** Why something could not be found out; absent where everything was. */
  readonly unknown?: string;
}

/** Everything that the checks decide on; gathered before they run, so that they are pure. */
export interface AdmissionFacts {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** The object as it would be stored; of a DELETE, the object that goes. */
  readonly object: unknown;
  readonly oldObject?: unknown;
  /** The object read and compiled, where whoever gathers facts has done so already. */
  readonly draft?: PreparedDraft;
  readonly source?: ResourceFacts;
  /** By reference key. */
  readonly references?: ReadonlyMap<string, ResourceFacts>;
  readonly liveSources?:
    { readonly items: readonly LiveSource[]; readonly truncated: boolean } | { readonly skipped: string };
  readonly lifecycles?: readonly ExistingLifecycle[];
  readonly rights?: RequesterRights;
}
