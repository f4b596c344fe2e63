import type { RE2JS } from 're2js';
import type { Schema } from '../../api/index.ts';
import { re2 } from '../../sprig/go/re2.ts';
import { entriesOf, isTrue, itemsOf } from '../../template/extension.ts';
import type { Comparison, Value, Wish } from '../../template/index.ts';
import { Num } from '../../template/index.ts';
import { Recent } from '../recent.ts';
import { textsMatching } from './solve-pattern.ts';

/* Makes values that meet wishes and fit a schema. */

/** Stands for a missing value. */
export const nothing: unique symbol = Symbol('nothing');

/** A value of a sample: JSON, or nothing. */
export type Candidate = unknown;

/** The result of {@link candidatesFor}. */
export interface Candidates {
  readonly values: readonly Candidate[];
  /** Whether no other values exist. Then an empty result means that the wishes cannot be met. */
  readonly complete: boolean;
}

/** How many values are tried for one place. */
const MAX_CANDIDATES = 6;

const SAMPLE_TEXT = 'synthetictxt';

/**
 * Values for a place that meet all wishes and fit the schema, the likeliest first. Each wish changes the result of the
 * earlier ones as little as it can.
 */
export function candidatesFor(
  wishes: readonly Wish[],
  schema: Schema | undefined,
  current: Candidate,
  removable: boolean,
): Candidates {
  const granted = (value: Candidate, wish: Wish): boolean =>
    meets(value === nothing ? undefined : (value as Value), wish);
  const fits = (value: Candidate): boolean =>
    (value === nothing ? removable : fitsSchema(value, schema)) &&
    wishes.every((wish) => granted(value, wish));
  const made = wishes.reduce<readonly Candidate[]>(
    (values, wish) =>
      distinct(
        values.flatMap((value) =>
          granted(value, wish) && isChecked(wish) ? [value] : [...examplesOf(wish, schema, value), value],
        ),
      ).slice(0, 2 * MAX_CANDIDATES),
    [current],
  );
  const values = distinct([...made, ...valuesOf(schema)].filter(fits)).slice(0, MAX_CANDIDATES);
  return { values, complete: wishes.every(isChecked) && isComplete(wishes, schema) };
}

/** Whether all possible values are examined. */
function isComplete(wishes: readonly Wish[], schema: Schema | undefined): boolean {
  if (wishes.some((wish) => wish.want === 'equal' && wish.holds)) return true;
  return schema?.enum !== undefined || schema?.type === 'boolean';
}

/** Whether {@link meets} gives a certain answer. */
function isChecked(wish: Wish): boolean {
  if (wish.want === 'made') return wish.from !== undefined && isChecked(wish.of);
  return wish.want !== 'version' && !(wish.want === 'text' && wish.part === 'pattern');
}

/** The values of a schema that allows only a limited number. */
function valuesOf(schema: Schema | undefined): readonly Candidate[] {
  if (schema?.enum !== undefined) return schema.enum;
  return schema?.type === 'boolean' ? [true, false] : [];
}

function distinct(values: readonly Candidate[]): readonly Candidate[] {
  const known = new Map<unknown, Candidate>();
  for (const value of values) {
    const key = typeof value === 'object' && value !== null ? `JSON ${JSON.stringify(value)}` : value;
    if (!known.has(key)) known.set(key, value);
  }
  return [...known.values()];
}

