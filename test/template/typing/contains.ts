import { entriesOf, itemsOf, kindOf, textOf } from '../../../src/template/types.ts';
import type { Type } from '../../../src/template/typing/type.ts';
import { Num, Opaque, TypedList } from '../../../src/template/value.ts';
import type { Value } from '../../../src/template/value.ts';

/** Depth to which values are looked into. */
const MAX_DEPTH = 6;

/** Whether a value is one of those of a type. */
export function contains(type: Type, value: Value, depth = 0): boolean {
  if (type.unknown === true || depth > MAX_DEPTH) return true;
  if (value === undefined) return type.absent === true;
  if (value === null) return type.null === true;
  if (value instanceof Opaque) return type.named?.includes(value.type) === true;
  if (typeof value === 'boolean') return type.booleans?.includes(value) === true;
  const text = textOf(value);
  if (text !== undefined) {
    const { strings } = type;
    if (strings === undefined || (strings.filled === true && text === '')) return false;
    return strings.values === undefined || strings.values.includes(text);
  }
  const items = itemsOf(value);
  if (items !== undefined) return containsList(type, value, items, depth);
  const entries = entriesOf(value);
  if (entries !== undefined) {
    const { maps } = type;
    const names = Object.keys(entries);
    if (maps === undefined || maps.size === (names.length === 0 ? 'filled' : 'empty')) return false;
    return [...new Set([...names, ...maps.fields.keys()])].every((name) =>
      contains(
        (maps.fields.get(name) ?? maps.others)(),
        Object.hasOwn(entries, name) ? entries[name] : undefined,
        depth + 1,
      ),
    );
  }
  return containsNumber(type, value);
}

function containsList({ lists }: Type, value: Value, items: readonly Value[], depth: number): boolean {
  if (lists === undefined || lists.size === (items.length === 0 ? 'filled' : 'empty')) return false;
  const elem = value instanceof TypedList ? value.elem : undefined;
  if (lists.elem !== 'mixed' && lists.elem !== elem && items.length > 0) return false;
  return items.every((item) => contains(lists.item(), item, depth + 1));
}

function containsNumber({ integers, float }: Type, value: Value): boolean {
  const kind = kindOf(value);
  if (kind !== 'int' && kind !== 'uint') return float === true;
  const goKind = value instanceof Num ? value.kind : 'int64';
  if (integers === undefined || !integers.kinds.some((known) => known === goKind)) return false;
  const number = value instanceof Num ? value.value : value;
  return integers.values === undefined || integers.values.some((known) => known === number);
}
