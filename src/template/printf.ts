import { noFlags, Printer, STEPS_PER_PIECE } from './printer.ts';
import type { Budget } from './limits.ts';
import type { Flags } from './printer.ts';
import { kindOf, numericValue, textOf, typeOf } from './types.ts';
import { Encoded, Num } from './value.ts';
import type { Fragment, Value } from './value.ts';

/*
 * Go's fmt.Sprint, Sprintln and Sprintf, after fmt/print.go: every verb and flag, for the values that templates have.
 */

/** Largest width or precision, as in Go's `tooLarge`. */
const MAX_WIDTH = 1_000_000;

/** Go's `fmt.Sprintf`. A missing argument value is nil. @throws LimitError past a length or nesting limit */
export function sprintf(format: string, args: readonly Value[], budget: Budget): string {
  const printer = new Printer(budget);
  new FormatReader(printer, format, args).run();
  return printer.finish();
}

/** Go's `fmt.Sprint`: spaces between operands when neither is a string. @throws LimitError as {@link sprintf} */
export function sprint(args: readonly Value[], budget: Budget): string {
  const printer = new Printer(budget);
  let afterString = true;
  for (const arg of args) {
    const isString = textOf(arg) !== undefined;
    if (!isString && !afterString) printer.write(' ');
    printer.print(arg, 'v');
    afterString = isString;
  }
  return printer.finish();
}

/** Go's `fmt.Sprintln`. @throws LimitError as {@link sprintf} */
export function sprintln(args: readonly Value[], budget: Budget): string {
  const printer = new Printer(budget);
  args.forEach((arg, i) => {
    if (i > 0) printer.write(' ');
    printer.print(arg, 'v');
  });
  printer.write('\n');
  return printer.finish();
}

/** A format of literal text and of verbs without flags, width or index. */
const simpleFormat = /^(?:[^%]|%[%svqdt])*$/;

/**
 * {@link sprintf} in a structural run. A format in the template's own text is structure, like the rest of that text,
 * and printed texts are values in it. `undefined` for a format that came from data, or that pads or reorders.
 */
export function sprintfStructure(format: Value, args: readonly Value[], budget: Budget): Encoded | undefined {
  if (!isLiteral(format) || !simpleFormat.test(format.text)) return undefined;
  const parts = format.text.split(/(%[%svqdt])/);
  const verbs = parts.filter((part, index) => index % 2 === 1 && part !== '%%');
  if (verbs.length !== args.length) return undefined;
  let next = 0;
  const fragments = parts.flatMap((part, index): readonly Fragment[] => {
    if (index % 2 === 0) return [{ kind: 'text', text: part }];
    if (part === '%%') return [{ kind: 'text', text: '%' }];
    const arg = args[next++];
    budget.charge(STEPS_PER_PIECE);
    return printed(part, arg, budget);
  });
  return encodedOf(fragments, budget);
}

/** {@link sprint} in a structural run, if an argument is the template's own text or was written by an encoder. */
export function sprintStructure(args: readonly Value[], budget: Budget): Encoded | undefined {
  if (!args.some((arg) => arg instanceof Encoded)) return undefined;
  let afterString = true;
  const fragments = args.flatMap((arg): readonly Fragment[] => {
    const isString = textOf(arg) !== undefined;
    const space: readonly Fragment[] = !isString && !afterString ? [{ kind: 'text', text: ' ' }] : [];
    afterString = isString;
    return [...space, ...printed('%v', arg, budget)];
  });
  return encodedOf(fragments, budget);
}

/** Whether a text is part of the template itself. */
const isLiteral = (value: Value): value is Encoded =>
  value instanceof Encoded && value.fragments.every(({ kind }) => kind === 'text');

function printed(verb: string, arg: Value, budget: Budget): readonly Fragment[] {
  const text = textOf(arg);
  if (text === undefined) {
    const written = sprintf(verb, [arg], budget);
    const cannotBreakOut = ['boolean', 'number', 'bigint'].includes(typeof arg) || arg instanceof Num;
    return [
      cannotBreakOut && !written.includes('%!')
        ? { kind: 'text', text: written }
        : { kind: 'value', value: written, exact: false },
    ];
  }
  if (verb === '%q')
    return [{ kind: 'value', value: text, exact: true, encoded: sprintf(verb, [text], budget) }];
  if (verb === '%d' || verb === '%t')
    return [{ kind: 'value', value: sprintf(verb, [text], budget), exact: false }];
  return arg instanceof Encoded ? arg.fragments : [{ kind: 'value', value: text, exact: false }];
}

function encodedOf(fragments: readonly Fragment[], budget: Budget): Encoded {
  const text = fragments
    .map((fragment) => (fragment.kind === 'text' ? fragment.text : (fragment.encoded ?? fragment.value)))
    .join('');
  budget.checkLength(text.length);
  return new Encoded(
    text,
    fragments.filter((fragment) => fragment.kind === 'value' || fragment.text !== ''),
  );
}

/** Reads a format and prints its arguments, after `doPrintf`. */
class FormatReader {
  readonly #printer: Printer;
  readonly #format: string;
  readonly #args: readonly Value[];
  #position = 0;
  #arg = 0;
  /** Whether an index such as `[3]` was used: then leftover arguments are not reported. */
  #reordered = false;
  #goodIndex = true;
  /** Whether the last thing read was an index. */
  #afterIndex = false;

  constructor(printer: Printer, format: string, args: readonly Value[]) {
    this.#printer = printer;
    this.#format = format;
    this.#args = args;
  }

