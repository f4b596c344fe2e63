import { formatFloat } from '../../template/format.ts';
import type { CallContext } from '../../template/function.ts';
import { byteLength, runeCount } from '../../template/text.ts';
import { entriesOf, isInt64, isNilContainer, itemsOf } from '../../template/types.ts';
import { Encoded, Num, Opaque } from '../../template/value.ts';
import type { Value } from '../../template/value.ts';
import { chargeText } from '../define.ts';
import { base64OfBytes } from '../chapters/encoding.ts';
import { EncodingSink, isSafeKey } from '../fragments.ts';
import { jsonString } from '../chapters/json.ts';
import { checkDepth, SprigValue, UnsupportedValue } from '../kinds.ts';
import { isDigit, isLetter, runeClass } from '../runes.ts';
import { runesOf } from '../words.ts';
import { isPlainString } from './resolve.ts';

/*
 * YAML as sigs.k8s.io/yaml writes it, through JSON and gopkg.in/yaml.v2: keys in natural order, two spaces per level,
 * lists in maps not indented, lines folded after 80 columns. The names of the style decisions are libyaml's.
 */

const BEST_INDENT = 2;
const BEST_WIDTH = 80;

/** Longest key that may be on one line with its value. */
const LONGEST_SIMPLE_KEY = 128;

/** Longest key in JSON, including its quotes, that yaml.v2 accepts as a key. */
const LONGEST_JSON_KEY = 1024;

/** Steps for a value, in addition to those for its text. */
const STEPS_PER_NODE = 10;

/** Writes YAML: a document without its last line break. */
export class YamlWriter {
  readonly #sink: EncodingSink;
  readonly #context: CallContext;
  /** Text that was not passed to the sink yet. */
  #buffer = '';
  #column = 0;
  #indent = -1;
  /** Whether the last character was white space, or an indicator that needs none after it. */
  #whitespace = true;
  /** Whether the present line has only indentation and indicators so far. */
  #indention = true;

  constructor(context: CallContext) {
    this.#context = context;
    this.#sink = new EncodingSink(context);
  }

  /** Writes a value. @throws UnsupportedValue if JSON cannot express it */
  write(value: Value): Value {
    this.#node(value, 'root', 0);
    // A literal scalar ends with the document's last line break.
    if (this.#buffer.endsWith('\n')) this.#buffer = this.#buffer.slice(0, -1);
    this.#flush();
    return this.#sink.result();
  }

  #put(text: string): void {
    this.#buffer += text;
    this.#column += runeCount(text);
  }

