import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ClusterImportPolicy } from '../../src/api/index.ts';
import type { Manifest } from '../../src/cli/manifests/manifests.ts';
import { parseManifests } from '../../src/cli/manifests/manifests.ts';
import type { PlacedFinding, PolicyReport } from '../../src/cli/manifests/review.ts';
import { reviewManifests } from '../../src/cli/manifests/review.ts';
import { humanReport } from '../../src/cli/report/human.ts';
import { githubReport } from '../../src/cli/report/github.ts';
import { jsonReport } from '../../src/cli/report/data.ts';
import { sarifReport } from '../../src/cli/report/sarif.ts';
import { denied } from '../../webhook/admission.ts';
import { admissionReview } from '../webhook/requests.ts';
import { allVerdicts } from './all-verdicts.ts';
import type { Verdict } from './verdict.ts';
import { definitionsFor } from './verdict.ts';

/*
 * Whatever is said of a template, of all policies whose verdict is written down, tells the line and the column, and shows
 * that line with a caret once, wherever it is printed.
 */

/** What is said of a template that has no place in it, with the reason. */
const placeless: Readonly<Record<string, string>> = {
  schema: 'the field is no text, or there is no such field',
  'spec.creationCondition is empty': 'there is no text to point at',
};

const isTemplate = (field: string): boolean =>
  /^spec\.(?:template|nameTemplate|creationCondition|deletionCondition|source\.selectorTemplate|references\[\d+\]\.(?:name|namespace)Template)$/.test(
    field,
  );

const isPlaceless = ({ finding: { code, field, message } }: PlacedFinding): boolean =>
  Object.hasOwn(placeless, code) ||
  Object.keys(placeless).some((start) => `${field} ${message}`.startsWith(start));

const manifestsOf = (objects: readonly object[]) =>
  objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');

const definitions = new Map<Verdict['platform'], readonly Manifest[]>();

/** The manifests of a platform's definitions, which are large. */
function definitionsAtHand(verdict: Verdict): readonly Manifest[] {
  const known = definitions.get(verdict.platform);
  if (known !== undefined) return known;
  const made = parseManifests(manifestsOf(definitionsFor(verdict)), 'crds.yaml');
  definitions.set(verdict.platform, made);
  return made;
}

function reportOn(policy: ClusterImportPolicy, verdict: Verdict): PolicyReport {
  const own = parseManifests(manifestsOf([policy, ...(verdict.world?.objects ?? [])]), 'all.yaml');
  const [report] = reviewManifests([...own, ...definitionsAtHand(verdict)]);
  if (report === undefined) throw new Error('the manifests hold no policy');
  return report;
}

const policies = Object.values(allVerdicts).flatMap((rows) =>
  rows.flatMap((verdict) =>
    [verdict.broken, verdict.twin].flatMap((policy) => (policy === undefined ? [] : [{ policy, verdict }])),
  ),
);

it('what is said of a template tells line and column, and shows a caret once', () => {
  let placed = 0;
  for (const { policy, verdict } of policies) {
    const report = reportOn(policy, verdict);
    for (const found of report.findings.filter(({ finding }) => isTemplate(finding.field))) {
      const { finding } = found;
      const said = `${verdict.sentence}: ${finding.field}: ${finding.message}`;
      if (isPlaceless(found)) {
        expect(finding.line, said).toBeUndefined();
        continue;
      }
      placed++;
      const { line = 0, column = 0, excerpt = '', field, message } = finding;
      const [shown = '', caret, ...more] = excerpt.split('\n');
      expect([line > 0, column > 0, caret?.trim(), more], said).toEqual([true, true, '^', []]);
      // The caret stands below what stands in that column of the template.
      const written = [...(textAt(policy, field).split('\n')[line - 1] ?? '')];
      const below = [...shown][(caret?.length ?? 0) - 1];
      expect(below, said).toBe(written[column - 1]);
      expect(message, said).not.toContain('rendered line');

      const one = { ...report, findings: [found] };
      const place = `${field} ${String(line)}:${String(column)}: `;
      const human = humanReport([one], { colour: (_, text) => text });
      expect(human.split(place).length, human).toBe(2);
      expect(human.split('\n').filter((text) => text.trim() === '^').length, human).toBe(1);
      const json = JSON.parse(jsonReport([one])) as {
        readonly policies: readonly { readonly findings: readonly object[] }[];
      };
      expect(json.policies[0]?.findings[0]).toMatchObject({ template: { line, column }, excerpt });
      for (const text of [githubReport([one], '/'), sarifReport([one], '1.0.0', '/')])
        expect(text.split(place).length, text).toBe(2);
      // kubectl prints a cause behind its field.
      const request = admissionReview({ operation: 'CREATE', object: policy }).request;
      const { refusal } = denied(request, [{ ...finding, severity: 'error' }]);
      const details = refusal?.details as { readonly causes: readonly { readonly message: string }[] };
      expect(
        details.causes.map(({ message: cause }) => cause.startsWith(place.slice(field.length + 1))),
      ).toEqual([true]);
    }
  }
  expect(placed).toBeGreaterThan(200);
});

/** The text of a template's field. */
const textAt = (policy: ClusterImportPolicy, field: string): string =>
  String(
    field
      .replaceAll(/\[(\d+)\]/g, '.$1')
      .split('.')
      .reduce<unknown>((at, name) => (at as Readonly<Record<string, unknown>>)[name], policy),
  );
