import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Reflector, type KubeClient, type KubeObject, type ReflectorOptions } from '../../src/kube/index.ts';
import { FakeClock } from './fake-clock.ts';
import {
  ScriptedServer,
  list,
  reset,
  silence,
  status,
  until,
  type ServerWatch,
  type Step,
} from './scripted-server.ts';
import { THINGS, thing } from './things.ts';

let server: ScriptedServer;
let clock: FakeClock;
let client: KubeClient;
let reflector: Reflector<string>;
let events: string[];
let states: string[];
let errors: string[];

const describeObject = (object: KubeObject): string =>
  `${object.metadata.uid}@${object.metadata.resourceVersion}`;

function reflect(options: Partial<ReflectorOptions<string>> = {}): Reflector<string> {
  reflector = new Reflector<string>({
    client,
    resource: THINGS,
    list: 'pages',
    project: describeObject,
    onEvent: (event) => events.push(`${event.type} ${event.object}`),
    onState: (state) => states.push(state.kind),
    onError: (error) => errors.push(error.message),
    ...options,
  });
  return reflector;
}

beforeEach(async () => {
  [events, states, errors] = [[], [], []];
  server = await ScriptedServer.start();
  clock = new FakeClock();
  client = server.client({ clock });
});

afterEach(async () => {
  await reflector.stop();
  await client.close();
  // No test may leave a connection or a timer behind.
  await until(() => expect(server.sockets.size).toBe(0));
  await server.kill();
  expect(clock.pending).toEqual([]);
  expect(server.unexpected).toEqual([]);
  expect(server.left).toBe(0);
});

/** Starts a reflector that has listed `items` at version 10 and watches from there. */
async function watching(
  items: readonly unknown[] = [],
  options: Partial<ReflectorOptions<string>> = {},
): Promise<ServerWatch> {
  server.script(list(items, '10'));
  const opened = server.watch();
  reflect(options).start();
  const watch = await opened;
  await open();
  return watch;
}

/** Waits until the reflector, too, takes the watch for open. */
const open = (): Promise<void> => until(() => expect(clock.pending).toEqual([330_000]));

const stored = (): string[] => [...reflector.store.values()];

