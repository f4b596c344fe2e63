import type { TestOptions } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Why it is skipped; test/skip-report.ts lists it at the end. */
    skipReason?: string;
  }
}

/**
 * Options of a `describe` or an `it` that cannot run everywhere.
 *
 * @param missing what is missing here, and how to get it; `undefined` where nothing is, so that it runs
 */
export function unless(missing: string | undefined): TestOptions {
  return missing === undefined ? {} : { skip: true, meta: { skipReason: missing } };
}
