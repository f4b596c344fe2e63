import type { KubeObject } from '../../api/index.ts';
import type { RunOptions } from '../../template/index.ts';
import type { AdmissionFacts, LiveSource } from '../checks/facts.ts';
import type { CompiledPolicy } from '../compile.ts';
import type { Finding } from '../finding.ts';
import type { Paced } from '../paced.ts';
import { nameProblem } from '../rendering/name.ts';
import type { Attempt, Outcome, Stage, Stages } from './attempt.ts';
import { followSource, judgeUsable, stagesOf } from './attempt.ts';
import { choiceSamples, choicesRead } from './choices.ts';
import type { TrialData } from './data.ts';
import type { FieldChange } from './difference.ts';
import { differences, withChanges } from './difference.ts';
import type { OutcomeState, Shapes, TemplateCoverage } from './directed.ts';
import { directedSamples } from './directed.ts';
import type { FaultPlace } from './fault-place.ts';
import { placeOfFault } from './fault-place.ts';
import { lacksField } from './missing-field.ts';
import { comesBy, outcomeKey } from '../places/reach.ts';
import { SYNTHETIC_TEXT } from './synthetic.ts';
import type { Sample, SampleFacts } from './sample.ts';
import { isWhole, othersLike, plainSamples, TRIAL_RUN } from './sample.ts';

/** The result of a stage for a sample. */
export interface SampleAttempt {
  readonly sample: Sample;
  readonly stage: Stage;
  readonly attempt: Attempt;
  /**
   * Whether the reconciler would reach this stage with such a source. It continues only with sources that the selector
   * keeps, and renders the template only if the creation condition holds.
   */
  readonly counts: boolean;
  /** For a fault with all fields present: whether other values of the same types avoid it. */
  readonly mended?: boolean;
  /** For such a fault: the fields of a directed sample that cause it. */
  readonly deciding?: readonly FieldChange[];
}

/** An existing source, and its result. */
export interface Followed {
  readonly live: LiveSource;
  readonly outcome: Outcome;
}

/** The results of a policy's trial renderings; the checks judge them. */
export interface Evidence {
  readonly facts: SampleFacts;
  readonly samples: readonly Sample[];
  readonly attempts: readonly SampleAttempt[];
  readonly existing: readonly Followed[];
  /** Whether these are all existing sources. */
  readonly complete: boolean;
  /** Why existing sources were not tried, if they should have been. */
  readonly skipped?: string;
  readonly coverage: Coverage;
  readonly renderings: number;
}

