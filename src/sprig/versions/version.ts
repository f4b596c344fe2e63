import { quote } from '../../template/quote.ts';
import { parseUint64 } from '../../template/strconv.ts';
import { Num } from '../../template/value.ts';
import type { Value } from '../../template/value.ts';
import { failure } from '../define.ts';
import { SprigValue } from '../kinds.ts';
import { int } from '../number.ts';

/* The versions of github.com/Masterminds/semver v3.3.0. */

/** The parts of a version; `original` is the text from which it was read. */
export interface VersionParts {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly prerelease: string;
  readonly metadata: string;
  readonly original: string;
}

const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const versionSyntax = new RegExp(
  `^v?([0-9]+)(?:\\.([0-9]+))?(?:\\.([0-9]+))?(?:-(${IDENTIFIERS}))?(?:\\+(${IDENTIFIERS}))?$`,
);

/**
 * Reads a version leniently: it may have a leading `v`, and minor and patch may be missing. `undefined` if it is
 * invalid.
 */
export function parseVersion(original: string): VersionParts | undefined {
  const match = versionSyntax.exec(original);
  if (!match) return undefined;
  const [major, minor, patch] = [match[1], match[2] ?? '0', match[3] ?? '0'].map((part) =>
    parseUint64(part ?? ''),
  );
  const prerelease = match[4] ?? '';
  if (major === undefined || minor === undefined || patch === undefined || !isPrerelease(prerelease))
    return undefined;
  return { major, minor, patch, prerelease, metadata: match[5] ?? '', original };
}

/** Whether its identifiers are valid: numbers have no leading zeros. */
function isPrerelease(text: string): boolean {
  return text.split('.').every((part) => /^[0-9A-Za-z-]*$/.test(part) && !/^0[0-9]+$/.test(part));
}

/** The version in canonical form. */
function formatVersion({ major, minor, patch, prerelease, metadata }: VersionParts): string {
  return `${String(major)}.${String(minor)}.${String(patch)}${prerelease && `-${prerelease}`}${metadata && `+${metadata}`}`;
}

/** -1, 0 or 1; metadata does not count. */
export function compareVersions(a: VersionParts, b: VersionParts): number {
  return (
    compareNumbers(a.major, b.major) ||
    compareNumbers(a.minor, b.minor) ||
    compareNumbers(a.patch, b.patch) ||
    compareReleases(a.prerelease, b.prerelease)
  );
}

