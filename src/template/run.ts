import { LimitError } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import { formatFloat } from './format.ts';
import type { DecisionListener, DecisionPoint } from './decision.ts';
import type { CallContext, Kept } from './function.ts';
import { TEXT_SHIFT } from './limits.ts';
import type { Limits } from './limits.ts';
import { sprint } from './printf.ts';
import { isInt64 } from './types.ts';
import { Encoded, Num, Opaque } from './value.ts';
import type { Fragment, Value } from './value.ts';

/** What a run needs from outside: the only inputs of a template besides its data. */
export interface RunOptions {
  /** Milliseconds since the Unix epoch. @default Date.now */
  readonly now?: () => number;
  /** A float in [0, 1). @default Math.random */
  readonly random?: () => number;
  /** Kept from run to run. It may hold what is secret, so it must not outlive what the runs are for. */
  readonly kept?: Kept;
  /** Steps that it may take, if fewer than its limit. The steps that it takes are subtracted. */
  readonly pool?: { left: number };
  /** Called for each decision of the run. Without it, a run spends nothing on them. */
  readonly decided?: DecisionListener;
}

/** Go prints this for a missing value. Clusterpedia removes it from every rendering, whatever its origin. */
const NO_VALUE = '<no value>';

const withoutNoValue = (text: string): string =>
  text.length >= NO_VALUE.length && text.includes(NO_VALUE) ? text.replaceAll(NO_VALUE, '') : text;

/**
 * One run of a template: its output so far and its cost. It uses plain fields, because creating private ones takes
 * longer than running many a template.
 */
export class Run implements CallContext {
  declare readonly structural: boolean;
  declare readonly kept: Kept | undefined;
  /** `constructor` of the objects whose own properties can be read directly; see field.ts. */
  declare readonly plainConstructor: unknown;
  /** Position of the present action, for errors without a better one. */
  declare at: number;
  /** Template calls under way, and the nesting of all actions around them. */
  declare depth: number;
  declare nesting: number;
  declare private readonly limits: Limits;
  declare private readonly options: RunOptions;
  /** Steps that are left. */
  declare private steps: number;
  declare private readonly granted: number;
  declare private length: number;
  declare private out: string;
  declare private readonly pieces: Fragment[];

  constructor(limits: Limits, structural: boolean, options: RunOptions) {
    this.structural = structural;
    this.kept = options.kept;
    this.plainConstructor = hasInheritedNames() ? noConstructor : Object;
    this.at = 0;
    this.depth = 0;
    this.nesting = 0;
    this.limits = limits;
    this.options = options;
    this.granted = Math.min(limits.steps, options.pool?.left ?? Infinity);
    this.steps = this.granted;
    this.length = 0;
    this.out = '';
    this.pieces = structural ? [] : noPieces;
  }

  now(): number {
    return (this.options.now ?? Date.now)();
  }

  random(): number {
    return (this.options.random ?? Math.random)();
  }

  /** Subtracts its cost from the pool, at its end. */
  settle(): void {
    const { pool } = this.options;
    if (pool) pool.left -= this.granted - Math.max(0, this.steps);
  }

  /** Reports a decision. Outcomes below zero are not decisions: the run is about to fail there. */
  decide(point: DecisionPoint, outcome: number): void {
    if (outcome >= 0) this.options.decided?.(point, outcome);
  }

  charge(steps: number): void {
    if ((this.steps -= steps) < 0) this.refuse('limit-steps', 'the run takes more than', 'steps');
  }

  checkLength(length: number): void {
    if (length > this.limits.valueLength)
      this.refuse('limit-value-length', 'a value has more than', 'characters');
  }

  checkCount(count: number): void {
    if (count > this.limits.listLength)
      this.refuse('limit-list-length', 'a list or map has more than', 'items');
  }

  private refuse(code: keyof typeof limitOf, what: string, unit: string): never {
    throw new LimitError(code, `${what} ${String(this.limits[limitOf[code]])} ${unit}`);
  }

