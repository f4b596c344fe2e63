import type { KubeObject } from '../../api/index.ts';
import type { Output } from '../output.ts';
import type { DifferenceLabels } from '../plan/difference.ts';
import { diffLines, paint } from '../plan/difference.ts';
import { describeFields } from '../plan/fields.ts';
import type { ChangeGroup, KeptGroup } from '../plan/fold.ts';
import { countsOf, describeCounts, foldedChanges, foldedKept } from '../plan/fold.ts';
import type { Plan, PlannedChange } from '../plan/plan.ts';
import { redacted } from '../plan/redaction.ts';
import { visibleLine } from '../visible.ts';
import { asManifest, tiesOf } from './object-text.ts';

export interface PlanTextOptions {
  /** Kinds whose changes are shown, in their order. */
  readonly kinds: readonly PlannedChange['kind'][];
  /** Every object on its own, instead of the same changes together. */
  readonly full: boolean;
  readonly showSecrets: boolean;
}

const verbs = { create: '+ create', update: '~ change', rename: '~ rename', delete: '- delete' } as const;
const colours = { create: 'green', update: 'yellow', rename: 'yellow', delete: 'red' } as const;
const labels: DifferenceLabels = { before: 'in the cluster', after: 'rendered' };

/** Prints for people what a plan would change, PediaClusters first, and what it leaves alone. */
export function printPlan(
  plan: Plan,
  { kinds, full, showSecrets }: PlanTextOptions,
  { line, colour }: Pick<Output, 'line' | 'colour'>,
): void {
  const groups = kinds.flatMap((kind) => foldedChanges(plan, kind));
  for (const group of full ? groups.flatMap(alone) : groups) {
    const text = visibleLine(`${verbs[group.verb]} ${subjectOf(group)}${aboutOf(group)}`);
    line(colour('bold', colour(colours[group.verb], text)));
    for (const body of bodyOf(group, showSecrets)) line(paint(body, colour));
  }
  if (kinds.includes('PediaCluster')) {
    for (const group of foldedKept(plan.leftAlone)) line(visibleLine(keptText(group)));
  }
}

const alone = (group: ChangeGroup): readonly ChangeGroup[] =>
  group.members.map((member) => ({ ...group, members: [member] }));

function subjectOf({ kind, policy, members }: ChangeGroup): string {
  const [first] = members;
  if (members.length > 1) return `${String(members.length)} ${pluralOf(kind)} of the policy ${policy}`;
  const { name = '', before } = first ?? {};
  const from = first?.verb === 'rename' ? `${before?.metadata.name ?? ''} to ` : '';
  return `${kind}/${from}${name}`;
}

const pluralOf = (kind: PlannedChange['kind']) =>
  kind === 'ClusterImportPolicy' ? 'ClusterImportPolicies' : `${kind}s`;

function aboutOf({ verb, fields }: ChangeGroup): string {
  if (verb === 'rename') {
    const also = fields.length === 0 ? '' : `; ${describeFields(fields)}`;
    return `: deleted, and created under the new name${also}`;
  }
  return fields.length === 0 ? '' : `: ${describeFields(fields)}`;
}

/** How many names stand for the others. */
const SHOWN = 3;

/** `the first three: a, b, c` */
function namesText(names: readonly string[]): string {
  return names.length <= SHOWN
    ? names.join(', ')
    : `the first three of ${String(names.length)}: ${names.slice(0, SHOWN).join(', ')}`;
}

function bodyOf({ members }: ChangeGroup, showSecrets: boolean): readonly string[] {
  const [first] = members;
  if (first === undefined) return [];
  const bodies = members.map((member) => changeLines(member, showSecrets));
  const [body = []] = bodies;
  if (members.length === 1) return body;
  const said = (lines: readonly string[]) =>
    lines.filter((text) => /^[-+](?![-+]{2} )/.test(text)).join('\n');
  const equal = bodies.every((other) => said(other) === said(body));
  const names = members.map(({ name, before, verb }) =>
    verb === 'rename' ? `${before?.metadata.name ?? ''} to ${name}` : name,
  );
  return [`  ${visibleLine(namesText(names))}`, equal ? '  each as this one:' : '  the first one:', ...body];
}

/** The difference in the unified format; where people see none of it, the fields that tie the object to others. */
function changeLines({ kind, before, after }: PlannedChange, showSecrets: boolean): readonly string[] {
  const seen = (object: KubeObject | undefined) =>
    object === undefined ? undefined : showSecrets ? asManifest(object) : redacted(asManifest(object));
  const lines = diffLines(kind, seen(before), seen(after), labels);
  if (lines.length > 2 || before === undefined || after === undefined) return lines;
  return diffLines(kind, tiesOf(before), tiesOf(after), labels);
}

function keptText({ policy, fields, names }: KeptGroup): string {
  const what =
    names.length === 1 ? `PediaCluster/${names[0] ?? ''}` : `${String(names.length)} PediaClusters`;
  const changes = fields.map(({ path, change }) => `${path} is not ${change}`).join(', ');
  const which = names.length === 1 ? '' : ` (${namesText(names)})`;
  return `= keep ${what}${which}: ${changes}, for the policy ${policy} has no updatePolicy: All`;
}

/** How many objects change, PediaClusters apart from lifecycles; a line each. */
export function planTotals(plan: Plan, shown: readonly PlannedChange['kind'][]): readonly string[] {
  const lifecycles = countsOf(plan, 'PediaClusterLifecycle');
  const policies = countsOf(plan, 'ClusterImportPolicy').delete;
  const changed = lifecycles.create + lifecycles.update + lifecycles.rename + lifecycles.delete;
  const hint =
    changed === 0 || shown.includes('PediaClusterLifecycle') ? '' : '; --lifecycles shows what changes';
  return [
    ...(policies === 0 ? [] : [`ClusterImportPolicies: ${String(policies)} to delete`]),
    `PediaClusterLifecycles: ${describeCounts(lifecycles)}${hint}`,
    `PediaClusters: ${describeCounts(countsOf(plan, 'PediaCluster'))}`,
  ];
}

/** The plan for programs: what changes, credentials as fingerprints unless they are asked for. */
export function planData(plan: Plan, { kinds, showSecrets }: Omit<PlanTextOptions, 'full'>): object {
  const seen = (object: KubeObject) => (showSecrets ? asManifest(object) : redacted(asManifest(object)));
  return {
    summary: {
      pediaClusters: countsOf(plan, 'PediaCluster'),
      lifecycles: countsOf(plan, 'PediaClusterLifecycle'),
      policies: countsOf(plan, 'ClusterImportPolicy'),
    },
    changes: kinds.flatMap((kind) =>
      foldedChanges(plan, kind).flatMap(({ fields, members }) =>
        members.map(({ verb, name, policy, before, after }) => ({
          verb,
          kind,
          name,
          policy,
          ...(verb === 'rename' ? { from: before?.metadata.name } : {}),
          fields,
          ...(before === undefined ? {} : { before: seen(before) }),
          ...(after === undefined ? {} : { after: seen(after) }),
        })),
      ),
    ),
    leftAlone: plan.leftAlone,
    problems: plan.problems.map(({ subject, problem }) => ({ subject, ...problem })),
  };
}
