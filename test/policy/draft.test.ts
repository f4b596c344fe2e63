import { describe, expect, it } from 'vitest';
import { formatFinding, prepareDraft, readDraft, toEnd } from '../../src/policy/index.ts';
import type { ResourceFacts } from '../../src/policy/index.ts';
import { dataType } from '../../src/policy/typing/data-type.ts';
import { mcp } from './policies.ts';

function found(object: unknown): string[] {
  const draft = readDraft(object);
  return draft.kind === 'malformed' ? draft.findings.map(formatFinding) : [];
}
const spec = (change: object) => ({ ...mcp, spec: { ...mcp.spec, ...change } });
const source = (change: object) => spec({ source: { ...mcp.spec.source, ...change } });
const [reference] = mcp.spec.references ?? [];
const references = (change: object) => spec({ references: [{ ...reference, ...change }] });

describe('what does not match the schema is refused', () => {
  it.each<[string, unknown, string[]]>([
    ['no object', null, ['object:  must be an object']],
    ['no spec', { ...mcp, spec: undefined }, ['spec: required field spec is missing']],
    [
      'an unknown field, with what was probably meant',
      spec({ nameTemplte: 'x' }),
      ['spec.nameTemplte: unknown field spec.nameTemplte; did you mean "nameTemplate"?'],
    ],
    [
      'an unknown field of a reference',
      references({ nameTemplat: 'x' }),
      [
        'spec.references[0].nameTemplat: unknown field spec.references[0].nameTemplat; did you mean "nameTemplate"?',
      ],
    ],
    ['another type', spec({ suspend: 'yes' }), ['spec.suspend: spec.suspend must be a boolean']],
    [
      'several things, all of which are told',
      spec({ template: 1, updatePolicy: 'Some' }),
      [
        'spec.template: spec.template must be a string',
        'spec.updatePolicy: spec.updatePolicy must be one of Credentials, All',
      ],
    ],
    [
      'another kind of object',
      { ...mcp, kind: 'PediaCluster' },
      ['kind: kind must be one of ClusterImportPolicy'],
    ],
  ])('%s', (_, object, findings) => {
    expect(found(object)).toEqual(findings);
  });
});

describe('what a schema cannot say is refused too', () => {
  const plural = 'must be the plural name of a resource in lower case, such as "clusters"';
  it.each<[string, unknown, string[]]>([
    ['a kind', source({ resource: 'Cluster' }), [`spec.source.resource: ${plural}`]],
    [
      'a subresource',
      source({ resource: 'clusters/status' }),
      ['spec.source.resource: names a subresource; only whole resources can be watched'],
    ],
    [
      'a group with its version',
      references({ group: 'x.io/v1' }),
      ['spec.references[0].group: must be a group without its version; put the version into versions'],
    ],
    [
      'a key that is used twice',
      spec({ references: [reference, reference] }),
      ['spec.references[1].key: is used twice: authSecret'],
    ],
    ['an empty key', references({ key: '' }), ['spec.references[0].key: must not be empty']],
    [
      'a label selector that is none',
      source({ labelSelector: 'env=prod,tier in a' }),
      [
        'spec.source.labelSelector: is no label selector at "tier in a"; write it as in "env=prod,tier in (a, b),!paused"',
      ],
    ],
    [
      'a field selector that is none',
      source({ fieldSelector: 'metadata.name' }),
      [
        'spec.source.fieldSelector: is no field selector at "metadata.name"; write it as in "metadata.namespace=default"',
      ],
    ],
    [
      'more references than anybody needs',
      spec({ references: Array.from({ length: 65 }, (_, i) => ({ ...reference, key: `k${String(i)}` })) }),
      ['spec.references: has more than 64 entries'],
    ],
    [
      'more text than is compiled',
      spec({
        references: Array.from({ length: 20 }, (_, i) => ({
          ...reference,
          key: `k${String(i)}`,
          nameTemplate: 'x'.repeat(60_000),
        })),
      }),
      ['spec: has templates of more than 1000000 characters together'],
    ],
  ])('%s', (_, object, findings) => {
    expect(found(object)).toEqual(findings);
  });
});

describe('what matches passes', () => {
  it.each<[string, unknown]>([
    ['the worked example', mcp],
    [
      'every field',
      spec({
        source: {
          ...mcp.spec.source,
          versions: ['v1'],
          selectorTemplate: 'true',
          labelSelector: 'env=prod,tier in (a, b),!paused,x notin (y),gpu,n>5',
          fieldSelector: 'metadata.namespace=default,metadata.name!=x',
          namespaces: ['a'],
        },
        references: [{ ...reference, versions: ['v1'], allowedNamespaces: ['a'] }],
        creationCondition: 'true',
        deletionCondition: 'false',
        deletionPolicy: 'Orphan',
        updatePolicy: 'All',
        suspend: true,
        templateEngine: 'Handlebars',
      }),
    ],
    [
      'what the API server adds',
      { ...mcp, metadata: { name: 'x', managedFields: [] }, status: { sources: 1 } },
    ],
    ['a core resource', source({ group: '', resource: 'secrets' })],
  ])('%s', (_, object) => {
    expect(found(object)).toEqual([]);
  });
});

describe('what is found about a template is found once', () => {
  const templatesOf = (object: unknown) => {
    const draft = toEnd(prepareDraft(object));
    if (draft.kind === 'malformed') throw new Error('the policy is malformed');
    return new Map(draft.compiled.templates.map(({ field, template }) => [field, template]));
  };

  it('for all policies that have it', () => {
    const one = templatesOf(spec({ template: 'spec: {syncResources: []} # one' }));
    const other = templatesOf(spec({ template: 'spec: {syncResources: []} # other' }));
    expect(other.get('spec.nameTemplate')).toBe(one.get('spec.nameTemplate'));
    expect(other.get('spec.template')).not.toBe(one.get('spec.template'));
  });

  it('for each language by itself', () => {
    const text = { nameTemplate: 'constant' };
    const go = templatesOf(spec(text));
    const handlebars = templatesOf(
      spec({ ...text, references: [], template: 'constant', templateEngine: 'Handlebars' }),
    );
    expect(handlebars.get('spec.nameTemplate')).not.toBe(go.get('spec.nameTemplate'));
  });

  const facts = (schema?: object): ResourceFacts => ({
    group: 'acme.io',
    resource: 'clusters',
    known: true,
    served: ['v1'],
    ...(schema && { schema }),
  });
  const schemas = [{ type: 'object' }, { type: 'object' }];
  const typeFor = (source?: object, references: Record<string, object | undefined> = {}) =>
    dataType(
      { visibleReferences: Object.keys(references) },
      facts(source),
      new Map(Object.entries(references).map(([key, schema]) => [key, facts(schema)])),
    );

  it('as long as the schemas are the same', () => {
    const [one, other] = schemas;
    expect(typeFor(one, { a: other })).toBe(typeFor(one, { a: other }));
    expect(typeFor(undefined, { a: one })).toBe(typeFor(undefined, { a: one }));
  });

  it.each<[string, object]>([
    ['the schema of the source', typeFor(schemas[1], { a: schemas[1] })],
    ['the schema of a reference', typeFor(schemas[0], { a: schemas[0] })],
    ['whether there is a schema', typeFor(schemas[0], { a: undefined })],
    ['the key of a reference', typeFor(schemas[0], { b: schemas[1] })],
    ['the references', typeFor(schemas[0])],
  ])('and anew with another one: %s', (_, type) => {
    expect(type).not.toBe(typeFor(schemas[0], { a: schemas[1] }));
  });
});
