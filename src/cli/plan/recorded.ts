import type {
  ClusterImportPolicy,
  KubeObject,
  PediaClusterLifecycle,
  StoredObject,
} from '../../api/index.ts';
import { CLUSTER_GROUP, POLICY_GROUP } from '../../api/index.ts';
import type { Inventory } from '../manifests/inventory.ts';
import type { ClusterView } from './plan.ts';
import { asStored } from './plan.ts';
import { policiesOf, viewOf } from './inventory-view.ts';

/** The objects of the three kinds as they are in a cluster, with what the controller and Clusterpedia say of them. */
export interface Recorded {
  readonly policies: readonly ClusterImportPolicy[];
  readonly lifecycles: readonly PediaClusterLifecycle[];
  readonly pediaClusters: readonly StoredObject[];
}

/** What manifests hold of a cluster, as `kubectl get -o yaml` prints it. */
export function recordedIn(inventory: Inventory): Recorded {
  return {
    policies: policiesOf(inventory),
    lifecycles: (
      inventory.objectsOf(POLICY_GROUP, 'pediaclusterlifecycles') as readonly (KubeObject &
        PediaClusterLifecycle)[]
    ).map(asStored),
    pediaClusters: inventory.objectsOf(CLUSTER_GROUP, 'pediaclusters').map(asStored),
  };
}

/** An inventory as a cluster in which what it holds was imported already. */
export function recordedViewOf(inventory: Inventory): ClusterView {
  const { lifecycles, pediaClusters } = recordedIn(inventory);
  return { ...viewOf(inventory), lifecycles, pediaClusters };
}
