import { always } from '../../template/results.ts';
import { undone } from '../../template/inverse.ts';
import { unknown, stringWith } from '../../template/typing/type.ts';
import type { TextCost } from '../../template/function.ts';
import type { CallContext } from '../../template/function.ts';
import { isEscapedByte } from '../../template/text.ts';
import { entriesOf, floatValue, isNilContainer, itemsOf } from '../../template/types.ts';
import { Encoded, Num, Opaque } from '../../template/value.ts';
import type { Value } from '../../template/value.ts';
import { chargeText, failure, fixed, ofString } from '../define.ts';
import type { Chapter, Traits } from '../define.ts';
import { unreadable } from '../unreadable.ts';
import { sortedKeys } from './dicts.ts';
import { base64OfBytes } from './encoding.ts';
import { EncodingSink, writeKey } from '../fragments.ts';
import { checkDepth, setKey, newMap, SprigValue, UnsupportedValue } from '../kinds.ts';

interface JsonStyle {
  /** Whether `<`, `>` and `&` are escaped. */
  readonly html: boolean;
  /** Whether each item is on its own line. */
  readonly pretty: boolean;
}

const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

const escaped = /["\\\x00-\x1f\u2028\u2029\ud800-\udfff]/;

const escapedHtml = /["\\\x00-\x1f<>&\u2028\u2029\ud800-\udfff]/;

/** A string as Go's encoding/json writes it: invalid UTF-8 becomes `\ufffd`. */
export function jsonString(text: string, html = true): string {
  if (!(html ? escapedHtml : escaped).test(text)) return `"${text}"`;
  let result = '"';
  for (const rune of text) {
    if (!(html ? escapedHtml : escaped).test(rune) || rune.length > 1) result += rune;
    else if (isEscapedByte(rune)) result += '\\ufffd';
    else result += shortEscapes[rune] ?? `\\u${rune.charCodeAt(0).toString(16).padStart(4, '0')}`;
  }
  return `${result}"`;
}

/** A number as Go's encoding/json writes it; `undefined` for NaN and infinities. */
function jsonNumber(value: number | bigint): string | undefined {
  if (typeof value === 'bigint') return String(value);
  if (!Number.isFinite(value)) return undefined;
  return Object.is(value, -0) ? '-0' : String(value);
}

class JsonEncoder {
  readonly #sink: EncodingSink;
  readonly #context: CallContext;
  readonly #style: JsonStyle;

  constructor(context: CallContext, style: JsonStyle) {
    this.#sink = new EncodingSink(context);
    this.#context = context;
    this.#style = style;
  }

  encode(value: Value): Value {
    this.#write(value, 0);
    return this.#sink.result();
  }

  #write(value: Value, depth: number): void {
    this.#context.charge(4);
    checkDepth(depth);
    if (value === null || value === undefined || isNilContainer(value)) return this.#sink.structure('null');
    if (typeof value === 'string') return this.#string(value);
    if (typeof value === 'boolean') return this.#sink.structure(String(value));
    if (typeof value === 'number' || typeof value === 'bigint') return this.#number(value);
    if (value instanceof Num) return this.#number(value.value);
    if (value instanceof Encoded) return this.#string(value.text);
    if (value instanceof SprigValue) return this.#write(value.toJsonValue(), depth + 1);
    if (value instanceof Opaque) throw new UnsupportedValue(`json: unsupported type: ${value.type}`);
    const bytes = base64OfBytes(value);
    if (bytes !== undefined) return this.#string(bytes);
    this.#container(value, depth);
  }

  #string(value: string): void {
    chargeText(this.#context, value.length);
    this.#sink.string(value, jsonString(value, this.#style.html));
  }

  #number(value: number | bigint): void {
    const text = jsonNumber(value);
    if (text === undefined) throw new UnsupportedValue(`json: unsupported value: ${String(value)}`);
    this.#sink.structure(text);
  }

  #container(value: Value, depth: number): void {
    const items = itemsOf(value);
    if (items) {
      this.#enclosed('[', ']', items, depth, (item) => {
        this.#write(item, depth + 1);
      });
      return;
    }
    const entries = entriesOf(value) ?? {};
    this.#enclosed('{', '}', sortedKeys(entries, this.#context), depth, (key) => {
      writeKey(this.#sink, key, jsonString(key, this.#style.html));
      this.#sink.structure(this.#style.pretty ? ': ' : ':');
      this.#write(entries[key], depth + 1);
    });
  }

  #enclosed<T>(
    open: string,
    close: string,
    parts: readonly T[],
    depth: number,
    write: (part: T) => void,
  ): void {
    if (parts.length === 0) return this.#sink.structure(open + close);
    parts.forEach((part, i) => {
      this.#sink.structure((i === 0 ? open : ',') + this.#lineBreak(depth + 1));
      write(part);
    });
    this.#sink.structure(this.#lineBreak(depth) + close);
  }

  #lineBreak(depth: number): string {
    return this.#style.pretty ? `\n${'  '.repeat(depth)}` : '';
  }
}

function mustEncode(value: Value, style: JsonStyle, context: CallContext): Value {
  try {
    return new JsonEncoder(context, style).encode(value);
  } catch (error) {
    if (error instanceof UnsupportedValue) throw failure(error.message);
    throw error;
  }
}

