import { isDeepStrictEqual } from 'node:util';
import type { ClusterImportPolicy } from '../api/index.ts';
import { checkChanges, checkDeletion } from './checks/changes.ts';
import { checkConditions } from './checks/conditions.ts';
import { checkNameConflicts, checkPossibleConflicts } from './checks/conflicts.ts';
import { checkContext } from './checks/context.ts';
import { checkDeterminism } from './checks/determinism.ts';
import type { AdmissionFacts } from './checks/facts.ts';
import type { LiveTrial } from './checks/live.ts';
import { checkLiveSources } from './checks/live.ts';
import { checkPaths } from './checks/paths.ts';
import { checkResource } from './checks/resources.ts';
import { checkRights } from './checks/rights.ts';
import { checkTypes } from './checks/types.ts';
import { otherSamples, syntheticCases, trialRender } from './checks/trial.ts';
import type { CompiledPolicy, PolicyTemplate } from './compile.ts';
import { prepareDraft, readDraft } from './draft.ts';
import type { Finding } from './finding.ts';
import type { Paced } from './paced.ts';
import { toEnd } from './paced.ts';

/** The verdict on a policy. */
export interface Review {
  /** Everything found, errors first; the policy is refused where there is an error. */
  readonly findings: readonly Finding[];
  /** How many templates were rendered on trial. */
  readonly renderings: number;
  /** Set where nothing was checked, because nothing changed that matters. */
  readonly unchanged?: true;
}

/**
 * Whether the request needs no review: an update of metadata or status only, or of an object that is being deleted; and
 * one that does nothing but suspend the policy, which must be possible above all where something is wrong with it.
 */
export function needsNoReview({ operation, object, oldObject }: AdmissionFacts): boolean {
  if (operation !== 'UPDATE') return false;
  const next = object as Partial<ClusterImportPolicy>;
  if (next.metadata?.deletionTimestamp !== undefined) return true;
  const before = (oldObject as Partial<ClusterImportPolicy> | undefined)?.spec;
  if (isDeepStrictEqual(before, next.spec)) return true;
  return next.spec?.suspend === true && isDeepStrictEqual({ ...before, suspend: true }, next.spec);
}

/** Decides on a policy from the facts: every check of the admission webhook, in order, all findings at once. Pure. */
export function reviewPolicy(facts: AdmissionFacts): Review {
  return toEnd(reviewInSteps(facts));
}

/** {@link reviewPolicy}, with a pause before each trial rendering. */
export function* reviewInSteps(facts: AdmissionFacts): Paced<Review> {
  if (facts.operation === 'DELETE') {
    return { findings: checkDeletion(facts.object as ClusterImportPolicy), renderings: 0 };
  }
  if (needsNoReview(facts)) return { findings: [], renderings: 0, unchanged: true };
  const draft = facts.draft ?? (yield* prepareDraft(facts.object));
  if (draft.kind === 'malformed') return { findings: draft.findings, renderings: 0 };
  const { policy, compiled } = draft;
  const written = [...compiled.findings, ...reviewText(policy, compiled.templates, facts)];
  const tried =
    compiled.policy === undefined || written.some(({ severity }) => severity === 'error')
      ? noTrial
      : yield* trial(policy, compiled.policy, facts);
  const own = (facts.lifecycles ?? []).filter(({ policyUid }) => policyUid === policy.metadata.uid);
  // What is stored may have been checked by an older definition, or by none.
  const before = facts.operation === 'UPDATE' ? readDraft(facts.oldObject) : undefined;
  const findings = [
    ...written,
    ...tried.findings,
    ...checkRights(facts.rights),
    ...checkChanges(
      before?.kind === 'policy' ? before.policy.spec : undefined,
      policy.spec,
      policy.metadata.uid === undefined ? [] : own,
      tried.live,
    ),
  ];
  return { findings: bySeverity(findings), renderings: tried.renderings };
}

const noTrial = { findings: [], renderings: 0, live: { names: [], complete: false } } as const;

/** What the text of the templates tells, without rendering them. */
function reviewText(
  { spec }: ClusterImportPolicy,
  templates: readonly PolicyTemplate[],
  facts: AdmissionFacts,
): readonly Finding[] {
  const declared = (spec.references ?? []).map(({ key }) => key);
  return [
    ...checkContext(templates, declared),
    ...checkConditions(spec, templates),
    ...(facts.source === undefined ? [] : checkResource('spec.source', facts.source)),
    ...(spec.references ?? []).flatMap(({ key }, index) => {
      const known = facts.references?.get(key);
      return known === undefined ? [] : checkResource(`spec.references[${String(index)}]`, known);
    }),
    ...checkPaths(templates, facts.source, facts.references ?? new Map()),
    ...checkTypes(templates, facts.source, facts.references ?? new Map()),
  ];
}

interface Tried extends Omit<Review, 'unchanged'> {
  readonly live: Pick<LiveTrial, 'names' | 'complete'>;
}

/** What rendering the templates tells. */
function* trial(policy: ClusterImportPolicy, compiled: CompiledPolicy, facts: AdmissionFacts): Paced<Tried> {
  const { source, references = new Map<string, never>(), lifecycles = [] } = facts;
  const cases = syntheticCases(compiled, source, references);
  const synthetic = yield* trialRender(compiled, cases, () => otherSamples(compiled, source, references));
  const determinism = yield* checkDeterminism(policy.spec, compiled, cases);
  const live = yield* checkLiveSources(compiled, facts.liveSources);
  const certain = checkNameConflicts(live.names, lifecycles, policy.metadata);
  const [made] = cases;
  const possible =
    certain.length > 0 || made === undefined
      ? []
      : checkPossibleConflicts(policy.spec, compiled, made.source, {
          namespaced: source?.namespaced,
          lifecycles,
          policy: policy.metadata,
        });
  return {
    findings: [...synthetic.findings, ...determinism.findings, ...live.findings, ...certain, ...possible],
    renderings: synthetic.renderings + determinism.renderings + live.renderings,
    live,
  };
}

const bySeverity = (findings: readonly Finding[]) => [
  ...findings.filter(({ severity }) => severity === 'error'),
  ...findings.filter(({ severity }) => severity === 'warning'),
];
