import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Reflector } from '../../../src/kube/index.ts';
import type {
  KubeClient,
  StoredObject,
  ReflectorOptions,
  ReflectorState,
  ResourceType,
} from '../../../src/kube/index.ts';
import { eventually } from '../../control-plane/index.ts';
import { CONFIG_MAPS, CRDS, configMap, makeNamespace, sharedClient, unique, widgetCrd } from './fixture.ts';

let client: KubeClient;
let namespace: string;
let events: string[];
let states: ReflectorState[];
let errors: Error[];
const started: Reflector<string>[] = [];

beforeAll(async () => {
  client = await sharedClient();
});

afterAll(() => client.close());

afterEach(async () => {
  await Promise.all(started.splice(0).map((reflector) => reflector.stop()));
});

const project = (object: StoredObject): string =>
  `${object.metadata.name}=${JSON.stringify((object['data'] as { v?: string } | undefined)?.v ?? '')}`;

async function reflect(options: Partial<ReflectorOptions<string>> = {}): Promise<Reflector<string>> {
  [events, states, errors] = [[], [], []];
  const reflector = new Reflector<string>({
    client,
    resource: CONFIG_MAPS,
    namespace,
    project,
    onEvent: (event) => events.push(`${event.type} ${event.object}`),
    onState: (state) => states.push(state),
    onError: (error) => errors.push(error),
    ...options,
  });
  started.push(reflector);
  reflector.start();
  if (options.resource === undefined) await reflector.whenSynced();
  return reflector;
}

const put = (name: string, v: string, labels?: Record<string, string>): Promise<unknown> =>
  client.patch(CONFIG_MAPS, name, namespace, configMap(namespace, name, { v }, labels), { type: 'apply' });
const remove = (name: string): Promise<unknown> => client.delete(CONFIG_MAPS, name, namespace);
const happened = (...expected: string[]): Promise<void> =>
  eventually('the events', () => expect(events).toEqual(expected));

it('falls back from streaming lists to pages where the server has none, and pages through many', async () => {
  namespace = await makeNamespace(client);
  await Promise.all(Array.from({ length: 57 }, (_, i) => put(`n${String(i)}`, '1')));
  const reflector = await reflect({ pageSize: 10 });
  expect(reflector.store.size).toBe(57);
  expect(events).toHaveLength(57);
  expect(errors).toEqual([]);
});

it('sees every change, in order', async () => {
  namespace = await makeNamespace(client);
  await put('a', '1');
  const reflector = await reflect();
  await put('b', '1');
  await put('a', '2');
  await remove('b');
  await put('b', '3');
  await happened('added a="1"', 'added b="1"', 'modified a="2"', 'deleted b="1"', 'added b="3"');
  expect([...reflector.store]).toEqual([
    [`${namespace}/a`, 'a="2"'],
    [`${namespace}/b`, 'b="3"'],
  ]);
});

it('takes an object for deleted that leaves the selector, and for added when it comes back', async () => {
  namespace = await makeNamespace(client);
  await put('a', '1', { keep: 'yes' });
  await put('b', '1', { keep: 'no' });
  await reflect({ labelSelector: 'keep=yes' });
  await put('a', '2', { keep: 'no' });
  await put('a', '3', { keep: 'yes' });
  await happened('added a="1"', 'deleted a="1"', 'added a="3"');
});

it('filters by field', async () => {
  namespace = await makeNamespace(client);
  await Promise.all([put('a', '1'), put('b', '1')]);
  await reflect({ fieldSelector: 'metadata.name=b' });
  await put('a', '2');
  await put('b', '2');
  await happened('added b="1"', 'modified b="2"');
});

it('watches metadata only, so that data never travels', async () => {
  namespace = await makeNamespace(client);
  await put('a', '1');
  await reflect({
    metadataOnly: true,
    project: (object) => `${object.kind} ${Object.keys(object).sort().join()}`,
  });
  await put('a', '2');
  const seen = 'ConfigMap apiVersion,kind,metadata';
  await happened(`added ${seen}`, `modified ${seen}`);
});

it('waits for a CRD that is not there yet, and keeps what it knew when it goes, until it is back', async () => {
  namespace = await makeNamespace(client);
  const resource: ResourceType = {
    group: `${unique()}.test.io`,
    version: 'v1',
    resource: 'widgets',
    kind: 'Widget',
    namespaced: true,
  };
  const crd = widgetCrd(resource.group);
  const create = (name: string): Promise<unknown> =>
    client.create(resource, {
      apiVersion: `${resource.group}/v1`,
      kind: 'Widget',
      metadata: { name, namespace, finalizers: ['test.io/stay'] },
    });
  const reflector = await reflect({ resource });
  await eventually('the missing kind', () => expect(reflector.state.kind).toBe('missing'));
  expect(reflector.synced).toBe(false);

  await client.create(CRDS, crd);
  await eventually('the CRD to be served', async () => {
    await client.list(resource);
    reflector.wake();
    expect(reflector.state.kind).toBe('healthy');
  });
  await create('a');
  await happened('added a=""');

  // Not served any more, though the CRD and the objects exist still.
  const served = (value: boolean): Promise<unknown> =>
    client.patch(
      CRDS,
      `widgets.${resource.group}`,
      undefined,
      {
        spec: {
          versions: [
            { ...(crd['spec'] as { versions: object[] }).versions[0], served: value },
            { ...(crd['spec'] as { versions: object[] }).versions[0], name: 'v2', storage: false },
          ],
        },
      },
      { type: 'merge' },
    );
  await served(false);
  await eventually('the kind to be gone', () => expect(reflector.state.kind).toBe('missing'));
  expect(events).toEqual(['added a=""']);
  await served(true);
  await eventually('the kind to be back', () => {
    reflector.wake();
    expect(reflector.state.kind).toBe('healthy');
  });
  await create('b');
  await happened('added a=""', 'added b=""');
  for (const name of ['a', 'b'])
    await client.patch(resource, name, namespace, { metadata: { finalizers: null } }, { type: 'merge' });
  await client.delete(CRDS, `widgets.${resource.group}`, undefined);
});
