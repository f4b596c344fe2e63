const DECIMAL = /^[1-9]\d*$/;

/**
 * Compares two resource versions: negative where `a` is older, positive where it is newer, 0 where they are the same,
 * `undefined` where they say nothing about order (KEP-5504: those of built-in and custom resources are decimal numbers;
 * an aggregated API may use anything).
 */
export function compareResourceVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}
