const decimal = /^[1-9]\d*$/;

/**
 * Compares two resource versions: negative if `a` is older, positive if it is newer, 0 if they are equal, `undefined`
 * if they have no order (KEP-5504: versions of built-in and custom resources are decimal numbers; an aggregated API may
 * use anything).
 */
export function compareResourceVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (!decimal.test(a) || !decimal.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}
