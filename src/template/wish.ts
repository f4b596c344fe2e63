import type { Value } from './value.ts';

/*
 * A wish says what a value should be so that a template takes a certain way. A function's inverse says in these terms
 * which arguments lead to a result. So a condition can be read backwards, from its wanted result to the fields of the
 * data.
 */

/** The order of two values. */
export type Comparison = '<' | '<=' | '>' | '>=';

/** What a value should be. `holds` false wants the opposite. */
export type Wish =
  /** Go's truth: present, not zero, not empty. */
  | { readonly want: 'truth'; readonly holds: boolean }
  /** Equal to a value, as `eq` compares. */
  | { readonly want: 'equal'; readonly to: Value; readonly holds: boolean }
  /** On one side of a number or string. */
  | { readonly want: 'order'; readonly than: Value; readonly is: Comparison }
  /** A string that contains a part, or that a regular expression (RE2) matches. */
  | {
      readonly want: 'text';
      readonly part: 'start' | 'end' | 'middle' | 'pattern';
      readonly text: string;
      readonly holds: boolean;
    }
  /** A map that has a key, with a value as wished; or that does not have the key. */
  | { readonly want: 'key'; readonly key: string; readonly holds: boolean; readonly value?: Wish }
  /** A list whose item at an index is as wished. Without an index, any item. */
  | { readonly want: 'item'; readonly at?: number; readonly value: Wish }
  /** A list, map or string of a certain length. */
  | { readonly want: 'length'; readonly than: number; readonly is: Comparison | '=' }
  /** A value of a kind, with the names of sprig's `kindOf`. */
  | { readonly want: 'kind'; readonly kind: string; readonly holds: boolean }
  /**
   * What `by` makes of a value that is as wished: the way back through a function. `from` is the function itself, which
   * shows its result for the present value.
   */
  | {
      readonly want: 'made';
      readonly of: Wish;
      readonly by: (value: Value) => Value;
      readonly from?: (value: Value) => Value;
    }
  /** A version that satisfies a constraint, as in `semverCompare`. */
  | { readonly want: 'version'; readonly constraint: string; readonly holds: boolean };

/** An argument for which a wish is wanted. */
export interface InverseArgument {
  /** Its present value; `undefined` if it is missing or could not be computed. */
  readonly value: Value;
  /** Whether no data can change it. */
  readonly constant: boolean;
}

/** Wishes for some arguments, by index. All of them together have the effect. */
export type Way = readonly (readonly [argument: number, wish: Wish])[];

/**
 * The ways to fulfil a wish for a call's result, the simplest first; none if none is known. They are suggestions: the
 * caller checks whether a way worked.
 */
export type Inverse = (wish: Wish, args: readonly InverseArgument[]) => readonly Way[];

/** How a function that returns one of its arguments chooses it. Outcomes are counted from 0. */
export interface Choice {
  /** The meaning of each outcome of a call with this many arguments, in words for a reader of coverage. */
  outcomes(count: number): readonly string[];
  /** The outcome of a call. Called only if a run records its decisions. */
  outcomeOf(args: readonly Value[]): number;
  /** What the arguments should be for an outcome; any one of the ways is enough. */
  waysTo(outcome: number, count: number): readonly Way[];
}
