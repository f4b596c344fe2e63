import type { ClusterImportPolicy, KubeObject } from '../../api/index.ts';
import { formatFinding, readDraft } from '../../policy/index.ts';
import { UsageError } from '../errors.ts';
import type { Inventory } from '../manifests/inventory.ts';
import type { ClusterView, Plan, PlanProblem } from './plan.ts';
import { asStored, planOf } from './plan.ts';

/** What policies make of the sources in an inventory: what the reconciler would create where nothing exists yet. */
export interface Rendered {
  readonly lifecycles: readonly KubeObject[];
  readonly pediaClusters: readonly KubeObject[];
  readonly problems: readonly PlanProblem[];
}

/** Renders by the reconciler's own decisions, over the inventory instead of caches. Pure. */
export function renderInventory(inventory: Inventory): Rendered {
  return renderedBy(planOf(viewOf(inventory)));
}

/** An inventory as a cluster in which nothing has been imported yet. */
export function viewOf(inventory: Inventory): ClusterView {
  return {
    policies: policiesOf(inventory).map(asStored),
    lifecycles: [],
    pediaClusters: [],
    factsOf: (wanted) => inventory.factsOf(wanted),
    sourcesOf: ({ spec }) => inventory.sourcesOf(spec.source),
    lookup(reference) {
      const object = inventory.find(reference);
      return object === undefined ? { kind: 'absent' } : { kind: 'found', object };
    },
  };
}

/**
 * The policies among the manifests.
 * @throws {UsageError} if one is not of a policy's shape, so that the API server would not take it
 */
export const policiesOf = (inventory: Inventory): readonly (KubeObject & ClusterImportPolicy)[] =>
  inventory.objectsOf('policy.clusterpedia.io', 'clusterimportpolicies').map((object) => {
    const draft = readDraft(object);
    if (draft.kind === 'policy') return { ...object, ...draft.policy };
    const [first] = draft.findings;
    const fault = first === undefined ? '' : `: ${formatFinding(first)}`;
    throw new UsageError(
      `ClusterImportPolicy ${object.metadata.name}${fault}; clusterpedia-import validate shows where`,
    );
  });

/** What a plan creates. */
export function renderedBy({ changes, problems }: Plan): Rendered {
  const created = (kind: string) =>
    changes.flatMap((change) => (change.kind === kind && change.after !== undefined ? [change.after] : []));
  return { lifecycles: created('PediaClusterLifecycle'), pediaClusters: created('PediaCluster'), problems };
}
