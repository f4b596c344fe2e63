import { setImmediate } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Paced } from '../../src/policy/index.ts';
import { VALIDATE_PATH } from '../../webhook/configuration.ts';
import { Deadline } from '../../webhook/deadline.ts';
import { inTurns } from '../../webhook/turns.ts';
import { admissionReview, policy, validSpec } from './requests.ts';
import { testApp } from './server.ts';

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

describe('work in turns', () => {
  test('comes to its result', async () => {
    let done = 0;
    const deadline = new Deadline(performance.now(), 60_000);
    expect(
      await inTurns(
        steps(5, 0, () => done++),
        deadline,
      ),
    ).toBe('result');
    expect(done).toBe(5);
  });

  test('lets others work in between', async () => {
    const events: string[] = [];
    const work = inTurns(
      steps(4, 15, () => events.push('step')),
      new Deadline(performance.now(), 60_000),
    );
    await setImmediate();
    events.push('other');
    await work;
    expect(events.indexOf('other')).toBeLessThan(events.lastIndexOf('step'));
  });

  test('ends when the time is over, and what is left is never done', async () => {
    let done = 0;
    const deadline = new Deadline(performance.now(), 30);
    expect(
      await inTurns(
        steps(1_000_000, 5, () => done++),
        deadline,
      ),
    ).toBeUndefined();
    const then = done;
    await setImmediate();
    expect(done).toBe(then);
    expect(then).toBeLessThan(1_000_000);
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
});