  /**
   * Charges `steps`, and the steps for two strings of these lengths, if the run has them and no string is too long. If
   * it returns false, nothing was charged; charging them one by one then shows which limit is exceeded.
   */
  affords(steps: number, first: number, second: number): boolean {
    const all = steps + (first >> TEXT_SHIFT) + (second >> TEXT_SHIFT);
    const { valueLength } = this.limits;
    if (all > this.steps || first > valueLength || second > valueLength) return false;
    this.steps -= all;
    return true;
  }

  /** Charges a string that was read or made. Refuses one that is too long. */
  chargeText(length: number): void {
    this.checkLength(length);
    this.charge(length >> TEXT_SHIFT);
  }

  /** Text of the template itself. */
  writeText(text: string): void {
    this.count(text.length);
    if (this.structural) this.pushText(text);
    else this.out += text;
  }

  /** Prints a value as Go's `fmt.Print` does. A missing value prints nothing. */
  print(value: Value): void {
    if (value === undefined || value === null) return;
    if (this.structural) return this.printFragments(value);
    const text = typeof value === 'string' ? value : this.display(value);
    this.count(text.length);
    this.out += text;
  }

  private count(length: number): void {
    this.charge(1 + (length >> TEXT_SHIFT));
    if ((this.length += length) > this.limits.outputLength) {
      this.refuse('limit-output-length', 'the output has more than', 'characters');
    }
  }

  private display(value: Value): string {
    if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
    if (typeof value === 'number') return isInt64(value) ? String(value) : formatFloat(value, 'g', -1);
    return sprint([value], this);
  }

  private printFragments(value: Value): void {
    if (value instanceof Encoded) {
      this.count(value.text.length);
      for (const fragment of value.fragments) {
        if (fragment.kind === 'text') this.pushText(fragment.text);
        else this.pushValue(fragment);
      }
      return;
    }
    const text = typeof value === 'string' ? value : this.display(value);
    this.count(text.length);
    if (isStructure(value)) this.pushText(text);
    else this.pushValue({ kind: 'value', value: text, exact: false });
  }

  private pushText(text: string): void {
    const last = this.pieces.at(-1);
    if (text === '') return;
    if (last?.kind === 'text') this.pieces[this.pieces.length - 1] = { kind: 'text', text: last.text + text };
    else this.pieces.push({ kind: 'text', text });
  }

  private pushValue(fragment: Extract<Fragment, { kind: 'value' }>): void {
    // In text, an empty value leaves no trace either. An exact empty value is an empty string.
    if (fragment.value !== '' || fragment.exact) this.pieces.push(fragment);
  }

  /** The output of a run that writes text. */
  output(): string {
    return withoutNoValue(this.out);
  }

  /** The output of a structural run, with adjacent texts joined. */
  fragments(): Fragment[] {
    return this.pieces.map((fragment) =>
      fragment.kind === 'text'
        ? { kind: 'text', text: withoutNoValue(fragment.text) }
        : { ...fragment, value: withoutNoValue(fragment.value) },
    );
  }
}

const noConstructor = Symbol('no constructor');

// Nothing is ever added to it: a run that writes text has no fragments.
const noPieces: Fragment[] = [];

const limitOf = {
  'limit-steps': 'steps',
  'limit-value-length': 'valueLength',
  'limit-list-length': 'listLength',
  'limit-output-length': 'outputLength',
} as const satisfies Partial<Record<ErrorCode, keyof Limits>>;

/** Whether something was assigned to Object.prototype, so that every object seems to have it. */
function hasInheritedNames(): boolean {
  for (const _name in Object.prototype) return true;
  return false;
}

/** Numbers and booleans cannot change the structure of the text around them. */
function isStructure(value: Value): boolean {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return true;
  return value instanceof Num || (value instanceof Opaque && value.kind === 'complex');
}
