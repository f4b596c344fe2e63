import {
  isMetByNothing,
  test,
  under,
  underKeys,
  undone,
  without as withoutKey,
} from '../../template/inverse.ts';
import { havingKey } from '../../template/narrowings.ts';
import { needsMapLast } from '../../template/refusals.ts';
import { aBoolean, constantText, sameAs, someMap, strings, typeUnder } from '../../template/results.ts';
import {
  anyValue,
  constant,
  listOf,
  mapOf,
  optional,
  union,
  unknown,
  without,
} from '../../template/typing/type.ts';
import type { ResultType, Type } from '../../template/typing/type.ts';
import type { Inverse, Way } from '../../template/wish.ts';
import type { CallContext } from '../../template/function.ts';
import {
  digs,
  makesMap,
  merges,
  picks,
  plucks,
  readsKeys,
  readsUnderKeys,
  returnsUnderKeys,
  setsKey,
} from '../../template/reads.ts';
import { deleteKey } from '../../template/keys.ts';
import { sortTexts } from '../../template/text.ts';
import { isPlainMap, itemsOf, isNilContainer, nilMap } from '../../template/types.ts';
import { Opaque, TypedList, TypedMap } from '../../template/value.ts';
import type { Value, ValueMap } from '../../template/value.ts';
import { textOf } from './conversion.ts';
import { typeFailure, fixed, mapArgument, ofTwo, variadic } from '../define.ts';
import type { Chapter, Traits } from '../define.ts';
import { checkDepth, getKey, newMap, setKey, typeName } from '../kinds.ts';
import { merge } from '../merge.ts';

/** A map's own keys in byte order. Go's order is random, so any fixed order is correct. */
export function sortedKeys(map: ValueMap, context: CallContext): string[] {
  return sortTexts(Object.keys(map), context);
}

/** The map to write to. A nil map fails as in Go. */
function writable(map: Value): Record<string, Value> {
  if (map === null || map === undefined || map === nilMap)
    throw typeFailure('assignment to entry in nil map');
  return map as Record<string, Value>;
}

function dict(items: readonly Value[], context: CallContext): ValueMap {
  const map = newMap();
  for (let i = 0; i < items.length; i += 2)
    setKey(map, textOf(items[i], context), i + 1 < items.length ? items[i + 1] : '');
  return map;
}

/** Steps for each key, because keys are sorted and kept. */
const STEPS_PER_KEY = 4;

function keys(targets: readonly Value[], context: CallContext): Value {
  const sorted = maps(targets).map((map) => sortedKeys(map, context));
  const count = sorted.reduce((sum, some) => sum + some.length, 0);
  context.charge(count * STEPS_PER_KEY);
  context.checkCount(count);
  return new TypedList('string', sorted.flat());
}

function filterKeys(map: ValueMap, keep: (key: string) => boolean, context: CallContext): ValueMap {
  const kept = newMap();
  for (const key of Object.keys(map)) {
    context.charge(1);
    if (keep(key)) setKey(kept, key, map[key]);
  }
  return kept;
}

function dig(args: readonly Value[]): Value {
  if (args.length < 3) throw typeFailure('dig needs at least three arguments');
  const fallback = args.at(-2);
  let step: Value = args.at(-1);
  for (const key of args.slice(0, -2)) if (typeof key !== 'string') throw notA('string', key);
  for (const key of args.slice(0, -2) as string[]) {
    if (!isPlainMap(step)) throw notA('map[string]interface {}', step);
    if (!Object.hasOwn(step, key)) return fallback;
    step = step[key];
  }
  return step;
}

function notA(type: string, value: Value): Error {
  return typeFailure(`interface conversion: interface {} is ${typeName(value)}, not ${type}`);
}

