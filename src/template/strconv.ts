/* Reads numbers from text as Go's strconv does. `undefined` stands for any error of Go, of syntax or of range. */

const minInt64 = -(2n ** 63n);
const maxInt64 = 2n ** 63n - 1n;

/** `strconv.ParseInt(text, base, 64)` for base 0 (by prefix), 8 or 10. */
export function parseInt64(text: string, base: 0 | 8 | 10): number | bigint | undefined {
  if (base !== 8 && /^[+-]?(?:0|[1-9][0-9]{0,14})$/.test(text)) return Number(text) + 0;
  const magnitude = parseMagnitude(text.replace(/^[+-]/, ''), base);
  if (magnitude === undefined) return undefined;
  const value = text.startsWith('-') ? -magnitude : magnitude;
  if (value < minInt64 || value > maxInt64) return undefined;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** `strconv.ParseUint(text, base, 64)` for base 0 (by prefix) or 10. */
export function parseUint64(text: string, base: 0 | 10 = 10): bigint | undefined {
  const value = parseMagnitude(text, base);
  return value !== undefined && value < 2n ** 64n ? value : undefined;
}

// Without leading zeros, more digits than this exceed 64 bits in every base.
const MAX_DIGITS = 70;

function parseMagnitude(text: string, base: 0 | 8 | 10): bigint | undefined {
  const digits = base === 0 ? withPrefix(text) : base === 8 ? `0o${text}` : text;
  if (digits === undefined) return undefined;
  if (!/^(?:0b[01]+|0o[0-7]+|0x[0-9a-f]+|[0-9]+)$/i.test(digits)) return undefined;
  if (digits.length > MAX_DIGITS && digits.replace(/^(?:0[box])?0*/i, '').length > MAX_DIGITS)
    return 2n ** 65n;
  return BigInt(digits);
}

/** Turns Go's base-0 syntax into JavaScript's: `010` is octal, and `_` may separate digits. */
function withPrefix(text: string): string | undefined {
  if (text.includes('_') && !underscoresSeparate(text)) return undefined;
  const plain = text.replaceAll('_', '');
  return /^0[0-9]/.test(plain) ? `0o${plain.slice(1)}` : plain;
}

/** Whether each underscore is between digits, or between a base prefix and a digit. */
function underscoresSeparate(text: string): boolean {
  const prefix = /^0[box]/i.exec(text)?.[0] ?? '';
  const digit = /x$/i.test(prefix) ? '[0-9a-f]' : '[0-9]';
  const rest = prefix === '' ? text : `0${text.slice(prefix.length)}`;
  return !new RegExp(`(?:^|(?!${digit})[^])_|_(?:$|(?!${digit})[^])`, 'i').test(rest);
}

const decimalFloat = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i;
const hexadecimalFloat = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?p([+-]?[0-9]+)$/i;
const specialFloat = /^(?:([+-]?)inf(?:inity)?|nan)$/i;

/** `strconv.ParseFloat(text, 64)`. */
export function parseFloat64(text: string): number | undefined {
  const special = specialFloat.exec(text);
  if (special)
    return /n$/i.test(text) && !/inf/i.test(text) ? NaN : special[1] === '-' ? -Infinity : Infinity;
  if (text.includes('_') && !underscoresSeparate(text.replace(/^[+-]/, ''))) return undefined;
  const plain = text.replaceAll('_', '');
  const value = decimalFloat.test(plain) ? Number(plain) : hexadecimal(plain);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function hexadecimal(text: string): number | undefined {
  const match = hexadecimalFloat.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const mantissa = Number(BigInt(`0x0${whole}${fraction}`));
  const power = Math.max(-1e5, Math.min(1e5, Number(exponent))) - 4 * fraction.length;
  const value = scale(mantissa, power);
  return sign === '-' ? -value : value;
}

// In steps, because 2 ** power alone may overflow or become zero while the product does not.
function scale(value: number, power: number): number {
  let result = value;
  for (let left = power; left !== 0 && result !== 0 && Number.isFinite(result);) {
    const step = Math.max(-1000, Math.min(1000, left));
    result *= 2 ** step;
    left -= step;
  }
  return result;
}
