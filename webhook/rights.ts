import type { ClusterImportPolicySpec, PolicyReference } from '../src/api/index.ts';
import type { RequesterRights, ResourceFacts } from '../src/policy/index.ts';
import type { UserInfo } from './admission.ts';
import type { AccessAttributes, Cluster } from './cluster.ts';
import { reasonOf } from './reason.ts';

/** More namespaces than these are not asked about one by one: the answer for all namespaces decides. */
const MAX_NAMESPACES = 20;

/** What is known of the resources that a policy names. */
export interface ResourceScopes {
  readonly source: Pick<ResourceFacts, 'namespaced'>;
  /** By reference key. */
  readonly references: ReadonlyMap<string, Pick<ResourceFacts, 'namespaced'>>;
}

/**
 * Whether the requester may read what the policy makes the controller read: `list` the source, `get` each reference, in
 * all namespaces or in those that the policy limits itself to. Never rejects: what could not be found out is `undefined`.
 */
export async function requesterRights(
  cluster: Cluster,
  user: UserInfo,
  spec: ClusterImportPolicySpec,
  mode: RequesterRights['mode'],
  resources: Promise<ResourceScopes>,
  signal: AbortSignal,
): Promise<RequesterRights> {
  const may = (
    verb: 'get' | 'list',
    { group, resource }: { group: string; resource: string },
    namespaces: readonly string[],
    scopeOf: (known: ResourceScopes) => ResourceScopes['source'] | undefined,
  ) => {
    // A limit to namespaces limits nothing of what is in none.
    const inNamespaces = async () => (scopeOf(await resources)?.namespaced === false ? [] : namespaces);
    return mayEverywhere(cluster, user, { verb, group, resource }, inNamespaces, signal);
  };
  const references = spec.references ?? [];
  const [listSource, ...getReferences] = await Promise.all([
    may('list', spec.source, spec.source.namespaces ?? [], ({ source }) => source),
    ...references.map((reference: PolicyReference) =>
      may('get', reference, reference.allowedNamespaces ?? [], (known) =>
        known.references.get(reference.key),
      ),
    ),
  ]);
  return {
    mode,
    user: user.username ?? '',
    listSource,
    getReferences: new Map(references.map(({ key }, index) => [key, getReferences[index]])),
  };
}

/** In all namespaces at once, or else in each of some. */
async function mayEverywhere(
  cluster: Cluster,
  user: UserInfo,
  attributes: AccessAttributes,
  inNamespaces: () => Promise<readonly string[]>,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  try {
    if (await cluster.mayAccess(user, attributes, signal)) return true;
    const namespaces = await inNamespaces();
    if (namespaces.length === 0 || namespaces.length > MAX_NAMESPACES) return false;
    const answers = await Promise.all(
      namespaces.map((namespace) => cluster.mayAccess(user, { ...attributes, namespace }, signal)),
    );
    return answers.every(Boolean);
  } catch (error) {
    reasonOf(error);
    return undefined;
  }
}
