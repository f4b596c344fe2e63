import type { KubeObject, Schema } from '../../api/index.ts';
import type { PreparedDraft } from '../draft.ts';

/** The facts about a resource that a policy names. */
export interface ResourceFacts {
  readonly group: string;
  readonly resource: string;
  /** Whether the API server serves it in an allowed version; `undefined` if the API server could not be asked. */
  readonly known: boolean | undefined;
  /** The allowed version that the policy would use. */
  readonly version?: string;
  /** All versions that serve the resource. */
  readonly served: readonly string[];
  readonly kind?: string;
  readonly namespaced?: boolean;
  /** OpenAPI v3 schema of that version. */
  readonly schema?: Schema;
  /** Fields that a field selector may name; absent for kinds without a CRD. */
  readonly selectableFields?: readonly string[];
  /** Plural names in the group, for suggesting the name that was meant. */
  readonly resourcesInGroup?: readonly string[];
}

/** A kind that the API server serves. */
export interface ServedKind {
  readonly type: {
    readonly group: string;
    readonly version: string;
    readonly resource: string;
    readonly kind: string;
    readonly namespaced: boolean;
  };
  readonly served: readonly string[];
}

/** What discovery says of a kind. Its definition comes from elsewhere. */
export function factsOfKind({ type, served }: ServedKind): ResourceFacts {
  const { group, resource, version, kind, namespaced } = type;
  return { group, resource, known: true, version, served, kind, namespaced };
}

/** A live source, with the references that were found for it. */
export interface LiveSource {
  readonly source: KubeObject;
  readonly references: { readonly [key: string]: KubeObject };
}

/** An existing lifecycle. */
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

/** What the requester may do. `undefined` if it could not be found out. */
export interface RequesterRights {
  readonly mode: 'Enforce' | 'Warn' | 'Off';
  readonly user: string;
  readonly listSource: boolean | undefined;
  readonly getReferences: ReadonlyMap<string, boolean | undefined>;
  /** Why something could not be found out; absent if everything was. */
  readonly unknown?: string;
}

/** Everything on which the checks decide. It is gathered before they run, so the checks are pure. */
export interface AdmissionFacts {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** The object as it would be stored; for a DELETE, the object to be deleted. */
  readonly object: unknown;
  readonly oldObject?: unknown;
  /** The object, already read and compiled, if the code that gathers the facts has done so. */
  readonly draft?: PreparedDraft;
  readonly source?: ResourceFacts;
  /** By reference key. */
  readonly references?: ReadonlyMap<string, ResourceFacts>;
  readonly liveSources?:
    { readonly items: readonly LiveSource[]; readonly truncated: boolean } | { readonly skipped: string };
  readonly lifecycles?: readonly ExistingLifecycle[];
  readonly rights?: RequesterRights;
}
