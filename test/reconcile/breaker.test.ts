import { describe, expect, it } from 'vitest';
import { DeletionBreaker } from '../../src/reconcile/index.ts';

const limits = { count: 10, fraction: 0.5, windowMs: 60_000, settleMs: 2_000 };

/** Asks for `count` deletions at a time; their ids start at `from`. */
function want(breaker: DeletionBreaker, count: number, now: number, from = 0): void {
  for (let index = from; index < from + count; index++) breaker.want(`id-${String(index)}`, now);
}

/** Does what was released. Returns how many that were. */
function carryOut(breaker: DeletionBreaker, existing: number, now: number): number {
  const verdict = breaker.judge({ existing, allowed: undefined, now });
  if (verdict.kind !== 'release') return 0;
  for (const id of verdict.ids) breaker.done(id, now);
  return verdict.ids.length;
}

const at = (existing: number, now: number, allowed?: string) => ({ existing, allowed, now });

describe('the deletion breaker, asked for', () => {
  it.each([
    ['one of one', 1, 1, 'release'],
    ['ten of ten', 10, 10, 'release'],
    ['eleven of twenty-two', 11, 22, 'release'],
    ['eleven of twenty-one', 11, 21, 'hold'],
    ['all of a hundred', 100, 100, 'hold'],
    ['a third of three hundred', 100, 300, 'release'],
  ])('%s once no more come, decides to %s', (_, deletions, existing, kind) => {
    const breaker = new DeletionBreaker(limits);
    want(breaker, deletions, 0);
    expect(breaker.judge(at(existing, 2_000)).kind).toBe(kind);
  });

  it('a few waits until no more have come for a while', () => {
    const breaker = new DeletionBreaker(limits);
    want(breaker, 1, 0);
    expect(breaker.judge(at(100, 500))).toEqual({ kind: 'wait', delayMs: 1_500 });
    want(breaker, 1, 1_000, 1);
    expect(breaker.judge(at(100, 2_000))).toEqual({ kind: 'wait', delayMs: 1_000 });
    expect(breaker.judge(at(100, 3_000))).toEqual({ kind: 'release', ids: ['id-0', 'id-1'] });
  });

  it('a trickle does not wait longer than the window', () => {
    const breaker = new DeletionBreaker(limits);
    for (let second = 0; second < 60; second++) want(breaker, 1, second * 1_000, second);
    expect(breaker.judge(at(1_000, 59_999)).kind).toBe('wait');
    expect(breaker.judge(at(1_000, 60_000)).kind).toBe('release');
  });

  it('nothing is idle', () => {
    expect(new DeletionBreaker(limits).judge(at(5, 0))).toEqual({ kind: 'idle' });
  });

  it('the same deletion twice counts it once', () => {
    const breaker = new DeletionBreaker(limits);
    want(breaker, 1, 0);
    want(breaker, 1, 1_000);
    expect(breaker.waiting).toBe(1);
    expect(breaker.judge(at(2, 2_000))).toEqual({ kind: 'release', ids: ['id-0'] });
    want(breaker, 1, 3_000);
    expect(breaker.waiting).toBe(0);
  });
});

describe('deletions that arrive one after the other', () => {
  it('within the window are judged together with those done', () => {
    const breaker = new DeletionBreaker(limits);
    let existing = 16;
    let done = 0;
    for (let index = 0; index < 16; index++) {
      want(breaker, 1, index * 3_000, index);
      const now = carryOut(breaker, existing, index * 3_000 + 2_000);
      existing -= now;
      done += now;
    }
    expect(done).toBe(10);
    expect(breaker.judge(at(existing, 50_000))).toEqual({ kind: 'hold', count: 6 });
  });

  it('stay held when the window has passed', () => {
    const breaker = new DeletionBreaker(limits);
    want(breaker, 10, 0);
    expect(carryOut(breaker, 16, 2_000)).toBe(10);
    want(breaker, 3, 5_000, 10);
    expect(breaker.judge(at(6, 7_000))).toEqual({ kind: 'hold', count: 3 });
    expect(breaker.judge(at(6, 200_000))).toEqual({ kind: 'hold', count: 3 });
  });

  it('with a window in between are separate changes', () => {
    const breaker = new DeletionBreaker(limits);
    want(breaker, 10, 0);
    expect(carryOut(breaker, 16, 2_000)).toBe(10);
    want(breaker, 6, 70_000, 10);
    expect(carryOut(breaker, 6, 72_000)).toBe(6);
  });

  it('count from their release on, though they are not done yet', () => {
    const breaker = new DeletionBreaker(limits);
    want(breaker, 10, 0);
    expect(breaker.judge(at(16, 2_000)).kind).toBe('release');
    want(breaker, 1, 3_000, 10);
    expect(breaker.judge(at(16, 5_000))).toEqual({ kind: 'hold', count: 1 });
  });
});

