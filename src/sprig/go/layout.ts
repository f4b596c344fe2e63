import {
  civilOf,
  dayNames,
  daysBeforeMonth,
  daysInMonth,
  isLeap,
  monthNames,
  secondsOf,
} from './calendar.ts';
import type { Civil } from './calendar.ts';
import { fixedZone, local, utc } from './zone.ts';
import type { Zone } from './zone.ts';

/*
 * Go's date layouts: Time.Format and time.ParseInLocation, with the server's zone UTC.
 */

/** An instant: seconds since the Unix epoch, nanoseconds within the second, and the zone in which it is shown. */
export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly zone: Zone;
}

// The elements of a layout: parts of the reference time Mon Jan 2 15:04:05 MST 2006. The alternatives are in the order
// in which Go tries them at a position.
const element = new RegExp(
  [
    'January',
    'Jan(?![a-z])',
    'Monday',
    'Mon(?![a-z])',
    'MST',
    '0[1-6]',
    '002',
    '15',
    '1',
    '2006',
    '2',
    '_2(?!006)',
    '__2',
    '[345]',
    'PM',
    'pm',
    '[-Z]070000',
    '[-Z]07:00:00',
    '[-Z]0700',
    '[-Z]07:00',
    '[-Z]07',
    '[.,](?:0+|9+)(?![0-9])',
  ].join('|'),
  'g',
);

const pad = (value: number, width: number, fill = '0'): string =>
  (value < 0 ? '-' : '') + String(Math.abs(value)).padStart(width, fill);

/** Go's `Time.Format`. */
export function formatTime(layout: string, { seconds, nanoseconds, zone }: Instant): string {
  const { name, offset } = zone.at(seconds);
  const civil = civilOf(seconds + offset);
  return layout.replace(element, (part) => formatPart(part, civil, nanoseconds, name, offset));
}

function formatPart(part: string, civil: Civil, nanoseconds: number, zone: string, offset: number): string {
  const { year, month, day, hour, minute, second } = civil;
  switch (part) {
    case 'January':
      return monthNames[month - 1] ?? '';
    case 'Jan':
      return (monthNames[month - 1] ?? '').slice(0, 3);
    case '1':
      return String(month);
    case '01':
      return pad(month, 2);
    case 'Monday':
      return dayNames[civil.weekday] ?? '';
    case 'Mon':
      return (dayNames[civil.weekday] ?? '').slice(0, 3);
    case '2':
      return String(day);
    case '_2':
      return pad(day, 2, ' ');
    case '02':
      return pad(day, 2);
    case '__2':
      return pad(civil.yearDay, 3, ' ');
    case '002':
      return pad(civil.yearDay, 3);
    case '2006':
      return pad(year, 4);
    case '06':
      return pad(Math.abs(year) % 100, 2);
    case '15':
      return pad(hour, 2);
    case '3':
      return String(hour % 12 || 12);
    case '03':
      return pad(hour % 12 || 12, 2);
    case '4':
      return String(minute);
    case '04':
      return pad(minute, 2);
    case '5':
      return String(second);
    case '05':
      return pad(second, 2);
    case 'PM':
      return hour >= 12 ? 'PM' : 'AM';
    case 'pm':
      return hour >= 12 ? 'pm' : 'am';
    case 'MST':
      return zone === '' ? formatOffset('-0700', offset) : zone;
    default:
      return /^[-Z]/.test(part) ? formatOffset(part, offset) : formatFraction(part, nanoseconds);
  }
}

function formatOffset(part: string, offset: number): string {
  if (offset === 0 && part.startsWith('Z')) return 'Z';
  // Go rounds the minutes towards zero and takes the sign from them.
  const minutes = Math.trunc(offset / 60);
  const colon = part.includes(':') ? ':' : '';
  const fields = [pad(Math.floor(Math.abs(minutes) / 60), 2)];
  const digits = part.replace(/[^0-9]/g, '').length;
  if (digits >= 4) fields.push(pad(Math.abs(minutes) % 60, 2));
  if (digits >= 6) fields.push(pad((minutes < 0 ? -offset : offset) % 60, 2));
  return (minutes < 0 ? '-' : '+') + fields.join(colon);
}

