import { quote } from '../../template/quote.ts';
import { toBytes } from '../../template/text.ts';
import { Num, TypedList } from '../../template/value.ts';
import type { Value } from '../../template/value.ts';
import { civilOf, dayNames, monthNames, secondsOf } from './calendar.ts';
import { failure } from '../define.ts';
import { Duration, NamedInteger, saturated, second } from './duration.ts';
import { SprigValue, UnsupportedValue } from '../kinds.ts';
import { formatTime, zeroInstant } from './layout.ts';
import type { Instant } from './layout.ts';
import { int, int64, intArgument } from '../number.ts';
import { local, utc } from './zone.ts';
import type { Zone } from './zone.ts';

interface Member {
  readonly params: readonly string[];
  call(args: readonly Value[]): Value;
}

const RFC3339 = '2006-01-02T15:04:05.999999999Z07:00';

/** A `time.Time`. */
export class Time extends SprigValue {
  readonly type = 'time.Time';
  readonly instant: Instant;

  constructor(instant: Instant) {
    super();
    this.instant = instant;
  }

  /** The instant as nanoseconds since the Unix epoch. */
  get nanoseconds(): bigint {
    return BigInt(this.instant.seconds) * second + BigInt(this.instant.nanoseconds);
  }

  toString(): string {
    return this.format('2006-01-02 15:04:05.999999999 -0700 MST');
  }

  format(layout: string): string {
    return formatTime(layout, this.instant);
  }

  /** The same instant in another zone. */
  in(zone: Zone): Time {
    return new Time({ ...this.instant, zone });
  }

  /** The time this many nanoseconds later. */
  add(nanoseconds: bigint): Time {
    const { seconds, nanoseconds: fraction, zone } = this.instant;
    const sum = BigInt(fraction) + nanoseconds;
    const whole = sum >= 0n ? sum / second : (sum - second + 1n) / second;
    return new Time({ seconds: seconds + Number(whole), nanoseconds: Number(sum - whole * second), zone });
  }

  override goString(): string {
    const { year, month, day, hour, minute, second: clockSecond } = civil(this);
    const { nanoseconds, zone } = this.instant;
    const known = zone === utc ? 'time.UTC' : zone === local ? 'time.Local' : undefined;
    const location = known ?? `time.Location(${quote(zone.name)})`;
    const parts = [
      year,
      `time.${String(monthNames[month - 1])}`,
      day,
      hour,
      minute,
      clockSecond,
      nanoseconds,
      location,
    ];
    return `time.Date(${parts.join(', ')})`;
  }

  toJsonValue(): Value {
    const { year } = civilOf(this.instant.seconds + this.instant.zone.at(this.instant.seconds).offset);
    if (year < 0 || year >= 10_000)
      throw new UnsupportedValue('Time.MarshalJSON: year outside of range [0,9999]');
    return this.format(RFC3339);
  }

  /**
   * Go compares the pointers to the zones. Two zones that were parsed separately may differ although they say the same.
   */
  override equals(other: SprigValue): boolean {
    return this.deepEquals(other) && other instanceof Time && other.instant.zone === this.instant.zone;
  }

  deepEquals(other: SprigValue): boolean {
    return (
      other instanceof Time &&
      other.nanoseconds === this.nanoseconds &&
      other.instant.zone.key === this.instant.zone.key
    );
  }

  member(name: string): Member | undefined {
    return members.get(name)?.(this);
  }
}

/** A `*time.Location`. */
class Location extends SprigValue {
  readonly type = '*time.Location';
  readonly zone: Zone;

  constructor(zone: Zone) {
    super();
    this.zone = zone;
  }

  toString(): string {
    return this.zone.name;
  }

  toJsonValue(): Value {
    return {};
  }

  deepEquals(other: SprigValue): boolean {
    return other instanceof Location && other.zone.key === this.zone.key;
  }

  member(name: string): Member | undefined {
    return name === 'String' ? { params: [], call: () => this.zone.name } : undefined;
  }
}

type MemberOf = (time: Time) => Member;

const method =
  (params: readonly string[], call: (time: Time, args: readonly Value[]) => Value): MemberOf =>
  (time) => ({ params, call: (args) => call(time, args) });

const civil = (time: Time): ReturnType<typeof civilOf> =>
  civilOf(time.instant.seconds + time.instant.zone.at(time.instant.seconds).offset);

const timeArgument = (value: Value): Time => {
  if (value instanceof Time) return value;
  throw failure('expected a time');
};

const durationArgument = (value: Value): bigint => (value instanceof Duration ? value.value : 0n);

