import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Discovery } from '../../src/kube/index.ts';
import type { KubeClient, StoredObject, ResourceQuery } from '../../src/kube/index.ts';
import { crdSchema, crdSelectableFields, openApiV2Schema, openApiV3Schema } from '../../src/kube/openapi.ts';
import { FakeClock } from './fake-clock.ts';
import { ScriptedServer, json, status } from './scripted-server.ts';
import type { Step } from './scripted-server.ts';
import { THINGS } from './things.ts';

let server: ScriptedServer;
let clock: FakeClock;
let client: KubeClient;
let discovery: Discovery;
/** Answers by path; a path without one is 404. */
let answers: Record<string, Step>;

beforeEach(async () => {
  server = await ScriptedServer.start();
  clock = new FakeClock();
  client = server.client({ clock, maxRetries: 0 });
  discovery = new Discovery(client);
  answers = {
    '/api': json({ kind: 'APIVersions', versions: ['v1'] }),
    '/api/v1': resources(
      ['secrets', 'Secret', true],
      ['secrets/status', 'Secret', true],
      ['nodes', 'Node', false],
    ),
    '/apis/test.io': group('v1', 'v1', 'v1beta1'),
    '/apis/test.io/v1': resources(['things', 'Thing', true], ['things/status', 'Thing', true]),
    '/apis/test.io/v1beta1': resources(['things', 'Thing', true], ['widgets', 'Widget', false]),
  };
  server.always((response, request) => {
    const answer =
      answers[request.path] ?? status(404, 'NotFound', 'the server could not find the requested resource');
    answer(response, request);
  });
});

afterEach(async () => {
  await client.close();
  await server.kill();
});

function group(preferred: string, ...versions: string[]): Step {
  const entry = (version: string): unknown => ({ groupVersion: `test.io/${version}`, version });
  return json({
    kind: 'APIGroup',
    name: 'test.io',
    versions: versions.map(entry),
    preferredVersion: entry(preferred),
  });
}

function resources(...entries: [name: string, kind: string, namespaced: boolean][]): Step {
  return json({
    kind: 'APIResourceList',
    resources: entries.map(([name, kind, namespaced]) => ({ name, kind, namespaced })),
  });
}

const asked = (): string[] => server.requests.map(({ path }) => path).sort();
const things = (version: string): unknown => ({ ...THINGS, version });

