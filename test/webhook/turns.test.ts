import { setImmediate } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Paced } from '../../src/policy/index.ts';
import { VALIDATE_PATH } from '../../webhook/configuration.ts';
import { Deadline } from '../../webhook/deadline.ts';
import { Processor } from '../../webhook/turns.ts';
import { admissionReview, policy, validSpec } from './requests.ts';
import { startServer, testApp } from './server.ts';

/** Busy for so many milliseconds, as a costly template is. */
function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

function* steps(count: number, milliseconds: number, done: () => void): Paced<string> {
  for (let step = 0; step < count; step++) {
    yield;
    busy(milliseconds);
    done();
  }
  return 'result';
}

const within = (milliseconds: number) => new Deadline(performance.now(), milliseconds);
const ada = { known: true, user: 'ada' };

describe('work in turns', () => {
  test('comes to its result', async () => {
    let done = 0;
    const turns = new Processor().turns(ada, within(60_000));
    expect(await turns.all(steps(5, 0, () => done++))).toBe('result');
    expect(done).toBe(5);
  });

  test('lets others work in between: one turn of the event loop has one turn of all reviews, however many there are', async () => {
    const processor = new Processor();
    const events: string[] = [];
    const reviews = Array.from({ length: 20 }, (_, index) =>
      processor
        .turns({ known: true, user: `user${String(index)}` }, within(60_000))
        .all(steps(3, 11, () => events.push('step'))),
    );
    let running = true;
    const others = (async () => {
      while (running) {
        await setImmediate();
        events.push('loop');
      }
    })();
    await Promise.all(reviews);
    running = false;
    await others;
    const stepsPerLoop = events
      .join(' ')
      .split('loop')
      .map((part) => part.trim().split(' ').filter(Boolean));
    expect(Math.max(...stepsPerLoop.map(({ length }) => length))).toBe(1);
    expect(events.filter((event) => event === 'step')).toHaveLength(60);
  });

  test('ends when the time is over, and what is left is never done', async () => {
    let done = 0;
    const turns = new Processor().turns(ada, within(30));
    expect(await turns.all(steps(1_000_000, 5, () => done++))).toBeUndefined();
    const then = done;
    await setImmediate();
    expect(done).toBe(then);
    expect(then).toBeLessThan(1_000_000);
    await expect(turns.step(() => done++)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(done).toBe(then);
  });

  test('ends for those that wait, too, when their time is over', async () => {
    const processor = new Processor();
    const starved = processor.turns({ known: false, user: '' }, within(50)).all(steps(9, 0, () => undefined));
    const busyOne = processor.turns(ada, within(60_000)).all(steps(20, 11, () => undefined));
    expect(await starved).toBeUndefined();
    expect(await busyOne).toBe('result');
  });
});

describe('of those that wait for a turn', () => {
  interface Given {
    readonly name: string;
    readonly user: string;
    readonly known?: boolean;
    /** How often it works before all wait for one turn; each time takes more than a turn. */
    readonly before: number;
  }

  /** Names in the order in which they get their turns, once all wait. */
  async function order(given: readonly Given[]): Promise<string> {
    const processor = new Processor();
    const reviews = given.map(({ user, known = true, ...rest }) => ({
      ...rest,
      turns: processor.turns({ known, user }, within(60_000)),
    }));
    for (const { turns, before } of reviews) {
      for (let work = 0; work < before; work++) await turns.step(() => busy(101));
    }
    const names: string[] = [];
    await Promise.all(reviews.map(({ name, turns }) => turns.step(() => names.push(name))));
    return names.join(' ');
  }

  test.each<[string, readonly Given[], string]>([
    [
      'who has had least comes first',
      [
        { name: 'much', user: 'a', before: 3 },
        { name: 'some', user: 'b', before: 1 },
        { name: 'nothing', user: 'c', before: 0 },
      ],
      'nothing some much',
    ],
    [
      "a user's reviews count together, so that many of them are no advantage",
      [
        { name: 'a1', user: 'a', before: 2 },
        { name: 'a2', user: 'a', before: 1 },
        { name: 'a3', user: 'a', before: 0 },
        { name: 'b', user: 'b', before: 1 },
      ],
      'b a3 a2 a1',
    ],
    [
      'the API server comes before anybody else, whoever that says to be',
      [
        { name: 'stranger', user: 'admin', known: false, before: 0 },
        { name: 'known', user: 'admin', before: 2 },
      ],
      'known stranger',
    ],
    [
      'equals come in their order',
      [
        { name: 'first', user: 'a', before: 0 },
        { name: 'second', user: 'b', before: 0 },
      ],
      'first second',
    ],
  ])('%s', async (_sentence, given, expected) => {
    expect(await order(given)).toBe(expected);
  });
});

describe('a policy whose trial takes longer than there is time', () => {
  // Each reference is as costly as a template may be; all of them together take many times the deadline.
  const costly = `{{ range until 60000 }}${'{{ $a := 1 }}'.repeat(12)}{{ end }}c-{{ .source.metadata.name }}`;
  const references = Array.from({ length: 63 }, (_, index) => ({
    ...validSpec.references[0],
    key: `k${String(index)}`,
    nameTemplate: `${costly}${String(index)}`,
  }));

  test('is answered in time, and other policies are judged meanwhile', async () => {
    const { app } = await testApp();
    onTestFinished(() => app.close());
    const post = async (spec: object, timeout: string) => {
      const answer = await app.inject({
        method: 'POST',
        url: `${VALIDATE_PATH}?timeout=${timeout}`,
        headers: { 'content-type': 'application/json' },
        payload: JSON.stringify(admissionReview({ object: policy(spec) })),
      });
      return answer.json<{ response: { allowed: boolean; status: { code: number } } }>().response;
    };
    const [slow, quick] = await Promise.all([
      post({ ...validSpec, references: [...validSpec.references, ...references] }, '1s'),
      post(validSpec, '60s'),
    ]);
    expect(slow).toMatchObject({ allowed: false, status: { code: 504 } });
    expect(quick).toMatchObject({ allowed: true });
  });

  test('sixty times at once keeps neither policies of others waiting beyond their deadline, nor the process from answering', async () => {
    const { post } = await startServer();
    const path = `${VALIDATE_PATH}?timeout=5s`;
    const costlyOne = admissionReview({
      object: policy({ ...validSpec, references: [...validSpec.references, ...references] }),
      userInfo: { username: 'eve' },
    });
    const costlyOnes = Array.from({ length: 60 }, () => post(costlyOne, { path }));
    const good = await Promise.all(Array.from({ length: 3 }, () => post(admissionReview(), { path })));
    for (const { body } of good) expect(body).toMatchObject({ response: { allowed: true } });
    const answers = await Promise.all(costlyOnes);
    for (const { body } of answers) {
      expect([429, 504]).toContain((body['response'] as { status: { code: number } }).status.code);
    }
  });
});
