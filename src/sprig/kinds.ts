import type { CallContext } from '../template/function.ts';
import { LimitError } from '../template/errors.ts';
import { hasKeys } from '../template/keys.ts';
import { defaultLimits } from '../template/limits.ts';
import {
  entriesOf,
  isInt64,
  isNilContainer,
  itemsOf,
  nilMap,
  typeOf as goTypeOf,
} from '../template/types.ts';
import { Encoded, Num, Opaque } from '../template/value.ts';
import type { Value, ValueMap } from '../template/value.ts';

/* The questions about a value that sprig asks Go's reflect package. */

/** Thrown if Go's JSON encoder returns an error: the value cannot be written as JSON. */
export class UnsupportedValue extends Error {}

/** A Go value that sprig itself creates. It knows its JSON form, and when it is deeply equal to another value. */
export abstract class SprigValue extends Opaque {
  /** The value that `encoding/json` encodes instead of it. @throws UnsupportedValue */
  abstract toJsonValue(): Value;
  /** `reflect.DeepEqual` with a value of the same type. */
  abstract deepEquals(other: SprigValue): boolean;
}

const MAX_VALUE_DEPTH = defaultLimits.nesting;

/** Fails if a walk is too deep. */
export function checkDepth(depth: number): void {
  if (depth > MAX_VALUE_DEPTH)
    throw new LimitError(
      'limit-nesting',
      `a value is nested more than ${String(MAX_VALUE_DEPTH)} deep, or contains itself`,
    );
}

/** `reflect.ValueOf(value).Kind().String()`. */
export function kindName(value: Value): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return isInt64(value) ? 'int64' : 'float64';
    case 'bigint':
      return 'int64';
    case 'boolean':
      return 'bool';
    default:
      return kindNameOfObject(value);
  }
}

function kindNameOfObject(value: Value): string {
  if (value === undefined || value === null) return 'invalid';
  if (value instanceof Num) return value.kind;
  if (itemsOf(value)) return 'slice';
  if (value instanceof Encoded) return 'string';
  if (!(value instanceof Opaque)) return 'map';
  if (value.kind === 'complex') return value.type;
  if (value.kind !== 'struct') return kindName(value.underlying());
  return value.type.startsWith('*') ? 'ptr' : 'struct';
}

/** `fmt.Sprintf("%T", value)`. */
export function typeName(value: Value): string {
  return value === undefined || value === null ? '<nil>' : goTypeOf(value);
}

/** sprig's `empty`: the zero value of its type, or a string, list or map without content. */
export function isEmpty(value: Value): boolean {
  switch (typeof value) {
    case 'string':
      return value === '';
    case 'boolean':
      return !value;
    case 'number':
      return value === 0;
    case 'bigint':
      return value === 0n;
    default:
      return isEmptyObject(value);
  }
}

function isEmptyObject(value: Value): boolean {
  if (value === undefined || value === null) return true;
  if (value.constructor === Object) return !hasKeys(value as ValueMap);
  if (value instanceof Num) return Number(value.value) === 0;
  if (value instanceof Encoded) return value.text === '';
  if (value instanceof Opaque) return value.kind !== 'struct' && !value.isTrue();
  const items = itemsOf(value);
  if (items) return items.length === 0;
  return !hasKeys(entriesOf(value) ?? nilMap);
}

/** `reflect.DeepEqual`. Charges a step per compared value. Fails for values with too deep nesting. */
export function deepEqual(a: Value, b: Value, context: CallContext, depth = 0): boolean {
  context.charge(2);
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  if (typeName(a) !== typeName(b) || isNilContainer(a) !== isNilContainer(b)) return false;
  if (a instanceof Num) return b instanceof Num && a.value === b.value;
  if (a instanceof SprigValue) return b instanceof SprigValue && a.deepEquals(b);
  if (a === b) return typeof a !== 'number' || !Number.isNaN(a);
  checkDepth(depth);
  return deepEqualContainers(a, b, context, depth);
}

function deepEqualContainers(a: Value, b: Value, context: CallContext, depth: number): boolean {
  const items = itemsOf(a);
  const others = itemsOf(b);
  if (items && others)
    return (
      items.length === others.length &&
      items.every((item, i) => deepEqual(item, others[i], context, depth + 1))
    );
  const entries = entriesOf(a);
  const otherEntries = entriesOf(b);
  if (!entries || !otherEntries) return false;
  const keys = Object.keys(entries);
  context.charge(keys.length);
  return (
    keys.length === Object.keys(otherEntries).length &&
    keys.every(
      (key) =>
        Object.hasOwn(otherEntries, key) && deepEqual(entries[key], otherEntries[key], context, depth + 1),
    )
  );
}

/** A new map that a template owns and `set` may change. */
export function newMap(): Record<string, Value> {
  return {};
}

/** Sets an own key, even if the prototype has a property of that name. */
export function setKey(map: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__')
    Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
  else map[key] = value;
}

/** The value at an own key; `undefined` if the map does not have it. */
export function getKey(map: ValueMap, key: string): Value {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
