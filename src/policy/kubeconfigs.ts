import type { KubeObject, PediaClusterSpec } from '../api/index.ts';
import type { FieldPath } from './field-path.ts';
import { clusterField } from './field-path.ts';

/** A kubeconfig of a rendered PediaCluster, and the field that contains or names it. */
export interface NamedKubeconfig {
  readonly field: FieldPath;
  /** Whether the field names a Secret that contains it. */
  readonly isInSecret: boolean;
  /** Base64. */
  readonly kubeconfig: string;
}

const inlineField = clusterField('kubeconfig');
const secretField = clusterField('authenticationFrom').child('kubeconfig');

/**
 * The kubeconfigs of a rendered PediaCluster that Clusterpedia may use, if they can be seen. A kubeconfig named by
 * `authenticationFrom` counts only if there is none inline. It is looked up by name in the known Secrets: the namespace
 * from which Clusterpedia reads depends on its installation.
 *
 * @param objects the source and its references
 */
export function kubeconfigsOf(
  spec: Pick<PediaClusterSpec, 'kubeconfig' | 'authenticationFrom'>,
  objects: readonly (KubeObject | undefined)[],
): readonly NamedKubeconfig[] {
  const inline = spec.kubeconfig ?? '';
  if (inline !== '') return [{ field: inlineField, isInSecret: false, kubeconfig: inline }];
  const from = spec.authenticationFrom?.kubeconfig;
  if (from === undefined) return [];
  return objects.flatMap((object): readonly NamedKubeconfig[] => {
    if (object?.kind !== 'Secret' || object.metadata.name !== from.name) return [];
    const data = object['data'] as { readonly [key: string]: unknown } | undefined;
    const kubeconfig = data?.[from.key];
    return typeof kubeconfig === 'string' ? [{ field: secretField, isInSecret: true, kubeconfig }] : [];
  });
}
