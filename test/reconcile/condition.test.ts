import { describe, expect, it } from 'vitest';
import type { Condition } from '../../src/api/index.ts';
import { shorten } from '../../src/api/index.ts';
import { mergeConditions, timestamp } from '../../src/reconcile/index.ts';

const now = new Date('2024-05-01T12:00:00.900Z');
const ready: Condition = {
  type: 'Ready',
  status: 'True',
  observedGeneration: 3,
  lastTransitionTime: '2024-01-01T00:00:00Z',
  reason: 'UpToDate',
  message: 'fine',
};
const state = { type: 'Ready', status: 'True', reason: 'UpToDate', message: 'fine' } as const;

describe('conditions', () => {
  it('stay the same object where nothing changes, so that nothing is written', () => {
    const existing = [ready];
    expect(mergeConditions(existing, [state], 3, now)).toBe(existing);
  });

  it('move lastTransitionTime where the status flips', () => {
    expect(mergeConditions([ready], [{ ...state, status: 'False' }], 3, now)).toEqual([
      { ...ready, status: 'False', lastTransitionTime: '2024-05-01T12:00:00Z' },
    ]);
  });

  it.each([
    ['the reason', { ...state, reason: 'Failed' } as const, 3, { ...ready, reason: 'Failed' }],
    ['the message', { ...state, message: 'other' }, 3, { ...ready, message: 'other' }],
    ['the generation', state, 4, { ...ready, observedGeneration: 4 }],
  ])('keep lastTransitionTime where only %s changes', (_, wanted, generation, expected) => {
    expect(mergeConditions([ready], [wanted], generation, now)).toEqual([expected]);
  });

  it('of other types are kept', () => {
    const foreign = { ...ready, type: 'SomebodyElses' };
    expect(mergeConditions([foreign], [state], 3, now).map(({ type }) => type)).toEqual([
      'SomebodyElses',
      'Ready',
    ]);
  });

  it('are written the first time', () => {
    expect(mergeConditions(undefined, [state], 3, now)).toEqual([
      { ...ready, lastTransitionTime: '2024-05-01T12:00:00Z' },
    ]);
  });

  it('carry at most 1024 characters of message', () => {
    const [condition] = mergeConditions(undefined, [{ ...state, message: 'x'.repeat(5000) }], 1, now);
    expect(condition?.message).toHaveLength(1024);
    expect(condition?.message.endsWith('…')).toBe(true);
  });
});

describe('timestamps and texts', () => {
  it('have whole seconds, as metav1.Time', () => {
    expect(timestamp(now)).toBe('2024-05-01T12:00:00Z');
  });

  it.each([
    ['short', 10, 'short'],
    ['exactly ten', 11, 'exactly ten'],
    ['a longer text', 9, 'a longer…'],
    ['a 🐢', 3, 'a…'],
  ])('%j within %i characters is %j', (text, length, expected) => {
    expect(shorten(text, length)).toBe(expected);
  });
});
