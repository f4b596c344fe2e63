import { formatFinding } from '../../policy/index.ts';
import { describePosition } from '../errors.ts';
import type { Output } from '../output.ts';
import type { PlacedFinding, PolicyReport } from '../manifests/review.ts';
import { visibleExcerpt, visibleLine } from '../visible.ts';
import { count, summarize } from './report.ts';

/** For people: one paragraph for each finding, as a compiler prints them, and a last line that counts. */
export function humanReport(reports: readonly PolicyReport[], colour: Output['colour']): string {
  const { policies, errors, warnings } = summarize(reports);
  const totals = [count(policies, 'policy', 'policies'), count(errors, 'error'), count(warnings, 'warning')];
  return [
    ...reports.flatMap(({ findings }) => findings.map((placed) => paragraph(placed, colour))),
    ...reports.flatMap((report) => notCheckedText(report, colour)),
    colour(
      errors > 0 ? 'red' : warnings > 0 ? 'yellow' : 'green',
      `${totals[0] ?? ''}: ${totals.slice(1).join(', ')}`,
    ),
  ].join('\n');
}

function notCheckedText(
  { position, notChecked = [] }: PolicyReport,
  colour: Output['colour'],
): readonly string[] {
  if (notChecked.length === 0) return [];
  const place = colour('bold', visibleLine(describePosition(position)));
  return [`${place}: not checked: ${visibleLine(notChecked.map(({ text }) => text).join('; '))}`];
}

function paragraph(placed: PlacedFinding, colour: Output['colour']): string {
  const { finding } = placed;
  const severity = finding.severity === 'error' ? colour('red', 'error') : colour('yellow', 'warning');
  const place = colour('bold', visibleLine(describePosition(placed.position)));
  const excerpt =
    finding.excerpt === undefined ? '' : `\n${visibleExcerpt(finding.excerpt).replaceAll(/^/gm, '    ')}`;
  return `${place}: ${severity}: ${visibleLine(formatFinding(finding))}${excerpt}`;
}
