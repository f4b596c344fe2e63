/*
 * Go's strconv.FormatFloat. Digits are exact and halves are rounded to even; toFixed and toPrecision do not guarantee
 * that.
 */

/** Decimal digits without leading or trailing zeros, and the position of the point: 0.digits × 10^point. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

const zero: Decimal = { digits: '', point: 0 };

const bits = new DataView(new ArrayBuffer(8));

/** Sign, mantissa and binary exponent, such that |value| = mantissa × 2^exponent. */
function decompose(value: number, size: 32 | 64): { mantissa: bigint; exponent: number } {
  if (size === 32) {
    bits.setFloat32(0, value);
    const word = bits.getUint32(0);
    const biased = (word >>> 23) & 0xff;
    const fraction = word & 0x7fffff;
    return {
      mantissa: BigInt(biased === 0 ? fraction : fraction | 0x800000),
      exponent: Math.max(biased, 1) - 150,
    };
  }
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const biased = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  return { mantissa: biased === 0 ? fraction : fraction | (1n << 52n), exponent: Math.max(biased, 1) - 1075 };
}

function exactDecimal(value: number): Decimal {
  if (value === 0) return zero;
  const { mantissa, exponent } = decompose(value, 64);
  const scaled = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const text = scaled.toString();
  return { digits: text.replace(/0+$/, ''), point: text.length - (exponent >= 0 ? 0 : -exponent) };
}

/** The fewest digits that can be read back as the same value. */
function shortestDecimal(value: number, size: 32 | 64): Decimal {
  if (value === 0) return zero;
  let text = value.toExponential();
  if (size === 32) {
    let digits = 1;
    while (digits < 9 && Math.fround(Number(value.toPrecision(digits))) !== value) digits++;
    text = value.toExponential(digits - 1);
  }
  const [mantissa = '', exponent = '0'] = text.split('e');
  return { digits: mantissa.replace('.', '').replace(/0+$/, ''), point: Number(exponent) + 1 };
}

/** Rounded to `count` digits, half to even. Unchanged if it has no more digits, or if none would be left. */
function round(decimal: Decimal, count: number): Decimal {
  const { digits, point } = decimal;
  if (count < 0 || count >= digits.length) return decimal;
  const last = digits.charAt(count);
  const exactHalf = last === '5' && count + 1 === digits.length;
  const up = exactHalf ? count > 0 && Number(digits.charAt(count - 1)) % 2 === 1 : last >= '5';
  const kept = digits.slice(0, count);
  if (!up) {
    const trimmed = kept.replace(/0+$/, '');
    return trimmed === '' ? zero : { digits: trimmed, point };
  }
  const stem = kept.replace(/9+$/, '');
  if (stem === '') return { digits: '1', point: point + 1 };
  return { digits: stem.slice(0, -1) + String(Number(stem.slice(-1)) + 1), point };
}

function fixed({ digits, point }: Decimal, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (precision <= 0) return whole;
  const leading = Math.min(precision, Math.max(0, -point));
  const fraction = ('0'.repeat(leading) + digits.slice(Math.max(0, point))).slice(0, precision);
  return `${whole}.${fraction.padEnd(precision, '0')}`;
}

function exponential({ digits, point }: Decimal, precision: number, letter: string): string {
  const fraction = precision > 0 ? `.${digits.slice(1, precision + 1).padEnd(precision, '0')}` : '';
  const exponent = digits === '' ? 0 : point - 1;
  const sign = exponent < 0 ? '-' : '+';
  return `${digits.charAt(0) || '0'}${fraction}${letter}${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function general(decimal: Decimal, precision: number, shortest: boolean, letter: string): string {
  const { digits, point } = decimal;
  let threshold = precision > digits.length && digits.length >= point ? digits.length : precision;
  if (shortest) threshold = 6;
  const exponent = point - 1;
  if (exponent < -4 || exponent >= threshold) {
    return exponential(decimal, Math.min(precision, digits.length) - 1, letter);
  }
  return fixed(decimal, Math.max((precision > point ? digits.length : precision) - point, 0));
}

/** Decimal exponent of the mantissa's last bit: `4503599627370496p-52`. */
function binary(value: number, size: 32 | 64): string {
  const { mantissa, exponent } = decompose(value, size);
  return `${String(mantissa)}p${exponent >= 0 ? '+' : ''}${String(exponent)}`;
}

/** `0x1.8p+00` */
function hexadecimal(value: number, precision: number, size: 32 | 64, upper: boolean): string {
  const parts = decompose(value, size);
  let mantissa = parts.mantissa << (size === 32 ? 37n : 8n);
  let exponent = parts.mantissa === 0n ? 0 : parts.exponent + (size === 32 ? 23 : 52);
  while (mantissa !== 0n && (mantissa & (1n << 60n)) === 0n) {
    mantissa <<= 1n;
    exponent--;
  }
  if (precision >= 0 && precision < 15) {
    const drop = BigInt(60 - precision * 4);
    const rest = mantissa & ((1n << drop) - 1n);
    mantissa >>= drop;
    const half = drop === 0n ? 1n : 1n << (drop - 1n);
    if (rest > half || (rest === half && (mantissa & 1n) === 1n)) mantissa++;
    mantissa <<= drop;
    if ((mantissa & (1n << 61n)) !== 0n) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  const digits = (mantissa & ((1n << 60n) - 1n)).toString(16).padStart(15, '0');
  const fraction =
    precision < 0 ? digits.replace(/0+$/, '') : digits.slice(0, precision).padEnd(precision, '0');
  const sign = exponent < 0 ? '-' : '+';
  const magnitude = String(Math.abs(exponent)).padStart(2, '0');
  const text = `0x${String(mantissa >> 60n)}${fraction === '' ? '' : `.${fraction}`}p${sign}${magnitude}`;
  return upper ? text.toUpperCase() : text;
}

export type FloatVerb = 'b' | 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X';

/**
 * Go's `strconv.FormatFloat`.
 *
 * @param precision digits after the point, for `g` all significant ones; -1 for the fewest that can be read back
 */
export function formatFloat(value: number, verb: FloatVerb, precision: number, size: 32 | 64 = 64): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + formatMagnitude(Math.abs(value), verb, precision, size);
}

function formatMagnitude(value: number, verb: FloatVerb, precision: number, size: 32 | 64): string {
  if (verb === 'b') return binary(value, size);
  if (verb === 'x' || verb === 'X') return hexadecimal(value, precision, size, verb === 'X');
  if (precision < 0) {
    const decimal = shortestDecimal(value, size);
    const { digits, point } = decimal;
    if (verb === 'f') return fixed(decimal, Math.max(digits.length - point, 0));
    if (verb === 'e' || verb === 'E') return exponential(decimal, Math.max(digits.length - 1, 0), verb);
    return general(decimal, digits.length, true, verb === 'G' ? 'E' : 'e');
  }
  const decimal = exactDecimal(value);
  if (verb === 'f') return fixed(round(decimal, decimal.point + precision), precision);
  if (verb === 'e' || verb === 'E') return exponential(round(decimal, precision + 1), precision, verb);
  const significant = precision === 0 ? 1 : precision;
  return general(round(decimal, significant), significant, false, verb === 'G' ? 'E' : 'e');
}
