import type { ReadRule } from './reads.ts';
import type { Narrowing, Refusal, ResultType } from './typing/type.ts';
import type { Choice, Inverse } from './wish.ts';
import type { Value } from './value.ts';

/**
 * The Go type of a function's parameter: decides which values are assignable to it and how a wrong one fails.
 * An argument arrives as a `Value` of exactly that type:
 *
 * | parameter | arrives as |
 * | --- | --- |
 * | `any` | any value but `undefined`: a missing one arrives as `null` |
 * | `reflect` | any value, a missing one as `undefined`, a nil interface as `null` |
 * | `string` | a string (`Encoded` only where the function keeps encodings) |
 * | `int`, `uint32`, `rune` | {@link Num} of kind `int`, `uint32`, `int32` |
 * | `int64` | a number or bigint |
 * | `float64` | a number, or {@link Num} of kind `float64` |
 * | `[]any`, `map[string]any` | an array, a plain object; `null` for a nil slice or map |
 * | `[]string`, `[]byte` | {@link TypedList}; `null` for a nil slice |
 * | `time.Time`, `time.Duration` | {@link Opaque} of that type |
 */
export type ParamType =
  | 'any'
  | 'reflect'
  | 'string'
  | 'bool'
  | 'int'
  | 'int64'
  | 'uint32'
  | 'float64'
  | 'rune'
  | '[]any'
  | '[]string'
  | '[]byte'
  | 'map[string]any'
  | 'time.Time'
  | 'time.Duration';

/** What a call may use of the run it belongs to. */
export interface CallContext {
  /** The injected clock: milliseconds since the Unix epoch. */
  now(): number;
  /** The injected randomness: a float in [0, 1). */
  random(): number;
  /** True while output is collected as fragments: an encoder then returns `Encoded` instead of a string. */
  readonly structural: boolean;
  /** Charges `steps` of work (one is about a loop turn or 64 bytes copied); throws past the limit. */
  charge(steps: number): void;
  /** Throws unless a string of `length` UTF-16 units may be built. Call it before building. */
  checkLength(length: number): void;
  /** Throws unless a list of `count` items may be built. Call it before building. */
  checkCount(count: number): void;
}

/** What a function does with a single argument. */
export type OfOne = (value: Value, context: CallContext) => Value;

/** What a function does with two arguments. */
export type OfTwo = (first: Value, second: Value, context: CallContext) => Value;

/**
 * How structure and values stand in what a function returns while output is collected as fragments:
 * `drops`: it is given plain text, and returns plain values; `passes`: it is given `Encoded` as it is, and may return
 * it (`indent`, `default`); `encodes`: it returns `Encoded` (`toYaml`, `quote`).
 */
export type StructureTrait = 'drops' | 'passes' | 'encodes';

/**
 * What a call costs beyond the price of every call (`stepsPerCall`, and the text of its arguments and result):
 * nothing, so many steps for each KiB of a text that it is given, or what it charges while it works.
 */
export type Cost = 'nothing' | 'metered' | TextCost;

/** A cost that grows with the length of a text argument. */
export interface TextCost {
  /** Steps for each 1024 UTF-16 units. */
  readonly stepsPerKiB: number;
  /** The same for a text that is not all ASCII, where that is dearer. */
  readonly stepsPerKiBOfUnicode?: number;
}

/**
 * A function that templates can call by name, and all that is known of it: nothing else knows it by its name, so a table
 * of one's own may put another one in its place. Only `params` and `call` are needed; what is not declared is taken for the
 * worst: all of each argument is read, any value may come back, nothing is known of how to bring a result about.
 */
export interface TemplateFunction {
  /** Fixed parameters, in order. */
  readonly params: readonly ParamType[];
  /** Type of the variadic parameter, where there is one. */
  readonly variadic?: ParamType;
  /** The type of what it returns, from the types of its arguments. @default any value */
  readonly result?: ResultType;
  /** Why it fails on all arguments of these types, beyond what its parameters say. @default it need not */
  readonly refuses?: Refusal;
  /** What its arguments can only be where its result is true, or false. @default what they were */
  readonly narrows?: Narrowing;
  /** What it reads of its arguments, and which of them it may return. @default all of each argument, none of which it returns */
  readonly reads?: ReadRule;
  /** @default 'metered' */
  readonly cost?: Cost;
  /** @default 'drops' */
  readonly structure?: StructureTrait;
  /**
   * Whether what the template spells in its arguments is structure in what it returns, as the template's own text is: such a
   * text arrives as `Encoded` in a structural run. It `passes` structure.
   */
  readonly spells?: true;
  /** Whether its result depends on the clock or on randomness. @default neither */
  readonly nondeterministic?: 'clock' | 'randomness';
  /** What its arguments should be for its result to be as one wishes. @default not known */
  readonly inverse?: Inverse;
  /** Where it returns one of its arguments by what they are: a decision point of the templates that call it. */
  readonly choice?: Choice;
  /** The arguments of a call that shows what it does, for the reference page: `8 "one two three"`. A test runs it. */
  readonly example?: string;
  /**
   * Whether it changes maps that it is given in place (`set`, `unset`, `merge`), so that others who hold the map see it,
   * as in Go. A run of a template that names such a function works on its own copy of the data: every map that reaches
   * such a call may be changed, and nothing outside the run sees it.
   */
  readonly mutates?: true;
  /**
   * Whether it takes a map and a key and gives, where the map has a string of that key, just this string: a call with a
   * key that stands in the template is then compiled to reading a field.
   */
  readonly readsKey?: true;
  /**
   * Whether it returns its first argument whose truth is this, else the last one. A template evaluates no argument after
   * that one, and does not need `call`.
   */
  readonly stopsAt?: boolean;
  /** Whether it tells if two strings are the same (`true`) or differ (`false`): two strings are then compared on the spot. */
  readonly comparesStrings?: boolean;
  /** The same as {@link call} with one argument, where it looks at no text and needs nothing of the run. */
  readonly test?: (value: Value) => boolean;
  /** The result; throws {@link FunctionError} where the Go function returns an error or panics. Mutates no argument, unless it {@link mutates}. */
  call(args: readonly Value[], context: CallContext): Value;
  /** The same as {@link call} with exactly one argument, for calls that need no list of them. */
  readonly one?: OfOne;
  /** The same as {@link call} with exactly two arguments. */
  readonly two?: OfTwo;
}

/** Known by name but not to be had: calling it is refused at parse time with `removed` as the reason. */
export interface RemovedFunction {
  readonly removed: string;
}

export type FunctionTable = ReadonlyMap<string, TemplateFunction | RemovedFunction>;

/** Thrown by a function's `call` for a bad argument; the run adds the position. */
export class FunctionError extends Error {}

/** Thrown where the message repeats nothing of the arguments, so that it may be shown to anybody. */
export class PublicFunctionError extends FunctionError {}

/** Thrown for arguments of types that a function cannot take. Its message names types only, never a value. */
export class ArgumentTypeError extends PublicFunctionError {}
