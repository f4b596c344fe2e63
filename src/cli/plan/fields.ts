import type { KubeObject } from '../../api/index.ts';

/** A field that is not the same in two states of an object. */
export interface FieldChange {
  /** `labels.region`, `annotations.team`, or the path below the object: `spec.apiserver`. */
  readonly path: string;
  readonly change: 'added' | 'changed' | 'removed';
}

type Fields = { readonly [name: string]: unknown };

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** Fields that are told by their own fields: a label is one, a list of resources is one as a whole. */
const opened = new Set(['labels', 'annotations', 'spec', 'spec.authenticationFrom', 'spec.source']);

/** What tells an object's states apart, field by field; `metadata` as far as it is the reader's. */
export function fieldChanges(before: KubeObject, after: KubeObject): readonly FieldChange[] {
  const flat = (object: KubeObject) => {
    const { apiVersion: _, kind: __, metadata, ...rest } = object;
    return new Map(leavesOf('', { ...fieldsOf(metadata), ...rest }));
  };
  const [old, young] = [flat(before), flat(after)];
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((path): FieldChange[] => {
    const [one, other] = [old.get(path), young.get(path)];
    if (one === other) return [];
    return [{ path, change: one === undefined ? 'added' : other === undefined ? 'removed' : 'changed' }];
  });
}

function* leavesOf(parent: string, fields: Fields): Generator<readonly [path: string, text: string]> {
  for (const [name, value] of Object.entries(fields)) {
    const path = parent === '' ? name : `${parent}.${name}`;
    if (value === undefined) continue;
    if (opened.has(path)) yield* leavesOf(path, fieldsOf(value));
    else yield [path, JSON.stringify(ordered(value))];
  }
}

/** The value with the fields of its objects in order, and integers beyond a float as text. */
function ordered(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, ordered(item)]));
}

/** `labels.region added, spec.apiserver changed` */
export const describeFields = (fields: readonly FieldChange[]): string =>
  fields.map(({ path, change }) => `${path} ${change}`).join(', ');
