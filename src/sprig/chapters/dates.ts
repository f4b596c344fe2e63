import { always, aString } from '../../template/results.ts';
import { named } from '../../template/typing/type.ts';
import { FunctionError } from '../../template/function.ts';
import type { CallContext, TemplateFunction } from '../../template/function.ts';
import { Num } from '../../template/value.ts';
import type { Value } from '../../template/value.ts';
import { parseIntLeniently } from './conversion.ts';
import { chargeText, failure, fixed } from '../define.ts';
import type { Chapter } from '../define.ts';
import { between, Time } from '../go/time.ts';
import { formatDuration, parseDuration, roundDuration, second } from '../go/duration.ts';
import { DateError, parseTime, zeroInstant } from '../go/layout.ts';
import type { Instant } from '../go/layout.ts';
import { isInt64 } from '../../template/types.ts';
import { loadZone, local, utc } from '../go/zone.ts';

/** Marks functions that read the clock, even if only when no date is given. */
const clock = { nondeterministic: 'clock' } as const;

function now(context: CallContext): Time {
  const milliseconds = context.now();
  const seconds = Math.floor(milliseconds / 1000);
  const nanoseconds = Math.floor((milliseconds - seconds * 1000) * 1_000_000);
  return new Time({ seconds, nanoseconds, zone: local });
}

/**
 * A date that is given as a time, or as seconds since the Unix epoch in one of the integer types. Everything else means
 * the present.
 */
function dateOf(value: Value, context: CallContext, kinds: readonly string[]): Time {
  if (value instanceof Time) return value;
  const seconds = value instanceof Num && kinds.includes(value.kind) ? BigInt(value.value) : int64In(value);
  return seconds === undefined
    ? now(context)
    : new Time({ seconds: Number(seconds), nanoseconds: 0, zone: local });
}

// Both of these accept an int64 too.
const dateKinds = ['int', 'int32'];
const agoKinds = ['int'];

/** The date in a zone; in UTC if the zone does not exist. */
function formatIn(layout: string, date: Value, zone: string, context: CallContext): string {
  context.charge(50 + layout.length);
  const text = dateOf(date, context, dateKinds)
    .in(loadZone(zone) ?? utc)
    .format(layout);
  context.checkLength(text.length);
  return text;
}

const HTML_LAYOUT = '2006-01-02';

/** A duration from a number of whole seconds. Types other than int64 and string count as zero. */
function duration(value: Value): string {
  return formatDuration(BigInt.asIntN(64, secondsIn(value) * second));
}

function secondsIn(value: Value): bigint {
  if (typeof value === 'string') return BigInt(parseIntLeniently(value));
  return int64In(value) ?? 0n;
}

function int64In(value: Value): bigint | undefined {
  if (value instanceof Num) return value.kind === 'int64' ? BigInt(value.value) : undefined;
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && isInt64(value) ? BigInt(value) : undefined;
}

const roundUnits: readonly (readonly [name: string, seconds: bigint])[] = [
  ['y', 365n * 24n * 3600n],
  ['mo', 30n * 24n * 3600n],
  ['d', 24n * 3600n],
  ['h', 3600n],
  ['m', 60n],
  ['s', 1n],
];

/** The duration in its largest unit, rounded down: `2h` for `2h10m5s`. It must be longer than the unit. */
function durationRound(value: Value, context: CallContext): string {
  context.charge(20);
  const size = durationIn(value, context);
  const magnitude = size < 0n ? -size : size;
  for (const [name, seconds] of roundUnits) {
    const unit = seconds * second;
    if (magnitude > unit) return `${String(magnitude / unit)}${name}`;
  }
  return '0s';
}

function durationIn(value: Value, context: CallContext): bigint {
  if (typeof value === 'string') {
    chargeText(context, value.length * 16);
    return parseDuration(value) ?? 0n;
  }
  if (value instanceof Time) return between(now(context), value);
  return int64In(value) ?? 0n;
}

