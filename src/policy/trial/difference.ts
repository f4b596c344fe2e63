import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../api/index.ts';
import type { TrialData } from './data.ts';

/** One field in which two sets of data differ. */
export interface FieldChange {
  /** Keys and indices, starting at the data: `['source', 'spec', 'region']`. */
  readonly path: readonly string[];
  /** `undefined` if the field is missing. */
  readonly value: unknown;
}

/** The fields in which `data` differs from `base`: for each difference, the deepest field that contains all of it. */
export function differences(base: TrialData, data: TrialData): readonly FieldChange[] {
  return between(base, data, []);
}

function between(base: unknown, value: unknown, path: readonly string[]): readonly FieldChange[] {
  if (isDeepStrictEqual(base, value)) return [];
  if (!isRecord(base) || !isRecord(value)) return [{ path, value }];
  const keys = [...new Set([...Object.keys(base), ...Object.keys(value)])];
  return keys.flatMap((key) =>
    key in value
      ? between(base[key], value[key], [...path, key])
      : [{ path: [...path, key], value: undefined }],
  );
}

/** A copy of the data in which the changes are applied. */
export function withChanges<T extends TrialData>(data: T, changes: readonly FieldChange[]): T {
  return changes.reduce<unknown>((changed, { path, value }) => put(changed, path, value), data) as T;
}

function put(target: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const { [key]: before, ...others } = isRecord(target) ? target : {};
  const after = rest.length === 0 ? value : put(before, rest, value);
  return after === undefined ? others : { ...others, [key]: after };
}

/** Longest text of a value in a message, in characters. */
const MAX_SHOWN = 40;

/** A message names at most this many fields. */
const MAX_FIELDS = 3;

/** `for a source with spec.region: eu-west`: identifies the sample in a message. Empty if the sample has no changes. */
export function describeChanges(changes: readonly FieldChange[]): string {
  const named = changes.slice(0, MAX_FIELDS).map(describe);
  if (named.length === 0) return '';
  const more = changes.length > named.length ? ' and more' : '';
  return `for a source with ${named.join(', ')}${more}`;
}

function describe({ path: [root, ...path], value }: FieldChange): string {
  const field = (root === 'source' ? path : [root ?? '', ...path]).join('.');
  if (value === undefined) return `no ${field}`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return `${field}: ${shown === '' ? '""' : shown}`;
}
