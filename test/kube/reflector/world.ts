import { afterEach, beforeEach, expect } from 'vitest';
import { Reflector } from '../../../src/kube/index.ts';
import type { KubeClient, StoredObject, ReflectorOptions } from '../../../src/kube/index.ts';
import { FakeClock } from '../fake-clock.ts';
import { ScriptedServer, list, until } from '../scripted-server.ts';
import type { ServerWatch } from '../scripted-server.ts';
import { THINGS } from '../things.ts';

/*
 * A reflector before a server that answers by a script, on a clock that stands still. What a test looks at is made anew
 * for each.
 */

export let server: ScriptedServer;
export let clock: FakeClock;
export let client: KubeClient;
export let reflector: Reflector<string>;
export let events: string[];
export let states: string[];
export let errors: string[];

export const describeObject = (object: StoredObject): string =>
  `${object.metadata.uid}@${object.metadata.resourceVersion}`;

export function reflect(options: Partial<ReflectorOptions<string>> = {}): Reflector<string> {
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

/** Gives each test a server, and sees that it leaves nothing behind. */
export function useScriptedServer(): void {
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
}

/** Starts a reflector that has listed `items` at version 10 and watches from there. */
export async function watching(
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
export const open = (): Promise<void> => until(() => expect(clock.pending).toEqual([330_000]));

export const stored = (): string[] => [...reflector.store.values()];
