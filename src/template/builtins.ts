import { equality, ofChoice, ordering, stoppingAt, test as asTest, underKeys, undone } from './inverse.ts';
import {
  aBoolean,
  always,
  anInt,
  aPrint,
  aPrintf,
  aString,
  someItems,
  stopped,
  typeUnder,
} from './results.ts';
import { never, nil, string, union, unknown, without as withoutKinds } from './typing/type.ts';
import type { Type } from './typing/type.ts';
import type { Comparison, Inverse, InverseArgument } from './wish.ts';
import { ArgumentTypeError, FunctionError } from './function.ts';
import type { CallContext, FunctionTable, TemplateFunction } from './function.ts';
import { sprint, sprintf, sprintfStructure, sprintln, sprintStructure } from './printf.ts';
import { opposite, sameAsOther } from './narrowings.ts';
import { needsComparable, needsKeys, needsLength } from './refusals.ts';
import { misprinted } from './verbs.ts';
import { readsKeys, readsPlainly, returnsArgument, returnsUnderKeys } from './reads.ts';
import { byteLength, byteSlice, compareText, isEscapedByte, isPrint, toBytes } from './text.ts';
import {
  entriesOf,
  intValue,
  isNilContainer,
  isTrue,
  itemsOf,
  kindOf,
  numericValue,
  textOf,
  typeOf,
} from './types.ts';
import { Num, Opaque, TypedList, TypedMap } from './value.ts';
import type { Value } from './value.ts';

/*
 * The functions that every template has, after Go's text/template/funcs.go.
 */

/** The inverse of `len`, for a wish about a number. */
const lengthOf: Inverse = (wish) => {
  if (wish.want === 'truth') return [[[0, { want: 'length', than: 0, is: wish.holds ? '>' : '=' }]]];
  const than = Number(
    numericValue(wish.want === 'order' ? wish.than : wish.want === 'equal' ? wish.to : undefined),
  );
  if (!Number.isSafeInteger(than)) return [];
  if (wish.want === 'order') return [[[0, { want: 'length', than, is: wish.is }]]];
  return [[[0, { want: 'length', than, is: wish.want === 'equal' && wish.holds ? '=' : '>' }]]];
};

/** The inverse of `print` with one argument, which returns it unchanged. */
const ofPrint: Inverse = (wish, args) => {
  const open = args.flatMap(({ constant }, i) => (constant ? [] : [i]));
  const [only] = open;
  if (only === undefined || open.length > 1) return [];
  const text = (given: readonly InverseArgument[]): string =>
    given.map(({ value }) => textOf(value) ?? '').join('');
  return undone(only, (value) => withoutEnds(value, text(args.slice(0, only)), text(args.slice(only + 1))))(
    wish,
    args,
  );
};

/** The inverse of a format with one verb: the text around the verb is cut off. */
const ofPrintf: Inverse = (wish, args) => {
  const [before = '', after, ...more] = (textOf(args[0]?.value) ?? '').split(/%[svd]/);
  if (after === undefined || more.length > 0 || args.length !== 2) return [];
  return undone(1, (value) => withoutEnds(value, before, after))(wish, args);
};

