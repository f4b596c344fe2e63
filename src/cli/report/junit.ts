import { formatFinding } from '../../policy/index.ts';
import { describePosition } from '../errors.ts';
import type { PolicyReport } from '../manifests/review.ts';
import { summarize } from './report.ts';

/**
 * JUnit XML, in the form that Jenkins and GitLab read (https://github.com/testmoapp/junitxml): a file is a suite, a policy
 * is a test, its errors are the failure, its warnings what it printed.
 */
export function junitReport(reports: readonly PolicyReport[]): string {
  const files = Map.groupBy(reports, ({ position }) => position.file);
  const suites = [...files].map(([file, policies]) => [
    `  <testsuite name="${escapeXml(file)}" ${countsOf(policies)}>`,
    ...policies.map(testCase),
    '  </testsuite>',
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="clusterpedia-import validate" ${countsOf(reports)}>`,
    ...suites.flat(),
    '</testsuites>',
  ].join('\n');
}

function countsOf(reports: readonly PolicyReport[]): string {
  const failures = reports.filter((report) => summarize([report]).errors > 0).length;
  return `tests="${String(reports.length)}" failures="${String(failures)}" errors="0" skipped="0"`;
}

function testCase({ subject, name, position, findings }: PolicyReport): string {
  const opening = `<testcase name="${escapeXml(name)}" classname="${subject}" file="${escapeXml(position.file)}"`;
  const lines = (severity: string) =>
    findings
      .filter(({ finding }) => finding.severity === severity)
      .map((placed) => `${describePosition(placed.position)}: ${formatFinding(placed.finding)}`);
  const [errors, warnings] = [lines('error'), lines('warning')];
  if (errors.length + warnings.length === 0) return `    ${opening}/>`;
  const [first] = findings;
  return [
    `    ${opening}>`,
    ...(errors.length === 0 || first === undefined
      ? []
      : [
          `      <failure message="${escapeXml(formatFinding(first.finding))}" type="${escapeXml(first.finding.code)}">` +
            `${escapeXml(errors.join('\n'))}</failure>`,
        ]),
    ...(warnings.length === 0 ? [] : [`      <system-out>${escapeXml(warnings.join('\n'))}</system-out>`]),
    '    </testcase>',
  ].join('\n');
}

/** Characters that XML 1.0 cannot hold, in no form. */
const notXml = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

const entities: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** A text as XML has it, in attributes too. */
export const escapeXml = (text: string) =>
  text
    .replaceAll(notXml, '\u{fffd}')
    .replaceAll(/[&<>"\n\r\t]/g, (character) => entities[character] ?? character);
