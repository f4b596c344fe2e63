import type { RenderedPediaCluster } from '../../api/index.ts';
import type { RunOptions } from '../../template/index.ts';
import type { CompiledPolicy, CompiledReference, PolicyTemplate } from '../compile.ts';
import type { Finding, RenderedPlace } from '../finding.ts';
import { RenderError } from '../finding.ts';
import type { Paced } from '../paced.ts';
import { conditionOutcome } from '../rendering/condition.ts';
import { renderText } from '../rendering/template.ts';
import { kubeconfigsOf } from '../kubeconfigs.ts';
import { resolveInSteps } from '../resolve.ts';
import { keysOf } from '../secret-keys.ts';
import type { SecretKeys, Unusable } from '../usable.ts';
import { usabilityOf } from '../usable.ts';
import type { TrialData } from './data.ts';
import { kubeconfigFault } from './kubeconfig-fault.ts';
import { withPlace } from '../places/field-place.ts';
import type { Trace } from '../places/reach.ts';
import { outcomeKey } from '../places/reach.ts';
import { TRIAL_RUN } from './sample.ts';
import { specField } from '../field-path.ts';

/** A part of the rendering of one source that can succeed or fail by itself. */
export interface Stage {
  readonly kind: 'selector' | 'name' | 'reference' | 'condition' | 'template' | 'usable';
  /** The template that is at fault if the stage fails. */
  readonly template: PolicyTemplate;
  /** Runs the stage. Its messages contain no values of the data. */
  readonly attempt: (data: TrialData) => Attempt;
}

/** The result of a stage for some data. */
export interface Attempt {
  /** What went wrong. */
  readonly fault?: Finding;
  /** The part of the rendered document that the fault is about. */
  readonly place?: RenderedPlace;
  /** The outcomes that the stage's template took. */
  readonly trace: Trace;
  /** Of a selector or condition. */
  readonly holds?: boolean;
  readonly name?: string;
  readonly rendered?: RenderedPediaCluster;
  /** Why Clusterpedia could never connect with the result. */
  readonly unusable?: Unusable;
}

/** Every stage of a policy, in the order in which a source goes through them. */
export interface Stages {
  readonly selector?: Stage;
  readonly name: Stage;
  readonly references: readonly Stage[];
  readonly creationCondition?: Stage;
  readonly deletionCondition?: Stage;
  readonly template: Stage;
  readonly usable: Stage;
}

/** @param run clock, randomness, and what the runs of all stages share */
export function stagesOf(policy: CompiledPolicy, run: RunOptions): Stages {
  const { selector, name, body, creationCondition, deletionCondition } = policy.at;
  return {
    ...(selector && { selector: conditionStage('selector', selector, run) }),
    name: {
      kind: 'name',
      template: name,
      attempt: ({ source }) => guarded(run, (own) => ({ name: policy.name(source, own) })),
    },
    references: policy.references.flatMap((reference, index) => {
      const templates = policy.at.references[index];
      return templates === undefined ? [] : [referenceStage(reference, templates.name, run)];
    }),
    ...(creationCondition && { creationCondition: conditionStage('condition', creationCondition, run) }),
    ...(deletionCondition && { deletionCondition: conditionStage('condition', deletionCondition, run) }),
    template: { kind: 'template', template: body, attempt: (data) => render(policy, data, run) },
    usable: { kind: 'usable', template: body, attempt: (data) => judgeUsable(render(policy, data, run)) },
  };
}

function render(policy: CompiledPolicy, { source, references }: TrialData, run: RunOptions): Attempt {
  return guarded(run, (own) => ({ rendered: policy.render(source, references, own) }));
}

/** The keys of the referenced Secrets. A made-up Secret has only the keys that are read. */
function keysAmong(references: TrialData['references']): SecretKeys {
  const secrets = Object.values(references).filter(({ kind }) => kind === 'Secret');
  return (name) => {
    const secret = secrets.find(({ metadata }) => metadata.name === name);
    return secret && keysOf(secret);
  };
}

/** Adds as a fault what keeps Clusterpedia from ever connecting with the rendered result. */
export function judgeUsable(attempt: Attempt, secretKeys?: SecretKeys): Attempt {
  const { rendered } = attempt;
  const [problem] = rendered === undefined ? [] : usabilityOf(rendered.spec, secretKeys).problems;
  if (problem === undefined) return attempt;
  const message = `renders a PediaCluster that Clusterpedia could never connect with: ${problem.message}`;
  return {
    ...attempt,
    unusable: problem,
    place: { path: problem.field.split('.') },
    fault: { severity: 'error', code: 'unusable', field: specField('template').text, message },
  };
}

