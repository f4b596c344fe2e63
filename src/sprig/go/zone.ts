import { zoneNames } from './zone-names.ts';

/** A zone's clock at one moment: the printed abbreviation, and seconds east of UTC. */
export interface ZoneTime {
  readonly name: string;
  readonly offset: number;
}

/** Go's `*time.Location`. */
export interface Zone {
  /** The text that `Location.String` prints. */
  readonly name: string;
  /** The zone's identity: two zones with the same key are the same. */
  readonly key: string;
  /** The zone's clock at an instant, in seconds since the Unix epoch. */
  at(seconds: number): ZoneTime;
}

class ConstantZone implements Zone {
  readonly name: string;
  readonly key: string;
  readonly #time: ZoneTime;

  constructor(key: string, name: string, offset: number) {
    this.key = key;
    this.name = name;
    this.#time = { name, offset };
  }

  at(): ZoneTime {
    return this.#time;
  }
}

export const utc: Zone = new ConstantZone('UTC', 'UTC', 0);

/** The server's zone, which is always UTC: the result of a policy must not depend on the place where it is rendered. */
export const local: Zone = new ConstantZone('Local', 'UTC', 0);

const wholeHours: ReadonlyMap<number, Zone> = new Map(
  Array.from({ length: 27 }, (_, i) => (i - 12) * 3600).map((offset) => [
    offset,
    new ConstantZone(` ${String(offset)}`, '', offset),
  ]),
);

/**
 * A zone with one offset, in seconds. The name may be empty. As in Go, it is a new zone each time, except for whole
 * hours.
 */
export function fixedZone(name: string, offset: number): Zone {
  const shared = name === '' ? wholeHours.get(offset) : undefined;
  if (shared) return shared;
  return new ConstantZone(`${name} ${String(offset)}`, name, offset);
}

// The calendar of Intl ends here. Later clocks are as at its end.
const LAST_INSTANT = 8.64e12;

class NamedZone implements Zone {
  readonly name: string;
  readonly key: string;
  readonly #abbreviations: ReadonlyMap<number, string>;
  readonly #format: Intl.DateTimeFormat;

  constructor(name: string, abbreviations: ReadonlyMap<number, string>) {
    this.name = name;
    this.key = name;
    this.#abbreviations = abbreviations;
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  }

  at(seconds: number): ZoneTime {
    const instant = Math.max(-LAST_INSTANT, Math.min(LAST_INSTANT, seconds));
    const text = this.#format
      .formatToParts(instant * 1000)
      .find((part) => part.type === 'timeZoneName')?.value;
    const offset = readOffset(text ?? '');
    return { offset, name: this.#abbreviations.get(offset / 60) ?? numericAbbreviation(offset) };
  }
}

/** `GMT-04:56:02` in seconds. */
function readOffset(text: string): number {
  const [, sign, hours = '0', minutes = '0', seconds = '0'] =
    /^GMT(?:([+-])(\d+)(?::(\d+))?(?::(\d+))?)?$/.exec(text) ?? [];
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === '-' ? -offset : offset;
}

/**
 * The abbreviation of zones without letters, such as `-03` and `+0545`; for times before there were zones, of local
 * mean time.
 */
function numericAbbreviation(offset: number): string {
  if (offset % 60 !== 0) return 'LMT';
  const minutes = Math.abs(offset) / 60;
  const digits = (value: number): string => String(value).padStart(2, '0');
  const short = `${offset < 0 ? '-' : '+'}${digits(Math.floor(minutes / 60))}`;
  return minutes % 60 === 0 ? short : short + digits(minutes % 60);
}

const zones = new Map<string, Zone>();

/** Go's `time.LoadLocation`: names are case-sensitive. `undefined` if the zone does not exist. */
export function loadZone(name: string): Zone | undefined {
  if (name === '' || name === 'UTC') return utc;
  if (name === 'Local') return local;
  const known = zones.get(name);
  if (known) return known;
  const abbreviations = abbreviationsOf(name);
  if (!abbreviations) return undefined;
  const zone = new NamedZone(name, abbreviations);
  zones.set(name, zone);
  return zone;
}

let groups: ReadonlyMap<string, string> | undefined;

function abbreviationsOf(name: string): ReadonlyMap<number, string> | undefined {
  groups ??= new Map(
    Object.entries(zoneNames).flatMap(([group, names]) =>
      names.split(' ').map((zone) => [zone, group] as const),
    ),
  );
  const group = groups.get(name);
  if (group === undefined) return undefined;
  return new Map(
    group
      .split(', ')
      .filter((entry) => entry !== '')
      .map((entry) => {
        const [abbreviation = '', minutes] = entry.split(' ');
        return [Number(minutes), abbreviation];
      }),
  );
}
