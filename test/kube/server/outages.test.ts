import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubeClient, Reflector, loadKubeConfig } from '../../../src/kube/index.ts';
import type { KubeClientOptions, KubeConfigData, StoredObject } from '../../../src/kube/index.ts';
import { FakeClock } from '../fake-clock.ts';
import { eventually, startControlPlane } from '../../control-plane/index.ts';
import type { ControlPlane } from '../../control-plane/index.ts';
import { CONFIG_MAPS, configMap, makeNamespace } from './fixture.ts';
import { FaultyProxy } from './proxy.ts';

let controlPlane: ControlPlane;
let config: KubeConfigData;
/** Talks to the API server itself. */
let direct: KubeClient;
let proxy: FaultyProxy;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  config = await loadKubeConfig({ kubeconfig: controlPlane.kubeconfigPath });
  direct = KubeClient.fromKubeConfig(config);
  proxy = new FaultyProxy(controlPlane.url);
  await proxy.listen();
});

afterAll(async () => {
  await direct.close();
  await proxy.close();
  await controlPlane.stop();
});

const proxied = (options: KubeClientOptions = {}): KubeClient =>
  KubeClient.fromKubeConfig(
    { ...config, clusters: config.clusters.map((cluster) => ({ ...cluster, server: proxy.url })) },
    options,
  );

interface Watched {
  readonly uid: string;
  readonly value: string;
}

/** A reflector, and what its events alone add up to. */
function reflect(
  client: KubeClient,
  namespace: string,
): { reflector: Reflector<Watched>; replayed: Map<string, Watched>; deleted: Set<string> } {
  const replayed = new Map<string, Watched>();
  const deleted = new Set<string>();
  const reflector = new Reflector<Watched>({
    client,
    resource: CONFIG_MAPS,
    namespace,
    pageSize: 7,
    project: (object) => ({ uid: object.metadata.uid, value: (object['data'] as { v: string }).v }),
    onEvent: (event) => {
      const known = replayed.get(event.key);
      if (event.type === 'added') expect(known).toBeUndefined();
      else expect(known?.uid).toBe(event.object.uid);
      if (event.type === 'deleted') {
        replayed.delete(event.key);
        deleted.add(event.object.uid);
      } else {
        replayed.set(event.key, event.object);
      }
    },
    onError: (error) => {
      // An assertion in onEvent arrives here.
      if (error.name === 'AssertionError') throw error;
    },
  });
  reflector.start();
  return { reflector, replayed, deleted };
}

async function truth(namespace: string): Promise<Map<string, Watched>> {
  const objects = new Map<string, Watched>();
  for await (const { metadata, data } of direct.listAll<StoredObject & { data: { v: string } }>(CONFIG_MAPS, {
    namespace,
  })) {
    objects.set(`${namespace}/${metadata.name}`, { uid: metadata.uid, value: data.v });
  }
  return objects;
}

/** One random change: create, modify, delete, or delete and create again at once. */
async function change(namespace: string, random: () => number, value: string): Promise<void> {
  const name = `n${String(Math.floor(random() * 20))}`;
  const kind = random();
  if (kind < 0.3) await direct.delete(CONFIG_MAPS, name, namespace).catch(() => undefined);
  if (kind < 0.2 || kind >= 0.3) {
    await direct.patch(CONFIG_MAPS, name, namespace, configMap(namespace, name, { v: value }), {
      type: 'apply',
    });
  }
}

