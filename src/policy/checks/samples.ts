import type { KubeObject } from '../../api/index.ts';
import type { Finding } from '../finding.ts';
import { dependsOnUnknown, isConstant, isDeliberate } from '../trial/dependence.ts';
import { choicesRead, hasChosen } from '../trial/choices.ts';
import type { FieldChange } from '../trial/difference.ts';
import { describeChanges } from '../trial/difference.ts';
import type { Evidence, SampleAttempt } from '../trial/evidence.ts';
import { counted, faultKey, placeOfAttempt } from '../trial/evidence.ts';
import type { Attempt, Stage } from '../trial/attempt.ts';
import { withPlace } from '../places/field-place.ts';
import { areCutUp, lacksField, mayBeWritten, mayChange, whyLeftOut } from '../trial/missing-field.ts';
import type { Trace } from '../places/reach.ts';
import { comesBy } from '../places/reach.ts';
import type { Sample } from '../trial/sample.ts';
import { isWhole } from '../trial/sample.ts';
import type { Check } from './check.ts';

/**
 * The faults that the trial on samples shows. A fault is an error if every sample that reaches its place fails there,
 * whatever values of the same types it holds, and if no value of unknown shape is involved. Otherwise it is a warning.
 * An existing source that renders well counts more than samples.
 */
export function judgeSamples(evidence: Evidence): readonly Finding[] {
  const known = faultOfExisting(evidence);
  return findingsOfSamples(evidence).flatMap(({ finding, fault }) => (fault === known ? [] : [finding]));
}

/** What the trial on samples shows, also of the fault that existing sources have. */
export function findingsOfSamples(evidence: Evidence): readonly SampleFinding[] {
  const byStage = Map.groupBy(evidence.attempts, ({ stage }) => stage);
  return [...byStage].flatMap(([, attempts]) => judgeStage(counted(attempts), evidence));
}

interface SampleFinding {
  readonly finding: Finding;
  /** The key of the fault, with its place. */
  readonly fault: string;
}

function judgeStage(attempts: readonly SampleAttempt[], evidence: Evidence): readonly SampleFinding[] {
  const whole = attempts.filter(({ sample }) => isWhole(sample));
  const findings = new Map<string, SampleFinding>();
  for (const tried of whole) {
    const { fault } = tried.attempt;
    if (fault === undefined || tried.mended === true || findings.has(faultKey(fault))) continue;
    const verdict = verdictOn({ ...tried, fault }, whole, evidence);
    if (verdict === undefined) continue;
    const { severity, doubt = '', choices = [] } = verdict;
    const { deciding = [] } = tried;
    const shown = placedFault(tried.stage, tried.attempt, fault);
    const which = describeChanges(deciding.length > 0 ? deciding : choices);
    const message = [`${shown.message}${doubt}`, which].filter((part) => part !== '').join(', ');
    findings.set(faultKey(fault), {
      finding: { ...shown, severity, message, witness: witnessOf(tried.sample) },
      fault: faultKey(shown),
    });
  }
  if (findings.size > 0 || whole.some(({ attempt }) => attempt.fault !== undefined))
    return [...findings.values()];
  // Fields may still be missing: sources are created step by step, and the creation condition waits for the fields.
  return attempts
    .flatMap(({ stage, attempt }) =>
      attempt.fault?.code === 'invalid-yaml' ? [placedFault(stage, attempt, attempt.fault)] : [],
    )
    .slice(0, 1)
    .map((broken) => ({
      finding: { ...broken, severity: 'warning', message: `${broken.message}, where fields are missing` },
      fault: faultKey(broken),
    }));
}

const placedFault = ({ template }: Stage, { place, trace }: Attempt, fault: Finding): Finding =>
  withPlace(fault, template.template, place, trace);

/** The objects of a sample, as manifests write them. They hold made-up values only. */
const witnessOf = ({ source, references }: Sample): readonly KubeObject[] => [
  source,
  ...Object.values(references),
];

interface Verdict {
  readonly severity: Finding['severity'];
  /** The end of a sentence: the condition under which there is no fault. */
  readonly doubt?: string;
  /** Fields of the source that decide although they cause no other way: with other texts there is no fault. */
  readonly choices?: readonly FieldChange[];
}

const DOUBT = ', unless the values that are read there have a form that samples lack';