/** Whether a value meets a wish; also true if only a run can show that. */
export function meets(value: Value, wish: Wish): boolean {
  switch (wish.want) {
    case 'truth':
      return isTrue(value) === wish.holds;
    case 'equal':
      return isSame(value, wish.to) === wish.holds;
    case 'order':
      return isOrdered(value, wish.than, wish.is);
    case 'text':
      return meetsText(value, wish);
    case 'key': {
      const entries = typeof value === 'object' && value !== null ? entriesOf(value) : undefined;
      if (entries === undefined || !Object.hasOwn(entries, wish.key)) return !wish.holds;
      return wish.holds && (wish.value === undefined || meets(entries[wish.key], wish.value));
    }
    case 'item': {
      const items = itemsOf(value);
      const { at, value: wanted } = wish;
      if (items === undefined) return false;
      return at === undefined ? items.some((item) => meets(item, wanted)) : meets(items[at], wanted);
    }
    case 'length': {
      const length = lengthOf(value);
      return wish.is === '=' ? length === wish.than : compares(length - wish.than, wish.is);
    }
    case 'kind':
      return (kindOf(value) === kindNamed(wish.kind)) === wish.holds;
    case 'made':
      return wish.from === undefined || meets(wish.from(value), wish.of);
    case 'version':
      return true;
  }
}

function meetsText(value: Value, { part, text, holds }: Extract<Wish, { want: 'text' }>): boolean {
  if (typeof value !== 'string') return !holds && value === undefined;
  switch (part) {
    case 'start':
      return value.startsWith(text) === holds;
    case 'end':
      return value.endsWith(text) === holds;
    case 'middle':
      return value.includes(text) === holds;
    case 'pattern':
      return true;
  }
}

const plainNumber = (value: Value): Value =>
  value instanceof Num ? Number(value.value) : typeof value === 'bigint' ? Number(value) : value;

function isSame(a: Value, b: Value): boolean {
  const [one, other] = [plainNumber(a) ?? null, plainNumber(b) ?? null];
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return one === other;
  return JSON.stringify(one) === JSON.stringify(other);
}

function isOrdered(value: Value, than: Value, is: Comparison): boolean {
  const [a, b] = [plainNumber(value), plainNumber(than)];
  if (typeof a === 'number' && typeof b === 'number') return compares(a - b, is);
  if (typeof a === 'string' && typeof b === 'string') return compares(a < b ? -1 : a === b ? 0 : 1, is);
  return false;
}

function compares(difference: number, is: Comparison): boolean {
  switch (is) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
  }
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return value.length;
  const items = itemsOf(value);
  if (items) return items.length;
  return typeof value === 'object' && value !== null ? Object.keys(entriesOf(value) ?? {}).length : NaN;
}

function kindOf(value: Value): string {
  if (value === undefined || value === null) return 'invalid';
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value;
  if (typeof value !== 'object' || value instanceof Num) return 'number';
  return itemsOf(value) ? 'slice' : 'map';
}

/** sprig's names of kinds, as far as JSON data has them. */
const kindNamed = (name: string): string =>
  name === 'bool' ? 'boolean' : /^(?:u?int|float)/.test(name) ? 'number' : name;

/** Values that are likely to meet a wish. */
function examplesOf(wish: Wish, schema: Schema | undefined, current: Candidate): readonly Candidate[] {
  switch (wish.want) {
    case 'truth':
      if (wish.holds) return [sampleOf(schema, 0)];
      // A flag that is false says something, unlike one that is missing.
      return schema?.type === 'boolean' ? [false, nothing] : [nothing, ...emptyValues];
    case 'equal':
      return wish.holds ? [jsonOf(wish.to)] : unlike(wish.to, schema);
    case 'order':
      return beside(wish);
    case 'text':
      return asWritten(textsOf(wish, current), wish, schema, current);
    case 'key':
      return keyExamples(wish, schema, current);
    case 'item':
      return itemExamples(wish, schema, current);
    case 'length':
      return ofLength(
        wish.is === '<' ? wish.than - 1 : wish.is === '>' ? wish.than + 1 : wish.than,
        schema,
        current,
      );
    case 'kind':
      return wish.holds ? (ofKind[kindNamed(wish.kind)] ?? []) : Object.values(ofKind).flat();
    case 'version':
      return asWritten(versionsFor(wish.constraint, wish.holds), wish, schema, current);
    case 'made':
      return madeExamples(wish, current);
  }
}

