/** Group of ClusterImportPolicy and PediaClusterLifecycle. */
export const POLICY_GROUP = 'policy.clusterpedia.io';
/** Group of PediaCluster. */
export const CLUSTER_GROUP = 'cluster.clusterpedia.io';

/** Finalizer on policies and lifecycles: the reconciler deletes what they made before they go. */
export const FINALIZER = 'policy.clusterpedia.io/import-controller';

/**
 * Finalizers that Clusterpedia's own controller manager puts on policies and lifecycles (its
 * `pkg/controller/clusterimportpolicy` and `pkg/controller/pediaclusterlifecycle`). Once it is stopped, nobody else would
 * take them off what it made.
 */
export const PREDECESSOR_FINALIZERS = [
  'clusterpedia.io/cluster-import-policy-controller',
  'clusterpedia.io/pediacluster-lifecycle-controller',
] as const;

/** Label on lifecycles, and on PediaClusters that are made: the name of the policy, where it is no longer than a label may be. */
export const POLICY_LABEL = 'policy.clusterpedia.io/policy';

/** Annotation on a policy: while `"true"`, deleting the policy is refused. */
export const DELETION_PROTECTION_ANNOTATION = 'policy.clusterpedia.io/deletion-protection';

/** Annotation on a policy: the count of held deletions that its owner lets through. */
export const ALLOW_DELETIONS_ANNOTATION = 'policy.clusterpedia.io/allow-deletions';

/**
 * Annotation on a PediaCluster that belongs to no lifecycle: the policy that may keep it up to date. The controller writes
 * it on what it lets go; an admin may write it on what was made by hand.
 */
export const ADOPT_BY_ANNOTATION = 'policy.clusterpedia.io/adopt-by';

/**
 * Annotation on a PediaCluster whose lifecycle has gone without it, by somebody's hand or with its definition: the policy
 * that had made it. The next lifecycle of that policy owns it again.
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
