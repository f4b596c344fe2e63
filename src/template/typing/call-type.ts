import { LimitError } from '../errors.ts';
import { FunctionError } from '../function.ts';
import type { CallContext, ParamType, TemplateFunction } from '../function.ts';
import { entriesOf, floatValue, intValue, isInt64, isTrue, itemsOf } from '../types.ts';
import { Num, TypedList } from '../value.ts';
import type { Value } from '../value.ts';
import type { Language } from './program.ts';
import {
  absent,
  constant,
  float,
  int64,
  integer,
  isNever,
  listOf,
  mapOf,
  never,
  nil,
  only,
  orAbsent,
  union,
  unknown,
  without,
} from './type.ts';
import type { IntegerKind, Type } from './type.ts';

/** What the types of its arguments show about a call. */
export interface CallType {
  readonly type: Type;
  /** Why it fails for all arguments of these types. */
  readonly fault?: CallFault;
}

export interface CallFault {
  /** The argument with the wrong type; absent if the arguments do not fit each other. */
  readonly argument?: number;
  /** What the parameter accepts, or what is wrong with the arguments together. */
  readonly reason: string;
  /** A change that would correct it. */
  readonly hint?: string;
}

/**
 * An argument's type, and whether it is a constant. The compiler has checked the type of a constant, which becomes the
 * parameter's.
 */
export interface ArgumentType {
  readonly type: Type;
  readonly isConstant: boolean;
}

/** The type of a call's result. If the function fails for every value of the arguments' types, also says why. */
export function typeOfCall(
  called: TemplateFunction,
  args: readonly ArgumentType[],
  language: Language,
): CallType {
  const taken: ArgumentType[] = [];
  for (const [index, { type, isConstant }] of args.entries()) {
    const param = paramOf(called, index);
    const given = asGiven(param, type, isConstant, language);
    taken.push({ type: given, isConstant });
    const present = without(type, 'absent', 'null');
    const isThere = !isNever(present);
    // A value that is always missing is another fault: a field that cannot exist is reported by its path.
    if (isNever(given) && (isConstant || !isThere)) return { type: never };
    if (isConstant || !isThere || !isNever(asGiven(param, present, isConstant, language))) continue;
    return {
      type: unknown,
      fault: { argument: index, reason: `takes ${paramWords[param]}`, ...hintFor(param, type) },
    };
  }
  const reason = called.refuses?.(taken.map(({ type }) => type));
  if (reason !== undefined) return { type: unknown, fault: { reason } };
  return folded(called, args, language) ?? { type: resultOf(called, taken) };
}

/** The values of an argument's type that a parameter accepts, in the form in which the function gets them. */
function asGiven(param: ParamType, type: Type, isConstant: boolean, language: Language): Type {
  if (type.unknown === true) return type;
  if (param === 'reflect') return orAbsent(type);
  const nothing = isNillable(param) && (type.absent === true || type.null === true) ? nil : never;
  const present = without(type, 'absent', 'null');
  if (param === 'any') return union(present, nothing);
  // The compiler has checked a constant, which gets the parameter's type.
  if (isConstant && (present.integers !== undefined || present.float === true))
    return constantNumber(param, present);
  return union(accepted(param, present, language), nothing);
}

function constantNumber(param: ParamType, { integers }: Type): Type {
  const kind = integerParams[param];
  if (kind !== undefined) return integer(kind, integers?.values);
  return param === 'float64' ? float : unknown;
}

/** The types of a call's arguments if its result is true, or false. */
export function narrowedArguments(
  called: TemplateFunction,
  args: readonly ArgumentType[],
  outcome: boolean,
  language: Language,
): readonly Type[] {
  const types = args.map(({ type }) => type);
  // A parameter accepts a missing value only as nil. So an argument about which a rule says more was accepted.
  const narrowed = called.narrows?.(types, outcome) ?? types;
  const combinations = combinationsOf(called, args, language);
  if (combinations === undefined) return narrowed;
  const results = combinations.map((values) => ({ values, result: attempt(called, values) }));
  if (results.some(({ result }) => result === 'unknown')) return narrowed;
  const met = results.filter(({ result }) => typeof result === 'object' && isTrue(result.value) === outcome);
  return narrowed.map((type, index) =>
    type.unknown === true ? type : union(...met.map(({ values }) => typeOfArgument(values[index]))),
  );
}

const typeOfArgument = (given: Given | undefined): Type => given?.type ?? never;

const resultOf = (called: TemplateFunction, args: readonly ArgumentType[]): Type =>
  called.result?.(args.map(({ type }) => type)) ?? unknown;

const paramOf = ({ params, variadic }: TemplateFunction, index: number): ParamType =>
  params[index] ?? variadic ?? 'any';

const takesAll = (param: ParamType): boolean => param === 'any' || param === 'reflect';

