import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReferenceWatches } from '../../controller/watches/reference-watches.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import { Discovery } from '../../src/kube/index.ts';
import type { LocatedReference } from '../../src/reconcile/index.ts';
import type { Step } from '../kube/scripted-server.ts';
import { ScriptedServer, ServerWatch, json, list, status, until } from '../kube/scripted-server.ts';
import { thing } from '../kube/things.ts';

let server: ScriptedServer;
let client: KubeClient;
let references: ReferenceWatches;
let watch: ServerWatch | undefined;
/** Names of the Things that there are, all in version 5. */
let present: readonly string[];
/** How the server answers who asks for one object. */
let get: Step;
/** Names of lifecycles, as they hear of a change. */
let told: string[];

beforeEach(async () => {
  [told, watch, present] = [[], undefined, ['x']];
  server = await ScriptedServer.start();
  server.always(answer);
  client = server.client();
  references = new ReferenceWatches(
    {
      client,
      discovery: new Discovery(client),
      onReference: (names) => told.push(...names),
      onError: () => undefined,
    },
    new AbortController().signal,
  );
});

afterEach(async () => {
  await references.stop();
  await client.close();
  await until(() => expect(server.sockets.size).toBe(0));
  await server.kill();
});

/** A server of Things. */
const answer: Step = (response, request) => {
  const { path, query } = request;
  const versions = [{ groupVersion: 'test.io/v1', version: 'v1' }];
  if (path === '/apis/test.io')
    json({ kind: 'APIGroup', name: 'test.io', versions, preferredVersion: versions[0] })(response, request);
  else if (path === '/apis/test.io/v1')
    json({ resources: [{ name: 'things', kind: 'Thing', namespaced: true }] })(response, request);
  else if (/[/]things[/][^/]+$/.test(path)) get(response, request);
  else if (query['sendInitialEvents'] === 'true') status(400, 'BadRequest', 'no')(response, request);
  else if (query['watch'] === 'true') watch = new ServerWatch(response, request);
  else
    list(
      present.map((name) => thing(name, '5')),
      '10',
    )(response, request);
};

const x: LocatedReference = {
  key: 'auth',
  group: 'test.io',
  version: 'v1',
  resource: 'things',
  namespace: 'a',
  name: 'x',
};

const signal = new AbortController().signal;

/** Waits until all objects are known, which the lifecycles that wait for that are told of, too. */
async function watching(): Promise<ServerWatch> {
  const open = await until(() => {
    if (watch === undefined) throw new Error('nothing is watched');
    return watch;
  });
  told.length = 0;
  return open;
}

describe('a lifecycle that refers to an object', () => {
  it('hears of its changes until it refers to it no more', async () => {
    get = json(thing('x', '5'));
    expect(await references.fetch('one', x, signal)).toMatchObject({ kind: 'fetched' });
    references.track('one', [x]);
    references.track('two', [x]);
    const objects = await watching();
    objects.send('MODIFIED', thing('x', '11'));
    await until(() => expect(told).toEqual(['one', 'two']));
    references.track('one', []);
    objects.send('MODIFIED', thing('x', '12'));
    await until(() => expect(told).toEqual(['one', 'two', 'two']));
  });

  it('reads the version that the watch has told of, or a newer one', async () => {
    let asked: string | undefined;
    get = (response, request) => {
      asked = request.query['resourceVersion'];
      json(thing('x', '5'))(response, request);
    };
    await references.fetch('one', x, signal);
    expect(asked).toBe('5');
  });

  it('is told of a failed read without a name that may hold a value of a Secret', async () => {
    const hidden = { ...x, hidden: ['name'] } as const;
    get = status(403, 'Forbidden', 'things.test.io "x" is forbidden: no');
    await expect(references.fetch('one', hidden, signal)).rejects.toMatchObject({
      message:
        'things.test.io of the reference "auth" in the namespace "a": the API server answers 403 Forbidden',
      status: 403,
      request: '',
    });
  });

  it('is forgotten though the object could not be read', async () => {
    get = status(400, 'BadRequest', 'no');
    await expect(references.fetch('one', x, signal)).rejects.toThrow('no');
    references.track('one', []);
    references.track('two', [x]);
    const objects = await watching();
    objects.send('MODIFIED', thing('x', '11'));
    await until(() => expect(told).toEqual(['two']));
  });
});

describe('objects that many lifecycles are about to fetch', () => {
  const wanted = Array.from({ length: 60 }, (_, index) => `x${String(index + 10)}`);
  const others = Array.from({ length: 121 }, (_, index) => `y${String(index + 100)}`);
  const at = (name: string): LocatedReference => ({ ...x, name });
  /** Lists of whole objects. */
  const wholeLists = (): number =>
    server.requests.filter(
      ({ path, headers, query }) =>
        path === '/apis/test.io/v1/namespaces/a/things' &&
        headers.accept === 'application/json' &&
        query['watch'] === undefined,
    ).length;
  const gets = (): number => server.requests.filter(({ path }) => path.includes('/things/')).length;

  beforeEach(() => {
    get = (response, request) => json(thing(request.path.split('/').at(-1) ?? '', '5'))(response, request);
  });

  async function fetchAll(names: readonly string[]): Promise<void> {
    for (const name of names)
      expect(await references.fetch(name, at(name), signal)).toMatchObject({
        kind: 'fetched',
        object: { metadata: { name, resourceVersion: '5' }, spec: { color: 'red' } },
      });
  }

  it.each([
    ['by pages where one in three is wanted', 60, 120, { lists: 1, gets: 0 }],
    ['one by one where fewer are', 60, 121, { lists: 0, gets: 60 }],
    ['by pages where there are fifty', 50, 0, { lists: 1, gets: 0 }],
    ['one by one where they are fewer', 49, 0, { lists: 0, gets: 49 }],
  ])('are read %s', async (_, count, besides, expected) => {
    const names = wanted.slice(0, count);
    present = [...names, ...others.slice(0, besides)];
    references.readAhead(names.map(at));
    if (expected.lists > 0) await until(() => expect(wholeLists()).toBe(1));
    await fetchAll(names);
    expect({ lists: wholeLists(), gets: gets() }).toEqual(expected);
  });

  it('are read for one policy and then for another', async () => {
    present = [...wanted, ...others.slice(0, 50)];
    const [some, more] = [wanted, others.slice(0, 50)];
    references.readAhead(some.map(at));
    references.readAhead(more.map(at));
    await until(() => expect(wholeLists()).toBe(2));
    await fetchAll([...more, ...some]);
    expect({ lists: wholeLists(), gets: gets() }).toEqual({ lists: 2, gets: 0 });
  });

  it('are not read where none exists', async () => {
    present = [];
    references.readAhead(wanted.map(at));
    await watching();
    expect(await references.fetch('one', at('x10'), signal)).toEqual({ kind: 'absent' });
    expect({ lists: wholeLists(), gets: gets() }).toEqual({ lists: 0, gets: 0 });
  });

  it('are read anew where they have changed since', async () => {
    present = wanted;
    references.readAhead(wanted.map(at));
    const objects = await watching();
    await until(() => expect(wholeLists()).toBe(1));
    references.track('one', [at('x10')]);
    objects.send('MODIFIED', thing('x10', '11'));
    await until(() => expect(told).toEqual(['one']));
    get = json(thing('x10', '11'));
    expect(await references.fetch('one', at('x10'), signal)).toMatchObject({
      object: { metadata: { resourceVersion: '11' } },
    });
    expect(gets()).toBe(1);
    expect(server.requests.at(-1)?.query).toEqual({ resourceVersion: '11' });
  });
});
