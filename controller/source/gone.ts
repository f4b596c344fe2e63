import type { KubeClient, StoredObject } from '../../src/kube/index.ts';
import { isNotFound } from '../../src/kube/index.ts';
import { selectorsOf } from '../../src/policy/acting.ts';
import type { SourceKey } from '../../src/reconcile/index.ts';
import type { ActivePolicy } from '../policy/active-policy.ts';
import type { CrdWatch } from '../watches/crds.ts';

/**
 * How long to wait before asking again, if a source that the cache does not have is not gone for good. The kind may have
 * been unserved for a moment only: then no watch event tells.
 */
export const ASK_AGAIN_MS = 60_000;

export interface GoneCheckOptions {
  readonly client: KubeClient;
  readonly crds: CrdWatch;
}

/**
 * Asks the API server whether a source is gone, or outside the policy's scope, for good. A cache is not proof enough
 * for a deletion. Objects that went with their kind do not count as gone: the kind may come back.
 */
export async function isGone(
  options: GoneCheckOptions,
  active: ActivePolicy,
  key: SourceKey,
  signal: AbortSignal,
): Promise<boolean> {
  return (await lookForSource(options, active, key, signal)) === 'gone';
}

/** The source as the API server has it now, where the policy looks at it; `unknown` where its kind is not served. */
export async function lookForSource(
  { client, crds }: GoneCheckOptions,
  active: ActivePolicy,
  key: SourceKey,
  signal: AbortSignal,
): Promise<StoredObject | 'gone' | 'unknown'> {
  if (!active.looksAt(key)) return 'gone';
  const { group, resource, namespace, name } = key;
  const { source } = active.negotiated.object.spec;
  const { namespaces = [] } = source;
  const { fieldSelector, ...selectors } = selectorsOf(source);
  if (namespaces.length > 0 && namespace !== undefined && !namespaces.includes(namespace)) return 'gone';
  if ((await crds.read(group, resource, signal)) === 'terminating') return 'unknown';
  const byName = `metadata.name=${name}`;
  try {
    const { items } = await client.list(
      {
        group,
        version: active.negotiated.sourceVersion,
        resource,
        kind: '',
        namespaced: namespace !== undefined,
      },
      {
        namespace,
        ...selectors,
        fieldSelector:
          fieldSelector === undefined || fieldSelector === '' ? byName : `${byName},${fieldSelector}`,
        signal,
      },
    );
    return items[0] ?? 'gone';
  } catch (error) {
    if (isNotFound(error)) return 'unknown';
    throw error;
  }
}
