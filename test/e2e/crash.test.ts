import { beforeAll, describe, expect, it } from 'vitest';
import { startProcesses, startProduct } from '../control-plane/index.ts';
import { followPediaClusters } from '../controller/followed.ts';
import type { Fate } from '../controller/gateway.ts';
import type { Mortal } from '../controller/mortal.ts';
import { startMortal } from '../controller/mortal.ts';
import type { Scenario, Snapshot } from '../controller/scenario.ts';
import { arrive, change, leave, scenario } from '../controller/scenario.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import { NAMESPACES, controllerConfig, eventually } from '../controller/world.ts';

/** Every write at both moments takes some minutes; by default each write is hit at one of them. */
const EVERY_MOMENT = process.env['CRASH_TESTS'] === 'all';

const world = useMcpWorld();
beforeAll(async () => {
  await world.client.create(NAMESPACES, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: controllerConfig(world.controlPlane).controller.leaderElection.namespace },
  });
});

const startOne = (leaderElection: object = { enabled: false }): Promise<Mortal> =>
  startMortal(world.controlPlane, { leaderElection });

/**
 * A replica that is started again whenever it ends, as kubelet does: because it was killed, or has lost the lead on a
 * machine that was too busy to let it renew its Lease in time.
 */
async function startReplica(
  leaderElection: object,
  fateOf: Mortal['gateway']['fateOf'],
): Promise<{ end(): Promise<void> }> {
  const live = async (): Promise<Mortal> => {
    const mortal = await startOne(leaderElection);
    mortal.gateway.fateOf = fateOf;
    return mortal;
  };
  let ending = false;
  let current = await live();
  const living = (async () => {
    for (await current.ended; !ending; await current.ended) {
      await current.end();
      current = await live();
      if (ending) await current.end();
    }
  })();
  return {
    async end() {
      ending = true;
      await current.end();
      await living;
    },
  };
}

/** Plays the scenario, and tells what there was after each part and what became of the PediaClusters on the way. */
async function play(
  run: Scenario,
): Promise<{ readonly snapshots: readonly Snapshot[]; readonly happened: readonly string[] }> {
  const followed = await followPediaClusters(world.client, run.label);
  const { happened } = followed;
  /** What has happened since `start`, once that is as much as it should be: more would show as well. */
  const heard = async (start: number, count: number): Promise<readonly string[]> => {
    await eventually('the news to be heard', () => {
      if (happened.length < start + count) throw new Error(happened.join());
    });
    return happened.slice(start).sort();
  };
  const snapshots = [await arrive(world.client, run)];
  const came = await heard(0, 3);
  snapshots.push(await change(world.client, run));
  const changed = await heard(came.length, 1);
  snapshots.push(await leave(world.client, run));
  const went = await heard(came.length + changed.length, 2);
  await followed.end(0);
  return { snapshots, happened: [...came, ...changed, ...went] };
}

/** Each cluster is imported once and let go once, in its time. */
const whatHappened = ['added one', 'added three', 'added two', 'deleted two', 'deleted one', 'deleted three'];

/** What an undisturbed controller does: the writes that it makes, and what there is after each part. */
const undisturbed = (): Promise<Calm> => (calmOnce ??= playUndisturbed());
let calmOnce: Promise<Calm> | undefined;

interface Calm {
  readonly writes: readonly string[];
  readonly snapshots: readonly Snapshot[];
}

async function playUndisturbed(): Promise<Calm> {
  const mortal = await startOne();
  const { snapshots, happened } = await play(scenario('calm', world.mcp));
  await mortal.end();
  expect(happened).toEqual(whatHappened);
  expect(snapshots[2]).toEqual({});
  return { writes: mortal.gateway.writes, snapshots };
}

const moments: readonly Fate[] = ['cut before', 'cut after'];

/** The writes to hit, each with the moment: at every second write before it arrives, else after it was done. */
function hits(writes: number): readonly (readonly [number, Fate])[] {
  return Array.from({ length: writes }, (_, index) => index).flatMap((index) =>
    moments
      .filter((_moment, which) => EVERY_MOMENT || which === index % 2)
      .map((moment) => [index, moment] as const),
  );
}

