import type { KubeObject } from '../../api/index.ts';
import { formatFinding } from '../../policy/index.ts';
import type { FilePosition } from '../errors.ts';
import type { CaseFolder } from '../manifests/case-folder.ts';
import { Inventory } from '../manifests/inventory.ts';
import { reviewManifests } from '../manifests/review.ts';
import type { Difference } from '../plan/difference.ts';
import { differencesBetween, withoutSecrets } from '../plan/difference.ts';
import { renderInventory } from '../plan/inventory-view.ts';
import { asGolden } from '../report/object-text.ts';

/** The result of rendering one case. */
export interface CaseOutcome {
  readonly objects: readonly KubeObject[];
  /** Errors of the review and failed sources, a line each. */
  readonly problems: readonly string[];
}

/** One case, compared with its golden files. */
export interface CaseResult {
  /** Path of its folder, relative to the folder of all cases. */
  readonly name: string;
  /** The same path, relative to the working directory. */
  readonly path: string;
  readonly passed: boolean;
  /** Whether there is a golden file at all. */
  readonly golden: boolean;
  readonly unexpected: readonly string[];
  readonly missing: readonly string[];
  /** Differences with fingerprints instead of credentials, each with its place in the golden file if it has one. */
  readonly differences: readonly (Difference & { readonly place?: FilePosition })[];
}

/** Reviews and renders a case. Pure. */
export function runCase({ manifests }: CaseFolder): CaseOutcome {
  const findings = reviewManifests(manifests).flatMap((report) =>
    report.findings
      .filter(({ finding }) => finding.severity === 'error')
      .map(({ finding }) => `policy ${report.name}: ${formatFinding(finding)}`),
  );
  const { lifecycles, pediaClusters, problems } = renderInventory(new Inventory(manifests));
  const failures = problems
    .filter(({ problem }) => problem.failed)
    .map(({ subject, problem }) => `${subject}: ${problem.reason}: ${problem.message}`);
  return { objects: [...pediaClusters, ...lifecycles].map(asGolden), problems: [...findings, ...failures] };
}

/** Compares the result of a case with its golden files. Pure. */
export function checkCase(folder: CaseFolder, name: string, path: string): CaseResult {
  const { expected, expectedProblems, places } = folder;
  const { objects, problems } = runCase(folder);
  const differences = differencesBetween(expected ?? [], objects).map((difference) => {
    const place = places.get(`${difference.kind}/${difference.name}`);
    return { ...withoutSecrets(difference), ...(place === undefined ? {} : { place }) };
  });
  const unexpected = problems.filter((problem) => !expectedProblems.includes(problem));
  const missing = expectedProblems.filter((problem) => !problems.includes(problem));
  const passed = expected !== undefined && differences.length + unexpected.length + missing.length === 0;
  return { name, path, passed, golden: expected !== undefined, unexpected, missing, differences };
}
