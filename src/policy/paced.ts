/**
 * Work in steps: it can be put down at each `yield`, so that a process which has other requests to answer, and a time
 * by which to answer this one, need not wait for its end. The steps of a review are its trial renderings, each of which
 * the template engine's limits bound.
 */
export type Paced<T> = Generator<undefined, T, undefined>;

/** Does the work without a pause. */
export function toEnd<T>(work: Paced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
