import { describe, expect, test } from 'vitest';
import { Gate } from '../../webhook/gate.ts';

const never = new AbortController().signal;

/** Settles what is waiting for nothing but its turn. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** How many may enter without waiting. The places are given back. */
async function freePlaces(gate: Gate): Promise<number> {
  const patience = new AbortController();
  const attempts = Array.from({ length: 10 }, () => gate.enter(patience.signal));
  await settle();
  patience.abort();
  const entered = (await Promise.all(attempts)).filter((leave) => leave !== undefined);
  for (const leave of entered) leave();
  return entered.length;
}

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
    expect(order).toEqual(['a', 'b']);
    first?.();
    await waiting[0];
    await settle();
    expect(order).toEqual(['a', 'b', 'c']);
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
    leave?.();
    expect(await freePlaces(gate)).toBe(1);
  });

  test('turns away who comes too late, though there is a place', async () => {
    expect(await new Gate(1).enter(AbortSignal.abort())).toBeUndefined();
  });

  test('takes a place back once, however often it is given', async () => {
    const gate = new Gate(2);
    const [first] = [await gate.enter(never), await gate.enter(never)];
    first?.();
    first?.();
    expect(await freePlaces(gate)).toBe(1);
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
    expect(await freePlaces(gate)).toBe(3);
  });
});
