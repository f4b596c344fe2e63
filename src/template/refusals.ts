import { typeUnder } from './results.ts';
import { describeType, isNever, unknown, without } from './typing/type.ts';
import type { Refusal, Type } from './typing/type.ts';

/*
 * Why functions fail for all values of some types, for the reasons that several functions share. Missing values are
 * ignored here: whether a value exists is a separate question.
 */

/** The values of a type that are present; `undefined` if nothing is known of them, or if there are none. */
function presentIn(type: Type | undefined): Type | undefined {
  if (type === undefined || type.unknown === true) return undefined;
  const present = without(type, 'absent', 'null');
  return isNever(present) ? undefined : present;
}

/** Needs a list as one of its arguments. */
export const needsList =
  (argument: number): Refusal =>
  (args) => {
    const given = presentIn(args[argument]);
    return given === undefined || given.lists !== undefined
      ? undefined
      : `a list is needed, not ${describeType(given)}`;
  };

/** Needs lists only. */
export const needsLists: Refusal = (args) =>
  args.map((_, index) => needsList(index)(args)).find((reason) => reason !== undefined);

/** Needs a map as its last argument. */
export const needsMapLast: Refusal = (args) => {
  const given = presentIn(args.at(-1));
  return given === undefined || given.maps !== undefined
    ? undefined
    : `a map is needed, not ${describeType(given)}`;
};

/** The kinds by which values are compared: Go's `basicKind`. */
function basicKinds(type: Type): ReadonlySet<string> {
  const kinds = ['booleans', 'integers', 'float', 'strings', 'named'] as const;
  return new Set(kinds.filter((kind) => type[kind] !== undefined));
}

/** Compares its first argument with the second: values of two kinds, lists and maps cannot be compared. */
export const needsComparable =
  (ordered: boolean): Refusal =>
  ([one, other, ...more]) => {
    if (other === undefined && more.length === 0) return 'there is nothing to compare it with';
    const a = presentIn(one);
    const b = presentIn(other);
    if (a === undefined || b === undefined) return undefined;
    const shared = [...basicKinds(a)].filter((kind) => basicKinds(b).has(kind));
    const fitting = ordered ? shared.filter((kind) => kind !== 'booleans') : shared;
    return fitting.length > 0 ? undefined : `${describeType(a)} cannot be compared with ${describeType(b)}`;
  };

/** Needs something that has a length. */
export const needsLength: Refusal = ([given]) => {
  const item = presentIn(given);
  if ((item === undefined || item.strings) ?? item.lists ?? item.maps ?? item.named) return undefined;
  return `${describeType(item)} has no length`;
};

/** Reads nested keys from its first argument. */
export const needsKeys: Refusal = ([container = unknown, ...keys]) => {
  let at = container;
  for (const key of keys) {
    const item = presentIn(at);
    if (item === undefined) return undefined;
    const reason = indexProblem(item, presentIn(key));
    if (reason !== undefined) return reason;
    at = typeUnder(at, [key]);
  }
  return undefined;
};

function indexProblem(item: Type, key: Type | undefined): string | undefined {
  if (item.named !== undefined) return undefined;
  const { maps, lists, strings } = item;
  if (!maps && !lists && !strings) return `${describeType(item)} cannot be indexed`;
  if (key === undefined) return undefined;
  const byName = maps !== undefined && key.strings !== undefined;
  const byNumber = (lists !== undefined || strings !== undefined) && key.integers !== undefined;
  return byName || byNumber ? undefined : `${describeType(item)} cannot be indexed with ${describeType(key)}`;
}
