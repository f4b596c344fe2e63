import type { Value } from './value.ts';

/*
 * What a value should be, so that a template takes a certain way. Functions say in these terms how a result comes about
 * (their inverse), so that whoever makes samples can read a condition backwards, from what it should give to the fields
 * of the data that it reads.
 */

/** How two values of an order compare. */
export type Comparison = '<' | '<=' | '>' | '>=';

/** What a value should be. `holds` false asks for the contrary. */
export type Wish =
  /** Go's truth: there, not zero, not empty. */
  | { readonly want: 'truth'; readonly holds: boolean }
  /** Equal to a value, as `eq` has it. */
  | { readonly want: 'equal'; readonly to: Value; readonly holds: boolean }
  /** On one side of a number or string. */
  | { readonly want: 'order'; readonly than: Value; readonly is: Comparison }
  /** A string with a part, or one that a regular expression (RE2) matches. */
  | {
      readonly want: 'text';
      readonly part: 'start' | 'end' | 'middle' | 'pattern';
      readonly text: string;
      readonly holds: boolean;
    }
  /** A map that has a key, with a value that is as wished; or that lacks the key. */
  | { readonly want: 'key'; readonly key: string; readonly holds: boolean; readonly value?: Wish }
  /** A list whose item at an index, any where it is not given, is as wished. */
  | { readonly want: 'item'; readonly at?: number; readonly value: Wish }
  /** A list, map or string of a length. */
  | { readonly want: 'length'; readonly than: number; readonly is: Comparison | '=' }
  /** A value of a kind, as sprig's `kindOf` names kinds. */
  | { readonly want: 'kind'; readonly kind: string; readonly holds: boolean }
  /**
   * What `by` makes of a value that is as wished: the way back through a function. `from` is the function itself, which
   * tells what it gives for what is there.
   */
  | {
      readonly want: 'made';
      readonly of: Wish;
      readonly by: (value: Value) => Value;
      readonly from?: (value: Value) => Value;
    }
  /** A version that satisfies a constraint, as `semverCompare` has it. */
  | { readonly want: 'version'; readonly constraint: string; readonly holds: boolean };

/** An argument whose wish is asked for. */
export interface InverseArgument {
  /** What it is now, with the data at hand; `undefined` where it is missing or could not be found out. */
  readonly value: Value;
  /** Whether no data can change it. */
  readonly constant: boolean;
}

/** Wishes for some arguments, by their index: all of them together bring something about. */
export type Way = readonly (readonly [argument: number, wish: Wish])[];

/**
 * The ways to have a wish for the result of a call granted, the simplest first; none where none is known. They are
 * suggestions: whoever follows one looks afterwards whether it worked.
 */
export type Inverse = (wish: Wish, args: readonly InverseArgument[]) => readonly Way[];

/**
 * How a function that returns one of its arguments chooses it. Outcomes are counted from 0.
 */
export interface Choice {
  /** What each outcome of a call with so many arguments means, in words for a reader of coverage. */
  outcomes(count: number): readonly string[];
  /** The outcome of a call. Called only where a run records its decisions. */
  outcomeOf(args: readonly Value[]): number;
  /** What the arguments should be for an outcome: any of the ways will do. */
  waysTo(outcome: number, count: number): readonly Way[];
}
