import { cwd } from 'node:process';
import { Option } from 'commander';
import type { ClusterOptions } from '../cluster-options.ts';
import { clusterOptions } from '../cluster-options.ts';
import type { DefineCommand } from '../command.ts';
import { exitWith, PATHS } from '../command.ts';
import type { ExitCode } from '../errors.ts';
import { EXIT, UsageError } from '../errors.ts';
import { examples, exitCodes } from '../help.ts';
import { liveFacts } from '../manifests/live-facts.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import type { Output } from '../output.ts';
import type { ReportFormat } from '../report/index.ts';
import { REPORT_FORMATS } from '../report/formats.ts';
import { reportFormats, summarize } from '../report/index.ts';
import type { PolicyReport } from '../manifests/review.ts';
import { leftOutBy } from '../manifests/kustomizations.ts';
import { isPolicy, reportOnBroken, reviewManifests } from '../manifests/review.ts';
import type { Finding } from '../../policy/index.ts';
import { ownVersion } from '../version.ts';

export const define: DefineCommand = (command, { output }) => {
  command
    .argument(...PATHS)
    .addOption(
      new Option('-o, --output <format>', 'format of the findings').choices(REPORT_FORMATS).default('human'),
    )
    .option(
      '--strict',
      'exit 1 for warnings too, and where the definition of a resource is not among the files',
    )
    .option(
      '--explain',
      'with -o human: show the sample by which a finding was found, as a manifest that render takes',
    )
    .option(
      '--server',
      "judge by the kubeconfig's cluster too: its definitions, up to 20 sources, and names that are taken; only reads",
    );
  for (const option of clusterOptions('with --server: ')) command.addOption(option);
  command
    .addHelpText(
      'after',
      exitCodes({
        0: 'no policy has an error',
        1: 'a policy has an error, or with --strict a warning or fields that could not be checked; a text is no manifest',
        2: 'wrong use, something cannot be read, or there is no policy',
      }),
    )
    .addHelpText(
      'after',
      examples(
        'clusterpedia-import validate policy.yaml',
        'clusterpedia-import validate policies/ crds/',
        'clusterpedia-import validate --explain policies/ crds/',
        'clusterpedia-import validate --server policies/',
        'kustomize build . | clusterpedia-import validate -',
        'clusterpedia-import validate -o sarif policies/ > findings.sarif',
      ),
    )
    .action(exitWith((paths: string[], options: ValidateOptions) => validate(paths, options, output)));
};

export interface ValidateOptions extends ClusterOptions {
  readonly output: ReportFormat;
  /** Warnings count as errors. */
  readonly strict?: true;
  /** Asks a cluster too. */
  readonly server?: true;
  /** Shows the samples by which findings were found. */
  readonly explain?: true;
}

/**
 * `validate PATH…`: exit 0 if no policy has an error, otherwise 1. A text that is no manifest counts as an error of a
 * policy: a pipeline shows it at its place, and everything else is still checked.
 * @throws {UsageError}
 */
export async function validate(
  paths: readonly string[],
  options: ValidateOptions,
  output: Output,
): Promise<ExitCode> {
  const broken: PolicyReport[] = [];
  const manifests = await readManifests(paths, {
    progress: output.progress,
    broken: (error) => broken.push(reportOnBroken(error)),
  });
  const policies = manifests.filter(isPolicy).map(({ object }) => object);
  const cluster = options.server === true ? await liveFacts(policies, options, output) : undefined;
  const reviewed = reviewManifests(manifests, cluster);
  const reports = [...broken, ...(await Promise.all(reviewed.map(withKustomization)))];
  if (reports.length === 0) throw new UsageError(`no ClusterImportPolicy in ${paths.join(', ')}`);
  const { colour } = output;
  const text = reportFormats[options.output](reports, {
    colour,
    version: ownVersion(),
    workingDirectory: cwd(),
    explain: options.explain === true,
  });
  if (text !== '') (options.output === 'human' ? output.line : output.data)(text);
  const { errors, warnings } = summarize(reports);
  const blind = reports.some(({ notChecked = [] }) => notChecked.some(({ what }) => what === 'definition'));
  return errors > 0 || (options.strict === true && (warnings > 0 || blind)) ? EXIT.findings : EXIT.good;
}

/** The report, with a warning if a kustomization in the policy's folder or above leaves the policy out. */
async function withKustomization(report: PolicyReport): Promise<PolicyReport> {
  const { file } = report.position;
  const left = await leftOutBy(file);
  if (left === undefined) return report;
  const { kustomization, path } = left;
  const finding: Finding = {
    severity: 'warning',
    code: 'not-in-kustomization',
    field: '',
    message: `${kustomization} does not name ${path === file ? 'this file' : `the folder ${path}`}, so the policy is not applied with it`,
  };
  return { ...report, findings: [...report.findings, { finding, position: report.position }] };
}
