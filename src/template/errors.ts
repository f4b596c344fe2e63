import { DataError } from './data-error.ts';
import { runeCount } from './text.ts';

/** Whether an error occurs when a template is compiled or when it is run. */
export type ErrorStage = 'parse' | 'exec';

/** What `docs/reference/errors.md` says of a code. */
interface ErrorEntry {
  readonly meaning: string;
  /** What to do about it. */
  readonly remedy: string;
}

/**
 * Every code that a {@link TemplateError} can have, with its meaning. Programs distinguish errors by these codes, never
 * by their text.
 */
export const ERROR_CODES = {
  'unclosed-action': {
    meaning: 'An action has no closing "}}", or ends inside parentheses.',
    remedy: 'Close the action where the excerpt shows it.',
  },
  'unclosed-comment': {
    meaning: 'A comment has no closing "*/", or text between it and the closing "}}".',
    remedy: 'Close the comment by `*/}}`, with nothing between.',
  },
  'unterminated-string': {
    meaning: 'A string or character constant has no closing quote.',
    remedy: 'Close the quote; a text over several lines stands in backquotes.',
  },
  'bad-string': {
    meaning: 'A string or character constant has an escape that Go does not know.',
    remedy: 'Write the character itself, double the backslash, or use backquotes.',
  },
  'bad-number': {
    meaning: 'A number is not written as Go writes numbers, or does not fit 64 bits.',
    remedy: 'Write a number as Go does; larger ones stand in quotes, for `int64` or `float64` to convert.',
  },
  'bad-character': {
    meaning: 'A character cannot stand in an action.',
    remedy: 'Quote it if it is text, or remove it.',
  },
  'unexpected-token': {
    meaning: 'A word, operator or keyword stands where it cannot.',
    remedy: 'Look at the words before it: a pipe, a parenthesis or an operand is missing.',
  },
  'missing-end': {
    meaning: 'A block or definition has no end: no "{{ end }}" in Go templates, no "{{/…}}" in Handlebars.',
    remedy: 'Add the end, or remove the beginning.',
  },
  'missing-value': {
    meaning: 'A command, condition or pair of parentheses is empty.',
    remedy: 'Add what is to be printed or tested.',
  },
  'misplaced-loop-control': {
    meaning: 'A "break" or "continue" stands outside "range".',
    remedy: 'Use `if` instead, or move it into the loop.',
  },
  'not-executable': {
    meaning: 'A later stage of a pipeline is a constant, which cannot take the value before it.',
    remedy: 'End the pipeline with a function, e.g. `printf "%s-x"`.',
  },
  'duplicate-template': {
    meaning: 'Two templates are defined by one name.',
    remedy: 'Give one of them another name.',
  },
  'unknown-function': {
    meaning: 'A function is not defined.',
    remedy: 'Use one of [the functions](functions.md).',
  },
  'removed-function': {
    meaning: 'A function is known but not available here.',
    remedy: 'The message has the reason; take the value from the source or a reference.',
  },
  'undefined-variable': {
    meaning: 'A variable is used where it is not set.',
    remedy: 'Set it before, by `:=`, in the same block or one around it.',
  },
  'unknown-template': {
    meaning: 'A template is called that is not defined.',
    remedy: 'Define it by `define`, in the same field.',
  },
  'wrong-argument-count': {
    meaning: 'A function is called with too few or too many arguments.',
    remedy: 'Compare the call with [the functions](functions.md).',
  },
  'wrong-argument-type': {
    meaning: 'An argument is not of the type that the function takes.',
    remedy: 'Convert the argument first, e.g. by `toString` or `int64`.',
  },
  'not-a-function': {
    meaning: 'An argument is given to something that takes none.',
    remedy: 'Put the value into quotes or a pipe, or name the function that is to take it.',
  },
  'nil-value': {
    meaning: 'A field is read from nil, or nil stands where a value must.',
    remedy: 'Ask first whether the value is there: `with`, `if`, `default`, or `dig`.',
  },
  'no-field': {
    meaning: 'A field is read from a value that has no fields.',
    remedy: 'Read the field of the value that holds it; `kindOf` tells what a value is.',
  },
  'not-iterable': {
    meaning: '"range" is given something that is no list, map or integer.',
    remedy: 'Give it a list or map; a single value becomes a list by `list`.',
  },
  'number-overflow': {
    meaning: 'An integer constant does not fit a Go int.',
    remedy: 'Use a smaller number, or text.',
  },
  'function-failed': {
    meaning: 'A function refused its arguments.',
    remedy: 'The message has what the function said; look at its arguments.',
  },
  'kubeconfig-not-self-contained': {
    meaning: 'A function was given a kubeconfig that runs a program, asks a plugin or reads a file.',
    remedy: 'Use a kubeconfig with its credentials inline.',
  },
  'limit-template-size': {
    meaning: 'The template is too large.',
    remedy: 'Shorten the template.',
  },
  'limit-nesting': {
    meaning: 'Actions, parentheses or a printed value are nested too deeply.',
    remedy: 'Split the expression by variables.',
  },
  'limit-steps': {
    meaning: 'The run takes too much work.',
    remedy: 'Do less in loops: let the selector keep sources out, or read the one entry that is needed.',
  },
  'limit-template-depth': {
    meaning: 'Templates call one another too deeply.',
    remedy: 'Let the templates end, or use `range`.',
  },
  'limit-value-length': {
    meaning: 'A value is too long.',
    remedy: 'Cut the value by `trunc`, or use a part of it.',
  },
  'limit-output-length': {
    meaning: 'The output is too long.',
    remedy: 'Print less.',
  },
  'limit-list-length': {
    meaning: 'A list or map has too many items.',
    remedy: 'Use a part of the list.',
  },
} as const satisfies { readonly [code: string]: ErrorEntry };

