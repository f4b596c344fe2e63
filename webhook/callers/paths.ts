/** One path that only the API server knows. */
export interface SecretPath {
  /** The last segment of the path. */
  readonly secret: string;
  /** When it was made; wall-clock milliseconds. */
  readonly since: number;
}

/** Times of a path's life; milliseconds. */
export interface PathTimes {
  /** A new path is made when the newest is this old. */
  readonly rotationMs: number;
  /** A new path is not used before it is this old, so that every replica has learned of it. */
  readonly settleMs: number;
  /** A path is still accepted for this long after its successor came into use: some API server may not know that one yet. */
  readonly retentionMs: number;
}

export interface PathPlan {
  /** The paths that are accepted, the newest first; at least one. */
  readonly paths: readonly SecretPath[];
  /** The one that the API server is to use. */
  readonly current: SecretPath;
}

/** Clocks of replicas may differ by this much. A path from further ahead was made by a clock that was wrong. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/**
 * The paths that there should be, made from those that there are. Replicas that look at the same ones at about the same
 * time agree, but for a new secret: whoever stores it first wins.
 *
 * @param distrusted a secret that somebody else may know: it goes at once, and so do all older ones
 * @returns with `paths` equal to the argument where nothing is due
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
  // Where none has settled, the oldest is the one that most replicas know.
  const current = paths.find(({ since }) => now - since >= times.settleMs) ?? paths.at(-1) ?? fresh;
  return { paths, current };
}
