import type { Output } from '../output.ts';
import type { PolicyReport } from '../manifests/review.ts';
import type { ReportFormat } from './formats.ts';
import { jsonReport, yamlReport } from './data.ts';
import { githubReport } from './github.ts';
import { humanReport } from './human.ts';
import { junitReport } from './junit.ts';
import { sarifReport } from './sarif.ts';

export type { ReportFormat } from './formats.ts';
export { summarize } from './report.ts';
export type { Summary } from './report.ts';
export type { ReportData } from './data.ts';

/** What a report may need to know of its surroundings. */
export interface ReportSurroundings {
  readonly colour: Output['colour'];
  /** Version of this program. */
  readonly version: string;
  /** Paths in reports for pipelines are relative to it. */
  readonly workingDirectory: string;
  /** For people: shows the sample by which a finding was found. */
  readonly explain?: boolean;
}

type Format = (reports: readonly PolicyReport[], surroundings: ReportSurroundings) => string;

/** The forms in which findings are printed, by the name that `-o` takes. */
export const reportFormats = {
  human: (reports, { colour, explain }) => humanReport(reports, { colour, explain }),
  json: jsonReport,
  yaml: yamlReport,
  github: (reports, { workingDirectory }) => githubReport(reports, workingDirectory),
  sarif: (reports, { version, workingDirectory }) => sarifReport(reports, version, workingDirectory),
  junit: junitReport,
} as const satisfies { readonly [name in ReportFormat]: Format };
