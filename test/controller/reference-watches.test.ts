import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReferenceWatches } from '../../controller/reference-watches.ts';
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
/** How the server answers who asks for one object. */
let get: Step;
/** Names of lifecycles, as they hear of a change. */
let told: string[];

beforeEach(async () => {
  [told, watch] = [[], undefined];
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

/** A server of Things that has one, `a/x`. */
const answer: Step = (response, request) => {
  const { path, query } = request;
  const versions = [{ groupVersion: 'test.io/v1', version: 'v1' }];
  if (path === '/apis/test.io')
    json({ kind: 'APIGroup', name: 'test.io', versions, preferredVersion: versions[0] })(response, request);
  else if (path === '/apis/test.io/v1')
    json({ resources: [{ name: 'things', kind: 'Thing', namespaced: true }] })(response, request);
  else if (path.endsWith('/things/x')) get(response, request);
  else if (query['sendInitialEvents'] === 'true') status(400, 'BadRequest', 'no')(response, request);
  else if (query['watch'] === 'true') watch = new ServerWatch(response, request);
  else list([thing('x', '5')], '10')(response, request);
};

const X: LocatedReference = {
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
    expect(await references.fetch('one', X, signal)).toMatchObject({ kind: 'fetched' });
    references.track('one', [X]);
    references.track('two', [X]);
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
    await references.fetch('one', X, signal);
    expect(asked).toBe('5');
  });

  it('is forgotten though the object could not be read', async () => {
    get = status(400, 'BadRequest', 'no');
    await expect(references.fetch('one', X, signal)).rejects.toThrow('no');
    references.track('one', []);
    references.track('two', [X]);
    const objects = await watching();
    objects.send('MODIFIED', thing('x', '11'));
    await until(() => expect(told).toEqual(['two']));
  });
});
