import { hash } from 'node:crypto';
import { Num } from '../template/index.ts';

type Fields = { readonly [name: string]: unknown };

/**
 * A JSON value as text. Equal values give the same text, whatever the order of their keys. An integer and the equal
 * float are one number, as in JSON.
 */
export function canonicalJson(value: unknown): string {
  const json = plain(value);
  if (typeof json === 'bigint') return json.toString();
  if (typeof json !== 'object' || json === null) return JSON.stringify(json) ?? 'null';
  return Array.isArray(json) ? canonicalList(json) : canonicalFields(json as Fields);
}

function canonicalList(items: readonly unknown[]): string {
  let text = '';
  for (const item of items) text += `${text === '' ? '' : ','}${canonicalJson(item)}`;
  return `[${text}]`;
}

function canonicalFields(fields: Fields): string {
  let text = '';
  for (const name of sorted(Object.keys(fields))) {
    const field = fields[name];
    if (field !== undefined)
      text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}

/** The names in order. Names from the API server are already in order. */
function sorted(names: string[]): string[] {
  for (let index = 1; index < names.length; index++) {
    if ((names[index - 1] ?? '') > (names[index] ?? '')) return names.sort();
  }
  return names;
}

/** Numbers whose kind JavaScript's own numbers cannot express are wrapped. */
const plain = (value: unknown): unknown => (value instanceof Num ? value.value : value);

/** Replaces a value if only equality matters: 128 bits of its SHA-256, 22 characters. */
export type Digest = string;

/** The digest of a JSON value. */
export function digestOf(value: unknown): Digest {
  // A slice of the text would keep the whole of it in memory.
  return Buffer.from(hash('sha256', canonicalJson(value), 'base64url'), 'latin1').toString('latin1', 0, 22);
}

/** Whether two JSON values are equal: the same result as comparing their {@link canonicalJson}, without making it. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  const [a, b] = [plain(one) ?? null, plain(other) ?? null];
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return sameScalar(a, b);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => sameJson(item, b[index]));
  }
  return sameFields(a as Fields, b as Fields);
}

/** The integer 1 equals the float 1, whatever the JavaScript type. */
const sameScalar = (one: unknown, other: unknown): boolean =>
  one === other || (isNumeric(one) && isNumeric(other) && canonicalJson(one) === canonicalJson(other));

const isNumeric = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint';

function sameFields(one: Fields, other: Fields): boolean {
  let fields = 0;
  for (const name of Object.keys(one)) {
    if (one[name] === undefined) continue;
    if (!Object.hasOwn(other, name) || other[name] === undefined || !sameJson(one[name], other[name]))
      return false;
    fields += 1;
  }
  for (const name of Object.keys(other)) if (other[name] !== undefined) fields -= 1;
  return fields === 0;
}
