import type { KubeObject } from '../api/index.ts';

/** How many keys a message names at most. */
const MAX_KEYS = 8;

/** Longest key that a message shows, in characters. */
const MAX_SHOWN = 40;

/** The keys of the data in a Secret or ConfigMap. */
export function keysOf(object: KubeObject): ReadonlySet<string> {
  const fields = object as { readonly data?: object | null; readonly binaryData?: object | null };
  return new Set([...Object.keys(fields.data ?? {}), ...Object.keys(fields.binaryData ?? {})]);
}

/** The existing keys, for a message. It never contains a value. */
export function describeKeys(keys: ReadonlySet<string>): string {
  if (keys.size === 0) return 'none';
  const shown = [...keys].sort().map((key) => (key.length > MAX_SHOWN ? `${key.slice(0, MAX_SHOWN)}…` : key));
  const more = shown.length > MAX_KEYS ? ` and ${String(shown.length - MAX_KEYS)} more` : '';
  return `${shown.slice(0, MAX_KEYS).join(', ')}${more}`;
}