const bytes = (text: string): TypedList =>
  new TypedList(
    'uint8',
    Array.from(toBytes(text), (byte) => new Num('uint8', byte)),
  );

const sinceUnix = (unit: bigint): MemberOf =>
  method([], (time) => {
    const { nanoseconds } = time;
    return int64(nanoseconds >= 0n ? nanoseconds / unit : (nanoseconds - unit + 1n) / unit);
  });

/** Go's `Time.AddDate`: a day that the month does not have continues in the next month. */
function addDate(time: Time, years: number, months: number, days: number): Time {
  const { zone, seconds, nanoseconds } = time.instant;
  const { year, month, day, hour, minute, second: clockSecond } = civil(time);
  const shown = secondsOf(year + years, month + months, day + days, hour, minute, clockSecond);
  const guess = shown - zone.at(seconds).offset;
  return new Time({ seconds: shown - zone.at(guess).offset, nanoseconds, zone });
}

/** The remainder of a time since year 1, divided by a duration. */
function remainder(time: Time, unit: bigint): bigint {
  const sinceYearOne = time.nanoseconds - BigInt(zeroInstant.seconds) * second;
  const rest = sinceYearOne % unit;
  return rest < 0n ? rest + unit : rest;
}

function round(time: Time, unit: bigint, up: boolean): Time {
  if (unit <= 0n) return time;
  const rest = remainder(time, unit);
  return time.add(up && rest + rest >= unit ? unit - rest : -rest);
}

/** `a` minus `b`, as the nearest possible duration. */
export function between(a: Time, b: Time): bigint {
  return saturated(a.nanoseconds - b.nanoseconds);
}

const order = (time: Time, [other]: readonly Value[]): number => {
  const difference = time.nanoseconds - timeArgument(other).nanoseconds;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

const members: ReadonlyMap<string, MemberOf> = new Map<string, MemberOf>([
  ['Year', method([], (time) => int(civil(time).year))],
  ['Month', method([], (time) => monthOf(civil(time).month))],
  ['Day', method([], (time) => int(civil(time).day))],
  ['Hour', method([], (time) => int(civil(time).hour))],
  ['Minute', method([], (time) => int(civil(time).minute))],
  ['Second', method([], (time) => int(civil(time).second))],
  ['Nanosecond', method([], (time) => int(time.instant.nanoseconds))],
  ['YearDay', method([], (time) => int(civil(time).yearDay))],
  ['Weekday', method([], (time) => weekdayOf(civil(time).weekday))],
  ['Unix', sinceUnix(second)],
  ['UnixMilli', sinceUnix(1_000_000n)],
  ['UnixMicro', sinceUnix(1000n)],
  ['UnixNano', sinceUnix(1n)],
  ['Format', method(['string'], (time, [layout]) => time.format(layout as string))],
  ['String', method([], (time) => time.toString())],
  ['IsZero', method([], (time) => time.nanoseconds === BigInt(zeroInstant.seconds) * second)],
  ['UTC', method([], (time) => time.in(utc))],
  ['Local', method([], (time) => time.in(local))],
  ['Location', method([], (time) => new Location(time.instant.zone))],
  ['In', method(['*time.Location'], (time, [zone]) => time.in(zone instanceof Location ? zone.zone : utc))],
  ['Add', method(['time.Duration'], (time, [duration]) => time.add(durationArgument(duration)))],
  ['Sub', method(['time.Time'], (time, [other]) => new Duration(between(time, timeArgument(other))))],
  ['Round', method(['time.Duration'], (time, [unit]) => round(time, durationArgument(unit), true))],
  ['Truncate', method(['time.Duration'], (time, [unit]) => round(time, durationArgument(unit), false))],
  [
    'AddDate',
    method(['int', 'int', 'int'], (time, [years, months, days]) =>
      addDate(time, intArgument(years), intArgument(months), intArgument(days)),
    ),
  ],
  ['Before', method(['time.Time'], (time, args) => order(time, args) < 0)],
  ['After', method(['time.Time'], (time, args) => order(time, args) > 0)],
  ['Equal', method(['time.Time'], (time, args) => order(time, args) === 0)],
  ['Compare', method(['time.Time'], (time, args) => int(order(time, args)))],
  ['MarshalText', method([], (time) => bytes(time.format(RFC3339)))],
  ['MarshalJSON', method([], (time) => bytes(`"${time.format(RFC3339)}"`))],
]);

function monthOf(month: number): NamedInteger {
  return new NamedInteger('time.Month', BigInt(month), monthNames[month - 1] ?? '');
}

function weekdayOf(day: number): NamedInteger {
  return new NamedInteger('time.Weekday', BigInt(day), dayNames[day] ?? '');
}
