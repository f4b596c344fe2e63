import type { PolicyReference, PolicySource, StoredPolicy } from '../../src/api/index.ts';
import { groupResource } from '../../src/api/index.ts';
import type { Discovery, FoundResource, MissingResource } from '../../src/kube/index.ts';
import type { Problem, Reason } from '../../src/reconcile/index.ts';
import { waiting } from '../../src/reconcile/index.ts';
import type { ControllerState } from '../state.ts';
import type { CrdWatch } from '../watches/crds.ts';
import type { NegotiatedKinds } from './schemas.ts';

interface NegotiationOptions {
  readonly state: ControllerState;
  readonly discovery: Discovery;
  readonly crds: CrdWatch;
}

/**
 * A kind without a CRD (an aggregated API) does not announce that it is back. The controller asks for it at this
 * interval.
 */
const MISSING_KIND_RETRY_MS = 60_000;

/**
 * Chooses the version in which each kind of a policy is read. If a kind is not served, the policy is queued to ask again.
 */
export async function negotiate(
  { state, discovery, crds }: NegotiationOptions,
  policy: StoredPolicy,
  signal: AbortSignal,
): Promise<NegotiatedKinds | { readonly problem: Problem }> {
  const missingKind = async (
    reason: Reason,
    wanted: PolicyReference | PolicySource,
    missing: MissingResource,
  ): Promise<{ readonly problem: Problem }> => {
    const { group, resource } = wanted;
    // The API server serves a new kind some time after its CRD has appeared.
    const crd = await crds.read(group, resource, signal).catch(() => 'absent' as const);
    discovery.invalidate(group);
    const { name } = policy.metadata;
    if (crd === 'present' && missing.reason !== 'VersionNotServed')
      state.queues.policies.addRateLimited(name);
    else state.queues.policies.addAfter(name, MISSING_KIND_RETRY_MS);
    return { problem: waiting(reason, missingMessage(wanted, missing)) };
  };
  const { source, references = [] } = policy.spec;
  const found = await discovery.resolve(source, signal);
  if (found.kind === 'missing') return missingKind('SourceKindNotFound', source, found);
  const referenceKinds = new Map<string, FoundResource>();
  for (const reference of references) {
    const resolution = await discovery.resolve(reference, signal);
    if (resolution.kind === 'missing') {
      return missingKind('ReferenceKindNotFound', reference, resolution);
    }
    referenceKinds.set(reference.key, resolution);
  }
  return {
    object: policy,
    sourceVersion: found.type.version,
    referenceVersions: new Map([...referenceKinds].map(([key, { type }]) => [key, type.version])),
    sourceKind: found,
    referenceKinds,
  };
}

function missingMessage(
  { group, resource, versions = [] }: PolicyReference | PolicySource,
  { reason, served }: MissingResource,
): string {
  const name = groupResource({ group, resource });
  if (reason === 'VersionNotServed') {
    return `the API server serves ${name} in ${served.join(', ')}, none of which is allowed (${versions.join(', ')})`;
  }
  return `the API server does not serve ${name}`;
}
