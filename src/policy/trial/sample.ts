import type { RunOptions } from '../../template/index.ts';
import type { ResourceFacts } from '../checks/facts.ts';
import type { CompiledPolicy } from '../compile.ts';
import { emptyTree } from '../path-tree.ts';
import type { TrialData } from './data.ts';
import type { FieldChange } from './difference.ts';
import { withChanges } from './difference.ts';
import type { SyntheticVariant } from './synthetic.ts';
import { SAMPLE_COUNT, SYNTHETIC_VARIANTS, synthesize } from './synthetic.ts';

/** A fixed clock and fixed randomness: a trial must have the same result each time. */
export const TRIAL_RUN: RunOptions = { now: () => 1_700_000_000_000, random: () => 0.5 };

/** A made-up source with made-up references. */
export interface Sample extends TrialData {
  /** `directed`: the full sample with some fields changed, so that a template takes a certain way. */
  readonly variant: SyntheticVariant | 'directed';
  /** The changes of a directed sample. */
  readonly changes: readonly FieldChange[];
}

/** Whether it has all fields, except those that were removed on purpose. */
export const isWhole = ({ variant }: Sample): boolean => variant === 'full' || variant === 'directed';

/** The facts about the resources of the samples. */
export interface SampleFacts {
  readonly source: ResourceFacts | undefined;
  /** By reference key. */
  readonly references: ReadonlyMap<string, ResourceFacts>;
}

/** One sample of each variant, made from the schemas that are known. */
export function plainSamples(policy: CompiledPolicy, facts: SampleFacts): readonly Sample[] {
  return SYNTHETIC_VARIANTS.map((variant) => sampleOf(policy, facts, variant, 0));
}

/**
 * A whole sample repeatedly, with other values of the same types; the given changes stay. See `samples` of synthetic.ts.
 */
export function* othersLike(
  changes: readonly FieldChange[],
  policy: CompiledPolicy,
  facts: SampleFacts,
): Generator<TrialData, undefined> {
  for (let sample = 1; sample < SAMPLE_COUNT; sample++)
    yield withChanges(sampleOf(policy, facts, 'full', sample), changes);
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
    changes: [],
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
