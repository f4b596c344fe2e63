import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ClusterImportPolicy } from '../../src/api/index.ts';
import { parseManifests } from '../../src/cli/manifests/manifests.ts';
import type { Manifest } from '../../src/cli/manifests/manifests.ts';
import { readManifests } from '../../src/cli/manifests/read-manifests.ts';
import { reviewManifests } from '../../src/cli/manifests/review.ts';
import { catalogueCases, inputFiles, policyOf } from './catalogue.ts';
import type { MutantKind } from './mutants.ts';
import { mutantsOf } from './mutants.ts';

/** What is found on a policy beside its CRDs and sample objects, without its messages. */
function findingsOf(policy: ClusterImportPolicy, world: readonly Manifest[]): ReadonlySet<string> {
  const own = parseManifests(stringify(policy, { aliasDuplicateObjects: false }), 'policy.yaml');
  const [report] = reviewManifests([...own, ...world]);
  return new Set(report?.findings.map(({ finding }) => `${finding.code} ${finding.field}`));
}

interface Outcome {
  readonly kind: MutantKind;
  readonly change: string;
  readonly caught: boolean;
}

/**
 * The policies of the catalogue with one thing changed. Constants are left out of the count: they are compared with types
 * of conditions and names, which may be any string; where a schema has an enum, test/policy/checks/types.test.ts has them.
 */
describe('one thing changed in a policy of the catalogue', () => {
  const outcomes: Outcome[] = [];

  beforeAll(async () => {
    for (const sample of catalogueCases.filter(({ name }) => name === '')) {
      const policy = await policyOf(sample.platform);
      const world = await readManifests(inputFiles(sample));
      const before = findingsOf(policy, world);
      for (const { kind, change, policy: changed } of mutantsOf(policy)) {
        const caught = [...findingsOf(changed, world)].some((finding) => !before.has(finding));
        outcomes.push({ kind, change: `${sample.platform}: ${change}`, caught });
      }
    }
  }, 120_000);

  const of = (...kinds: readonly MutantKind[]) => outcomes.filter(({ kind }) => kinds.includes(kind));
  const missed = (some: readonly Outcome[]) =>
    some.filter(({ caught }) => !caught).map(({ change }) => change);

  it.each<[string, MutantKind]>([
    ['a misspelt field of the PediaCluster', 'key'],
    ['a list where there was a value', 'type'],
    ['a bracket that is not closed', 'yaml'],
  ])('%s is caught each time', (_, kind) => {
    expect(of(kind).length).toBeGreaterThan(40);
    expect(missed(of(kind))).toEqual([]);
  });

  it('at least 95 of 100 changes are caught; the others are fields of decoded text and optional keys of Secrets', () => {
    const counted = of('field', 'key', 'type', 'yaml');
    const rate = 1 - missed(counted).length / counted.length;
    expect(counted.length).toBeGreaterThan(400);
    expect(rate, missed(counted).join('\n')).toBeGreaterThanOrEqual(0.95);
  });
});