describe('resolving', () => {
  it.each<[string, ResourceQuery, unknown]>([
    [
      "takes the server's preferred version",
      { group: 'test.io', resource: 'things' },
      { kind: 'found', type: things('v1'), served: ['v1', 'v1beta1'] },
    ],
    [
      'takes the preferred one of the allowed versions',
      { group: 'test.io', resource: 'things', versions: ['v2', 'v1beta1', 'v1'] },
      { kind: 'found', type: things('v1beta1'), served: ['v1', 'v1beta1'] },
    ],
    [
      'takes another version where the preferred one does not have the resource',
      { group: 'test.io', resource: 'widgets', versions: [] },
      {
        kind: 'found',
        type: {
          group: 'test.io',
          version: 'v1beta1',
          resource: 'widgets',
          kind: 'Widget',
          namespaced: false,
        },
        served: ['v1beta1'],
      },
    ],
    [
      'knows the core group',
      { group: '', resource: 'nodes' },
      {
        kind: 'found',
        type: { group: '', version: 'v1', resource: 'nodes', kind: 'Node', namespaced: false },
        served: ['v1'],
      },
    ],
    [
      'says that a group is missing',
      { group: 'nowhere.io', resource: 'things' },
      { kind: 'missing', reason: 'GroupNotFound', served: [], resourcesInGroup: [] },
    ],
    [
      'says that a resource is missing, and what there is, subresources apart',
      { group: 'test.io', resource: 'thngs' },
      { kind: 'missing', reason: 'ResourceNotFound', served: [], resourcesInGroup: ['things', 'widgets'] },
    ],
    [
      'says that no allowed version is served, and which are',
      { group: 'test.io', resource: 'things', versions: ['v2', 'v3'] },
      {
        kind: 'missing',
        reason: 'VersionNotServed',
        served: ['v1', 'v1beta1'],
        resourcesInGroup: ['things', 'widgets'],
      },
    ],
  ])('%s', async (_name, query, expected) => {
    expect(await discovery.resolve(query)).toEqual(expected);
  });

  it('asks once for what many want at the same time, and not again until told to', async () => {
    await Promise.all(
      Array.from({ length: 10 }, () => discovery.resolve({ group: 'test.io', resource: 'things' })),
    );
    await discovery.resolve({ group: 'test.io', resource: 'widgets' });
    expect(asked()).toEqual(['/apis/test.io', '/apis/test.io/v1', '/apis/test.io/v1beta1']);
    discovery.invalidate('other.io');
    await discovery.resolve({ group: 'test.io', resource: 'things' });
    expect(server.requests).toHaveLength(3);
    answers['/apis/test.io'] = group('v2', 'v2');
    answers['/apis/test.io/v2'] = resources(['things', 'Thing', true]);
    discovery.invalidate('test.io');
    expect(await discovery.resolve({ group: 'test.io', resource: 'things' })).toMatchObject({
      type: { version: 'v2' },
    });
  });

  it('asks again after ten minutes', async () => {
    await discovery.resolve({ group: '', resource: 'nodes' });
    clock.advance(599_999);
    await discovery.resolve({ group: '', resource: 'nodes' });
    expect(server.requests).toHaveLength(2);
    clock.advance(1);
    await discovery.resolve({ group: '', resource: 'nodes' });
    expect(server.requests).toHaveLength(4);
  });

  it('fails, rather than calling it missing, where an aggregated API is down; others go on', async () => {
    answers['/apis/test.io/v1'] = status(503, 'ServiceUnavailable', 'the backend is down');
    await expect(discovery.resolve({ group: 'test.io', resource: 'things' })).rejects.toMatchObject({
      status: 503,
    });
    await expect(discovery.resolve({ group: 'test.io', resource: 'nothing' })).rejects.toMatchObject({
      status: 503,
    });
    await expect(
      discovery.resolve({ group: 'test.io', resource: 'things', versions: ['v1', 'v1beta1'] }),
    ).rejects.toMatchObject({ status: 503 });
    expect(
      await discovery.resolve({ group: 'test.io', resource: 'widgets', versions: ['v1beta1'] }),
    ).toMatchObject({ kind: 'found' });
    expect(await discovery.resolve({ group: '', resource: 'nodes' })).toMatchObject({ kind: 'found' });
    answers['/apis/test.io/v1'] = resources(['things', 'Thing', true]);
    // A failure is not kept.
    expect(await discovery.resolve({ group: 'test.io', resource: 'things' })).toMatchObject({
      kind: 'found',
    });
  });

  it('counts a version as not served that went away between two questions', async () => {
    delete answers['/apis/test.io/v1'];
    expect(await discovery.resolve({ group: 'test.io', resource: 'things' })).toMatchObject({
      kind: 'found',
      served: ['v1beta1'],
    });
  });

  it('lets one caller stop waiting without disturbing the others', async () => {
    const abort = new AbortController();
    const impatient = discovery.resolve({ group: 'test.io', resource: 'things' }, abort.signal);
    const patient = discovery.resolve({ group: 'test.io', resource: 'things' });
    abort.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    expect(await patient).toMatchObject({ kind: 'found' });
  });
});

