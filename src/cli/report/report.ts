import type { PolicyReport } from '../manifests/review.ts';

/** How many findings there are of each severity. */
export interface Summary {
  readonly policies: number;
  readonly errors: number;
  readonly warnings: number;
}

/** Counts the findings of all reports. */
export function summarize(reports: readonly PolicyReport[]): Summary {
  const findings = reports.flatMap((report) => report.findings);
  const errors = findings.filter(({ finding }) => finding.severity === 'error').length;
  const policies = reports.filter(({ subject }) => subject === 'ClusterImportPolicy').length;
  return { policies, errors, warnings: findings.length - errors };
}

/** `1 policy`, `2 policies` */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${String(number)} ${number === 1 ? one : many}`;
