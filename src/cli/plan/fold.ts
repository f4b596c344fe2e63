import type { KubeObject } from '../../api/index.ts';
import { asManifest, tiesOf } from '../report/object-text.ts';
import type { FieldChange } from './fields.ts';
import { describeFields, fieldChanges } from './fields.ts';
import type { LeftAlone, Plan, PlannedChange } from './plan.ts';

/** Changes that are the same but for the objects' names and the values. */
export interface ChangeGroup {
  readonly verb: PlannedChange['verb'];
  readonly kind: PlannedChange['kind'];
  readonly policy: string;
  /** What differs; nothing for objects that are created or deleted. */
  readonly fields: readonly FieldChange[];
  readonly members: readonly PlannedChange[];
}

/** PediaClusters whose rendering says more than `updatePolicy` writes, all in the same fields. */
export interface KeptGroup {
  readonly policy: string;
  readonly fields: readonly FieldChange[];
  readonly names: readonly string[];
}

/** How many objects of a kind are created, changed, renamed and deleted. */
export type Counts = { readonly [verb in PlannedChange['verb']]: number };

/** The fields that a change is about, as far as people see them; else those that tie the object to others. */
export function fieldsOf({ verb, before, after }: PlannedChange): readonly FieldChange[] {
  if (before === undefined || after === undefined) return [];
  const seen = fieldChanges(withoutName(asManifest(before)), withoutName(asManifest(after)));
  return seen.length > 0 || verb === 'rename' ? seen : fieldChanges(tiesOf(before), tiesOf(after));
}

const withoutName = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, name: '' },
});

/** The changes of a kind, the same ones together, in the order of the first of each. */
export function foldedChanges({ changes }: Plan, kind: PlannedChange['kind']): readonly ChangeGroup[] {
  const wanted = changes.filter((change) => change.kind === kind);
  const told = wanted.map((change) => ({ change, fields: fieldsOf(change) }));
  const groups = Map.groupBy(told, ({ change, fields }) =>
    [change.verb, change.policy, describeFields(fields)].join('\n'),
  );
  return [...groups.values()].flatMap((members): ChangeGroup[] => {
    const [first] = members;
    if (first === undefined) return [];
    const { verb, policy } = first.change;
    return [{ verb, kind, policy, fields: first.fields, members: members.map(({ change }) => change) }];
  });
}

/** What `updatePolicy` leaves alone, the same fields together. */
export function foldedKept(kept: readonly LeftAlone[]): readonly KeptGroup[] {
  const groups = Map.groupBy(kept, ({ policy, fields }) => [policy, describeFields(fields)].join('\n'));
  return [...groups.values()].flatMap((members): KeptGroup[] => {
    const [first] = members;
    if (first === undefined) return [];
    return [{ policy: first.policy, fields: first.fields, names: members.map(({ name }) => name) }];
  });
}

/** How many of a kind a plan changes. */
export function countsOf({ changes }: Plan, kind: PlannedChange['kind']): Counts {
  const count = (verb: PlannedChange['verb']) =>
    changes.filter((change) => change.kind === kind && change.verb === verb).length;
  return {
    create: count('create'),
    update: count('update'),
    rename: count('rename'),
    delete: count('delete'),
  };
}

/** `2 to create, 1 to change, 0 to rename, 0 to delete` */
export const describeCounts = ({ create, update, rename, delete: gone }: Counts): string =>
  `${String(create)} to create, ${String(update)} to change, ${String(rename)} to rename, ${String(gone)} to delete`;
