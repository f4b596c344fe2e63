import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';
import type { Schema } from '../../api/index.ts';

/** A part of an object that its schema does not allow. The message never repeats a value. */
export interface SchemaProblem {
  /** Path of the field, e.g. `spec.syncResources[0].resources`; empty for the object itself. */
  readonly field: string;
  /** Names and indices on that path that exist in the object. The message repeats nothing else of the object. */
  readonly path: readonly string[];
  /** Whether it is the last name of the path that is wrong. @default 'value' */
  readonly part?: 'key';
  readonly message: string;
  /** The message where the template decodes base64 for this value. */
  readonly whereDecoded?: string;
  readonly suggestion?: string;
  /** The format that a text does not have. */
  readonly format?: string;
  /** Whether something is missing: a field, or items of a list. */
  readonly lacks?: 'field' | 'items';
}

/** Base64 with its padding. Go's encoding/json skips line breaks in it. */
function isBase64(text: string): boolean {
  const bare = text.replace(/[\r\n]/g, '');
  return bare.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(bare);
}

/** The settings of a validator: report every error, and check the formats that Kubernetes checks. */
function newAjv(): Ajv {
  // The schemas are our own, and tests check them. Otherwise ajv would compile the schema of schemas first, in each
  // process.
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: true, validateSchema: false });
  ajv.addFormat('byte', isBase64);
  ajv.addFormat('int64', { type: 'number', validate: Number.isInteger });
  ajv.addFormat('date-time', (text: string) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text),
  );
  return ajv;
}

/**
 * Compiles a schema to a validator for which an unknown field is an error. The API server would drop it, but for the
 * author
 * of a policy it is a typo.
 * @param closest finds the known name that was probably meant
 */
export function closedValidator(
  schema: Schema,
  closest: (name: string, names: Iterable<string>) => string | undefined,
): (value: unknown) => readonly SchemaProblem[] {
  let validate: ValidateFunction | undefined;
  return (value) => {
    validate ??= newAjv().compile(closed(schema));
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => describe(error, schema, closest));
  };
}

/** The schema with `additionalProperties: false` wherever properties are listed and unknown ones are not preserved. */
function closed(schema: Schema): object {
  const { properties, items, additionalProperties } = schema;
  return {
    ...schema,
    ...(items === undefined ? {} : { items: closed(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: closed(additionalProperties) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, child]) => [name, closed(child)]),
          ),
          ...(schema['x-kubernetes-preserve-unknown-fields'] === true ? {} : { additionalProperties: false }),
        }),
  };
}

function describe(
  error: ErrorObject,
  schema: Schema,
  closest: (name: string, names: Iterable<string>) => string | undefined,
): SchemaProblem {
  const segments = error.instancePath.split('/').slice(1).map(unescapePointer);
  const parent = fieldPath(segments);
  const params = error.params as { [name: string]: unknown };
  switch (error.keyword) {
    case 'required': {
      const field = join(parent, String(params['missingProperty']));
      return { field, path: segments, lacks: 'field', message: `required field ${field} is missing` };
    }
    case 'additionalProperties': {
      const name = String(params['additionalProperty']);
      const field = join(parent, name);
      const suggestion = closest(name, Object.keys(schemaAt(schema, segments)?.properties ?? {}));
      return {
        field,
        path: [...segments, name],
        part: 'key',
        message: `unknown field ${field}`,
        ...(suggestion === undefined ? {} : { suggestion }),
      };
    }
    case 'type':
      return {
        field: parent,
        path: segments,
        message: `${parent} must be ${article(String(params['type']))}`,
      };
    case 'minItems': {
      const limit = Number(params['limit']);
      return {
        field: parent,
        path: segments,
        lacks: 'items',
        message: `${parent} must have at least ${String(limit)} item${limit === 1 ? '' : 's'}`,
      };
    }
    case 'enum':
      return {
        field: parent,
        path: segments,
        message: `${parent} must be one of ${(params['allowedValues'] as string[]).join(', ')}`,
      };
    case 'format':
      return params['format'] === 'byte'
        ? {
            field: parent,
            path: segments,
            format: 'byte',
            message: `${parent} must be base64; pipe the value through b64enc if it is not encoded yet`,
            whereDecoded: `${parent} must be base64; leave out b64dec, which decodes the value`,
          }
        : {
            field: parent,
            path: segments,
            message: `${parent} must be a ${String(params['format'])}`,
          };
    default:
      return {
        field: parent,
        path: segments,
        message: `${parent} ${error.message ?? 'is not valid'}`,
      };
  }
}

const unescapePointer = (segment: string) => segment.replaceAll('~1', '/').replaceAll('~0', '~');

const article = (type: string) => (/^[aeio]/.test(type) ? `an ${type}` : `a ${type}`);

const join = (parent: string, name: string) => (parent === '' ? name : `${parent}.${name}`);

function fieldPath(segments: readonly string[]): string {
  return segments.reduce(
    (path, segment) => (/^\d+$/.test(segment) ? `${path}[${segment}]` : join(path, segment)),
    '',
  );
}

function schemaAt(schema: Schema, segments: readonly string[]): Schema | undefined {
  return segments.reduce<Schema | undefined>(
    (at, segment) => at?.properties?.[segment] ?? at?.items ?? at?.additionalProperties,
    schema,
  );
}
