import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  KubeClient,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isInvalid,
  isNotFound,
  loadClient,
  loadKubeConfig,
} from '../../../src/kube/index.ts';
import type { StoredObject, ResourceType } from '../../../src/kube/index.ts';
import { Num } from '../../../src/template/index.ts';
import { SUBJECT_ACCESS_REVIEWS } from '../../control-plane/extension-server.ts';
import { eventually } from '../../control-plane/index.ts';
import {
  CONFIG_MAPS,
  CRDS,
  NAMESPACES,
  configMap,
  makeNamespace,
  sharedClient,
  unique,
  widgetCrd,
} from './fixture.ts';

let client: KubeClient;
let namespace: string;
let widgets: ResourceType;

beforeAll(async () => {
  client = await sharedClient();
  namespace = await makeNamespace(client);
  widgets = {
    group: `${unique()}.test.io`,
    version: 'v1',
    resource: 'widgets',
    kind: 'Widget',
    namespaced: true,
  };
  await client.create(CRDS, widgetCrd(widgets.group));
  await eventually('the CRD to be served', () => client.list(widgets));
});

afterAll(async () => {
  await client.delete(CRDS, `widgets.${widgets.group}`, undefined);
  await client.close();
});

const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('it should fail'),
    (error: unknown) => error,
  );

const widget = (name: string, spec: Record<string, unknown>): Parameters<KubeClient['create']>[1] => ({
  apiVersion: `${widgets.group}/v1`,
  kind: 'Widget',
  metadata: { name, namespace },
  spec,
});

describe('reading and writing', () => {
  it('creates, reads, replaces, patches and deletes', async () => {
    const created = await client.create(CONFIG_MAPS, configMap(namespace, 'crud', { a: '1' }));
    expect(created).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } });
    expect(await client.get(CONFIG_MAPS, 'crud', namespace)).toEqual(created);

    const updated = await client.update(CONFIG_MAPS, { ...created, data: { a: '2' } });
    expect(updated.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion);
    expect(isConflict(await caught(client.update(CONFIG_MAPS, { ...created, data: { a: '3' } })))).toBe(true);

    const merged = await client.patch(
      CONFIG_MAPS,
      'crud',
      namespace,
      { data: { b: '1', a: null } },
      { type: 'merge' },
    );
    expect(merged['data']).toEqual({ b: '1' });
    const patched = await client.patch(
      CONFIG_MAPS,
      'crud',
      namespace,
      [{ op: 'add', path: '/data/c', value: '1' }],
      { type: 'json' },
    );
    expect(patched['data']).toEqual({ b: '1', c: '1' });

    await client.delete(CONFIG_MAPS, 'crud', namespace);
    expect(isNotFound(await caught(client.get(CONFIG_MAPS, 'crud', namespace)))).toBe(true);
  });

  it('tells AlreadyExists from Conflict', async () => {
    await client.create(CONFIG_MAPS, configMap(namespace, 'twice'));
    const error = await caught(client.create(CONFIG_MAPS, configMap(namespace, 'twice')));
    expect([isAlreadyExists(error), isConflict(error)]).toEqual([true, false]);
  });

  it('names the field that the server refuses', async () => {
    const error = await caught(client.create(CONFIG_MAPS, configMap(namespace, 'Bad_Name')));
    expect(isInvalid(error)).toBe(true);
    expect(error).toMatchObject({ details: { causes: [{ field: 'metadata.name' }] } });
  });

  it('changes nothing in a dry run', async () => {
    const made = await client.create(CONFIG_MAPS, configMap(namespace, 'dry'), { dryRun: true });
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(isNotFound(await caught(client.get(CONFIG_MAPS, 'dry', namespace)))).toBe(true);
    await client.create(CONFIG_MAPS, configMap(namespace, 'dry'));
    await client.delete(CONFIG_MAPS, 'dry', namespace, { dryRun: true });
    await client.get(CONFIG_MAPS, 'dry', namespace);
  });

  it('deletes only the incarnation and the version that it is told to', async () => {
    const { metadata } = await client.create(CONFIG_MAPS, configMap(namespace, 'precise'));
    const wrongUid = { uid: '00000000-0000-0000-0000-000000000000' };
    expect(isConflict(await caught(client.delete(CONFIG_MAPS, 'precise', namespace, wrongUid)))).toBe(true);
    const { uid, resourceVersion } = metadata;
    await client.patch(CONFIG_MAPS, 'precise', namespace, { data: { a: '1' } }, { type: 'merge' });
    expect(
      isConflict(await caught(client.delete(CONFIG_MAPS, 'precise', namespace, { uid, resourceVersion }))),
    ).toBe(true);
    await client.delete(CONFIG_MAPS, 'precise', namespace, { uid });
  });

  it('resolves a deletion with the object where a finalizer keeps it', async () => {
    await client.create(CONFIG_MAPS, {
      ...configMap(namespace, 'kept'),
      metadata: { name: 'kept', namespace, finalizers: ['test.io/keep'] },
    });
    expect(await client.delete(CONFIG_MAPS, 'kept', namespace)).toMatchObject({
      metadata: { deletionTimestamp: expect.any(String) as string },
    });
    await client.patch(CONFIG_MAPS, 'kept', namespace, { metadata: { finalizers: null } }, { type: 'merge' });
    expect(isNotFound(await caught(client.get(CONFIG_MAPS, 'kept', namespace)))).toBe(true);
  });

  it('applies with a field manager, sees its conflicts, and takes over by force', async () => {
    const apply = (value: string, fieldManager: string, force = false): Promise<StoredObject> =>
      client.patch(CONFIG_MAPS, 'applied', namespace, configMap(namespace, 'applied', { a: value }), {
        type: 'apply',
        fieldManager,
        force,
      });
    await apply('1', 'one');
    const conflict = await caught(apply('2', 'two'));
    expect(isConflict(conflict)).toBe(true);
    expect(conflict).toMatchObject({
      details: { causes: [{ reason: 'FieldManagerConflict', field: '.data.a' }] },
    });
    expect((await apply('2', 'two', true))['data']).toEqual({ a: '2' });
  });
});

