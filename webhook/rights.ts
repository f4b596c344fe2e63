import type { ClusterImportPolicySpec, PolicyReference } from '../src/api/index.ts';
import type { RequesterRights } from '../src/policy/index.ts';
import type { UserInfo } from './admission.ts';
import type { AccessAttributes, Cluster } from './cluster.ts';
import { reasonOf } from './reason.ts';

/** More namespaces than these are not asked about one by one: the answer for all namespaces decides. */
const MAX_NAMESPACES = 20;

/**
 * Whether the requester may read what the policy makes the controller read: `list` the source, `get` each reference, in
 * all namespaces or in those that the policy limits itself to. Never rejects: what could not be found out is `undefined`.
 */
export async function requesterRights(
  cluster: Cluster,
  user: UserInfo,
  spec: ClusterImportPolicySpec,
  mode: RequesterRights['mode'],
  signal: AbortSignal,
): Promise<RequesterRights> {
  const may = (
    verb: 'get' | 'list',
    resource: { group: string; resource: string },
    namespaces: readonly string[],
  ) =>
    mayEverywhere(
      cluster,
      user,
      { verb, group: resource.group, resource: resource.resource },
      namespaces,
      signal,
    );
  const references = spec.references ?? [];
  const [listSource, ...getReferences] = await Promise.all([
    may('list', spec.source, spec.source.namespaces ?? []),
    ...references.map((reference: PolicyReference) =>
      may('get', reference, reference.allowedNamespaces ?? []),
    ),
  ]);
  return {
    mode,
    user: user.username ?? '',
    listSource,
    getReferences: new Map(references.map(({ key }, index) => [key, getReferences[index]])),
  };
}

/** In all namespaces at once, or else in each of those given. */
async function mayEverywhere(
  cluster: Cluster,
  user: UserInfo,
  attributes: AccessAttributes,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<boolean | undefined> {
  try {
    if (await cluster.mayAccess(user, attributes, signal)) return true;
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