const emptyValues: readonly Candidate[] = [false, '', 0, [], {}];

const ofKind: Readonly<Record<string, readonly Candidate[]>> = {
  string: [SAMPLE_TEXT],
  boolean: [true],
  number: [1],
  slice: [[SAMPLE_TEXT]],
  map: [{ [SAMPLE_TEXT]: SAMPLE_TEXT }],
  invalid: [nothing],
};

/** A value of a template as JSON data. */
function jsonOf(value: Value): Candidate {
  if (value === undefined) return nothing;
  const plain = plainNumber(value);
  if (typeof plain !== 'object' || plain === null) return plain;
  const items = itemsOf(plain);
  if (items) return items.map(jsonOf);
  return Object.fromEntries(Object.entries(entriesOf(plain) ?? {}).map(([key, item]) => [key, jsonOf(item)]));
}

function unlike(value: Value, schema: Schema | undefined): readonly Candidate[] {
  const plain = plainNumber(value);
  if (typeof plain === 'number') return [plain + 1, 0, nothing];
  if (typeof plain === 'boolean') return [!plain];
  return [sampleOf(schema, 0), SAMPLE_TEXT, 'other', nothing];
}

function beside({ than, is }: Extract<Wish, { want: 'order' }>): readonly Candidate[] {
  const plain = plainNumber(than);
  if (typeof plain === 'number') return is === '<' ? [plain - 1] : is === '>' ? [plain + 1] : [plain];
  if (typeof plain !== 'string') return [];
  return is === '>' ? [`${plain}a`] : is === '<' ? [plain.slice(0, -1), ''] : [plain];
}

function textsOf(
  { part, text, holds }: Extract<Wish, { want: 'text' }>,
  current: Candidate,
): readonly Candidate[] {
  if (!holds) return [SAMPLE_TEXT, 'other', '1', '', nothing];
  // The present value may have been made for another wish.
  const kept = typeof current === 'string' ? current : 'x';
  switch (part) {
    case 'start':
      return [text, `${text}${kept}`, `${text}1`, `${text}example.com`];
    case 'end':
      return [text, `${kept}${text}`];
    case 'middle':
      return [text, `${kept}${text}`, `x${text}x`];
    case 'pattern':
      return textsMatching(text);
  }
}

function keyExamples(
  { key, holds, value }: Extract<Wish, { want: 'key' }>,
  schema: Schema | undefined,
  current: Candidate,
): readonly Candidate[] {
  const own: object =
    typeof current === 'object' && current !== null && !Array.isArray(current) ? current : {};
  const others = Object.entries(own).filter(([name]) => name !== key);
  if (!holds) return [Object.fromEntries(others), {}];
  const inner = schema?.properties?.[key];
  const wanted = value ?? { want: 'truth', holds: true };
  const present: Candidate = Object.hasOwn(own, key) ? (own as Record<string, unknown>)[key] : nothing;
  return examplesOf(wanted, inner, present).flatMap((item) =>
    item === nothing ? [] : [Object.fromEntries([...others, [key, item]])],
  );
}

function itemExamples(
  { at, value }: Extract<Wish, { want: 'item' }>,
  schema: Schema | undefined,
  current: Candidate,
): readonly Candidate[] {
  const list: readonly Candidate[] = Array.isArray(current) ? current : [];
  const index = at ?? Math.max(0, list.length - 1);
  if (index < 0 || index > MAX_ITEMS) return [];
  const filler: Candidate = list[0] ?? sampleOf(schema?.items, 0);
  const present = index < list.length ? list[index] : nothing;
  return examplesOf(value, schema?.items, present).flatMap((item) =>
    item === nothing
      ? []
      : [
          Array.from({ length: Math.max(list.length, index + 1) }, (_, i) =>
            i === index ? item : (list[i] ?? filler),
          ),
        ],
  );
}

