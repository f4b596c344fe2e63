/*
 * The proleptic Gregorian calendar, for any year.
 */

const SECONDS_PER_DAY = 86_400;
const DAYS_PER400_YEARS = 146_097;

/** A date and a time of day. Months count from 1, weekdays from 0 (Sunday). */
export interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly weekday: number;
  /** Day of the year, from 1. */
  readonly yearDay: number;
}

const daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/** By the Gregorian calendar, which Go extends to all years. Years before year 1 are 0 or negative. */
export function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** The number of days in a year before a month, which counts from 1. */
export function daysBeforeMonth(month: number, year: number): number {
  return (daysBefore[month - 1] ?? 0) + (month > 2 && isLeap(year) ? 1 : 0);
}

/** 28 to 31; the month counts from 1. */
export function daysInMonth(month: number, year: number): number {
  return month === 2 && isLeap(year) ? 29 : (daysBefore[month] ?? 0) - (daysBefore[month - 1] ?? 0);
}

/** The number of days from 1970-01-01 to the first of January. */
function daysBeforeYear(year: number): number {
  const past = year - 1;
  return past * 365 + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400) - 719_162;
}

const floorRemainder = (value: number, by: number): number => value - Math.floor(value / by) * by;

/**
 * Seconds since 1970-01-01, on a clock without offset. Months and smaller units may overflow, as in Go's `time.Date`.
 */
export function secondsOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number {
  const fullYear = year + Math.floor((month - 1) / 12);
  const fullMonth = floorRemainder(month - 1, 12) + 1;
  const days = daysBeforeYear(fullYear) + daysBeforeMonth(fullMonth, fullYear) + day - 1;
  return days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
}

/** Date and time on a clock that shows this many seconds since 1970-01-01. */
export function civilOf(seconds: number): Civil {
  const days = Math.floor(seconds / SECONDS_PER_DAY);
  const clock = seconds - days * SECONDS_PER_DAY;
  let year = Math.floor(((days + 719_162) / DAYS_PER400_YEARS) * 400) + 1;
  while (daysBeforeYear(year) > days) year--;
  while (daysBeforeYear(year + 1) <= days) year++;
  const yearDay = days - daysBeforeYear(year) + 1;
  let month = 12;
  while (daysBeforeMonth(month, year) >= yearDay) month--;
  return {
    year,
    month,
    day: yearDay - daysBeforeMonth(month, year),
    hour: Math.floor(clock / 3600),
    minute: Math.floor(clock / 60) % 60,
    second: clock % 60,
    weekday: floorRemainder(days + 4, 7),
    yearDay,
  };
}

export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export const dayNames = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;
