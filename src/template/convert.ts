import type { ParamType } from './function.ts';
import { isInt64, isPlainMap, typeOf } from './types.ts';
import { Encoded, Num, Opaque, TypedList } from './value.ts';
import type { Value } from './value.ts';

/* Which values a parameter accepts: Go's assignability, as `validateType` in exec.go checks it. */

const goTypes: Readonly<Record<ParamType, string>> = {
  any: 'interface {}',
  reflect: 'reflect.Value',
  string: 'string',
  bool: 'bool',
  int: 'int',
  int64: 'int64',
  uint32: 'uint32',
  float64: 'float64',
  rune: 'int32',
  '[]any': '[]interface {}',
  '[]string': '[]string',
  '[]byte': '[]uint8',
  'map[string]any': 'map[string]interface {}',
  'time.Time': 'time.Time',
  'time.Duration': 'time.Duration',
};

const isParamType = (type: string): type is ParamType => Object.hasOwn(goTypes, type);

/** A parameter's type as Go writes it. Parameters of methods already have this form. */
export function goTypeOf(type: string): string {
  return isParamType(type) ? goTypes[type] : type;
}

/** What a missing value becomes as an argument; `undefined` instead of a result if Go refuses it. */
export function nilFor(type: string): { readonly value: undefined | null } | undefined {
  if (type === 'reflect') return { value: undefined };
  return type === 'any' || type.startsWith('[]') || type.startsWith('map[') || type.startsWith('*')
    ? { value: null }
    : undefined;
}

/** Whether a value that is neither missing nor nil has a parameter's type. */
export function isAssignable(value: Value, type: string): boolean {
  switch (type) {
    case 'any':
    case 'reflect':
    case 'interface {}':
      return true;
    case 'string':
      return typeof value === 'string' || value instanceof Encoded;
    case 'bool':
      return typeof value === 'boolean';
    case 'int64':
      return (
        typeof value === 'bigint' || (typeof value === 'number' && isInt64(value)) || isNum(value, 'int64')
      );
    case 'float64':
      return (typeof value === 'number' && !isInt64(value)) || isNum(value, 'float64');
    case '[]any':
      return Array.isArray(value);
    case 'map[string]any':
      return isPlainMap(value);
    default:
      return isAssignableObject(value, goTypeOf(type));
  }
}

const isNum = (value: Value, kind: Num['kind']): boolean => value instanceof Num && value.kind === kind;

function isAssignableObject(value: Value, type: string): boolean {
  if (value instanceof Num) return value.kind === type;
  return (value instanceof TypedList || value instanceof Opaque) && typeOf(value) === type;
}
