/** The table of docs/operating.md that says on which versions of Kubernetes the end-to-end tests pass, and how many of them. */
import { alignedTable } from './tables.ts';

export const TESTED_VERSIONS_PAGE = 'docs/operating.md';

const head = ['Kubernetes', 'etcd', 'where the binaries come from', 'tests passed'] as const;

/** A row of the table. */
export interface TestedVersion {
  readonly kubernetes: string;
  readonly etcd: string;
  readonly source: string;
  /** Of the end-to-end tests, when the row was written. */
  readonly passed: number;
}

/** How the end-to-end tests of one run ended. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** Those that cannot run on this machine or this version. */
  readonly skipped: number;
}

/** What is read of vitest's JSON report. */
export interface TestReport {
  readonly testResults: readonly {
    /** Path of the test file. */
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** Tests may be added without a change of the table until this part of what it says. */
const TOLERANCE = 0.1;

/** @throws Error where the page has no such table, or it has other columns */
export function testedVersions(text: string): readonly TestedVersion[] {
  return locate(text).rows.map(([kubernetes = '', etcd = '', source = '', passed = '']) => {
    if (!/^\d+$/.test(passed))
      throw new Error(`${kubernetes}: ${JSON.stringify(passed)} is no number of tests`);
    return { kubernetes, etcd, source, passed: Number(passed) };
  });
}

/** The page with these rows in place of the table's. */
export function withTestedVersions(text: string, versions: readonly TestedVersion[]): string {
  const { start, end } = locate(text);
  const rows = versions.map(({ kubernetes, etcd, source, passed }) => [
    kubernetes,
    etcd,
    source,
    String(passed),
  ]);
  return [...text.split('\n').slice(0, start), alignedTable(head, rows), ...text.split('\n').slice(end)].join(
    '\n',
  );
}

/** Counts the end-to-end tests of a run, which may have run others as well. */
export function endToEndCounts({ testResults }: TestReport): TestCounts {
  const statuses = testResults
    .filter(({ name }) => /[/\\]test[/\\](e2e|kube[/\\]server)[/\\]/.test(name))
    .flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status));
  const passed = statuses.filter((status) => status === 'passed').length;
  const failed = statuses.filter((status) => status === 'failed').length;
  return { passed, failed, skipped: statuses.length - passed - failed };
}

/**
 * What is wrong with a row after a run in which nothing failed, or `undefined`. The row may say less than the run, so that
 * not every new test changes the page; it must not say more. A test that was skipped counts as one that would have passed, for
 * machines differ in what they can run.
 */
export function objectionTo(
  { kubernetes, passed: written }: TestedVersion,
  { passed, skipped }: TestCounts,
): string | undefined {
  const found = `${String(passed)} passed and ${String(skipped)} were skipped`;
  const says = `on Kubernetes ${kubernetes} the table says that ${String(written)} end-to-end tests pass, but ${found}`;
  if (passed + skipped < written) return says;
  return passed > written * (1 + TOLERANCE) ? `${says}: write the table anew` : undefined;
}

interface Place {
  /** Index of the heading's line, and of the line after the last row. */
  readonly start: number;
  readonly end: number;
  readonly rows: readonly (readonly string[])[];
}

function locate(text: string): Place {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => cellsOf(line).join() === head.join());
  if (start === -1) throw new Error(`there is no table with the columns ${head.join(', ')}`);
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  const end = length === -1 ? lines.length : start + length;
  return { start, end, rows: lines.slice(start + 2, end).map(cellsOf) };
}

const cellsOf = (row: string): readonly string[] =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
