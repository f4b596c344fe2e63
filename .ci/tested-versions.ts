import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEWEST_KUBERNETES, OLDEST_KUBERNETES } from '../src/control-plane/versions.ts';
import type { TestedVersion, TestReport } from '../test/docs/tested-versions.ts';
import {
  TESTED_VERSIONS_PAGE,
  endToEndCounts,
  objectionTo,
  testedVersions,
  withTestedVersions,
} from '../test/docs/tested-versions.ts';

/*
 * Compares the numbers in the table of tested versions with the reports that `.ci/run` has left in .reports, and ends with 1
 * where they are wrong; with `--write` it writes them:
 *
 *   npm run -s tested-versions [-- --write]
 */
const ROOT = join(import.meta.dirname, '..');
const FILE = join(ROOT, TESTED_VERSIONS_PAGE);
const reports: { readonly [kubernetes: string]: string } = {
  [NEWEST_KUBERNETES]: 'newest',
  [OLDEST_KUBERNETES]: 'oldest',
};

const TEXT = readFileSync(FILE, 'utf8');
const rows = testedVersions(TEXT).map((version) => ({ version, counts: countsOf(version) }));
const failing = rows.filter(({ counts }) => counts.failed > 0);

if (failing.length > 0) {
  say(`tests failed on Kubernetes ${failing.map(({ version }) => version.kubernetes).join(' and ')}`);
  process.exitCode = 1;
} else if (process.argv.includes('--write')) {
  const versions = rows.map(({ version, counts }) => ({ ...version, passed: counts.passed }));
  writeFileSync(FILE, withTestedVersions(TEXT, versions));
} else {
  const objections = rows.flatMap(({ version, counts }) => objectionTo(version, counts) ?? []);
  for (const objection of objections) say(`${TESTED_VERSIONS_PAGE}: ${objection}`);
  if (objections.length > 0) {
    say('to write the numbers of this run: npm run -s tested-versions -- --write');
    process.exitCode = 1;
  }
}

function countsOf({ kubernetes }: TestedVersion) {
  const report = join(ROOT, '.reports', `${reports[kubernetes] ?? kubernetes}.json`);
  return endToEndCounts(JSON.parse(readFileSync(report, 'utf8')) as TestReport);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
