import type { ResultType, Type } from './typing/type.ts';
import {
  anyItem,
  boolean,
  float,
  int,
  int64,
  integer,
  listOf,
  mapOf,
  nil,
  optional,
  string,
  stringList,
  stringWith,
  underKey,
  union,
  unknown,
  whereFalse,
  whereTrue,
  without,
} from './typing/type.ts';

/* The types of functions' results, for the rules that several functions share. */

/** Always the same type. */
export const always =
  (type: Type): ResultType =>
  () =>
    type;

export const aString = always(string);
export const aBoolean = always(boolean);
export const anInt = always(int);
export const anInt64 = always(int64);
export const aFloat = always(float);
export const strings = always(stringList);
export const someMap = always(mapOf({}, optional(unknown)));

const of = (args: readonly Type[], index: number): Type => args[index] ?? unknown;

/** Its argument, unchanged. */
export const sameAs =
  (index: number): ResultType =>
  (args) =>
    of(args, index);

/** A string. If the argument's strings are known, the function's result for each. */
export const madeOf =
  (index: number, make: (text: string) => string): ResultType =>
  (args) => {
    const values = of(args, index).strings?.values;
    return values === undefined ? string : stringWith({ values: [...new Set(values.map(make))] });
  };

/**
 * A string in lower or upper case. If the argument's strings are known, the function's result for each.
 * @param make the function
 */
export const casedAs =
  (form: 'lower' | 'upper', make: (text: string) => string): ResultType =>
  (args) => {
    const { values, forms = [] } = of(args, 0).strings ?? {};
    if (values !== undefined) return madeOf(0, make)(args);
    return stringWith({ forms: [form, ...forms.filter((other) => other === 'trimmed')] });
  };

/** A string without white space at its ends. If the argument is text that an encoder wrote, so is the result. */
export const trimmedText: ResultType = (args) => {
  const type = stillEncoded(0)(args);
  const { encodes, flattenedBy } = type.strings ?? {};
  const { values, forms = [] } = of(args, 0).strings ?? {};
  if (encodes !== undefined || values !== undefined) return type;
  return stringWith({
    ...(flattenedBy === undefined ? {} : { flattenedBy }),
    forms: [...new Set([...forms, 'trimmed'] as const)],
  });
};

const isEncoded = (type: Type): boolean => type.strings?.format === 'byte';

/** Base64 of a text. */
export const inBase64: ResultType = ([text = unknown]) =>
  stringWith({ format: 'byte', ...(isEncoded(text) ? { forms: ['twice'] } : {}) });

/** The text that base64 stands for. */
export const outOfBase64: ResultType = ([text = unknown]) =>
  stringWith(isEncoded(text) ? { forms: ['decoded'] } : {});

/** Whether a list has an item: never, if the types of both share no text. */
export const aSearch: ResultType = ([item = unknown, list = unknown]) => {
  const [wanted, there] = [without(item, 'absent', 'null'), anyItem(list)].map(onlyTexts);
  const may = wanted === undefined || there === undefined || wanted.some((text) => there.includes(text));
  return may ? boolean : { booleans: [false] };
};

/** The texts of a type that holds nothing else; `undefined` if they are not known. */
function onlyTexts(type: Type): readonly string[] | undefined {
  return Object.keys(type).every((kind) => kind === 'strings') ? type.strings?.values : undefined;
}

/** A string. If an argument is text that an encoder wrote, so is the result. */
export const stillEncoded =
  (index: number): ResultType =>
  (args) => {
    const { encodes, flattenedBy } = of(args, index).strings ?? {};
    if (encodes !== undefined) return stringWith({ encodes });
    return flattenedBy === undefined ? string : stringWith({ flattenedBy });
  };

/** A part of a text. What an encoder wrote stays so; of quotes, none may be left. */
export const partOfText =
  (index: number): ResultType =>
  (args) => {
    const { encodes, prints } = of(args, index).strings ?? {};
    if (encodes?.as === 'quote' || prints !== undefined) return string;
    if (encodes?.as === 'json' && containerIn(encodes.of) === undefined) return unknown;
    return stillEncoded(index)(args);
  };