  #break(): void {
    this.#buffer += '\n';
    this.#column = 0;
  }

  #flush(): void {
    this.#sink.structure(this.#buffer);
    this.#buffer = '';
  }

  #writeIndent(): void {
    const indent = Math.max(0, this.#indent);
    if (!this.#indention || this.#column > indent || (this.#column === indent && !this.#whitespace))
      this.#break();
    if (this.#column < indent) this.#put(' '.repeat(indent - this.#column));
    this.#whitespace = true;
    this.#indention = true;
  }

  #indicator(text: string, needsSpace: boolean, isIndention = false): void {
    if (needsSpace && !this.#whitespace) this.#put(' ');
    this.#put(text);
    this.#whitespace = false;
    this.#indention = this.#indention && isIndention;
  }

  #indented(flow: boolean, indentless: boolean, write: () => void): void {
    const before = this.#indent;
    if (before < 0) this.#indent = flow ? BEST_INDENT : 0;
    else if (!indentless) this.#indent += BEST_INDENT;
    write();
    this.#indent = before;
  }

  #node(value: Value, place: 'root' | 'item' | 'value', depth: number): void {
    this.#context.charge(STEPS_PER_NODE);
    checkDepth(depth);
    if (value instanceof SprigValue) return this.#node(value.toJsonValue(), place, depth + 1);
    const text = textOf(value);
    if (text !== undefined) return this.#string(text, false);
    const scalar = scalarOf(value);
    if (scalar !== undefined) return this.#plain(scalar);
    const items = itemsOf(value);
    if (items) this.#sequence(items, place, depth);
    else this.#mapping(value, depth);
  }

  #sequence(items: readonly Value[], place: 'root' | 'item' | 'value', depth: number): void {
    if (items.length === 0) return this.#indicator('[]', true);
    this.#indented(false, place === 'value' && !this.#indention, () => {
      for (const item of items) {
        this.#writeIndent();
        this.#indicator('-', true, true);
        this.#node(item, 'item', depth + 1);
      }
    });
  }

  #mapping(value: Value, depth: number): void {
    const entries = entriesOf(value) ?? {};
    const keys = sortedNaturally(Object.keys(entries), this.#context);
    this.#context.charge(keys.length * STEPS_PER_NODE);
    if (keys.length === 0) return this.#indicator('{}', true);
    this.#indented(false, false, () => {
      for (const key of keys) {
        this.#writeIndent();
        this.#key(key);
        this.#node(entries[key], 'value', depth + 1);
      }
    });
  }

  #key(key: string): void {
    checkJsonKey(key);
    const { text, hasBreak } = analyze(throughJson(key));
    if (!hasBreak && byteLength(text) <= LONGEST_SIMPLE_KEY) {
      this.#string(key, true);
      this.#indicator(':', false);
      return;
    }
    this.#indicator('?', true, true);
    this.#string(key, false);
    this.#writeIndent();
    this.#indicator(':', true, true);
  }

  #plain(text: string): void {
    if (!this.#whitespace) this.#put(' ');
    this.#put(text);
    this.#whitespace = false;
    this.#indention = false;
  }

  #string(original: string, isKey: boolean): void {
    chargeText(this.#context, original.length * 32);
    const value = throughJson(original);
    const analysis = analyze(value);
    const isStructure = isKey && isSafeKey(value);
    if (!this.#whitespace) this.#put(' ');
    this.#whitespace = true;
    if (!isStructure) this.#flush();
    this.#indented(true, false, () => {
      this.#scalar(analysis, styleOf(analysis, isKey), !isKey);
    });
    if (isStructure) return;
    // The last line break belongs to the document, so it must stay outside the value's placeholder.
    const endsLine = this.#buffer.endsWith('\n');
    this.#sink.string(value, endsLine ? this.#buffer.slice(0, -1) : this.#buffer);
    this.#buffer = endsLine ? '\n' : '';
  }

  #scalar({ text }: Analysis, style: Style, mayFold: boolean): void {
    switch (style) {
      case 'literal':
        this.#literal(text);
        return;
      case 'double':
        this.#doubleQuoted(text, mayFold);
        return;
      case 'single':
        this.#put("'");
        this.#flowText(text, mayFold, true);
        this.#put("'");
        break;
      case 'plain':
        this.#flowText(text, mayFold, false);
        break;
    }
    this.#whitespace = false;
    this.#indention = false;
  }

  /** A plain or single-quoted scalar. Folds at single spaces beyond the width. */
  #flowText(text: string, mayFold: boolean, quoted: boolean): void {
    let afterSpace = false;
    let afterBreak = false;
    const runes = [...text];
    runes.forEach((rune, i) => {
      if (rune === ' ') {
        const folds = mayFold && !afterSpace && this.#column > BEST_WIDTH && runes[i + 1] !== ' ';
        const inside = !quoted || (i > 0 && i < runes.length - 1);
        if (folds && inside) this.#writeIndent();
        else this.#put(rune);
        afterSpace = true;
        return;
      }
      if (isBreak(rune)) {
        if (!afterBreak && rune === '\n') this.#break();
        this.#writeBreak(rune);
        afterBreak = true;
        return;
      }
      if (afterBreak) this.#writeIndent();
      this.#put(quoted && rune === "'" ? "''" : rune);
      this.#indention = false;
      afterSpace = false;
      afterBreak = false;
    });
  }

  #writeBreak(rune: string): void {
    if (rune === '\n') this.#break();
    else {
      this.#buffer += rune;
      this.#column = 0;
    }
    this.#indention = true;
  }

  #doubleQuoted(text: string, mayFold: boolean): void {
    this.#indicator('"', true);
    const runes = [...text];
    // libyaml's test for a byte order mark always looks at the start of the text.
    const escapesAll = text.startsWith('\ufeff');
    let afterSpace = false;
    runes.forEach((rune, i) => {
      if (escapesAll || !isPrintable(rune) || isBreak(rune) || rune === '"' || rune === '\\') {
        this.#put(escapeRune(rune));
        afterSpace = false;
      } else if (
        rune === ' ' &&
        mayFold &&
        !afterSpace &&
        this.#column > BEST_WIDTH &&
        i > 0 &&
        i < runes.length - 1
      ) {
        this.#writeIndent();
        if (runes[i + 1] === ' ') this.#put('\\');
        afterSpace = true;
      } else {
        this.#put(rune);
        afterSpace = rune === ' ';
      }
    });
    this.#put('"');
    this.#whitespace = false;
    this.#indention = false;
  }

  #literal(text: string): void {
    const hint = /^[ \n\r\u0085\u2028\u2029]/.test(text) ? String(BEST_INDENT) : '';
    this.#put(`|${hint}${chomping(text)}`);
    this.#break();
    this.#indention = true;
    this.#whitespace = true;
    let afterBreak = true;
    for (const line of text.match(/[\n\r\u0085\u2028\u2029]|[^\n\r\u0085\u2028\u2029]+/g) ?? []) {
      if (isBreak(line)) {
        this.#writeBreak(line);
        afterBreak = true;
        continue;
      }
      if (afterBreak) this.#writeIndent();
      this.#put(line);
      this.#indention = false;
      afterBreak = false;
    }
  }
}