/** The functions that text/template has by itself, by name. */
export const builtins: FunctionTable = new Map<string, TemplateFunction>(
  Object.entries({
    and: shortCircuit(false),
    or: shortCircuit(true),
    not: {
      params: ['reflect'],
      reads: readsPlainly,
      cost: 'nothing',
      result: aBoolean,
      narrows: opposite,
      inverse: asTest((holds) => [[[0, { want: 'truth', holds: !holds }]]]),
      test: (value) => !isTrue(value),
      call: ([value]) => !isTrue(value),
      example: 'true',
    },
    len: {
      params: ['reflect'],
      result: anInt,
      refuses: needsLength,
      reads: readsKeys,
      inverse: lengthOf,
      keepsText: true,
      call: ([value], context) => length(value, context),
      example: '"abc"',
    },
    index: {
      params: ['reflect'],
      variadic: 'reflect',
      result: ([container = unknown, ...keys]) => absentAsNil(typeUnder(container, keys)),
      refuses: needsKeys,
      looksUp: true,
      reads: returnsUnderKeys,
      inverse: underKeys,
      keepsText: true,
      call: index,
      example: '(list "a" "b") 1',
    },
    slice: {
      params: ['reflect'],
      variadic: 'reflect',
      result: ([item = unknown]) =>
        item.unknown === true
          ? unknown
          : union(item.lists ? someItems([item]) : never, item.strings ? string : never),
      call: ([item, ...indexes]) => slice(item, indexes),
      example: '"abcdef" 1 3',
    },
    call: {
      params: ['reflect'],
      variadic: 'reflect',
      result: always(never),
      cost: 'nothing',
      call: ([value]) => call(value),
    },
    print: {
      params: [],
      variadic: 'any',
      result: aPrint,
      inverse: ofPrint,
      structure: 'passes',
      spells: true,
      call: (args, context) =>
        (context.structural ? sprintStructure(args, context) : undefined) ?? sprint(args, context),
      example: '"a" 1 2 "b"',
    },
    printf: {
      params: ['string'],
      variadic: 'any',
      result: aPrintf,
      pointless: misprinted,
      inverse: ofPrintf,
      structure: 'passes',
      spells: true,
      call: ([format, ...args], context) =>
        (context.structural ? sprintfStructure(format, args, context) : undefined) ??
        sprintf(textOf(format) ?? '', args, context),
      example: '"%s-%03d" "node" 7',
    },
    println: {
      params: [],
      variadic: 'any',
      result: aString,
      keepsText: true,
      call: sprintln,
      example: '"a" 1',
    },
    html: {
      params: [],
      variadic: 'any',
      result: aString,
      keepsText: true,
      call: (args, context) => escapeHtml(text(args, context)),
      example: '"<a>"',
    },
    js: {
      params: [],
      variadic: 'any',
      result: aString,
      keepsText: true,
      call: (args, context) => escapeJs(text(args, context)),
      example: '"it\'s"',
    },
    urlquery: {
      params: [],
      variadic: 'any',
      result: aString,
      keepsText: true,
      call: (args, context) => escapeQuery(text(args, context)),
      example: '"a b&c"',
    },
    eq: {
      params: ['reflect'],
      variadic: 'reflect',
      reads: readsPlainly,
      result: aBoolean,
      refuses: needsComparable(false),
      narrows: sameAsOther(true),
      inverse: equality(true),
      comparesStrings: true,
      call: ([first, ...others]) => equal(first, others),
      example: '"a" "b" "a"',
    },
    ne: {
      params: ['reflect', 'reflect'],
      reads: readsPlainly,
      result: aBoolean,
      refuses: needsComparable(false),
      narrows: sameAsOther(false),
      inverse: equality(false),
      comparesStrings: false,
      call: ([a, b]) => !equal(a, [b]),
      example: '"a" "b"',
    },
    lt: ordered('<', (a, b) => less(a, b), '1 2'),
    le: ordered('<=', (a, b) => less(a, b) || equal(a, [b]), '2 2'),
    gt: ordered('>', (a, b) => !(less(a, b) || equal(a, [b])), '2 1'),
    ge: ordered('>=', (a, b) => !less(a, b), '2 2'),
  } satisfies Record<string, TemplateFunction>),
);

const completed = new WeakMap<FunctionTable, FunctionTable>();

/** A table, with the builtins that it does not override. Tables do not change once templates use them. */
export function withBuiltins(functions: FunctionTable): FunctionTable {
  const known = completed.get(functions);
  if (known) return known;
  const all: FunctionTable = new Map([...builtins, ...functions]);
  completed.set(functions, all);
  return all;
}

/** `and`, `or`: the first argument with this truth, otherwise the last one. */
function shortCircuit(stopsAt: boolean): TemplateFunction {
  const choice = stoppingAt(stopsAt, isTrue);
  const call = (args: readonly Value[]): Value =>
    args.at(args.findIndex((argument) => isTrue(argument) === stopsAt));
  return {
    params: ['reflect'],
    variadic: 'reflect',
    reads: returnsArgument,
    cost: 'nothing',
    structure: 'passes',
    result: stopped(stopsAt),
    choice,
    inverse: ofChoice(choice, (outcome) => outcome),
    stopsAt,
    call,
    example: '"a" "b"',
  };
}

function withoutEnds(value: Value, before: string, after: string): Value {
  if (typeof value !== 'string' || !value.startsWith(before) || !value.endsWith(after)) return value;
  return value.slice(before.length, value.length - after.length);
}

/** In Go, `index` returns nil if a map has no such key. */
function absentAsNil(type: Type): Type {
  return type.absent === true ? union(withoutKinds(type, 'absent'), nil) : type;
}

function ordered(
  is: Comparison,
  compare: (a: Value, b: Value) => boolean,
  example: string,
): TemplateFunction {
  return {
    params: ['reflect', 'reflect'],
    result: aBoolean,
    refuses: needsComparable(true),
    reads: readsPlainly,
    inverse: ordering(is),
    call: ([a, b]) => compare(a, b),
    example,
  };
}

