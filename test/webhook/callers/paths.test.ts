import { describe, expect, test } from 'vitest';
import type { SecretPath } from '../../../webhook/callers/paths.ts';
import { planPaths } from '../../../webhook/callers/paths.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const times = { rotationMs: DAY, settleMs: MINUTE, retentionMs: 10 * MINUTE };
const NOW = Date.parse('2026-12-01T12:00:00Z');

const path = (secret: string, age: number): SecretPath => ({ secret, since: NOW - age });

interface Row {
  readonly sentence: string;
  readonly stored: readonly SecretPath[];
  readonly distrusted?: string;
  readonly accepted: readonly string[];
  readonly current: string;
}

const rows: readonly Row[] = [
  { sentence: 'the first path is used at once', stored: [], accepted: ['new'], current: 'new' },
  {
    sentence: 'a path stays for as long as it is young',
    stored: [path('a', DAY - 1)],
    accepted: ['a'],
    current: 'a',
  },
  {
    sentence: 'an old path gets a successor, which is not used before every replica knows it',
    stored: [path('a', DAY)],
    accepted: ['new', 'a'],
    current: 'a',
  },
  {
    sentence: 'a successor that has settled is used, and the old path is accepted beside it',
    stored: [path('b', MINUTE), path('a', DAY)],
    accepted: ['b', 'a'],
    current: 'b',
  },
  {
    sentence: 'a path that was replaced is forgotten after a while',
    stored: [path('b', 11 * MINUTE), path('a', DAY)],
    accepted: ['b'],
    current: 'b',
  },
  {
    sentence: 'a path that somebody may know goes at once, and its successor need not settle',
    stored: [path('c', 1), path('b', MINUTE), path('a', DAY)],
    distrusted: 'b',
    accepted: ['c'],
    current: 'c',
  },
  {
    sentence: 'the only path, where somebody may know it, is replaced at once',
    stored: [path('a', MINUTE)],
    distrusted: 'a',
    accepted: ['new'],
    current: 'new',
  },
  {
    sentence: 'a path that was distrusted before and is gone changes nothing',
    stored: [path('b', MINUTE)],
    distrusted: 'a',
    accepted: ['b'],
    current: 'b',
  },
  {
    sentence: 'a path of a clock that was far ahead is replaced',
    stored: [path('a', -DAY)],
    accepted: ['new'],
    current: 'new',
  },
  {
    sentence: 'a path of a clock that is a little ahead stays',
    stored: [path('a', -MINUTE)],
    accepted: ['a'],
    current: 'a',
  },
];

describe('the paths by which the API server is known', () => {
  test.each(rows)('$sentence', ({ stored, distrusted, accepted, current }) => {
    const plan = planPaths(stored, times, NOW, () => 'new', distrusted);
    expect([plan.paths.map(({ secret }) => secret), plan.current.secret]).toEqual([accepted, current]);
    const isUnchanged = accepted.join() === stored.map(({ secret }) => secret).join();
    expect(plan.paths === stored).toBe(isUnchanged);
  });

  test('rotate over time such that the one in use is always accepted, and was known before', () => {
    let stored: readonly SecretPath[] = [];
    let number = 0;
    const inUse: string[] = [];
    for (let now = NOW; now < NOW + 3 * DAY; now += MINUTE / 2) {
      const known = stored;
      const plan = planPaths(stored, times, now, () => `s${String(++number)}`);
      expect(plan.paths).toContainEqual(plan.current);
      if (known.length > 0) expect(known).toContainEqual(plan.current);
      expect(plan.paths.length).toBeLessThanOrEqual(2);
      if (inUse.at(-1) !== plan.current.secret) inUse.push(plan.current.secret);
      stored = plan.paths;
    }
    expect(inUse).toHaveLength(3);
  });

  test.each([
    ['back by an hour', -60 * MINUTE],
    ['ahead by an hour', 60 * MINUTE],
  ])('settle at the first look after a clock has jumped %s, and again when it is put right', (_jump, by) => {
    let number = 0;
    const look = (stored: readonly SecretPath[], now: number): readonly SecretPath[] => {
      const plan = planPaths(stored, times, now, () => `new${String(++number)}`);
      expect(plan.paths).toContainEqual(plan.current);
      return plan.paths;
    };
    const jumped = look([path('b', 5 * MINUTE), path('a', DAY)], NOW + by);
    expect(look(jumped, NOW + by + 1)).toBe(jumped);
    const right = look(jumped, NOW + 2);
    expect(look(right, NOW + 3)).toBe(right);
  });
});
