import type { KubeObject } from '../../api/index.ts';
import type { PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
import type { Stage } from '../trial/attempt.ts';
import {
  dependsOnUnknown,
  isConstant,
  isDecidedByContent,
  isDeliberate,
  isEncoding,
} from '../trial/dependence.ts';
import { describeChanges } from '../trial/difference.ts';
import type { Evidence, SampleAttempt } from '../trial/evidence.ts';
import { faultKey } from '../trial/evidence.ts';
import type { Trace } from '../trial/reach.ts';
import { comesBy, waysTo } from '../trial/reach.ts';
import type { Sample } from '../trial/sample.ts';
import { isWhole } from '../trial/sample.ts';
import type { UnusableReason } from '../usable.ts';
import type { Check } from './check.ts';

/**
 * What the trial on samples shows to be wrong. A fault is an error where every sample that comes to the place fails there,
 * whatever values of the same types it holds, and values of unknown shape have no part in it; there it is a warning. An
 * existing source that renders well outweighs samples.
 */
export function judgeSamples(evidence: Evidence): readonly Finding[] {
  const byStage = Map.groupBy(evidence.attempts, ({ stage }) => stage);
  return [...byStage].flatMap(([stage, attempts]) => judgeStage(stage, counted(attempts), evidence));
}

/** The attempts that count; all of them where no whole sample does: then nobody knows what would count. */
function counted(attempts: readonly SampleAttempt[]): readonly SampleAttempt[] {
  return attempts.some(({ counts, sample }) => counts && isWhole(sample))
    ? attempts.filter(({ counts }) => counts)
    : attempts;
}

function judgeStage(
  stage: Stage,
  attempts: readonly SampleAttempt[],
  evidence: Evidence,
): readonly Finding[] {
  const whole = attempts.filter(({ sample }) => isWhole(sample));
  const findings = new Map<string, Finding>();
  for (const tried of whole) {
    const { fault } = tried.attempt;
    if (fault === undefined || tried.mended === true || findings.has(faultKey(fault))) continue;
    const verdict = verdictOn(stage, tried, whole, evidence);
    if (verdict === undefined) continue;
    const { severity, doubt = '' } = verdict;
    const which = describeChanges(tried.deciding ?? []);
    const message = [`${fault.message}${doubt}`, which].filter((part) => part !== '').join(', ');
    findings.set(faultKey(fault), { ...fault, severity, message, witness: witnessOf(tried.sample) });
  }
  if (findings.size > 0 || whole.some(({ attempt }) => attempt.fault !== undefined))
    return [...findings.values()];
  // Fields that are not there yet: sources are created step by step, and the creation condition waits for them.
  return attempts
    .flatMap(({ attempt }) => (attempt.fault?.code === 'invalid-yaml' ? [attempt.fault] : []))
    .slice(0, 1)
    .map((broken) => ({
      ...broken,
      severity: 'warning',
      message: `${broken.message}, where fields are missing`,
    }));
}

/** The objects of a sample, as manifests have them. They hold made-up values only. */
const witnessOf = ({ source, references }: Sample): readonly KubeObject[] => [
  source,
  ...Object.values(references),
];

interface Verdict {
  readonly severity: Finding['severity'];
  /** The end of a sentence: what would have to be true for it to be well. */
  readonly doubt?: string;
}

const DOUBT = ', unless the values that are read there have a form that samples lack';

/** `undefined` for what is no fault of the policy. */
function verdictOn(
  stage: Stage,
  { attempt, sample }: SampleAttempt,
  whole: readonly SampleAttempt[],
  { existing, facts }: Evidence,
): Verdict | undefined {
  const { fault, names = [], unusable, trace } = attempt;
  if (fault === undefined) return undefined;
  const { template } = stage.template;
  if (stage.kind !== 'reference' && stage.kind !== 'usable' && isConstant(stage.template))
    return { severity: 'error' };
  // A template that fails on purpose says which sources it does not take.
  if (isDeliberate(template, fault)) return undefined;
  // Made-up namespaces are in nobody's list.
  if (fault.code === 'namespace-not-allowed') return undefined;
  // A source that names nothing yet is waited for.
  if (fault.code === 'empty-name') return sample.variant === 'full' ? { severity: 'warning' } : undefined;
  const ways = waysTo(template, fault, names);
  const cameBy = (other: Trace | undefined) => other !== undefined && comesBy(other, trace, ways);
  const provenWell = existing.some(
    ({ outcome }) => outcome.kind === 'rendered' && cameBy(outcome.traces.get(stage)),
  );
  if (provenWell) return undefined;
  const goesWell = whole.some((other) => other.attempt.fault === undefined && cameBy(other.attempt.trace));
  if (unusable !== undefined && MENDED_BY[unusable.reason] !== undefined) {
    if (!mayBeWritten(stage.template, unusable.reason)) return { severity: 'error' };
    const anyWell = whole.some((other) => other.attempt.fault === undefined);
    return anyWell || existing.some(({ outcome }) => outcome.kind === 'rendered')
      ? undefined
      : { severity: 'warning', doubt: DOUBT };
  }
  if (goesWell) return undefined;
  if (!dependsOnUnknown(stage.template, fault, names, facts)) return { severity: 'error' };
  // A text of another form goes well elsewhere, so it may here.
  const anyWell = isDecidedByContent(fault) && whole.some((other) => other.attempt.fault === undefined);
  return anyWell ? undefined : { severity: 'warning', doubt: DOUBT };
}

/** Fields of which one would mend a PediaCluster that is not usable. */
const MENDED_BY: { readonly [reason in UnusableReason]?: RegExp } = {
  'no-credential': /\b(?:kubeconfig|tokenData|certData|keyData|authenticationFrom)\b/,
  'no-endpoint': /\bapiserver\b/,
  'certificate-without-key': /\bkey(?:Data)?\b/,
  'key-without-certificate': /\bcert(?:Data)?\b/,
};

/** Whether a template may write what is missing for other values: it spells it, or writes structure from data. */
const mayBeWritten = ({ template }: PolicyTemplate, reason: UnusableReason): boolean =>
  MENDED_BY[reason]?.test(template.text) === true || template.calls.some(({ name }) => isEncoding(name));

/** What becomes of existing sources: an error where none is imported well, else a warning, each with the count. */
export function judgeExisting({ existing, skipped }: Evidence): readonly Finding[] {
  if (skipped !== undefined) {
    const message = `existing sources were not tried: ${skipped}`;
    return [{ severity: 'warning', code: 'not-checked', field: 'spec.source', message }];
  }
  const faults = existing.flatMap(({ outcome }) =>
    outcome.kind === 'failed' && outcome.fault ? [outcome.fault] : [],
  );
  const rendered = existing.filter(({ outcome }) => outcome.kind === 'rendered').length;
  const [first] = faults;
  if (first === undefined) return [];
  const all = rendered === 0;
  const total = rendered + faults.length;
  const count =
    total === 1
      ? 'the one existing source that was tried fails'
      : all
        ? `all ${String(total)} existing sources that were tried fail`
        : `${String(faults.length)} of ${String(total)} existing sources fail`;
  return [
    {
      ...first,
      severity: all ? 'error' : 'warning',
      code: 'live-sources-fail',
      message: `${count}: ${first.message}`,
    },
  ];
}

export const samples: Check = { of: 'evidence', run: ({ evidence }) => judgeSamples(evidence) };

export const existingSources: Check = { of: 'evidence', run: ({ evidence }) => judgeExisting(evidence) };
