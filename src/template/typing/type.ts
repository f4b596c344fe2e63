import type { NumKind } from '../value.ts';

/*
 * The lattice of types of a template's expressions, found without running it. A type is a set of possible values,
 * divided by kind, with what is known of each kind's values. It may contain too much, never too little. So whatever
 * holds for every value of a type holds for every value in a run.
 */

/** Go's types of whole numbers. A whole number of JSON data is an `int64`; a constant and a length are an `int`. */
export type IntegerKind = Exclude<NumKind, 'float32' | 'float64'>;

/** What is known of the strings in a type. Properties that are not set are unknown. */
export interface Strings {
  /** The only possible strings: one for a constant, several for an enum. */
  readonly values?: readonly string[];
  /** The `format` of the schema; `byte` is base64. */
  readonly format?: string;
  /** Whether the string is never empty. */
  readonly filled?: true;
  /** What the text encodes, where a function encoded it. */
  readonly encodes?: Encoding;
  /** The function that turned an encoding into plain text, so that its structure is lost. */
  readonly flattenedBy?: string;
  /** What the text has in it that Go prints around values: the brackets of a list or a map, or quotes. */
  readonly prints?: 'list' | 'map' | 'quotes';
  /**
   * What functions have made of the string. `lower`, `upper`: it has no letters of the other case. `trimmed`: no white
   * space at its ends. `decoded`: it was base64. `twice`: it is base64 of base64.
   */
  readonly forms?: readonly TextForm[];
}

/** A form that a function gives to any string. */
export type TextForm = 'lower' | 'upper' | 'trimmed' | 'decoded' | 'twice';

/** Text that an encoder wrote. */
export interface Encoding {
  /** `quote` is text in quotes, which YAML reads as a string. */
  readonly as: 'yaml' | 'json' | 'quote';
  readonly of: Type;
}

/** What is known of the whole numbers in a type. */
export interface Integers {
  readonly kinds: readonly IntegerKind[];
  /** The only possible numbers. */
  readonly values?: readonly number[];
}

/** What is known of the lists in a type. */
export interface Lists {
  /**
   * The Go type of the elements if the list is not an `[]interface{}`, e.g. `string`; `mixed` if several are possible.
   */
  readonly elem?: string;
  readonly item: () => Type;
  /** Whether there always is an item, or never. */
  readonly size?: 'filled' | 'empty';
}

/** What is known of the maps in a type. */
export interface Maps {
  /** The fields that are known by name. The type of a field that may be missing contains `absent`. */
  readonly fields: ReadonlyMap<string, () => Type>;
  /** The values under all other names. For a closed map this is `absent` alone; otherwise it contains `absent` too. */
  readonly others: () => Type;
  /** Whether there always is a key, or never. */
  readonly size?: 'filled' | 'empty';
  /** Whether a function always makes just these fields: whoever reads another one has misspelt it. */
  readonly isRecord?: true;
}

/** A set of possible values. A kind that is not set is impossible. Create types with the functions of this file. */
export interface Type {
  /** Whether any value is possible. Then nothing else is set. */
  readonly unknown?: true;
  /** A missing value: a map has no such key. */
  readonly absent?: true;
  /** JSON's `null`, Go's nil. */
  readonly null?: true;
  /** The possible booleans. */
  readonly booleans?: readonly boolean[];
  readonly integers?: Integers;
  readonly float?: true;
  readonly strings?: Strings;
  readonly lists?: Lists;
  readonly maps?: Maps;
  /** The names of the Go types of values with named types (`time.Time`, `*semver.Version`). */
  readonly named?: readonly string[];
}

/** The type of a function's result, for arguments of some types; {@link never} if it fails for all of them. */
export type ResultType = (args: readonly Type[]) => Type;

/** Why a function fails for all arguments of some types; `undefined` if it may succeed. */
export type Refusal = (args: readonly Type[]) => string | undefined;

/** The types of the arguments if a function's result is true, or false. */
export type Narrowing = (args: readonly Type[], outcome: boolean) => readonly Type[];

