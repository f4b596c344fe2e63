import { floatValue, intValue } from '../../template/types.ts';
import type { Value } from '../../template/value.ts';
import { SprigValue } from '../kinds.ts';
import { int64 } from '../number.ts';

/*
 * Go's time.Duration: an int64 of nanoseconds.
 */

export const second = 1_000_000_000n;
const minDuration = -(2n ** 63n);
const maxDuration = 2n ** 63n - 1n;

const units: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  ['\u00b5s', 1000n],
  ['\u03bcs', 1000n],
  ['ms', 1_000_000n],
  ['s', second],
  ['m', 60n * second],
  ['h', 3600n * second],
]);

/** Go's `time.ParseDuration`; `undefined` if the text is not a duration. */
export function parseDuration(text: string): bigint | undefined {
  const unsigned = text.replace(/^[-+]/, '');
  if (unsigned === '0') return 0n;
  const terms = /^(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[^0-9.]+)+$/.test(unsigned);
  if (!terms) return undefined;
  let sum = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of unsigned.matchAll(
    /([0-9]*)(?:\.([0-9]*))?([^0-9.]+)/g,
  )) {
    const size = units.get(unit);
    const term = size === undefined ? undefined : durationTerm(whole, fraction, size);
    if (term === undefined) return undefined;
    sum += term;
    if (sum > -minDuration) return undefined;
  }
  if (text.startsWith('-')) return -sum;
  return sum > maxDuration ? undefined : sum;
}

function durationTerm(whole: string, fraction: string, size: bigint): bigint | undefined {
  if (whole.replace(/^0+/, '').length > 19) return undefined;
  const nanoseconds = BigInt(whole === '' ? 0 : whole) * size;
  if (nanoseconds > -minDuration) return undefined;
  if (fraction === '') return nanoseconds;
  // As many digits as fit an int64, then in floating point, as in Go.
  const digits = leadingDigits(fraction);
  const scaled = Number(BigInt(digits)) * (Number(size) / 10 ** digits.length);
  return nanoseconds + BigInt(Math.trunc(scaled));
}

function leadingDigits(fraction: string): string {
  const most = fraction.slice(0, 19);
  return BigInt(most) > maxDuration ? most.slice(0, 18) : most;
}

/** Go's `Duration.String`: `1h2m3.5s`; below a second, smaller units are used. */
export function formatDuration(duration: bigint): string {
  const sign = duration < 0n ? '-' : '';
  const size = duration < 0n ? -duration : duration;
  if (size === 0n) return '0s';
  if (size < second) return sign + formatSmall(size);
  const seconds = size / second;
  const fraction = fractionOf(size % second, 9);
  const minutes = seconds / 60n;
  const hours = minutes / 60n;
  const clock = `${String(seconds % 60n)}${fraction}s`;
  if (minutes === 0n) return sign + clock;
  return hours === 0n
    ? `${sign}${String(minutes)}m${clock}`
    : `${sign}${String(hours)}h${String(minutes % 60n)}m${clock}`;
}

function formatSmall(size: bigint): string {
  if (size < 1000n) return `${String(size)}ns`;
  if (size < 1_000_000n) return `${String(size / 1000n)}${fractionOf(size % 1000n, 3)}\u00b5s`;
  return `${String(size / 1_000_000n)}${fractionOf(size % 1_000_000n, 6)}ms`;
}

function fractionOf(value: bigint, digits: number): string {
  const text = String(value).padStart(digits, '0').replace(/0+$/, '');
  return text === '' ? '' : `.${text}`;
}

/** The nearest duration that an int64 can hold. */
export function saturated(duration: bigint): bigint {
  return duration < minDuration ? minDuration : duration > maxDuration ? maxDuration : duration;
}

/** Go's `Duration.Round`: half away from zero. */
export function roundDuration(duration: bigint, unit: bigint): bigint {
  if (unit <= 0n) return duration;
  const size = duration < 0n ? -duration : duration;
  const rest = size % unit;
  const rounded = rest + rest < unit ? size - rest : size + unit - rest;
  return saturated(duration < 0n ? -rounded : rounded);
}

interface Member {
  readonly params: readonly string[];
  call(args: readonly Value[]): Value;
}

/** A whole number of a named type, such as `time.Month`, that prints as text. */
export class NamedInteger extends SprigValue {
  readonly type: string;
  readonly value: bigint;
  readonly #text: string;

  constructor(type: string, value: bigint, text: string) {
    super();
    this.type = type;
    this.value = value;
    this.#text = text;
  }

  override get kind(): 'int' {
    return 'int';
  }

  override underlying(): Value {
    return intValue(Number(this.value));
  }

  override isTrue(): boolean {
    return this.value !== 0n;
  }

  override equals(other: SprigValue): boolean {
    return this.deepEquals(other);
  }

  toString(): string {
    return this.#text;
  }

  override goString(): string {
    return String(this.value);
  }

  toJsonValue(): Value {
    return int64(this.value);
  }

  deepEquals(other: SprigValue): boolean {
    return other instanceof NamedInteger && other.type === this.type && other.value === this.value;
  }

  member(name: string): Member | undefined {
    return name === 'String' ? { params: [], call: () => this.#text } : undefined;
  }
}

/** A `time.Duration`. */
export class Duration extends NamedInteger {
  constructor(nanoseconds: bigint) {
    super('time.Duration', nanoseconds, formatDuration(nanoseconds));
  }

  override underlying(): Value {
    return int64(this.value);
  }

  override member(name: string): Member | undefined {
    const read = durationMembers.get(name);
    if (read) return { params: [], call: () => read(this.value) };
    if (name === 'Round' || name === 'Truncate') {
      return { params: ['time.Duration'], call: ([unit]) => new Duration(rounded(name, this.value, unit)) };
    }
    return super.member(name);
  }
}

function rounded(how: 'Round' | 'Truncate', value: bigint, unit: Value): bigint {
  const size = unit instanceof Duration ? unit.value : 0n;
  if (how === 'Round') return roundDuration(value, size);
  return size <= 0n ? value : value - (value % size);
}

const inUnits = (value: bigint, unit: bigint): number =>
  Number(value / unit) + Number(value % unit) / Number(unit);

const durationMembers: ReadonlyMap<string, (value: bigint) => Value> = new Map<
  string,
  (value: bigint) => Value
>([
  ['Hours', (value) => floatValue(inUnits(value, 3600n * second))],
  ['Minutes', (value) => floatValue(inUnits(value, 60n * second))],
  ['Seconds', (value) => floatValue(inUnits(value, second))],
  ['Milliseconds', (value) => int64(value / 1_000_000n)],
  ['Microseconds', (value) => int64(value / 1000n)],
  ['Nanoseconds', (value) => int64(value)],
  ['Abs', (value) => new Duration(saturated(value < 0n ? -value : value))],
]);