/** How many items of a list, keys of a map or characters of a text are made. */
const MAX_ITEMS = 64;

function ofLength(length: number, schema: Schema | undefined, current: Candidate): readonly Candidate[] {
  if (!(length >= 0 && length <= MAX_ITEMS)) return [];
  const list: readonly unknown[] = Array.isArray(current) ? current : [];
  const item = list[0] ?? sampleOf(schema?.items, 0);
  return [
    Array.from({ length }, (_, i) => list[i] ?? item),
    'x'.repeat(length),
    Object.fromEntries(Array.from({ length }, (_, i) => [`key${String(i)}`, SAMPLE_TEXT])),
  ];
}

function madeExamples(
  { of, by, from }: Extract<Wish, { want: 'made' }>,
  current: Candidate,
): readonly Candidate[] {
  const present =
    from === undefined ? nothing : jsonOf(from(current === nothing ? undefined : (current as Value)));
  return examplesOf(of, undefined, present)
    .slice(0, MAX_CANDIDATES)
    .flatMap((value) => (value === nothing ? [nothing] : [jsonOf(by(value as Value))]));
}

/** How many texts are compared with a schema's pattern to write one wish's texts in its form. */
const MAX_FORMS = 200;

/**
 * Texts in the form that the schema's pattern prescribes, if it has one: a version is put into the place of another one,
 * `1.29.0` into `v1.30.0`, and the start of a text gets the rest of it, `v1.2` the end of `v1.30.0`.
 */
function asWritten(
  texts: readonly Candidate[],
  wish: Extract<Wish, { want: 'text' | 'version' }>,
  schema: Schema | undefined,
  current: Candidate,
): readonly Candidate[] {
  if (schema?.pattern === undefined) return texts;
  const present = typeof current === 'string' ? [current] : [];
  const models = [...new Set([...present, ...textsMatching(schema.pattern)])];
  const pattern = wish.want === 'text' && wish.part === 'pattern' ? wish.text : undefined;
  const isRight = (text: string): boolean =>
    fitsSchema(text, schema) &&
    meets(text, wish) &&
    (pattern === undefined || matches(pattern, text) === (wish.holds === true));
  let left = MAX_FORMS;
  const inForm = (text: string, model: string): readonly string[] => {
    for (let start = 0; start <= model.length; start++) {
      for (let end = model.length; end >= start; end--) {
        if (left-- <= 0) return [];
        const whole = model.slice(0, start) + text + model.slice(end);
        if (isRight(whole)) return [whole];
      }
    }
    return [];
  };
  const given = texts.filter((text) => typeof text === 'string');
  const formed = models.flatMap((model) => given.flatMap((text) => inForm(text, model)));
  return distinct([...formed, ...models.filter(isRight), ...texts]);
}

/** Versions at the bounds of a constraint, and beside them. */
function versionsFor(constraint: string, holds: boolean): readonly Candidate[] {
  const bounds = [...constraint.matchAll(/(\d+)(?:\.(\d+))?(?:\.(\d+))?/g)].slice(0, 4);
  const around = bounds.flatMap(([, major = '0', minor = '0', patch = '0']) => {
    const [a, b, c] = [Number(major), Number(minor), Number(patch)];
    return [
      `${String(a)}.${String(b)}.${String(c)}`,
      `${String(a)}.${String(b)}.${String(c + 1)}`,
      `${String(a)}.${String(b + 1)}.0`,
      b > 0 ? `${String(a)}.${String(b - 1)}.0` : `${String(Math.max(0, a - 1))}.0.0`,
    ];
  });
  const far = ['0.0.1', '999.0.0'];
  const below = /^\s*[<!]/.test(constraint) === holds;
  return below ? [...far, ...around] : [...around, ...far];
}

