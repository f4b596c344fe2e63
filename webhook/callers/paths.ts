/** One path that only the API server knows. */
export interface SecretPath {
  /** The last segment of the path. */
  readonly secret: string;
  /** When it was created, in wall-clock milliseconds. */
  readonly since: number;
}

/** The periods in the life of a path, in milliseconds. */
export interface PathTimes {
  /** A new path is created when the newest one is this old. */
  readonly rotationMs: number;
  /** A new path is used only when it is this old, so that every replica knows it. */
  readonly settleMs: number;
  /**
   * A path is accepted for this long after its successor came into use, because some API server may not know the
   * successor yet.
   */
  readonly retentionMs: number;
}

export interface PathPlan {
  /** The accepted paths, newest first; at least one. */
  readonly paths: readonly SecretPath[];
  /** The path that the API server shall use. */
  readonly current: SecretPath;
}

/** Clocks of replicas may differ by this much. A path that lies further in the future was created by a wrong clock. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/**
 * Decides which paths there should be, from those that exist. Replicas that read the same paths at about the same time
 * decide the same, except for a new secret: the replica that stores it first wins.
 *
 * @param distrusted a secret that others may know. It is dropped at once, together with all older ones.
 * @returns `paths` is the same object as the argument if nothing changes
 */
export function planPaths(
  stored: readonly SecretPath[],
  times: PathTimes,
  now: number,
  makeSecret: () => string,
  distrusted?: string,
): PathPlan {
  const leaked = stored.findIndex(({ secret }) => secret === distrusted);
  const trusted = (leaked < 0 ? stored : stored.slice(0, leaked)).filter(
    ({ since }) => since <= now + CLOCK_SKEW_MS,
  );
  const kept = trusted.filter((_path, index) => {
    const successor = trusted[index - 1];
    return successor === undefined || now < successor.since + times.settleMs + times.retentionMs;
  });
  const [newest] = kept;
  const fresh = { secret: makeSecret(), since: now };
  if (newest === undefined) return { paths: [fresh], current: fresh };
  const isDue = now - newest.since >= times.rotationMs;
  const paths = isDue ? [fresh, ...kept] : kept.length === stored.length ? stored : kept;
  // If no path is old enough, the oldest is the one that most replicas know.
  const current = paths.find(({ since }) => now - since >= times.settleMs) ?? paths.at(-1) ?? fresh;
  return { paths, current };
}
