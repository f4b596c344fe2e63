import type { CallContext } from '../../template/function.ts';
import { failure } from '../define.ts';
import { Pattern } from '../go/pattern.ts';
import { comparePrereleases, compareVersions, parseVersion } from './version.ts';
import type { VersionParts } from './version.ts';

/*
 * The constraints of github.com/Masterminds/semver v3.3.0: `>=1.2 <2 || ~3.1, !=3.1.4`, `1.2 - 1.4`, `^0.3`, `2.x`. The
 * npm package "semver" reads another language: it has no commas, and treats partial versions and prereleases
 * differently.
 */

/** One comparison. `wild` says from which part on the version is open (`1.x`, `1`, `*`). */
interface Constraint {
  readonly operator: string;
  readonly version: VersionParts;
  readonly wild: 'major' | 'minor' | 'patch' | 'none';
}

/** Rows of constraints: all constraints of at least one row must hold. */
export type Constraints = readonly (readonly Constraint[])[];

const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
// The bar is in the original's character class too. It never makes a valid version.
const NUMBER = '[0-9|xX*]+';
const LOOSE_VERSION = `v?${NUMBER}(?:\\.${NUMBER})?(?:\\.${NUMBER})?(?:-${IDENTIFIERS})?(?:\\+${IDENTIFIERS})?`;
const parts = new RegExp(
  `^v?(${NUMBER})(?:\\.(${NUMBER}))?(?:\\.(${NUMBER}))?(-${IDENTIFIERS})?(?:\\+${IDENTIFIERS})?$`,
);

const operatorAt = />=|=>|<=|=<|~>|!=|[=><~^]|/y;
const versionAt = new RegExp(LOOSE_VERSION, 'y');
const spaceAt = /[\t\n\f\r ]*/y;

/** Reads constraints. @throws FunctionError if the text is not valid */
export function parseConstraints(text: string, context: CallContext): Constraints {
  context.charge(30 + text.length * 3);
  return rewriteRanges(text, context).split('||').map(parseRow);
}

/** `1.2 - 1.4` as `>= 1.2, <= 1.4`. */
function rewriteRanges(text: string, context: CallContext): string {
  if (!/[\t\n\f\r ]-[\t\n\f\r ]/.test(text)) return text;
  const range = Pattern.compile(`\\s*(${LOOSE_VERSION})\\s+-\\s+(${LOOSE_VERSION})\\s*`, context);
  let result = text;
  for (const match of range.findAll(text, -1, context)) {
    const [whole = '', low = '', high = ''] = match.map(([start, end]) => text.slice(start, end));
    result = result.replace(whole, () => `>= ${low}, <= ${high} `);
  }
  return result;
}

function parseRow(row: string): readonly Constraint[] {
  const constraints: Constraint[] = [];
  let at = 0;
  const take = (token: RegExp): string => {
    token.lastIndex = at;
    const taken = token.exec(row)?.[0] ?? '';
    at += taken.length;
    return taken;
  };
  take(spaceAt);
  do {
    const operator = take(operatorAt);
    take(spaceAt);
    const version = take(versionAt);
    const spaces = take(spaceAt);
    const comma = row.charAt(at) === ',';
    if (version === '' || (at < row.length && !comma && spaces === ''))
      throw failure(`improper constraint: ${row}`);
    constraints.push(parseConstraint(operator, version));
    if (comma) {
      at++;
      take(spaceAt);
      if (at === row.length) throw failure(`improper constraint: ${row}`);
    }
  } while (at < row.length);
  return constraints;
}

function parseConstraint(operator: string, text: string): Constraint {
  const [, major = '', minor, patch, prerelease = ''] = parts.exec(text) ?? [];
  const wild = isOpen(major) ? 'major' : isOpen(minor) ? 'minor' : isOpen(patch) ? 'patch' : 'none';
  const closed = {
    major: `0.0.0${prerelease}`,
    minor: `${major}.0.0${prerelease}`,
    patch: `${major}.${String(minor)}.0${prerelease}`,
    none: text,
  };
  const version = parseVersion(closed[wild]);
  if (!version) throw failure('constraint Parser Error');
  return { operator, version, wild };
}

function isOpen(part: string | undefined): boolean {
  return part === undefined || part === 'x' || part === 'X' || part === '*';
}

/** Whether a version meets the constraints. */
export function satisfies(version: VersionParts, constraints: Constraints): boolean {
  return constraints.some((row) =>
    row.every((constraint) => checks[constraint.operator]?.(version, constraint)),
  );
}

type Check = (version: VersionParts, constraint: Constraint) => boolean;

/** A prerelease satisfies only constraints that name a prerelease. */
const released =
  (check: Check): Check =>
  (version, constraint) =>
    (version.prerelease === '' || constraint.version.prerelease !== '') && check(version, constraint);

const sameMinor: Check = (version, { version: bound, wild }) =>
  version.minor === bound.minor || wild === 'minor';

const tilde: Check = (version, constraint) => {
  const { version: bound, wild } = constraint;
  if (compareVersions(version, bound) < 0) return false;
  const isZero = bound.major === 0n && bound.minor === 0n && bound.patch === 0n;
  if (isZero && wild !== 'minor' && wild !== 'patch') return true;
  return version.major === bound.major && sameMinor(version, constraint);
};

const caret: Check = (version, { version: bound, wild }) => {
  if (compareVersions(version, bound) < 0) return false;
  if (bound.major > 0n || wild === 'minor') return version.major === bound.major;
  if (version.major > 0n) return false;
  if (bound.minor > 0n || wild === 'patch') return version.minor === bound.minor;
  return version.minor === 0n && version.patch === bound.patch;
};

const greater: Check = (version, { version: bound, wild }) => {
  if (wild === 'none' || wild === 'major') return compareVersions(version, bound) > 0;
  if (version.major !== bound.major) return version.major > bound.major;
  return wild === 'patch' && version.minor > bound.minor;
};

const lessOrEqual: Check = (version, { version: bound, wild }) => {
  if (wild === 'none') return compareVersions(version, bound) <= 0;
  if (version.major > bound.major) return false;
  return !(version.major === bound.major && version.minor > bound.minor && wild !== 'minor');
};

const equal: Check = (version, constraint) =>
  constraint.wild === 'none'
    ? compareVersions(version, constraint.version) === 0
    : tilde(version, constraint);

const differsFromOpen: Check = (version, { version: bound, wild }) => {
  if (version.major !== bound.major) return true;
  if (wild === 'minor') return false;
  if (version.minor !== bound.minor) return true;
  if (wild !== 'patch') return compareVersions(version, bound) !== 0;
  return (
    (version.prerelease !== '' || bound.prerelease !== '') &&
    comparePrereleases(version.prerelease, bound.prerelease) !== 0
  );
};

const different: Check = (version, constraint) =>
  constraint.wild === 'none'
    ? compareVersions(version, constraint.version) !== 0
    : released(differsFromOpen)(version, constraint);

const less: Check = (version, { version: bound }) => compareVersions(version, bound) < 0;
const greaterOrEqual: Check = (version, { version: bound }) => compareVersions(version, bound) >= 0;

const checks: Readonly<Record<string, Check>> = {
  '': released(equal),
  '=': released(equal),
  '!=': different,
  '>': released(greater),
  '<': released(less),
  '>=': released(greaterOrEqual),
  '=>': released(greaterOrEqual),
  '<=': released(lessOrEqual),
  '=<': released(lessOrEqual),
  '~': released(tilde),
  '~>': released(tilde),
  '^': released(caret),
};