describe('listing', () => {
  it('reads page by page from one snapshot, then watches from it with bookmarks', async () => {
    server.script(list([thing('x', '1'), thing('y', '2')], '10', 'next'), list([thing('z', '3')], '10'));
    const opened = server.watch();
    reflect({ pageSize: 2, namespace: 'a', labelSelector: 'l=1', fieldSelector: 'f=2' }).start();
    await reflector.whenSynced();
    await opened;
    expect(server.requests.map(({ path, query }) => ({ path, ...query }))).toEqual([
      {
        path: '/apis/test.io/v1/namespaces/a/things',
        limit: '2',
        labelSelector: 'l=1',
        fieldSelector: 'f=2',
      },
      {
        path: '/apis/test.io/v1/namespaces/a/things',
        limit: '2',
        labelSelector: 'l=1',
        fieldSelector: 'f=2',
        continue: 'next',
      },
      {
        path: '/apis/test.io/v1/namespaces/a/things',
        labelSelector: 'l=1',
        fieldSelector: 'f=2',
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: '10',
        timeoutSeconds: '300',
      },
    ]);
    expect(events).toEqual(['added x-1@1', 'added y-1@2', 'added z-1@3']);
    expect([...reflector.store.keys()]).toEqual(['a/x', 'a/y', 'a/z']);
    expect(reflector.synced).toBe(true);
    expect(reflector.lastSyncedAt).toBe(clock.now());
  });

  it('is not synced before the last page', async () => {
    server.script(list([thing('x', '1')], '10', 'next'), silence);
    reflect().start();
    await until(() => expect(server.requests).toHaveLength(2));
    expect(reflector.synced).toBe(false);
    expect(reflector.state).toEqual({ kind: 'starting' });
  });

  it('deletes nothing when a later page fails, and starts again when the snapshot has expired', async () => {
    const watch = await watching([thing('x', '1'), thing('y', '2')]);
    watch.send('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' });
    server.script(
      list([thing('x', '1')], '20', 'next'),
      status(500, 'InternalError', 'etcd is away'),
      list([thing('x', '1')], '21', 'next'),
      status(410, 'Expired', 'the continue token is too old'),
      list([thing('x', '1')], '22'),
    );
    const opened = server.watch();
    await clock.ring(800);
    await until(() => expect(server.requests).toHaveLength(6));
    expect(stored()).toEqual(['x-1@1', 'y-1@2']);
    await clock.ring(1_600);
    expect((await opened).query['resourceVersion']).toBe('22');
    expect(events.slice(2)).toEqual(['deleted y-1@2']);
  });

  it.each<[string, Step]>([
    ['500', status(500, 'InternalError', 'no')],
    ['429 without Retry-After', status(429, 'TooManyRequests', 'no')],
    ['a reset', reset],
    [
      'truncated JSON',
      (response) => response.writeHead(200).end('{"metadata":{"resourceVersion":"1"},"items":[{"meta'),
    ],
    [
      'an answer cut short',
      (response) =>
        response
          .writeHead(200, { 'content-length': '99' })
          .write('{"items":[', () => response.socket?.destroy()),
    ],
    ['401 with the same token', status(401, 'Unauthorized', 'no')],
  ])('goes on after %s, each pause twice the last one', async (_name, step) => {
    server.script(step, step, step, list([thing('x', '1')], '10'));
    const opened = server.watch();
    reflect().start();
    for (const pause of [800, 1_600, 3_200]) await clock.ring(pause);
    await opened;
    expect(stored()).toEqual(['x-1@1']);
    expect(states).toEqual(['failing', 'failing', 'failing', 'healthy']);
    expect(errors).toHaveLength(3);
  });

  it('never pauses longer than 30 s', async () => {
    const pauses = [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000];
    server.script(...pauses.map(() => status(500, '', 'no')), list([], '1'));
    const opened = server.watch();
    reflect().start();
    for (const pause of pauses) await clock.ring(pause);
    await opened;
  });

  it('spreads its pauses at random', async () => {
    clock.chance = () => 0.5;
    server.script(status(500, '', 'no'), list([], '1'));
    const opened = server.watch();
    reflect().start();
    await clock.ring(1_200);
    expect((await opened).query['timeoutSeconds']).toBe('450');
  });

  it.each([
    ['as long as Retry-After asks', '17', 17_000],
    ['a minute where it asks for an hour', '3600', 60_000],
  ])('waits %s', async (_, asked, pause) => {
    server.script(status(429, 'TooManyRequests', 'no', { 'retry-after': asked }), list([], '1'));
    const opened = server.watch();
    reflect().start();
    await clock.ring(pause);
    await opened;
  });

  it.each<[string, Step]>([
    ['does not come', silence],
    ['stops in its middle', (response) => response.writeHead(200).write('{"items":[')],
  ])('gives up a page that %s', async (_name, step) => {
    server.script(step, list([thing('x', '1')], '10'));
    const opened = server.watch();
    reflect().start();
    await until(() => expect(server.requests).toHaveLength(1));
    await clock.ring(20_000);
    await clock.ring(800);
    await opened;
    expect(stored()).toEqual(['x-1@1']);
  });

  it('reads a page that comes drop by drop', async () => {
    const text = JSON.stringify({ metadata: { resourceVersion: '10' }, items: [thing('ü', '1')] });
    const drip: Step = (response) => {
      const bytes = Buffer.from(text);
      response.writeHead(200);
      const next = (at: number): void => {
        if (at >= bytes.length) response.end();
        else response.write(bytes.subarray(at, at + 1), () => next(at + 1));
      };
      next(0);
    };
    server.script(drip);
    const opened = server.watch();
    reflect().start();
    await opened;
    expect(stored()).toEqual(['ü-1@1']);
  });

  it('keeps the others when one object cannot be projected', async () => {
    await watching([thing('x', '1'), thing('bad', '2'), thing('y', '3')], {
      project: (object) => {
        if (object.metadata.name === 'bad') throw new Error('no such field');
        return describeObject(object);
      },
    });
    expect(stored()).toEqual(['x-1@1', 'y-1@3']);
    expect(errors).toEqual(['no such field']);
  });

  it('asks for metadata only where that is enough', async () => {
    await watching([], { metadataOnly: true });
    expect(server.requests.map((request) => request.headers.accept)).toEqual([
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
    ]);
  });
});