/** A copy that shares no list or map with the original. */
export function deepCopy(value: Value, context: CallContext, depth = 0): Value {
  context.charge(1);
  checkDepth(depth);
  const copy = (item: Value): Value => deepCopy(item, context, depth + 1);
  if (isNilContainer(value) || value instanceof Opaque) return value;
  if (value instanceof TypedList) return new TypedList(value.elem, value.items.map(copy));
  if (value instanceof TypedMap) return new TypedMap(value.elem, copy(value.entries) as ValueMap);
  const items = itemsOf(value);
  if (items) return items.map(copy);
  if (!isPlainMap(value)) return value;
  const map = newMap();
  for (const key of Object.keys(value)) setKey(map, key, copy(value[key]));
  return map;
}

function copied(value: Value, context: CallContext): Value {
  if (value === null || value === undefined)
    throw typeFailure('reflect: call of reflect.Value.Type on zero Value');
  return deepCopy(value, context);
}

const maps = (values: readonly Value[]): ValueMap[] => values.map(mapArgument);

const mergeFunction = (overwrite: boolean, traits: Traits): Chapter[string] =>
  variadic(
    ['map[string]any'],
    'map[string]any',
    ([target, ...sources], context) => {
      let merged: Value = target ?? nilMap;
      for (const source of maps(sources)) {
        if (merged === nilMap) merged = newMap();
        merge(merged as Record<string, Value>, source, overwrite, context);
      }
      return merged;
    },
    { ...traits, result: someMap, reads: merges, mutates: true },
  );

/** `dict`: the fields that constants name are known. */
const dictType: ResultType = (args) => {
  const names = args.filter((_, i) => i % 2 === 0).map(constantText);
  const value = (i: number): Type => args[i * 2 + 1] ?? constant('');
  if (names.includes(undefined)) return mapOf({}, optional(union(...names.map((_, i) => value(i)))));
  return mapOf(new Map(names.map((name, i) => [name ?? '', () => value(i)])));
};

/** `get`: an empty string replaces a missing value. */
const getType: ResultType = ([map = unknown, key = unknown]) => {
  const type = typeUnder(map, [key]);
  // A nil map has no keys.
  const lacks = type.absent === true || map.null === true;
  return lacks ? union(without(type, 'absent'), constant('')) : type;
};

const digType: ResultType = (args) => {
  const [container = unknown, fallback = unknown] = [args.at(-1), args.at(-2)];
  const found = typeUnder(container, args.slice(0, -2));
  return union(without(found, 'absent'), fallback);
};

const digInverse: Inverse = (wish, args) => {
  const keys = args.slice(0, -2).map(({ value }) => value);
  const lacking = withoutKey(keys);
  const [fallback, container] = [args.length - 2, args.length - 1];
  const ways: readonly Way[] = [
    [[container, under(keys, wish)]],
    ...(lacking === undefined
      ? []
      : [
          [
            [container, lacking],
            [fallback, wish],
          ] satisfies Way,
        ]),
  ];
  return ways;
};

/** The way back from a list of keys to a map with these keys. */
const keysOf: Inverse = (wish) => {
  if (wish.want !== 'item' || wish.value.want !== 'equal' || typeof wish.value.to !== 'string')
    return isMetByNothing(wish) ? [[[0, { want: 'truth', holds: false }]]] : [];
  return [[[0, { want: 'key', key: wish.value.to, holds: wish.value.holds }]]];
};

