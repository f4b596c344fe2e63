import type { AdmissionFacts, LiveSource } from '../checks/facts.ts';
import type { CompiledPolicy } from '../compile.ts';
import type { Paced } from '../paced.ts';
import type { Attempt, Outcome, Stage, Stages } from './attempt.ts';
import { followSource, judgeUsable, stagesOf } from './attempt.ts';
import type { Sample, SampleFacts } from './sample.ts';
import { otherSamples, plainSamples } from './sample.ts';

/** How a stage went for a sample. */
export interface SampleAttempt {
  readonly sample: Sample;
  readonly stage: Stage;
  readonly attempt: Attempt;
  /**
   * Whether the reconciler would come to this stage with such a source: it goes on only with sources that the selector
   * keeps, and to the template where the creation condition holds.
   */
  readonly counts: boolean;
  /** Of a fault with all fields there: whether other values of the same types mend it. */
  readonly mended?: boolean;
}

/** An existing source, and what became of it. */
export interface Followed {
  readonly live: LiveSource;
  readonly outcome: Outcome;
}

/** What rendering a policy on trial has shown; the checks judge it. */
export interface Evidence {
  readonly facts: SampleFacts;
  readonly samples: readonly Sample[];
  readonly attempts: readonly SampleAttempt[];
  readonly existing: readonly Followed[];
  /** Whether these are all the sources that there are. */
  readonly complete: boolean;
  /** Why existing sources were not tried, where they should have been. */
  readonly skipped?: string;
  readonly renderings: number;
}

/** Renders a policy for samples and for existing sources, with a pause before each rendering. */
export function* gatherEvidence(
  policy: CompiledPolicy,
  facts: SampleFacts,
  live: AdmissionFacts['liveSources'],
): Paced<Evidence> {
  const stages = stagesOf(policy);
  const samples = plainSamples(policy, facts);
  let renderings = 0;
  const attempts: SampleAttempt[] = [];
  for (const sample of samples) {
    for (const tried of trySample(stages, sample)) {
      attempts.push(tried);
      // Whether it is usable is told from what has been rendered already.
      if (tried.stage === stages.usable) continue;
      yield;
      renderings++;
    }
  }
  const judged: SampleAttempt[] = [];
  for (const tried of attempts) {
    if (tried.attempt.fault === undefined || tried.sample.variant !== 'full') {
      judged.push(tried);
      continue;
    }
    let mended = false;
    for (const other of otherSamples(policy, facts)) {
      yield;
      renderings++;
      mended = tried.stage.attempt(other).fault === undefined;
      if (mended) break;
    }
    judged.push({ ...tried, mended });
  }
  const existing: Followed[] = [];
  const given = live === undefined || 'skipped' in live ? [] : live.items;
  for (const item of given) {
    yield;
    renderings++;
    existing.push({ live: item, outcome: followSource(policy, stages, item) });
  }
  return {
    facts,
    samples,
    attempts: judged,
    existing,
    complete: live !== undefined && !('skipped' in live) && !live.truncated,
    ...(live !== undefined && 'skipped' in live ? { skipped: live.skipped } : {}),
    renderings,
  };
}

/** Every stage for one sample, whether or not the reconciler would come to it. */
function* trySample(stages: Stages, sample: Sample): Generator<SampleAttempt, undefined> {
  const { selector, name, references, creationCondition, deletionCondition, template, usable } = stages;
  let counts = true;
  const attemptAt = (stage: Stage): SampleAttempt => ({
    sample,
    stage,
    attempt: stage.attempt(sample),
    counts,
  });
  if (selector !== undefined) {
    const tried = attemptAt(selector);
    yield tried;
    counts = tried.attempt.holds === true;
  }
  for (const stage of [name, ...references]) yield attemptAt(stage);
  let wanted = counts;
  for (const [condition, expected] of [
    [creationCondition, true],
    [deletionCondition, false],
  ] as const) {
    if (condition === undefined) continue;
    const tried = attemptAt(condition);
    yield tried;
    wanted &&= tried.attempt.holds === expected;
  }
  counts = wanted;
  const rendered = attemptAt(template);
  yield rendered;
  if (rendered.attempt.rendered !== undefined)
    yield { ...rendered, stage: usable, attempt: judgeUsable(rendered.attempt) };
}

/** The name that an existing source renders: its lifecycle gets it, whether or not a PediaCluster is wanted yet. */
export interface LiveName {
  readonly name: string;
  readonly source: LiveSource;
}

/** The names of the existing sources that are selected. */
export function namesOf({ existing }: Pick<Evidence, 'existing'>): readonly LiveName[] {
  return existing.flatMap(({ live, outcome: { name } }) =>
    name === undefined ? [] : [{ name, source: live }],
  );
}
