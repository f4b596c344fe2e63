import { Num } from '../template/value.ts';

declare global {
  interface JSON {
    /** A value that `JSON.stringify` writes as the given text (ECMAScript, JSON.parse source text access). */
    rawJSON(text: string): object;
  }
}

/** A number that `JSON.parse` alone could get wrong, after a colon, comma or bracket; strings may hold the like too. */
const DELICATE_NUMBER = /(?:^|[:,[])\s*-(?:0\b)|(?:^|[:,[])\s*-?(?:\d{16,}|\d+[.eE])/;

/**
 * Decodes JSON as Kubernetes does (`k8s.io/apimachinery/pkg/util/json`): an integer in the range of int64 is one, any
 * other number a float64. See the template value model for how each is represented.
 *
 * @throws SyntaxError
 */
export function decodeJson(text: string): unknown {
  return DELICATE_NUMBER.test(text) ? JSON.parse(text, decodeNumber) : JSON.parse(text);
}

function decodeNumber(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  if (!/^-?\d+$/.test(source)) return Number.isSafeInteger(value) ? new Num('float64', value) : value;
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  const exact = BigInt(source);
  return BigInt.asIntN(64, exact) === exact ? exact : value;
}

/**
 * Encodes a value as JSON, with the numbers of the template value model: a `bigint` is written as the integer it is, a
 * {@link Num} as its number (Go's `encoding/json` writes the float64 `1.0` as `1` too).
 */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, encodeNumber);
}

function encodeNumber(_key: string, value: unknown): unknown {
  const bare = value instanceof Num ? value.value : value;
  return typeof bare === 'bigint' ? JSON.rawJSON(bare.toString()) : bare;
}

/** Whether a JSON value is an object (neither a list nor null). */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
