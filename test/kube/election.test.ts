import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaderElector } from '../../src/kube/index.ts';
import type { KubeClient, KubeManifest, LeaderElectorOptions } from '../../src/kube/index.ts';
import { FakeClock } from './fake-clock.ts';
import { ScriptedServer, json, reset, silence, status, until } from './scripted-server.ts';
import type { Seen, Step } from './scripted-server.ts';

let server: ScriptedServer;
let clock: FakeClock;
let client: KubeClient;
let log: string[];
let stop: AbortController;
let leading: AbortSignal | undefined;
let running: Promise<void> | undefined;

const T0 = '2024-01-01T00:00:00.000000Z';

beforeEach(async () => {
  server = await ScriptedServer.start();
  clock = new FakeClock();
  client = server.client({ clock, maxRetries: 0 });
  [log, stop, leading] = [[], new AbortController(), undefined];
});

afterEach(async () => {
  stop.abort();
  await running;
  await client.close();
  await server.kill();
  expect(server.unexpected).toEqual([]);
  expect(server.left).toBe(0);
  expect(clock.pending).toEqual([]);
});

function run(options: Partial<LeaderElectorOptions> = {}): LeaderElector {
  const elector = new LeaderElector({
    client,
    namespace: 'ns',
    name: 'lock',
    identity: 'me',
    onStarted: (signal) => {
      leading = signal;
      log.push('started');
    },
    onLost: (reason) => log.push(`lost: ${reason}`),
    onLeader: (identity) => log.push(`leader: ${identity}`),
    onError: (error) => log.push(`error: ${error.message}`),
    ...options,
  });
  running = elector.run(stop.signal);
  return elector;
}

const notFound = status(404, 'NotFound', 'leases "lock" not found');

function lease(
  holder: string,
  renewTime: string,
  resourceVersion = '1',
  fields: Record<string, unknown> = {},
): KubeManifest {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'lock', namespace: 'ns', resourceVersion },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: 15,
      acquireTime: T0,
      renewTime,
      leaseTransitions: 3,
      ...fields,
    },
  };
}

/** Answers a write as the API server does: with what was written, at a version of its own. */
const stored =
  (resourceVersion: string): Step =>
  (response, request) => {
    const body = request.body as KubeManifest;
    json({ ...body, metadata: { ...body.metadata, resourceVersion } })(response, request);
  };

const requests = (): string[] => server.requests.map(({ method }) => method);
const specOf = (request: Seen | undefined): unknown => (request?.body as KubeManifest | undefined)?.['spec'];

async function lead(): Promise<LeaderElector> {
  server.script(notFound, stored('1'));
  const elector = run();
  await until(() => expect(log).toEqual(['leader: me', 'started']));
  return elector;
}

describe('winning', () => {
  it('creates the Lease where there is none, its times with six fractional digits', async () => {
    const elector = await lead();
    expect(elector.isLeader).toBe(true);
    expect(server.requests[1]).toMatchObject({
      method: 'POST',
      path: '/apis/coordination.k8s.io/v1/namespaces/ns/leases',
      body: {
        metadata: { name: 'lock', namespace: 'ns' },
        spec: {
          holderIdentity: 'me',
          leaseDurationSeconds: 15,
          acquireTime: T0,
          renewTime: T0,
          leaseTransitions: 0,
        },
      },
    });
    server.script(stored('2'));
  });

  it('leaves a Lease alone that is renewed, and takes it when its holder has been silent for 15 s', async () => {
    const elector = run();
    server.script(json(lease('other', T0)));
    for (let i = 0; i < 3; i += 1) {
      server.script(json(lease('other', `2024-01-01T00:00:0${String(i)}.000000Z`)));
      await clock.ring(2_000);
    }
    expect(elector.leader).toBe('other');
    // From here on it is silent: seven tries at 2 s are too early.
    for (let i = 0; i < 7; i += 1) {
      server.script(json(lease('other', '2024-01-01T00:00:02.000000Z', '9')));
      await clock.ring(2_000);
    }
    await until(() => expect(server.left).toBe(0));
    expect(log).toEqual(['leader: other']);
    server.script(json(lease('other', '2024-01-01T00:00:02.000000Z', '9')), stored('10'));
    await clock.ring(2_000);
    await until(() => expect(log).toEqual(['leader: other', 'leader: me', 'started']));
    expect(server.requests.at(-1)).toMatchObject({
      method: 'PUT',
      body: { metadata: { resourceVersion: '9' } },
    });
    expect(specOf(server.requests.at(-1))).toMatchObject({ holderIdentity: 'me', leaseTransitions: 4 });
    server.script(stored('11'));
  });

  it('takes a Lease at once that was given back', async () => {
    server.script(json(lease('', T0)), stored('2'));
    run();
    await until(() => expect(log).toContain('started'));
    server.script(stored('3'));
  });

  it('goes on with its own Lease after a restart, with the time it was acquired', async () => {
    server.script(
      json(lease('me', '2023-12-31T23:59:59.000000Z', '1', { acquireTime: '2023-12-31T00:00:00.000000Z' })),
      stored('2'),
    );
    run();
    await until(() => expect(log).toContain('started'));
    expect(specOf(server.requests[1])).toMatchObject({
      acquireTime: '2023-12-31T00:00:00.000000Z',
      leaseTransitions: 3,
    });
    server.script(stored('3'));
  });

  it('yields when another candidate was faster', async () => {
    server.script(notFound, status(409, 'AlreadyExists', 'exists'), json(lease('other', T0)));
    const elector = run();
    await clock.ring(2_000);
    await until(() => expect(elector.leader).toBe('other'));
    expect(log).toEqual(['leader: other']);
  });

  it('keeps trying while the API server is away', async () => {
    server.script(reset, status(500, 'InternalError', 'no'), notFound, stored('1'));
    run();
    await clock.ring(100);
    await clock.ring(2_000);
    await until(() => expect(log).toContain('started'));
    server.script(stored('2'));
  });

  it('spreads its tries by up to a fifth', async () => {
    clock.chance = () => 0.5;
    server.script(json(lease('other', T0)), json(lease('other', T0)));
    run();
    await clock.ring(2_200);
    await until(() => expect(server.left).toBe(0));
  });

  it.each([
    ['a wall clock that jumps ahead by a year', 31_536_000_000],
    ['a wall clock that jumps back by a year', -31_536_000_000],
  ])('is not fooled by %s', async (_name, jump) => {
    server.script(json(lease('other', T0)), json(lease('other', T0)));
    run();
    await until(() => expect(clock.pending).toEqual([2_000]));
    clock.wallOffset = jump;
    await clock.ring(2_000);
    await until(() => expect(server.left).toBe(0));
    expect(log).toEqual(['leader: other']);
  });
});