const formatted: Readonly<Record<string, string>> = {
  byte: btoa(SAMPLE_TEXT),
  'date-time': '2024-01-01T00:00:00Z',
  date: '2024-01-01',
  uri: 'https://192.0.2.1:6443',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uuid: '00000000-0000-4000-8000-000000000000',
  duration: '1h',
  email: 'synthetic@example.com',
};

/** Depth to which required fields are made up. */
const MAX_DEPTH = 5;

/** A value that a schema allows and that is neither empty nor zero. */
export function sampleOf(schema: Schema | undefined, depth: number): Candidate {
  const [first] = schema?.enum ?? [];
  if (first !== undefined) return first;
  switch (schema?.type ?? (schema?.properties === undefined ? 'string' : 'object')) {
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return Math.max(1, schema?.minimum ?? 1);
    case 'array':
      return [sampleOf(schema?.items, depth + 1)];
    case 'object': {
      const { properties = {}, required = [] } = schema ?? {};
      if (depth > MAX_DEPTH) return {};
      const names = required.length > 0 ? required : Object.keys(properties).slice(0, 1);
      const fields = names.map((name) => [name, sampleOf(properties[name], depth + 1)] as const);
      return fields.length > 0 ? Object.fromEntries(fields) : { [SAMPLE_TEXT]: SAMPLE_TEXT };
    }
    default: {
      const candidates = [
        formatted[schema?.format ?? ''] ?? SAMPLE_TEXT,
        ...textsMatching(schema?.pattern ?? ''),
      ];
      return candidates.find((text) => fitsSchema(text, schema)) ?? SAMPLE_TEXT;
    }
  }
}

/** Whether a schema allows a value, for the parts of the schema that are examined. */
export function fitsSchema(value: Candidate, schema: Schema | undefined): boolean {
  if (schema === undefined || value === undefined || value === null) return schema === undefined;
  const { type } = schema;
  if (schema.enum !== undefined && !(schema.enum as readonly unknown[]).includes(value)) return false;
  switch (typeof value) {
    case 'string':
      return (type ?? 'string') === 'string' && fitsText(value, schema);
    case 'boolean':
      return (type ?? 'boolean') === 'boolean';
    case 'number':
      return (
        (type === undefined || type === 'number' || (type === 'integer' && Number.isInteger(value))) &&
        value >= (schema.minimum ?? -Infinity)
      );
    default:
      if (Array.isArray(value))
        return (
          (type ?? 'array') === 'array' &&
          value.length >= (schema.minItems ?? 0) &&
          value.length <= (schema.maxItems ?? Infinity) &&
          value.every((item) => fitsSchema(item, schema.items))
        );
      return (type ?? 'object') === 'object' && fitsObject(value, schema);
  }
}

function fitsObject(
  value: object,
  { properties, required = [], additionalProperties, ...rest }: Schema,
): boolean {
  const open = properties === undefined || rest['x-kubernetes-preserve-unknown-fields'] === true;
  const others = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  return (
    required.every((name) => Object.hasOwn(value, name)) &&
    Object.entries(value).every(([name, item]) => {
      const own = properties?.[name] ?? others;
      return own === undefined ? open || additionalProperties !== undefined : fitsSchema(item, own);
    })
  );
}

function fitsText(text: string, { minLength = 0, maxLength = Infinity, pattern, format }: Schema): boolean {
  if (text.length < minLength || text.length > maxLength) return false;
  if (format === 'byte' && !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    return false;
  if (format === 'date-time' && Number.isNaN(Date.parse(text))) return false;
  return pattern === undefined || matches(pattern, text);
}

/** The last patterns, because a few are compared with many texts. */
const expressions = new Recent<RE2JS>(4);

function matches(pattern: string, text: string): boolean {
  // RE2, as in the API server: a pattern that somebody wrote into a CRD must not be able to block the process.
  try {
    return expressions
      .get(pattern, () => re2().RE2JS.compile(pattern))
      .matcher(text)
      .find();
  } catch {
    return true;
  }
}
