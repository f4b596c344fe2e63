/** The outcomes of decision points that a run took, as {@link outcomeKey} writes them. */
export type Trace = ReadonlySet<string>;

export const outcomeKey = ({ index }: { readonly index: number }, outcome: number): string =>
  `${String(index)}:${String(outcome)}`;

/** The outcomes of one decision point that a run took: both, where it stands in a loop. */
export const outcomesTaken = (trace: Trace, { index }: { readonly index: number }): readonly string[] =>
  [...trace].filter((key) => key.startsWith(`${String(index)}:`));

/** The outcomes that a run must take to come to a place, and to make of it what another run has made. */
export type Way = readonly string[];

/**
 * Whether a run came by a place where another one failed.
 *
 * @param ways to the place, each of which the run that failed has taken; none where the fault has no place
 */
export function comesBy(trace: Trace, failed: Trace, ways: readonly Way[]): boolean {
  // Without a place, only a run that took all the same ways is known to have come by.
  if (ways.length === 0) return [...failed].every((outcome) => trace.has(outcome));
  return ways.some((way) => way.every((outcome) => trace.has(outcome)));
}
