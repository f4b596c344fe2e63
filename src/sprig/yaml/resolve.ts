import { parseFloat64, parseInt64, parseUint64 } from '../../template/strconv.ts';
import { DateError, parseTime } from '../go/layout.ts';

/* The meaning of a plain YAML scalar for gopkg.in/yaml.v2. Kubernetes and Helm read and write YAML 1.1 with it. */

/** A scalar's value: whole numbers are bigints, others numbers. */
export type Resolved = null | boolean | bigint | number | string;

const words: ReadonlyMap<string, Resolved> = new Map<string, Resolved>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, false] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, -Infinity] as const),
]);

const yamlFloat = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** The value of a plain scalar. A timestamp stays text. */
export function resolvePlain(text: string): Resolved {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (text.startsWith('.')) return parseFloat64(text) ?? text;
  return /^[-+0-9]/.test(text) && !isTimestamp(text)
    ? (resolveNumber(text.replaceAll('_', '')) ?? text)
    : text;
}

function resolveNumber(plain: string): bigint | number | undefined {
  const int = parseInt64(plain, 0) ?? parseUint64(plain, 0) ?? binary(plain);
  if (int !== undefined) return BigInt(int);
  return yamlFloat.test(plain) ? parseFloat64(plain) : undefined;
}

/** Binary numbers with a sign after the prefix, which strconv does not accept. */
function binary(plain: string): bigint | undefined {
  const match = /^(-?)0b([-+]?[01]{1,64})$/.exec(plain);
  if (!match) return undefined;
  const [, sign = '', digits = ''] = match;
  const value = BigInt(`0b${digits.replace(/^[-+]/, '')}`);
  return sign === '-' || digits.startsWith('-') ? -value : value;
}

/** Whether a plain scalar would be read as a string. */
export function isPlainString(text: string): boolean {
  return typeof resolvePlain(text) === 'string' && !isTimestamp(text);
}

const timestampLayouts = [
  '2006-1-2T15:4:5.999999999Z07:00',
  '2006-1-2t15:4:5.999999999Z07:00',
  '2006-1-2 15:4:5.999999999',
  '2006-1-2',
];

function isTimestamp(text: string): boolean {
  if (!/^[0-9]{4}-/.test(text) || text.length > 100) return false;
  return timestampLayouts.some((layout) => {
    try {
      parseTime(layout, text);
      return true;
    } catch (error) {
      if (error instanceof DateError) return false;
      throw error;
    }
  });
}
