import { LimitError } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import { formatFloat } from './format.ts';
import type { CallContext } from './function.ts';
import { textShift } from './limits.ts';
import type { Limits } from './limits.ts';
import { sprint } from './printf.ts';
import { isInt64 } from './types.ts';
import { Encoded, Num, Opaque } from './value.ts';
import type { Fragment, Value } from './value.ts';

/** The surroundings of a run: the only place where a template meets what is not its data. */
export interface RunOptions {
  /** Milliseconds since the Unix epoch. @default Date.now */
  readonly now?: () => number;
  /** A float in [0, 1). @default Math.random */
  readonly random?: () => number;
}

/** What Go prints for a missing value, and Clusterpedia takes out of every rendering, wherever it came from. */
const noValue = '<no value>';

const withoutNoValue = (text: string): string =>
  text.includes(noValue) ? text.replaceAll(noValue, '') : text;

/** One run of a template: its output so far and what it has cost. */
export class Run implements CallContext {
  readonly structural: boolean;
  readonly limits: Limits;
  /** Position of the action under way, for errors that know no better. */
  at = 0;
  /** Template calls under way, and the nesting of all actions and parentheses that they stand in. */
  depth = 0;
  nesting = 0;
  #steps = 0;
  #length = 0;
  #out = '';
  readonly #fragments: Fragment[] = [];
  readonly #now: () => number;
  readonly #random: () => number;

  constructor(limits: Limits, structural: boolean, options: RunOptions) {
    this.limits = limits;
    this.structural = structural;
    this.#now = options.now ?? Date.now;
    this.#random = options.random ?? Math.random;
  }

  now(): number {
    return this.#now();
  }

  random(): number {
    return this.#random();
  }

  charge(steps: number): void {
    if ((this.#steps += steps) > this.limits.steps)
      this.#refuse('limit-steps', 'the run takes more than', 'steps');
  }

  checkLength(length: number): void {
    if (length > this.limits.valueLength)
      this.#refuse('limit-value-length', 'a value has more than', 'characters');
  }

  checkCount(count: number): void {
    if (count > this.limits.listLength)
      this.#refuse('limit-list-length', 'a list or map has more than', 'items');
  }

  #refuse(code: keyof typeof limitOf & ErrorCode, what: string, unit: string): never {
    throw new LimitError(code, `${what} ${this.limits[limitOf[code]]} ${unit}`);
  }

  /** Charges a string that was read or made, and refuses one that is too long. */
  chargeText(length: number): void {
    this.checkLength(length);
    this.charge(length >> textShift);
  }

  /** Text of the template itself. */
  writeText(text: string): void {
    this.#count(text.length);
    if (this.structural) this.#pushText(text);
    else this.#out += text;
  }

  /** A value, as Go's `fmt.Print` prints it; a missing one prints nothing. */
  print(value: Value): void {
    if (value === undefined || value === null) return;
    if (this.structural) this.#printFragments(value);
    else if (typeof value === 'string') this.#append(value);
    else this.#append(this.#display(value));
  }

  #append(text: string): void {
    this.#count(text.length);
    this.#out += text;
  }

  #count(length: number): void {
    this.charge(1 + (length >> textShift));
    if ((this.#length += length) > this.limits.outputLength) {
      this.#refuse('limit-output-length', 'the output has more than', 'characters');
    }
  }

  #display(value: Value): string {
    if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
    if (typeof value === 'number') return isInt64(value) ? String(value) : formatFloat(value, 'g', -1);
    return sprint([value], this);
  }

  #printFragments(value: Value): void {
    if (value instanceof Encoded) {
      this.#count(value.text.length);
      for (const fragment of value.fragments) {
        if (fragment.kind === 'text') this.#pushText(fragment.text);
        else this.#pushValue(fragment.value, fragment.exact);
      }
      return;
    }
    const text = typeof value === 'string' ? value : this.#display(value);
    this.#count(text.length);
    if (isStructure(value)) this.#pushText(text);
    else this.#pushValue(text, false);
  }

  #pushText(text: string): void {
    const last = this.#fragments.at(-1);
    if (text === '') return;
    if (last?.kind === 'text')
      this.#fragments[this.#fragments.length - 1] = { kind: 'text', text: last.text + text };
    else this.#fragments.push({ kind: 'text', text });
  }

  #pushValue(value: string, exact: boolean): void {
    // An empty value leaves no trace in text either; an exact one is an empty string.
    if (value !== '' || exact) this.#fragments.push({ kind: 'value', value, exact });
  }

  /** The output of a run to text. */
  get output(): string {
    return withoutNoValue(this.#out);
  }

  /** The output of a structural run: no two texts side by side. */
  get fragments(): Fragment[] {
    return this.#fragments.map((fragment) =>
      fragment.kind === 'text'
        ? { kind: 'text', text: withoutNoValue(fragment.text) }
        : { ...fragment, value: withoutNoValue(fragment.value) },
    );
  }
}

const limitOf = {
  'limit-steps': 'steps',
  'limit-value-length': 'valueLength',
  'limit-list-length': 'listLength',
  'limit-output-length': 'outputLength',
} as const satisfies Partial<Record<ErrorCode, keyof Limits>>;

/** Numbers and booleans cannot change the structure of what they stand in. */
function isStructure(value: Value): boolean {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return true;
  return value instanceof Num || (value instanceof Opaque && value.kind === 'complex');
}
