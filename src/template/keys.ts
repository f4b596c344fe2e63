import type { ValueMap } from './value.ts';

/*
 * Whether maps have keys. V8 lists all keys of a large map before it gives the first, which takes milliseconds for tens of
 * thousands; so of each map that was looked at, one key is remembered.
 */

const known = new WeakMap<ValueMap, string>();

/** Whether a map has a key. Goes through a map once at most, however often it is asked and whatever is added. */
export function hasKeys(map: ValueMap): boolean {
  const key = known.get(map);
  if (key !== undefined && Object.hasOwn(map, key)) return true;
  for (const name in map) {
    if (!Object.hasOwn(map, name)) continue;
    known.set(map, name);
    return true;
  }
  return false;
}

/**
 * Deletes a key. Where it is the one that is remembered, the map has to be gone through.
 *
 * @param gone is told how many keys were gone through, before anything else is done
 */
export function deleteKey(map: Record<string, unknown>, key: string, gone: (keys: number) => void): void {
  const isKnown = known.get(map as ValueMap) === key;
  Reflect.deleteProperty(map, key);
  if (!isKnown) return;
  const names = Object.keys(map);
  const [first] = names;
  if (first === undefined) known.delete(map as ValueMap);
  else known.set(map as ValueMap, first);
  gone(names.length);
}
