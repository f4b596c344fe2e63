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
  const place =
    position.file === STDIN
      ? {}
      : {
          file: relativePath(position.file, workingDirectory),
          line: String(position.line),
          col: String(position.column),
        };
  const properties = { ...place, title: `${subject} ${name}: ${finding.code}` };
  const list = Object.entries(properties).map(([property, value]) => `${property}=${escapeProperty(value)}`);
  return `::${finding.severity} ${list.join(',')}::${escapeData(formatFinding(finding))}`;
}

/** `escapeData` of the actions toolkit: a command ends with its line. */
const escapeData = (text: string) =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

/** `escapeProperty` of the actions toolkit. */
const escapeProperty = (text: string) => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