/** The type without values: an expression of this type always fails. */
export const never: Type = Object.freeze({});
/** Any value. */
export const unknown: Type = Object.freeze({ unknown: true });
export const absent: Type = Object.freeze({ absent: true });
export const nil: Type = Object.freeze({ null: true });
export const boolean: Type = Object.freeze({ booleans: [true, false] });
/** A whole number of JSON data. */
export const int64: Type = integer('int64');
/** A constant, a length, the result of `int`. */
export const int: Type = integer('int');
export const float: Type = Object.freeze({ float: true });
/** Any number of JSON data. */
export const number: Type = Object.freeze({ ...int64, float: true });
export const string: Type = Object.freeze({ strings: {} });
/** A string that is base64. */
export const base64: Type = Object.freeze({ strings: { format: 'byte' } });

/** Whole numbers of one Go type; `values` are the only possible ones. */
export function integer(kind: IntegerKind, values?: readonly number[]): Type {
  return { integers: { kinds: [kind], ...(values === undefined ? {} : { values }) } };
}

/** A string of which something is known. */
export function stringWith(strings: Strings): Type {
  return { strings };
}

/** One of some strings. */
export function oneOf(values: readonly string[]): Type {
  if (values.length > MAX_VALUES) return string;
  return { strings: { values, ...(values.includes('') ? {} : { filled: true }) } };
}

/** A constant that stands in a template; whole numbers are Go's `int`. */
export function constant(value: string | boolean | number | null): Type {
  switch (typeof value) {
    case 'string':
      return oneOf([value]);
    case 'boolean':
      return { booleans: [value] };
    case 'number':
      return Number.isSafeInteger(value) ? integer('int', [value]) : float;
    default:
      return nil;
  }
}

/** A list whose items have a type; `elem` is their Go type if the list is not an `[]interface{}`. */
export function listOf(item: Type | (() => Type), more: Pick<Lists, 'elem' | 'size'> = {}): Type {
  return { lists: { item: thunk(item), ...more } };
}

/** A `[]string`. */
export const stringList: Type = listOf(string, { elem: 'string' });

/**
 * A map with fields that are known by name. A field that may be missing is {@link optional}. `others` is the type under
 * any other name; by default there are no others.
 */
export function mapOf(
  fields: Readonly<Record<string, Type | (() => Type)>> | ReadonlyMap<string, () => Type>,
  others: Type | (() => Type) = absent,
  size?: Maps['size'],
): Type {
  const known =
    fields instanceof Map
      ? (fields as ReadonlyMap<string, () => Type>)
      : new Map(Object.entries(fields).map(([name, type]) => [name, thunk(type as Type | (() => Type))]));
  return {
    maps: {
      fields: known,
      others: others === absent ? () => absent : lazily(() => optional(thunk(others)())),
      ...(size === undefined ? {} : { size }),
    },
  };
}

/** A map that a function always makes with just these fields. */
export function recordOf(fields: Readonly<Record<string, Type>>): Type {
  const { maps } = mapOf(fields);
  return maps === undefined ? never : { maps: { ...maps, isRecord: true } };
}

/** Values of a named Go type, e.g. `time.Time`. */
export function named(type: string): Type {
  return { named: [type] };
}

/** The type, or no value. */
export function optional(type: Type): Type {
  return type.unknown === true || type.absent === true ? type : { ...type, absent: true };
}

/** The type after a pipeline: nil may have become a missing value. */
export function orAbsent(type: Type): Type {
  return type.null === true ? optional(type) : type;
}

/** A value that is computed at most once, on first use: types of schemas are as large as the schemas. */
export function lazily<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: compute() }).value;
}

function thunk(type: Type | (() => Type)): () => Type {
  return typeof type === 'function' ? type : () => type;
}

/** Whether the type has no value. */
export function isNever(type: Type): boolean {
  return Object.keys(type).length === 0;
}

/** Maximum of values that are listed; with more of them, any value is possible. */
const MAX_VALUES = 64;

/** The values of any of the types. */
export function union(...types: readonly Type[]): Type {
  return types.reduce(joined, never);
}

