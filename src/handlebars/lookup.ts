import { entriesOf, itemsOf, returnsUnderKeys, underKeys } from '../template/extension.ts';
import type { TemplateFunction, Value } from '../template/index.ts';
import { Num } from '../template/index.ts';

/** An own field of a map, or an element of a list. */
export function lookup(object: Value, key: Value): Value {
  if (typeof object !== 'object' || object === null) return undefined;
  const index = key instanceof Num ? Number(key.value) : key;
  const items = itemsOf(object);
  if (items !== undefined) return typeof index === 'number' ? items[index] : undefined;
  const entries = entriesOf(object);
  const name = typeof index === 'number' ? String(index) : index;
  return entries !== undefined && typeof name === 'string' && Object.hasOwn(entries, name)
    ? entries[name]
    : undefined;
}

/**
 * The language's own `lookup`, declared for the analyses that follow values: it reads a field by a computed name, or an
 * item.
 */
export const lookupFunction: TemplateFunction = {
  params: ['any', 'any'],
  inverse: underKeys,
  reads: returnsUnderKeys,
  keepsText: true,
  call: ([object, key]) => lookup(object, key),
};
