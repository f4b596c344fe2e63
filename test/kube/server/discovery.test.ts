import { afterAll, beforeAll, expect, it } from 'vitest';
import { Discovery } from '../../../src/kube/index.ts';
import type { KubeClient, ResourceType } from '../../../src/kube/index.ts';
import { eventually } from '../../control-plane/index.ts';
import { CONFIG_MAPS, CRDS, SECRETS, sharedClient, unique, widgetCrd } from './fixture.ts';

let client: KubeClient;
let discovery: Discovery;

beforeAll(async () => {
  client = await sharedClient();
  discovery = new Discovery(client);
});

afterAll(() => client.close());

it('finds built-in kinds, with and without a group', async () => {
  expect(await discovery.resolve({ group: '', resource: 'secrets' })).toEqual({
    kind: 'found',
    type: SECRETS,
    served: ['v1'],
  });
  expect(
    await discovery.resolve({ group: 'coordination.k8s.io', resource: 'leases', versions: ['v1'] }),
  ).toMatchObject({
    kind: 'found',
    type: { version: 'v1', kind: 'Lease', namespaced: true },
  });
  expect(await discovery.resolve({ group: '', resource: 'secret' })).toMatchObject({
    kind: 'missing',
    reason: 'ResourceNotFound',
    resourcesInGroup: expect.arrayContaining(['secrets', 'configmaps']) as string[],
  });
  expect(await discovery.resolve({ group: 'nowhere.io', resource: 'x' })).toMatchObject({
    reason: 'GroupNotFound',
  });
});

it('follows a CRD that appears, gets another version and another schema, and disappears', async () => {
  const group = `${unique()}.test.io`;
  const widgets: ResourceType = {
    group,
    version: 'v1',
    resource: 'widgets',
    kind: 'Widget',
    namespaced: true,
  };
  const query = { group, resource: 'widgets', versions: ['v2', 'v1'] };
  const resolved = async (expected: object): Promise<void> =>
    eventually('the answer', async () => {
      discovery.invalidate(group);
      expect(await discovery.resolve(query)).toMatchObject(expected);
    });
  expect(await discovery.resolve(query)).toMatchObject({ kind: 'missing', reason: 'GroupNotFound' });

  await client.create(
    CRDS,
    widgetCrd(group, ['v1'], { type: 'object', properties: { size: { type: 'integer' } } }),
  );
  await resolved({ kind: 'found', type: widgets, served: ['v1'] });
  expect((await discovery.definitionOf(widgets)).schema).toMatchObject({
    properties: {
      spec: { properties: { size: { type: 'integer' } } },
      metadata: { properties: { labels: { type: 'object' } } },
    },
  });

  const grown = widgetCrd(group, ['v1', 'v2'], {
    type: 'object',
    properties: { colour: { type: 'string' } },
  });
  await client.patch(CRDS, `widgets.${group}`, undefined, { spec: grown['spec'] }, { type: 'merge' });
  await resolved({ kind: 'found', type: { version: 'v2' }, served: ['v2', 'v1'] });
  expect((await discovery.definitionOf(widgets)).schema).toMatchObject({
    properties: { spec: { properties: { colour: { type: 'string' } } } },
  });
  expect(await discovery.resolve({ ...query, versions: ['v9'] })).toMatchObject({
    reason: 'VersionNotServed',
    served: ['v2', 'v1'],
  });

  await client.delete(CRDS, `widgets.${group}`, undefined);
  await resolved({ kind: 'missing', reason: 'GroupNotFound' });
});

it('knows the schemas of built-in kinds from OpenAPI', async () => {
  expect((await discovery.definitionOf(SECRETS)).schema).toMatchObject({
    properties: {
      data: { type: 'object', additionalProperties: { type: 'string' } },
      metadata: { properties: { labels: { type: 'object', additionalProperties: { type: 'string' } } } },
    },
  });
  expect((await discovery.definitionOf(CONFIG_MAPS)).schema).toMatchObject({
    properties: { binaryData: { type: 'object' } },
  });
  const services = { group: '', version: 'v1', resource: 'services', kind: 'Service', namespaced: true };
  expect((await discovery.definitionOf(services)).schema).toMatchObject({
    properties: {
      spec: {
        properties: {
          ports: { items: { properties: { targetPort: { 'x-kubernetes-int-or-string': true } } } },
        },
      },
    },
  });
  // JSONSchemaProps contains itself.
  expect((await discovery.definitionOf(CRDS)).schema).toMatchObject({
    properties: { spec: { properties: { versions: { type: 'array' } } } },
  });
});
