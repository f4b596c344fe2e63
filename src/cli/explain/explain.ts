import type { ClusterImportPolicy, Condition, KubeObject } from '../../api/index.ts';
import type { CompiledPolicy, LocationPart, PolicyTemplate } from '../../policy/index.ts';
import { asData, compilePolicy, conditionOutcome, PolicyError } from '../../policy/index.ts';
import type { Problem, Reason } from '../../reconcile/index.ts';
import {
  describeReference,
  describeSource,
  owningPolicy,
  REASONS,
  sourceKeyText,
  sourceOf,
} from '../../reconcile/index.ts';
import { didYouMean, TemplateError } from '../../template/index.ts';
import type { ClusterView, Plan, SourceOutcome } from '../plan/plan.ts';
import { redacted } from '../plan/redaction.ts';
import { asManifest } from '../report/object-text.ts';
import type { FieldOrigin } from './field.ts';
import { fieldOrigin } from './field.ts';
import { meantTarget } from './meant.ts';
import type { ReadValue, TemplateData } from './reads.ts';
import { fingerprint, readValues } from './reads.ts';
import type { Target } from './target.ts';
import { isMade, isTarget } from './target.ts';

export type StepName = 'select' | 'resolve' | 'decide' | 'render' | 'write';

/** One template of a step: what it reads, and its result. */
export interface TemplateTrace {
  readonly field: string;
  readonly reads: readonly ReadValue[];
  readonly result: string;
}

export interface Step {
  readonly step: StepName;
  readonly result: string;
  readonly templates: readonly TemplateTrace[];
}

/** Why it stops there, and what would let it continue. */
export interface Stop {
  readonly step: StepName | 'policy';
  readonly reason: string;
  readonly message: string;
  readonly meaning: string;
  readonly remedy: string;
}

/** A condition that the controller has written, with what its reason means. */
export interface RecordedCondition {
  readonly on: 'policy' | 'lifecycle';
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly meaning: string;
  readonly remedy: string;
}

/** The steps by which one policy comes from one source to a PediaCluster, or the step at which it stops. */
export interface Explanation {
  readonly policy: string;
  /** Absent if no source was looked at. */
  readonly source?: string;
  readonly name?: string;
  readonly steps: readonly Step[];
  readonly stop?: Stop;
  readonly recorded: readonly RecordedCondition[];
  /** As it is or would be, with fingerprints instead of credentials. */
  readonly pediaCluster?: object;
  readonly field?: FieldOrigin;
}

/** Explains a source or a PediaCluster, once for each policy that concerns it; empty if none does. Pure. */
export function explain(
  target: Target,
  view: ClusterView,
  plan: Plan,
  field?: string,
): readonly Explanation[] {
  return view.policies.flatMap((policy) => {
    const outcomes = plan.outcomes.filter(
      (outcome) => outcome.policy === policy.metadata.name && concerns(target, outcome, policy, view),
    );
    const explained = outcomes.map((outcome) => explainOutcome(outcome, policy, view, plan, field));
    return explained.length > 0 ? explained : withoutOutcome(target, policy, view, plan);
  });
}

function concerns(
  target: Target,
  { source, evaluation }: SourceOutcome,
  policy: ClusterImportPolicy,
  view: ClusterView,
): boolean {
  if (!isMade(target)) return isTarget(target, { ...source, kind: view.factsOf(policy.spec.source).kind });
  if (evaluation.kind === 'selected' && evaluation.name === target.name) return true;
  return lifecycleNamed(target.name, policy, view)?.some((key) => key === sourceKeyText(source)) === true;
}

/** The sources of a policy's lifecycles with a given name. */
function lifecycleNamed(
  name: string,
  { metadata }: ClusterImportPolicy,
  { lifecycles }: ClusterView,
): readonly string[] {
  return lifecycles
    .filter(
      (lifecycle) => lifecycle.metadata.name === name && owningPolicy(lifecycle)?.name === metadata.name,
    )
    .map((lifecycle) => sourceKeyText(sourceOf(lifecycle)));
}

/**
 * Explains why a policy does not look at this source: something stops the whole policy, or its filters exclude the
 * source. Nothing for a policy of another kind of source.
 */
function withoutOutcome(
  target: Target,
  policy: ClusterImportPolicy,
  view: ClusterView,
  plan: Plan,
): readonly Explanation[] {
  const { metadata, spec } = policy;
  const { kind } = view.factsOf(spec.source);
  const { group, resource } = spec.source;
  const kept = view.lifecycles.filter(
    (lifecycle) => owningPolicy(lifecycle)?.name === metadata.name && lifecycle.metadata.name === target.name,
  );
  const about = isMade(target)
    ? kept.length > 0
    : isTarget(target, { group, resource, kind, namespace: target.namespace, name: target.name });
  if (!about) return [];
  const recorded = [
    ...conditionsOf('policy', policy),
    ...kept.flatMap((one) => conditionsOf('lifecycle', one)),
  ];
  const stopped = plan.problems.find(({ subject }) => subject === `policy ${metadata.name}`)?.problem;
  if (stopped !== undefined)
    return [{ policy: metadata.name, steps: [], stop: stopOf('policy', stopped), recorded }];
  const problem = {
    reason: 'NotSelected',
    message: isMade(target)
      ? `the source of "${target.name}" is not there, or the policy selects it no more`
      : `there is no such object, or the policy does not look at it: see namespaces, labelSelector and fieldSelector of spec.source${didYouMean(meantTarget(target, view, plan))}`,
  };
  return [{ policy: metadata.name, steps: [], stop: stopOf('select', problem), recorded }];
}