/** Encodes, and ignores errors of Go's encoder: the result is then empty. */
function encode(value: Value, style: JsonStyle, context: CallContext): Value {
  try {
    return new JsonEncoder(context, style).encode(value);
  } catch (error) {
    if (error instanceof UnsupportedValue) return '';
    throw error;
  }
}

/** Native code parses JSON at about 16 ns a unit. Each contained value is charged when it is converted. */
const decodedJson: TextCost = { stepsPerKiB: 64 };

/** The inverse: a text that decodes to a value. */
export const jsonOf = (value: Value): Value => JSON.stringify(plainly(value)) ?? 'null';

/** A value of a sample as plain JSON; only its numbers have to be converted. */
function plainly(value: Value): unknown {
  if (value instanceof Num) return Number(value.value);
  if (typeof value === 'bigint') return Number(value);
  const items = itemsOf(value);
  if (items) return items.map(plainly);
  const entries = entriesOf(value);
  return entries
    ? Object.fromEntries(Object.entries(entries).map(([key, item]) => [key, plainly(item)]))
    : value;
}

const compactStyle: JsonStyle = { html: true, pretty: false };
const prettyStyle: JsonStyle = { html: true, pretty: true };
const rawStyle: JsonStyle = { html: false, pretty: false };

/** The result of decoding JSON, and the error, if any: Go keeps the rest if a number is too large. */
interface Decoded {
  readonly value: Value;
  readonly error?: string;
}

/** Go's depth limit for arrays and objects in JSON text. */
const MAX_JSON_DEPTH = 10_000;

/** Decodes JSON into an `interface{}` as Go's encoding/json does: every number is a float64. */
function decode(text: string, context: CallContext): Decoded {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.toWellFormed());
  } catch {
    // The parser's own message quotes the text, which may be a secret.
    return { value: null, error: text.trim() === '' ? 'unexpected end of JSON input' : 'invalid JSON' };
  }
  return new JsonValues(context).read(parsed);
}

function mustDecode(text: string, context: CallContext): Value {
  const { value, error } = decode(text, context);
  if (error !== undefined) throw failure(error);
  return value;
}

class JsonValues {
  readonly #context: CallContext;
  #error: string | undefined;

  constructor(context: CallContext) {
    this.#context = context;
  }

  read(parsed: unknown): Decoded {
    const value = this.#value(parsed, 0);
    return this.#error === undefined ? { value } : { value, error: this.#error };
  }

  #value(parsed: unknown, depth: number): Value {
    this.#context.charge(3);
    if (typeof parsed === 'string') return parsed.toWellFormed();
    if (typeof parsed === 'boolean') return parsed;
    if (typeof parsed === 'number') return this.#number(parsed);
    if (typeof parsed !== 'object' || parsed === null) return null;
    if (depth >= MAX_JSON_DEPTH) throw failure('exceeded max depth of JSON');
    checkDepth(depth);
    if (Array.isArray(parsed)) return parsed.map((item) => this.#value(item, depth + 1));
    const map = newMap();
    for (const [key, item] of Object.entries(parsed))
      setKey(map, key.toWellFormed(), this.#value(item, depth + 1));
    return map;
  }

  #number(parsed: number): Value {
    if (Number.isFinite(parsed)) return floatValue(parsed);
    this.#error ??= 'json: cannot unmarshal number into Go value of type float64';
    return null;
  }
}

/** For functions that write JSON, which is structure. */
const writesJson = {
  result: ([value = unknown]) => stringWith({ encodes: { as: 'json', of: value } }),
  structure: 'encodes',
} as const satisfies Traits;

const encoder = (style: JsonStyle, traits: Traits): Chapter[string] =>
  fixed(['any'], ([value], context) => encode(value, style, context), { ...writesJson, ...traits });
const mustEncoder = (style: JsonStyle, traits: Traits): Chapter[string] =>
  fixed(['any'], ([value], context) => mustEncode(value, style, context), { ...writesJson, ...traits });

/** The JSON functions of sprig's chapter "Default Functions". */
export const json: Chapter = {
  toJson: encoder(compactStyle, { example: '(dict "a" 1)' }),
  toPrettyJson: encoder(prettyStyle, { example: '(dict "a" 1)' }),
  // Unlike the similar functions, it fails when its must-form does.
  toRawJson: mustEncoder(rawStyle, { example: '(dict "a" "<")' }),
  mustToJson: mustEncoder(compactStyle, { example: '(dict "a" 1)' }),
  mustToPrettyJson: mustEncoder(prettyStyle, { example: '(dict "a" 1)' }),
  mustToRawJson: mustEncoder(rawStyle, { example: '(dict "a" "<")' }),
  fromJson: ofString((text, context) => decode(text, context).value, {
    result: always(unknown),
    pointless: unreadable(mustDecode),
    cost: decodedJson,
    inverse: undone(0, jsonOf),
    example: '`{"a": 1}`',
  }),
  mustFromJson: ofString(mustDecode, {
    result: always(unknown),
    cost: decodedJson,
    inverse: undone(0, jsonOf),
    example: '`{"a": 1}`',
  }),
};
