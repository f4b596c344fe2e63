import type { Schema } from '../api/index.ts';

/** A kind that Kubernetes has without a CRD, and in which platforms keep clusters or credentials. */
export interface BuiltinResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly schema: Schema;
}

const text = { type: 'string' } as const;

/** Secret and ConfigMap as in Kubernetes' published OpenAPI (core/v1, with `immutable` since 1.21). */
export const builtinResources: readonly BuiltinResource[] = [
  {
    group: '',
    version: 'v1',
    resource: 'secrets',
    kind: 'Secret',
    namespaced: true,
    schema: {
      type: 'object',
      properties: {
        data: { type: 'object', additionalProperties: { type: 'string', format: 'byte' } },
        immutable: { type: 'boolean' },
        type: text,
      },
    },
  },
  {
    group: '',
    version: 'v1',
    resource: 'configmaps',
    kind: 'ConfigMap',
    namespaced: true,
    schema: {
      type: 'object',
      properties: {
        data: { type: 'object', additionalProperties: text },
        binaryData: { type: 'object', additionalProperties: { type: 'string', format: 'byte' } },
        immutable: { type: 'boolean' },
      },
    },
  },
];

/**
 * The definition of a kind that Kubernetes has without a CRD; `undefined` for kinds that are not listed here. Online and
 * offline checks share it. Before 1.24 the API server's own document has several megabytes.
 */
export function builtinDefinition({
  group,
  version,
  resource,
}: Pick<BuiltinResource, 'group' | 'version' | 'resource'>): { readonly schema: Schema } | undefined {
  const found = builtinResources.find(
    (known) => known.group === group && known.version === version && known.resource === resource,
  );
  return found && { schema: found.schema };
}
