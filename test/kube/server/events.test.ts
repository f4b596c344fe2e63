import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventRecorder } from '../../../src/kube/index.ts';
import type { KubeClient, StoredObject, ResourceType } from '../../../src/kube/index.ts';
import { CONFIG_MAPS, NAMESPACES, configMap, makeNamespace, sharedClient } from './fixture.ts';

const events: ResourceType = {
  group: 'events.k8s.io',
  version: 'v1',
  resource: 'events',
  kind: 'Event',
  namespaced: true,
};

let client: KubeClient;
let namespace: string;
let recorder: EventRecorder;
let errors: Error[];

beforeAll(async () => {
  client = await sharedClient();
  namespace = await makeNamespace(client);
  errors = [];
  recorder = new EventRecorder({
    client,
    component: 'test.io/recorder',
    instance: 'pod-1',
    onError: (error) => errors.push(error),
  });
});

afterAll(async () => {
  await recorder.stop();
  await client.close();
});

const about = async (object: StoredObject, where: string): Promise<readonly StoredObject[]> => {
  const { items } = await client.list(events, { namespace: where });
  return items.filter(
    (event) => (event['regarding'] as { uid?: string } | undefined)?.uid === object.metadata.uid,
  );
};

it('writes events that the server takes, and counts them up', async () => {
  const regarding = await client.create(CONFIG_MAPS, configMap(namespace, 'subject'));
  const event = {
    regarding,
    type: 'Warning',
    reason: 'RenderFailed',
    action: 'Render',
    message: 'ü'.repeat(2_000),
  } as const;
  recorder.record(event);
  await recorder.flush();
  recorder.record(event);
  recorder.record(event);
  recorder.record({ ...event, type: 'Normal', message: 'another', related: regarding });
  await recorder.flush();
  expect(errors).toEqual([]);
  const written = await about(regarding, namespace);
  expect(written).toHaveLength(2);
  expect(written.find(({ type }) => type === 'Warning')).toMatchObject({
    reason: 'RenderFailed',
    action: 'Render',
    reportingController: 'test.io/recorder',
    reportingInstance: 'pod-1',
    series: { count: 3 },
  });
});

it('writes events about cluster-scoped objects', async () => {
  const regarding = await client.get(NAMESPACES, namespace);
  recorder.record({ regarding, type: 'Normal', reason: 'Imported', action: 'Import', message: 'done' });
  await recorder.flush();
  expect(errors).toEqual([]);
  // 1.20 takes it in kube-system only, today's servers take it in default.
  const written = [...(await about(regarding, 'default')), ...(await about(regarding, 'kube-system'))];
  expect(written).toMatchObject([{ note: 'done', regarding: { kind: 'Namespace', name: namespace } }]);
});

it('gives up quietly where it may not write', async () => {
  recorder.record({
    regarding: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x', namespace: 'no-such-namespace' },
    },
    type: 'Normal',
    reason: 'Imported',
    action: 'Import',
    message: 'nowhere',
  });
  await recorder.flush();
  expect(errors).toMatchObject([{ status: 404 }]);
  expect(recorder.dropped).toBe(1);
});