/** sprig's chapter "Dictionaries and Dict Functions". */
export const dicts: Chapter = {
  dict: variadic([], 'any', dict, {
    result: dictType,
    reads: makesMap,
    cost: 'nothing',
    example: '"a" 1',
  }),
  get: ofTwo(
    ['map[string]any', 'string'],
    (map, key) => {
      const entries = mapArgument(map);
      return Object.hasOwn(entries, key as string) ? (entries[key as string] ?? null) : '';
    },
    {
      result: getType,
      looksUp: true,
      inverse: underKeys,
      example: '(dict "ca.crt" "QQ==") "ca.crt"',
      reads: returnsUnderKeys,
      cost: 'nothing',
      readsKey: true,
    },
  ),
  set: fixed(
    ['map[string]any', 'string', 'any'],
    ([map, key, value], context) => {
      context.charge(1);
      setKey(writable(map), key as string, value);
      return map;
    },
    { result: someMap, reads: setsKey, example: '(dict "a" 1) "b" 2', mutates: true },
  ),
  unset: fixed(
    ['map[string]any', 'string'],
    ([map, key], context) => {
      if (map === null || map === undefined || map === nilMap) return nilMap;
      deleteKey(map as Record<string, Value>, key as string, (keys) => {
        context.charge(keys);
      });
      return map;
    },
    { result: someMap, cost: 'nothing', example: '(dict "a" 1 "b" 2) "a"', mutates: true },
  ),
  hasKey: ofTwo(['map[string]any', 'string'], (map, key) => Object.hasOwn(mapArgument(map), key as string), {
    result: aBoolean,
    looksUp: true,
    narrows: havingKey,
    inverse: test((holds, [, key]) =>
      typeof key?.value === 'string' ? [[[0, { want: 'key', key: key.value, holds }]]] : [],
    ),
    example: '(dict "a" 1) "a"',
    reads: readsUnderKeys,
    cost: 'nothing',
  }),
  pluck: variadic(
    ['string'],
    'map[string]any',
    ([key, ...targets]) =>
      maps(targets)
        .filter((map) => Object.hasOwn(map, key as string))
        .map((map) => getKey(map, key as string)),
    {
      result: ([key, ...maps]) =>
        listOf(
          without(union(...maps.map((map) => typeUnder(map, key === undefined ? [] : [key]))), 'absent'),
        ),
      example: '"a" (dict "a" 1) (dict "b" 2)',
      reads: plucks,
      cost: 'nothing',
    },
  ),
  keys: variadic([], 'map[string]any', keys, {
    result: strings,
    inverse: keysOf,
    example: '(dict "a" 1 "b" 2)',
    reads: readsKeys,
  }),
  values: fixed(
    ['map[string]any'],
    ([map], context) => {
      const entries = mapArgument(map);
      const keys = sortedKeys(entries, context);
      context.charge(keys.length);
      return keys.map((key) => entries[key]);
    },
    { result: ([map = unknown]) => listOf(anyValue(map)), example: '(dict "a" 1 "b" 2)' },
  ),
  pick: variadic(
    ['map[string]any'],
    'string',
    ([map, ...keys], context) => {
      const wanted = new Set(keys);
      return filterKeys(mapArgument(map), (key) => wanted.has(key), context);
    },
    {
      result: ([map = unknown]) => mapOf({}, optional(anyValue(map))),
      example: '(dict "a" 1 "b" 2) "a"',
      reads: picks,
    },
  ),
  omit: variadic(
    ['map[string]any'],
    'string',
    ([map, ...keys], context) => {
      const omitted = new Set(keys);
      return filterKeys(mapArgument(map), (key) => !omitted.has(key), context);
    },
    { result: ([map = unknown]) => mapOf({}, optional(anyValue(map))), example: '(dict "a" 1 "b" 2) "a"' },
  ),
  dig: variadic([], 'any', dig, {
    refuses: needsMapLast,
    result: digType,
    inverse: digInverse,
    example: '"a" "b" "none" (dict "a" (dict "b" 1))',
    reads: digs,
    cost: 'nothing',
  }),
  merge: mergeFunction(false, { example: '(dict "a" 1) (dict "a" 2 "b" 3)' }),
  mustMerge: mergeFunction(false, { example: '(dict "a" 1) (dict "a" 2 "b" 3)' }),
  mergeOverwrite: mergeFunction(true, { example: '(dict "a" 1) (dict "a" 2 "b" 3)' }),
  mustMergeOverwrite: mergeFunction(true, { example: '(dict "a" 1) (dict "a" 2 "b" 3)' }),
  deepCopy: fixed(['any'], ([value], context) => copied(value, context), {
    result: sameAs(0),
    inverse: undone(0),
    example: '(dict "a" 1)',
  }),
  mustDeepCopy: fixed(['any'], ([value], context) => copied(value, context), {
    result: sameAs(0),
    inverse: undone(0),
    example: '(dict "a" 1)',
  }),
};
