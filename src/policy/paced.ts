/**
 * Work in steps, which can be interrupted at each `yield`. So a process with other requests and a deadline for this one
 * need not wait for its end. The steps of a review are its trial renderings; the template engine's limits bound each of
 * them.
 */
export type Paced<T> = Generator<undefined, T, undefined>;

/** Does the work without a pause. */
export function toEnd<T>(work: Paced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
