import type { Fragment, Value } from './value.ts';

/**
 * The Go type of a function's parameter: decides what an argument is converted from and how a wrong one fails.
 * `any` is `interface{}` (a missing value arrives as `null`), `reflect` is `reflect.Value` (arrives as it is).
 */
export type ParamType =
  | 'any'
  | 'reflect'
  | 'string'
  | 'bool'
  | 'int'
  | 'int64'
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

/** A function that templates can call by name. */
export interface TemplateFunction {
  /** Fixed parameters, in order. */
  readonly params: readonly ParamType[];
  /** Type of the variadic parameter, where there is one. */
  readonly variadic?: ParamType;
  /** Whether its result depends on the clock or on randomness (data, for the admission check). */
  readonly nondeterministic?: 'clock' | 'randomness';
  /** Whether its `Encoded` arguments stay encoded (`indent`, `nindent`); all others get plain strings. */
  readonly keepsEncoding?: true;
  /** The result; throws {@link FunctionError} where the Go function returns an error or panics. Never mutates an argument. */
  call(args: readonly Value[], context: CallContext): Value;
}

/** Known by name but not to be had: calling it is refused at parse time with `removed` as the reason. */
export interface RemovedFunction {
  readonly removed: string;
}

export type FunctionTable = ReadonlyMap<string, TemplateFunction | RemovedFunction>;

/** Thrown by a function's `call` for a bad argument; the run adds the position. */
export class FunctionError extends Error {}

export type { Fragment };