/** Mulberry32: the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

describe('a network that breaks', () => {
  it.each([1, 2, 3])('costs no event and invents none (seed %i)', async (seed) => {
    const random = seeded(seed);
    const namespace = await makeNamespace(direct);
    const client = proxied();
    proxy.resetAfterBytes = () => 2_000 + Math.floor(random() * 30_000);
    proxy.chunkBytes = 1 + Math.floor(random() * 500);
    const { reflector, replayed, deleted } = reflect(client, namespace);
    for (let i = 0; i < 300; i += 1) {
      await change(namespace, random, `${String(i)}`);
      if (random() < 0.03) proxy.resetAll();
    }
    proxy.resetAfterBytes = undefined;
    proxy.chunkBytes = 0;
    const expected = await truth(namespace);
    await eventually('the store to be true again', () => expect(new Map(reflector.store)).toEqual(expected));
    expect(replayed).toEqual(expected);
    // Nothing that lives was ever reported as deleted.
    for (const { uid } of expected.values()) expect(deleted.has(uid)).toBe(false);
    await reflector.stop();
    await client.close();
    await eventually('every connection to be closed', () => expect(proxy.connections).toBe(0));
  });

  it('that falls silent is noticed by pings that stay unanswered', async () => {
    const namespace = await makeNamespace(direct);
    const client = proxied({ pingIntervalMs: 500 });
    await direct.create(CONFIG_MAPS, configMap(namespace, 'a', { v: '1' }));
    const errors: string[] = [];
    const reflector = new Reflector({
      client,
      resource: CONFIG_MAPS,
      namespace,
      onError: (error) => errors.push(error.message),
    });
    reflector.start();
    await reflector.whenSynced();
    await eventually('the watch', () => expect(reflector.state.kind).toBe('healthy'));
    await direct.create(CONFIG_MAPS, configMap(namespace, 'b'));
    await eventually('the watch to be alive', () => expect(reflector.store.has(`${namespace}/b`)).toBe(true));
    // A quiet connection, on which only pings are answered, is no dead one.
    const before = proxy.packets;
    await eventually('six pings', () => expect(proxy.packets).toBeGreaterThan(before + 6));
    expect(errors).toEqual([]);
    proxy.muteAll();
    await direct.delete(CONFIG_MAPS, 'a', namespace);
    await eventually('the store to be true again', () =>
      expect([...reflector.store.keys()]).toEqual([`${namespace}/b`]),
    );
    expect(errors[0]).toBe(
      `GET /api/v1/namespaces/${namespace}/configmaps: no ping was answered for 1500 ms`,
    );
    await reflector.stop();
    await client.close();
    await eventually('every connection to be closed', () => expect(proxy.connections).toBe(0));
  });

  it.each([
    // The first ping is sent long after the test is over.
    ['before the first ping is answered is noticed, too', 90_000, [270_000, 330_000]],
    ['is noticed when the watch is over its time', 0, [330_000]],
  ] as const)('that falls silent %s', async (_when, pingIntervalMs, timers) => {
    const namespace = await makeNamespace(direct);
    const clock = new FakeClock();
    const client = proxied({ clock, pingIntervalMs });
    await direct.create(CONFIG_MAPS, configMap(namespace, 'a', { v: '1' }));
    const { reflector } = reflect(client, namespace);
    await reflector.whenSynced();
    await eventually('the watch', () => expect(clock.pending).toEqual(timers));
    proxy.muteAll();
    await direct.delete(CONFIG_MAPS, 'a', namespace);
    await direct.create(CONFIG_MAPS, configMap(namespace, 'b', { v: '1' }));
    clock.advance(timers[0]);
    await clock.ring(800);
    await eventually('the store to be true again', () =>
      expect([...reflector.store.keys()]).toEqual([`${namespace}/b`]),
    );
    await reflector.stop();
    await client.close();
    await eventually('every connection to be closed', () => expect(proxy.connections).toBe(0));
  });
});

describe('an API server that is killed', () => {
  it('and comes back finds the reflector with all that happened meanwhile and after', async () => {
    const namespace = await makeNamespace(direct);
    const client = KubeClient.fromKubeConfig(config);
    for (const name of ['a', 'b', 'c'])
      await direct.create(CONFIG_MAPS, configMap(namespace, name, { v: '1' }));
    const { reflector, deleted } = reflect(client, namespace);
    await reflector.whenSynced();
    const before = new Map(reflector.store);

    await controlPlane.stopApiServer('SIGKILL');
    await eventually('the outage to be noticed', () => expect(reflector.state.kind).toBe('failing'));
    expect(new Map(reflector.store)).toEqual(before);
    await controlPlane.startApiServer();

    await direct.delete(CONFIG_MAPS, 'a', namespace);
    await direct.patch(CONFIG_MAPS, 'b', namespace, { data: { v: '2' } }, { type: 'merge' });
    const expected = await truth(namespace);
    await eventually('the store to be true again', () => expect(new Map(reflector.store)).toEqual(expected));
    expect(reflector.state.kind).toBe('healthy');
    expect([...deleted]).toEqual([before.get(`${namespace}/a`)?.uid]);

    // And the watch is alive.
    await direct.create(CONFIG_MAPS, configMap(namespace, 'd', { v: '1' }));
    await eventually('the new object', () => expect(reflector.store.has(`${namespace}/d`)).toBe(true));
    await reflector.stop();
    await client.close();
  });
});