function joined(one: Type, other: Type): Type {
  if (one === other || isNever(other)) return one;
  if (isNever(one)) return other;
  if (one.unknown === true || other.unknown === true) return unknown;
  const booleans = either(one.booleans, other.booleans, (a, b) => [...new Set([...a, ...b])]);
  const integers = either(one.integers, other.integers, joinedIntegers);
  const strings = either(one.strings, other.strings, joinedStrings);
  const lists = either(one.lists, other.lists, joinedLists);
  const maps = either(one.maps, other.maps, joinedMaps);
  const types = either(one.named, other.named, (a, b) => [...new Set([...a, ...b])]);
  return {
    ...(one.absent === true || other.absent === true ? { absent: true } : {}),
    ...(one.null === true || other.null === true ? { null: true } : {}),
    ...(booleans === undefined ? {} : { booleans }),
    ...(integers === undefined ? {} : { integers }),
    ...(one.float === true || other.float === true ? { float: true } : {}),
    ...(strings === undefined ? {} : { strings }),
    ...(lists === undefined ? {} : { lists }),
    ...(maps === undefined ? {} : { maps }),
    ...(types === undefined ? {} : { named: types }),
  };
}

const either = <T>(one: T | undefined, other: T | undefined, join: (a: T, b: T) => T): T | undefined =>
  one === undefined || other === undefined || one === other ? (one ?? other) : join(one, other);

/** The values of both; `undefined`, which means any, if there are too many or one of them is any. */
function joinedValues<T>(a: readonly T[] | undefined, b: readonly T[] | undefined): readonly T[] | undefined {
  if (a === undefined || b === undefined) return undefined;
  const values = [...new Set([...a, ...b])];
  return values.length > MAX_VALUES ? undefined : values;
}

function joinedIntegers(a: Integers, b: Integers): Integers {
  const values = joinedValues(a.values, b.values);
  return { kinds: [...new Set([...a.kinds, ...b.kinds])], ...(values === undefined ? {} : { values }) };
}

function joinedStrings(a: Strings, b: Strings): Strings {
  const values = joinedValues(a.values, b.values);
  const encodes = joinedEncodings(a.encodes, b.encodes);
  return {
    ...(values === undefined ? {} : { values }),
    ...(a.format !== undefined && a.format === b.format ? { format: a.format } : {}),
    ...(a.filled === true && b.filled === true ? { filled: true } : {}),
    ...(encodes === undefined ? {} : { encodes }),
    ...(a.flattenedBy !== undefined && a.flattenedBy === b.flattenedBy ? { flattenedBy: a.flattenedBy } : {}),
    ...(a.prints !== undefined && a.prints === b.prints ? { prints: a.prints } : {}),
    ...withForms(a.forms?.filter((form) => b.forms?.includes(form)) ?? []),
  };
}

/** The part of {@link Strings} that says which forms a string has. */
export const withForms = (forms: readonly TextForm[]): Pick<Strings, 'forms'> =>
  forms.length === 0 ? {} : { forms };

function joinedEncodings(a: Encoding | undefined, b: Encoding | undefined): Encoding | undefined {
  return a === undefined || b?.as !== a.as ? undefined : { as: a.as, of: joined(a.of, b.of) };
}

function joinedLists(a: Lists, b: Lists): Lists {
  const elem = a.elem === b.elem ? a.elem : 'mixed';
  return {
    ...(elem === undefined ? {} : { elem }),
    item: joinedLazily(a.item, b.item),
    ...(a.size !== undefined && a.size === b.size ? { size: a.size } : {}),
  };
}

function joinedMaps(a: Maps, b: Maps): Maps {
  const names = new Set([...a.fields.keys(), ...b.fields.keys()]);
  const fields = new Map<string, () => Type>();
  for (const name of names) {
    fields.set(name, joinedLazily(a.fields.get(name) ?? a.others, b.fields.get(name) ?? b.others));
  }
  return {
    fields,
    others: joinedLazily(a.others, b.others),
    ...(a.size !== undefined && a.size === b.size ? { size: a.size } : {}),
    ...(a.isRecord === true && b.isRecord === true ? { isRecord: true } : {}),
  };
}