describe('held deletions', () => {
  const held = (): DeletionBreaker => {
    const breaker = new DeletionBreaker(limits);
    want(breaker, 20, 0);
    expect(breaker.judge(at(20, 2_000))).toEqual({ kind: 'hold', count: 20 });
    return breaker;
  };

  it('go when the annotation carries their count', () => {
    expect(held().judge(at(20, 3_000, '20')).kind).toBe('release');
  });

  it.each([['19'], ['21'], ['true'], ['020'], ['']])('stay when it carries %j', (allowed) => {
    expect(held().judge(at(20, 3_000, allowed)).kind).toBe('hold');
  });

  it('stay when one more has come since the annotation was written', () => {
    const breaker = held();
    want(breaker, 1, 3_000, 20);
    expect(breaker.judge(at(21, 6_000, '20'))).toEqual({ kind: 'hold', count: 21 });
  });

  it('are forgotten when the sources return', () => {
    const breaker = held();
    for (let index = 0; index < 20; index++) breaker.unwant(`id-${String(index)}`);
    expect(breaker.judge(at(20, 3_000))).toEqual({ kind: 'idle' });
    expect(breaker.holding).toBe(false);
  });

  it('are withdrawn one by one, and only once', () => {
    const breaker = held();
    expect([breaker.unwant('id-3'), breaker.unwant('id-3'), breaker.unwant('another')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(breaker.judge(at(20, 3_000))).toEqual({ kind: 'hold', count: 19 });
  });

  it('stay for one window when few are left, for sources return one after the other', () => {
    const breaker = held();
    for (let index = 0; index < 15; index++) breaker.unwant(`id-${String(index)}`);
    expect(breaker.judge(at(20, 3_000))).toEqual({ kind: 'hold', count: 5, delayMs: 60_000 });
    breaker.unwant('id-15');
    expect(breaker.judge(at(20, 50_000))).toEqual({ kind: 'hold', count: 4, delayMs: 60_000 });
    expect(breaker.judge(at(20, 109_999))).toEqual({ kind: 'hold', count: 4, delayMs: 1 });
    expect(breaker.judge(at(20, 110_000)).kind).toBe('release');
  });

  it('go at once when the few that are left are allowed', () => {
    const breaker = held();
    for (let index = 0; index < 15; index++) breaker.unwant(`id-${String(index)}`);
    expect(breaker.judge(at(20, 3_000, '20'))).toMatchObject({ kind: 'hold', count: 5 });
    expect(breaker.judge(at(20, 4_000, '5')).kind).toBe('release');
  });

  it('are released once, and not wanted again before they are done', () => {
    const breaker = held();
    breaker.judge(at(20, 3_000, '20'));
    expect(breaker.isReleased('id-3')).toBe(true);
    expect(breaker.waitsFor('id-3')).toBe(false);
    breaker.done('id-3', 3_000);
    expect(breaker.isReleased('id-3')).toBe(false);
  });

  it('are held by the next process too', () => {
    const breaker = new DeletionBreaker(limits, 6);
    expect([breaker.holding, breaker.inherited]).toEqual([true, true]);
    want(breaker, 6, 0);
    expect(breaker.judge(at(7, 5_000))).toEqual({ kind: 'hold', count: 6 });
    expect(breaker.inherited).toBe(false);
    expect(breaker.judge(at(7, 6_000, '6')).kind).toBe('release');
  });

  it('of an earlier process are forgotten where nothing is asked for any more', () => {
    const breaker = new DeletionBreaker(limits, 6);
    expect(breaker.judge(at(7, 5_000))).toEqual({ kind: 'idle' });
    expect(breaker.holding).toBe(false);
  });
});

it('after the kind of the sources has come back, one window passes before anything is deleted', () => {
  const breaker = new DeletionBreaker(limits);
  breaker.postpone(1_000);
  want(breaker, 3, 2_000);
  expect(breaker.judge(at(100, 10_000))).toEqual({ kind: 'wait', delayMs: 51_000 });
  expect(breaker.judge(at(100, 61_000)).kind).toBe('release');
});
