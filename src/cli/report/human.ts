import type { Coverage, Finding } from '../../policy/index.ts';
import { formatFinding } from '../../policy/index.ts';
import { describePosition } from '../errors.ts';
import type { Output } from '../output.ts';
import type { PlacedFinding, PolicyReport } from '../manifests/review.ts';
import { visibleExcerpt, visibleLine } from '../visible.ts';
import { count, summarize } from './report.ts';
import { yamlText } from './yaml-text.ts';

interface HumanOptions {
  readonly colour: Output['colour'];
  /** Shows the sample by which a finding was found. @default false */
  readonly explain?: boolean | undefined;
}

/**
 * For people: one paragraph for each finding, as a compiler prints them, what was not checked and what was tried of each policy,
 * and a last line that counts.
 */
export function humanReport(reports: readonly PolicyReport[], options: HumanOptions): string {
  const { colour } = options;
  const { policies, errors, warnings } = summarize(reports);
  const totals = [count(policies, 'policy', 'policies'), count(errors, 'error'), count(warnings, 'warning')];
  return [
    ...reports.flatMap(({ findings }) => findings.map((placed) => paragraph(placed, options))),
    ...reports.flatMap((report) => [...notCheckedText(report, colour), ...triedText(report, colour)]),
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

function triedText({ position, coverage }: PolicyReport, colour: Output['colour']): readonly string[] {
  if (coverage === undefined) return [];
  const place = colour('bold', visibleLine(describePosition(position)));
  return [`${place}: tried: ${triedOf(coverage)}`];
}

/** `9 of 9 branches, 2 samples of yours`: the samples are the sources among the files. */
export function triedOf({ branches, reached, existingSources }: Coverage): string {
  const ways =
    branches === 0 ? 'no branches' : `${String(reached)} of ${count(branches, 'branch', 'branches')}`;
  return `${ways}, ${count(existingSources, 'sample')} of yours`;
}

function paragraph(placed: PlacedFinding, { colour, explain = false }: HumanOptions): string {
  const { finding } = placed;
  const severity = finding.severity === 'error' ? colour('red', 'error') : colour('yellow', 'warning');
  const place = colour('bold', visibleLine(describePosition(placed.position)));
  const excerpt =
    finding.excerpt === undefined ? '' : `\n${visibleExcerpt(finding.excerpt).replaceAll(/^/gm, '    ')}`;
  return `${place}: ${severity}: ${visibleLine(formatFinding(finding))}${excerpt}${explain ? witnessText(finding.witness) : ''}`;
}

function witnessText(witness: Finding['witness']): string {
  const document = witnessDocument(witness);
  if (document === undefined) return '';
  const text = `# a sample that shows it, for clusterpedia-import render\n${document.trimEnd()}`;
  return `\n${text.replaceAll(/^(?=.)/gm, '    ')}`;
}

/** The sample that shows a finding as one YAML document, so that it can be copied with its indentation: several objects are a list. */
export function witnessDocument(witness: Finding['witness'] = []): string | undefined {
  const [first, ...others] = witness;
  if (first === undefined) return undefined;
  return yamlText(others.length === 0 ? first : { apiVersion: 'v1', kind: 'List', items: witness });
}
