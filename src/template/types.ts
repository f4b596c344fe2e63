import { Encoded, Num, Opaque, TypedList, TypedMap } from './value.ts';
import { hasKeys } from './keys.ts';
import type { NumKind, Value, ValueMap } from './value.ts';

/* What Go's reflection would report for a value. */

/** Go's kinds, those that templates can distinguish. `invalid` is a missing value, `interface` a nil interface. */
export type Kind =
  | 'invalid'
  | 'interface'
  | 'bool'
  | 'int'
  | 'uint'
  | 'float'
  | 'complex'
  | 'string'
  | 'slice'
  | 'map'
  | 'struct';

const numberKinds: Readonly<Record<NumKind, 'int' | 'uint' | 'float'>> = {
  int: 'int',
  int8: 'int',
  int16: 'int',
  int32: 'int',
  int64: 'int',
  uint: 'uint',
  uint8: 'uint',
  uint16: 'uint',
  uint32: 'uint',
  uint64: 'uint',
  float32: 'float',
  float64: 'float',
};

/** Whether a bare JavaScript number is an `int64`. Otherwise it is a `float64`. */
export function isInt64(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

/** Whether a value is a `map[string]interface{}`. */
export function isPlainMap(value: Value): value is ValueMap {
  if (typeof value !== 'object' || value === null) return false;
  // The most common case first: asking for the prototype takes longer.
  if (value.constructor === Object) return true;
  return !(
    Array.isArray(value) ||
    value instanceof Num ||
    value instanceof Opaque ||
    value instanceof Encoded ||
    value instanceof TypedList ||
    value instanceof TypedMap
  );
}

/** Whether a value is a `[]interface{}`. */
export function isPlainList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** The items of any slice; `undefined` if the value is not one. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (isPlainList(value)) return value;
  return value instanceof TypedList ? value.items : undefined;
}

/** The entries of any map; `undefined` if the value is not one. */
export function entriesOf(value: Value): ValueMap | undefined {
  if (isPlainMap(value)) return value;
  return value instanceof TypedMap ? value.entries : undefined;
}

/** The text of a string, plain or encoded; `undefined` if the value is not one. */
export function textOf(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof Encoded ? value.text : undefined;
}

/** A value's kind. Named types such as `time.Duration` have the kind of their underlying type. */
export function kindOf(value: Value): Kind {
  switch (typeof value) {
    case 'undefined':
      return 'invalid';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'number':
      return isInt64(value) ? 'int' : 'float';
    default:
      return kindOfObject(value);
  }
}

function kindOfObject(value: Value): Kind {
  if (value === null) return 'interface';
  if (Array.isArray(value) || value instanceof TypedList) return 'slice';
  if (value instanceof Num) return numberKinds[value.kind];
  if (value instanceof Encoded) return 'string';
  if (value instanceof Opaque) return value.kind;
  return 'map';
}

/** A value's Go type as `%T` prints it. */
export function typeOf(value: Value): string {
  switch (typeof value) {
    case 'undefined':
      return 'nil';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    case 'bigint':
      return 'int64';
    case 'number':
      return isInt64(value) ? 'int64' : 'float64';
    default:
      return typeOfObject(value);
  }
}

function typeOfObject(value: Value): string {
  if (value === null) return 'interface {}';
  if (Array.isArray(value)) return '[]interface {}';
  if (value instanceof TypedList) return `[]${value.elem}`;
  if (value instanceof TypedMap) return `map[string]${value.elem}`;
  if (value instanceof Num) return value.kind;
  if (value instanceof Encoded) return 'string';
  if (value instanceof Opaque) return value.type;
  return 'map[string]interface {}';
}

/** A number of any kind as a JavaScript number; a bigint only if an integer is outside the safe range. */
export function numericValue(value: Value): number | bigint {
  if (value instanceof Num) return value.value;
  if (value instanceof Opaque) return numericValue(value.underlying());
  return typeof value === 'number' || typeof value === 'bigint' ? value : NaN;
}

/** Go's truth: neither the zero of its type nor empty (`IsTrue` in exec.go). */
export function isTrue(value: Value): boolean {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      return value !== '';
    case 'number':
    case 'bigint':
      // NaN differs from zero, and that is Go's test.
      return value !== 0;
    case 'undefined':
      return false;
    default:
      return isTrueObject(value);
  }
}

function isTrueObject(value: Value): boolean {
  if (value === null || value === undefined) return false;
  if (value.constructor === Object) return hasKeys(value as ValueMap);
  const items = itemsOf(value);
  if (items) return items.length > 0;
  if (value instanceof Num) return value.value !== 0;
  if (value instanceof Encoded) return value.text !== '';
  if (value instanceof Opaque) return value.isTrue();
  return hasKeys(entriesOf(value) ?? nilMap);
}

const smallInts: readonly Num[] = Array.from({ length: 1024 }, (_, i) => new Num('int', i));

/** A Go `int`. */
export function intValue(value: number): Num {
  return smallInts[value] ?? new Num('int', value);
}

/** A Go `float64`. */
export function floatValue(value: number): Value {
  return Number.isSafeInteger(value) ? new Num('float64', value) : value;
}

/** A nil `[]interface{}`. It prints as an empty list, encodes as `null`, and is not deeply equal to an empty list. */
export const nilList: readonly Value[] = Object.freeze([]);

/** A nil `[]string`. */
export const nilStrings: TypedList = new TypedList('string', Object.freeze([]));

/** A nil `map[string]interface{}`. */
export const nilMap: ValueMap = Object.freeze({});

/** Whether it is a nil slice or a nil map. */
export function isNilContainer(value: Value): boolean {
  return value === nilList || value === nilMap || value === nilStrings;
}