function explainOutcome(
  outcome: SourceOutcome,
  policy: ClusterImportPolicy,
  view: ClusterView,
  plan: Plan,
  field: string | undefined,
): Explanation {
  const source = view
    .sourcesOf(policy)
    .find(
      ({ metadata }) =>
        metadata.name === outcome.source.name && metadata.namespace === outcome.source.namespace,
    );
  const name = outcome.evaluation.kind === 'selected' ? outcome.evaluation.name : undefined;
  const lifecycle = view.lifecycles.find(({ metadata }) => metadata.name === name);
  const problem = problemOfOutcome(outcome, policy, plan);
  const stop = problem === undefined ? undefined : stopOf(stepOf(problem), problem);
  const compiled = compiledOf(policy);
  const traced =
    source === undefined || compiled === undefined ? undefined : new Trace(compiled, source, outcome, view);
  return {
    policy: policy.metadata.name,
    source: describeSource(outcome.source),
    ...(name === undefined ? {} : { name }),
    steps: traced?.steps(stop) ?? [],
    ...(stop === undefined ? {} : { stop }),
    recorded: [
      ...conditionsOf('policy', policy),
      ...(lifecycle === undefined ? [] : conditionsOf('lifecycle', lifecycle)),
    ],
    ...(outcome.pediaCluster === undefined
      ? {}
      : { pediaCluster: redacted(asManifest(outcome.pediaCluster)) }),
    ...(field === undefined || traced === undefined
      ? {}
      : { field: fieldOrigin(field, policy, traced.body, traced.data, outcome.pediaCluster) }),
  };
}

function problemOfOutcome(
  { evaluation, problem, pediaCluster }: SourceOutcome,
  { metadata }: ClusterImportPolicy,
  plan: Plan,
): { readonly reason: string; readonly message: string } | undefined {
  if (evaluation.kind === 'unselected')
    return { reason: 'NotSelected', message: 'selectorTemplate does not keep this source' };
  if (problem !== undefined) return problem;
  const held = plan.problems.find(
    ({ subject, problem: { reason } }) => subject === `policy ${metadata.name}` && reason === 'DeletionHeld',
  );
  return pediaCluster === undefined ? held?.problem : undefined;
}

const stepOfReason: { readonly [reason: string]: StepName } = {
  NotSelected: 'select',
  NameCollision: 'select',
  SourceDeleting: 'select',
  ReferenceNotFound: 'resolve',
  ReferenceForbidden: 'resolve',
  ReferenceKindNotFound: 'resolve',
  NamespaceMissing: 'resolve',
  NamespaceNotAllowed: 'resolve',
  CreationConditionNotMet: 'decide',
  DeletionConditionMet: 'decide',
  Conflict: 'write',
  Terminating: 'write',
  DeletionHeld: 'write',
};

/** The step at which a problem arises. For a problem of a template, the field at the beginning of its message tells. */
function stepOf({ reason, message }: Pick<Problem, 'message'> & { readonly reason: string }): StepName {
  const known = stepOfReason[reason];
  if (known !== undefined) return known;
  if (/^spec\.(?:source|nameTemplate)/.test(message)) return 'select';
  if (message.startsWith('spec.references')) return 'resolve';
  return /^spec\.(?:creation|deletion)Condition/.test(message) ? 'decide' : 'render';
}

function stopOf(
  step: Stop['step'],
  { reason, message }: { readonly reason: string; readonly message: string },
): Stop {
  return { step, reason, message, ...explainedReason(reason) };
}

/** The meaning of a reason, and what to do about it. Reasons that are not this project's come from the API server. */
function explainedReason(reason: string): { readonly meaning: string; readonly remedy: string } {
  if (reason === 'NotSelected')
    return {
      meaning: 'the policy does not select this source',
      remedy: 'mend the selectors of spec.source, or the fields that they look at',
    };
  const entry = reason in REASONS ? REASONS[reason as Reason] : REASONS.Refused;
  return { meaning: entry.meaning, remedy: entry.remedy };
}

function conditionsOf(
  on: RecordedCondition['on'],
  { status }: { readonly status?: { readonly conditions?: readonly Condition[] } },
): readonly RecordedCondition[] {
  return (status?.conditions ?? []).map(({ type, status: holds, reason, message }) => ({
    on,
    type,
    status: holds,
    reason,
    message,
    ...explainedReason(reason),
  }));
}

