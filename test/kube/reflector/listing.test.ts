import { describe, expect, it } from 'vitest';
import { list, reset, silence, status, until } from '../scripted-server.ts';
import type { Step } from '../scripted-server.ts';
import { thing } from '../things.ts';
import {
  clock,
  describeObject,
  errors,
  events,
  reflect,
  reflector,
  server,
  states,
  stored,
  useScriptedServer,
  watching,
} from './world.ts';

useScriptedServer();

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

  it('deletes nothing when a later page fails, and lists in one piece when the snapshot has expired', async () => {
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
    expect(server.requests.slice(2, 7).map(({ query }) => query['limit'])).toEqual([
      '500',
      '500',
      '500',
      '500',
      undefined,
    ]);
  });

  it('lists by pages again where one piece is too much', async () => {
    server.script(
      list([thing('x', '1')], '20', 'next'),
      status(410, 'Expired', 'the continue token is too old'),
      status(500, 'InternalError', 'too much'),
      list([thing('x', '1')], '22'),
    );
    const opened = server.watch();
    reflect().start();
    await clock.ring(1_600);
    await opened;
    expect(server.requests.slice(0, 4).map(({ query }) => query['limit'])).toEqual([
      '500',
      '500',
      undefined,
      '500',
    ]);
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

  it('lists whole objects, by pages, where only news may be metadata, and says which is which', async () => {
    const watch = await watching([thing('x', '1')], {
      watchMetadataOnly: true,
      project: (object, isMetadata) => `${describeObject(object)}${isMetadata ? ' in part' : ''}`,
    });
    watch.send('ADDED', thing('y', '11'));
    await until(() => expect(stored()).toEqual(['x-1@1', 'y-1@11 in part']));
    expect(server.requests.map((request) => request.headers.accept)).toEqual([
      'application/json',
      'application/json;as=Table;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
    ]);
  });
});
