import { cwd } from 'node:process';
import type { ExitCode } from '../errors.ts';
import { EXIT, UsageError } from '../errors.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import type { Output } from '../output.ts';
import type { ReportFormat } from '../report/index.ts';
import { reportFormats, summarize } from '../report/index.ts';
import type { PolicyReport } from '../manifests/review.ts';
import { reportOnBroken, reviewManifests } from '../manifests/review.ts';
import { ownVersion } from '../version.ts';

export interface ValidateOptions {
  readonly output: ReportFormat;
  /** Warnings count as errors. */
  readonly strict?: true;
}

/**
 * `validate PATH…`: exit 0 where no policy has an error, 1 where one has. A text that is no manifest is such an error, so that a
 * pipeline shows it in its place, and everything else is checked all the same.
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
  const reports = [...broken, ...reviewManifests(manifests)];
  if (reports.length === 0) throw new UsageError(`no ClusterImportPolicy in ${paths.join(', ')}`);
  const { colour } = output;
  const text = reportFormats[options.output](reports, {
    colour,
    version: ownVersion(),
    workingDirectory: cwd(),
  });
  if (text !== '') output.line(text);
  const { errors, warnings } = summarize(reports);
  return errors > 0 || (options.strict === true && warnings > 0) ? EXIT.findings : EXIT.good;
}
