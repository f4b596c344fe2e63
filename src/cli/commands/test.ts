import { dirname, relative, resolve } from 'node:path';
import type { DefineCommand } from '../command.ts';
import { exitWith } from '../command.ts';
import type { KubeObject } from '../../api/index.ts';
import { formatFinding } from '../../policy/index.ts';
import type { CaseFolder } from '../manifests/case-folder.ts';
import { caseFoldersIn, EXPECTED, updateGolden } from '../manifests/case-folder.ts';
import { differencesBetween, printDifferences, withoutSecrets } from '../plan/difference.ts';
import type { ExitCode } from '../errors.ts';
import { EXIT, UsageError } from '../errors.ts';
import { examples, exitCodes } from '../help.ts';
import { Inventory } from '../manifests/inventory.ts';
import { asGolden } from '../report/object-text.ts';
import type { Output } from '../output.ts';
import { renderInventory } from '../plan/inventory-view.ts';
import { count } from '../report/report.ts';
import { reviewManifests } from '../manifests/review.ts';
import { visibleLine } from '../visible.ts';

export const define: DefineCommand = (command, { output }) => {
  command
    .argument(
      '<folder>',
      'folder of cases; a case is a folder with a policy (or one above it), sources and expected.yaml',
    )
    .option('--update', 'write what comes out to the golden files')
    .addHelpText(
      'after',
      `
A case's folder holds the policy, its sources and references in manifests of any name, and what should come of them in
expected.yaml. What should go wrong is a line each in expected-problems.txt. A case without a policy of its own uses the
policy of the nearest folder above it.
${exitCodes({
  0: 'every case passed, or with --update was written',
  1: 'a case failed',
  2: 'wrong use, something cannot be read or written, or there is no case',
})}`,
    )
    .addHelpText(
      'after',
      examples('clusterpedia-import test policies/', 'clusterpedia-import test --update policies/'),
    )
    .action(exitWith((folder: string, options: TestOptions) => testCases(folder, options, output)));
};

export interface TestOptions {
  /** Writes what comes out, instead of comparing it. */
  readonly update?: true;
}

/** What came out of one case. */
interface CaseResult {
  readonly objects: readonly KubeObject[];
  /** Errors of the review and failed sources, a line each. */
  readonly problems: readonly string[];
}

/**
 * `test DIR`: reviews and renders every case below a folder and compares with its golden files. Exit 1 where one differs.
 * @throws {UsageError}
 */
export async function testCases(root: string, options: TestOptions, output: Output): Promise<ExitCode> {
  const cases = await caseFoldersIn(root, output);
  if (cases.length === 0)
    throw new UsageError(`no case in ${root}: a case is a folder with a policy and objects that it selects`);
  return options.update === true ? updateCases(cases, root, output) : checkCases(cases, root, output);
}

function checkCases(cases: readonly CaseFolder[], root: string, output: Output): ExitCode {
  const failed = cases.filter((folder) => !check(folder, nameOf(folder, root), output)).length;
  const text = `${String(cases.length - failed)} passed, ${String(failed)} failed`;
  output.line(output.colour(failed > 0 ? 'red' : 'green', text));
  return failed > 0 ? EXIT.findings : EXIT.good;
}

async function updateCases(cases: readonly CaseFolder[], root: string, { line }: Output): Promise<ExitCode> {
  for (const folder of cases) {
    const { objects, problems } = run(folder);
    const written = await updateGolden(folder, objects, problems);
    line(`${written ? 'updated' : 'unchanged'} ${nameOf(folder, root)}`);
  }
  line(count(cases.length, 'case'));
  return EXIT.good;
}

const nameOf = ({ path }: CaseFolder, root: string) => relative(dirname(resolve(root)), resolve(path));

function run({ manifests }: CaseFolder): CaseResult {
  const findings = reviewManifests(manifests).flatMap((report) =>
    report.findings
      .filter(({ finding }) => finding.severity === 'error')
      .map(({ finding }) => `policy ${report.name}: ${formatFinding(finding)}`),
  );
  const { lifecycles, pediaClusters, problems } = renderInventory(new Inventory(manifests));
  const failures = problems
    .filter(({ problem }) => problem.failed)
    .map(({ subject, problem }) => `${subject}: ${problem.reason}: ${problem.message}`);
  return { objects: [...lifecycles, ...pediaClusters].map(asGolden), problems: [...findings, ...failures] };
}

function check(folder: CaseFolder, name: string, output: Output): boolean {
  const { line, colour } = output;
  const { expected, expectedProblems } = folder;
  const { objects, problems } = run(folder);
  const differences = differencesBetween(expected ?? [], objects);
  const unexpected = problems.filter((problem) => !expectedProblems.includes(problem));
  const missing = expectedProblems.filter((problem) => !problems.includes(problem));
  const passed = expected !== undefined && differences.length + unexpected.length + missing.length === 0;
  line(`${passed ? colour('green', 'passed') : colour('red', 'failed')} ${name}`);
  if (expected === undefined)
    line(`there is no ${EXPECTED}: check what comes out, and write it with --update`);
  for (const problem of unexpected) line(`${colour('red', 'not expected:')} ${visibleLine(problem)}`);
  for (const problem of missing)
    line(`${colour('red', 'expected, but did not happen:')} ${visibleLine(problem)}`);
  printDifferences(differences.map(withoutSecrets), { before: 'expected', after: 'rendered' }, output);
  return passed;
}