describe('watching', () => {
  it('follows additions, modifications and deletions', async () => {
    const watch = await watching([thing('x', '1')]);
    watch.send('ADDED', thing('y', '11'));
    watch.send('MODIFIED', thing('x', '12'));
    watch.send('DELETED', thing('y', '13'));
    await until(() =>
      expect(events).toEqual(['added x-1@1', 'added y-1@11', 'modified x-1@12', 'deleted y-1@11']),
    );
    expect(stored()).toEqual(['x-1@12']);
  });

  it('resumes where it was when the server ends a watch, without a pause or a list', async () => {
    const watch = await watching([]);
    watch.send('ADDED', thing('x', '11'));
    await until(() => expect(stored()).toHaveLength(1));
    const again = server.watch();
    watch.end();
    expect((await again).query['resourceVersion']).toBe('11');
  });

  it('resumes from a bookmark', async () => {
    const watch = await watching([]);
    const again = server.watch();
    watch.bookmark('4711');
    watch.end();
    expect((await again).query['resourceVersion']).toBe('4711');
    expect(events).toEqual([]);
  });

  it('resumes from the latest version when events came out of order, and twice', async () => {
    const watch = await watching([thing('x', '1')]);
    const again = server.watch();
    watch.send('MODIFIED', thing('x', '14'));
    watch.send('MODIFIED', thing('x', '12'));
    watch.send('MODIFIED', thing('x', '14'));
    watch.send('ADDED', thing('y', '13'));
    watch.end();
    expect((await again).query['resourceVersion']).toBe('14');
    expect(events).toEqual(['added x-1@1', 'modified x-1@14', 'added y-1@13']);
  });

  it('takes a deletion and creation under one name for two events', async () => {
    const watch = await watching([thing('x', '1')]);
    watch.send('MODIFIED', thing('x', '15', { uid: 'x-2' }));
    await until(() => expect(events).toEqual(['added x-1@1', 'deleted x-1@1', 'added x-2@15']));
  });

  it('lists again at once when its version is too old, and deletes what is gone', async () => {
    const watch = await watching([thing('x', '1'), thing('y', '2')]);
    server.script(list([thing('y', '2')], '30'));
    const again = server.watch();
    watch.send('ERROR', {
      kind: 'Status',
      apiVersion: 'v1',
      code: 410,
      reason: 'Expired',
      message: 'too old',
    });
    expect((await again).query['resourceVersion']).toBe('30');
    expect(events.slice(2)).toEqual(['deleted x-1@1']);
  });

  it('does so when the server answers 410 instead of a watch, but does not spin', async () => {
    server.script(
      list([], '10'),
      status(410, 'Gone', 'old'),
      list([], '11'),
      status(410, 'Gone', 'old'),
      list([], '12'),
    );
    const opened = server.watch();
    reflect().start();
    await clock.ring(1_600);
    expect((await opened).query['resourceVersion']).toBe('12');
  });

  it('goes on after a reset in the middle of an event, from the last whole one', async () => {
    const watch = await watching([]);
    watch.send('ADDED', thing('x', '11'));
    watch.raw('{"type":"ADDED","object":{"metadata":{"name":"half');
    await until(() => expect(stored()).toEqual(['x-1@11']));
    server.script(list([], '11'));
    const again = server.watch();
    watch.reset();
    await clock.ring(800);
    expect((await again).query['resourceVersion']).toBe('11');
    expect(server.requests.at(-2)?.query).toEqual({ limit: '1' });
  });

  it.each([
    ['truncated JSON', '{"type":"ADDED","object":{"metadata":\n'],
    ['no event', '"hello"\n'],
    ['an unknown type', '{"type":"EXPLODED","object":{"metadata":{"name":"x","resourceVersion":"11"}}}\n'],
    ['an event without its object', '{"type":"ADDED"}\n'],
  ])('goes on after %s, keeping what came before it in the same packet', async (_name, text) => {
    const watch = await watching([]);
    server.script(list([], '11'));
    const again = server.watch();
    watch.raw(`${JSON.stringify({ type: 'ADDED', object: thing('y', '11') })}\n${text}`);
    await clock.ring(800);
    expect((await again).query['resourceVersion']).toBe('11');
    expect(stored()).toEqual(['y-1@11']);
    expect(watch.closed).toBe(true);
  });

  it('goes on after an event cut short by the end of the watch', async () => {
    const watch = await watching([]);
    server.script(list([], '10'));
    const again = server.watch();
    watch.raw('{"type":"ADDED","object"');
    watch.end();
    await clock.ring(800);
    await again;
  });

  it('reads events in pieces, and many in one piece', async () => {
    const watch = await watching([]);
    const text = ['ü', 'y', 'z']
      .map((name, i) => `${JSON.stringify({ type: 'ADDED', object: thing(name, `${11 + i}`) })}\n`)
      .join('');
    const bytes = Buffer.from(text);
    watch.raw(bytes.subarray(0, 75));
    watch.raw(bytes.subarray(75, 76));
    watch.raw(bytes.subarray(76));
    await until(() => expect(stored()).toEqual(['ü-1@11', 'y-1@12', 'z-1@13']));
  });

  it('waits after 429 as long as it asks, 503 as back-off says', async () => {
    server.script(
      list([], '10'),
      status(429, 'TooManyRequests', 'no', { 'retry-after': '9' }),
      status(503, 'ServiceUnavailable', 'no'),
    );
    const opened = server.watch();
    reflect().start();
    await clock.ring(9_000);
    await clock.ring(1_600);
    expect((await opened).query['resourceVersion']).toBe('10');
  });

  it('lists again when three watches in a row fail', async () => {
    const no = status(500, 'InternalError', 'no');
    server.script(list([], '10'), no, no, no, list([thing('x', '1')], '20'));
    const opened = server.watch();
    reflect().start();
    for (const pause of [800, 1_600, 3_200]) await clock.ring(pause);
    expect((await opened).query['resourceVersion']).toBe('20');
  });

  it('lists again at once when the server cannot make sense of its version', async () => {
    server.script(list([], '10'), status(400, 'BadRequest', 'invalid resource version'), list([], '20'));
    const opened = server.watch();
    reflect().start();
    await clock.ring(800);
    expect((await opened).query['resourceVersion']).toBe('20');
  });

  it('pauses when watches end as soon as they are opened', async () => {
    const empty: Step = (response) => response.writeHead(200).end();
    server.script(list([], '10'), empty, list([], '10'), empty, list([], '10'));
    const opened = server.watch();
    reflect().start();
    await clock.ring(800);
    await clock.ring(1_600);
    await opened;
  });

  it('goes on when onEvent throws', async () => {
    const watch = await watching([thing('x', '1')], {
      onEvent: () => {
        throw new Error('consumer');
      },
    });
    watch.send('MODIFIED', thing('x', '11'));
    await until(() => expect(stored()).toEqual(['x-1@11']));
    expect(errors).toEqual(['consumer', 'consumer']);
  });

  it('lists again each time where the server does not say at which version', async () => {
    server.script(list([thing('x', '')], ''));
    const first = server.watch();
    reflect().start();
    const watch = await first;
    await open();
    server.script(list([], ''));
    const again = server.watch();
    clock.advance(1_000);
    watch.end();
    await again;
    expect(events).toEqual(['added x-1@', 'deleted x-1@']);
  });
});