/** Renders a policy for samples and for existing sources, with a pause before each rendering. */
export function* gatherEvidence(
  policy: CompiledPolicy,
  facts: SampleFacts,
  live: AdmissionFacts['liveSources'],
): Paced<Evidence> {
  // Made-up texts recur from sample to sample. What existing sources hold is forgotten with the review, too.
  const run: RunOptions = { ...TRIAL_RUN, kept: new Map() };
  const stages = stagesOf(policy, run);
  const plain = plainSamples(policy, facts);
  const [full] = plain;
  let renderings = 0;
  const samples: Sample[] = [];
  const attempts: SampleAttempt[] = [];
  function* tryAll(more: readonly Sample[]): Paced<undefined> {
    for (const sample of more) {
      samples.push(sample);
      for (const tried of trySample(stages, sample)) {
        attempts.push(tried);
        // Whether it is usable was judged from what has already been rendered.
        if (tried.stage === stages.usable) continue;
        yield;
        renderings++;
      }
    }
  }
  yield* tryAll(plain);
  const coverage: TemplateCoverage[] = [];
  if (full !== undefined) {
    const reads = policy.templates.flatMap(({ template }) => template.readPaths);
    yield* tryAll(choiceSamples(full, reads, facts));
    const direct = function* (base: Sample): Paced<undefined> {
      const found = yield* directedSamples(policy.templates, shapesOf(facts), [base], { ...directed, run });
      renderings += found.renderings;
      coverage.push(...found.coverage);
      const { samples: reaching, imported } = found;
      const isReaching = imported === undefined || reaching.some((sample) => sample === imported);
      const made = isReaching ? reaching : [imported, ...reaching];
      yield* tryAll(made.filter(isObject).map((data) => directedSample(full, data)));
    };
    yield* direct(full);
    // A template is judged by sources that would be imported, so its branches are searched with such samples.
    const counting = attempts.find(
      ({ stage, sample, counts }) => stage === stages.template && counts && isWhole(sample),
    );
    if (counting !== undefined && counting.sample !== full) yield* direct(counting.sample);
  }
  const seen = new Set<string>();
  const judged: SampleAttempt[] = [];
  for (const tried of attempts) {
    const { fault } = tried.attempt;
    if (fault === undefined || !isWhole(tried.sample)) {
      judged.push(tried);
      continue;
    }
    const { ways, reads } = placeOfAttempt({ ...tried, fault });
    const choices = choicesRead(reads, tried.sample, facts);
    // A fault that is the same for several samples is examined once.
    const key = JSON.stringify([tried.stage.kind, faultKey(fault), tried.counts, choices]);
    if (seen.has(key)) continue;
    seen.add(key);
    let mended = false;
    for (const other of othersLike([...tried.sample.changes, ...choices], policy, facts)) {
      yield;
      renderings++;
      const again = tried.stage.attempt(other);
      mended = again.fault === undefined && comesBy(again.trace, tried.attempt.trace, ways);
      if (mended) break;
    }
    const deciding: FieldChange[] = [];
    if (!mended && full !== undefined) {
      const wanted = faultKey(fault);
      const shows = (again: Attempt) => again.fault !== undefined && faultKey(again.fault) === wanted;
      renderings += tried.sample.changes.length;
      deciding.push(...(yield* decidingChanges(tried.stage, tried.sample, full, shows)));
    }
    judged.push({ ...tried, mended, deciding });
  }
  const existing: Followed[] = [];
  const given = live === undefined || 'skipped' in live ? [] : live.items;
  for (const item of given) {
    yield;
    renderings++;
    existing.push({ live: item, outcome: yield* followSource(policy, stages, item) });
  }
  return {
    facts,
    samples,
    attempts: judged,
    existing,
    complete: live !== undefined && !('skipped' in live) && !live.truncated,
    ...(live !== undefined && 'skipped' in live ? { skipped: live.skipped } : {}),
    coverage: coverageOf(coverage, samples.length, existing),
    renderings,
  };
}

/** Limits of the directed samples, for each of the two samples that they are made from. */
const directed = { renderings: 100, steps: 200_000 };

/** Whether the source is an object as an API server has it. A source that was made empty on purpose is not. */
const isObject = ({ source }: TrialData): boolean =>
  typeof (source.metadata as KubeObject['metadata'] | undefined)?.name === 'string';

function directedSample(full: Sample, { source, references }: TrialData): Sample {
  const data = { source: named(source), references };
  const changes = differences(dataOf(full), data).map(ended);
  return { ...withChanges(dataOf(full), changes), variant: 'directed', changes };
}

/** Gives a source a name that an object may have: a name that is made to begin with `vc-` must not end there. */
function named(source: KubeObject): KubeObject {
  const { name } = source.metadata;
  const longer = `${name}${SYNTHETIC_TEXT}`;
  if (nameProblem(name) === undefined || nameProblem(longer) !== undefined) return source;
  return { ...source, metadata: { ...source.metadata, name: longer } };
}

/** A text that is made to begin with `team-` does not end there: it may be a namespace, or a part of a name. */
const ended = (change: FieldChange): FieldChange =>
  typeof change.value === 'string' && /^[a-z0-9][-a-z0-9.]*[-.]$/.test(change.value)
    ? { ...change, value: `${change.value}${SYNTHETIC_TEXT}` }
    : change;

const placesOfAttempts = new WeakMap<Attempt, FaultPlace>();

/** Where in the template of its stage an attempt has failed. */
export function placeOfAttempt(tried: FailedAttempt): FaultPlace {
  const known = placesOfAttempts.get(tried.attempt) ?? findPlace(tried);
  placesOfAttempts.set(tried.attempt, known);
  return known;
}

