import type { Coverage } from '../cases/coverage.ts';
import { percentOf, takenOf } from '../cases/coverage.ts';
import type { CaseResult } from '../cases/run-case.ts';
import type { FilePosition } from '../errors.ts';
import { describePosition } from '../errors.ts';
import type { Manifest } from '../manifests/manifests.ts';
import type { Output } from '../output.ts';
import { differenceLines, printDifferences } from '../plan/difference.ts';
import { jsonText, visibleLine } from '../visible.ts';
import { workflowCommand } from './github.ts';
import { escapeXml } from './junit.ts';

export const TEST_FORMATS = ['human', 'json', 'github', 'junit'] as const;
export type TestFormat = (typeof TEST_FORMATS)[number];

/** What a run of all cases tells. */
export interface TestReport {
  readonly cases: readonly CaseResult[];
  /** Policies that no case is of. */
  readonly uncovered: readonly Manifest[];
  readonly coverage?: Coverage;
  /** A file as it can be opened from the working directory. */
  readonly pathOf: (file: string) => string;
}

const labels = { before: 'expected', after: 'rendered' } as const;

const at = (position: FilePosition, { pathOf }: Pick<TestReport, 'pathOf'>): string =>
  describePosition({ ...position, file: pathOf(position.file) });

/** What a case has wrong, a line each; of a difference what becomes of the object. */
function problemsOf({ golden, unexpected, missing, differences }: CaseResult): readonly string[] {
  return [
    ...(golden ? [] : ['there is no expected.yaml: check what comes out, and write it with --update']),
    ...unexpected.map((problem) => `not expected: ${problem}`),
    ...missing.map((problem) => `expected, but did not happen: ${problem}`),
    ...differences.map(({ verb, kind, name }) => `${words[verb]}: ${kind}/${name}`),
  ];
}

const words = {
  create: 'rendered, but not expected',
  update: 'not as expected',
  delete: 'expected, but not rendered',
} as const;

/** The outcomes of a policy's decisions that no case takes, a line each. */
function untaken(report: TestReport): readonly { readonly position: FilePosition; readonly text: string }[] {
  const { points = [], expressions = [] } = report.coverage ?? {};
  // Of a template that was never rendered, its first expression stands for all.
  const unrendered = expressions.filter(({ always, taken }) => always && taken === 0);
  const byTemplate = Map.groupBy(
    unrendered,
    ({ policy, field, position }) => `${position.file} ${policy} ${field}`,
  );
  const never = [...byTemplate.values()].flatMap(([one]) =>
    one === undefined
      ? []
      : [{ position: one.position, text: `policy ${one.policy}, ${one.field}: no case renders it` }],
  );
  const branches = points.flatMap(({ policy, field, kind, position, outcomes }) => {
    const names = outcomes.filter(({ taken }) => taken === 0).map(({ name }) => `"${name}"`);
    return names.length === 0
      ? []
      : [{ position, text: `policy ${policy}, ${field}: no case takes ${names.join(', ')} of ${kind}` }];
  });
  return [...never, ...branches];
}

/** `coverage: 14 of 16 outcomes of 8 decisions, 9 of 10 expressions, 88.5 %` */
const coverageText = (coverage: Coverage): string =>
  `coverage: ${String(coverage.taken)} of ${String(coverage.outcomes)} outcomes of ${String(coverage.points.length)} decisions, ` +
  `${String(takenOf(coverage.expressions))} of ${String(coverage.expressions.length)} expressions, ` +
  `${percentOf(coverage).toFixed(1)} %`;

/** Prints a report for people: each case, what is wrong with it, and what no case looks at. */
export function printTests(report: TestReport, output: Output): void {
  const { line, colour } = output;
  for (const result of report.cases) {
    const { name, passed, path, golden, unexpected, missing, differences } = result;
    const where = passed || path === name ? '' : ` (${path})`;
    line(`${passed ? colour('green', 'passed') : colour('red', 'failed')} ${visibleLine(`${name}${where}`)}`);
    if (!golden) line('there is no expected.yaml: check what comes out, and write it with --update');
    for (const problem of unexpected) line(`${colour('red', 'not expected:')} ${visibleLine(problem)}`);
    for (const problem of missing)
      line(`${colour('red', 'expected, but did not happen:')} ${visibleLine(problem)}`);
    for (const difference of differences) {
      if (difference.place !== undefined) line(visibleLine(`${at(difference.place, report)}:`));
      printDifferences([difference], labels, output);
    }
  }
  for (const manifest of report.uncovered)
    line(
      `${colour('yellow', 'no case:')} ${visibleLine(`policy ${manifest.object.metadata.name}, ${at(manifest.positionOf(''), report)}`)}`,
    );
  for (const { position, text } of untaken(report))
    line(`${colour('yellow', 'not taken:')} ${visibleLine(`${at(position, report)}: ${text}`)}`);
  if (report.coverage !== undefined) line(coverageText(report.coverage));
  const failed = report.cases.filter(({ passed }) => !passed).length;
  const text = `${String(report.cases.length - failed)} passed, ${String(failed)} failed`;
  line(colour(failed > 0 ? 'red' : 'green', text));
}

