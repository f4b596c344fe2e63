import { test, undone } from '../../template/inverse.ts';
import {
  aSearch,
  itemOrNil,
  listOfArguments,
  sameItems,
  someItems,
  strings,
  spelt,
} from '../../template/results.ts';
import { needsList, needsLists } from '../../template/refusals.ts';
import { anyItem, listOf, never, nil, union, unknown } from '../../template/typing/type.ts';
import type { ResultType, Type } from '../../template/typing/type.ts';
import type { Inverse, Way } from '../../template/wish.ts';
import type { CallContext, TemplateFunction } from '../../template/function.ts';
import { returnsItem } from '../../template/reads.ts';
import { rejoin, sortTexts } from '../../template/text.ts';
import { itemsOf, nilList } from '../../template/types.ts';
import { Encoded, TypedList } from '../../template/value.ts';
import type { Fragment, Value } from '../../template/value.ts';
import { plainText } from '../fragments.ts';
import { toInt64 } from '../cast.ts';
import { textOf, textsOf } from './conversion.ts';
import { failure, fixed, variadic, typeFailure } from '../define.ts';
import type { Chapter, Traits } from '../define.ts';
import { deepEqual, isEmpty, kindName } from '../kinds.ts';
import { intArgument } from '../number.ts';

/** Text. If the separator needs it, any structure. */
const joined: ResultType = ([separator = unknown]) => spelt([separator.strings?.values?.[0]], []);

/** The items of a list of any type. Anything else fails as sprig's `action` does. */
function listArgument(value: Value, action: string, context: CallContext): readonly Value[] {
  const items = listLookedAt(value, action);
  chargeItems(items.length, context);
  return items;
}

/** Like {@link listArgument}, for functions that look at one or two items only. */
function listLookedAt(value: Value, action: string): readonly Value[] {
  const items = itemsOf(value);
  if (!items) {
    if (value === null || value === undefined)
      throw typeFailure(
        `runtime error: invalid memory address or nil pointer dereference: cannot ${action} on nil`,
      );
    throw typeFailure(`Cannot ${action} on type ${kindName(value)}`);
  }
  return items;
}

/** Larger lists need newly allocated memory. */
const LARGE_LIST = 8_192;

/** Charges for reading or copying this many items. */
function chargeItems(count: number, context: CallContext): void {
  context.charge(Math.ceil(count / (count > LARGE_LIST ? 2 : 8)));
}

function includes(items: readonly Value[], wanted: Value, context: CallContext): boolean {
  return items.some((item) => deepEqual(wanted, item, context));
}

function uniq(items: readonly Value[], context: CallContext): readonly Value[] {
  if (items.every((item) => typeof item === 'string')) return [...new Set(items)];
  const seen: Value[] = [];
  for (const item of items) if (!includes(seen, item, context)) seen.push(item);
  return seen;
}

function without(items: readonly Value[], omitted: readonly Value[], context: CallContext): readonly Value[] {
  return items.filter((item) => !includes(omitted, item, context));
}

function slice(list: Value, indices: readonly Value[], context: CallContext): Value {
  const items = itemsOf(list);
  if (!items) return listArgument(list, 'slice', context);
  if (items.length === 0) return null;
  const start = indices.length > 0 ? Number(toInt64(indices[0])) : 0;
  const end = indices.length > 1 ? Number(toInt64(indices[1])) : items.length;
  if (start < 0 || end > items.length || start > end)
    throw failure(
      `slice index out of bounds: [${String(start)}:${String(end)}] of a list of ${String(items.length)}`,
    );
  chargeItems(end - start, context);
  const part = items.slice(start, end);
  return list instanceof TypedList ? new TypedList(list.elem, part) : part;
}

/** sprig's `chunk`, which computes with floats: sizes below 1 fail or, below -1, may give an empty list. */
function chunk(size: number, list: Value, context: CallContext): TypedList {
  const items = listArgument(list, 'chunk', context);
  const count = Math.floor((items.length - 1) / size) + 1;
  if (!(count >= 0 && Number.isFinite(count))) throw failure('runtime error: makeslice: len out of range');
  context.checkCount(count);
  const chunks: Value[] = [];
  for (let i = 0; i < count; i++) {
    const length = i === count - 1 ? Math.trunc(items.length % size) || size : size;
    if (length < 0) throw failure('runtime error: makeslice: len out of range');
    chunks.push(items.slice(i * size, i * size + length));
  }
  return new TypedList('[]interface {}', chunks);
}