function formatFraction(part: string, nanoseconds: number): string {
  const digits = pad(nanoseconds, 9).slice(0, part.length - 1);
  if (part.charAt(1) === '0') return part.charAt(0) + digits;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : part.charAt(0) + trimmed;
}

/** What is wrong with a date. */
export class DateError extends Error {}

/** The instant 0001-01-01T00:00:00Z, Go's zero `time.Time`. */
export const zeroInstant: Instant = { seconds: -62_135_596_800, nanoseconds: 0, zone: utc };

/** Go's `time.ParseInLocation(layout, value, time.Local)`. @throws DateError */
export function parseTime(layout: string, value: string): Instant {
  return new DateReader(layout, value).read();
}

/** Parses by a layout, element by element, after `parse` in Go's time/format.go. */
class DateReader {
  readonly #layout: string;
  #rest: string;
  #year = 0;
  #month = -1;
  #day = -1;
  #yearDay = -1;
  #hour = 0;
  #minute = 0;
  #second = 0;
  #nanoseconds = 0;
  #noon: 'AM' | 'PM' | undefined;
  #zone: Zone | undefined;
  #offset: number | undefined;
  #zoneName = '';

  constructor(layout: string, value: string) {
    this.#layout = layout;
    this.#rest = value;
  }

  read(): Instant {
    const parts = [...this.#layout.matchAll(element)];
    let at = 0;
    parts.forEach((part, i) => {
      this.#skip(this.#layout.slice(at, part.index));
      at = part.index + part[0].length;
      this.#element(part[0], parts[i + 1]?.[0]);
    });
    this.#skip(this.#layout.slice(at));
    if (this.#rest !== '') throw new DateError('the date has more text than the layout');
    return this.#instant();
  }

  /** Skips the text between elements. Any number of spaces matches any other number; at the end it may be none. */
  #skip(prefix: string): void {
    for (const part of prefix.match(/ +|[^ ]+/g) ?? []) {
      if (part.startsWith(' ')) {
        if (this.#rest !== '' && !this.#rest.startsWith(' ')) throw this.#bad(prefix);
        this.#rest = this.#rest.replace(/^ +/, '');
      } else {
        if (!this.#rest.startsWith(part)) throw this.#bad(prefix);
        this.#rest = this.#rest.slice(part.length);
      }
    }
  }

  #bad(part: string): DateError {
    return new DateError(`the date does not match the layout at "${part}"`);
  }

  #take(pattern: RegExp, part: string): string {
    const taken = pattern.exec(this.#rest)?.[0];
    if (taken === undefined) throw this.#bad(part);
    this.#rest = this.#rest.slice(taken.length);
    return taken;
  }

  #number(part: string, least: number, most: number, what: string): number {
    const value = Number(this.#take(part.startsWith('0') ? /^[0-9]{2}/ : /^[0-9]{1,2}/, part));
    if (value < least || value > most) throw new DateError(`${what} out of range`);
    return value;
  }

  /** The index of the name that comes next, in any case. */
  #name(names: readonly string[], part: string): number {
    const rest = this.#rest;
    const found = names.findIndex((name) => rest.slice(0, name.length).toLowerCase() === name.toLowerCase());
    if (found < 0) throw this.#bad(part);
    this.#rest = rest.slice(names[found]?.length ?? 0);
    return found;
  }

  #element(part: string, next: string | undefined): void {
    switch (part) {
      case '06': {
        // Two characters that strconv's sign rule accepts as a number, such as "-1".
        const year = Number(this.#take(/^(?:[0-9]{2}|[-+][0-9])/, part));
        this.#year = year + (year >= 69 ? 1900 : 2000);
        return;
      }
      case '2006':
        this.#year = Number(this.#take(/^[0-9]{4}/, part));
        return;
      case 'Jan':
        this.#month = this.#name(shortMonths, part) + 1;
        return;
      case 'January':
        this.#month = this.#name(monthNames, part) + 1;
        return;
      case '1':
      case '01':
        this.#month = this.#number(part, 1, 12, 'month');
        return;
      case 'Mon':
        this.#name(shortDays, part);
        return;
      case 'Monday':
        this.#name(dayNames, part);
        return;
      case '_2':
        this.#rest = this.#rest.replace(/^ /, '');
        this.#day = this.#number(part, 0, 99, 'day');
        return;
      case '2':
      case '02':
        this.#day = this.#number(part, 0, 99, 'day');
        return;
      case '__2':
        this.#rest = this.#rest.replace(/^ {1,2}/, '');
        this.#yearDay = Number(this.#take(/^[0-9]{1,3}/, part));
        return;
      case '002':
        this.#yearDay = Number(this.#take(/^[0-9]{3}/, part));
        return;
      default:
        this.#clockElement(part, next);
    }
  }

  #clockElement(part: string, next: string | undefined): void {
    switch (part) {
      case '15':
        this.#hour = this.#number(part, 0, 23, 'hour');
        return;
      case '3':
      case '03':
        this.#hour = this.#number(part, 0, 12, 'hour');
        return;
      case '4':
      case '04':
        this.#minute = this.#number(part, 0, 59, 'minute');
        return;
      case '5':
      case '05':
        this.#second = this.#number(part, 0, 59, 'second');
        // A fraction may follow even if the layout has none.
        if (/^[.,][0-9]/.test(this.#rest) && !/^[.,]/.test(next ?? ''))
          this.#fraction(this.#take(/^[.,][0-9]+/, part));
        return;
      case 'PM':
        this.#noon = this.#take(/^[AP]M/, part) === 'PM' ? 'PM' : 'AM';
        return;
      case 'pm':
        this.#noon = this.#take(/^[ap]m/, part) === 'pm' ? 'PM' : 'AM';
        return;
      case 'MST':
        this.#zoneAbbreviation(part);
        return;
      default:
        if (/^[-Z]/.test(part)) this.#zoneOffset(part);
        else this.#fractionElement(part);
    }
  }

  #fractionElement(part: string): void {
    if (part.charAt(1) === '0')
      this.#fraction(this.#take(new RegExp(`^[.,][0-9]{${String(part.length - 1)}}`), part));
    else if (/^[.,][0-9]/.test(this.#rest)) this.#fraction(this.#take(/^[.,][0-9]{1,9}/, part));
  }

  #fraction(text: string): void {
    this.#nanoseconds = Number(text.slice(1, 10).padEnd(9, '0'));
  }

  #zoneOffset(part: string): void {
    // The forms with seconds do not accept a bare Z.
    const colons = part.split(':').length - 1;
    const digits = part.replace(/[^0-9]/g, '').length;
    if (part.startsWith('Z') && digits < 6 && this.#rest.startsWith('Z')) {
      this.#rest = this.#rest.slice(1);
      this.#zone = utc;
      return;
    }
    const separator = colons > 0 ? ':' : '';
    const fields = Array.from({ length: digits / 2 }, () => '[0-9]{2}').join(separator);
    const text = this.#take(new RegExp(`^[-+]${fields}`), part);
    const [hours = 0, minutes = 0, seconds = 0] = (text.match(/[0-9]{2}/g) ?? []).map(Number);
    // Go's bounds: some people write offsets of 24 hours or 60 minutes.
    if (hours > 24 || minutes > 60 || seconds > 60) throw new DateError('time zone offset out of range');
    const offset = (hours * 60 + minutes) * 60 + seconds;
    this.#offset = text.startsWith('-') ? -offset : offset;
  }

  #zoneAbbreviation(part: string): void {
    if (this.#rest.startsWith('UTC')) {
      this.#rest = this.#rest.slice(3);
      this.#zone = utc;
      return;
    }
    const length = abbreviationLength(this.#rest);
    if (length === undefined) throw this.#bad(part);
    this.#zoneName = this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
  }

  #instant(): Instant {
    const hour =
      this.#noon === 'PM' && this.#hour < 12
        ? this.#hour + 12
        : this.#noon === 'AM' && this.#hour === 12
          ? 0
          : this.#hour;
    const [month, day] = this.#monthAndDay();
    const seconds = secondsOf(this.#year, month, day, hour, this.#minute, this.#second);
    const nanoseconds = this.#nanoseconds;
    if (this.#zone) return { seconds, nanoseconds, zone: this.#zone };
    // Go treats an offset of -1 second as none.
    if (this.#offset !== undefined && this.#offset !== -1) {
      const sameAsLocal = this.#offset === 0 && (this.#zoneName === '' || this.#zoneName === local.name);
      const zone = sameAsLocal ? local : fixedZone(this.#zoneName, this.#offset);
      return { seconds: seconds - this.#offset, nanoseconds, zone };
    }
    if (this.#zoneName !== '') return this.#inNamedZone(seconds);
    return { seconds, nanoseconds, zone: local };
  }

  /** An abbreviation that the local zone does not know only gives its name, unless it is of the form `GMT+3`. */
  #inNamedZone(seconds: number): Instant {
    const offset = Number(/^GMT([-+].*)$/.exec(this.#zoneName)?.[1] ?? 0) * 3600;
    return { seconds, nanoseconds: this.#nanoseconds, zone: fixedZone(this.#zoneName, offset) };
  }

  #monthAndDay(): [month: number, day: number] {
    if (this.#yearDay >= 0) return this.#fromYearDay();
    const month = this.#month < 0 ? 1 : this.#month;
    const day = this.#day < 0 ? 1 : this.#day;
    if (day < 1 || day > daysInMonth(month, this.#year)) throw new DateError('day out of range');
    return [month, day];
  }

  #fromYearDay(): [month: number, day: number] {
    const last = isLeap(this.#year) ? 366 : 365;
    if (this.#yearDay < 1 || this.#yearDay > last) throw new DateError('day-of-year out of range');
    let month = 12;
    while (daysBeforeMonth(month, this.#year) >= this.#yearDay) month--;
    const day = this.#yearDay - daysBeforeMonth(month, this.#year);
    if (this.#month >= 0 && this.#month !== month) throw new DateError('day-of-year does not match month');
    if (this.#day >= 0 && this.#day !== day) throw new DateError('day-of-year does not match day');
    return [month, day];
  }
}

const shortMonths = monthNames.map((name) => name.slice(0, 3));
const shortDays = dayNames.map((name) => name.slice(0, 3));

/** Length of the zone abbreviation that comes next, after Go's `parseTimeZone`. */
function abbreviationLength(text: string): number | undefined {
  if (/^(?:ChST|MeST)/.test(text)) return 4;
  if (text.startsWith('GMT')) return 3 + signedOffsetLength(text.slice(3));
  if (/^[-+]/.test(text)) return text.length >= 3 ? signedOffsetLength(text) || undefined : undefined;
  const letters = /^[A-Z]{0,6}/.exec(text)?.[0] ?? '';
  if (letters.length === 3) return 3;
  if (letters.length === 4) return letters.endsWith('T') || letters === 'WITA' ? 4 : undefined;
  return letters.length === 5 && letters.endsWith('T') ? 5 : undefined;
}

function signedOffsetLength(text: string): number {
  const offset = /^[-+]([0-9]+)/.exec(text);
  return offset && Number(offset[1]) <= 23 ? offset[0].length : 0;
}