describe('half-open connections', () => {
  it('counts a watch as dead when its time is over and nothing came', async () => {
    const watch = await watching([]);
    await until(() => expect(clock.pending).toEqual([330_000]));
    server.script(list([], '10'));
    const again = server.watch();
    await clock.ring(330_000);
    await clock.ring(800);
    expect((await again).query['resourceVersion']).toBe('10');
    await until(() => expect(watch.closed).toBe(true));
    expect(errors).toEqual(['GET /apis/test.io/v1/things: nothing came for 330000 ms']);
  });

  it('counts a watch as dead when bookmarks, once seen, stay away', async () => {
    const watch = await watching([]);
    watch.bookmark('11');
    await until(() => expect(clock.pending).toEqual([150_000]));
    server.script(list([], '11'));
    const again = server.watch();
    await clock.ring(150_000);
    await clock.ring(800);
    expect((await again).query['resourceVersion']).toBe('11');
  });

  it('does not redial a quiet watch that is alive', async () => {
    const watch = await watching([]);
    for (let minute = 0; minute < 4; minute += 1) {
      clock.advance(60_000);
      watch.bookmark(`${11 + minute}`);
      await until(() => expect(reflector.lastSyncedAt).toBe(clock.now()));
    }
    watch.send('ADDED', thing('x', '20'));
    await until(() => expect(stored()).toEqual(['x-1@20']));
    expect(server.requests).toHaveLength(2);
  });

  it('gives up a watch whose headers do not come', async () => {
    server.script(list([], '10'), silence, list([], '10'));
    const opened = server.watch();
    reflect().start();
    await until(() => expect(server.requests).toHaveLength(2));
    await clock.ring(20_000);
    await clock.ring(800);
    await opened;
  });
});