/** No sample meets the conditions, so it is not known which of them they keep out. */
const UNMET = ', unless the selector or the conditions keep such sources out; no sample meets them';

/** `undefined` if it is not a fault of the policy. */
function verdictOn(
  tried: SampleAttempt & { readonly fault: Finding },
  whole: readonly SampleAttempt[],
  { existing, facts }: Evidence,
): Verdict | undefined {
  const { stage, sample, attempt, fault, deciding = [] } = tried;
  const { unusable, trace } = attempt;
  if (stage.kind !== 'reference' && stage.kind !== 'usable' && isConstant(stage.template))
    return { severity: 'error' };
  // A template that fails on purpose says which sources it does not accept.
  if (isDeliberate(stage.template.template, fault)) return undefined;
  // So does one that comes upon a kubeconfig that runs a program, whoever has put it together.
  if (fault.code === 'kubeconfig-not-self-contained') return undefined;
  // Made-up namespaces are in nobody's list.
  if (fault.code === 'namespace-not-allowed') return undefined;
  // A source that names nothing yet is waited for.
  if (fault.code === 'empty-name') return sample.variant === 'full' ? { severity: 'warning' } : undefined;
  const place = placeOfAttempt(tried);
  const cameBy = (other: Trace | undefined) => other !== undefined && comesBy(other, trace, place.ways);
  const choices = choicesRead(place.reads, sample, facts);
  const liveHere = existing.filter(
    ({ outcome }) => outcome.kind === 'rendered' && cameBy(outcome.traces.get(stage)),
  );
  const provenWell = liveHere.some(({ live }) => hasChosen(choices, live));
  const well = whole.filter((other) => other.attempt.fault === undefined);
  const wellHere = well.filter((other) => cameBy(other.attempt.trace));
  const isMissing = lacksField(unusable);
  if (isMissing && !mayBeWritten(stage.template, unusable)) return { severity: 'error' };
  const isUnmet = whole.every((other) => !other.counts);
  const liveWell = existing.some(({ outcome }) => outcome.kind === 'rendered');
  const anyWell = liveWell || well.length > 0;
  // An existing source shows what the conditions let through. Samples that they keep out show nothing against it.
  if (isUnmet && liveWell) return undefined;
  if (provenWell || wellHere.some((other) => hasChosen(choices, other.sample))) return undefined;
  if (isMissing) {
    switch (
      whyLeftOut(
        deciding,
        well.map((other) => other.sample),
        facts,
      )
    ) {
      case 'value':
        return isUnmet ? { severity: 'warning', doubt: UNMET } : { severity: 'error' };
      case 'state':
        return { severity: 'warning' };
      case 'nothing':
        return anyWell ? undefined : { severity: 'warning', doubt: DOUBT };
    }
  }
  // Like a credential that is left out, what is missing belongs to the whole way that the run took.
  const { place: rendered } = attempt;
  const lacks = rendered !== undefined && 'path' in rendered ? rendered.lacks : undefined;
  if (lacks !== undefined && anyWell) {
    // The sample that others are made from has no changes. Then those that render well show what decides.
    const causes =
      deciding.length > 0
        ? deciding
        : (well.find((other) => other.sample.changes.length > 0)?.sample.changes ?? []);
    if (areCutUp(stage.template, causes)) return { severity: 'warning', doubt: DOUBT };
    if (mayChange(deciding)) return { severity: 'warning' };
  }
  if (dependsOnUnknown(place, fault, facts)) return { severity: 'warning', doubt: DOUBT };
  if (wellHere.length === 0 && liveHere.length === 0)
    return isUnmet && anyWell ? { severity: 'warning', doubt: UNMET } : { severity: 'error' };
  // A word that is neither true nor false counts as false, which the author may mean.
  return fault.code === 'invalid-condition' ? undefined : { severity: 'warning', choices };
}

/** The faults for which existing sources fail. */
export const faultsOfExisting = ({ existing }: Evidence): readonly Finding[] =>
  existing.flatMap(({ outcome }) => (outcome.kind === 'failed' && outcome.fault ? [outcome.fault] : []));

/** The key of the fault that is reported of existing sources. */
function faultOfExisting(evidence: Evidence): string | undefined {
  const [first] = faultsOfExisting(evidence);
  return first && faultKey(first);
}

export const samples: Check = { of: 'evidence', run: ({ evidence }) => judgeSamples(evidence) };
