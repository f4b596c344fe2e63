import type { CallContext } from '../template/function.ts';
import { hasKeys } from '../template/keys.ts';
import { entriesOf, itemsOf } from '../template/types.ts';
import { Opaque, TypedMap } from '../template/value.ts';
import type { Value, ValueMap } from '../template/value.ts';
import { failure } from './define.ts';
import { checkDepth, getKey, isEmpty, setKey } from './kinds.ts';

/**
 * Merges `source` into `target` in place, as dario.cat/mergo v1.0.1 merges maps. Maps are merged key by key, at any
 * depth. Other values of the target stay, unless they are empty or `overwrite` is set. Values that only the source has
 * are not copied: both share them from then on.
 *
 * A step is charged per key. Fails for values with too deep nesting, and if Go panics.
 */
export function merge(
  target: ValueMap,
  source: ValueMap,
  overwrite: boolean,
  context: CallContext,
  depth = 0,
): void {
  checkDepth(depth);
  for (const key of Object.keys(source)) {
    context.charge(1);
    const given = source[key];
    const present = Object.hasOwn(target, key);
    const own = getKey(target, key);
    if (given === null || given === undefined) {
      if (overwrite) setKey(target, key, null);
      continue;
    }
    mergeInto(own, given, overwrite, context, depth);
    if (replaces(own, present, given, overwrite)) setKey(target, key, given);
  }
}

/** Merges a map into the map that is already at its key. */
function mergeInto(own: Value, given: Value, overwrite: boolean, context: CallContext, depth: number): void {
  const entries = entriesOf(own);
  if (!entries) return;
  const source = entriesOf(given);
  if (!source) {
    if (overwrite && given instanceof Opaque)
      throw failure(
        'reflect: reflect.Value.Set using unaddressable value: cannot overwrite a map with a struct',
      );
    return;
  }
  if (own instanceof TypedMap && !(given instanceof TypedMap) && hasKeys(source))
    throw failure(
      `reflect.Value.SetMapIndex: value of type interface {} is not assignable to type ${own.elem}`,
    );
  merge(entries, source, overwrite, context, depth + 1);
}

function replaces(own: Value, present: boolean, given: Value, overwrite: boolean): boolean {
  if (!present || isEmpty(own)) return true;
  if (itemsOf(given)) return overwrite;
  // Two maps were merged, so neither replaces the other.
  return entriesOf(given) && entriesOf(own) ? false : overwrite;
}
