import { describe, expect, it } from 'vitest';
import { list, silence, status, until } from '../scripted-server.ts';
import { thing } from '../things.ts';
import {
  clock,
  errors,
  events,
  open,
  reflect,
  reflector,
  server,
  states,
  stored,
  useScriptedServer,
  watching,
} from './world.ts';

useScriptedServer();

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
      watch.bookmark(`${String(11 + minute)}`);
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

  it('takes nothing for known when the server came back with an older history', async () => {
    const watch = await watching([thing('x', '5')]);
    watch.send('MODIFIED', thing('y', '500'));
    await until(() => expect(stored()).toEqual(['x-1@5', 'y-1@500']));
    server.script(list([], '40'), list([thing('x', '5')], '40'));
    const again = server.watch();
    watch.reset();
    await clock.ring(800);
    await again;
    expect(events.slice(2)).toEqual(['modified x-1@5', 'deleted y-1@500']);
  });

  it('lists again when an aggregated API was away and came back with an older history', async () => {
    const watch = await watching([thing('x', '1')]);
    watch.send('MODIFIED', thing('x', '500'));
    await until(() => expect(stored()).toEqual(['x-1@500']));
    clock.advance(5_000);
    const away = status(503, 'ServiceUnavailable', 'service unavailable');
    server.script(away, list([], '40'), list([thing('x', '7')], '40'));
    const again = server.watch();
    watch.end();
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