/** How many of the line breaks at the end count: `-` none, `+` all, otherwise one. */
function chomping(text: string): string {
  if (!/[\n\r\u0085\u2028\u2029]$/.test(text)) return '-';
  return /^[^]$|[\n\r\u0085\u2028\u2029]{2}$/.test(text) ? '+' : '';
}

function textOf(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Encoded) return value.text;
  return base64OfBytes(value);
}

/** The text of a scalar that is not a string; `undefined` for lists and maps. */
function scalarOf(value: Value): string | undefined {
  if (value === null || value === undefined || isNilContainer(value)) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Num) return formatNumber(value.value);
  if (typeof value === 'number' || typeof value === 'bigint') return formatNumber(value);
  if (value instanceof Opaque) throw new UnsupportedValue(`json: unsupported type: ${value.type}`);
  return undefined;
}

/**
 * A number after its conversion through JSON: a float that JSON writes like an integer becomes one, if it fits 64 bits.
 */
function formatNumber(value: number | bigint): string {
  if (typeof value === 'bigint' || isInt64(value)) return String(value);
  if (!Number.isFinite(value)) throw new UnsupportedValue(`json: unsupported value: ${String(value)}`);
  const json = String(value);
  const isInteger = /^-?[0-9]+$/.test(json) && BigInt(json) >= -(2n ** 63n) && BigInt(json) < 2n ** 64n;
  return isInteger ? json : formatFloat(value, 'g', -1);
}

/**
 * A string after the JSON in between has been read as YAML: control characters beyond ASCII are refused, and a
 * next-line character is a line break in a quoted scalar, folded to a space.
 *
 * @throws UnsupportedValue
 */
function throughJson(text: string): string {
  const valid = text.isWellFormed() ? text : runesOf(text).join('');
  if (/[\x7f-\x84\x86-\x9f\ufffe\uffff]/.test(valid))
    throw new UnsupportedValue('error converting JSON to YAML: yaml: control characters are not allowed');
  if (!valid.includes('\u0085')) return valid;
  return valid.replace(/[ \u0085]+/g, (blanks) => {
    const breaks = blanks.replaceAll(' ', '').length;
    if (breaks === 0) return blanks;
    return breaks === 1 ? ' ' : '\n'.repeat(breaks - 1);
  });
}

/** A key of the JSON in between must be short and on one line. @throws UnsupportedValue */
function checkJsonKey(key: string): void {
  if (key.includes('\u0085') || runeCount(jsonString(key)) > LONGEST_JSON_KEY)
    throw new UnsupportedValue(
      `error converting JSON to YAML: yaml: a key is longer than ${String(LONGEST_JSON_KEY)} characters or has a line break`,
    );
}

interface Analysis {
  readonly text: string;
  readonly hasBreak: boolean;
  readonly blockPlainAllowed: boolean;
  readonly singleQuotedAllowed: boolean;
  readonly blockAllowed: boolean;
}

/** The result of libyaml's `analyze_scalar`, for block context. */
function analyze(text: string): Analysis {
  const hasBreak = /[\n\r\u0085\u2028\u2029]/.test(text);
  const isSpecial = / [\n\r\u0085\u2028\u2029]/.test(text) || hasUnprintable(text);
  const hasBreakSpace = /[\n\r\u0085\u2028\u2029] /.test(text);
  const edge = /^[ \n\r\u0085\u2028\u2029]|[ \n\r\u0085\u2028\u2029]$/.test(text);
  return {
    text,
    hasBreak,
    blockPlainAllowed: !edge && !hasBreak && !isSpecial && !hasBlockIndicators(text),
    singleQuotedAllowed: !hasBreakSpace && !isSpecial,
    blockAllowed: text !== '' && !text.endsWith(' ') && !isSpecial,
  };
}

