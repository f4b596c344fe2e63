import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventRecorder } from '../../src/kube/index.ts';
import type { EventInit, KubeClient } from '../../src/kube/index.ts';
import { FakeClock } from './fake-clock.ts';
import { ScriptedServer, json, reset, silence, status, until } from './scripted-server.ts';
import { thing } from './things.ts';

let server: ScriptedServer;
let clock: FakeClock;
let client: KubeClient;
let recorder: EventRecorder;
let errors: string[];

const T0 = '2024-01-01T00:00:00.000000Z';
const created = json({}, 201);

beforeEach(async () => {
  server = await ScriptedServer.start();
  clock = new FakeClock();
  errors = [];
  client = server.client({ clock, maxRetries: 0 });
  recorder = new EventRecorder({
    client,
    component: 'clusterpedia.io/import-controller',
    instance: 'pod-1',
    onError: (error) => errors.push(error.message),
  });
});

afterEach(async () => {
  await recorder.stop();
  await client.close();
  await server.kill();
  expect(server.unexpected).toEqual([]);
  expect(server.left).toBe(0);
  expect(clock.pending).toEqual([]);
});

function event(fields: Partial<EventInit> = {}): EventInit {
  return {
    regarding: {
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: { name: 'x', namespace: 'a', uid: 'u-1', resourceVersion: '7' },
    },
    type: 'Warning',
    reason: 'RenderFailed',
    action: 'Render',
    message: 'line 3: no such field',
    ...fields,
  };
}

const written = (count: number): Promise<void> => until(() => expect(server.requests).toHaveLength(count));

