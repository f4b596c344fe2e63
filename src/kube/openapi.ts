import { isRecord } from '../api/index.ts';
import type { ResourceType } from './object.ts';

/** A schema in OpenAPI v3's dialect of JSON Schema, references inlined. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

const text: JsonSchema = { type: 'string' };
const texts: JsonSchema = { type: 'object', additionalProperties: text };
const open: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** `metav1.ObjectMeta`. A CRD's own schema says only `type: object`, while the server knows all of this. */
const objectMeta: JsonSchema = {
  type: 'object',
  properties: {
    name: text,
    generateName: text,
    namespace: text,
    selfLink: text,
    uid: text,
    resourceVersion: text,
    generation: { type: 'integer', format: 'int64' },
    creationTimestamp: { type: 'string', format: 'date-time' },
    deletionTimestamp: { type: 'string', format: 'date-time' },
    deletionGracePeriodSeconds: { type: 'integer', format: 'int64' },
    labels: texts,
    annotations: texts,
    ownerReferences: {
      type: 'array',
      items: {
        type: 'object',
        required: ['apiVersion', 'kind', 'name', 'uid'],
        properties: {
          apiVersion: text,
          kind: text,
          name: text,
          uid: text,
          controller: { type: 'boolean' },
          blockOwnerDeletion: { type: 'boolean' },
        },
      },
    },
    finalizers: { type: 'array', items: text },
    managedFields: { type: 'array', items: open },
  },
};

/**
 * The schema of one version of a CRD, with `apiVersion`, `kind` and all of `metadata`; `undefined` if the CRD has no
 * such version.
 */
export function crdSchema(
  crd: { readonly [field: string]: unknown },
  version: string,
): JsonSchema | undefined {
  const spec = crd['spec'];
  if (!isRecord(spec) || !Array.isArray(spec['versions'])) return undefined;
  const entry = spec['versions'].filter(isRecord).find(({ name }) => name === version);
  if (entry === undefined) return undefined;
  const declared =
    isRecord(entry['schema']) && isRecord(entry['schema']['openAPIV3Schema'])
      ? entry['schema']['openAPIV3Schema']
      : open;
  // Converted from v1beta1: the server prunes nothing at any depth, so every object is open.
  const schema = spec['preserveUnknownFields'] === true ? opened(declared) : declared;
  return {
    type: 'object',
    ...schema,
    properties: {
      ...(isRecord(schema['properties']) && schema['properties']),
      apiVersion: text,
      kind: text,
      metadata: objectMeta,
    },
  };
}

/**
 * The fields by which the API server selects objects of one version of a CRD (apiextensions-apiserver
 * `crConverter.ConvertFieldLabel`); `undefined` if the CRD has no such version. A server before 1.30 drops `selectableFields` when it stores a CRD.
 */
export function crdSelectableFields(
  crd: { readonly [field: string]: unknown },
  version: string,
): readonly string[] | undefined {
  const spec = crd['spec'];
  if (!isRecord(spec) || !Array.isArray(spec['versions'])) return undefined;
  const entry = spec['versions'].filter(isRecord).find(({ name }) => name === version);
  if (entry === undefined) return undefined;
  const declared = Array.isArray(entry['selectableFields']) ? entry['selectableFields'] : [];
  return [
    'metadata.name',
    ...(spec['scope'] === 'Cluster' ? [] : ['metadata.namespace']),
    ...declared
      .filter(isRecord)
      .flatMap(({ jsonPath }) => (typeof jsonPath === 'string' ? [jsonPath.replace(/^\./, '')] : [])),
  ];
}

/** The schema, with unknown fields kept in every object that it describes. */
function opened(schema: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties } = schema;
  return {
    ...schema,
    ...(isRecord(items) && { items: opened(items) }),
    ...(isRecord(additionalProperties) && { additionalProperties: opened(additionalProperties) }),
    ...(isRecord(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, child]) => [name, isRecord(child) ? opened(child) : child]),
      ),
    }),
    ...((schema['type'] === 'object' || isRecord(properties)) && {
      'x-kubernetes-preserve-unknown-fields': true,
    }),
  };
}

