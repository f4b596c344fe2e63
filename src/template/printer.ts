import { Complex } from './complex.ts';
import { LimitError } from './errors.ts';
import { formatFloat } from './format.ts';
import type { Budget } from './limits.ts';
import type { FloatVerb } from './format.ts';
import { canBackquote, quote, quoteRune } from './quote.ts';
import { isPrint, runeCount, runePrefix, sortTexts, toBytes } from './text.ts';
import { entriesOf, isNilContainer, itemsOf, kindOf, numericValue, textOf, typeOf } from './types.ts';
import { Num, Opaque, TypedList } from './value.ts';
import type { Value } from './value.ts';

/* Prints one operand under one verb, after Go's fmt/format.go and the print functions of fmt/print.go. */

/** Deepest nesting of a printed value: a value that contains itself would never end. */
const MAX_DEPTH = 200;

export interface Flags {
  minus: boolean;
  plus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  /** `%+v` */
  plusV: boolean;
  /** `%#v` */
  sharpV: boolean;
  width: number | undefined;
  precision: number | undefined;
}

export const noFlags: Readonly<Flags> = {
  minus: false,
  plus: false,
  sharp: false,
  space: false,
  zero: false,
  plusV: false,
  sharpV: false,
  width: undefined,
  precision: undefined,
};

/**
 * Steps for each directive and each printed element. Also the number of bits of a float's exponent that cost one step.
 */
export const STEPS_PER_PIECE = 3;
const BITS_PER_STEP = 3;

/** Collects the printed text; `flags` are those of the present directive. */
export class Printer {
  flags: Flags = { ...noFlags };
  readonly #budget: Budget;
  #out = '';

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  finish(): string {
    this.#budget.checkLength(this.#out.length);
    return this.#out;
  }

  write(text: string): void {
    this.#out += text;
  }

  charge(steps: number): void {
    this.#budget.charge(steps);
  }

  pad(text: string): void {
    const { width, minus, zero } = this.flags;
    const missing = width === undefined ? 0 : width - runeCount(text);
    if (missing <= 0) this.write(text);
    else if (minus) this.write(text + this.#padding(missing, ' '));
    else this.write(this.#padding(missing, zero ? '0' : ' ') + text);
  }

  #padding(length: number, character: string): string {
    this.#budget.checkLength(this.#out.length + length);
    return character.repeat(length);
  }

  #padWithSpaces(text: string): void {
    const { zero } = this.flags;
    this.flags.zero = false;
    this.pad(text);
    this.flags.zero = zero;
  }

  /** Prints an operand; nil if it is missing. */
  print(value: Value, verb: string): void {
    if (value === undefined || value === null) {
      if (verb === 'v' || verb === 'T') this.pad('<nil>');
      else this.badVerb(verb, value);
    } else if (verb === 'T') {
      this.#string(typeOf(value), 's');
    } else if (verb === 'p') {
      this.#pointer(value);
    } else {
      this.#value(value, verb, 0);
    }
  }

  badVerb(verb: string, value: Value): void {
    this.write(`%!${verb}(`);
    if (value === undefined || value === null) {
      this.write('<nil>');
    } else {
      this.write(`${typeOf(value)}=`);
      this.#value(value, 'v', 0);
    }
    this.write(')');
  }