function readDate(layout: string, value: string, context: CallContext): Instant {
  context.charge(20 + layout.length + value.length);
  try {
    return parseTime(layout, value);
  } catch (error) {
    if (error instanceof DateError) throw failure(`parsing time: ${error.message}`);
    throw error;
  }
}

function dateOrZero(layout: string, value: string, context: CallContext): Instant {
  try {
    return readDate(layout, value, context);
  } catch (error) {
    if (error instanceof FunctionError) return zeroInstant;
    throw error;
  }
}

const dateInZone: TemplateFunction = fixed(
  ['string', 'any', 'string'],
  ([layout, date, zone], context) => formatIn(layout as string, date, zone as string, context),
  { ...clock, result: aString, example: '"15:04 MST" (toDate "2006-01-02" "2026-01-02") "Europe/Berlin"' },
);

const dateModify: TemplateFunction = fixed(
  ['string', 'time.Time'],
  ([change, date]) => {
    const size = parseDuration(change as string);
    return size === undefined ? date : (date as Time).add(size);
  },
  { result: always(named('time.Time')), example: '"-1.5h" (toDate "2006-01-02" "2026-01-02")' },
);

const mustDateModify: TemplateFunction = fixed(
  ['string', 'time.Time'],
  ([change, date]) => {
    const size = parseDuration(change as string);
    if (size === undefined) throw failure('time: invalid duration');
    return (date as Time).add(size);
  },
  { result: always(named('time.Time')), example: '"48h" (toDate "2006-01-02" "2026-01-02")' },
);

/** sprig's chapter "Date Functions". */
export const dates: Chapter = {
  now: fixed([], (_args, context) => now(context), {
    ...clock,
    result: always(named('time.Time')),
    cost: 'nothing',
    example: '',
  }),
  ago: fixed(
    ['any'],
    ([date], context) => {
      const elapsed = between(now(context), dateOf(date, context, agoKinds));
      return formatDuration(roundDuration(elapsed, second));
    },
    { ...clock, result: aString, example: '(toDate "2006-01-02" "2026-01-01")' },
  ),
  date: fixed(
    ['string', 'any'],
    ([layout, date], context) => formatIn(layout as string, date, 'Local', context),
    { ...clock, result: aString, example: '"2006-01-02" (toDate "2006-01-02" "2026-01-02")' },
  ),
  dateInZone,
  date_in_zone: dateInZone,
  htmlDate: fixed(['any'], ([date], context) => formatIn(HTML_LAYOUT, date, 'Local', context), {
    ...clock,
    result: aString,
    example: '(toDate "2006-01-02" "2026-03-04")',
  }),
  htmlDateInZone: fixed(
    ['any', 'string'],
    ([date, zone], context) => formatIn(HTML_LAYOUT, date, zone as string, context),
    { ...clock, result: aString, example: '(toDate "2006-01-02" "2026-01-02") "UTC"' },
  ),
  dateModify,
  date_modify: dateModify,
  mustDateModify,
  must_date_modify: mustDateModify,
  toDate: fixed(
    ['string', 'string'],
    ([layout, value], context) => new Time(dateOrZero(layout as string, value as string, context)),
    { result: always(named('time.Time')), example: '"2006-01-02" "2026-01-02"' },
  ),
  mustToDate: fixed(
    ['string', 'string'],
    ([layout, value], context) => new Time(readDate(layout as string, value as string, context)),
    { result: always(named('time.Time')), example: '"2006-01-02" "2026-01-02"' },
  ),
  unixEpoch: fixed(['time.Time'], ([date]) => String((date as Time).instant.seconds), {
    result: aString,
    cost: 'nothing',
    example: '(toDate "2006-01-02" "2026-01-02")',
  }),
  duration: fixed(['any'], ([value]) => duration(value), { result: aString, example: '"3661"' }),
  durationRound: fixed(['any'], ([value], context) => durationRound(value, context), {
    ...clock,
    result: aString,
    example: '"2h10m5s"',
  }),
};