/** The schema of a kind from an OpenAPI v3 document of its group and version. */
export function openApiV3Schema(document: unknown, type: ResourceType): JsonSchema | undefined {
  const components =
    isRecord(document) && isRecord(document['components']) ? document['components']['schemas'] : undefined;
  return isRecord(components) ? kindSchema(components, '#/components/schemas/', type) : undefined;
}

/** The schema of a kind from the server's whole OpenAPI v2 document. */
export function openApiV2Schema(document: unknown, type: ResourceType): JsonSchema | undefined {
  const definitions = isRecord(document) ? document['definitions'] : undefined;
  return isRecord(definitions) ? kindSchema(definitions, '#/definitions/', type) : undefined;
}

function kindSchema(
  definitions: Record<string, unknown>,
  prefix: string,
  type: ResourceType,
): JsonSchema | undefined {
  const name = Object.keys(definitions).find((candidate) => describesKind(definitions[candidate], type));
  return name === undefined ? undefined : new Inliner(definitions, prefix).definition(name);
}

function describesKind(definition: unknown, type: ResourceType): boolean {
  const kinds = isRecord(definition) ? definition['x-kubernetes-group-version-kind'] : undefined;
  // Definitions such as DeleteOptions belong to many groups; the definition of an object belongs to one.
  return (
    Array.isArray(kinds) &&
    kinds.length === 1 &&
    kinds
      .filter(isRecord)
      .some(
        ({ group, version, kind }) => group === type.group && version === type.version && kind === type.kind,
      )
  );
}

/**
 * Replaces references by their definitions. Each definition is inlined once and shared, so the result stays as small as
 * the document. If a definition contains itself (JSONSchemaProps), it is left open at that point.
 */
class Inliner {
  readonly #definitions: Record<string, unknown>;
  readonly #prefix: string;
  readonly #done = new Map<string, JsonSchema>();
  readonly #open = new Set<string>();

  constructor(definitions: Record<string, unknown>, prefix: string) {
    this.#definitions = definitions;
    this.#prefix = prefix;
  }

  definition(name: string): JsonSchema {
    const done = this.#done.get(name);
    if (done !== undefined) return done;
    const definition = this.#definitions[name];
    if (this.#open.has(name) || !isRecord(definition)) return open;
    this.#open.add(name);
    const schema = this.#schema(definition);
    this.#open.delete(name);
    this.#done.set(name, schema);
    return schema;
  }

  #schema(schema: Record<string, unknown>): JsonSchema {
    const referred = this.#referred(schema);
    if (referred !== undefined) return referred;
    if (isIntOrString(schema)) return { 'x-kubernetes-int-or-string': true };
    const inlined = Object.fromEntries(
      Object.entries(schema).map(([keyword, value]) => [keyword, this.#keyword(keyword, value)]),
    );
    // RawExtension, FieldsV1, JSON: an object without any description may contain anything.
    return isUnspecified(inlined) ? { ...inlined, 'x-kubernetes-preserve-unknown-fields': true } : inlined;
  }

  /** `$ref` alone, or in an `allOf` of one element, as v3 writes it beside a description or default. */
  #referred(schema: Record<string, unknown>): JsonSchema | undefined {
    const only: unknown =
      Array.isArray(schema['allOf']) && schema['allOf'].length === 1 ? schema['allOf'][0] : schema;
    const reference = isRecord(only) ? only['$ref'] : undefined;
    return typeof reference === 'string' && reference.startsWith(this.#prefix)
      ? this.definition(reference.slice(this.#prefix.length))
      : undefined;
  }

  #keyword(keyword: string, value: unknown): unknown {
    if (keyword === 'properties' && isRecord(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([name, schema]) => [
          name,
          isRecord(schema) ? this.#schema(schema) : schema,
        ]),
      );
    }
    if ((keyword === 'items' || keyword === 'additionalProperties') && isRecord(value))
      return this.#schema(value);
    return value;
  }
}

/** v2 says `type: string, format: int-or-string`; v3 adds `oneOf`. */
function isIntOrString(schema: Record<string, unknown>): boolean {
  return schema['format'] === 'int-or-string';
}

function isUnspecified(schema: Record<string, unknown>): boolean {
  return (
    (schema['type'] === 'object' || schema['type'] === undefined) &&
    schema['properties'] === undefined &&
    schema['additionalProperties'] === undefined &&
    schema['oneOf'] === undefined &&
    schema['anyOf'] === undefined
  );
}