describe('keeping', () => {
  it('renews every 2 s with one write', async () => {
    await lead();
    for (let i = 1; i <= 3; i += 1) {
      server.script(stored(`${String(i + 1)}`));
      await clock.ring(2_000);
      await until(() => expect(server.left).toBe(0));
    }
    expect(requests()).toEqual(['GET', 'POST', 'PUT', 'PUT', 'PUT']);
    expect(specOf(server.requests.at(-1))).toEqual({
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: T0,
      renewTime: '2024-01-01T00:00:06.000000Z',
      leaseTransitions: 0,
    });
    await until(() => expect(clock.pending).toEqual([2_000]));
    server.script(stored('9'));
  });

  it('survives failures shorter than 10 s', async () => {
    const elector = await lead();
    const no = status(500, 'InternalError', 'no');
    server.script(no, no, json(lease('me', T0, '1')), stored('2'));
    for (let i = 0; i < 3; i += 1) await clock.ring(2_000);
    await until(() => expect(server.left).toBe(0));
    await until(() => expect(clock.pending).toEqual([2_000]));
    expect(elector.isLeader).toBe(true);
    expect(leading?.aborted).toBe(false);
    server.script(stored('3'));
  });

  it('gives up after 10 s without a renewal, before others may take over', async () => {
    const elector = await lead();
    const no = status(500, 'InternalError', 'no');
    server.script(no, no, no, no);
    for (let i = 0; i < 5; i += 1) await clock.ring(2_000);
    await until(() => expect(log.at(-1)).toBe('lost: the Lease could not be renewed within 10000 ms'));
    expect(elector.isLeader).toBe(false);
    expect(leading?.aborted).toBe(true);
    await running;
  });

  it('gives up when the server takes the request and never answers', async () => {
    await lead();
    server.script(silence);
    await clock.ring(2_000);
    await until(() => expect(server.left).toBe(0));
    await clock.ring(8_000);
    await until(() => expect(log.at(-1)).toBe('lost: the Lease could not be renewed within 10000 ms'));
  });

  it('gives up when the process was suspended for longer than that', async () => {
    await lead();
    clock.advance(3_600_000);
    await until(() => expect(log.at(-1)).toBe('lost: the Lease could not be renewed within 10000 ms'));
    expect(requests()).toEqual(['GET', 'POST']);
  });

  it('gives up when another one holds the Lease', async () => {
    await lead();
    server.script(
      status(409, 'Conflict', 'changed'),
      json(lease('other', '2024-01-01T00:00:03.000000Z', '5')),
    );
    await clock.ring(2_000);
    await clock.ring(2_000);
    await until(() => expect(log.at(-1)).toBe('lost: the Lease was taken by other'));
    expect(leading?.aborted).toBe(true);
  });

  it('makes the Lease again when somebody deleted it', async () => {
    const elector = await lead();
    server.script(notFound, notFound, stored('7'));
    await clock.ring(2_000);
    await clock.ring(2_000);
    await until(() => expect(server.left).toBe(0));
    await until(() => expect(clock.pending).toEqual([2_000]));
    expect(elector.isLeader).toBe(true);
    server.script(stored('8'));
  });
});

describe('stopping', () => {
  it('gives the Lease back, so that another one need not wait', async () => {
    const elector = await lead();
    server.script(stored('2'));
    stop.abort();
    await running;
    expect(leading?.aborted).toBe(true);
    expect(elector.isLeader).toBe(false);
    expect(server.requests.at(-1)).toMatchObject({
      method: 'PUT',
      body: { metadata: { resourceVersion: '1' } },
    });
    expect(specOf(server.requests.at(-1))).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    expect(log).toEqual(['leader: me', 'started']);
  });

  it('ends while it waits for another leader', async () => {
    server.script(json(lease('other', T0)));
    run();
    await until(() => expect(clock.pending).toEqual([2_000]));
    stop.abort();
    await running;
    expect(requests()).toEqual(['GET']);
  });
});

it.each([
  [
    { leaseDurationMs: 10_000, renewDeadlineMs: 10_000 },
    'leaseDurationMs (10000) must be greater than renewDeadlineMs (10000)',
  ],
  [{ renewDeadlineMs: 2_400 }, 'renewDeadlineMs (2400) must be greater than 1.2 times retryPeriodMs (2000)'],
])('refuses durations that do not fit: %o', (durations, message) => {
  expect(() => run(durations)).toThrow(message);
});
