import type { ClusterImportPolicy, KubeObject } from '../../api/index.ts';
import { valueAt } from '../../api/index.ts';
import type { PolicyTemplate } from '../../policy/index.ts';
import { redacted } from '../plan/redaction.ts';
import type { ReadValue, TemplateData } from './reads.ts';
import { readValues } from './reads.ts';
import { linesOf } from './template-lines.ts';

/** Where the value of a field of a PediaCluster comes from. */
export interface FieldOrigin {
  readonly field: string;
  /** As JSON, with a fingerprint instead of a credential; `absent` if there is no value. */
  readonly value: string;
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
  return {
    field,
    value: value === undefined ? 'absent' : JSON.stringify(value),
    lines: spans.flatMap(({ from, to }) =>
      text.slice(from - 1, to).map((line, index) => ({ line: from + index, text: line })),
    ),
    reads: spans.flatMap((lines) => readValues(template, data, lines)),
    ...(writer === undefined ? {} : { writer }),
  };
}

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