/** Whether a missing value is accepted, as an empty list or map. */
const isNillable = (param: ParamType): boolean =>
  takesAll(param) || param.startsWith('[]') || param.startsWith('map[');

const paramWords: Readonly<Record<ParamType, string>> = {
  any: 'any value',
  reflect: 'any value',
  string: 'a string',
  bool: 'a boolean',
  int: 'an int',
  int64: 'an int64',
  uint32: 'a uint32',
  float64: 'a float64',
  rune: 'a rune',
  '[]any': 'a list',
  '[]string': 'a list that a function made of strings',
  '[]byte': 'bytes',
  'map[string]any': 'a map',
  'time.Time': 'a time',
  'time.Duration': 'a duration',
};

const integerParams: Partial<Record<ParamType, IntegerKind>> = {
  int: 'int',
  int64: 'int64',
  uint32: 'uint32',
  rune: 'int32',
};

/** The present values of a type that a parameter accepts. */
function accepted(param: ParamType, type: Type, { oneNumber }: Language): Type {
  const wanted = integerParams[param];
  if (wanted !== undefined) {
    const { kinds = [], values } = type.integers ?? {};
    return kinds.includes(wanted) || (oneNumber && kinds.includes('int64')) ? integer(wanted, values) : never;
  }
  switch (param) {
    case 'string':
      return only(type, 'strings');
    case 'bool':
      return only(type, 'booleans');
    case 'float64':
      return type.float === true || (oneNumber && type.integers !== undefined) ? float : never;
    case 'map[string]any':
      return only(type, 'maps');
    case '[]any':
      return acceptedList(type, undefined);
    case '[]string':
      return acceptedList(type, 'string');
    case '[]byte':
      return acceptedList(type, 'uint8');
    case 'time.Time':
    case 'time.Duration':
      return only(type, 'named');
    default:
      return type;
  }
}

function acceptedList(type: Type, elem: string | undefined): Type {
  const { lists } = type;
  return lists?.elem === elem || lists?.elem === 'mixed' ? only(type, 'lists') : never;
}

function hintFor(param: ParamType, type: Type): Pick<CallFault, 'hint'> {
  if (param === 'int' && type.integers !== undefined) return { hint: 'convert it with "int"' };
  if (
    param === 'string' &&
    (type.integers !== undefined || type.booleans !== undefined || type.float === true)
  )
    return { hint: 'convert it with "toString"' };
  if (param === 'string' && type.lists !== undefined)
    return { hint: 'pick an item with "index" or "first", or put them together with "join"' };
  if (param === 'bool' && type.strings !== undefined) return { hint: 'compare it with "eq"' };
  return {};
}

/** One possible value of an argument, in the form in which the function gets it. */
interface Given {
  readonly type: Type;
  readonly value: Value;
}

/** How many combinations of values are tried. If there are more, a type is not computed value by value. */
const MAX_COMBINATIONS = 64;

/**
 * Every combination of the arguments' possible values, if they are few and the function is a pure computation with a
 * declared result.
 */
function combinationsOf(
  called: TemplateFunction,
  args: readonly ArgumentType[],
  language: Language,
): readonly (readonly Given[])[] | undefined {
  const { nondeterministic, mutates, stopsAt, structure, result } = called;
  if (result === undefined) return undefined;
  if (nondeterministic !== undefined || mutates === true || stopsAt !== undefined || structure === 'encodes')
    return undefined;
  let combinations: readonly (readonly Given[])[] = [[]];
  for (const [index, { type }] of args.entries()) {
    const values = valuesOf(type, paramOf(called, index), language);
    if (values === undefined || combinations.length * values.length > MAX_COMBINATIONS) return undefined;
    combinations = combinations.flatMap((before) => values.map((value) => [...before, value]));
  }
  return combinations;
}

function folded(
  called: TemplateFunction,
  args: readonly ArgumentType[],
  language: Language,
): CallType | undefined {
  const combinations = combinationsOf(called, args, language);
  if (combinations === undefined || combinations.length === 0) return undefined;
  const types: Type[] = [];
  let reason: string | undefined;
  for (const values of combinations) {
    const result = attempt(called, values);
    if (result === 'unknown') return undefined;
    if (typeof result === 'string') reason ??= result.slice('failed: '.length);
    else types.push(typeOfValue(result.value));
  }
  if (types.length > 0) return { type: union(...types) };
  // A function whose purpose is to fail is not at fault.
  if (isNever(resultOf(called, args))) return { type: never };
  return { type: unknown, fault: { reason: reason ?? 'fails' } };
}

type Attempt = { readonly value: Value } | 'unknown' | `failed: ${string}`;