function hasBlockIndicators(text: string): boolean {
  return /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?:[ \t]|$))|:(?:[ \t]|$)|[ \t\n\r\u0085\u2028\u2029\0]#/.test(
    text,
  );
}

function hasUnprintable(text: string): boolean {
  return /[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(text);
}

/** go-yaml's `is_printable`, which excludes tabs and everything beyond the basic plane. */
const isPrintable = runeClass(/^[\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/);

const isBreak = runeClass(/^[\n\r\u0085\u2028\u2029]$/);

type Style = 'plain' | 'single' | 'double' | 'literal';

function styleOf(analysis: Analysis, isSimpleKey: boolean): Style {
  const { text, hasBreak, blockAllowed, blockPlainAllowed, singleQuotedAllowed } = analysis;
  if (isSimpleKey && hasBreak) return 'double';
  if (text.includes('\n')) return blockAllowed && !isSimpleKey ? 'literal' : 'double';
  if (!isPlainString(text) || isBase60(text)) return 'double';
  if (blockPlainAllowed) return 'plain';
  return singleQuotedAllowed ? 'single' : 'double';
}

/** Numbers of base 60, as in YAML 1.1: other readers may still read them as numbers. */
function isBase60(text: string): boolean {
  return /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(text);
}

const escapes: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

function escapeRune(rune: string): string {
  const short = escapes[rune];
  if (short !== undefined) return `\\${short}`;
  const point = rune.codePointAt(0) ?? 0;
  const [letter, width] = point <= 0xff ? ['x', 2] : point <= 0xffff ? ['u', 4] : ['U', 8];
  return `\\${letter}${point.toString(16).toUpperCase().padStart(width, '0')}`;
}

const isDigitAt = (runes: readonly string[], at: number): boolean => isDigit(runes[at] ?? ' ');

/** How many runes cost a step when keys are compared for sorting. */
const COMPARED_PER_STEP = 4;

/** Keys in yaml.v2's order. Where they contain numbers, it is the order of the numbers. */
function sortedNaturally(keys: readonly string[], context: CallContext): string[] {
  const length = keys.reduce((sum, key) => sum + key.length, 0);
  context.charge(Math.ceil((length * Math.log2(keys.length + 1)) / COMPARED_PER_STEP));
  const sorted = keys.map((key) => ({ key, runes: [...key] }));
  sorted.sort((a, b) => compareKeys(a.runes, b.runes));
  return sorted.map(({ key }) => key);
}

/**
 * yaml.v2's natural order of keys: letters come after everything else, and runs of digits are ordered by their number.
 */
function compareKeys(left: readonly string[], right: readonly string[]): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const [x = '', y = ''] = [left[i], right[i]];
    if (x !== y) return compareFrom(left, right, i, x, y);
  }
  return left.length - right.length;
}

function compareFrom(
  left: readonly string[],
  right: readonly string[],
  at: number,
  x: string,
  y: string,
): number {
  const byPoint = (x.codePointAt(0) ?? 0) - (y.codePointAt(0) ?? 0);
  if (isLetter(x) && isLetter(y)) return byPoint;
  if (isLetter(x) || isLetter(y)) return isLetter(y) ? -1 : 1;
  // After a digit that is not zero, zeros are digits of the number.
  let start = 0n;
  if (x === '0' || y === '0') {
    for (let j = at - 1; j >= 0 && isDigitAt(left, j); j--) if (left[j] !== '0') start = 1n;
  }
  const leftNumber = numberAt(left, at, start);
  const rightNumber = numberAt(right, at, start);
  if (leftNumber.value !== rightNumber.value) return leftNumber.value < rightNumber.value ? -1 : 1;
  return leftNumber.end - rightNumber.end || byPoint;
}

function numberAt(runes: readonly string[], at: number, start: bigint): { value: bigint; end: number } {
  let value = start;
  let end = at;
  for (; isDigitAt(runes, end); end++)
    value = BigInt.asIntN(64, value * 10n + BigInt((runes[end]?.codePointAt(0) ?? 0) - 0x30));
  return { value, end };
}
