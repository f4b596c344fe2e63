import type { ClusterImportPolicy } from '../../api/index.ts';
import { groupResource } from '../../api/index.ts';
import type { AdmissionFacts, Finding } from '../../policy/index.ts';
import { closest } from '../../template/index.ts';
import type { Inventory } from './inventory.ts';

/** Something that a review could not check, because manifests are missing. */
export interface NotChecked {
  readonly what: 'definition' | 'samples' | 'rights' | 'cluster';
  readonly text: string;
}

type Resource = { readonly group: string; readonly resource: string };

/** The facts by which a policy was judged. */
export interface JudgedBy {
  readonly facts: AdmissionFacts;
  /** Facts that a cluster did not give; absent if no cluster was asked. */
  readonly gaps: readonly string[] | undefined;
}

/** The parts of a policy that were not checked, because the manifests for it are missing. */
export function notChecked(
  { spec }: ClusterImportPolicy,
  inventory: Inventory,
  { facts, gaps }: JudgedBy,
): readonly NotChecked[] {
  const unknown = [
    { wanted: spec.source, is: facts.source },
    ...(spec.references ?? []).map((wanted) => ({ wanted, is: facts.references?.get(wanted.key) })),
  ].flatMap(({ wanted, is }) => (is?.known === undefined ? [wanted] : []));
  const { liveSources } = facts;
  const sources = liveSources !== undefined && 'items' in liveSources ? liveSources.items.length : 0;
  const where = gaps === undefined ? 'among the files' : 'in the cluster or among the files';
  const why = liveSources !== undefined && 'skipped' in liveSources ? liveSources.skipped : `none ${where}`;
  const names = [...new Set(unknown.map(groupResource))];
  return [
    ...(names.length === 0
      ? []
      : [
          {
            what: 'definition' as const,
            text: `the fields of ${names.join(', ')} (no definition ${where}${meant(unknown, inventory)})`,
          },
        ]),
    ...(sources > 0 ? [] : [{ what: 'samples' as const, text: `your sources (${why})` }]),
    ...(inventory.roles().length > 0
      ? []
      : [
          {
            what: 'rights' as const,
            text: "the controller's rights (no ClusterRole for it among the files)",
          },
        ]),
    ...(gaps ?? []).map((text) => ({ what: 'cluster' as const, text })),
  ];
}

/** The group among those of the files that was probably meant. */
function meant(wanted: readonly Resource[], inventory: Inventory): string {
  for (const { group } of wanted) {
    const suggestion = closest(group, inventory.groups());
    if (suggestion !== undefined) return `; did you mean the group "${suggestion}"?`;
  }
  return '';
}

/** The verbs that the controller needs for a source and for a reference. */
const neededVerbs = { source: ['list', 'watch'], reference: ['get', 'list', 'watch'] } as const;

interface Wanted {
  readonly field: string;
  readonly of: Resource;
  readonly verbs: readonly string[];
  /** The namespaces in which it is needed; empty: everywhere. */
  readonly namespaces: readonly string[];
}

/**
 * Rights that the controller needs for the policy and that no role among the files grants. Nothing if the files contain
 * no role.
 */
export function missingRights({ spec }: ClusterImportPolicy, inventory: Inventory): readonly Finding[] {
  const roles = inventory.roles();
  if (roles.length === 0) return [];
  const wanted: readonly Wanted[] = [
    {
      field: 'spec.source',
      of: spec.source,
      verbs: neededVerbs.source,
      namespaces: spec.source.namespaces ?? [],
    },
    ...(spec.references ?? []).map((reference, index) => ({
      field: `spec.references[${String(index)}]`,
      of: reference,
      verbs: neededVerbs.reference,
      namespaces: reference.allowedNamespaces ?? [],
    })),
  ];
  return wanted.flatMap(({ field, of, verbs, namespaces }): Finding[] => {
    const givenIn = (verb: string, namespace: string | undefined): boolean =>
      roles.some(
        (rule) =>
          (rule.namespace === undefined || rule.namespace === namespace) &&
          gives(rule.apiGroups, of.group) &&
          gives(rule.resources, of.resource) &&
          gives(rule.verbs, verb),
      );
    const places = namespaces.length === 0 ? [undefined] : namespaces;
    const missing = verbs.filter((verb) => !places.every((namespace) => givenIn(verb, namespace)));
    if (missing.length === 0) return [];
    const message = `no role among the files lets the controller ${missing.join(', ')} ${groupResource(of)}`;
    return [{ severity: 'warning', code: 'missing-right', field, message }];
  });
}

const gives = (values: readonly string[], wanted: string) => values.includes('*') || values.includes(wanted);
