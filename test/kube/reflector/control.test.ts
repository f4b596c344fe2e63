import { describe, expect, it } from 'vitest';
import { Reflector } from '../../../src/kube/index.ts';
import { list, silence, status, until } from '../scripted-server.ts';
import { THINGS, thing } from '../things.ts';
import {
  client,
  clock,
  describeObject,
  errors,
  reflect,
  reflector,
  server,
  stored,
  useScriptedServer,
  watching,
} from './world.ts';

useScriptedServer();

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
