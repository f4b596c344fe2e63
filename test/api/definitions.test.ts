import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clusterImportPolicySpecSchema,
  fallbackDefinitions,
  policyDefinitions,
  renderedPediaClusterSchema,
} from '../../src/api/index.ts';
import type { Schema } from '../../src/api/index.ts';
import { definitionFiles } from '../../src/cli/commands/crds.ts';

describe('the CRD files', () => {
  it.each([...definitionFiles()])(
    'kustomize/%s is what src/api says; npm run generate writes it',
    (path, text) => {
      expect(readFileSync(new URL(`../../kustomize/${path}`, import.meta.url), 'utf8')).toBe(text);
    },
  );
});

describe('the schemas that policies and what they render are checked against', () => {
  it.each([
    ['of a policy', clusterImportPolicySpecSchema],
    ['of a rendered PediaCluster', renderedPediaClusterSchema],
  ])('are JSON schemas: the one %s', (_, schema) => {
    expect(new Ajv({ strict: false }).validateSchema(schema)).toBe(true);
  });
});

/**
 * Clusterpedia's own schemas as far as they restrict anything, by kind (v0.8, its CRDs of 2024): the type of each field,
 * `!` for a required one, `[]` for a list with its items, `1` for a list that must not be empty.
 */
const clusterpedia = {
  ClusterImportPolicy: {
    'spec.source!.group!': 'string',
    'spec.source!.resource!': 'string',
    'spec.source!.versions': 'string[]',
    'spec.source!.selectorTemplate': 'string',
    'spec.references.[].key!': 'string',
    'spec.references.[].group!': 'string',
    'spec.references.[].resource!': 'string',
    'spec.references.[].versions': 'string[]',
    'spec.references.[].namespaceTemplate': 'string',
    'spec.references.[].nameTemplate!': 'string',
    'spec.nameTemplate!': 'string',
    'spec.template!': 'string',
    'spec.creationCondition!': 'string',
  },
  PediaClusterLifecycle: {
    'spec.source!.group!': 'string',
    'spec.source!.version!': 'string',
    'spec.source!.resource!': 'string',
    'spec.source!.namespace': 'string',
    'spec.source!.name!': 'string',
    'spec.references.[].key!': 'string',
    'spec.references.[].group!': 'string',
    'spec.references.[].resource!': 'string',
    'spec.references.[].version!': 'string',
    'spec.references.[].namespaceTemplate': 'string',
    'spec.references.[].nameTemplate!': 'string',
    'spec.template!': 'string',
    'spec.creationCondition!': 'string',
  },
  PediaCluster: {
    'spec.apiserver': 'string',
    'spec.kubeconfig': 'byte',
    'spec.caData': 'byte',
    'spec.tokenData': 'byte',
    'spec.certData': 'byte',
    'spec.keyData': 'byte',
    'spec.authenticationFrom.kubeconfig.name!': 'string',
    'spec.authenticationFrom.kubeconfig.key!': 'string',
    'spec.authenticationFrom.token.name!': 'string',
    'spec.authenticationFrom.token.key!': 'string',
    'spec.syncResources!.[].group!': 'string',
    'spec.syncResources!.[].resources!': 'string[]1',
    'spec.syncResources!.[].versions': 'string[]',
    'spec.syncResources!.[].eventsInvolvedResources': 'string[]',
    'spec.syncAllCustomResources': 'boolean',
    'spec.syncResourcesRefName': 'string',
    'spec.shardingName': 'string',
    'status.anything': 'string',
  },
} as const;

interface Field {
  readonly required: boolean;
  readonly type?: string;
  readonly fields: Map<string, Field>;
}

function fieldsOf(table: { readonly [path: string]: string }): Map<string, Field> {
  const root = new Map<string, Field>();
  for (const [path, type] of Object.entries(table)) {
    let at = root;
    const steps = path.split('.');
    steps.forEach((step, index) => {
      const name = step.replace('!', '');
      const last = index === steps.length - 1;
      const field = at.get(name) ?? {
        required: step.endsWith('!'),
        fields: new Map(),
        ...(last ? { type } : {}),
      };
      at.set(name, field);
      at = field.fields;
    });
  }
  return root;
}

/** Objects that Clusterpedia's schema accepts. */
function arbitraryOf(fields: ReadonlyMap<string, Field>): fc.Arbitrary<unknown> {
  const item = fields.get('[]');
  // Keys of references are unique: the lists are maps by key there, too.
  if (item !== undefined) {
    return fc.uniqueArray(arbitraryOf(item.fields), {
      maxLength: 3,
      selector: (value) => (value as { key?: string }).key ?? value,
    });
  }
  const model = Object.fromEntries([...fields].map(([name, field]) => [name, valueOf(field)]));
  const requiredKeys = [...fields].filter(([, { required }]) => required).map(([name]) => name);
  return fc.record(model, { requiredKeys });
}

function valueOf({ type, fields }: Field): fc.Arbitrary<unknown> {
  switch (type) {
    case undefined:
      return arbitraryOf(fields);
    case 'boolean':
      return fc.boolean();
    case 'byte':
      return fc.base64String();
    case 'string[]':
      return fc.array(fc.string(), { maxLength: 3 });
    case 'string[]1':
      return fc.array(fc.string(), { minLength: 1, maxLength: 3 });
    default:
      return fc.string();
  }
}

const schemas = new Map(
  [...policyDefinitions, ...fallbackDefinitions].map(({ spec }): [string, Schema] => [
    spec.names.kind,
    spec.versions[0]?.schema.openAPIV3Schema ?? {},
  ]),
);

describe('whatever Clusterpedia accepts is accepted', () => {
  it.each(Object.entries(clusterpedia))('%s', (kind, table) => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    ajv.addFormat('byte', /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
    const validate = ajv.compile(schemas.get(kind) ?? false);
    fc.assert(
      fc.property(arbitraryOf(fieldsOf(table)), (object) => {
        validate(object);
        expect(validate.errors ?? []).toEqual([]);
      }),
    );
  });

  it('and every field that it restricts is described here too', () => {
    const missing = Object.entries(clusterpedia).flatMap(([kind, table]) =>
      Object.keys(table)
        .filter((path) => path !== 'status.anything')
        .filter((path) => describedBy(schemas.get(kind), path.replaceAll('!', '').split('.')) === undefined),
    );
    expect(missing).toEqual([]);
  });
});

function describedBy(schema: Schema | undefined, path: readonly string[]): Schema | undefined {
  return path.reduce<Schema | undefined>(
    (at, step) => (step === '[]' ? at?.items : at?.properties?.[step]),
    schema,
  );
}

describe('kubectl explain', () => {
  /** Paths of the fields below a schema that have no description. */
  const undescribed = (path: string, { properties = {}, items }: Schema): readonly string[] => [
    ...Object.entries(properties).flatMap(([name, field]) => {
      const below = undescribed(`${path}.${name}`, field);
      const isDescribed = field.description !== undefined || name === 'metadata';
      return isDescribed ? below : [`${path}.${name}`, ...below];
    }),
    ...(items === undefined ? [] : undescribed(`${path}[]`, items)),
  ];

  it.each(
    [...policyDefinitions, ...fallbackDefinitions].map((each) => [each.spec.names.kind, each] as const),
  )('describes every field of %s', (kind, { spec }) => {
    expect(spec.versions.flatMap(({ schema }) => undescribed(kind, schema.openAPIV3Schema))).toEqual([]);
  });
});