function compiledOf({ spec }: ClusterImportPolicy): CompiledPolicy | undefined {
  try {
    return compilePolicy(spec);
  } catch (error) {
    if (error instanceof PolicyError) return undefined;
    throw error;
  }
}

const order: readonly StepName[] = ['select', 'resolve', 'decide', 'render', 'write'];

/** Runs the templates of a policy once more for one source, to show what they read. */
class Trace {
  readonly data: TemplateData;
  readonly body: PolicyTemplate;
  readonly #compiled: CompiledPolicy;
  readonly #outcome: SourceOutcome;
  readonly #found: ReadonlyMap<string, string>;

  constructor(compiled: CompiledPolicy, source: KubeObject, outcome: SourceOutcome, view: ClusterView) {
    this.#compiled = compiled;
    this.#outcome = outcome;
    this.body = compiled.at.body;
    const references: { [key: string]: KubeObject } = {};
    const found = new Map<string, string>();
    for (const reference of outcome.references) {
      const looked = view.lookup(reference);
      if (looked.kind === 'found') references[reference.key] = looked.object;
      const result =
        looked.kind === 'found'
          ? `found${keysText(looked.object)}`
          : looked.kind === 'unavailable'
            ? looked.problem.message
            : 'not there';
      found.set(reference.key, `${describeReference(reference)}: ${result}`);
    }
    const hidden = new Set(
      compiled.references.filter((each) => each.hidden.length > 0).map(({ key }) => key),
    );
    this.data = { source, references, hidden };
    this.#found = found;
  }

  /** The steps up to the one that stops. */
  steps(stop: Stop | undefined): readonly Step[] {
    const last = stop === undefined || stop.step === 'policy' ? order.length : order.indexOf(stop.step) + 1;
    return order.slice(0, last).map((step) => ({
      step,
      result: stop?.step === step ? stop.message : this.#resultOf(step),
      templates: this.#templatesOf(step),
    }));
  }

  #resultOf(step: StepName): string {
    const { evaluation, pediaCluster } = this.#outcome;
    switch (step) {
      case 'select':
        return evaluation.kind === 'selected' ? `selected, as "${evaluation.name}"` : '';
      case 'resolve':
        return this.#found.size === 0 ? 'there is no reference' : 'every reference is there';
      case 'decide':
        return pediaCluster === undefined
          ? 'the conditions let it be'
          : 'the conditions let it be created and kept';
      case 'render':
        return 'the template renders a PediaCluster';
      case 'write':
        return pediaCluster === undefined
          ? 'nothing is written'
          : `PediaCluster/${pediaCluster.metadata.name}`;
    }
  }

  #templatesOf(step: StepName): readonly TemplateTrace[] {
    const { at, references } = this.#compiled;
    switch (step) {
      case 'select':
        return [
          ...(at.selector === undefined ? [] : [this.#trace(at.selector, isTrue)]),
          this.#trace(at.name, (text) => JSON.stringify(text.trim())),
        ];
      case 'resolve':
        return references.flatMap(({ key, hidden }, index) => {
          const { namespace, name } = at.references[index] ?? {};
          const rendered = (part: LocationPart) => (text: string) =>
            hidden.includes(part) ? fingerprint(text.trim()) : JSON.stringify(text.trim());
          const found = this.#found.get(key) ?? 'points nowhere';
          return [
            ...(namespace === undefined ? [] : [this.#trace(namespace, rendered('namespace'))]),
            ...(name === undefined
              ? []
              : [this.#trace(name, (text) => `${rendered('name')(text)}; ${found}`)]),
          ];
        });
      case 'decide':
        return [at.deletionCondition, at.creationCondition].flatMap((condition) =>
          condition === undefined ? [] : [this.#trace(condition, isTrue)],
        );
      case 'render':
        return [{ field: this.body.field, reads: this.#reads(this.body), result: '' }];
      case 'write':
        return [];
    }
  }

  #reads({ template }: PolicyTemplate): readonly ReadValue[] {
    return readValues(template, this.data);
  }

  #trace(traced: PolicyTemplate, describe: (output: string) => string): TemplateTrace {
    const { field, template } = traced;
    const reads = this.#reads(traced);
    const { source, references } = this.data;
    try {
      return { field, reads, result: describe(template.execute(asData({ source, references }))) };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return { field, reads, result: `fails at ${String(error.line)}:${String(error.column)}` };
    }
  }
}

const isTrue = (output: string): string => (conditionOutcome(output).holds ? 'holds' : 'does not hold');

/** The keys of a Secret or ConfigMap that a template could read. */
function keysText(object: KubeObject): string {
  const data = object['data'];
  if (typeof data !== 'object' || data === null) return '';
  return `, with the keys ${Object.keys(data).join(', ') || '(none)'}`;
}
