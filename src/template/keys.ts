import type { ValueMap } from './value.ts';

/*
 * Finds out whether maps have keys. V8 lists all keys of a large map before it returns the first one, which takes
 * milliseconds for tens of thousands of keys. So one key of each map is remembered.
 */

const known = new WeakMap<ValueMap, string>();

/** Whether a map has a key. Lists the keys of a map at most once, however often it is called and whatever is added. */
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
 * Deletes a key. If it is the remembered one, the keys have to be listed.
 *
 * @param gone called with the number of keys that were listed, before anything else is done
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