export type ErrorCode = keyof typeof ERROR_CODES;

export interface TemplateErrorOptions {
  readonly suggestion?: string | undefined;
  readonly cause?: unknown;
}

/**
 * What is wrong with a template, or with a run of it. `message` describes it without the position; {@link toString} has
 * both. Messages name types and the template's own words, never values of the data. The exception is the message of a
 * function, which may name its arguments.
 */
export class TemplateError extends DataError {
  readonly code: ErrorCode;
  readonly stage: ErrorStage;
  /** Line of the template's text, from 1. */
  readonly line: number;
  /** Column in characters, from 1. If Go reports a column, this is the same place (Go counts from 0). */
  readonly column: number;
  /** The line, and below it a caret under the column. A long line is cut to the surroundings. */
  readonly excerpt: string;
  /** The name that was probably meant. */
  readonly suggestion?: string;

  constructor(
    code: ErrorCode,
    stage: ErrorStage,
    text: string,
    position: number,
    message: string,
    options: TemplateErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TemplateError';
    this.code = code;
    this.stage = stage;
    const place = placeOf(text, position);
    this.line = place.line;
    this.column = place.column;
    this.excerpt = place.excerpt;
    if (options.suggestion !== undefined) this.suggestion = options.suggestion;
  }

  /** `3:16: function "b64decc" is not defined; did you mean "b64dec"?` */
  override toString(): string {
    return `${String(this.line)}:${String(this.column)}: ${this.message}${didYouMean(this.suggestion)}`;
  }
}

/** A limit was exceeded; the position is not known yet. */
export class LimitError extends DataError {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Line and column, both from 1, in characters. */
export interface LineAndColumn {
  readonly line: number;
  readonly column: number;
}

/** Finds lines and columns of many positions in a text. */
export class Lines {
  readonly #text: string;
  /** Where each line begins. */
  readonly #starts: readonly number[];
  /** Whether every UTF-16 unit is a character. */
  readonly #simple: boolean;