/** Counting the keys of a map takes V8 up to 250 ns per key, so each key is a step. */
function length(item: Value, context: CallContext): Num {
  if (item === undefined || item === null) throw new ArgumentTypeError('nil has no length');
  const string = textOf(item);
  if (string !== undefined) return intValue(byteLength(string));
  const items = itemsOf(item);
  if (items) return intValue(items.length);
  const entries = entriesOf(item);
  if (entries) {
    const count = Object.keys(entries).length;
    context.charge(count);
    return intValue(count);
  }
  throw new ArgumentTypeError(`a value of type ${typeOf(item)} has no length`);
}

/** An index as a number from 0 to `capacity`. */
function indexArgument(value: Value, capacity: number): number {
  const kind = kindOf(value);
  if (value === undefined || value === null) throw new ArgumentTypeError('a list cannot be indexed with nil');
  if (kind !== 'int' && kind !== 'uint')
    throw new ArgumentTypeError(`a list cannot be indexed with type ${typeOf(value)}`);
  const at = Number(numericValue(value));
  if (at < 0 || at > capacity)
    throw new FunctionError(`index out of range: ${String(at)} of ${String(capacity)}`);
  return at;
}

/** `index x 1 "a"` is, in Go, `x[1]["a"]`. */
function index(args: readonly Value[]): Value {
  let item = args[0];
  for (let i = 1; i < args.length; i++) item = indexOnce(item, args[i]);
  if (args.length === 1 && (item ?? undefined) === undefined) throw indexOfNil();
  return item;
}

const indexOfNil = (): FunctionError => new ArgumentTypeError('nil cannot be indexed');

function indexOnce(item: Value, at: Value): Value {
  if (item === undefined || item === null) throw indexOfNil();
  const entries = entriesOf(item);
  if (!entries) return indexList(item, at);
  const key = textOf(at);
  if (key === undefined) {
    const type = at === undefined || at === null ? 'nil' : `type ${typeOf(at)}`;
    throw new ArgumentTypeError(`a map cannot be indexed with ${type}: its keys are strings`);
  }
  if (Object.hasOwn(entries, key)) return entries[key];
  return item instanceof TypedMap ? zeroOf(item.elem) : null;
}

function indexList(item: Value, at: Value): Value {
  const string = textOf(item);
  if (string !== undefined) return byteAt(string, indexArgument(at, byteLength(string)));
  const items = itemsOf(item);
  if (!items) throw new ArgumentTypeError(`a value of type ${typeOf(item)} cannot be indexed`);
  const position = indexArgument(at, items.length);
  if (position === items.length)
    throw new FunctionError(`index out of range: ${String(position)} of ${String(items.length)}`);
  return items[position];
}

function byteAt(string: string, position: number): Num {
  const byte = toBytes(string)[position];
  if (byte === undefined) throw new FunctionError(`index out of range: ${String(position)}`);
  return new Num('uint8', byte);
}

/** The zero value of a map's element type, which Go returns for a missing key. */
function zeroOf(type: string): Value {
  if (type === 'string') return '';
  if (type === 'bool') return false;
  if (type === 'int64') return 0;
  return type === 'int' ? intValue(0) : null;
}

/** `slice x 1 2` is, in Go, `x[1:2]`. */
function slice(item: Value, indexes: readonly Value[]): Value {
  if (item === undefined || item === null) throw new ArgumentTypeError('nil cannot be sliced');
  if (indexes.length > 3) throw new FunctionError(`too many slice indexes: ${String(indexes.length)}`);
  const string = textOf(item);
  const items = itemsOf(item);
  if (string === undefined && !items)
    throw new ArgumentTypeError(`a value of type ${typeOf(item)} cannot be sliced`);
  if (string !== undefined && indexes.length === 3)
    throw new ArgumentTypeError('a string cannot be sliced by three indexes');
  const size = items ? items.length : byteLength(string ?? '');
  const [from = 0, to = size, capacity = size] = indexes.map((value) => indexArgument(value, size));
  if (from > to || to > capacity) {
    throw new FunctionError(
      `bad slice indexes: ${from > to ? `${String(from)} > ${String(to)}` : `${String(to)} > ${String(capacity)}`}`,
    );
  }
  if (string !== undefined) return byteSlice(string, from, to);
  const part = (items ?? []).slice(from, to);
  return item instanceof TypedList ? new TypedList(item.elem, part) : part;
}

// No value of a template is a function.
function call(value: Value): Value {
  if (value === undefined || value === null) throw new ArgumentTypeError('nil cannot be called');
  throw new ArgumentTypeError(`a value of type ${typeOf(value)} is not a function`);
}