describe('schemas', () => {
  const crdPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.test.io';
  const crd = (resourceVersion: string, field: string): unknown => ({
    metadata: { name: 'things.test.io', resourceVersion },
    spec: {
      versions: [
        {
          name: 'v1',
          schema: { openAPIV3Schema: { type: 'object', properties: { [field]: { type: 'string' } } } },
        },
      ],
    },
  });
  const fields = (schema: unknown): string[] => Object.keys((schema as { properties: object }).properties);

  it('of custom resources come from the CRD, whole metadata included, and are read again when it changes', async () => {
    answers[crdPath] = json(crd('1', 'one'));
    const first = (await discovery.definitionOf(THINGS)).schema;
    expect(fields(first)).toEqual(['one', 'apiVersion', 'kind', 'metadata']);
    expect((await discovery.definitionOf(THINGS)).schema).toBe(first);
    // The second time only the CRD's metadata travels.
    expect(server.requests.map(({ headers }) => headers.accept?.includes('PartialObjectMetadata'))).toEqual([
      true,
      false,
      true,
    ]);
    answers[crdPath] = json(crd('2', 'two'));
    expect(fields((await discovery.definitionOf(THINGS)).schema)).toEqual([
      'two',
      'apiVersion',
      'kind',
      'metadata',
    ]);
  });

  it.each([['test.io'], [undefined]])(
    'of a CRD that is the same stay when %s is invalidated',
    async (group) => {
      answers[crdPath] = json(crd('1', 'one'));
      const first = (await discovery.definitionOf(THINGS)).schema;
      discovery.invalidate(group);
      expect((await discovery.definitionOf(THINGS)).schema).toBe(first);
    },
  );

  it('are read again where a CRD was deleted and made anew, whatever its version', async () => {
    const made = (uid: string, field: string) => {
      const { metadata, ...rest } = crd('1', field) as { metadata: object };
      return json({ metadata: { ...metadata, uid }, ...rest });
    };
    answers[crdPath] = made('a', 'one');
    await discovery.definitionOf(THINGS);
    answers[crdPath] = made('b', 'two');
    expect(fields((await discovery.definitionOf(THINGS)).schema)).toContain('two');
  });

  const document = {
    components: {
      schemas: {
        Thing: {
          type: 'object',
          properties: {
            metadata: { allOf: [{ $ref: '#/components/schemas/Meta' }], default: {} },
            data: { type: 'object' },
          },
          'x-kubernetes-group-version-kind': [{ group: 'test.io', version: 'v1', kind: 'Thing' }],
        },
        Meta: { type: 'object', properties: { name: { type: 'string' } } },
      },
    },
  };
  const inlined = {
    type: 'object',
    properties: {
      metadata: { type: 'object', properties: { name: { type: 'string' } } },
      data: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
    'x-kubernetes-group-version-kind': [{ group: 'test.io', version: 'v1', kind: 'Thing' }],
  };

  it.each([
    ['there is no CRD', status(404, 'NotFound', 'no')],
    ['CRDs may not be read', status(403, 'Forbidden', 'no')],
  ])('come from OpenAPI v3 where %s, and are kept', async (_name, refusal) => {
    answers[crdPath] = refusal;
    answers['/openapi/v3'] = json({
      paths: { 'apis/test.io/v1': { serverRelativeURL: '/openapi/v3/apis/test.io/v1?hash=AB%2B' } },
    });
    answers['/openapi/v3/apis/test.io/v1'] = json(document);
    expect((await discovery.definitionOf(THINGS)).schema).toEqual(inlined);
    expect((await discovery.definitionOf(THINGS)).schema).toEqual(inlined);
    expect(
      server.requests.filter(({ path }) => path.startsWith('/openapi')).map(({ query }) => query),
    ).toEqual([{}, { hash: 'AB+' }]);
  });

  it('come from OpenAPI v2 where the server has no v3', async () => {
    const { Thing, Meta } = document.components.schemas;
    const asV2 = JSON.parse(
      JSON.stringify({ Thing, Meta }).replaceAll('#/components/schemas/', '#/definitions/'),
    ) as unknown;
    answers['/openapi/v2'] = json({ definitions: asV2 });
    expect((await discovery.definitionOf(THINGS)).schema).toEqual(inlined);
  });

  it('are undefined where the server publishes none', async () => {
    expect((await discovery.definitionOf(THINGS)).schema).toBeUndefined();
    answers['/openapi/v3'] = json({ paths: {} });
    discovery.invalidate();
    expect((await discovery.definitionOf(THINGS)).schema).toBeUndefined();
  });

  it('are not taken for missing while the server fails', async () => {
    answers[crdPath] = status(500, 'InternalError', 'no');
    await expect(discovery.definitionOf(THINGS)).rejects.toMatchObject({ status: 500 });
  });
});

describe('reading a CRD', () => {
  const crd = (spec: unknown): StoredObject => ({
    apiVersion: '',
    kind: '',
    metadata: {} as StoredObject['metadata'],
    spec,
  });

  it.each([
    ['a version that is not there', { versions: [{ name: 'v2' }] }, undefined],
    ['no versions at all', {}, undefined],
  ])('finds nothing for %s', (_name, spec, expected) => {
    expect(crdSchema(crd(spec), 'v1')).toBe(expected);
  });

  it.each([
    ['its name and namespace', { versions: [{ name: 'v1' }] }, ['metadata.name', 'metadata.namespace']],
    [
      'its name alone where it has no namespace',
      { scope: 'Cluster', versions: [{ name: 'v1' }] },
      ['metadata.name'],
    ],
    [
      'what its own version declares besides',
      {
        scope: 'Cluster',
        versions: [
          { name: 'v1', selectableFields: [{ jsonPath: '.spec.region' }] },
          { name: 'v2', selectableFields: [{ jsonPath: '.spec.site' }] },
        ],
      },
      ['metadata.name', 'spec.region'],
    ],
    ['nothing in a version that is not there', { versions: [{ name: 'v2' }] }, undefined],
  ])('lets objects be selected by %s', (_name, spec, expected) => {
    expect(crdSelectableFields(crd(spec), 'v1')).toEqual(expected);
  });

  it('leaves everything open where there is no schema, or unknown fields are kept', () => {
    const open = { 'x-kubernetes-preserve-unknown-fields': true };
    expect(crdSchema(crd({ versions: [{ name: 'v1' }] }), 'v1')).toMatchObject(open);
    const kept = {
      preserveUnknownFields: true,
      versions: [{ name: 'v1', schema: { openAPIV3Schema: { type: 'object' } } }],
    };
    expect(crdSchema(crd(kept), 'v1')).toMatchObject(open);
    const item = { type: 'object', properties: { host: { type: 'string' } } };
    const nested = {
      type: 'object',
      properties: { spec: { type: 'object', properties: { list: { type: 'array', items: item } } } },
    };
    const deep = {
      preserveUnknownFields: true,
      versions: [{ name: 'v1', schema: { openAPIV3Schema: nested } }],
    };
    expect(crdSchema(crd(deep), 'v1')).toMatchObject({
      properties: { spec: { ...open, properties: { list: { items: { ...item, ...open } } } } },
    });
    const pruned = { versions: [{ name: 'v1', schema: { openAPIV3Schema: { type: 'object' } } }] };
    expect(crdSchema(crd(pruned), 'v1')).not.toMatchObject(open);
  });

  it("puts the server's own metadata in the place of the CRD's", () => {
    const schema = {
      type: 'object',
      properties: { metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 5 } } } },
    };
    expect(
      crdSchema(crd({ versions: [{ name: 'v1', schema: { openAPIV3Schema: schema } }] }), 'v1'),
    ).toMatchObject({
      properties: {
        metadata: {
          properties: { labels: { additionalProperties: { type: 'string' } }, finalizers: { type: 'array' } },
        },
      },
    });
  });
});

