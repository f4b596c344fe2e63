import { beforeEach, describe, expect, it } from 'vitest';
import { PutOff, RenderTurns } from '../../controller/turns.ts';
import { sleep } from '../../src/kube/index.ts';
import { FakeClock } from '../kube/fake-clock.ts';

let clock: FakeClock;
let turns: RenderTurns;
/** When the event loop went round: then the Lease is renewed and probes are answered. */
let rounds: number[];
/** Milliseconds of work since then, and the most that there were between two rounds. */
let work: { sinceRound: number; longest: number };

function begin(): void {
  clock = new FakeClock();
  rounds = [];
  work = { sinceRound: 0, longest: 0 };
  turns = new RenderTurns({
    clock,
    async goRound() {
      await new Promise(setImmediate);
      rounds.push(clock.monotonic());
      work.sinceRound = 0;
    },
  });
}

beforeEach(begin);

const takes = (milliseconds: number) => (): number => {
  clock.advance(milliseconds);
  work.sinceRound += milliseconds;
  work.longest = Math.max(work.longest, work.sinceRound);
  return milliseconds;
};

describe('a rendering', () => {
  it('is done at once where nothing else is, and gives what it gives', async () => {
    expect(await turns.run('p', takes(1))).toBe(1);
  });

  it('throws what it throws, and others go on', async () => {
    const fails = turns.run('p', () => {
      throw new Error('broken');
    });
    await expect(fails).rejects.toThrow('broken');
    expect(await turns.run('q', takes(1))).toBe(1);
  });

  it('waits until the event loop has gone round once others have used 10 ms', async () => {
    const order: string[] = [];
    const all = Array.from({ length: 25 }, (_, index) =>
      turns.run('p', () => {
        takes(1)();
        order.push(String(index));
      }),
    );
    await Promise.all(all);
    expect(order).toEqual(Array.from({ length: 25 }, (_, index) => String(index)));
    expect(rounds.filter((at) => at < 25)).toEqual(expect.arrayContaining([10, 20]));
  });

  it('of the policy that has used least comes next', async () => {
    const order: string[] = [];
    const note = (policy: string) => turns.run(policy, () => order.push(policy) && takes(2)());
    await Promise.all([
      note('a'),
      note('a'),
      note('a'),
      note('a'),
      note('a'),
      note('a'),
      note('a'),
      note('b'),
    ]);
    // Five at once fill the first turn; the next one goes to who has had none.
    expect(order.join('')).toBe('aaaaabaa');
  });
});

describe('work in steps', () => {
  /** Work of so many steps. */
  const steps = (count: number, milliseconds: number, order: string[] = []) => {
    let done = 0;
    return () => {
      takes(milliseconds)();
      order.push(String(++done));
      return done === count ? { done } : undefined;
    };
  };

  it('is done up to its result, and lets the event loop go round in between', async () => {
    expect(await turns.runSteps('p', steps(25, 1))).toEqual({ done: 25 });
    expect([...new Set(rounds)]).toEqual(expect.arrayContaining([10, 20]));
  });

  it('of short steps is no long turn, after which the policy would have to rest', async () => {
    expect(await turns.runSteps('p', steps(64, 4))).toEqual({ done: 64 });
    expect(turns.restOf('p')).toBe(0);
  });

  it('has the policy rest after a long step', async () => {
    const order: string[] = [];
    await expect(turns.runSteps('p', steps(3, 100, order))).rejects.toThrow(PutOff);
    expect(order).toEqual(['1']);
    expect(turns.restOf('p')).toBe(300);
  });
});

