import { writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { cwd } from 'node:process';
import { Option } from 'commander';
import type { DefineCommand } from '../command.ts';
import { exitWith } from '../command.ts';
import { coverageOf, percentOf } from '../cases/coverage.ts';
import { lcov } from '../cases/lcov.ts';
import { checkCase, runCase } from '../cases/run-case.ts';
import type { ExitCode } from '../errors.ts';
import { EXIT, UsageError } from '../errors.ts';
import { examples, exitCodes } from '../help.ts';
import type { CaseFolder, CaseFolders } from '../manifests/case-folder.ts';
import { caseFoldersIn, updateGolden } from '../manifests/case-folder.ts';
import { isPolicy } from '../manifests/review.ts';
import type { Output } from '../output.ts';
import { relativePath } from '../report/path.ts';
import { count } from '../report/report.ts';
import type { TestFormat, TestReport } from '../report/test-report.ts';
import { printTests, TEST_FORMATS, testText } from '../report/test-report.ts';

export const define: DefineCommand = (command, { output }) => {
  command
    .argument(
      '<folder>',
      'folder of cases; a case is a folder with a policy (or one above it), sources and expected.yaml',
    )
    .option('--update', 'write what comes out to the golden files')
    .addOption(
      new Option('-o, --output <format>', 'format of the result').choices(TEST_FORMATS).default('human'),
    )
    .option(
      '--coverage',
      'tell which templates no case renders, and which outcomes of their decisions none takes',
    )
    .option('--lcov <file>', 'write that coverage in the format of lcov')
    .option('--fail-under <percent>', 'exit 1 where the cases take less of the outcomes and expressions')
    .addHelpText(
      'after',
      `
A case's folder holds the policy, its sources and references in manifests of any name, and what should come of them in
expected.yaml. What should go wrong is a line each in expected-problems.txt. A case without a policy of its own uses the
policy of the nearest folder above it. Policies that no case is of are told.
${exitCodes({
  0: 'every case passed, or with --update was written',
  1: 'a case failed, or the coverage is less than --fail-under',
  2: 'wrong use, something cannot be read or written, or there is no case',
})}`,
    )
    .addHelpText(
      'after',
      examples(
        'clusterpedia-import test policies/',
        'clusterpedia-import test --update policies/',
        'clusterpedia-import test --coverage --fail-under 90 policies/',
        'clusterpedia-import test -o junit policies/ > tests.xml',
      ),
    )
    .action(exitWith((folder: string, options: TestOptions) => testCases(folder, options, output)));
};

export interface TestOptions {
  /** Writes the results to the golden files, instead of comparing them. */
  readonly update?: true;
  /** @default 'human' */
  readonly output?: TestFormat;
  readonly coverage?: true;
  /** File that the coverage is written to. */
  readonly lcov?: string;
  /** The smallest accepted coverage, in percent. */
  readonly failUnder?: string;
}

/**
 * `test DIR`: reviews and renders every case below a folder and compares with its golden files. Exit 1 if one differs.
 * @throws {UsageError}
 */
export async function testCases(root: string, options: TestOptions, output: Output): Promise<ExitCode> {
  const least = Number(options.failUnder ?? 0);
  if (!(least >= 0 && least <= 100))
    throw new UsageError(`--fail-under ${options.failUnder ?? ''}: must be a number from 0 to 100`);
  const found = await caseFoldersIn(root, output);
  if (found.cases.length === 0)
    throw new UsageError(`no case in ${root}: a case is a folder with a policy and objects that it selects`);
  return options.update === true
    ? updateCases(found.cases, root, output)
    : checkCases(found, root, options, output);
}

async function checkCases(
  { cases, policies }: CaseFolders,
  root: string,
  options: TestOptions,
  output: Output,
): Promise<ExitCode> {
  const pathOf = (file: string) => relativePath(file, cwd());
  const tested = new Set(
    cases.flatMap(({ manifests }) => manifests.filter(isPolicy).map((manifest) => manifest.object)),
  );
  const wanted = [options.coverage, options.lcov, options.failUnder].some((option) => option !== undefined);
  const coverage = wanted ? coverageOf(cases, policies) : undefined;
  const report: TestReport = {
    cases: cases.map((folder) => checkCase(folder, nameOf(folder, root), pathOf(folder.path))),
    uncovered: policies.filter(({ object }) => !tested.has(object)),
    ...(coverage === undefined ? {} : { coverage }),
    pathOf,
  };
  const { output: format = 'human' } = options;
  if (format === 'human') printTests(report, output);
  else {
    const text = testText(format, report);
    if (text !== '') output.data(text);
  }
  if (coverage !== undefined && options.lcov !== undefined) await write(options.lcov, lcov(coverage, pathOf));
  const failed = report.cases.some(({ passed }) => !passed);
  const short = coverage !== undefined && percentOf(coverage) < Number(options.failUnder ?? 0);
  if (short)
    output.progress(
      `the coverage is ${percentOf(coverage).toFixed(1)} %, less than ${options.failUnder ?? ''} %`,
    );
  return failed || short ? EXIT.findings : EXIT.good;
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new UsageError(
      `${file}: cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function updateCases(cases: readonly CaseFolder[], root: string, { line }: Output): Promise<ExitCode> {
  for (const folder of cases) {
    const { objects, problems } = runCase(folder);
    const written = await updateGolden(folder, objects, problems);
    line(`${written ? 'updated' : 'unchanged'} ${nameOf(folder, root)}`);
  }
  line(count(cases.length, 'case'));
  return EXIT.good;
}

const nameOf = ({ path }: CaseFolder, root: string) => relative(dirname(resolve(root)), resolve(path));