describe('inlining OpenAPI', () => {
  const gvk = { 'x-kubernetes-group-version-kind': [{ group: 'test.io', version: 'v1', kind: 'Thing' }] };

  it('ends where a definition contains itself', () => {
    const definitions = {
      Thing: {
        ...gvk,
        type: 'object',
        properties: {
          not: { $ref: '#/definitions/Thing' },
          all: { type: 'array', items: { $ref: '#/definitions/Thing' } },
        },
      },
    };
    const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    expect(openApiV2Schema({ definitions }, THINGS)).toMatchObject({
      properties: { not: open, all: { items: open } },
    });
  });

  it('reads an int-or-string, and a map of references', () => {
    const schemas = {
      Thing: {
        ...gvk,
        type: 'object',
        properties: {
          port: { $ref: '#/components/schemas/Port' },
          map: { type: 'object', additionalProperties: { $ref: '#/components/schemas/Port' } },
        },
      },
      Port: { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
    };
    expect(openApiV3Schema({ components: { schemas } }, THINGS)).toMatchObject({
      properties: {
        port: { 'x-kubernetes-int-or-string': true },
        map: { additionalProperties: { 'x-kubernetes-int-or-string': true } },
      },
    });
  });

  it('passes over definitions that many kinds share', () => {
    const shared = {
      'x-kubernetes-group-version-kind': [
        gvk['x-kubernetes-group-version-kind'][0],
        { group: '', version: 'v1', kind: 'Thing' },
      ],
    };
    expect(openApiV2Schema({ definitions: { Shared: shared } }, THINGS)).toBeUndefined();
  });

  it.each([[undefined], [null], [[]], ['text'], [{ definitions: [] }]])(
    'takes %j for no document',
    (document) => {
      expect(openApiV2Schema(document, THINGS)).toBeUndefined();
      expect(openApiV3Schema(document, THINGS)).toBeUndefined();
    },
  );
});
