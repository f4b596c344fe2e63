import { formatFinding } from '../../policy/index.ts';
import { STDIN } from '../manifests/manifests.ts';
import type { PlacedFinding, PolicyReport } from '../manifests/review.ts';
import { relativePath } from './path.ts';

/**
 * Annotations for GitHub Actions: one workflow command a line
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
 */
export function githubReport(reports: readonly PolicyReport[], workingDirectory: string): string {
  return reports
    .flatMap((report) => report.findings.map((placed) => annotation(report, placed, workingDirectory)))
    .join('\n');
}

function annotation(
  { subject, name }: PolicyReport,
  { finding, position }: PlacedFinding,
  workingDirectory: string,
): string {
  const { file, line, column } = position;
  const place = file === STDIN ? undefined : { file: relativePath(file, workingDirectory), line, column };
  return workflowCommand(
    finding.severity,
    `${subject} ${name}: ${finding.code}`,
    formatFinding(finding),
    place,
  );
}

/** One workflow command. @param place without one, it is about no file */
export function workflowCommand(
  severity: 'error' | 'warning',
  title: string,
  text: string,
  place?: { readonly file: string; readonly line: number; readonly column: number },
): string {
  const { file, line, column } = place ?? {};
  const properties = {
    ...(file === undefined ? {} : { file, line: String(line), col: String(column) }),
    title,
  };
  const list = Object.entries(properties).map(([property, value]) => `${property}=${escapeProperty(value)}`);
  return `::${severity} ${list.join(',')}::${escapeData(text)}`;
}

/** `escapeData` of the actions toolkit: a command ends with its line. */
const escapeData = (text: string) =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

/** `escapeProperty` of the actions toolkit. */
const escapeProperty = (text: string) => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
