import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReadAhead } from '../../controller/watches/read-ahead.ts';
import type { KubeClient, StoredObject } from '../../src/kube/index.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import type { Step } from '../kube/scripted-server.ts';
import { ScriptedServer, list, status, until } from '../kube/scripted-server.ts';
import { THINGS, thing } from '../kube/things.ts';

let server: ScriptedServer;
let client: KubeClient;
let clock: FakeClock;
let ahead: ReadAhead;
/** How often it has ended. */
let ends: number;

beforeEach(async () => {
  server = await ScriptedServer.start();
  clock = new FakeClock();
  ends = 0;
  client = server.client({ clock });
});

afterEach(async () => {
  ahead.stop();
  await client.close();
  await until(() => expect(server.sockets.size).toBe(0));
  expect(server.unexpected).toEqual([]);
  await server.kill();
});

const signal = new AbortController().signal;

function read(...wanted: string[]): Promise<void> {
  ahead = new ReadAhead({
    client,
    type: THINGS,
    namespace: 'a',
    wanted: wanted.map((name) => `a/${name}`),
    onEnd: () => ends++,
  });
  return ahead.run();
}

const take = async (name: string, abort = signal): Promise<string | undefined> =>
  nameOf(await ahead.take(`a/${name}`, abort));
const nameOf = (object: StoredObject | undefined): string | undefined => object?.metadata.name;

/** A page of Things, and whether there are more. */
const page = (names: readonly string[], more = false): Step =>
  list(
    names.map((name) => thing(name, '5')),
    '10',
    more ? 'next' : undefined,
  );

/** A page that is answered when the test says so. */
function heldBack(step: Step): { readonly step: Step; readonly asked: () => boolean; release: () => void } {
  let answer: (() => void) | undefined;
  return {
    step: (response, request) => void (answer = () => step(response, request)),
    asked: () => answer !== undefined,
    release: () => answer?.(),
  };
}

/** A Thing that alone is as much as may be held. */
const huge = (name: string): unknown => thing(name, '5', { color: 'x'.repeat(2 * 1024 * 1024) });

describe('what is read ahead', () => {
  it('is there for whoever comes first', async () => {
    server.script(page(['x', 'y']));
    await read('x', 'y');
    expect(await ahead.take('a/y', signal)).toMatchObject(thing('y', '5'));
    expect(ends).toBe(0);
    expect(await take('x')).toBe('x');
    expect(ends).toBe(1);
    expect(await take('x')).toBeUndefined();
  });

  it('is read page by page, whole, in its namespace', async () => {
    server.script(page(['x'], true), page(['y']));
    await read('x', 'y');
    expect(server.requests.map(({ path, query, headers }) => [path, query, headers.accept])).toEqual([
      ['/apis/test.io/v1/namespaces/a/things', { limit: '25' }, 'application/json'],
      ['/apis/test.io/v1/namespaces/a/things', { limit: '25', continue: 'next' }, 'application/json'],
    ]);
    expect(await take('y')).toBe('y');
  });

  it('is waited for while it is to come', async () => {
    const second = heldBack(page(['y']));
    server.script(page(['x'], true), second.step);
    const done = read('x', 'y');
    const taken = take('y');
    await until(() => expect(second.asked()).toBe(true));
    second.release();
    expect(await taken).toBe('y');
    await done;
  });

  it.each([
    ['is not wanted', 'z'],
    ['was not on the pages that are read by now', 'w'],
  ])('does not keep anybody waiting for an object that %s', async (_, name) => {
    const second = heldBack(page(['y']));
    server.script(page(['x', 'z'], true), second.step);
    const done = read('w', 'x', 'y');
    await until(() => expect(second.asked()).toBe(true));
    expect(await take(name)).toBeUndefined();
    second.release();
    await done;
  });

  it('is waited for no longer than a second, and by nobody after that', async () => {
    const first = heldBack(page(['x', 'y']));
    server.script(first.step);
    const done = read('x', 'y');
    const taken = take('x');
    await until(() => expect(first.asked()).toBe(true));
    clock.advance(1_000);
    expect(await taken).toBeUndefined();
    expect(await take('y')).toBeUndefined();
    first.release();
    await done;
    expect(await take('y')).toBe('y');
  });

  it('is not waited for by whoever gives up', async () => {
    const first = heldBack(page(['x']));
    server.script(first.step);
    const done = read('x');
    const waiter = new AbortController();
    const taken = take('x', waiter.signal);
    waiter.abort(new Error('enough'));
    expect(await taken).toBeUndefined();
    const other = take('x');
    await until(() => expect(first.asked()).toBe(true));
    first.release();
    await done;
    expect(await other).toBe('x');
  });

  it('is no more than may be held: the next page comes when half of it was taken', async () => {
    server.script(list([huge('x')], '10', 'next'), page(['y']));
    const done = read('x', 'y');
    expect(await take('x')).toBe('x');
    await done;
    expect(await take('y')).toBe('y');
  });

  it('keeps nobody waiting for a page that is not asked for because too much is held', async () => {
    server.script(list([huge('x')], '10', 'next'));
    const done = read('x', 'y');
    await until(() => expect(server.left).toBe(0));
    expect(await take('y')).toBeUndefined();
    await clock.ring(30_000);
    await done;
    expect(await take('x')).toBeUndefined();
  });

  it('is forgotten when nobody takes it for 30 seconds', async () => {
    server.script(page(['x']));
    await read('x');
    clock.advance(30_000);
    expect(ends).toBe(1);
    expect(await take('x')).toBeUndefined();
  });

  it('is what was read until a page failed', async () => {
    server.script(page(['x'], true), status(410, 'Expired', 'too old'));
    await read('x', 'y');
    expect(await take('y')).toBeUndefined();
    expect(await take('x')).toBe('x');
  });

  it('is what came before a page of more than 8 MiB', async () => {
    server.script(page(['x'], true), list([thing('y', '5', { color: 'x'.repeat(8 * 1024 * 1024) })], '10'));
    await read('x', 'y');
    expect(await take('y')).toBeUndefined();
    expect(await take('x')).toBe('x');
  });

  it('is nothing after a stop, which whoever waits is told at once', async () => {
    const first = heldBack(page(['x']));
    server.script(first.step);
    const done = read('x');
    const taken = take('x');
    await until(() => expect(first.asked()).toBe(true));
    ahead.stop();
    await done;
    expect(await taken).toBeUndefined();
  });
});
