import type { ClusterImportPolicySpec, RenderedPediaCluster } from '../../api/index.ts';
import { CREDENTIAL_FIELDS } from '../../api/index.ts';
import { allFunctions } from '../../sprig/index.ts';
import type { RunOptions, Value } from '../../template/index.ts';
import { TemplateError } from '../../template/index.ts';
import type { CompiledPolicy, PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
import { RenderError } from '../finding.ts';
import type { SyntheticCase } from './trial.ts';

/** Clocks years apart, with other seconds, and two sequences of random numbers that differ from their first. */
const RUNS: readonly (() => RunOptions)[] = [
  () => ({ now: () => 1_000_000_000_000, random: sequence(0.137) }),
  () => ({ now: () => 1_912_345_678_901, random: sequence(0.861) }),
];

function sequence(start: number): () => number {
  let value = start;
  return () => (value = (value * 9301 + 0.49297) % 1);
}

/**
 * The clock or randomness where a value is rendered again and again: such a rendering never settles. Found by
 * rendering twice with different clocks and seeds and comparing, so that a use that does not matter passes.
 */
export function checkDeterminism(
  spec: ClusterImportPolicySpec,
  policy: CompiledPolicy,
  cases: readonly SyntheticCase[],
): { readonly findings: readonly Finding[]; readonly renderings: number } {
  const suspects = policy.templates.flatMap((template) => {
    const call = template.template.calls.find(({ name }) => nondeterminismOf(name) !== undefined);
    return call === undefined ? [] : [{ template, call }];
  });
  let renderings = 0;
  const findings = suspects.flatMap(({ template, call }): readonly Finding[] => {
    const differs = cases.some((trialCase) => {
      const [first, second] = RUNS.map((run) => {
        renderings++;
        return outcome(spec, policy, template, trialCase, run());
      });
      return first !== second;
    });
    if (!differs) return [];
    const source = nondeterminismOf(call.name) === 'clock' ? 'reads the clock' : 'is random';
    return [
      {
        severity: 'error',
        code: 'nondeterministic',
        field: template.field,
        line: call.line,
        column: call.column,
        message: `function "${call.name}" ${source}, and this value is rendered again and again: it would never settle`,
      },
    ];
  });
  return { findings, renderings };
}

function nondeterminismOf(name: string): 'clock' | 'randomness' | undefined {
  const known = allFunctions.get(name);
  return known === undefined || 'removed' in known ? undefined : known.nondeterministic;
}

/** What of one rendering is rendered again later, as text; a failure is an outcome too. */
function outcome(
  spec: ClusterImportPolicySpec,
  policy: CompiledPolicy,
  { role, template }: PolicyTemplate,
  { source, references }: SyntheticCase,
  run: RunOptions,
): string {
  try {
    if (role !== 'pediaCluster') return template.execute({ source, references } as Value, run);
    return JSON.stringify(renderedAgain(policy.render(source, references, run), spec.updatePolicy));
  } catch (error) {
    if (error instanceof RenderError) return `${error.code} ${error.message}`;
    if (error instanceof TemplateError) return error.code;
    throw error;
  }
}

function renderedAgain(
  rendered: RenderedPediaCluster,
  updatePolicy: ClusterImportPolicySpec['updatePolicy'],
): unknown {
  if (updatePolicy === 'All') return rendered;
  return CREDENTIAL_FIELDS.map((field) => rendered.spec[field]);
}
