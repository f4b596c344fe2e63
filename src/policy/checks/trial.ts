import type { KubeObject } from '../../api/index.ts';
import type { RunOptions } from '../../template/index.ts';
import { TemplateError } from '../../template/index.ts';
import type { CompiledPolicy, CompiledReference, PolicyTemplate, References } from '../compile.ts';
import { conditionOutcome } from '../rendering/condition.ts';
import type { Finding } from '../finding.ts';
import { RenderError, runFindingOf } from '../finding.ts';
import type { Paced } from '../paced.ts';
import { emptyTree } from '../path-tree.ts';
import type { SyntheticVariant } from '../trial/synthetic.ts';
import { SAMPLE_COUNT, SYNTHETIC_VARIANTS, synthesize } from '../trial/synthetic.ts';
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
  return SYNTHETIC_VARIANTS.map((variant) => syntheticCase(policy, source, references, variant, 0));
}

/** The full case again, with other values of the same types: see `SAMPLES` of synthetic.ts. */
export function* otherSamples(
  policy: CompiledPolicy,
  source: ResourceFacts | undefined,
  references: ReadonlyMap<string, ResourceFacts>,
): Generator<SyntheticCase, undefined> {
  for (let sample = 1; sample < SAMPLE_COUNT; sample++) {
    yield syntheticCase(policy, source, references, 'full', sample);
  }
}

function syntheticCase(
  policy: CompiledPolicy,
  source: ResourceFacts | undefined,
  references: ReadonlyMap<string, ResourceFacts>,
  variant: SyntheticVariant,
  sample: number,
): SyntheticCase {
  const ofReference = variant === 'created' ? 'full' : variant;
  return {
    variant,
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

/** Codes of failures that no data can mend, where they occur whatever the data. */
const STRUCTURAL = new Set(['invalid-yaml', 'not-a-pediacluster', 'invalid-name', 'invalid-condition']);

interface Trial {
  readonly findings: readonly Finding[];
  readonly renderings: number;
}

/**
 * Renders every template on every case. What fails on all of them, and on every other sample as well, whatever the data
 * holds is an error; what fails on the full one depends on the data and is a warning; what other values of the same
 * types mend is nothing.
 *
 * @param others further full cases, looked at only where the first one fails
 */
export function* trialRender(
  policy: CompiledPolicy,
  cases: readonly SyntheticCase[],
  others: () => Iterable<SyntheticCase>,
): Paced<Trial> {
  let renderings = 0;
  const findings: Finding[] = [];
  for (const step of stepsOf(policy)) {
    const failures: Failure[] = [];
    for (const { variant, ...data } of cases) {
      yield;
      renderings++;
      const finding = attempt(step, data);
      if (finding !== undefined) failures.push({ variant, finding });
    }
    if (failures.some(({ variant }) => variant === 'full')) {
      for (const other of others()) {
        yield;
        renderings++;
        if (attempt(step, other) !== undefined) continue;
        // Made-up values were at fault; what fails without a status, or without optional fields, is another matter.
        failures.splice(0, failures.length, ...failures.filter(({ variant }) => variant !== 'full'));
        break;
      }
    }
    findings.push(...judge(step, failures, cases.length));
  }
  return { findings, renderings };
}

function stepsOf(policy: CompiledPolicy): readonly Step[] {
  const templates = new Map(policy.templates.map((template) => [template.field, template]));
  const readsNothing = (field: string) => isConstant(templates.get(field));
  return [
    ...policy.templates.filter(({ role }) => role === 'selector' || role === 'condition').map(conditionStep),
    {
      constant: readsNothing('spec.nameTemplate'),
      run: ({ source }) => void policy.name(source, TRIAL_RUN),
    },
    ...policy.references.map(referenceStep),
    {
      constant: readsNothing('spec.template'),
      run: ({ source, references }) => void policy.render(source, references, TRIAL_RUN),
    },
  ];
}

/** Whether a template reads nothing of the data: it comes out alike for every source. */
const isConstant = (template: PolicyTemplate | undefined): boolean =>
  template?.template.readPaths.length === 0;

type CaseData = Pick<SyntheticCase, 'source' | 'references'>;

interface Failure {
  readonly variant: SyntheticVariant;
  readonly finding: Finding;
}

interface Step {
  /** Data has no part in how it ends. */
  readonly constant: boolean;
  readonly run: (data: CaseData) => void;
}

function conditionStep(condition: PolicyTemplate): Step {
  const { field, template } = condition;
  return {
    constant: isConstant(condition),
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
    constant: false,
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

function attempt(step: Step, data: CaseData): Finding | undefined {
  try {
    step.run(data);
    return undefined;
  } catch (error) {
    if (error instanceof RenderError) return error.finding;
    throw error;
  }
}

function judge({ constant }: Step, failures: readonly Failure[], cases: number): readonly Finding[] {
  const full = failures.find(({ variant }) => variant === 'full')?.finding;
  if (full !== undefined) {
    const always = failures.length === cases && (constant || STRUCTURAL.has(full.code));
    return [{ ...full, severity: always ? 'error' : 'warning' }];
  }
  // Fields that are not there yet: sources are created step by step, and the creation condition waits for them.
  return failures
    .flatMap(({ finding }) => (finding.code === 'invalid-yaml' ? [finding] : []))
    .slice(0, 1)
    .map((finding) => ({
      ...finding,
      severity: 'warning',
      message: `${finding.message}, where fields are missing`,
    }));
}