  run(): void {
    const format = this.#format;
    while (this.#position < format.length) {
      const percent = format.indexOf('%', this.#position);
      const end = percent < 0 ? format.length : percent;
      this.#printer.write(format.slice(this.#position, end));
      this.#position = end + 1;
      if (percent >= 0) this.#directive();
    }
    if (!this.#reordered && this.#arg < this.#args.length) this.#extra();
  }

  #directive(): void {
    this.#printer.charge(STEPS_PER_PIECE);
    this.#goodIndex = true;
    this.#afterIndex = false;
    this.#readFlags();
    this.#readIndex();
    this.#readWidth();
    this.#readPrecision();
    if (!this.#afterIndex) this.#readIndex();
    const point = this.#format.codePointAt(this.#position);
    if (point === undefined) {
      this.#printer.write('%!(NOVERB)');
      return;
    }
    const verb = String.fromCodePoint(point);
    this.#position += verb.length;
    this.#verb(verb);
  }

  #verb(verb: string): void {
    const printer = this.#printer;
    if (verb === '%') printer.write('%');
    else if (!this.#goodIndex) printer.write(`%!${verb}(BADINDEX)`);
    else if (this.#arg >= this.#args.length) printer.write(`%!${verb}(MISSING)`);
    else {
      const { flags } = printer;
      if (verb === 'v') {
        flags.sharpV = flags.sharp;
        flags.sharp = false;
        flags.plusV = flags.plus;
        flags.plus = false;
      }
      printer.print(this.#args[this.#arg++], verb);
    }
  }

  #extra(): void {
    const printer = this.#printer;
    printer.flags = { ...noFlags };
    printer.write('%!(EXTRA ');
    this.#args.slice(this.#arg).forEach((arg, i) => {
      if (i > 0) printer.write(', ');
      if (arg !== undefined && arg !== null) printer.write(`${typeOf(arg)}=`);
      printer.print(arg, 'v');
    });
    printer.write(')');
  }

  #readFlags(): void {
    const flags: Flags = { ...noFlags };
    this.#printer.flags = flags;
    for (; ; this.#position++) {
      switch (this.#format[this.#position]) {
        case '#':
          flags.sharp = true;
          break;
        case '0':
          flags.zero = !flags.minus;
          break;
        case '+':
          flags.plus = true;
          break;
        case '-':
          flags.minus = true;
          flags.zero = false;
          break;
        case ' ':
          flags.space = true;
          break;
        default:
          return;
      }
    }
  }

  #readWidth(): void {
    const { flags } = this.#printer;
    if (this.#format[this.#position] === '*') {
      this.#position++;
      const width = this.#intArgument();
      if (width === undefined) this.#printer.write('%!(BADWIDTH)');
      else {
        flags.width = Math.abs(width);
        if (width < 0) {
          flags.minus = true;
          flags.zero = false;
        }
      }
      this.#afterIndex = false;
      return;
    }
    flags.width = this.#readNumber();
    // "%[3]2d": the index must be directly before the verb.
    if (this.#afterIndex && flags.width !== undefined) this.#goodIndex = false;
  }

  #readPrecision(): void {
    if (this.#format[this.#position] !== '.' || this.#position + 1 >= this.#format.length) return;
    this.#position++;
    if (this.#afterIndex) this.#goodIndex = false;
    this.#readIndex();
    const { flags } = this.#printer;
    if (this.#format[this.#position] === '*') {
      this.#position++;
      const precision = this.#intArgument();
      if (precision === undefined || precision < 0) this.#printer.write('%!(BADPREC)');
      else flags.precision = precision;
      this.#afterIndex = false;
    } else {
      flags.precision = this.#readNumber() ?? 0;
    }
  }

  /** An index such as `[3]`, counted from 1. */
  #readIndex(): void {
    this.#afterIndex = false;
    if (this.#format[this.#position] !== '[') return;
    this.#reordered = true;
    // Go looks for the bracket only if a digit fits before it.
    const isShort = this.#format.length - this.#position < 3;
    const close = isShort ? -1 : this.#format.indexOf(']', this.#position + 1);
    const index = close < 0 ? undefined : parseIndex(this.#format.slice(this.#position + 1, close));
    this.#position = close < 0 ? this.#position + 1 : close + 1;
    this.#afterIndex = index !== undefined;
    if (index !== undefined && index >= 1 && index <= this.#args.length) this.#arg = index - 1;
    else this.#goodIndex = false;
  }

  /** An argument for `*`; `undefined` if it is not an integer or too large. */
  #intArgument(): number | undefined {
    if (this.#arg >= this.#args.length) return undefined;
    const arg = this.#args[this.#arg++];
    const kind = kindOf(arg);
    if (kind !== 'int' && kind !== 'uint') return undefined;
    const value = Number(numericValue(arg));
    return Math.abs(value) > MAX_WIDTH ? undefined : value;
  }

  /** Digits of a width or precision. A number beyond all limits consumes the rest of the format, as in Go. */
  #readNumber(): number | undefined {
    const start = this.#position;
    let value = 0;
    for (; isDigit(this.#format[this.#position]); this.#position++) {
      if (value > MAX_WIDTH) {
        this.#position = this.#format.length;
        return undefined;
      }
      value = value * 10 + Number(this.#format[this.#position]);
    }
    return this.#position === start ? undefined : value;
  }
}

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && /^[0-9]$/.test(character);

function parseIndex(text: string): number | undefined {
  return /^[0-9]{1,7}$/.test(text) ? Number(text) : undefined;
}
