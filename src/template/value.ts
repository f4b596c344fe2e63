/**
 * The values that a template computes with, and how each Go value is represented.
 *
 * | Go                                   | here                                                         |
 * | ------------------------------------ | ------------------------------------------------------------ |
 * | invalid `reflect.Value` (a missing map key) | `undefined`                                           |
 * | nil interface (JSON `null`)          | `null`                                                       |
 * | `bool`                               | `boolean`                                                    |
 * | `string`                             | `string`; a byte that is not valid UTF-8 is the lone surrogate U+DC80–U+DCFF (surrogateescape) |
 * | `int64`                              | a `number` that is a safe integer (never -0), else a `bigint` outside the safe range |
 * | `float64`                            | a `number` that is no safe integer; otherwise {@link Num} of kind `float64` |
 * | `int`, `int32`, `uint8`, …           | {@link Num}                                                  |
 * | `map[string]interface{}`             | a plain object; only own enumerable keys count               |
 * | `[]interface{}`                      | an array                                                     |
 * | `[]string`, `[]int`, `[]uint8`, …    | {@link TypedList}                                            |
 * | `map[string]string`, …               | {@link TypedMap}                                             |
 * | a struct such as `time.Time`, `*semver.Version` | {@link Opaque}: named fields and methods          |
 * | text that an encoder wrote (structural runs only) | {@link Encoded}                                 |
 *
 * Plain objects and arrays may be frozen: nothing here ever mutates its input.
 */
export type Value =
  | undefined
  | null
  | boolean
  | string
  | number
  | bigint
  | Num
  | TypedList
  | TypedMap
  | Opaque
  | Encoded
  | readonly Value[]
  | ValueMap;

export interface ValueMap {
  readonly [key: string]: Value;
}

/** Go's numeric kinds that a template can meet. */
export type NumKind =
  | 'int'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'float32'
  | 'float64';

/** A number whose Go type a bare JavaScript number cannot tell. `value` is a `bigint` only where a 64-bit integer leaves the safe range. */
export class Num {
  readonly kind: NumKind;
  readonly value: number | bigint;
  constructor(kind: NumKind, value: number | bigint) {
    this.kind = kind;
    this.value = value;
  }
}

/** A slice whose element type is not `interface{}`; `elem` is the Go type as `%T` prints it (`string`, `int`, `uint8`, `[]interface {}`). */
export class TypedList {
  readonly elem: string;
  readonly items: readonly Value[];
  constructor(elem: string, items: readonly Value[]) {
    this.elem = elem;
    this.items = items;
  }
}

/** A `map[string]elem` whose element type is not `interface{}`. */
export class TypedMap {
  readonly elem: string;
  readonly entries: ValueMap;
  constructor(elem: string, entries: ValueMap) {
    this.elem = elem;
    this.entries = entries;
  }
}

/**
 * A Go value of a named type: a struct, a pointer to one, or a number with methods. Says how it prints, which fields
 * and methods a template may name on it, and how it compares.
 */
export abstract class Opaque {
  /** The Go type as `%T` prints it, e.g. `time.Time` or `*semver.Version`. */
  abstract readonly type: string;
  /** What `%v` prints (the value's `String` method, or Go's struct syntax). */
  abstract toString(): string;
  /** The field or method called `name` with the given arguments; `undefined` where there is none. */
  abstract member(
    name: string,
  ): { readonly params: readonly string[]; call(args: readonly Value[]): Value } | undefined;
  /** What the type is made of: `int` for a `time.Duration`, `time.Month` and the like. */
  get kind(): 'struct' | 'int' | 'uint' | 'float' | 'complex' {
    return 'struct';
  }
  /** The number that it holds, where `kind` is a number's. */
  underlying(): Value {
    return undefined;
  }
  /** Whether Go's `{{ if }}` holds for it; structs are always true. */
  isTrue(): boolean {
    return true;
  }
  /** Go's `==` with a value of the same type; pointers are equal to themselves only. */
  equals(other: Opaque): boolean {
    return this === other;
  }
  /** What `%#v` prints (the value's `GoString` method). */
  goString(): string {
    return this.toString();
  }
}

/**
 * Text made by a function that encodes (`toYaml`, `toJson`, `quote`, `squote` and their `indent`s), in a
 * structural run: fragments of structure and, apart from them, the strings that were encoded.
 * To every function that is not declared to keep encodings it is the plain string `text`.
 */
export class Encoded {
  readonly text: string;
  readonly fragments: readonly Fragment[];
  constructor(text: string, fragments: readonly Fragment[]) {
    this.text = text;
    this.fragments = fragments;
  }
}

/**
 * A piece of a structural run's output: `text` is structure; `value` is a string that came from data.
 * An `exact` value is a string whatever it looks like (`toYaml` of the string `"5"`); any other one is resolved
 * as the scalar it stands in would be. `encoded` is what the encoder wrote for the value in plain output (`quote`'s
 * `"a\"b"`): where the value is not a plain scalar of its own but part of a longer or a quoted one, that text stands
 * for it. Texts and encoded forms joined are the encoding's plain text.
 */
export type Fragment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly value: string; readonly exact: boolean; readonly encoded?: string };
