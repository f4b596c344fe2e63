import type { PediaClusterLifecycle } from '../../api/index.ts';
import { closest } from '../../template/index.ts';
import type { ClusterView, Plan } from '../plan/plan.ts';
import type { SourceKind, Target } from './target.ts';
import { isMade, namesOfKind, targetText } from './target.ts';

/** What of a cluster may have been meant. */
type Known = Pick<ClusterView, 'policies' | 'factsOf' | 'sourcesOf'> & {
  readonly lifecycles: readonly Pick<PediaClusterLifecycle, 'metadata'>[];
};

/** The object that was probably meant where there is none of the kind and name that were typed, as it is typed. */
export function meantTarget(target: Target, view: Known, plan: Pick<Plan, 'outcomes'>): string | undefined {
  if (isMade(target)) {
    const names = [
      ...view.lifecycles.map(({ metadata }) => metadata.name),
      ...plan.outcomes.flatMap(({ evaluation }) => (evaluation.kind === 'selected' ? [evaluation.name] : [])),
    ];
    const name = closest(target.name, names);
    return name === undefined ? undefined : targetText({ ...target, name });
  }
  const kinds = view.policies.map((policy): SourceKind & { readonly names: readonly Named[] } => {
    const { group, resource } = policy.spec.source;
    const names = view.sourcesOf(policy).map(({ metadata: { namespace, name } }) => ({ namespace, name }));
    return { group, resource, kind: view.factsOf(policy.spec.source).kind, names };
  });
  const typed = kinds.filter((kind) => namesOfKind(kind).includes(target.kind));
  if (typed.length > 0) {
    const meant = closestNamed(
      target,
      typed.flatMap(({ names }) => names),
    );
    return meant === undefined ? undefined : targetText({ kind: target.kind, ...meant });
  }
  const kind = closest(target.kind, [...kinds.flatMap(namesOfKind), 'pediacluster', 'pediaclusterlifecycle']);
  return kind === undefined ? undefined : targetText({ ...target, kind });
}

interface Named {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** The same name in another namespace, or the closest name; in the namespace that was typed, if one was. */
function closestNamed(
  { namespace, name }: Target,
  named: readonly Named[],
): { readonly namespace?: string; readonly name: string } | undefined {
  const beside = named.filter((one) => namespace === undefined || one.namespace === namespace);
  const meant = closest(
    name,
    beside.map((one) => one.name),
  );
  const found =
    meant === undefined ? named.find((one) => one.name === name) : beside.find((one) => one.name === meant);
  if (found === undefined) return undefined;
  const { namespace: its } = found;
  return namespace === undefined || its === undefined
    ? { name: found.name }
    : { namespace: its, name: found.name };
}
