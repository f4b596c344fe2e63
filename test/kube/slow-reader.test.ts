import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient } from '../../src/kube/index.ts';
import { ScriptedServer, json, until } from './scripted-server.ts';
import type { ServerWatch } from './scripted-server.ts';
import { THINGS, thing } from './things.ts';

let server: ScriptedServer;
let client: KubeClient;

beforeEach(async () => {
  server = await ScriptedServer.start();
  client = server.client();
});

afterEach(async () => {
  await client.close();
  await until(() => expect(server.sockets.size).toBe(0));
  await server.kill();
  expect(server.unexpected).toEqual([]);
});

/** More than the kernel keeps for two ends of a connection. */
const EVENTS = 30_000;
const EVENT_BYTES = 1_000;

function sendMany(watch: ServerWatch): void {
  const color = 'c'.repeat(EVENT_BYTES);
  for (let index = 0; index < EVENTS; index += 1)
    watch.send('ADDED', thing(`x${String(index)}`, String(index + 1), { color }));
}

async function openWatch(): Promise<{
  readonly watch: ServerWatch;
  readonly stream: Awaited<ReturnType<KubeClient['watch']>>;
}> {
  const opened = server.watch();
  const stream = await client.watch(THINGS, { timeoutSeconds: 300 });
  return { watch: await opened, stream };
}

describe('a watch that is read slowly', () => {
  it('is not read ahead, holds up no other request, and loses nothing', async () => {
    const { watch, stream } = await openWatch();
    sendMany(watch);
    server.script(json(thing('y', '1')));
    expect((await client.get(THINGS, 'y', 'a')).metadata.name).toBe('y');
    expect(watch.unsent).toBeGreaterThan(1_000 * EVENT_BYTES);
    const names: string[] = [];
    for await (const events of stream) {
      for (const event of events) if (event.type === 'ADDED') names.push(event.object.metadata.name);
      if (names.length === EVENTS) break;
    }
    expect(names).toEqual(Array.from({ length: EVENTS }, (_, index) => `x${String(index)}`));
    expect(watch.unsent).toBe(0);
  });

  it('and that the server loses patience with fails, after the events that had come whole, and frees its socket', async () => {
    const { watch, stream } = await openWatch();
    sendMany(watch);
    let read = 0;
    const reading = (async () => {
      for await (const events of stream) {
        if (read === 0) watch.reset();
        read += events.length;
      }
    })();
    await expect(reading).rejects.toThrow(/ECONNRESET|other side closed|terminated|aborted/);
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(EVENTS);
    await until(() => expect(server.sockets.size).toBe(0));
  });
});