/** Sorts by bytes. A `[]string` is sorted in place, as in Go: every holder of the list sees the new order. */
function sortAlpha(list: Value, context: CallContext): TypedList {
  const items = itemsOf(list);
  if (!items) return new TypedList('string', [textOf(list, context)]);
  context.charge(items.length * Math.ceil(Math.log2(items.length + 1)));
  if (!(list instanceof TypedList && list.elem === 'string'))
    return new TypedList('string', sortTexts(textsOf(list, context), context));
  if (!Object.isFrozen(items)) sortTexts(items as string[], context);
  return list;
}

function concat(lists: readonly Value[], context: CallContext): readonly Value[] {
  const parts = lists.map((list) => {
    const items = itemsOf(list);
    if (items || list === null || list === undefined) return listArgument(list, 'concat', context);
    throw typeFailure(`Cannot concat type ${kindName(list)} as list`);
  });
  const count = parts.reduce((sum, part) => sum + part.length, 0);
  context.checkCount(count);
  return count === 0 ? nilList : ([] as Value[]).concat(...parts);
}

type OnList = (items: readonly Value[], context: CallContext) => Value;

/** A function of a list alone. For other values, sprig's message says that it cannot `action` them. */
function ofList(action: string, call: OnList, traits: Traits = {}): TemplateFunction {
  return fixed(['any'], ([list], context) => call(listArgument(list, action, context), context), {
    refuses: needsList(0),
    ...traits,
  });
}

function has(needle: Value, haystack: Value, context: CallContext): boolean {
  if (haystack === null || haystack === undefined) return false;
  return includes(listArgument(haystack, 'find has', context), needle, context);
}

/** The way back to a list whose item at an index is as wished. Without an index, any item. */
const ofItem =
  (at: number | undefined): Inverse =>
  (wish) => [[[0, { want: 'item', ...(at === undefined ? {} : { at }), value: wish }]]];

const includesItem = test((holds, args) => {
  const [needle, haystack] = args;
  const items = itemsOf(haystack?.value) ?? [];
  if (!holds)
    return [
      ...items.slice(0, 1).map((to): Way => [[0, { want: 'equal', to, holds }]]),
      [[1, { want: 'length', than: 0, is: '=' }]],
    ];
  return [
    ...items.slice(0, 1).map((to): Way => [[0, { want: 'equal', to, holds }]]),
    [[1, { want: 'item', value: { want: 'equal', to: needle?.value, holds } }]],
  ];
});

const grown = (items: readonly Value[], context: CallContext): void => {
  context.checkCount(items.length + 1);
};

const list = variadic([], 'any', (items) => [...items], {
  result: listOfArguments,
  cost: 'nothing',
  example: '1 "a"',
});

/** The type of a list with some of a list's items, of the same Go type. */
function sliceOf({ lists }: Type): Type {
  return lists === undefined
    ? unknown
    : listOf(lists.item, lists.elem === undefined ? {} : { elem: lists.elem });
}

const push = fixed(
  ['any', 'any'],
  ([target, item], context) => {
    const items = listArgument(target, 'push', context);
    grown(items, context);
    return [...items, item];
  },
  {
    result: ([list = unknown, item = unknown]) => listOf(union(anyItem(list), item), { size: 'filled' }),
    refuses: needsList(0),
    example: '(list 1) 2',
  },
);