function attempt(called: TemplateFunction, values: readonly Given[]): Attempt {
  try {
    return {
      value: called.call(
        values.map(({ value }) => value),
        new TrialContext(),
      ),
    };
  } catch (error) {
    return error instanceof FunctionError ? `failed: ${error.message}` : 'unknown';
  }
}

/** What a call may cost that is made to find a type. */
const MAX_STEPS = 2_000;

/** Longest string and list, in units and items, that is computed to find a type. */
const MAX_SIZE = 4_096;

/** What a function may use when it is tried on constants: very little. */
export class TrialContext implements CallContext {
  readonly structural = false;
  #left = MAX_STEPS;

  now(): number {
    return 0;
  }

  random(): number {
    return 0;
  }

  charge(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new LimitError('limit-steps', 'too much work to find a type');
  }

  checkLength(length: number): void {
    if (length > MAX_SIZE) throw new LimitError('limit-value-length', 'too long to find a type');
  }

  checkCount(count: number): void {
    if (count > MAX_SIZE) throw new LimitError('limit-list-length', 'too long to find a type');
  }
}

/** The values of a type, as a parameter gets them, if they are few. Values that the parameter refuses are left out. */
function valuesOf(type: Type, param: ParamType, language: Language): readonly Given[] | undefined {
  const { unknown: isUnknown, float: hasFloat, lists, maps, named, integers, strings, booleans } = type;
  if (
    isUnknown === true ||
    hasFloat === true ||
    lists !== undefined ||
    maps !== undefined ||
    named !== undefined
  )
    return undefined;
  if (
    (integers !== undefined && (integers.values === undefined || integers.kinds.length > 1)) ||
    strings?.encodes
  )
    return undefined;
  if (strings !== undefined && strings.values === undefined) return undefined;
  const nothing = isNillable(param) ? (param === 'reflect' ? undefined : null) : 'refused';
  return [
    ...(type.absent === true && nothing !== 'refused' ? [{ type: absent, value: nothing }] : []),
    ...(type.null === true && nothing !== 'refused' ? [{ type: nil, value: null }] : []),
    ...(param === 'bool' || takesAll(param) ? booleansOf(booleans) : []),
    ...integersOf(type, param, language),
    ...(param === 'string' || takesAll(param)
      ? (strings?.values ?? []).map((value) => ({
          type: { strings: { ...strings, values: [value] } },
          value,
        }))
      : []),
  ];
}

const booleansOf = (booleans: readonly boolean[] | undefined): readonly Given[] =>
  (booleans ?? []).map((value) => ({ type: { booleans: [value] }, value }));

function integersOf({ integers }: Type, param: ParamType, { oneNumber }: Language): readonly Given[] {
  const [kind] = integers?.kinds ?? [];
  if (kind === undefined) return [];
  return (integers?.values ?? []).flatMap((value): readonly Given[] => {
    const type = integer(kind, [value]);
    if (takesAll(param)) return [{ type, value: numberOf(oneNumber ? 'int64' : kind, value) }];
    if (param === 'float64') return [{ type, value: floatValue(value) }];
    const wanted = integerParams[param];
    return wanted === undefined ? [] : [{ type, value: numberOf(wanted, value) }];
  });
}

function numberOf(kind: IntegerKind, value: number): Value {
  if (kind === 'int64') return value;
  return kind === 'int' ? intValue(value) : new Num(kind, value);
}

/** Depth to which a value's type is found. */
const MAX_DEPTH = 8;

/** The type of one value. */
export function typeOfValue(value: Value, depth = 0): Type {
  switch (typeof value) {
    case 'undefined':
      return absent;
    case 'string':
    case 'boolean':
      return constant(value);
    case 'number':
      return isInt64(value) ? integer('int64', [value]) : float;
    case 'bigint':
      return int64;
    default:
      return value === null ? nil : typeOfObject(value, depth);
  }
}

function typeOfObject(value: NonNullable<Value>, depth: number): Type {
  if (depth > MAX_DEPTH) return unknown;
  if (value instanceof Num) {
    const { kind, value: number } = value;
    if (kind === 'float64' || kind === 'float32') return float;
    return integer(kind, typeof number === 'number' ? [number] : undefined);
  }
  const items = itemsOf(value);
  if (items !== undefined) {
    const item = union(...items.map((each) => typeOfValue(each, depth + 1)));
    return listOf(item, {
      size: items.length === 0 ? 'empty' : 'filled',
      ...(value instanceof TypedList ? { elem: value.elem } : {}),
    });
  }
  const entries = entriesOf(value);
  if (entries === undefined) return unknown;
  const fields = Object.entries(entries).map(([name, each]) => [name, typeOfValue(each, depth + 1)] as const);
  return mapOf(
    new Map(fields.map(([name, type]) => [name, () => type])),
    absent,
    fields.length === 0 ? 'empty' : 'filled',
  );
}