/** The report in a form for programs. */
export function testText(format: Exclude<TestFormat, 'human'>, report: TestReport): string {
  return { json: jsonTests, github: githubTests, junit: junitTests }[format](report);
}

function jsonTests(report: TestReport): string {
  const { cases, uncovered, coverage, pathOf } = report;
  const placed = ({ file, line, column }: FilePosition) => ({ file: pathOf(file), line, column });
  return jsonText({
    cases: cases.map(({ differences, ...rest }) => ({
      ...rest,
      differences: differences.map(({ place, ...difference }) => ({
        ...difference,
        ...(place === undefined ? {} : { place: placed(place) }),
      })),
    })),
    policiesWithoutCase: uncovered.map((manifest) => ({
      name: manifest.object.metadata.name,
      ...placed(manifest.positionOf('')),
    })),
    ...(coverage === undefined
      ? {}
      : {
          coverage: {
            taken: coverage.taken,
            outcomes: coverage.outcomes,
            percent: percentOf(coverage),
            expressions: coverage.expressions.map(({ policy, field, taken, position }) => ({
              policy,
              field,
              taken,
              ...placed(position),
            })),
            decisions: coverage.points.map(({ position, ...point }) => ({ ...point, ...placed(position) })),
          },
        }),
    summary: {
      passed: cases.filter(({ passed }) => passed).length,
      failed: cases.filter(({ passed }) => !passed).length,
    },
  });
}

/** Annotations: errors of cases at the objects of their golden files, warnings for what no case looks at. */
function githubTests(report: TestReport): string {
  const place = ({ file, line, column }: FilePosition) => ({ file: report.pathOf(file), line, column });
  const start = (file: string) => ({ file, line: 1, column: 1 });
  return [
    ...report.cases.flatMap((result) => {
      const { name, path, golden, unexpected, missing, differences } = result;
      const title = `case ${name}`;
      return [
        ...problemsOf({ ...result, differences: [] }).map((problem) =>
          workflowCommand(
            'error',
            title,
            problem,
            golden || unexpected.length + missing.length > 0 ? start(`${path}/expected.yaml`) : undefined,
          ),
        ),
        ...differences.map((difference) =>
          workflowCommand(
            'error',
            title,
            `${words[difference.verb]}: ${difference.kind}/${difference.name}\n${differenceLines(difference, labels).join('\n')}`,
            difference.place === undefined ? start(`${path}/expected.yaml`) : place(difference.place),
          ),
        ),
      ];
    }),
    ...report.uncovered.map((manifest) =>
      workflowCommand(
        'warning',
        'no case',
        `no case is of the policy ${manifest.object.metadata.name}`,
        place(manifest.positionOf('')),
      ),
    ),
    ...untaken(report).map(({ position, text }) =>
      workflowCommand('warning', 'not taken', text, place(position)),
    ),
  ].join('\n');
}

/** JUnit XML: a case is a test, a policy without a case one that was skipped. */
function junitTests({ cases, uncovered, pathOf }: TestReport): string {
  const failed = cases.filter(({ passed }) => !passed).length;
  const counts = `tests="${String(cases.length + uncovered.length)}" failures="${String(failed)}" errors="0" skipped="${String(uncovered.length)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="clusterpedia-import test" ${counts}>`,
    `  <testsuite name="cases" ${counts}>`,
    ...cases.map((result) => {
      const opening = `    <testcase name="${escapeXml(result.name)}" classname="case" file="${escapeXml(result.path)}"`;
      if (result.passed) return `${opening}/>`;
      const problems = problemsOf(result);
      const text = [...problems, ...result.differences.flatMap((one) => differenceLines(one, labels))].join(
        '\n',
      );
      return `${opening}>\n      <failure message="${escapeXml(problems[0] ?? '')}" type="case">${escapeXml(text)}</failure>\n    </testcase>`;
    }),
    ...uncovered.map((manifest) => {
      const name = `policy ${manifest.object.metadata.name} has a case`;
      const file = escapeXml(pathOf(manifest.file));
      return `    <testcase name="${escapeXml(name)}" classname="policy" file="${file}">\n      <skipped message="no case is of it"/>\n    </testcase>`;
    }),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}
