import { isDeepStrictEqual } from 'node:util';
import type { ClusterImportPolicy } from '../api/index.ts';
import { checkDeletion } from './checks/changes.ts';
import type { Subject, TriedSubject } from './checks/check.ts';
import type { AdmissionFacts } from './checks/facts.ts';
import { checks } from './checks/index.ts';
import type { CompiledPolicy } from './compile.ts';
import type { PreparedDraft } from './draft.ts';
import { prepareDraft, readDraft } from './draft.ts';
import type { Finding } from './finding.ts';
import type { Paced } from './paced.ts';
import { toEnd } from './paced.ts';
import { startOf } from './place.ts';
import type { Coverage, Evidence } from './trial/evidence.ts';
import { gatherEvidence } from './trial/evidence.ts';
import { PolicyTypes } from './typing/policy-types.ts';

/** The verdict on a policy. */
export interface Review {
  /** All findings, errors first. The policy is refused if there is an error. */
  readonly findings: readonly Finding[];
  /** How many templates were rendered on trial. */
  readonly renderings: number;
  /** How much the evidence covers; absent if nothing was rendered. */
  readonly coverage?: Coverage;
  /** Set if nothing was checked because nothing that matters has changed. */
  readonly unchanged?: true;
}

/**
 * Whether the request needs no review: an update of metadata or status only, or of an object that is being deleted. An
 * update that only suspends the policy needs none either: that must be possible most of all when something is wrong
 * with the policy.
 */
export function needsNoReview({ operation, object, oldObject }: AdmissionFacts): boolean {
  if (operation !== 'UPDATE') return false;
  const next = object as Partial<ClusterImportPolicy>;
  if (next.metadata?.deletionTimestamp !== undefined) return true;
  const before = (oldObject as Partial<ClusterImportPolicy> | undefined)?.spec;
  if (isDeepStrictEqual(before, next.spec)) return true;
  return next.spec?.suspend === true && isDeepStrictEqual({ ...before, suspend: true }, next.spec);
}

/**
 * Decides on a policy from the facts: every check of the admission webhook, in order, with all findings at once. Pure.
 */
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
  const { source, references = new Map() } = facts;
  const subject: Subject = {
    policy,
    ...storedPolicy(facts),
    templates: compiled.templates,
    resources: { source, references },
    types: new PolicyTypes(source, references),
    facts,
  };
  const written = [...compiled.findings, ...(yield* runText(subject))];
  const tried =
    compiled.policy === undefined || written.some(({ severity }) => severity === 'error')
      ? undefined
      : yield* runEvidence(subject, compiled.policy);
  const shown = tried === undefined ? [] : yield* softened(tried.findings, subject);
  const ofPolicy = [...written, ...shown].map((finding) => withWhole(finding, subject));
  const findings = [...ofPolicy, ...runRequest(subject, tried?.evidence)];
  return {
    findings: bySeverity(findings),
    renderings: tried?.renderings ?? 0,
    ...(tried && { coverage: tried.evidence.coverage }),
  };
}

/** A fault of no single place in a template is one of the template as a whole, so it has the place where that begins. */
function withWhole(finding: Finding, { templates }: Subject): Finding {
  if (finding.line !== undefined) return finding;
  const template = templates.find(({ field }) => field === finding.field)?.template;
  return { ...finding, ...(template && startOf(template)) };
}

/**
 * An error that the stored policy already has with the same sources becomes a warning. If two sources render one name,
 * the author must still be able to edit the policy.
 */
function* softened(findings: readonly Finding[], subject: Subject): Paced<readonly Finding[]> {
  const { before, facts } = subject;
  if (before === undefined || findings.every(({ severity }) => severity !== 'error')) return findings;
  const { compiled } = yield* prepareDraft(before) as Paced<Extract<PreparedDraft, { kind: 'policy' }>>;
  if (compiled.policy === undefined) return findings;
  const { resources, types } = subject;
  const stored = { policy: before, templates: compiled.templates, resources, types, facts };
  const tried = yield* runEvidence(stored, compiled.policy);
  const known = new Set(tried.findings.map(keyOf));
  return findings.map((finding) =>
    finding.severity === 'error' && known.has(keyOf(finding))
      ? { ...finding, severity: 'warning', message: `${finding.message}; so does the policy that is stored` }
      : finding,
  );
}

const keyOf = ({ code, field, message }: Finding) => JSON.stringify([code, field, message]);

/** The stored policy may have been checked by an older CRD, or not at all. */
function storedPolicy({ operation, oldObject }: AdmissionFacts): Pick<Subject, 'before'> {
  if (operation !== 'UPDATE') return {};
  const draft = readDraft(oldObject);
  return draft.kind === 'policy' ? { before: draft.policy } : {};
}

function* runText(subject: Subject): Paced<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    if (check.of !== 'text') continue;
    const work = check.run(subject);
    findings.push(...(isPaced(work) ? yield* work : work));
  }
  return findings;
}

const isPaced = (work: readonly Finding[] | Paced<readonly Finding[]>): work is Paced<readonly Finding[]> =>
  'next' in work;

const runRequest = (subject: Subject, evidence: Evidence | undefined): readonly Finding[] =>
  checks.flatMap((check) =>
    check.of === 'request' ? check.run({ ...subject, ...(evidence && { evidence }) }) : [],
  );

interface Tried {
  readonly findings: readonly Finding[];
  readonly evidence: Evidence;
  readonly renderings: number;
}

function* runEvidence(subject: Subject, compiled: CompiledPolicy): Paced<Tried> {
  const evidence = yield* gatherEvidence(compiled, subject.resources, subject.facts.liveSources);
  const tried: TriedSubject = { ...subject, compiled, evidence };
  const findings: Finding[] = [];
  let { renderings } = evidence;
  for (const check of checks) {
    if (check.of !== 'evidence') continue;
    const work = check.run(tried);
    if (!isPaced(work)) {
      findings.push(...work);
      continue;
    }
    // A check pauses before each rendering, so counting its pauses counts its renderings.
    let step = work.next();
    for (; step.done !== true; step = work.next()) {
      yield;
      renderings++;
    }
    findings.push(...step.value);
  }
  return { findings, evidence, renderings };
}

const bySeverity = (findings: readonly Finding[]) => [
  ...findings.filter(({ severity }) => severity === 'error'),
  ...findings.filter(({ severity }) => severity === 'warning'),
];
