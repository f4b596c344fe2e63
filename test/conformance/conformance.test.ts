import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSuites, runCase, skipReason } from './cases.ts';

// The answers of Go's text/template with sprig: `fixtures` are a reference's, the others were made by the program in oracle/.
const folders = ['fixtures', 'own', 'published'];
const suites = folders.flatMap((folder) => loadSuites(join(import.meta.dirname, folder)));

describe.each(suites)('$file', ({ cases, data }) => {
  it('has cases', () => expect(cases.length).toBeGreaterThan(0));

  it('prints and fails exactly as Go does, errors at the same place', () => {
    const failures = cases.flatMap((test) => {
      const { failure, misplaced } = skipReason(test.id) === undefined ? runCase(test, data) : {};
      const reason = failure ?? misplaced;
      return reason === undefined ? [] : [`${test.id} ${JSON.stringify(test.tmpl)}: ${reason}`];
    });
    expect(failures).toEqual([]);
  });
});
