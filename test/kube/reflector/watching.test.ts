import { describe, expect, it } from 'vitest';
import { list, status, until } from '../scripted-server.ts';
import type { Step } from '../scripted-server.ts';
import { thing } from '../things.ts';
import {
  clock,
  errors,
  events,
  open,
  reflect,
  server,
  stored,
  useScriptedServer,
  watching,
} from './world.ts';

useScriptedServer();

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
      .map((name, i) => `${JSON.stringify({ type: 'ADDED', object: thing(name, `${String(11 + i)}`) })}\n`)
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
      // It asks where the server's history stands.
      list([], '10'),
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