/** Text that has a meaning for YAML next to a value: an entry, an item, a list or a map in brackets, another line. */
const structure = /[[\]{}\n,]|: |^- |["']/;

/** Text combined from the template's own text and other texts. If the own text needs it, its structure is unknown. */
export function spelt(texts: readonly (string | undefined)[], args: readonly Type[]): Type {
  const asks = texts.some((text) => text !== undefined && structure.test(text));
  return asks || args.some(({ strings }) => strings?.encodes !== undefined) ? unknown : string;
}

/** The kind of a value that is a list or a map, and nothing else. Bytes are printed as the text that they are. */
export function containerIn(type: Type): 'list' | 'map' | undefined {
  if (type.lists?.elem === 'uint8') return undefined;
  const kinds = Object.keys(without(type, 'absent', 'null')).join();
  return kinds === 'lists' ? 'list' : kinds === 'maps' ? 'map' : undefined;
}

/** Text that some values are printed into, and what Go prints around them. */
function printedWith(text: Type, args: readonly Type[], quotes: boolean): Type {
  if (text.unknown === true) return text;
  const prints = args.map(containerIn).find((kind) => kind !== undefined) ?? (quotes ? 'quotes' : undefined);
  return prints === undefined ? text : stringWith({ prints });
}

/** The text of values that follow each other. */
export const printedText: ResultType = (args) => printedWith(string, args, false);

/** The text of each value in quotes. */
export const quotedText: ResultType = (args) => {
  const [only] = args;
  return only !== undefined && args.length === 1
    ? stringWith({ encodes: { as: 'quote', of: only } })
    : printedWith(string, args, args.length > 0);
};

/** The verb that prints a text in quotes. */
const quotingVerb = /%[-+# 0\d.]*q/;

/** The result of `printf`. */
export const aPrintf: ResultType = ([format = unknown, ...args]) => {
  const [text] = format.strings?.values ?? [];
  const [only = unknown] = args;
  if (args.length === 1 && text === '%q') return quotedText(args);
  if (args.length === 1 && (text === '%s' || text === '%v') && only.strings?.encodes !== undefined)
    return stillEncoded(0)(args);
  return printedWith(spelt([text], args), args, quotingVerb.test(text?.replaceAll('%%', '') ?? ''));
};

/** The result of `print`. */
export const aPrint: ResultType = (args) => {
  const [only = unknown] = args;
  if (args.length === 1 && only.strings?.encodes !== undefined) return stillEncoded(0)(args);
  const own = args.map(({ strings }) => strings?.values?.[0]);
  return printedWith(spelt(own, args), args, false);
};

/** A new list of the same items. */
export const sameItems: ResultType = (args) => {
  const size = of(args, 0).lists?.size;
  return listOf(anyItem(of(args, 0)), size === undefined ? {} : { size });
};

/** A list of the same items, possibly fewer. */
export const someItems: ResultType = (args) => listOf(anyItem(of(args, 0)));

/** An item of a list, or nil if the list is empty. */
export const itemOrNil: ResultType = ([list = unknown]) => {
  if (list.unknown === true) return unknown;
  return list.lists?.size === 'filled' ? anyItem(list) : union(anyItem(list), nil);
};

/** A list of all its arguments. */
export const listOfArguments: ResultType = (args) =>
  listOf(() => union(...args), { size: args.length === 0 ? 'empty' : 'filled' });

/** The first argument that stops `and` (`false`) or `or` (`true`), otherwise the last one. */
export const stopped =
  (stopsAt: boolean): ResultType =>
  (args) =>
    union(
      ...args.map((type, i) => (i === args.length - 1 ? type : (stopsAt ? whereTrue : whereFalse)(type))),
    );

/** The text, if a type has only one possible string. */
export function constantText(type: Type | undefined): string | undefined {
  const values = type?.strings?.values;
  const alone = type !== undefined && Object.keys(type).length === 1;
  return alone && values?.length === 1 ? values[0] : undefined;
}

const byte = integer('uint8');

/** The value under nested keys. A list's items are under any index. */
export function typeUnder(container: Type, keys: readonly Type[]): Type {
  return keys.reduce((type, key) => {
    if (type.unknown === true) return unknown;
    const name = constantText(key);
    const inMaps =
      type.maps === undefined ? [] : [name === undefined ? optional(unknown) : underKey(type, name)];
    const inLists = type.lists === undefined ? [] : [anyItem(type)];
    return union(...inMaps, ...inLists, ...(type.strings === undefined ? [] : [byte]));
  }, container);
}
