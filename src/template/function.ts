import { DataError } from './data-error.ts';
import type { ErrorCode } from './errors.ts';
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

/** The parts of its run that a call may use. */
export interface CallContext {
  /** The injected clock: milliseconds since the Unix epoch. */
  now(): number;
  /** The injected randomness: a float in [0, 1). */
  random(): number;
  /** True while output is collected as fragments: an encoder then returns `Encoded` instead of a string. */
  readonly structural: boolean;
  /** What costly functions have read, for runs that may share it. Without it, nothing is kept. */
  readonly kept?: Kept | undefined;
  /** Charges `steps` of work (one is about a loop turn or 64 bytes copied). Throws if the limit is exceeded. */
  charge(steps: number): void;
  /** Throws unless a string of `length` UTF-16 units is allowed. Call it before building the string. */
  checkLength(length: number): void;
  /** Throws unless a list of `count` items is allowed. Call it before building the list. */
  checkCount(count: number): void;
}

/** Results of costly functions, with the steps that each took, which every use of one is charged. */
export type Kept = Map<string, { readonly result: unknown; readonly steps: number }>;

/** Computes the result for a single argument. */
export type OfOne = (value: Value, context: CallContext) => Value;

/** Computes the result for two arguments. */
export type OfTwo = (first: Value, second: Value, context: CallContext) => Value;

/**
 * How a function treats structure and values while output is collected as fragments. `drops`: it gets plain text and
 * returns plain values. `passes`: it gets `Encoded` as it is, and may return it (`indent`, `default`). `encodes`: it
 * returns `Encoded` (`toYaml`, `quote`).
 */
export type StructureTrait = 'drops' | 'passes' | 'encodes';

/**
 * The cost of a call beyond the price of every call (`stepsPerCall`, and the text of its arguments and result):
 * nothing, a number of steps per KiB of a text argument, or what it charges while it works.
 */
export type Cost = 'nothing' | 'metered' | TextCost;

/** A cost that grows with the length of a text argument. */
export interface TextCost {
  /** Steps for each 1024 UTF-16 units. */
  readonly stepsPerKiB: number;
  /** The same for a text that is not all ASCII, if that costs more. */
  readonly stepsPerKiBOfUnicode?: number;
}

/**
 * A function that templates call by name, with everything that is known of it. No other code knows it by its name, so a
 * table may replace it with another function. Only `params` and `call` are required. Whatever is not declared is
 * assumed to be the worst: all of each argument is read, any value may be returned, and no inverse is known.
 */
export interface TemplateFunction {
  /** Fixed parameters, in order. */
  readonly params: readonly ParamType[];
  /** Type of the variadic parameter, if there is one. */
  readonly variadic?: ParamType;
  /** The type of its result, from the types of its arguments. @default any value */
  readonly result?: ResultType;
  /** Why it fails for all arguments of these types, for reasons beyond its parameters. @default it may succeed */
  readonly refuses?: Refusal;
  /** Why it has no sensible result for all arguments of these types, although it does not fail. @default it may */
  readonly pointless?: Refusal;
  /** Whether it reads, from its first argument, the keys that follow: of nested maps. */
  readonly looksUp?: true;
  /** The argument of which it writes the items, and nothing if there are none. */
  readonly writesItems?: number;
  /** Whether it returns its first argument if the last one is empty. */
  readonly fallsBack?: true;
  /**
   * Present if it tells whether a text or list has something in it. Then a call of which the types show that it never
   * finds anything is a mistake. `part`: its first argument is a part of its second, a text. `end`: the part is at the
   * start or the end. `pattern`: the first is a regular expression. `item`: the first is an item of its second, a list.
   */
  readonly searches?: 'part' | 'end' | 'pattern' | 'item';
  /** The types of its arguments if its result is true, or false. @default unchanged */
  readonly narrows?: Narrowing;
  /**
   * What it reads of its arguments, and which of them it may return. @default it reads all of each argument, and
   * returns none
   */
  readonly reads?: ReadRule;
  /** @default 'metered' */
  readonly cost?: Cost;
  /** @default 'drops' */
  readonly structure?: StructureTrait;
  /**
   * Whether the template's own text in its arguments is structure in its result, like the rest of the template's text.
   * In a structural run such a text arrives as `Encoded`. The function `passes` structure.
   */
  readonly spells?: true;
  /**
   * Whether a fault of its result for one text is a fault for every text: it returns the text whole, escaped or
   * measured.
   *
   * @default it may omit any part of a text, or make another text of it, unless its result is true or false
   */
  readonly keepsText?: true;
  /** Whether templates call it in order to fail: then its failure is what the author wants. */
  readonly refusesSource?: true;
  /** Whether its result depends on the clock or on randomness. @default neither */
  readonly nondeterministic?: 'clock' | 'randomness';
  /** What its arguments should be to get a wanted result. @default not known */
  readonly inverse?: Inverse;
  /**
   * Present if it returns one of its arguments depending on their values: then its calls are decision points of the
   * template.
   */
  readonly choice?: Choice;
  /** The arguments of a call that shows its effect, for the reference page: `8 "one two three"`. A test runs it. */
  readonly example?: string;
  /**
   * Whether it changes maps in place (`set`, `unset`, `merge`), so that the change is visible wherever the map is used,
   * as in Go. A run of a template with such a function works on its own copy of the data: nothing outside the run sees
   * the change.
   */
  readonly mutates?: true;
  /**
   * Whether it gets a map and a key, and returns the map's string under that key unchanged. A call with a constant key
   * is then compiled to reading a field.
   */
  readonly readsKey?: true;
  /**
   * Whether it returns its first argument with this truth, otherwise the last one. A template does not evaluate later
   * arguments, and does not need `call`.
   */
  readonly stopsAt?: boolean;
  /**
   * Whether it returns true (`true`) or false (`false`) if two strings are the same. Two strings are then compared
   * directly.
   */
  readonly comparesStrings?: boolean;
  /** The same as {@link call} with one argument, if it uses no text and nothing of the run. */
  readonly test?: (value: Value) => boolean;
  /**
   * The result. Throws {@link FunctionError} if the Go function returns an error or panics. Does not change its
   * arguments, unless it {@link mutates}.
   */
  call(args: readonly Value[], context: CallContext): Value;
  /** The same as {@link call} with exactly one argument; saves making a list. */
  readonly one?: OfOne;
  /** The same as {@link call} with exactly two arguments. */
  readonly two?: OfTwo;
}

/**
 * A function that is known by name but not available. Calling it is an error at parse time, with `removed` as the
 * reason.
 */
export interface RemovedFunction {
  readonly removed: string;
}

export type FunctionTable = ReadonlyMap<string, TemplateFunction | RemovedFunction>;

/** Thrown by a function's `call` for a bad argument. The run adds the position. */
export class FunctionError extends DataError {
  /** The code of the error that the run makes of it. */
  readonly code: ErrorCode = 'function-failed';
}

/** Thrown if the message repeats nothing of the arguments, so that anybody may read it. */
export class PublicFunctionError extends FunctionError {}

/** Thrown for a kubeconfig that runs a program, asks a plugin or reads a file. */
export class NotSelfContainedError extends PublicFunctionError {
  override readonly code = 'kubeconfig-not-self-contained';
}

/** Thrown for arguments of types that a function does not accept. Its message names types only, never a value. */
export class ArgumentTypeError extends PublicFunctionError {}