describe('custom resources', () => {
  it('keep integers beyond 2^53 and floats as they are', async () => {
    const created = await client.create(
      widgets,
      widget('numbers', { big: 9007199254740993n, small: 3, float: new Num('float64', 2.5) }),
    );
    expect(created['spec']).toEqual({ big: 9007199254740993n, small: 3, float: 2.5 });
    expect((await client.get(widgets, 'numbers', namespace))['spec']).toEqual(created['spec']);
  });

  it('have a status of their own', async () => {
    await client.create(widgets, widget('status', { size: 1 }));
    const patched = await client.patchStatus(
      widgets,
      'status',
      namespace,
      { status: { ready: true }, spec: { size: 2 } },
      { type: 'merge' },
    );
    expect([patched['spec'], patched['status']]).toEqual([{ size: 1 }, { ready: true }]);
    const replaced = await client.update(
      widgets,
      { ...patched, status: { ready: false } },
      { subresource: 'status' },
    );
    expect([replaced['status'], replaced.metadata.generation]).toEqual([{ ready: false }, 1]);
  });
});

describe('lists', () => {
  it('come in pages, filtered by the server', async () => {
    const own = await makeNamespace(client);
    await Promise.all(
      Array.from({ length: 25 }, (_, i) =>
        client.create(CONFIG_MAPS, configMap(own, `n${String(i)}`, {}, { even: String(i % 2 === 0) })),
      ),
    );
    const page = await client.list(CONFIG_MAPS, { namespace: own, limit: 10 });
    expect(page.items).toHaveLength(10);
    expect(page.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(page.metadata.remainingItemCount).toBe(15);
    const names = new Set<string>();
    for await (const object of client.listAll(CONFIG_MAPS, { namespace: own, limit: 10 }))
      names.add(object.metadata.name);
    expect(names.size).toBe(25);
    expect(
      (await client.list(CONFIG_MAPS, { namespace: own, labelSelector: 'even=true' })).items,
    ).toHaveLength(13);
    expect(
      (await client.list(CONFIG_MAPS, { namespace: own, fieldSelector: 'metadata.name=n3' })).items,
    ).toHaveLength(1);
  });

  it('can be of metadata only', async () => {
    const own = await makeNamespace(client);
    await client.create(CONFIG_MAPS, configMap(own, 'x', { big: 'b'.repeat(1000) }));
    const { items } = await client.list(CONFIG_MAPS, { namespace: own, metadataOnly: true });
    expect(items).toMatchObject([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }]);
    expect(Object.keys(items[0] ?? {}).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
    const one = await client.get(CONFIG_MAPS, 'x', own, { metadataOnly: true });
    expect(one['data']).toBeUndefined();
  });
});

describe('rights', () => {
  it('are asked for with a SubjectAccessReview, which is neither named nor stored', async () => {
    const ask = (user: string, groups: string[]): Promise<{ status?: unknown } & StoredObject> =>
      client.create(SUBJECT_ACCESS_REVIEWS, {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user, groups, resourceAttributes: { verb: 'get', resource: 'secrets', namespace } },
      });
    expect((await ask('admin', ['system:masters']))['status']).toMatchObject({ allowed: true });
    expect((await ask('jane', []))['status']).toMatchObject({ allowed: false });
  });

  it('that are missing are told as Forbidden', async () => {
    const config = await loadKubeConfig({ kubeconfig: inject('kubeconfig') });
    const jane = KubeClient.fromKubeConfig({
      ...config,
      users: config.users.map((user) => ({ ...user, impersonateUser: 'jane' })),
    });
    expect(isForbidden(await caught(jane.list(CONFIG_MAPS, { namespace })))).toBe(true);
    await jane.close();
  });
});

it('refuses to talk to a server whose certificate another authority signed', async () => {
  const config = await loadKubeConfig({ kubeconfig: inject('kubeconfig') });
  const clusters = config.clusters.map(({ name, server }) => ({ name, server, skipTLSVerify: false }));
  const stranger = KubeClient.fromKubeConfig({ ...config, clusters });
  expect(await caught(stranger.get(NAMESPACES, 'default'))).toMatchObject({ code: 'ConnectionFailed' });
  await stranger.close();
  await expect(loadClient({ kubeconfig: inject('kubeconfig'), context: 'none' })).rejects.toThrow(
    'context "none"',
  );
});
