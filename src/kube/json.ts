import { Num } from '../template/index.ts';

declare global {
  interface JSON {
    /** A value that `JSON.stringify` writes as the given text (ECMAScript, JSON.parse source text access). */
    rawJSON(text: string): object;
  }
}

/**
 * Encodes a value as JSON, with the numbers of the template value model: a `bigint` is written as the integer it is, a
 * {@link Num} as its number (Go's `encoding/json` writes the float64 `1.0` as `1` too).
 */
export function encodeJson(value: unknown): string {
  // Calling a function for every value takes several times as long as the encoding itself.
  return holdsNumber(value) ? JSON.stringify(value, encodeNumber) : JSON.stringify(value);
}

/** Whether the value contains a number that `JSON.stringify` does not know. */
function holdsNumber(value: unknown): boolean {
  if (typeof value === 'bigint' || value instanceof Num) return true;
  if (typeof value !== 'object' || value === null) return false;
  return (Array.isArray(value) ? value : Object.values(value)).some(holdsNumber);
}

function encodeNumber(_key: string, value: unknown): unknown {
  const bare = value instanceof Num ? value.value : value;
  return typeof bare === 'bigint' ? JSON.rawJSON(bare.toString()) : bare;
}
