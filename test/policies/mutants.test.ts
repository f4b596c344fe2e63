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

/** Why a change is not caught: nothing that is known of the platform tells it from a right policy. */
const changesByReason: readonly (readonly [why: string, changes: RegExp])[] = [
  ['a field of a text that is decoded', /\$(?:config|tls|data)\b/],
  ['a field of what a function makes of several lists', /^cluster-profile: field of spec\.creationCondition/],
  ['a key of a Secret that not every Secret has', /field of .*\.data\.\[/],
  ['a type of a condition that no source at hand has', /constant of .*eq \.type "\[/],
  ['a label, name or namespace that may be any text', /constant of /],
];

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
  }, 400_000);

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

  it('at least 95 of 100 changes are caught, and of each other one is known why not', () => {
    const others = missed(outcomes);
    const byReason = Map.groupBy(
      others,
      (change) => changesByReason.find(([, changes]) => changes.test(change))?.[0],
    );
    const printed = [...byReason].map(
      ([why, some]) => `${String(some.length)} ${String(why)}:\n${some.join('\n')}`,
    );
    expect(outcomes.length).toBeGreaterThan(1000);
    expect(byReason.get(undefined) ?? []).toEqual([]);
    expect(1 - others.length / outcomes.length, printed.join('\n\n')).toBeGreaterThanOrEqual(0.95);
  });
});