describe('one event', () => {
  it('is written as events.k8s.io/v1 in the namespace of what it is about', async () => {
    server.script(created);
    recorder.record(
      event({ related: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'b' } } }),
    );
    await recorder.flush();
    const [request] = server.requests;
    expect([request?.method, request?.path]).toEqual(['POST', '/apis/events.k8s.io/v1/namespaces/a/events']);
    expect(request?.body).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: expect.stringMatching(/^x\.[0-9a-f]{15}$/) as string, namespace: 'a' },
      eventTime: T0,
      reportingController: 'clusterpedia.io/import-controller',
      reportingInstance: 'pod-1',
      type: 'Warning',
      reason: 'RenderFailed',
      action: 'Render',
      note: 'line 3: no such field',
      regarding: {
        apiVersion: 'v1',
        kind: 'Thing',
        name: 'x',
        namespace: 'a',
        uid: 'u-1',
        resourceVersion: '7',
      },
      related: { apiVersion: 'v1', kind: 'Secret', name: 's', namespace: 'b' },
    });
  });

  it('about a cluster-scoped object goes to the namespace default', async () => {
    server.script(created);
    recorder.record(event({ regarding: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } } }));
    await recorder.flush();
    expect(server.requests[0]?.path).toBe('/apis/events.k8s.io/v1/namespaces/default/events');
  });

  it('about a cluster-scoped object goes to kube-system where the server, like 1.20, takes it there only', async () => {
    const refused = json(
      {
        kind: 'Status',
        status: 'Failure',
        reason: 'Invalid',
        code: 422,
        message: 'Event "n" is invalid',
        details: { causes: [{ reason: 'FieldValueInvalid', field: 'involvedObject.namespace' }] },
      },
      422,
    );
    server.script(refused, created, created);
    const node = (name: string) =>
      event({ regarding: { apiVersion: 'v1', kind: 'Node', metadata: { name } }, reason: name });
    recorder.record(node('one'));
    await recorder.flush();
    recorder.record(node('two'));
    await recorder.flush();
    const path = (namespace: string) => `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
    expect(server.requests.map((request) => request.path)).toEqual([
      path('default'),
      path('kube-system'),
      path('kube-system'),
    ]);
    expect(server.requests[1]?.body).toMatchObject({ metadata: { namespace: 'kube-system' } });
    expect(recorder.dropped).toBe(0);
  });

  it.each([
    ['a name that is no DNS subdomain', 'System:Node/x', /^system-node-x\.[0-9a-f]{15}$/],
    ['a name as long as names may be', 'n'.repeat(253), /^n{237}\.[0-9a-f]{15}$/],
  ])('about an object with %s gets a valid name', async (_name, name, pattern) => {
    server.script(created);
    recorder.record(event({ regarding: { apiVersion: 'v1', kind: 'Thing', metadata: { name } } }));
    await recorder.flush();
    expect(server.requests[0]?.body).toMatchObject({
      metadata: { name: expect.stringMatching(pattern) as string },
    });
  });

  it.each([
    ['is kept at 1024 bytes', 'm'.repeat(1024), 'm'.repeat(1024)],
    ['is shortened beyond', 'm'.repeat(1025), `${'m'.repeat(1021)}…`],
    ['is never cut within a character', 'ü'.repeat(600), `${'ü'.repeat(510)}…`],
  ])('has a message that %s', async (_name, message, note) => {
    server.script(created);
    recorder.record(event({ message }));
    await recorder.flush();
    expect(server.requests[0]?.body).toMatchObject({ note });
  });
});

describe('repetitions', () => {
  it('are counted in the event that is there, written together every 10 s', async () => {
    server.script(created, json({}));
    recorder.record(event());
    await recorder.flush();
    for (let i = 0; i < 100; i += 1) {
      clock.advance(50);
      recorder.record(event());
    }
    expect(server.requests).toHaveLength(1);
    clock.advance(10_000);
    await written(2);
    await recorder.flush();
    const { name } = (server.requests[0]?.body as { metadata: { name: string } }).metadata;
    expect(server.requests[1]).toMatchObject({
      method: 'PATCH',
      path: `/apis/events.k8s.io/v1/namespaces/a/events/${name}`,
      body: { series: { count: 101, lastObservedTime: '2024-01-01T00:00:05.000000Z' } },
    });
  });

  it('are counted before the first write, too', async () => {
    server.script(created);
    recorder.record(event());
    recorder.record(event());
    recorder.record(event());
    await recorder.flush();
    expect(server.requests[0]?.body).toMatchObject({ series: { count: 3, lastObservedTime: T0 } });
  });

  it.each<[string, Partial<EventInit>]>([
    ['message', { message: 'another one' }],
    ['reason', { reason: 'Other' }],
    ['type', { type: 'Normal' }],
    [
      'object',
      { regarding: { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x', namespace: 'a', uid: 'u-2' } } },
    ],
  ])('are no repetitions with another %s', async (_name, fields) => {
    server.script(created, created);
    recorder.record(event());
    recorder.record(event(fields));
    await clock.ring(50);
    await recorder.flush();
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  it('become a new event after six minutes of quiet', async () => {
    server.script(created, created);
    recorder.record(event());
    await recorder.flush();
    clock.advance(360_000);
    recorder.record(event());
    await recorder.flush();
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  it('become a new event when the old one has expired', async () => {
    server.script(created, status(404, 'NotFound', 'gone'), created);
    recorder.record(event());
    await recorder.flush();
    recorder.record(event());
    await recorder.flush();
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST']);
    expect(server.requests[2]?.body).toMatchObject({ series: { count: 2 } });
  });
});

describe('limits', () => {
  it('lets a subject have 25 events at once, then one in five minutes', async () => {
    server.script(...Array.from({ length: 26 }, () => created));
    for (let i = 0; i < 40; i += 1) recorder.record(event({ message: `message ${String(i)}` }));
    expect(recorder.dropped).toBe(15);
    for (let i = 0; i < 24; i += 1) await clock.ring(50);
    await recorder.flush();
    clock.advance(300_000);
    recorder.record(event({ message: 'later' }));
    recorder.record(event({ message: 'even later' }));
    await recorder.flush();
    expect(server.requests).toHaveLength(26);
    expect(recorder.dropped).toBe(16);
  });

  it('writes 20 a second and keeps no more than 1000 waiting', async () => {
    server.script(silence);
    for (let i = 0; i < 1_200; i += 1) {
      recorder.record(
        event({
          regarding: { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x', uid: `u-${String(i)}` } },
        }),
      );
    }
    await written(1);
    expect(recorder.dropped).toBe(200);
    const stopped = recorder.stop();
    await clock.ring(2_000);
    await stopped;
    expect([recorder.dropped, errors]).toEqual([1_200, []]);
  });
});

describe('what is remembered', () => {
  const SUBJECTS = 50;
  const NODE = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } };

  /** One event about each of the subjects. */
  async function recordAll(): Promise<void> {
    for (let i = 0; i < SUBJECTS; i += 1)
      recorder.record(
        event({
          regarding: { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x', uid: `u-${String(i)}` } },
        }),
      );
    for (let i = 1; i < SUBJECTS; i += 1) await clock.ring(50);
    await recorder.flush();
  }

  it.each<[string, number, number]>([
    ['is kept for five minutes', 240_000, SUBJECTS + 1],
    ['goes with the next event after six', 360_000, 1],
  ])('%s', async (_, passed, remembered) => {
    server.always(created);
    await recordAll();
    clock.advance(passed);
    recorder.record(event({ regarding: NODE }));
    await recorder.flush();
    expect(recorder.remembered).toEqual({ series: remembered, subjects: remembered });
  });

  it('is kept of a subject until its allowance is full again', async () => {
    server.always(created);
    for (let i = 0; i < 3; i += 1) recorder.record(event({ message: `message ${String(i)}` }));
    for (let i = 1; i < 3; i += 1) await clock.ring(50);
    await recorder.flush();
    const subjects: number[] = [];
    for (let minutes = 0; minutes <= 15; minutes += 5) {
      recorder.record(event({ regarding: NODE, message: `after ${String(minutes)} minutes` }));
      await recorder.flush();
      subjects.push(recorder.remembered.subjects);
      clock.advance(300_000);
    }
    expect(subjects).toEqual([2, 2, 2, 1]);
  });
});

describe('failures', () => {
  it('are repeated when they pass', async () => {
    server.script(
      status(500, 'InternalError', 'no'),
      status(429, 'TooManyRequests', 'no', { 'retry-after': '7' }),
      reset,
      created,
    );
    recorder.record(event());
    for (const pause of [1_000, 7_000, 3_000]) await clock.ring(pause);
    await recorder.flush();
    expect(server.requests).toHaveLength(4);
    expect(errors).toEqual([]);
  });

  it('are given up after four tries, and never thrown', async () => {
    const no = status(500, 'InternalError', 'no');
    server.script(no, no, no, no);
    recorder.record(event());
    for (const pause of [1_000, 2_000, 3_000]) await clock.ring(pause);
    await recorder.flush();
    expect([recorder.dropped, errors]).toEqual([1, ['no']]);
  });

  it('are given up at once when the server refuses', async () => {
    server.script(status(403, 'Forbidden', 'namespace is being terminated'));
    recorder.record(event());
    await recorder.flush();
    expect([recorder.dropped, errors]).toEqual([1, ['namespace is being terminated']]);
  });
});

describe('stopping', () => {
  it('writes what waits, counts included, and takes no more', async () => {
    server.script(created, json({}));
    recorder.record(event());
    await recorder.flush();
    recorder.record(event());
    await recorder.stop();
    recorder.record(event({ message: 'too late' }));
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'PATCH']);
  });

  it('takes no longer than it may', async () => {
    server.script(silence);
    recorder.record(event());
    await written(1);
    const stopped = recorder.stop(500);
    await clock.ring(500);
    await stopped;
  });
});

it('takes an object as it is in the store', async () => {
  server.script(created);
  const object = thing('x', '3') as never;
  recorder.record(event({ regarding: object }));
  await recorder.flush();
  expect(server.requests[0]?.body).toMatchObject({
    regarding: {
      apiVersion: 'test.io/v1',
      kind: 'Thing',
      namespace: 'a',
      name: 'x',
      uid: 'x-1',
      resourceVersion: '3',
    },
  });
});

describe('a wall clock that is set', () => {
  it.each([
    ['forwards', 5 * 3_600_000],
    ['backwards', -5 * 3_600_000],
  ])('%s by hours neither silences a subject nor ends a series', async (_, jump) => {
    server.script(created, created, json({}));
    recorder.record(event());
    await recorder.flush();
    clock.wallOffset = jump;
    recorder.record(event({ reason: 'CredentialMissing' }));
    await recorder.flush();
    recorder.record(event());
    await recorder.flush();
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'PATCH']);
    expect(recorder.dropped).toBe(0);
  });
});