describe('outages', () => {
  it('converges after the API server was killed and came back, with deletions it did not see', async () => {
    await watching([thing('x', '1'), thing('y', '2')]);
    await server.kill();
    for (const pause of [800, 1_600, 3_200, 800]) await clock.ring(pause);
    await until(() => expect(clock.pending).toEqual([1_600]));
    expect(stored()).toEqual(['x-1@1', 'y-1@2']);
    expect(states.at(-1)).toBe('failing');
    server.script(list([thing('y', '12')], '30'));
    const again = server.watch();
    await server.listen();
    await clock.ring(1_600);
    await again;
    await open();
    expect(events.slice(2)).toEqual(['modified y-1@12', 'deleted x-1@1']);
    expect(states.at(-1)).toBe('healthy');
  });

  it('lists again when the server came back with an older history', async () => {
    const watch = await watching([thing('x', '1')]);
    watch.send('MODIFIED', thing('x', '500'));
    await until(() => expect(stored()).toEqual(['x-1@500']));
    server.script(list([], '40'), list([thing('x', '7')], '40'));
    const again = server.watch();
    watch.reset();
    await clock.ring(800);
    expect((await again).query['resourceVersion']).toBe('40');
    expect(stored()).toEqual(['x-1@7']);
  });

  it('keeps the store when the resource is not served any more, and picks up when it is back', async () => {
    const watch = await watching([thing('x', '1')]);
    clock.advance(5_000);
    const gone = status(404, 'NotFound', 'the server could not find the requested resource');
    server.script(gone, gone);
    watch.end();
    await clock.ring(800);
    await until(() => expect(states).toEqual(['healthy', 'missing', 'missing']));
    expect(stored()).toEqual(['x-1@1']);
    expect(events).toEqual(['added x-1@1']);
    server.script(list([thing('y', '50')], '60'));
    const again = server.watch();
    // Somebody has seen the CRD appear.
    reflector.wake();
    await again;
    await open();
    expect(events.slice(1)).toEqual(['added y-1@50', 'deleted x-1@1']);
    expect(states.at(-1)).toBe('healthy');
  });

  it('says that it may not, keeps the store, and goes on when it may', async () => {
    const watch = await watching([thing('x', '1')]);
    clock.advance(5_000);
    const no = status(403, 'Forbidden', 'things is forbidden');
    server.script(no, no, no, no);
    const again = server.watch();
    watch.end();
    for (const pause of [800, 1_600, 3_200, 6_400]) await clock.ring(pause);
    expect((await again).query['resourceVersion']).toBe('10');
    await open();
    expect(states).toEqual(['healthy', 'forbidden', 'forbidden', 'forbidden', 'forbidden', 'healthy']);
    expect(stored()).toEqual(['x-1@1']);
  });
});

describe('streaming lists', () => {
  const end = { 'k8s.io/initial-events-end': 'true' };

  it('gets what exists and what happens from one request', async () => {
    const opened = server.watch();
    reflect({ list: 'auto' }).start();
    const watch = await opened;
    expect(watch.query).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      timeoutSeconds: '300',
    });
    watch.send('ADDED', thing('x', '1'));
    await until(() => expect(stored()).toEqual(['x-1@1']));
    expect(reflector.synced).toBe(false);
    watch.bookmark('10', end);
    await reflector.whenSynced();
    watch.send('MODIFIED', thing('x', '11'));
    await until(() => expect(stored()).toEqual(['x-1@11']));
    const again = server.watch();
    watch.end();
    expect((await again).query).toMatchObject({ resourceVersion: '11' });
    expect((await again).query['sendInitialEvents']).toBeUndefined();
  });

  it('deletes, when it has to list again, what the list did not hold', async () => {
    const opened = server.watch();
    reflect({ list: 'auto' }).start();
    const watch = await opened;
    watch.send('ADDED', thing('x', '1'));
    watch.send('ADDED', thing('y', '2'));
    watch.bookmark('10', end);
    const relisted = server.watch();
    watch.send('ERROR', { kind: 'Status', code: 410, message: 'old' });
    const second = await relisted;
    second.send('ADDED', thing('y', '2'));
    second.bookmark('20', end);
    await until(() => expect(events).toEqual(['added x-1@1', 'added y-1@2', 'deleted x-1@1']));
  });

  it.each<[string, Step]>([
    [
      'without the feature',
      status(
        422,
        'Invalid',
        'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
      ),
    ],
    ['before 1.27', status(400, 'BadRequest', 'resourceVersionMatch is forbidden for watch')],
  ])('lists in pages from a server %s, at once', async (_name, refusal) => {
    server.script(refusal, list([thing('x', '1')], '10'));
    const opened = server.watch();
    reflect({ list: 'auto' }).start();
    expect((await opened).query['resourceVersion']).toBe('10');
    expect(errors).toEqual([]);
  });

  it('lists in pages when the end of the initial events does not come', async () => {
    const opened = server.watch();
    reflect({ list: 'auto' }).start();
    const stuck = await opened;
    stuck.send('ADDED', thing('x', '1'));
    await until(() => expect(stored()).toEqual(['x-1@1']));
    server.script(list([thing('y', '2')], '10'));
    const again = server.watch();
    await clock.ring(30_000);
    await clock.ring(800);
    await again;
    expect(events).toEqual(['added x-1@1', 'added y-1@2', 'deleted x-1@1']);
  });

  it('deletes nothing when the stream breaks before the end of the initial events', async () => {
    const opened = server.watch();
    reflect({ list: 'auto' }).start();
    const watch = await opened;
    watch.send('ADDED', thing('x', '1'));
    watch.bookmark('10', end);
    await reflector.whenSynced();
    const relisted = server.watch();
    watch.send('ERROR', { kind: 'Status', code: 410, message: 'old' });
    (await relisted).reset();
    server.script(list([thing('x', '1')], '12'));
    const again = server.watch();
    await clock.ring(800);
    await again;
    expect(events).toEqual(['added x-1@1']);
  });
});

