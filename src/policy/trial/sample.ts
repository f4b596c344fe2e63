import type { KubeObject } from '../../api/index.ts';
import type { RunOptions } from '../../template/index.ts';
import type { ResourceFacts } from '../checks/facts.ts';
import type { CompiledPolicy, References } from '../compile.ts';
import { emptyTree } from '../path-tree.ts';
import type { SyntheticVariant } from './synthetic.ts';
import { SAMPLE_COUNT, SYNTHETIC_VARIANTS, synthesize } from './synthetic.ts';

/** A fixed clock and randomness: a trial must come out alike each time it is run. */
export const TRIAL_RUN: RunOptions = { now: () => 1_700_000_000_000, random: () => 0.5 };

/** What the templates of a policy are rendered for. */
export interface TrialData {
  readonly source: KubeObject;
  readonly references: References;
}

/** A made-up source with made-up references. */
export interface Sample extends TrialData {
  readonly variant: SyntheticVariant;
}

/** What is known of the resources that the samples are of. */
export interface SampleFacts {
  readonly source: ResourceFacts | undefined;
  /** By reference key. */
  readonly references: ReadonlyMap<string, ResourceFacts>;
}

/** A sample of each variant, made from the schemas as far as they are known. */
export function plainSamples(policy: CompiledPolicy, facts: SampleFacts): readonly Sample[] {
  return SYNTHETIC_VARIANTS.map((variant) => sampleOf(policy, facts, variant, 0));
}

/** The full sample again and again, with other values of the same types: see `SAMPLES` of synthetic.ts. */
export function* otherSamples(policy: CompiledPolicy, facts: SampleFacts): Generator<Sample, undefined> {
  for (let sample = 1; sample < SAMPLE_COUNT; sample++) yield sampleOf(policy, facts, 'full', sample);
}

function sampleOf(
  policy: CompiledPolicy,
  { source, references }: SampleFacts,
  variant: SyntheticVariant,
  sample: number,
): Sample {
  const ofReference = variant === 'created' ? 'full' : variant;
  return {
    variant,
    source: synthesize(variant, { ...identity(source), reads: policy.readPaths.source, sample }),
    references: Object.fromEntries(
      policy.references.map(({ key }) => {
        const reads = policy.readPaths.references.get(key) ?? emptyTree();
        return [key, synthesize(ofReference, { ...identity(references.get(key)), reads, sample })];
      }),
    ),
  };
}

function identity(facts: ResourceFacts | undefined) {
  const group = facts?.group ?? '';
  const version = facts?.version ?? 'v1';
  return {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind: facts?.kind ?? 'Synthetic',
    ...(facts?.namespaced === undefined ? {} : { namespaced: facts.namespaced }),
    ...(facts?.schema === undefined ? {} : { schema: facts.schema }),
  };
}
