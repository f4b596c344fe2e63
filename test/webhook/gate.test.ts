import { describe, expect, test } from 'vitest';
import { Gate } from '../../webhook/gate.ts';

const never = new AbortController().signal;

/** Settles what is waiting for nothing but its turn. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a gate', () => {
  test('lets so many work at once, and the others in as places become free, in order', async () => {
    const gate = new Gate(2);
    const order: string[] = [];
    const enter = async (name: string) => {
      const leave = await gate.enter(never);
      order.push(name);
      return leave;
    };
    const [first] = await Promise.all([enter('a'), enter('b')]);
    const waiting = [enter('c'), enter('d')];
    await settle();
    expect([order, gate.working, gate.waiting]).toEqual([['a', 'b'], 2, 2]);
    first?.();
    await waiting[0];
    expect([order, gate.working, gate.waiting]).toEqual([['a', 'b', 'c'], 2, 1]);
  });

  test('does not let a newcomer in before those who wait', async () => {
    const gate = new Gate(1);
    const leave = await gate.enter(never);
    const order: string[] = [];
    const waiting = gate.enter(never).then(() => order.push('waited'));
    leave?.();
    const newcomer = gate
      .enter(AbortSignal.timeout(10))
      .then((entered) => order.push(entered ? 'newcomer' : 'shed'));
    await Promise.all([waiting, newcomer]);
    expect(order).toEqual(['waited', 'shed']);
  });

  test('turns away who has waited too long, and forgets about them', async () => {
    const gate = new Gate(1);
    const leave = await gate.enter(never);
    const patience = new AbortController();
    const waiting = gate.enter(patience.signal);
    patience.abort();
    expect(await waiting).toBeUndefined();
    expect(gate.waiting).toBe(0);
    leave?.();
    expect(gate.working).toBe(0);
  });

  test('turns away who comes too late, though there is a place', async () => {
    expect(await new Gate(1).enter(AbortSignal.abort())).toBeUndefined();
  });

  test('takes a place back once, however often it is given', async () => {
    const gate = new Gate(2);
    const [first] = [await gate.enter(never), await gate.enter(never)];
    first?.();
    first?.();
    expect(gate.working).toBe(1);
  });

  test('has all places free in the end, whatever happened', async () => {
    const gate = new Gate(3);
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const patience = new AbortController();
        if (index % 3 === 0) setImmediate(() => patience.abort());
        const leave = await gate.enter(patience.signal);
        await settle();
        leave?.();
      }),
    );
    expect([gate.working, gate.waiting]).toEqual([0, 0]);
  });
});
