import type { KubeObject } from '../../api/index.ts';
import type { RunOptions } from '../../template/index.ts';
import { TemplateError } from '../../template/index.ts';
import type { CompiledPolicy, CompiledReference, PolicyTemplate, References } from '../compile.ts';
import { conditionOutcome } from '../condition.ts';
import type { Finding } from '../finding.ts';
import { RenderError, runFindingOf } from '../finding.ts';
import { emptyTree } from '../path-tree.ts';
import type { SyntheticVariant } from '../synthetic.ts';
import { SYNTHETIC_VARIANTS, synthesize } from '../synthetic.ts';
import type { ResourceFacts } from './facts.ts';

/** A made-up source with made-up references. */
export interface SyntheticCase {
  readonly variant: SyntheticVariant;
  readonly source: KubeObject;
  readonly references: References;
}

/** A fixed clock and randomness: a trial must come out alike each time it is run. */
export const TRIAL_RUN: RunOptions = { now: () => 1_700_000_000_000, random: () => 0.5 };

/** The cases to render, made from the schemas as far as they are known. */
export function syntheticCases(
  policy: CompiledPolicy,
  source: ResourceFacts | undefined,
  references: ReadonlyMap<string, ResourceFacts>,
): readonly SyntheticCase[] {
  return SYNTHETIC_VARIANTS.map((variant) => ({
    variant,
    source: synthesize(variant, { ...identity(source), reads: policy.readPaths.source }),
    references: Object.fromEntries(
      policy.references.map(({ key }) => [
        key,
        synthesize(variant === 'created' ? 'full' : variant, {
          ...identity(references.get(key)),
          reads: policy.readPaths.references.get(key) ?? emptyTree(),
        }),
      ]),
    ),
  }));
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

/** Codes of failures that no data can mend, where they occur whatever the data. */
const STRUCTURAL = new Set(['invalid-yaml', 'not-a-pediacluster', 'invalid-name', 'invalid-condition']);

interface Trial {
  readonly findings: readonly Finding[];
  readonly renderings: number;
}

/**
 * Renders every template on every case. What fails on all of them whatever the data holds is an error; what fails on
 * the full one, or on some, depends on the data and is a warning.
 */
export function trialRender(policy: CompiledPolicy, cases: readonly SyntheticCase[]): Trial {
  let renderings = 0;
  const steps = [
    ...policy.templates.filter(({ role }) => role === 'selector' || role === 'condition').map(conditionStep),
    { field: 'spec.nameTemplate', run: ({ source }: SyntheticCase) => void policy.name(source, TRIAL_RUN) },
    ...policy.references.map(referenceStep),
    {
      field: 'spec.template',
      run: ({ source, references }: SyntheticCase) => void policy.render(source, references, TRIAL_RUN),
    },
  ];
  const findings = steps.flatMap(({ run }) => {
    const failures = cases.map((trialCase) => {
      renderings++;
      return { variant: trialCase.variant, finding: attempt(run, trialCase) };
    });
    return judge(failures);
  });
  return { findings: [...findings, ...constantConditions(policy.templates)], renderings };
}

interface Step {
  readonly field: string;
  readonly run: (trialCase: SyntheticCase) => void;
}

function conditionStep({ field, template }: PolicyTemplate): Step {
  return {
    field,
    run({ source, references }) {
      const output = execute(field, template, source, references);
      if (!conditionOutcome(output).recognised) {
        throw new RenderError({
          severity: 'error',
          code: 'invalid-condition',
          field,
          message: 'prints something that is neither "true", "false" nor empty, which counts as false',
        });
      }
    },
  };
}

function execute(
  field: string,
  template: PolicyTemplate['template'],
  source: KubeObject,
  references: References,
): string {
  try {
    return template.execute({ source, references } as Parameters<typeof template.execute>[0], TRIAL_RUN);
  } catch (error) {
    if (error instanceof TemplateError) throw new RenderError(runFindingOf(field, template.text, error));
    throw error;
  }
}

function referenceStep(reference: CompiledReference): Step {
  return {
    field: reference.field,
    run({ source, references }) {
      try {
        reference.locate(source, references, TRIAL_RUN);
      } catch (error) {
        // Made-up namespaces are in nobody's list.
        if (error instanceof RenderError && error.code === 'namespace-not-allowed') return;
        throw error;
      }
    },
  };
}

function attempt(run: Step['run'], trialCase: SyntheticCase): Finding | undefined {
  try {
    run(trialCase);
    return undefined;
  } catch (error) {
    if (error instanceof RenderError) return error.finding;
    throw error;
  }
}

function judge(
  outcomes: readonly { readonly variant: SyntheticVariant; readonly finding: Finding | undefined }[],
): readonly Finding[] {
  const failures = outcomes.filter(({ finding }) => finding !== undefined);
  const full = outcomes.find(({ variant }) => variant === 'full')?.finding;
  if (full === undefined) {
    // Fields that are not there yet: sources are created step by step, and the creation condition waits for them.
    return failures
      .flatMap(({ finding }) => (finding?.code === 'invalid-yaml' ? [finding] : []))
      .slice(0, 1)
      .map((finding) => ({
        ...finding,
        severity: 'warning',
        message: `${finding.message}, where fields are missing`,
      }));
  }
  const always = failures.length === outcomes.length && STRUCTURAL.has(full.code) && !dependsOnData(full);
  return [always ? { ...full, severity: 'error' } : { ...full, severity: 'warning' }];
}

/** A made-up value may lack the encoding or the type that the real ones have. */
function dependsOnData({ code, message }: Finding): boolean {
  return code === 'not-a-pediacluster' && message.includes('base64');
}

/** A condition that reads nothing has one outcome; one that is never true imports no cluster. */
function constantConditions(templates: readonly PolicyTemplate[]): readonly Finding[] {
  return templates.flatMap(({ field, role, template }): readonly Finding[] => {
    if (role !== 'condition' && role !== 'selector') return [];
    if (field === 'spec.deletionCondition' || template.readPaths.length > 0 || template.calls.length > 0)
      return [];
    const outcome = conditionOutcome(template.execute({}, TRIAL_RUN));
    if (outcome.holds || !outcome.recognised) return [];
    return [
      {
        severity: 'error',
        code: 'invalid-condition',
        field,
        message:
          'can only be false, so no cluster would ever be imported; use spec.suspend to pause a policy',
      },
    ];
  });
}
