import type { KubeObject, PediaClusterSpec } from '../api/index.ts';

/** A kubeconfig of a rendered PediaCluster, and the field that it is in or named by. */
export interface NamedKubeconfig {
  readonly field: 'spec.kubeconfig' | 'spec.authenticationFrom.kubeconfig';
  /** Base64. */
  readonly kubeconfig: string;
}

/**
 * The kubeconfigs that Clusterpedia may use of a rendered PediaCluster, as far as they can be seen. One that
 * `authenticationFrom` names counts only where there is none inline; it is looked for in the Secrets at hand, by name: which
 * namespace Clusterpedia reads, its installation decides.
 *
 * @param objects the source and its references
 */
export function kubeconfigsOf(
  spec: Pick<PediaClusterSpec, 'kubeconfig' | 'authenticationFrom'>,
  objects: readonly (KubeObject | undefined)[],
): readonly NamedKubeconfig[] {
  const inline = spec.kubeconfig ?? '';
  if (inline !== '') return [{ field: 'spec.kubeconfig', kubeconfig: inline }];
  const from = spec.authenticationFrom?.kubeconfig;
  if (from === undefined) return [];
  return objects.flatMap((object): readonly NamedKubeconfig[] => {
    if (object?.kind !== 'Secret' || object.metadata.name !== from.name) return [];
    const data = object['data'] as { readonly [key: string]: unknown } | undefined;
    const kubeconfig = data?.[from.key];
    return typeof kubeconfig === 'string'
      ? [{ field: 'spec.authenticationFrom.kubeconfig', kubeconfig }]
      : [];
  });
}