/** The arguments as text. A single missing one is printed as at the top level of a template. */
function text(args: readonly Value[], context: CallContext): string {
  const [first] = args;
  if (args.length === 1 && typeof first === 'string') return first;
  return sprint(
    args.map((arg) => arg ?? '<no value>'),
    context,
  );
}

const htmlEscapes: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

function escapeHtml(value: string): string {
  return value.replace(/[\x00"'&<>]/g, (character) => htmlEscapes[character] ?? character);
}

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

const jsEscapes: readonly string[] = Array.from({ length: 128 }, (_, code) =>
  /[\\'"]/.test(String.fromCharCode(code)) ? `\\${String.fromCharCode(code)}` : `\\u${hex(code, 4)}`,
);

function escapeJs(value: string): string {
  return value.replace(/[\x00-\x1f\\'"<>&=]|[^\x00-\x7f]/gu, (rune) => {
    if (rune < '\x80') return jsEscapes[rune.charCodeAt(0)] ?? rune;
    // A byte that is not valid UTF-8 is written as it is.
    return isPrint(rune) || isEscapedByte(rune) ? rune : `\\u${hex(rune.codePointAt(0) ?? 0, 4)}`;
  });
}

function escapeQuery(value: string): string {
  if (!value.isWellFormed()) return Array.from(toBytes(value), (byte) => queryEscapes[byte]).join('');
  return encodeURIComponent(value)
    .replace(/[!'()*]/g, (character) => escapeQueryByte(character.charCodeAt(0)))
    .replaceAll('%20', '+');
}

function escapeQueryByte(byte: number): string {
  const character = String.fromCharCode(byte);
  if (/^[A-Za-z0-9._~-]$/.test(character)) return character;
  return byte === 0x20 ? '+' : `%${hex(byte, 2)}`;
}

const queryEscapes: readonly string[] = Array.from({ length: 256 }, (_, byte) => escapeQueryByte(byte));

type BasicKind = 'invalid' | 'bool' | 'int' | 'uint' | 'float' | 'complex' | 'string';

/** The kinds that are compared by value. All others are `invalid`. */
function basicKind(value: Value): BasicKind {
  const kind = kindOf(value);
  switch (kind) {
    case 'bool':
    case 'int':
    case 'uint':
    case 'float':
    case 'complex':
    case 'string':
      return kind;
    default:
      return 'invalid';
  }
}

function incomparable(a: Value, b: Value): FunctionError {
  return new ArgumentTypeError(`values of types ${typeOf(a)} and ${typeOf(b)} cannot be compared`);
}

/** Whether `first` equals any of the others. */
function equal(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new ArgumentTypeError('missing argument for comparison');
  return others.some((other) => equalTo(first ?? undefined, other ?? undefined));
}

// Nil equals only nil, and comparing it with anything is not an error.
function equalTo(a: Value, b: Value): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  if (a === undefined || b === undefined) return isNil(a) && isNil(b);
  const left = basicKind(a);
  const right = basicKind(b);
  if (left !== right) {
    if (isInteger(left) && isInteger(right)) return sameNumber(a, b);
    throw incomparable(a, b);
  }
  switch (left) {
    case 'bool':
      return a === b;
    case 'string':
      return textOf(a) === textOf(b);
    case 'int':
    case 'uint':
    case 'float':
      return sameNumber(a, b);
    default:
      if (a instanceof Opaque && b instanceof Opaque) return a.type === b.type && a.equals(b);
      if ((isNil(a) || isNil(b)) && kindOf(a) === kindOf(b)) return isNil(a) && isNil(b);
      throw incomparable(a, b);
  }
}

const isNil = (value: Value): boolean => value === undefined || isNilContainer(value);

const isInteger = (kind: BasicKind): boolean => kind === 'int' || kind === 'uint';

// A safe integer and a bigint are never the same number.
function sameNumber(a: Value, b: Value): boolean {
  return numericValue(a) === numericValue(b);
}

function less(a: Value, b: Value): boolean {
  const left = basicKind(a ?? undefined);
  const right = basicKind(b ?? undefined);
  if (left === 'invalid' || right === 'invalid') throw incomparable(a, b);
  if (left !== right && !(isInteger(left) && isInteger(right))) throw incomparable(a, b);
  if (left === 'bool' || left === 'complex') throw incomparable(a, b);
  if (left === 'string') return compareText(textOf(a) ?? '', textOf(b) ?? '') < 0;
  return numericValue(a) < numericValue(b);
}
