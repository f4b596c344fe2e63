import { describe, expect, it } from 'vitest';
import { list, status, until } from '../scripted-server.ts';
import type { Step } from '../scripted-server.ts';
import { thing } from '../things.ts';
import { clock, errors, events, reflect, reflector, server, stored, useScriptedServer } from './world.ts';

useScriptedServer();

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

  it('asks a server that has refused one for no other', async () => {
    server.script(status(422, 'Invalid', 'sendInitialEvents is forbidden'), list([], '10'));
    const opened = server.watch();
    const first = reflect({ list: 'auto' });
    first.start();
    await opened;
    await first.stop();
    server.script(list([thing('x', '1')], '11'));
    const openedNext = server.watch();
    reflect({ list: 'auto' }).start();
    expect((await openedNext).query['resourceVersion']).toBe('11');
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
