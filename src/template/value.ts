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

/**
 * A number whose Go type a bare JavaScript number cannot express. `value` is a `bigint` only if a 64-bit integer is
 * outside the safe range.
 */
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
 * A Go value of a named type: a struct, a pointer to one, or a number with methods. It defines how the value is printed
 * and compared, and which fields and methods a template may use.
 */
export abstract class Opaque {
  /** The Go type as `%T` prints it, e.g. `time.Time` or `*semver.Version`. */
  abstract readonly type: string;
  /** The text that `%v` prints (from the value's `String` method, or Go's struct syntax). */
  abstract toString(): string;
  /** The field or method `name` with the given arguments; `undefined` if there is none. */
  abstract member(
    name: string,
  ): { readonly params: readonly string[]; call(args: readonly Value[]): Value } | undefined;
  /** The underlying kind: `int` for a `time.Duration`, `time.Month` and the like. */
  get kind(): 'struct' | 'int' | 'uint' | 'float' | 'complex' {
    return 'struct';
  }
  /** The number that it holds, if `kind` is a number's. */
  underlying(): Value {
    return undefined;
  }
  /** Whether Go's `{{ if }}` holds for it. Structs are always true. */
  isTrue(): boolean {
    return true;
  }
  /** Go's `==` with a value of the same type. Pointers equal only themselves. */
  equals(other: Opaque): boolean {
    return this === other;
  }
  /** The text that `%#v` prints (from the value's `GoString` method). */
  goString(): string {
    return this.toString();
  }
}

/**
 * Text from a function that encodes (`toYaml`, `toJson`, `quote`, `squote` and their `indent`s), in a structural run.
 * It consists of fragments of structure and, separate from them, the encoded strings. Functions that are not declared
 * to keep encodings see the plain string `text`.
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
 * A piece of a structural run's output: `text` is structure, `value` is a string that came from data. An `exact` value
 * is always a string (`toYaml` of the string `"5"`). Any other value is resolved like the scalar around it. `encoded`
 * is the encoder's plain output for the value (`quote`'s `"a\"b"`). It replaces the value if the value is not a plain
 * scalar of its own, but part of a longer or a quoted one. All texts and encoded forms joined give the plain text of
 * the encoding.
 */
export type Fragment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly value: string; readonly exact: boolean; readonly encoded?: string };
