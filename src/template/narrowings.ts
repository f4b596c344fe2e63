import { constantText } from './results.ts';
import { isNever, mapOf, only, truthOf, underKey, union, unknown, without } from './typing/type.ts';
import type { KindName, Narrowing, Strings, Type } from './typing/type.ts';

/* What the types of a test's arguments can be if the test holds, or does not hold. */

/** For a test that holds if its argument does not. */
export const opposite: Narrowing = ([value = unknown], outcome) => [truthOf(value, !outcome)];

/**
 * For a test whether its first argument is one of the others. With `wanted` false, for a test whether it differs from
 * the other one.
 */
export const sameAsOther =
  (wanted: boolean): Narrowing =>
  (args, outcome) => {
    const [first = unknown, ...others] = args;
    if (outcome === wanted) {
      const narrowed = meet(first, union(...others));
      // It is not known which of several it equals.
      return others.length === 1 ? [narrowed, meet(others[0] ?? unknown, first)] : [narrowed, ...others];
    }
    const narrowed = others.reduce(excluded, first);
    return others.length === 1 ? [narrowed, excluded(others[0] ?? unknown, first)] : [narrowed, ...others];
  };

/** The values of a type that may equal a value of another type. */
function meet(type: Type, other: Type): Type {
  if (other.unknown === true) return type;
  const comparable = only(other, 'booleans', 'integers', 'float', 'strings', 'named');
  if (type.unknown === true)
    return other.absent === true || other.null === true ? type : anyKindOf(comparable);
  const nothing = other.absent === true || other.null === true ? only(type, 'absent', 'null') : {};
  const booleans = type.booleans?.filter((value) => other.booleans?.includes(value));
  const integers =
    type.integers === undefined || other.integers === undefined
      ? undefined
      : { ...type.integers, ...valuesIn(type.integers.values, other.integers.values) };
  const strings =
    type.strings === undefined || other.strings === undefined
      ? undefined
      : { ...type.strings, ...valuesIn(type.strings.values, other.strings.values) };
  return {
    ...nothing,
    ...(booleans === undefined || booleans.length === 0 ? {} : { booleans }),
    ...(integers === undefined || integers.values?.length === 0 ? {} : { integers }),
    ...(type.float === true && other.float === true ? { float: true } : {}),
    ...(strings === undefined || strings.values?.length === 0 ? {} : { strings: filledIf(strings) }),
    ...(type.named !== undefined && other.named !== undefined ? { named: type.named } : {}),
  };
}

/** A value that equals a constant has its kind. Whole numbers of all Go types are compared with each other. */
const anyKindOf = (type: Type): Type =>
  type.integers === undefined && type.named === undefined ? type : unknown;

const filledIf = (strings: Strings): Strings =>
  strings.values?.includes('') === false ? { ...strings, filled: true } : strings;

function valuesIn<T>(
  a: readonly T[] | undefined,
  b: readonly T[] | undefined,
): { readonly values?: readonly T[] } {
  if (a === undefined || b === undefined)
    return a === undefined && b === undefined ? {} : { values: a ?? b ?? [] };
  return { values: a.filter((value) => b.includes(value)) };
}

/** The values of a type that may differ from those of another type, if that has only one value. */
function excluded(type: Type, other: Type): Type {
  if (type.unknown === true || Object.keys(other).length !== 1) return type;
  const text = constantText(other);
  const [truth, ...more] = other.booleans ?? [];
  const values = type.strings?.values;
  if (text !== undefined && values !== undefined) {
    const left = values.filter((value) => value !== text);
    const rest = without(type, 'strings');
    return left.length === 0 ? rest : { ...rest, strings: { ...type.strings, values: left } };
  }
  if (truth !== undefined && more.length === 0 && type.booleans !== undefined) {
    const left = type.booleans.filter((value) => value !== truth);
    const rest = without(type, 'booleans');
    return left.length === 0 ? rest : { ...rest, booleans: left };
  }
  return type;
}

const kindsByName: ReadonlyMap<string, KindName> = new Map([
  ['string', 'strings'],
  ['bool', 'booleans'],
  ['map', 'maps'],
  ['slice', 'lists'],
]);

/** For a test whether its second argument has the kind that the first names, as Go calls kinds. */
export const ofKind: Narrowing = ([name = unknown, value = unknown], outcome) => {
  const kind = kindsByName.get(constantText(name) ?? '');
  if (kind === undefined) return [name, value];
  if (outcome && value.unknown === true) return [name, value];
  return [name, outcome ? only(value, kind) : without(value, kind)];
};

/** For a test whether its first argument, a map, has a key. */
export const havingKey: Narrowing = ([map = unknown, key = unknown], outcome) => {
  const name = constantText(key);
  if (name === undefined || map.maps === undefined) return [map, key];
  const { fields, others } = map.maps;
  const field = underKey(map, name);
  const narrowed = outcome ? without(field, 'absent') : only(field, 'absent');
  if (outcome && isNever(narrowed)) return [map, key];
  const known = mapOf(
    new Map([...fields, [name, () => narrowed]]),
    others,
    outcome ? 'filled' : map.maps.size,
  );
  return [outcome ? known : { ...map, ...known }, key];
};
