import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Location, Log, ReportingDescriptor, Result } from 'sarif';
import { CODES, formatFinding } from '../../policy/index.ts';
import { STDIN } from '../manifests/manifests.ts';
import type { PlacedFinding, PolicyReport } from '../manifests/review.ts';
import { jsonText } from '../visible.ts';
import { relativePath } from './path.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/**
 * A SARIF 2.1.0 log (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), as code scanning services take it: every code that
 * a finding can have is a rule.
 */
export function sarifReport(
  reports: readonly PolicyReport[],
  version: string,
  workingDirectory: string,
): string {
  const rules = Object.entries(CODES).map(([id, { meaning, remedy }]): ReportingDescriptor => ({
    id,
    shortDescription: { text: meaning },
    help: helpOf(id, `${meaning} ${remedy}`),
  }));
  const indexOf = new Map(rules.map(({ id }, index) => [id, index]));
  const log: Log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'clusterpedia-import', semanticVersion: version, rules } },
        columnKind: 'unicodeCodePoints',
        results: reports.flatMap((report) =>
          report.findings.map((placed) => resultOf(report, placed, indexOf, workingDirectory)),
        ),
      },
    ],
  };
  return jsonText(log);
}

/**
 * What the rule means, what to do, and the row of the page that says so. `helpUri` must be absolute (SARIF 2.1.0, 3.49.12), and the
 * project has no site.
 */
function helpOf(id: string, text: string): NonNullable<ReportingDescriptor['help']> {
  const pages = 'docs/reference/';
  const row = `errors.md#${id}`;
  return {
    text: `${text.replaceAll(/\[([^\]]+)\]\(([^)]+)\)/g, `$1 (${pages}$2)`)} See ${pages}${row}.`,
    markdown: `${text} See [${id}](${row}).`.replaceAll('](', `](${pages}`),
  };
}

function resultOf(
  report: PolicyReport,
  placed: PlacedFinding,
  indexOf: ReadonlyMap<string, number>,
  workingDirectory: string,
): Result {
  const { finding } = placed;
  const ruleIndex = indexOf.get(finding.code);
  return {
    ruleId: finding.code,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: finding.severity,
    message: { text: formatFinding(finding) },
    locations: [locationOf(report, placed, workingDirectory)],
  };
}

function locationOf(
  { subject, name }: PolicyReport,
  { finding, position }: PlacedFinding,
  workingDirectory: string,
): Location {
  const logicalLocations = [
    {
      name: finding.field === '' ? name : finding.field,
      fullyQualifiedName: [subject, name, finding.field].filter((part) => part !== '').join('/'),
      kind: finding.field === '' ? 'object' : 'member',
    },
  ];
  if (position.file === STDIN) return { logicalLocations };
  const { line, column } = position;
  return {
    physicalLocation: {
      artifactLocation: artifact(relativePath(position.file, workingDirectory)),
      region: { startLine: line, startColumn: column },
    },
    logicalLocations,
  };
}

/** A URI (RFC 3986): relative to the root of the sources where the file lies below it. */
function artifact(path: string): { readonly uri: string; readonly uriBaseId?: string } {
  if (isAbsolute(path)) return { uri: pathToFileURL(path).href };
  return { uri: path.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
}