const joinedLazily = (a: () => Type, b: () => Type): (() => Type) =>
  a === b ? a : lazily(() => joined(a(), b()));

/** The kinds of a type, by the names of its members. */
export type KindName = Exclude<keyof Type, 'unknown'>;

/** The values of a type that have one of some kinds. An unknown type stays unknown. */
export function only(type: Type, ...kinds: readonly KindName[]): Type {
  if (type.unknown === true) return type;
  return Object.fromEntries(Object.entries(type).filter(([kind]) => kinds.includes(kind as KindName)));
}

/** The values of a type that have none of some kinds. An unknown type stays unknown. */
export function without(type: Type, ...kinds: readonly KindName[]): Type {
  if (type.unknown === true || !kinds.some((kind) => kind in type)) return type;
  return Object.fromEntries(Object.entries(type).filter(([kind]) => !kinds.includes(kind as KindName)));
}

/**
 * The values of a type for which `if` and `and` hold: Go's truth, which for these values equals "not empty" in sprig.
 */
export function whereTrue(type: Type): Type {
  if (type.unknown === true) return type;
  const { booleans, integers, float, strings, lists, maps, named: types } = type;
  return {
    ...(booleans?.includes(true) === true ? { booleans: [true] } : {}),
    ...nonZero(integers),
    ...(float === true ? { float } : {}),
    ...filledStrings(strings),
    ...(lists === undefined || lists.size === 'empty' ? {} : { lists: { ...lists, size: 'filled' } }),
    ...(maps === undefined || maps.size === 'empty' ? {} : { maps: { ...maps, size: 'filled' } }),
    ...(types === undefined ? {} : { named: types }),
  };
}

/** The values of a type for which `if` does not hold: missing, empty or zero. */
export function whereFalse(type: Type): Type {
  if (type.unknown === true) return type;
  const { booleans, integers, float, strings, lists, maps, named: types } = type;
  return {
    ...(type.absent === true ? { absent: true } : {}),
    ...(type.null === true ? { null: true } : {}),
    ...(booleans?.includes(false) === true ? { booleans: [false] } : {}),
    ...(integers === undefined || integers.values?.includes(0) === false
      ? {}
      : { integers: { kinds: integers.kinds, values: [0] } }),
    ...(float === true ? { float } : {}),
    ...(strings === undefined || strings.filled === true || strings.values?.includes('') === false
      ? {}
      : { strings: { ...strings, values: [''] } }),
    ...(lists === undefined || lists.size === 'filled' ? {} : { lists: { ...lists, size: 'empty' } }),
    ...(maps === undefined || maps.size === 'filled' ? {} : { maps: { ...maps, size: 'empty' } }),
    ...(types === undefined ? {} : { named: types }),
  };
}

/** The values of a type for which Go's `if` holds, or does not hold. */
export function truthOf(type: Type, outcome: boolean): Type {
  return outcome ? whereTrue(type) : whereFalse(type);
}

function nonZero(integers: Integers | undefined): Pick<Type, 'integers'> {
  if (integers?.values === undefined) return integers === undefined ? {} : { integers };
  const values = integers.values.filter((value) => value !== 0);
  return values.length === 0 ? {} : { integers: { ...integers, values } };
}

function filledStrings(strings: Strings | undefined): Pick<Type, 'strings'> {
  if (strings === undefined) return {};
  const values = strings.values?.filter((value) => value !== '');
  if (values?.length === 0) return {};
  return { strings: { ...strings, filled: true, ...(values === undefined ? {} : { values }) } };
}

/** The values under a key of a type's maps; {@link never} if it has no map. */
export function underKey(type: Type, key: string): Type {
  if (type.unknown === true) return unknown;
  const { maps } = type;
  if (maps === undefined) return never;
  return maps.size === 'empty' ? absent : (maps.fields.get(key) ?? maps.others)();
}

/** The values under any key of a type's maps, if present. */
export function anyValue(type: Type): Type {
  if (type.unknown === true) return unknown;
  const { maps } = type;
  if (maps === undefined || maps.size === 'empty') return never;
  const known = Array.from(maps.fields.values(), (field) => field());
  return without(union(...known, maps.others()), 'absent');
}