describe('a controller that is killed at a write and started again', () => {
  it(
    'comes to the same objects, and deletes or duplicates nothing on the way, whatever the write',
    { timeout: 1_800_000 },
    async () => {
      const calm = await undisturbed();
      expect(calm.writes.length).toBeGreaterThan(20);
      for (const [index, moment] of hits(calm.writes.length)) {
        const label = `kill-${String(index)}-${moment.replace(' ', '-')}`;
        const first = await startOne();
        first.gateway.fateOf = (write) => (write === index ? moment : 'pass');
        const second = first.gateway.whenCut.then(() => startOne());
        const { snapshots, happened } = await play(scenario(label, world.mcp));
        first.gateway.cut();
        await Promise.all([first.end(), second.then((mortal) => mortal.end())]);
        expect({ label, snapshots, happened }).toEqual({
          label,
          snapshots: calm.snapshots,
          happened: whatHappened,
        });
      }
    },
  );
});

/** The writes of a run by what they do and how often that was done before, the same in each run: `0 POST /apis/…`. */
function numbered(label: string): (write: string) => string {
  const done = new Map<string, number>();
  return (write) => {
    const name = write.replaceAll(label, 'LABEL');
    const before = done.get(name) ?? 0;
    done.set(name, before + 1);
    return `${String(before)} ${name}`;
  };
}

/** Whether the cluster that leaves as the template changes is still brought to it is a matter of moments. */
const LAST_CHANGE = '0 PATCH /apis/cluster.clusterpedia.io/v1alpha2/pediaclusters/LABEL-two';

/**
 * The writes that every run makes. How often a status is brought up to date, and whether what is being deleted is deleted
 * once more before the news of it arrives, is a matter of moments too; each creation is of another object.
 */
const certain = ({ writes }: Calm): readonly string[] =>
  writes
    .map(numbered('calm'))
    .filter((write) => (write.startsWith('0 ') || write.includes(' POST ')) && write !== LAST_CHANGE);

describe('of two replicas', () => {
  const election = { leaseDurationSeconds: 1, renewDeadlineSeconds: 0.7, retryPeriodSeconds: 0.1 };

  it('one takes over when the leader is killed at a write', { timeout: 1_800_000 }, async () => {
    const calm = await undisturbed();
    const targets = certain(calm);
    expect(targets.length).toBeGreaterThan(20);
    for (const [index, moment] of hits(targets.length).filter(([write]) => EVERY_MOMENT || write % 4 === 1)) {
      const label = `lead-${String(index)}-${moment.replace(' ', '-')}`;
      // Whichever leads makes the write.
      const named = numbered(label);
      let isHit = false;
      const fateOf = (_index: number, write: string): Fate => {
        if (named(write) !== targets[index]) return 'pass';
        isHit = true;
        return moment;
      };
      const replicas = [
        await startReplica({ ...election, identity: 'a' }, fateOf),
        await startReplica({ ...election, identity: 'b' }, fateOf),
      ];
      const { snapshots, happened } = await play(scenario(label, world.mcp));
      for (const replica of replicas) await replica.end();
      expect(isHit, `${label}: ${targets[index] ?? ''}`).toBe(true);
      expect({ label, snapshots, happened }).toEqual({
        label,
        snapshots: calm.snapshots,
        happened: whatHappened,
      });
    }
  });

  it('both may take themselves for the leader without doing harm', { timeout: 300_000 }, async () => {
    const calm = await undisturbed();
    const replicas = [await startOne(), await startOne()];
    const { snapshots, happened } = await play(scenario('both', world.mcp));
    for (const replica of replicas) await replica.end();
    expect({ snapshots, happened }).toEqual({ snapshots: calm.snapshots, happened: whatHappened });
  });
});

describe('a controller process', () => {
  it(
    'that is killed with SIGKILL as soon as it works gets there in the end',
    { timeout: 300_000 },
    async () => {
      const calm = await undisturbed();
      const processes = await startProcesses();
      const config = controllerConfig(world.controlPlane);
      const playing = play(scenario('sigkill', world.mcp));
      for (let life = 0; life < 3; life++) {
        const child = await startProduct(processes, 'controller', config);
        await eventually('it to begin its work', () => {
          if (!child.output().includes('importing')) throw new Error(child.output());
        });
        child.kill('SIGKILL');
        expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
      }
      const last = await startProduct(processes, 'controller', config);
      const { snapshots, happened } = await playing;
      expect(await last.stop()).toEqual({ code: 0, signal: null });
      expect({ snapshots, happened }).toEqual({ snapshots: calm.snapshots, happened: whatHappened });
    },
  );
});
