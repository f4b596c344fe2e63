import type { ClusterImportPolicy, KubeObject, Schema } from '../../api/index.ts';
import { isRecord, renderedPediaClusterSchema, valueAt } from '../../api/index.ts';
import type { PolicyTemplate } from '../../policy/index.ts';
import { closest, didYouMean } from '../../template/index.ts';
import { UsageError } from '../errors.ts';
import { redacted } from '../plan/redaction.ts';
import type { ReadValue, TemplateData } from './reads.ts';
import { readValues } from './reads.ts';
import { linesOf } from './template-lines.ts';

/** Where the value of a field of a PediaCluster comes from. */
export interface FieldOrigin {
  readonly field: string;
  /** As JSON, with a fingerprint instead of a credential; `absent` if there is no value. */
  readonly value: string;
  /** The field that was probably meant, where there is no value. */
  readonly suggestion?: string;
  /** The lines of `spec.template` that write it, from 1. */
  readonly lines: readonly { readonly line: number; readonly text: string }[];
  readonly reads: readonly ReadValue[];
  /** Who set it last; absent if the object does not say. */
  readonly writer?: { readonly manager: string; readonly operation: string; readonly time: string };
}

/** @param field `spec.apiserver`, `metadata.labels.region` */
export function fieldOrigin(
  field: string,
  { spec }: ClusterImportPolicy,
  { template }: PolicyTemplate,
  data: TemplateData,
  pediaCluster: KubeObject | undefined,
): FieldOrigin {
  const path = segmentsOf(field);
  const text = spec.template.split('\n');
  const spans = linesOf(spec.template, path);
  const writer = pediaCluster === undefined ? undefined : writerOf(pediaCluster, path);
  const value: unknown = pediaCluster === undefined ? undefined : valueAt(redacted(pediaCluster), path);
  const suggestion =
    value === undefined && pediaCluster !== undefined ? besideIt(pediaCluster, path) : undefined;
  return {
    field,
    value: value === undefined ? ABSENT : JSON.stringify(value),
    ...(suggestion === undefined ? {} : { suggestion }),
    lines: spans.flatMap(({ from, to }) =>
      text.slice(from - 1, to).map((line, index) => ({ line: from + index, text: line })),
    ),
    reads: spans.flatMap((lines) => readValues(template, data, lines)),
    ...(writer === undefined ? {} : { writer }),
  };
}

/** What is told of a field that a PediaCluster does not have. */
export const ABSENT = 'absent';

/** A field that the object has beside the one that it lacks, of nearly that name. */
function besideIt(object: KubeObject, path: readonly string[]): string | undefined {
  const parent = valueAt(object, path.slice(0, -1));
  const meant = isRecord(parent) ? closest(path.at(-1) ?? '', Object.keys(parent)) : undefined;
  return meant === undefined ? undefined : fieldText([...path.slice(0, -1), meant]);
}

/** Whatever the API server keeps in `metadata`. */
const ofServer = ['name', 'uid', 'generation', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp'];
const open: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** The fields of a PediaCluster, whoever writes them. */
const fields: Schema = {
  ...renderedPediaClusterSchema,
  properties: {
    ...renderedPediaClusterSchema.properties,
    metadata: {
      ...renderedPediaClusterSchema.properties.metadata,
      properties: {
        ...renderedPediaClusterSchema.properties.metadata.properties,
        ...Object.fromEntries(ofServer.map((name) => [name, { type: 'string' }])),
        finalizers: { type: 'array', items: { type: 'string' } },
        ownerReferences: { type: 'array', items: open },
        managedFields: { type: 'array', items: open },
      },
    },
    status: open,
  },
};

/**
 * Refuses the name of a field that no PediaCluster has.
 * @throws {UsageError} with the field that was probably meant, or those that there are
 */
export function checkField(field: string): void {
  const path = segmentsOf(field);
  let schema: Schema = fields;
  for (const [index, name] of path.entries()) {
    const { properties, additionalProperties, items, type } = schema;
    if (schema['x-kubernetes-preserve-unknown-fields'] === true) return;
    const next: Schema | undefined =
      type === 'array' && /^\d+$/.test(name) ? items : (properties?.[name] ?? additionalProperties);
    if (next === undefined) throw new UsageError(unknownField(path, index, Object.keys(properties ?? {})));
    schema = next;
  }
  if (path.length === 0) throw new UsageError('--field needs the name of a field, e.g. spec.apiserver');
}

function unknownField(path: readonly string[], index: number, known: readonly string[]): string {
  const parent = fieldText(path.slice(0, index));
  const name = path[index] ?? '';
  const what = `--field: a PediaCluster has no field ${fieldText(path)}`;
  // What stands in `spec` or in `metadata` may have been named without it.
  const ways = index > 0 ? [''] : ['', 'spec', 'metadata'];
  for (const way of ways) {
    const names = way === '' ? known : Object.keys(fields.properties?.[way]?.properties ?? {});
    const meant = closest(name, names);
    if (meant === undefined) continue;
    const before = [...path.slice(0, index), ...(way === '' ? [] : [way])];
    return what + didYouMean(fieldText([...before, meant, ...path.slice(index + 1)]));
  }
  if (known.length === 0) return `${what}: ${parent} has no fields`;
  return `${what}; ${parent === '' ? 'it' : parent} has ${known.join(', ')}`;
}

/** Keys as one writes them: `metadata.labels["a.b/c"]`, `spec.syncResources[0]`. */
const fieldText = (path: readonly string[]): string =>
  path
    .map((name, index) =>
      /^\d+$/.test(name)
        ? `[${name}]`
        : /^[\w-]+$/.test(name)
          ? `${index === 0 ? '' : '.'}${name}`
          : `[${JSON.stringify(name)}]`,
    )
    .join('');

/** `metadata.labels["a.b/c"].x` as its keys. */
function segmentsOf(field: string): readonly string[] {
  return [...field.matchAll(/\["([^"]*)"\]|([^.[\]]+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly time?: string;
  readonly fieldsV1?: unknown;
}

/** The latest entry of `metadata.managedFields` that has the field, or one below it (structured-merge-diff's fieldsV1). */
function writerOf({ metadata }: KubeObject, path: readonly string[]): FieldOrigin['writer'] {
  const { managedFields } = metadata as { readonly managedFields?: unknown };
  const entries = Array.isArray(managedFields) ? (managedFields as readonly ManagedFields[]) : [];
  const [latest] = entries
    .filter(
      ({ fieldsV1 }) =>
        valueAt(
          fieldsV1,
          path.map((name) => `f:${name}`),
        ) !== undefined,
    )
    .sort((one, other) => ((one.time ?? '') < (other.time ?? '') ? 1 : -1));
  if (latest === undefined) return undefined;
  const { manager = '', operation = '', time = '' } = latest;
  return { manager, operation, time };
}
