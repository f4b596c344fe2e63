import { afterAll, beforeAll, expect, it } from 'vitest';
import { LEASES, LeaderElector } from '../../../src/kube/index.ts';
import type { KubeClient } from '../../../src/kube/index.ts';
import { eventually } from '../../control-plane/index.ts';
import { makeNamespace, sharedClient } from './fixture.ts';

let client: KubeClient;
let namespace: string;

beforeAll(async () => {
  client = await sharedClient();
  namespace = await makeNamespace(client);
});

afterAll(() => client.close());

function candidate(
  identity: string,
  name: string,
): { elector: LeaderElector; stop: AbortController; running: Promise<void>; log: string[] } {
  const stop = new AbortController();
  const log: string[] = [];
  const elector = new LeaderElector({
    client,
    namespace,
    name,
    identity,
    leaseDurationMs: 3_000,
    renewDeadlineMs: 2_000,
    retryPeriodMs: 200,
    onStarted: (signal) => {
      log.push('started');
      signal.addEventListener('abort', () => log.push('ended'));
    },
    onLost: () => log.push('lost'),
  });
  return { elector, stop, log, running: elector.run(stop.signal) };
}

it('has one leader of several candidates, and another one at once when it gives up', async () => {
  const candidates = ['one', 'two', 'three'].map((identity) => candidate(identity, 'handover'));
  const leaders = (): string[] =>
    candidates.filter(({ elector }) => elector.isLeader).map(({ elector }) => elector.leader);
  const seen: string[] = [];
  for (let left = 3; left > 0; left -= 1) {
    await eventually('a leader', () => expect(leaders()).toHaveLength(1));
    const leading = candidates.find(({ elector }) => elector.isLeader);
    seen.push(leading?.elector.leader ?? '');
    leading?.stop.abort();
    await leading?.running;
    expect(leading?.log).toEqual(['started', 'ended']);
  }
  expect(seen.sort()).toEqual(['one', 'three', 'two']);
  const lease = await client.get(LEASES, 'handover', namespace);
  expect(lease['spec']).toMatchObject({ holderIdentity: '', leaseTransitions: 2 });
});

it('loses the lead when somebody takes the Lease', async () => {
  const { elector, stop, running, log } = candidate('me', 'stolen');
  await eventually('the lead', () => expect(elector.isLeader).toBe(true));
  await client.patch(
    LEASES,
    'stolen',
    namespace,
    { spec: { holderIdentity: 'thief', leaseDurationSeconds: 60 } },
    { type: 'merge' },
  );
  await running;
  expect(log).toEqual(['started', 'ended', 'lost']);
  expect(elector.leader).toBe('thief');
  stop.abort();
});

it('takes over from a leader that was killed, when its Lease has run out', async () => {
  await client.create(LEASES, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'dead', namespace },
    spec: {
      holderIdentity: 'gone',
      leaseDurationSeconds: 1,
      // The dead one's clock was a year ahead.
      acquireTime: '2099-01-01T00:00:00.000000Z',
      renewTime: '2099-01-01T00:00:00.000000Z',
      leaseTransitions: 7,
    },
  });
  const { elector, stop, running } = candidate('heir', 'dead');
  await eventually('the lead', () => expect(elector.isLeader).toBe(true));
  expect((await client.get(LEASES, 'dead', namespace))['spec']).toMatchObject({
    holderIdentity: 'heir',
    leaseTransitions: 8,
  });
  stop.abort();
  await running;
});
