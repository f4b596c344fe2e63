/**
 * The version in which a resource is used: the first allowed version that the server has. If no version is named, it is
 * the one that the server prefers. Webhook, controller and command line all choose by this function.
 *
 * @param allowed in order of preference; empty or absent: every version
 * @param served in the server's order, the preferred one first
 * @param at returns the resource in a version, or `undefined` if there is none. If it throws, no later version is tried
 */
export function negotiate<T>(
  allowed: readonly string[] | undefined,
  served: readonly string[],
  at: (version: string) => T | undefined,
): T | undefined {
  for (const version of allowed?.length ? allowed : served) {
    const found = at(version);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Kubernetes' order of versions: v2 before v1 before v1beta2 before v1alpha1 before anything else (apimachinery
 * `version.CompareKubeAwareVersionStrings`).
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rankOf(a), rankOf(b)];
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a < b ? 1 : -1;
}

function rankOf(version: string): readonly number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [0, 0, 0];
  const stage = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1;
  return [stage, Number(match[1]), Number(match[3] ?? 0)];
}
