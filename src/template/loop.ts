import { writeSetting } from './code.ts';
import type { Action, Code, Name, Setter, Signal } from './code.ts';
import type { Run } from './run.ts';
import { sortTexts } from './text.ts';
import { entriesOf, intValue, isInt64, isTrue, itemsOf, kindOf, numericValue } from './types.ts';
import { Num } from './value.ts';
import type { Value, ValueMap } from './value.ts';

/* What a range goes over, and one turn of it. */

/** Whether there is an item. Below zero if the value cannot be iterated. */
export function outcomeOfItems(collection: Value): number {
  if (collection === undefined || collection === null) return 1;
  const size = itemsOf(collection) ?? entriesOf(collection);
  if (size) return isTrue(collection) ? 0 : 1;
  const kind = kindOf(collection);
  if (kind !== 'int' && kind !== 'uint') return -1;
  return Number(numericValue(collection)) > 0 ? 0 : 1;
}

/** The items of a range, in order. */
export interface Elements {
  readonly length: number;
  key(i: number): Value;
  value(i: number): Value;
}

export const none: Elements = { length: 0, key: intValue, value: () => undefined };

export class ListElements implements Elements {
  readonly length: number;
  private readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    this.length = items.length;
    this.items = items;
  }

  key(i: number): Value {
    return intValue(i);
  }

  value(i: number): Value {
    return this.items[i];
  }
}

export function mapElements(entries: ValueMap, run: Run): Elements {
  const keys = sortTexts(Object.keys(entries), run);
  run.charge(keys.length);
  return { length: keys.length, key: (i) => keys[i], value: (i) => entries[keys[i] ?? ''] };
}

/** From zero up to the integer; each has the integer's type. */
export function integerElements(limit: Value): Elements {
  const value =
    limit instanceof Num && limit.kind !== 'int'
      ? (i: number): Value => new Num(limit.kind, i)
      : typeof limit === 'number' && isInt64(limit)
        ? (i: number): Value => i
        : intValue;
  return { length: Math.max(0, Number(numericValue(limit))), key: () => undefined, value };
}

type Turn = (run: Run, frame: Value[], elements: Elements, i: number) => Signal;

/** One turn of a loop. The last variable gets the element, the one before it the key. */
export function loopTurn(list: Action, setters: readonly Setter[]): Turn {
  const [first, second] = setters;
  return (run, frame, elements, i) => {
    const element = elements.value(i);
    if (second) first?.(frame, elements.key(i));
    (second ?? first)?.(frame, element);
    return list(run, element, frame);
  };
}

/** Writes the code of {@link loopTurn}. */
export function writeLoopTurn(
  code: Code,
  elements: Name,
  i: Name,
  list: Action,
  setters: readonly Setter[],
): void {
  const element = code.value`${elements}.value(${i})`;
  const [first, second] = setters;
  if (first && second) writeSetting(code, first, code.value`${elements}.key(${i})`);
  const last = second ?? first;
  if (last) writeSetting(code, last, element);
  code.withDot(element, () => {
    code.action(list);
  });
}