/** The items of the lists of a type. */
export function anyItem(type: Type): Type {
  if (type.unknown === true) return unknown;
  const { lists } = type;
  return lists === undefined || lists.size === 'empty' ? never : lists.item();
}

/** Depth to which {@link fingerprint} distinguishes types. */
const MAX_PRINTED = 3;

/** A text that is equal for equal types, up to the depth to which lists and maps are examined. */
export function fingerprint(type: Type, depth = 0): string {
  const { lists, maps, strings, ...flat } = type;
  if (depth > MAX_PRINTED) return Object.keys(type).join();
  const { encodes, ...text } = strings ?? {};
  return JSON.stringify([
    flat,
    strings === undefined
      ? 0
      : [text, encodes === undefined ? 0 : [encodes.as, fingerprint(encodes.of, depth + 1)]],
    lists === undefined ? 0 : [lists.elem, lists.size, fingerprint(lists.item(), depth + 1)],
    maps === undefined
      ? 0
      : [
          maps.size,
          Array.from(maps.fields, ([name, field]) => [name, fingerprint(field(), depth + 1)]),
          fingerprint(maps.others(), depth + 1),
        ],
  ]);
}

/** How many items or words a description names. */
const MAX_NAMED = 4;

/** The type in plain words, as it stands in messages: `a string`, `a list of integers or nothing`. */
export function describeType(type: Type): string {
  if (type.unknown === true) return 'any value';
  const words = [
    ...describeStrings(type.strings),
    ...(type.integers === undefined
      ? []
      : [type.float === true ? 'a number' : describeIntegers(type.integers)]),
    ...(type.float === true && type.integers === undefined ? ['a fractional number'] : []),
    ...describeBooleans(type.booleans),
    ...(type.lists === undefined ? [] : [describeList(type.lists)]),
    ...(type.maps === undefined ? [] : ['a map']),
    ...(type.named ?? []).map((name) => `a ${name}`),
    ...(type.null === true ? ['null'] : []),
    ...(type.absent === true ? ['nothing'] : []),
  ];
  return words.length === 0 ? 'no value' : words.join(' or ');
}

function describeStrings(strings: Strings | undefined): readonly string[] {
  if (strings === undefined) return [];
  if (strings.encodes !== undefined) {
    const { as, of } = strings.encodes;
    const present = without(of, 'absent', 'null');
    const content = describeType(isNever(present) ? of : present);
    const isContainer = present.lists !== undefined || present.maps !== undefined;
    if (as === 'quote') return [isContainer ? `${content} in quotes` : 'a quoted string'];
    return [`${as.toUpperCase()} of ${content}`];
  }
  const { values, prints } = strings;
  if (prints !== undefined)
    return [prints === 'quotes' ? 'a text with quotes in it' : `a ${prints} as Go prints it`];
  if (values === undefined) return [strings.format === 'byte' ? 'a base64 string' : 'a string'];
  if (values.length === 1) return [`the string ${JSON.stringify(values[0])}`];
  const shown = values.slice(0, MAX_NAMED).map((value) => JSON.stringify(value));
  return [`one of the strings ${shown.join(', ')}${values.length > MAX_NAMED ? ', …' : ''}`];
}

function describeIntegers({ values }: Integers): string {
  return values?.length === 1 ? `the integer ${String(values[0])}` : 'an integer';
}

function describeBooleans(booleans: readonly boolean[] | undefined): readonly string[] {
  if (booleans === undefined) return [];
  return [booleans.length === 1 ? String(booleans[0]) : 'a boolean'];
}

function describeList({ item }: Lists): string {
  const of = item();
  const kinds = Object.keys(without(of, 'absent', 'null')) as KindName[];
  const plural = kinds.length === 1 ? plurals[kinds[0] ?? 'strings'] : undefined;
  return plural === undefined ? 'a list' : `a list of ${plural}`;
}

const plurals: Partial<Record<keyof Type, string>> = {
  booleans: 'booleans',
  integers: 'integers',
  float: 'numbers',
  strings: 'strings',
  lists: 'lists',
  maps: 'maps',
};