  // Addresses differ from run to run in Go too. All that can be printed is that there is one.
  #pointer(value: Value): void {
    const kind = kindOf(value);
    if (kind === 'map' || kind === 'slice') this.pad(this.flags.sharp ? 'c000000000' : '0xc000000000');
    else this.badVerb('p', value);
  }

  #value(value: Value, verb: string, depth: number): void {
    const text = textOf(value);
    if (text !== undefined) return this.#string(text, verb, value);
    switch (typeof value) {
      case 'boolean':
        if (verb === 't' || verb === 'v') return this.pad(String(value));
        return this.badVerb(verb, value);
      case 'number':
      case 'bigint':
        return this.#number(value, verb);
      default:
        this.#object(value, verb, depth);
    }
  }

  #number(value: Value, verb: string): void {
    const kind = kindOf(value);
    const number = numericValue(value);
    if (kind === 'float') this.#float(Number(number), verb, value);
    else this.#integer(number, kind === 'uint', verb, value);
  }

  #object(value: Value, verb: string, depth: number): void {
    if (value instanceof Num) return this.#number(value, verb);
    if (value instanceof Complex) return this.#complex(value, verb);
    if (value instanceof Opaque) return this.#opaque(value, verb);
    if (depth > MAX_DEPTH) {
      throw new LimitError(
        'limit-nesting',
        `a printed value is nested more than ${String(MAX_DEPTH)} deep, or contains itself`,
      );
    }
    if (verb === 'w') return this.badVerb(verb, value);
    this.#budget.charge(STEPS_PER_PIECE);
    if (value instanceof TypedList && value.elem === 'uint8' && this.#bytes(value, verb, depth)) return;
    if (this.flags.sharpV && isNilContainer(value)) return this.write(`${typeOf(value)}(nil)`);
    const items = itemsOf(value);
    if (items) this.#list(value, items, verb, depth);
    else this.#map(value, verb, depth);
  }

  #list(value: Value, items: readonly Value[], verb: string, depth: number): void {
    const { sharpV } = this.flags;
    this.write(sharpV ? `${typeOf(value)}{` : '[');
    items.forEach((item, i) => {
      if (i > 0) this.write(sharpV ? ', ' : ' ');
      this.#element(item, verb, depth);
    });
    this.write(sharpV ? '}' : ']');
  }

  #map(value: Value, verb: string, depth: number): void {
    const { sharpV } = this.flags;
    const entries = entriesOf(value) ?? {};
    this.write(sharpV ? `${typeOf(value)}{` : 'map[');
    const keys = sortTexts(Object.keys(entries), this.#budget);
    keys.forEach((key, i) => {
      if (i > 0) this.write(sharpV ? ', ' : ' ');
      this.#string(key, verb);
      this.write(':');
      this.#element(entries[key], verb, depth);
    });
    this.write(sharpV ? '}' : ']');
  }

  #element(value: Value, verb: string, depth: number): void {
    this.#budget.charge(STEPS_PER_PIECE);
    if (value === undefined || value === null) this.write(this.flags.sharpV ? 'interface {}(nil)' : '<nil>');
    else this.#value(value, verb, depth + 1);
    this.#budget.checkLength(this.#out.length);
  }

  /** Bytes are printed as text under the verbs for text. */
  #bytes(value: TypedList, verb: string, depth: number): boolean {
    const { sharpV } = this.flags;
    if (/^[sqxX]$/.test(verb)) {
      const bytes = Uint8Array.from(value.items, (item) => Number(numericValue(item)));
      if (verb === 'x' || verb === 'X') this.#hexBytes(bytes, verb);
      else this.#string(Array.from(bytes, byteText).join(''), verb);
      return true;
    }
    if (verb === 'v' && sharpV && depth === 0) {
      const items = value.items.map((item) => `0x${numericValue(item).toString(16)}`);
      this.write(`[]byte{${items.join(', ')}}`);
      return true;
    }
    return false;
  }

  #opaque(value: Opaque, verb: string): void {
    if (this.flags.sharpV && verb === 'v') return this.#string(value.goString(), 's');
    if (/^[vsxXq]$/.test(verb)) return this.#string(value.toString(), verb, value);
    if (value.kind === 'struct' || value.kind === 'complex') return this.badVerb(verb, value);
    this.#number(value, verb);
  }

  #string(text: string, verb: string, value: Value = text): void {
    const { sharpV, sharp, plus, precision } = this.flags;
    if (verb === 'x' || verb === 'X') return this.#hexBytes(toBytes(text), verb);
    const cut = precision === undefined ? text : runePrefix(text, precision);
    if (verb === 's' || (verb === 'v' && !sharpV)) return this.pad(cut);
    if (verb !== 'q' && verb !== 'v') return this.badVerb(verb, value);
    this.pad(sharp && canBackquote(cut) ? `\`${cut}\`` : quote(cut, plus, this.#budget));
  }

  #hexBytes(bytes: Uint8Array, verb: string): void {
    const { precision, space, sharp, width, minus } = this.flags;
    const shown = precision === undefined ? bytes : bytes.subarray(0, precision);
    if (shown.length === 0) {
      if (width !== undefined) this.write(this.#padding(width, this.#padCharacter()));
      return;
    }
    this.#budget.checkLength(this.#out.length + shown.length * 2);
    const prefix = sharp ? `0${verb}` : '';
    const pairs = Array.from(shown, (byte) => {
      const pair = byte.toString(16).padStart(2, '0');
      return verb === 'X' ? pair.toUpperCase() : pair;
    });
    const text = space ? pairs.map((pair) => prefix + pair).join(' ') : prefix + pairs.join('');
    const missing = Math.max(0, (width ?? 0) - text.length);
    this.write(
      minus ? text + this.#padding(missing, ' ') : this.#padding(missing, this.#padCharacter()) + text,
    );
  }

  #padCharacter(): string {
    return this.flags.zero && !this.flags.minus ? '0' : ' ';
  }

  #integer(value: number | bigint, unsigned: boolean, verb: string, original: Value): void {
    switch (verb) {
      case 'v':
        if (!this.flags.sharpV || !unsigned) return this.#digits(value, 10, verb);
        this.flags.sharp = true;
        this.#digits(value, 16, verb);
        this.flags.sharp = false;
        return;
      case 'd':
        return this.#digits(value, 10, verb);
      case 'b':
        return this.#digits(value, 2, verb);
      case 'o':
      case 'O':
        return this.#digits(value, 8, verb);
      case 'x':
      case 'X':
        return this.#digits(value, 16, verb);
      case 'c':
        return this.pad(String.fromCodePoint(codePoint(value)));
      case 'q':
        return this.pad(quoteRune(codePoint(value), this.flags.plus));
      case 'U':
        return this.#unicode(value);
      default:
        this.badVerb(verb, original);
    }
  }

  #digits(value: number | bigint, base: 2 | 8 | 10 | 16, verb: string): void {
    const { precision, width, zero, minus, plus, space, sharp } = this.flags;
    if (precision === 0 && (value === 0 || value === 0n)) {
      if (width !== undefined) this.write(this.#padding(width, ' '));
      return;
    }
    const negative = value < 0;
    const sign = negative ? '-' : plus ? '+' : space ? ' ' : '';
    let digits = (negative ? -value : value).toString(base);
    if (verb === 'X') digits = digits.toUpperCase();
    let least = precision ?? 0;
    if (precision === undefined && zero && !minus && width !== undefined) least = width - sign.length;
    if (least > digits.length) digits = this.#padding(least - digits.length, '0') + digits;
    this.#padWithSpaces(sign + integerPrefix(digits, base, verb, sharp) + digits);
  }

  #unicode(value: number | bigint): void {
    const unsigned = BigInt.asUintN(64, BigInt(value));
    const least = Math.max(4, this.flags.precision ?? 0);
    const hex = unsigned.toString(16).toUpperCase();
    const digits = hex.length < least ? this.#padding(least - hex.length, '0') + hex : hex;
    const character = unsigned <= 0x10ffffn ? String.fromCodePoint(Number(unsigned)) : '';
    const shown = this.flags.sharp && isPrint(character) ? ` '${character}'` : '';
    this.#padWithSpaces(`U+${digits}${shown}`);
  }

  #float(value: number, verb: string, original: Value): void {
    const size = original instanceof Num && original.kind === 'float32' ? 32 : 64;
    const form = floatForms.get(verb);
    if (!form) return this.badVerb(verb, original);
    this.#formatFloat(value, size, form.verb, form.precision, verb);
  }

  #complex(value: Complex, verb: string): void {
    const form = floatForms.get(verb);
    if (!form) return this.badVerb(verb, value);
    const { plus } = this.flags;
    this.write('(');
    this.#formatFloat(value.real, 64, form.verb, form.precision, verb);
    this.flags.plus = true;
    this.#formatFloat(value.imaginary, 64, form.verb, form.precision, verb);
    this.write('i)');
    this.flags.plus = plus;
  }

  #formatFloat(value: number, size: 32 | 64, form: FloatVerb, defaultPrecision: number, verb: string): void {
    const { precision = defaultPrecision, plus, space, sharp, zero, minus, width } = this.flags;
    this.#budget.checkLength(this.#out.length + precision);
    // Exact digits come from an integer that has as many digits as the exponent is large.
    if (precision >= 0)
      this.#budget.charge(Math.ceil(Math.abs(Math.log2(Math.abs(value) || 1)) / BITS_PER_STEP));
    let text = formatFloat(value, form, precision, size);
    if (!/^[-+]/.test(text)) text = `+${text}`;
    let sign = text.charAt(0);
    if (space && sign === '+' && !plus) sign = ' ';
    let digits = text.slice(1);
    const shownSign = plus || sign !== '+' ? sign : '';
    if (!Number.isFinite(value)) {
      // The sign of an infinity is always printed; that of NaN only if a flag asks for it.
      return this.#padWithSpaces((Number.isNaN(value) && !space && !plus ? '' : sign) + digits);
    }
    if (sharp && verb !== 'b') digits = withPoint(digits, form, precision);
    if (shownSign !== '' && zero && !minus && width !== undefined && width > digits.length + 1) {
      return this.write(shownSign + this.#padding(width - digits.length - 1, '0') + digits);
    }
    this.pad(shownSign + digits);
  }
}