const byName = {
  first: fixed(['any'], ([list]) => listLookedAt(list, 'find first')[0] ?? null, {
    result: itemOrNil,
    refuses: needsList(0),
    reads: returnsItem,
    cost: 'nothing',
    inverse: ofItem(0),
    example: '(list 1 2)',
  }),
  last: fixed(['any'], ([list]) => listLookedAt(list, 'find last').at(-1) ?? null, {
    result: itemOrNil,
    refuses: needsList(0),
    reads: returnsItem,
    cost: 'nothing',
    inverse: ofItem(undefined),
    example: '(list 1 2)',
  }),
  rest: ofList('find rest', (items) => (items.length === 0 ? nilList : items.slice(1)), {
    result: someItems,
    example: '(list 1 2 3)',
  }),
  initial: ofList('find initial', (items) => (items.length === 0 ? nilList : items.slice(0, -1)), {
    result: someItems,
    example: '(list 1 2 3)',
  }),
  reverse: ofList('find reverse', (items) => items.toReversed(), {
    result: sameItems,
    inverse: undone(0),
    example: '(list 1 2 3)',
  }),
  uniq: ofList('find uniq', uniq, { result: sameItems, inverse: undone(0), example: '(list 1 2 1)' }),
  compact: ofList('compact', (items) => items.filter((item) => !isEmpty(item)), {
    result: someItems,
    inverse: undone(0),
    example: '(list "a" "" "b")',
  }),
  prepend: fixed(
    ['any', 'any'],
    ([target, item], context) => {
      const items = listArgument(target, 'prepend', context);
      grown(items, context);
      return [item, ...items];
    },
    {
      result: ([list = unknown, item = unknown]) => listOf(union(anyItem(list), item), { size: 'filled' }),
      refuses: needsList(0),
      example: '(list 1) 0',
    },
  ),
  without: variadic(
    ['any'],
    'any',
    ([target, ...omitted], context) =>
      without(listArgument(target, 'find without', context), omitted, context),
    { result: someItems, refuses: needsList(0), example: '(list 1 2 3) 2' },
  ),
  has: fixed(['any', 'any'], ([needle, haystack], context) => has(needle, haystack, context), {
    result: aSearch,
    searches: 'item',
    inverse: includesItem,
    refuses: needsList(1),
    example: '"a" (list "a" "b")',
  }),
  slice: variadic(['any'], 'any', ([target, ...indices], context) => slice(target, indices, context), {
    result: ([list = unknown, ...indices]) =>
      union(sliceOf(list), indices.length === 0 && list.lists?.size === 'filled' ? never : nil),
    refuses: needsList(0),
    example: '(list 1 2 3) 1 3',
  }),
  chunk: fixed(['int', 'any'], ([size, target], context) => chunk(intArgument(size), target, context), {
    result: ([, list = unknown]) => listOf(listOf(anyItem(list)), { elem: '[]interface {}' }),
    refuses: needsList(1),
    example: '2 (list 1 2 3)',
  }),
};

/** sprig's chapters "Lists and List Functions" and "String List Functions". */
export const lists: Chapter = {
  ...byName,
  list,
  tuple: list,
  append: push,
  push,
  mustAppend: push,
  mustPush: push,
  mustPrepend: byName.prepend,
  mustFirst: byName.first,
  mustLast: byName.last,
  mustRest: byName.rest,
  mustInitial: byName.initial,
  mustReverse: byName.reverse,
  mustUniq: byName.uniq,
  mustCompact: byName.compact,
  mustWithout: byName.without,
  mustHas: byName.has,
  mustSlice: byName.slice,
  mustChunk: byName.chunk,
  concat: variadic([], 'any', concat, {
    result: (lists) => listOf(union(...lists.map(anyItem))),
    refuses: needsLists,
    example: '(list 1 2) (list 3)',
  }),
  sortAlpha: fixed(['any'], ([target], context) => sortAlpha(target, context), {
    result: strings,
    example: '(list "b" "a")',
  }),
  join: fixed(
    ['string', 'any'],
    ([separator, target], context) => {
      const texts = textsOf(target, context);
      const between = plainText(separator);
      context.checkLength(texts.reduce((length, text) => length + text.length + between.length, 0));
      const text = rejoin(texts.join(between));
      // A separator in the template's own text is structure, like the rest of that text. The items are values.
      if (!(separator instanceof Encoded)) return text;
      const fragments = texts.flatMap((value, index): readonly Fragment[] => [
        ...(index > 0 ? separator.fragments : []),
        { kind: 'value', value, exact: false },
      ]);
      return new Encoded(text, fragments);
    },
    {
      result: joined,
      structure: 'passes',
      spells: true,
      writesItems: 1,
      example: '"-" (list "a" "b")',
    },
  ),
};