function compareNumbers(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareReleases(a: string, b: string): number {
  if (a === '' || b === '') return a === b ? 0 : a === '' ? 1 : -1;
  return comparePrereleases(a, b);
}

/** Compares prereleases part by part. */
export function comparePrereleases(a: string, b: string): number {
  const left = a.split('.');
  const right = b.split('.');
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = compareParts(left[i] ?? '', right[i] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

/** A missing part comes first, then numbers, then the rest by ASCII. */
function compareParts(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? -1 : 1;
  const left = parseUint64(a);
  const right = parseUint64(b);
  if (left === undefined && right === undefined) return a > b ? 1 : -1;
  if (left === undefined || right === undefined) return left === undefined ? 1 : -1;
  return left > right ? 1 : -1;
}

interface Member {
  readonly params: readonly string[];
  call(args: readonly Value[]): Value;
}

const uint64 = (value: bigint): Num =>
  new Num('uint64', value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value);

/** A `*semver.Version`, or the `semver.Version` that its methods return. */
export class Version extends SprigValue {
  readonly type: '*semver.Version' | 'semver.Version';
  readonly parts: VersionParts;

  constructor(parts: VersionParts, type: Version['type'] = '*semver.Version') {
    super();
    this.parts = parts;
    this.type = type;
  }

  toString(): string {
    return formatVersion(this.parts);
  }

  override goString(): string {
    const { major, minor, patch, prerelease, metadata, original } = this.parts;
    const numbers = [major, minor, patch].map((part) => `0x${part.toString(16)}`);
    const fields = `major:${String(numbers[0])}, minor:${String(numbers[1])}, patch:${String(numbers[2])}, pre:${quote(prerelease)}`;
    const pointer = this.type.startsWith('*') ? '&' : '';
    return `${pointer}semver.Version{${fields}, metadata:${quote(metadata)}, original:${quote(original)}}`;
  }

  toJsonValue(): Value {
    return this.toString();
  }

  deepEquals(other: SprigValue): boolean {
    return (
      other instanceof Version &&
      this.toString() === other.toString() &&
      this.parts.original === other.parts.original
    );
  }

  member(name: string): Member | undefined {
    // The result of a method has no address in Go, so it does not have the methods of the pointer.
    if (this.type === 'semver.Version' && pointerMembers.has(name)) return undefined;
    return members.get(name)?.(this);
  }

  /** The version with some parts changed. */
  with(change: Partial<VersionParts>): Version {
    const parts = { ...this.parts, ...change };
    const prefix = this.parts.original.startsWith('v') ? 'v' : '';
    return new Version({ ...parts, original: prefix + formatVersion(parts) }, 'semver.Version');
  }
}

type MemberOf = (version: Version) => Member;

const plain =
  (read: (parts: VersionParts) => Value): MemberOf =>
  (version) => ({ params: [], call: () => read(version.parts) });

const changed =
  (change: (parts: VersionParts) => Partial<VersionParts>): MemberOf =>
  (version) => ({
    params: [],
    call: () => version.with({ prerelease: '', metadata: '', ...change(version.parts) }),
  });

const comparison =
  (read: (order: number) => Value): MemberOf =>
  (version) => ({
    params: ['*semver.Version'],
    call: ([other]) => {
      if (!(other instanceof Version)) throw failure('invalid memory address or nil pointer dereference');
      return read(compareVersions(version.parts, other.parts));
    },
  });

const setter =
  (part: 'prerelease' | 'metadata', isValid: (text: string) => boolean, message: string): MemberOf =>
  (version) => ({
    params: ['string'],
    call: ([text]) => {
      if (!isValid(text as string)) throw failure(message);
      return version.with({ [part]: text as string });
    },
  });

const increment = (value: bigint): bigint => BigInt.asUintN(64, value + 1n);

const pointerMembers: ReadonlySet<string> = new Set([
  'Original',
  'Compare',
  'Equal',
  'LessThan',
  'LessThanEqual',
  'GreaterThan',
  'GreaterThanEqual',
]);

const members: ReadonlyMap<string, MemberOf> = new Map<string, MemberOf>([
  ['Major', plain(({ major }) => uint64(major))],
  ['Minor', plain(({ minor }) => uint64(minor))],
  ['Patch', plain(({ patch }) => uint64(patch))],
  ['Prerelease', plain(({ prerelease }) => prerelease)],
  ['Metadata', plain(({ metadata }) => metadata)],
  ['Original', plain(({ original }) => original)],
  ['String', plain(formatVersion)],
  ['IncMajor', changed(({ major }) => ({ major: increment(major), minor: 0n, patch: 0n }))],
  ['IncMinor', changed(({ minor }) => ({ minor: increment(minor), patch: 0n }))],
  ['IncPatch', changed(({ patch, prerelease }) => (prerelease === '' ? { patch: increment(patch) } : {}))],
  ['SetPrerelease', setter('prerelease', isPrerelease, 'Invalid Prerelease string')],
  ['SetMetadata', setter('metadata', (text) => /^[0-9A-Za-z.-]*$/.test(text), 'Invalid Metadata string')],
  ['Compare', comparison(int)],
  ['Equal', comparison((order) => order === 0)],
  ['LessThan', comparison((order) => order < 0)],
  ['LessThanEqual', comparison((order) => order <= 0)],
  ['GreaterThan', comparison((order) => order > 0)],
  ['GreaterThanEqual', comparison((order) => order >= 0)],
]);
