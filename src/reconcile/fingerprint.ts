import { hash } from 'node:crypto';

/**
 * A JSON value as text, the same for equal values whatever the order of their keys. An integer and the equal float
 * are one number, as in JSON.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

/** Stands for a value where only equality matters: 128 bits of its SHA-256, 22 characters. */
export type Digest = string;

/** The digest of a JSON value. */
export function digestOf(value: unknown): Digest {
  return hash('sha256', canonicalJson(value), 'base64url').slice(0, 22);
}

/** Whether two JSON values are equal. */
export function sameJson(one: unknown, other: unknown): boolean {
  return one === other || canonicalJson(one) === canonicalJson(other);
}