describe('a policy whose rendering took longer than a turn', () => {
  it('is put off for three times as long, each piece of its work to a moment of its own', async () => {
    await turns.run('p', takes(100));
    const delays: number[] = [];
    for (let index = 0; index < 3; index++) {
      const error: unknown = await turns.run('p', takes(1)).catch((problem: unknown) => problem);
      expect(error).toBeInstanceOf(PutOff);
      delays.push((error as PutOff).delayMs);
    }
    expect(delays).toEqual([300, 700, 1_100]);
    expect(await turns.run('q', takes(1))).toBe(1);
    clock.advance(300);
    expect(await turns.run('p', takes(1))).toBe(1);
  });

  it('is put off for three seconds at most, for its next renderings may be quick', async () => {
    await turns.run('p', takes(100));
    const putOff = async (): Promise<number> => {
      const error: unknown = await turns.run('p', takes(1)).catch((problem: unknown) => problem);
      return (error as PutOff).delayMs;
    };
    const delays: number[] = [];
    for (let index = 0; index < 1_000; index++) delays.push(await putOff());
    expect(delays.slice(0, 8)).toEqual([300, 700, 1_100, 1_500, 1_900, 2_300, 2_700, 3_000]);
    expect(new Set(delays.slice(8))).toEqual(new Set([3_000]));
  });

  it('rests longer than that where one rendering took that long', async () => {
    await turns.run('p', takes(2_000));
    await expect(turns.run('p', takes(1))).rejects.toMatchObject({ delayMs: 6_000 });
  });

  it('once, by a hiccup of the machine, need not rest', async () => {
    await turns.run('p', takes(1));
    await turns.run('p', takes(30));
    expect(await turns.run('p', takes(1))).toBe(1);
  });

  it('may be waited for', async () => {
    await turns.run('p', takes(100));
    let rests = 0;
    const done = turns.runPatiently('p', takes(1), new AbortController().signal, () => rests++);
    await clock.ring(300);
    expect(await done).toBe(1);
    expect(rests).toBe(1);
  });
});

/**
 * Ten policies on one controller. Nine import clusters one by one: five renderings of 1 ms each, with 10 ms of the API
 * server in between. The tenth has 200 sources.
 *
 * @param cost of each of the tenth's renderings, in milliseconds
 * @returns how long the clusters of the nine took, in order
 */
async function simulate(cost: number): Promise<readonly number[]> {
  const latencies: number[] = [];
  let isOver = false;
  const good = Array.from({ length: 9 }, async (_, policy) => {
    for (let cluster = 0; cluster < 20; cluster++) {
      const began = clock.monotonic();
      for (let step = 0; step < 5; step++) {
        await turns.run(`good ${String(policy)}`, takes(1));
        await sleep(clock, 10);
      }
      latencies.push(clock.monotonic() - began);
      await sleep(clock, 40 + policy);
    }
  });
  const hostile = Array.from({ length: 200 }, async () => {
    for (let step = 0; step < 5 && !isOver; step++) {
      try {
        await turns.run('hostile', takes(cost));
        await sleep(clock, 10);
      } catch (error) {
        if (!(error instanceof PutOff)) throw error;
        await sleep(clock, error.delayMs);
        step--;
      }
    }
  });
  const nine = Promise.all(good).then(() => (isOver = true));
  while (!isOver) {
    await new Promise(setImmediate);
    const [next] = clock.pending;
    if (next !== undefined) clock.advance(Math.min(1, next));
  }
  await nine;
  for (; clock.pending.length > 0; await new Promise(setImmediate)) clock.advance(1_000);
  await Promise.all(hostile);
  return latencies.sort((one, other) => one - other);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('one hostile policy among ten', () => {
  // On a busy machine a rendering that takes 200 ms of the processor takes 600 ms.
  it.each([60, 200, 600])(
    'with renderings of %i ms has the others wait three times as long at most, and a probe for a second',
    async (cost) => {
      const ordinary = mean(await simulate(1));
      begin();
      const latencies = await simulate(cost);
      expect(mean(latencies)).toBeLessThan(3 * ordinary);
      // Who comes at the wrong moment waits for one rendering.
      expect(latencies[Math.floor(latencies.length * 0.95)]).toBeLessThan(3 * ordinary + 2 * cost);
      expect(work.longest).toBeLessThanOrEqual(cost + 10);
      expect(work.longest).toBeLessThan(1_000);
    },
  );
});
