import { Num } from './value.ts';
import type { Value } from './value.ts';

// Literals whose Go type a JavaScript number would lose: with a point or an exponent, long, or minus zero. A false
// match, for example within a string, only costs time.
const needsCare = /(?:^|[[:,\s])-?(?:0(?![.\d])(?<=-0)|\d+[.eE]|\d{16})|\\u[dD][89a-fA-F]/;

const minInt64 = -(2n ** 63n);
const maxInt64 = 2n ** 63n - 1n;

/**
 * Decodes JSON as Kubernetes does: an integer literal that fits becomes an int64, every other number a float64, and
 * half of a surrogate pair U+FFFD.
 *
 * @throws SyntaxError if the text is not JSON
 */
export function decodeJson(text: string): Value {
  if (!needsCare.test(text)) return JSON.parse(text) as Value;
  return JSON.parse(text, revive) as Value;
}

function revive(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value === 'number' && context?.source !== undefined) return decodeNumber(context.source, value);
  if (typeof value === 'string') return value.toWellFormed();
  return typeof value === 'object' && value !== null ? withWellFormedKeys(value) : value;
}

function decodeNumber(source: string, value: number): Value {
  if (!/[.eE]/.test(source)) {
    if (Number.isSafeInteger(value)) return value + 0;
    const exact = BigInt(source);
    if (exact >= minInt64 && exact <= maxInt64) return exact;
  }
  return Number.isSafeInteger(value) ? new Num('float64', value) : value;
}

function withWellFormedKeys(value: object): object {
  if (Array.isArray(value) || value instanceof Num || Object.keys(value).every((key) => key.isWellFormed()))
    return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]: [string, unknown]) => [key.toWellFormed(), entry]),
  );
}
