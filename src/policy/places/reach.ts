/** The outcomes of decision points that a run took, as {@link outcomeKey} writes them. */
export type Trace = ReadonlySet<string>;

export const outcomeKey = ({ index }: { readonly index: number }, outcome: number): string =>
  `${String(index)}:${String(outcome)}`;

/** The outcomes of one decision point that a run took. In a loop it may have taken both. */
export const outcomesTaken = (trace: Trace, { index }: { readonly index: number }): readonly string[] =>
  [...trace].filter((key) => key.startsWith(`${String(index)}:`));

/** The outcomes that a run must take to reach a place, and to have the same result there as another run. */
export type Way = readonly string[];

/**
 * Whether a run reached a place at which another one failed.
 *
 * @param ways to the place, each taken by the failed run; empty if the fault has no place
 */
export function comesBy(trace: Trace, failed: Trace, ways: readonly Way[]): boolean {
  // Without a place, only a run that took all the same outcomes is known to have reached it.
  if (ways.length === 0) return [...failed].every((outcome) => trace.has(outcome));
  return ways.some((way) => way.every((outcome) => trace.has(outcome)));
}
