import type { Schema } from '../../api/index.ts';
import type { Type } from '../../template/index.ts';
import { types } from '../../template/index.ts';
import { objectSchema, partSchema, valuesSchema } from '../trial/object-schema.ts';

const {
  boolean,
  float,
  int64,
  lazily,
  listOf,
  mapOf,
  never,
  nil,
  number,
  oneOf,
  optional,
  string,
  stringWith,
  union,
  unknown,
} = types;

const known = new WeakMap<Schema, Type>();

/** The type of the objects of a kind. Its parts are computed only when needed, because schemas are large. */
export function typeOfObjects(schema: Schema): Type {
  let type = known.get(schema);
  if (type === undefined) {
    const whole = objectSchema(schema);
    const { metadata = {} } = whole.properties ?? {};
    type = typeOf({
      ...whole,
      required: [...(whole.required ?? []), 'apiVersion', 'kind', 'metadata'],
      properties: { ...whole.properties, metadata: { ...metadata, required: ['name', 'uid'] } },
    });
    known.set(schema, type);
  }
  return type;
}

/**
 * The type of the values that a schema allows.
 *
 * @param field the name of the field that holds the value, or the list of which it is an item
 */
export function typeOf(declared: Schema, field = ''): Type {
  const schema = partSchema(declared) as OpenSchema;
  const type = typeOfPresent(schema, field);
  return schema.nullable === true ? union(type, nil) : type;
}

/** The fields of schemas beyond those that the project's own schemas use. */
interface OpenSchema extends Omit<Schema, 'enum'> {
  readonly enum?: readonly unknown[];
  readonly nullable?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
}

function typeOfPresent(schema: OpenSchema, field: string): Type {
  if (schema.enum !== undefined && schema.enum.length > 0) return typeOfValues(schema.enum);
  if (schema['x-kubernetes-int-or-string'] === true) return union(int64, string);
  switch (schema.type) {
    case 'object':
      return typeOfMap(schema, field);
    case 'array': {
      const { items } = schema;
      if (items === undefined) return listOf(unknown);
      return listOf(
        lazily(() => typeOf(items, field)),
        (schema.minItems ?? 0) > 0 ? { size: 'filled' } : {},
      );
    }
    case 'string':
      return stringWith({
        ...(schema.format === undefined ? {} : { format: schema.format }),
        ...((schema.minLength ?? 0) > 0 ? { filled: true } : {}),
      });
    case 'boolean':
      return boolean;
    case 'integer':
      return int64;
    case 'number':
      return number;
    default:
      return schema.properties === undefined ? unknown : typeOfMap(schema, field);
  }
}

function typeOfValues(values: readonly unknown[]): Type {
  const texts = values.filter((value) => typeof value === 'string');
  const others = values.map((value) => {
    if (typeof value === 'string') return never;
    if (typeof value === 'number')
      return Number.isSafeInteger(value) ? types.integer('int64', [value]) : float;
    return value === null || typeof value === 'boolean' ? types.constant(value) : unknown;
  });
  return union(texts.length === 0 ? never : oneOf(texts), ...others);
}

function typeOfMap(schema: OpenSchema, holder: string): Type {
  const { properties, required = [] } = schema;
  const hasStatus = isCondition(schema, holder);
  const fields = Object.entries(properties ?? {}).map(([name, field]) => {
    // A field with a default is always present: the API server also adds it when an object is read.
    const isThere = required.includes(name) || field.default !== undefined;
    const ofField = () => (name === 'status' && hasStatus ? conditionStatus : typeOf(field, name));
    return [name, lazily(() => (isThere ? ofField() : optional(ofField())))] as const;
  });
  return mapOf(new Map(fields), typeOfOthers(schema));
}

/** The statuses of `metav1.Condition`. Not every CRD lists them. */
const conditionStatus = oneOf(['True', 'False', 'Unknown']);

/**
 * Whether objects are conditions, as Kubernetes writes them: by the name of their list, or by the fields that only
 * conditions have together. Not every CRD lists all of them.
 */
const isCondition = ({ properties = {} }: OpenSchema, holder: string): boolean => {
  const hasText = (name: string) => properties[name]?.type === 'string';
  return (
    hasText('type') &&
    hasText('status') &&
    properties['status']?.enum === undefined &&
    (/conditions$/i.test(holder) ||
      hasText('lastTransitionTime') ||
      (hasText('reason') && hasText('message')))
  );
};

/** The type of fields that the schema does not list. An object about which it says nothing may contain anything. */
function typeOfOthers(schema: OpenSchema): Type | (() => Type) {
  const values = valuesSchema(schema as Schema);
  if (values !== undefined) return lazily(() => typeOf(values));
  const isOpen =
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema.additionalProperties !== undefined ||
    schema.properties === undefined;
  return isOpen ? unknown : types.absent;
}
