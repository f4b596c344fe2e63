import { describe, expect, it } from 'vitest';
import { errorOf, render } from './render.ts';

// Expectations are Go's own answers (test/conformance/oracle).
describe('Dates', () => {
  it.each<[string, string, string]>([
    [
      'toDate without a zone is UTC',
      '{{ toDate "2006-01-02" "2026-03-04" }}',
      '2026-03-04 00:00:00 +0000 UTC',
    ],
    [
      'toDate of what does not match is the year 1',
      '{{ toDate "2006-01-02" "tomorrow" }}',
      '0001-01-01 00:00:00 +0000 UTC',
    ],
    [
      'an offset stays with the date',
      '{{ toDate "2006-01-02T15:04:05Z07:00" "2024-02-29T23:59:59.5+05:30" }}',
      '2024-02-29 23:59:59.5 +0530 +0530',
    ],
    [
      'an unknown abbreviation says nothing of the offset',
      '{{ toDate "15:04 MST" "12:00 CEST" }}',
      '0000-01-01 12:00:00 +0000 CEST',
    ],
    ['GMT with an offset', '{{ toDate "15:04 MST" "12:00 GMT+3" }}', '0000-01-01 15:00:00 +0300 GMT+3'],
    [
      'a fraction may follow the seconds',
      '{{ toDate "15:04:05" "12:00:01,25" }}',
      '0000-01-01 12:00:01.25 +0000 UTC',
    ],
    [
      'spaces match any number of spaces',
      '{{ toDate "Jan _2  2006" "Feb 3 2020" }}',
      '2020-02-03 00:00:00 +0000 UTC',
    ],
    [
      'names match in any case',
      '{{ toDate "Monday, 02-Jan-06" "WEDNESDAY, 04-mar-26" }}',
      '2026-03-04 00:00:00 +0000 UTC',
    ],
    ['twelve-hour clock', '{{ toDate "3:04PM" "12:05AM" }}', '0000-01-01 00:05:00 +0000 UTC'],
    ['day of the year', '{{ toDate "2006 __2" "2024  60" }}', '2024-02-29 00:00:00 +0000 UTC'],
    [
      'every element',
      '{{ date "January Jan 1 01 Monday Mon 2 _2 02 __2 002 2006 06 15 3 03 4 04 5 05 PM pm .000 .999 ,00 MST Z07:00 -0700 -07 Z070000" (toDate "2006-01-02T15:04:05.999Z07:00" "2024-03-05T04:06:07.89Z") }}',
      'March Mar 3 03 Tuesday Tue 5  5 05  65 065 2024 24 04 4 04 6 06 7 07 AM am .890 .89 ,89 UTC Z +0000 +00 Z',
    ],
    [
      'a name within a word is no element',
      '{{ date "Janet Mond 2006x MSTx" (toDate "2006" "2024") }}',
      'Janet Mond 2024x UTCx',
    ],
    ['underscore before a year', '{{ date "_2006_2" (toDate "2006" "2024") }}', '_2024 1'],
    ['seconds since the epoch', '{{ date "2006-01-02 15:04:05" 1700000000 }}', '2023-11-14 22:13:20'],
    ['before the epoch', '{{ date "2006-01-02 15:04:05" -1 }}', '1969-12-31 23:59:59'],
    [
      'a zone with summer time',
      '{{ list (dateInZone "2006-01-02 15:04 MST -0700" 1700000000 "Europe/Berlin") (dateInZone "15:04 MST" 1720000000 "Europe/Berlin") }}',
      '[2023-11-14 23:13 CET +0100 11:46 CEST]',
    ],
    ['a zone without letters', '{{ dateInZone "MST -07:00" 1700000000 "Asia/Kathmandu" }}', '+0545 +05:45'],
    [
      'names of zones are case-sensitive; unknown ones are UTC',
      '{{ dateInZone "15:04 MST" 0 "europe/berlin" }}',
      '00:00 UTC',
    ],
    ['htmlDate', '{{ htmlDate 86400 }}', '1970-01-02'],
    ['htmlDateInZone', '{{ htmlDateInZone 0 "America/New_York" }}', '1969-12-31'],
    [
      'dateModify leaves the date where the duration is none',
      '{{ dateModify "1 day" (toDate "2006" "2024") }}',
      '2024-01-01 00:00:00 +0000 UTC',
    ],
    [
      'dateModify across a leap day',
      '{{ dateModify "24h" (toDate "2006-01-02" "2024-02-28") }}',
      '2024-02-29 00:00:00 +0000 UTC',
    ],
    ['unixEpoch', '{{ unixEpoch (toDate "2006-01-02" "1969-12-31") }}', '-86400'],
    [
      'duration takes int64 and text',
      '{{ list (duration .source.spec.port) (duration "3661") (duration 5) (duration "1h") }}',
      '[1h47m23s 1h1m1s 0s 0s]',
    ],
    ['durations out of range wrap around', '{{ duration "9223372036854775807" }}', '-1s'],
    [
      'durationRound has to be past the unit',
      '{{ list (durationRound "1h") (durationRound "61m") (durationRound "9000h") (durationRound "1000h") (durationRound "-3m") }}',
      '[60m 1h 1y 1mo 3m]',
    ],
    [
      'fields and methods of a time',
      '{{ $t := toDate "2006-01-02T15:04:05Z" "2024-02-29T12:30:45Z" }}{{ $t.Year }} {{ $t.Month }} {{ $t.Weekday }} {{ $t.YearDay }} {{ $t.Unix }} {{ ($t.AddDate 0 1 1).Format "2006-01-02" }} {{ ($t.Sub (toDate "2006" "2024")).Hours }} {{ $t.IsZero }}',
      '2024 February Thursday 60 1709209845 2024-03-30 1428.5125 false',
    ],
    [
      'a month is an integer',
      '{{ $t := toDate "2006-01-02" "2024-02-29" }}{{ kindOf $t.Month }} {{ printf "%d" $t.Month }} {{ typeOf $t.Month }}',
      'int 2 time.Month',
    ],
    [
      'a time encodes as RFC 3339',
      '{{ toJson (toDate "2006-01-02" "2024-02-29") }}',
      '"2024-02-29T00:00:00Z"',
    ],
    ['times compare deeply', '{{ deepEqual (toDate "2006" "2024") (toDate "2006" "2024") }}', 'true'],
  ])('%s', (_sentence, template, output) => {
    expect(render(template)).toBe(output);
  });

  it.each([
    ['now is the injected clock', '{{ now }}', '2024-02-29 12:34:56.789 +0000 UTC'],
    ['ago rounds to seconds', '{{ ago (toDate "2006-01-02" "2024-02-29") }}', '12h34m57s'],
    ['what is no date is now', '{{ date "15:04:05" "yesterday" }}', '12:34:56'],
    ['a missing date is now', '{{ htmlDate .source.spec.missing }}', '2024-02-29'],
    ['durationRound of a time is its age', '{{ durationRound (toDate "2006-01-02" "2024-02-27") }}', '2d'],
  ])('%s', (_sentence, template, output) => {
    expect(render(template)).toBe(output);
  });

  it.each([
    ['a month past December', '2006-01-02', '2024-13-01'],
    ['a day that the month lacks', '2006-01-02', '2023-02-29'],
    ['an hour past 23', '15:04', '24:00'],
    ['a day of the year that the year lacks', '2006 002', '2023 366'],
    ['a month that the day of the year contradicts', '2006 01 002', '2024 02 001'],
    ['text after the date', '2006', '2024 x'],
    ['an offset past 24 hours', '-0700', '+2500'],
    ['four letters that are no abbreviation', 'MST', 'ABCD'],
  ])('%s is refused', (_sentence, layout, value) => {
    expect(errorOf('{{ mustToDate .layout .value }}', { layout, value }).code).toBe('function-failed');
  });

  it.each(['', '1', '1x', '.s', '1h-1m', '--1h', '9223372036854775808ns', '2562048h'])(
    '"%s" is no duration',
    (duration) => {
      expect(errorOf('{{ mustDateModify . (toDate "2006" "2024") }}', duration).code).toBe('function-failed');
    },
  );
});
