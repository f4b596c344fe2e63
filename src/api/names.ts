/** Group of ClusterImportPolicy and PediaClusterLifecycle. */
export const POLICY_GROUP = 'policy.clusterpedia.io';
/** Group of PediaCluster. */
export const CLUSTER_GROUP = 'cluster.clusterpedia.io';

/** Finalizer on policies and lifecycles: the reconciler deletes what they made before they go. */
export const FINALIZER = 'policy.clusterpedia.io/import-controller';

/**
 * Finalizers that Clusterpedia's own controller manager puts on policies and lifecycles (its
 * `pkg/controller/clusterimportpolicy` and `pkg/controller/pediaclusterlifecycle`). Once that controller is stopped,
 * nobody else would remove them.
 */
export const PREDECESSOR_FINALIZERS = [
  'clusterpedia.io/cluster-import-policy-controller',
  'clusterpedia.io/pediacluster-lifecycle-controller',
] as const;

/**
 * Label on lifecycles and on the PediaClusters that they create: the policy's name. A name that is too long for a label
 * is left out.
 */
export const POLICY_LABEL = 'policy.clusterpedia.io/policy';

/** Annotation on a policy. While it is `"true"`, deleting the policy is refused. */
export const DELETION_PROTECTION_ANNOTATION = 'policy.clusterpedia.io/deletion-protection';

/** Annotation on a policy. Its value is the number of held deletions that an admin lets through. */
export const ALLOW_DELETIONS_ANNOTATION = 'policy.clusterpedia.io/allow-deletions';

/**
 * Annotation on a PediaCluster that belongs to no lifecycle. It names the policy that may keep the PediaCluster up to
 * date. The controller sets it on PediaClusters that it releases. An admin may set it on one that was made by hand.
 */
export const ADOPT_BY_ANNOTATION = 'policy.clusterpedia.io/adopt-by';

/**
 * Annotation on a PediaCluster that has outlived its lifecycle, because somebody deleted the lifecycle or its CRD. It
 * names the policy that created the PediaCluster. The next lifecycle of that policy becomes its owner again.
 */
export const MADE_BY_ANNOTATION = 'policy.clusterpedia.io/made-by';

/** Field manager of every write this project makes. */
export const FIELD_MANAGER = 'clusterpedia-import';

/** A resource as kubectl takes and prints it: `clusters.cluster.x-k8s.io`, `secrets` (`schema.GroupResource`). */
export const groupResource = ({
  group,
  resource,
}: {
  readonly group: string;
  readonly resource: string;
}): string => (group === '' ? resource : `${resource}.${group}`);