type FailedAttempt = Pick<SampleAttempt, 'stage' | 'attempt'> & { readonly fault: Finding };

function findPlace({ stage, attempt: { place, trace, unusable }, fault }: FailedAttempt): FaultPlace {
  const path = lacksField(unusable) || place === undefined || !('path' in place) ? [] : place.path;
  return placeOfFault(stage.template.template, fault, path, trace);
}

const dataOf = ({ source, references }: TrialData): TrialData => ({ source, references });

/** How many fields are tested one by one for being the cause. */
const MAX_CHANGES = 8;

/**
 * The changes of a sample without which something does not show, with a pause before each rendering.
 *
 * @param full the sample from which the others are made
 * @param shows whether an attempt shows it
 */
export function* decidingChanges(
  stage: Stage,
  { changes }: Sample,
  full: Sample,
  shows: (attempt: Attempt) => boolean,
): Paced<readonly FieldChange[]> {
  if (changes.length > MAX_CHANGES) return changes;
  let kept = changes;
  for (const change of changes) {
    const without = kept.filter((other) => other !== change);
    yield;
    if (shows(stage.attempt(withChanges(dataOf(full), without)))) kept = without;
  }
  return kept;
}

/** The attempts that count. If no whole sample counts, all do, because then it is unknown which would. */
export function counted(attempts: readonly SampleAttempt[]): readonly SampleAttempt[] {
  return attempts.some(({ counts, sample }) => counts && isWhole(sample))
    ? attempts.filter(({ counts }) => counts)
    : attempts;
}

/** Two faults with the same key are the same. */
export const faultKey = ({ code, field, line, column, message }: Finding): string =>
  JSON.stringify([code, field, line, column, message]);

const shapesOf = ({ source, references }: SampleFacts): Shapes => ({
  source: source?.schema,
  references: new Map([...references].map(([key, { schema }]) => [key, schema])),
});

/** How much of a policy its evidence has covered. */
export interface Coverage {
  /** Outcomes of the decision points of all templates, without the impossible ones. */
  readonly branches: number;
  /** The outcomes that a sample or an existing source has taken. */
  readonly reached: number;
  /** The outcomes that no data can cause. */
  readonly impossible: number;
  readonly samples: number;
  readonly existingSources: number;
}

/** `9 of 9 branches, 3 existing sources` */
export function describeCoverage({ branches, reached, existingSources }: Coverage): string {
  const sources = `${String(existingSources)} existing source${existingSources === 1 ? '' : 's'}`;
  return `${String(reached)} of ${String(branches)} branches, ${sources}`;
}

function coverageOf(
  templates: readonly TemplateCoverage[],
  samples: number,
  existing: readonly Followed[],
): Coverage {
  const takenAt = (field: string) =>
    new Set(
      existing.flatMap(({ outcome }) =>
        [...outcome.traces].flatMap(([stage, trace]) => (stage.template.field === field ? [...trace] : [])),
      ),
    );
  const states = new Map<string, OutcomeState>();
  for (const { field, points } of templates) {
    if (points.length === 0) continue;
    const taken = takenAt(field);
    for (const { point, outcomes } of points) {
      outcomes.forEach((state, outcome) => {
        const key = `${field} ${outcomeKey(point, outcome)}`;
        const met = taken.has(outcomeKey(point, outcome)) || states.get(key) === 'met';
        // A way may be impossible with the values of one sample and possible with those of another.
        states.set(key, met ? 'met' : states.has(key) && state === 'impossible' ? 'unknown' : state);
      });
    }
  }
  const count = (state: OutcomeState) => [...states.values()].filter((each) => each === state).length;
  const impossible = count('impossible');
  return {
    branches: states.size - impossible,
    reached: count('met'),
    impossible,
    samples,
    existingSources: existing.length,
  };
}

/** Every stage for one sample, whether or not the reconciler would reach it. */
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

/** The name that an existing source renders. Its lifecycle gets it, whether or not a PediaCluster is wanted yet. */
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