function conditionStage(kind: 'selector' | 'condition', template: PolicyTemplate, run: RunOptions): Stage {
  const { field } = template;
  return {
    kind,
    template,
    attempt: ({ source, references }) =>
      guarded(run, (own) => {
        const output = renderText(template, { source, references }, own);
        const { holds, recognised } = conditionOutcome(output);
        if (!recognised) {
          throw new RenderError({
            severity: 'error',
            code: 'invalid-condition',
            field,
            message: severalTests.test(output)
              ? 'prints more than one "true" or "false", which counts as false; put the tests together with "and" or "or"'
              : 'prints something that is neither "true", "false" nor empty, which counts as false',
          });
        }
        return { holds };
      }),
  };
}

const severalTests = /^\s*(?:true|false)(?:\s*(?:true|false))+\s*$/i;

function referenceStage(reference: CompiledReference, template: PolicyTemplate, run: RunOptions): Stage {
  return {
    kind: 'reference',
    template,
    attempt: ({ source, references }) =>
      guarded(run, (own) => {
        reference.locate(source, references, own);
        return {};
      }),
  };
}

/** Runs a stage so that the run reports its decisions. */
function guarded(run: RunOptions, go: (run: RunOptions) => Omit<Attempt, 'trace'>): Attempt {
  const trace = new Set<string>();
  const decided: RunOptions['decided'] = (point, outcome) => void trace.add(outcomeKey(point, outcome));
  try {
    return { ...go({ ...run, decided }), trace };
  } catch (error) {
    if (error instanceof RenderError) {
      const { finding: fault, place } = error;
      return { fault, ...(place && { place }), trace };
    }
    throw error;
  }
}

/** The result for one existing source, as far as the reconciler would go with it. */
export interface Outcome {
  readonly kind: 'unselected' | 'waiting' | 'rendered' | 'failed';
  /** Present if the selector keeps the source and the name renders. Its lifecycle gets the name, imported or not. */
  readonly name?: string;
  readonly fault?: Finding;
  readonly rendered?: RenderedPediaCluster;
  /** The decisions in each stage that the source reached. */
  readonly traces: ReadonlyMap<Stage, Trace>;
}

/**
 * Takes an existing source through the stages, as the reconciler does. Each step renders the templates of at most one
 * stage.
 */
export function* followSource(policy: CompiledPolicy, stages: Stages, data: TrialData): Paced<Outcome> {
  const traces = new Map<Stage, Trace>();
  const at = (stage: Stage | undefined, given: TrialData, otherwise: boolean): Partial<Attempt> => {
    if (stage === undefined) return { holds: otherwise };
    const attempt = stage.attempt(given);
    traces.set(stage, attempt.trace);
    return attempt;
  };
  const failed = (fault: Finding | undefined, name?: string): Outcome => ({
    kind: 'failed',
    ...(name !== undefined && { name }),
    ...(fault && { fault }),
    traces,
  });
  const selection = at(stages.selector, data, true);
  if (selection.fault !== undefined) return failed(selection.fault);
  if (selection.holds !== true) return { kind: 'unselected', traces };
  yield;
  const { name, fault } = at(stages.name, data, true);
  if (name === undefined) return failed(fault);
  const steps = resolveInSteps(policy, data.source, TRIAL_RUN);
  yield;
  let step = steps.next();
  while (step.done !== true) {
    yield;
    step = steps.next(data.references[step.value.reference.key]);
  }
  const { missing, problem, objects } = step.value;
  if (problem !== undefined) return failed(problem.finding, name);
  if (missing.length > 0) return { kind: 'waiting', name, traces };
  const resolved = { source: data.source, references: objects };
  for (const [condition, wanted] of [
    [stages.creationCondition, true],
    [stages.deletionCondition, false],
  ] as const) {
    yield;
    const { holds, fault: wrong } = at(condition, resolved, wanted);
    if (wrong !== undefined) return failed(wrong, name);
    if (holds !== wanted) return { kind: 'waiting', name, traces };
  }
  yield;
  const attempt = judgeUsable(stages.template.attempt(resolved), keysAmong(objects));
  const { rendered, trace } = attempt;
  const { fault: wrong, place } =
    attempt.fault !== undefined || rendered === undefined ? attempt : kubeconfigFaultOf(rendered, resolved);
  const broken = wrong && withPlace(wrong, stages.template.template.template, place, trace);
  traces.set(stages.template, trace).set(stages.usable, trace);
  return broken === undefined
    ? { kind: 'rendered', name, ...(rendered && { rendered }), traces }
    : { ...failed(broken, name), ...(rendered && { rendered }) };
}

function kubeconfigFaultOf(
  { spec }: RenderedPediaCluster,
  { source, references }: TrialData,
): Pick<Attempt, 'fault' | 'place'> {
  for (const named of kubeconfigsOf(spec, [source, ...Object.values(references)])) {
    const fault = kubeconfigFault(named);
    if (fault !== undefined) return { fault, place: { path: named.field.text.split('.') } };
  }
  return {};
}
