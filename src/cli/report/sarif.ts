import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Location, Log, ReportingDescriptor, Result } from 'sarif';
import { CODE_MEANINGS, formatFinding } from '../../policy/index.ts';
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
  const rules = Array.from(CODE_MEANINGS, ([id, text]): ReportingDescriptor => ({
    id,
    shortDescription: { text },
    help: helpOf(id, text),
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

/** Where the rule is explained: a page of the checkout and of the package, for the project has no site. */
function helpOf(id: string, text: string): NonNullable<ReportingDescriptor['help']> {
  const page = 'docs/reference/errors.md';
  return {
    text: `${text} All codes: ${page}.`,
    markdown: `${text}\n\nAll codes: [${id}](${page}).`,
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