describe('control', () => {
  it('lists again and projects anew when asked to', async () => {
    let prefix = 'old';
    await watching([thing('x', '1')], { project: (object) => `${prefix} ${describeObject(object)}` });
    prefix = 'new';
    server.script(list([thing('x', '1')], '12'));
    const again = server.watch();
    reflector.refresh();
    await again;
    expect(stored()).toEqual(['new x-1@1']);
    expect(errors).toEqual([]);
  });

  it('can be asked so from within an event', async () => {
    let asked = false;
    server.script(
      list([thing('x', '1'), thing('y', '2')], '10'),
      list([thing('x', '1'), thing('y', '2')], '11'),
    );
    const opened = server.watch();
    reflect({
      onEvent: () => {
        if (!asked) reflector.refresh();
        asked = true;
      },
    }).start();
    expect((await opened).query['resourceVersion']).toBe('11');
  });

  it('ends with its signal', async () => {
    server.script(list([], '10'));
    const opened = server.watch();
    const abort = new AbortController();
    reflect().start(abort.signal);
    const watch = await opened;
    abort.abort();
    await reflector.stop();
    await until(() => expect(watch.closed).toBe(true));
  });

  it('can be stopped during a back-off, a list, before it was started, and twice', async () => {
    server.script(status(500, '', 'no'));
    reflect().start();
    await until(() => expect(clock.pending).toEqual([800]));
    await reflector.stop();
    await reflector.stop();

    server.script(silence);
    reflect().start();
    await until(() => expect(server.requests).toHaveLength(2));
    await reflector.stop();

    reflect();
    await reflector.stop();
    reflector.start();
    expect(server.requests).toHaveLength(2);
  });

  it('tells those who wait for it that it was stopped, or that they no longer want to', async () => {
    server.script(silence);
    reflect().start();
    const abort = new AbortController();
    const impatient = expect(reflector.whenSynced(abort.signal)).rejects.toThrow('enough');
    const patient = expect(reflector.whenSynced()).rejects.toThrow('stopped');
    await until(() => expect(server.requests).toHaveLength(1));
    abort.abort(new Error('enough'));
    await impatient;
    await reflector.stop();
    await patient;
    await expect(reflector.whenSynced()).rejects.toThrow('stopped');
  });

  it('drops managed fields unless told what to keep', async () => {
    const full = {
      ...thing('x', '1'),
      metadata: { name: 'x', uid: 'u', resourceVersion: '1', managedFields: [{ manager: 'm' }] },
    };
    server.script(list([full], '10'));
    const opened = server.watch();
    const whole = new Reflector({ client, resource: THINGS, list: 'pages' });
    reflect();
    whole.start();
    await opened;
    expect(whole.store.get('x')?.metadata).toEqual({ name: 'x', uid: 'u', resourceVersion: '1' });
    await whole.stop();
  });
});