const byteText = (byte: number): string => String.fromCharCode(byte < 0x80 ? byte : 0xdc00 | byte);

function integerPrefix(digits: string, base: 2 | 8 | 10 | 16, verb: string, sharp: boolean): string {
  if (verb === 'O') return sharp && !digits.startsWith('0') ? '0o0' : '0o';
  if (!sharp) return '';
  if (base === 2) return '0b';
  if (base === 8) return digits.startsWith('0') ? '' : '0';
  return base === 16 ? (verb === 'X' ? '0X' : '0x') : '';
}

/** A code point for `%c` and `%q`: U+FFFD for an invalid one. */
function codePoint(value: number | bigint): number {
  if (value < 0 || value > 0x10ffff) return 0xfffd;
  const point = Number(value);
  return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
}

const floatForms: ReadonlyMap<string, { readonly verb: FloatVerb; readonly precision: number }> = new Map([
  ['v', { verb: 'g', precision: -1 }],
  ['b', { verb: 'b', precision: -1 }],
  ['g', { verb: 'g', precision: -1 }],
  ['G', { verb: 'G', precision: -1 }],
  ['x', { verb: 'x', precision: -1 }],
  ['X', { verb: 'X', precision: -1 }],
  ['f', { verb: 'f', precision: 6 }],
  ['F', { verb: 'f', precision: 6 }],
  ['e', { verb: 'e', precision: 6 }],
  ['E', { verb: 'E', precision: 6 }],
]);

/** Under `#` there is always a point, and `g` keeps its trailing zeros. */
function withPoint(text: string, verb: FloatVerb, precision: number): string {
  const hex = verb === 'x' || verb === 'X';
  const exponent = text.search(hex ? /[pP]/ : /[eE]/);
  const tail = exponent < 0 ? '' : text.slice(exponent);
  let digits = exponent < 0 ? text : text.slice(0, exponent);
  let wanted = verb === 'g' || verb === 'G' || verb === 'x' ? (precision === -1 ? 6 : precision) : 0;
  wanted -= digits.replace('.', '').replace(/^0+/, '').length;
  if (!digits.includes('.')) {
    if (digits === '0') wanted--;
    digits += '.';
  }
  return digits + '0'.repeat(Math.max(0, wanted)) + tail;
}