  constructor(text: string) {
    this.#text = text;
    this.#starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
    this.#simple = !/[\ud800-\udbff]/.test(text);
  }

  /** The place of an offset in UTF-16 units. An offset past the end counts as the end. */
  at(position: number): LineAndColumn {
    let first = 0;
    let last = this.#starts.length - 1;
    while (first < last) {
      const middle = Math.ceil((first + last) / 2);
      if ((this.#starts[middle] ?? 0) <= position) first = middle;
      else last = middle - 1;
    }
    const start = this.#starts[first] ?? 0;
    const column = this.#simple ? position - start : runeCount(this.#text.slice(start, position));
    return { line: first + 1, column: column + 1 };
  }
}

// Characters shown on each side of the column.
const EXCERPT_REACH = 60;

function placeOf(text: string, position: number): LineAndColumn & { readonly excerpt: string } {
  const start = text.lastIndexOf('\n', position - 1) + 1;
  const newline = text.indexOf('\n', position);
  const end = newline < 0 ? text.length : newline;
  // A character has at most two units, so this contains everything that is shown.
  const before = [...text.slice(Math.max(start, position - 2 * EXCERPT_REACH), position)].slice(
    -EXCERPT_REACH,
  );
  const after = [...text.slice(position, Math.min(end, position + 2 * EXCERPT_REACH))].slice(
    0,
    EXCERPT_REACH,
  );
  // Tabs stay tabs in the line below, so that the caret is at the right place whatever their width.
  const indent = before.map((character) => (character === '\t' ? '\t' : ' '));
  const shown = [...before, ...after].join('').replace(/\r$/, '');
  return { ...lineAndColumn(text, position), excerpt: `${shown}\n${indent.join('')}^` };
}

/** Line and column of one position in a text. For many positions, use {@link Lines}. */
export function lineAndColumn(text: string, position: number): LineAndColumn {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < position; at = text.indexOf('\n', at + 1)) {
    line++;
    start = at + 1;
  }
  return { line, column: runeCount(text.slice(start, position)) + 1 };
}

/**
 * Maximum of letter pairs that are compared to find the name that was meant: names from users are compared with
 * hundreds.
 */
const COMPARED_LETTERS = 20_000;

/** The end of a message that tells what was probably meant; nothing where that is not known. */
export const didYouMean = (suggestion: string | undefined): string =>
  suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;

/**
 * The candidate with the fewest edits from `name`, if they are few enough. If there are very many or very long ones,
 * only the first are compared.
 */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  let left = COMPARED_LETTERS;
  for (const candidate of candidates) {
    if (Math.abs(name.length - candidate.length) >= least) continue;
    if ((left -= name.length * candidate.length) < 0) break;
    const distance = editDistance(name, candidate, least);
    if (distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours between two names. Any result of `cutoff` or more only
 * means "at least `cutoff`".
 */
function editDistance(a: string, b: string, cutoff: number): number {
  if (Math.abs(a.length - b.length) >= cutoff) return cutoff;
  const lowerA = a.toLowerCase();
  const lowerB = b.toLowerCase();
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  let leastOfLast = 0;
  for (let i = 1; i <= a.length; i++) {
    const row = new Array<number>(b.length + 1).fill(cutoff);
    row[0] = i;
    let least = i;
    // Farther from the diagonal there are more insertions or deletions than may be.
    const end = Math.min(b.length, i + cutoff - 1);
    for (let j = Math.max(1, i - cutoff + 1); j <= end; j++) {
      const same = lowerA[i - 1] === lowerB[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (i > 1 && j > 1 && swapped) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row[j] = cost;
      if (cost < least) least = cost;
    }
    // Every later cell costs at least as much as one of these two rows; a swap adds 1 to the one before the last.
    if (least >= cutoff && leastOfLast + 1 >= cutoff) return cutoff;
    leastOfLast = least;
    beforeLast = last;
    last = row;
  }
  return Math.min(last[b.length] ?? cutoff, cutoff);
}
