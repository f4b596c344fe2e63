import { stringify } from 'yaml';
import type { Schema } from '../../src/api/index.ts';

/** A kind that a test makes up. */
export interface MadeUpKind {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  /** @default 'Namespaced' */
  readonly scope?: 'Namespaced' | 'Cluster';
  /** @default 'v1' */
  readonly version?: string;
  readonly schema?: Schema;
  /** More fields of the CRD's spec. */
  readonly more?: object;
}

/** The CRD of a made-up kind with one version, as YAML. */
export const definitionText = ({
  group,
  plural,
  kind,
  scope = 'Namespaced',
  version = 'v1',
  schema,
  more,
}: MadeUpKind): string =>
  stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      ...more,
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(schema === undefined ? {} : { schema: { openAPIV3Schema: schema } }),
        },
      ],
    },
  });
