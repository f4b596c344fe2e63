import type { Coverage, Finding } from '../../policy/index.ts';
import type { PolicyReport, ReportSubject } from '../manifests/review.ts';
import type { NotChecked } from '../manifests/not-checked.ts';
import type { Summary } from './report.ts';
import { jsonText } from '../visible.ts';
import { summarize } from './report.ts';
import { yamlText } from './yaml-text.ts';

/** What `-o json` and `-o yaml` print. */
export interface ReportData {
  readonly policies: readonly {
    readonly subject: ReportSubject;
    readonly name: string;
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly valid: boolean;
    readonly findings: readonly FindingData[];
    readonly notChecked: readonly NotChecked[];
    /** Absent where nothing was rendered. */
    readonly coverage?: Coverage;
  }[];
  readonly summary: Summary;
}

interface FindingData extends Pick<
  Finding,
  'severity' | 'code' | 'field' | 'message' | 'suggestion' | 'excerpt' | 'witness'
> {
  /** Place in the file. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Place in the text of the field, where the finding has one. */
  readonly template?: { readonly line: number; readonly column: number };
}

function dataOf(reports: readonly PolicyReport[]): ReportData {
  return {
    policies: reports.map(({ subject, name, position, findings, notChecked = [], coverage }) => ({
      subject,
      name,
      ...position,
      notChecked,
      ...(coverage && { coverage }),
      valid: findings.every(({ finding }) => finding.severity !== 'error'),
      findings: findings.map(({ finding, position: at }): FindingData => {
        const { line, column, ...rest } = finding;
        return { ...rest, ...at, ...(line === undefined ? {} : { template: { line, column: column ?? 1 } }) };
      }),
    })),
    summary: summarize(reports),
  };
}

/** For programs, as JSON. */
export const jsonReport = (reports: readonly PolicyReport[]): string => jsonText(dataOf(reports));

/** For programs, as YAML. */
export const yamlReport = (reports: readonly PolicyReport[]): string => yamlText(dataOf(reports)).trimEnd();
