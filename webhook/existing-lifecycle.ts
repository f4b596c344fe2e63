import type { KubeObject, PediaClusterLifecycleSpec } from '../src/api/index.ts';
import type { ExistingLifecycle } from '../src/policy/index.ts';

/** What the checks need of a lifecycle; nothing else of it is kept. */
export function projectLifecycle(object: KubeObject): ExistingLifecycle {
  const { metadata } = object;
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  const { group = '', resource = '', namespace, name = '' } = sourceOf(object) ?? {};
  return {
    name: metadata.name,
    ...(controller ? { policyUid: controller.uid, policyName: controller.name } : {}),
    source: { group, resource, name, ...(namespace ? { namespace } : {}) },
  };
}

/** The API server has checked the spec against its schema, but an older CRD may have been less strict. */
function sourceOf({ spec }: KubeObject): Partial<PediaClusterLifecycleSpec['source']> | undefined {
  const { source } = (spec ?? {}) as Partial<PediaClusterLifecycleSpec>;
  return source;
}
