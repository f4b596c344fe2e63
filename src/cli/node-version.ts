/** Oldest version of Node.js that has all that is used; `engines` of package.json says the same. */
export const MINIMUM_NODE = '22.19.0';

/**
 * What to tell somebody whose Node.js is too old; `undefined` where it is not.
 * @param version e.g. `20.19.2`
 */
export function unsupportedNode(version: string): string | undefined {
  const [have, need] = [version, MINIMUM_NODE].map((text) => text.split('.').map(Number));
  for (const [index, minimum] of (need ?? []).entries()) {
    const difference = (have?.[index] ?? 0) - minimum;
    if (difference > 0) return undefined;
    if (difference < 0)
      return `clusterpedia-import needs Node.js ${MINIMUM_NODE} or later; this is ${version}, ${process.execPath}`;
  }
  return undefined;
}
