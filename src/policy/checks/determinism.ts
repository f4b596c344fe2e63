import type { ClusterImportPolicySpec, RenderedPediaCluster } from '../../api/index.ts';
import { CREDENTIAL_FIELDS } from '../../api/index.ts';
import type { RunOptions, TemplateFunction } from '../../template/index.ts';
import { TemplateError } from '../../template/index.ts';
import type { CompiledPolicy, PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
import { RenderError } from '../finding.ts';
import type { Paced } from '../paced.ts';
import { placeIn } from '../place.ts';
import { asData } from '../rendering/template.ts';
import type { TrialData } from '../trial/data.ts';
import type { Check } from './check.ts';

/** Moments in different years, months, days of the week and hours, in milliseconds since 1970. */
const clocks = [
  1_000_000_000_000, 1_912_345_678_901, 1_288_888_888_888, 1_577_880_000_999, 4_102_444_799_000,
];

/** Boundary and middle values flip a random decision more often than two arbitrary seeds do. */
const chances: readonly (() => () => number)[] = [
  ...[0, 1 - Number.EPSILON, 0.5].map((value) => () => () => value),
  ...[0.137, 0.861, 0.4].map((start) => () => sequence(start)),
];

const runs: { readonly [kind in Nondeterminism]: readonly (() => RunOptions)[] } = {
  clock: clocks.map((time) => () => ({ now: () => time, random: sequence(0.137) })),
  randomness: chances.map((chance) => () => ({ now: () => 1_000_000_000_000, random: chance() })),
};

function sequence(start: number): () => number {
  let value = start;
  return () => (value = (value * 9301 + 0.49297) % 1);
}

/**
 * Uses of the clock or of randomness where a value is rendered repeatedly: such a rendering never settles. They are
 * found by comparing renderings with different clocks, then with different random values, so a use without effect
 * passes.
 */
export function* checkDeterminism(
  spec: ClusterImportPolicySpec,
  policy: CompiledPolicy,
  cases: readonly TrialData[],
): Paced<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const template of policy.templates) {
    for (const kind of kinds) {
      const calls = template.template.calls.filter(({ called }) => called.nondeterministic === kind);
      const [first] = calls;
      if (first === undefined) continue;
      for (const trialCase of cases) {
        const outcomes = new Set<string>();
        for (const run of runs[kind]) {
          yield;
          outcomes.add(outcome(spec, policy, template, trialCase, run()));
          if (outcomes.size > 1) break;
        }
        if (outcomes.size === 1) continue;
        findings.push(unsettled(template, kind, calls));
        break;
      }
    }
  }
  return findings;
}

type Nondeterminism = NonNullable<TemplateFunction['nondeterministic']>;

const kinds: readonly Nondeterminism[] = ['clock', 'randomness'];

/** @param calls the calls of this kind; it is unknown which of them has the effect, so all are named */
function unsettled(
  { field, template }: PolicyTemplate,
  kind: Nondeterminism,
  calls: PolicyTemplate['template']['calls'],
): Finding {
  const [first] = calls;
  const names = [...new Set(calls.map(({ name }) => `"${name}"`))];
  const subject =
    names.length === 1 ? `function ${names.join()}` : `one of the functions ${names.join(', ')}`;
  return {
    severity: 'error',
    code: 'nondeterministic',
    field,
    ...(first === undefined ? {} : placeIn(template, first)),
    message: `${subject} ${kind === 'clock' ? 'reads the clock' : 'is random'}, and this value is rendered again and again: it would never settle`,
  };
}

/** The part of one rendering that is rendered again later, as text. A failure is an outcome too. */
function outcome(
  spec: ClusterImportPolicySpec,
  policy: CompiledPolicy,
  { role, template }: PolicyTemplate,
  { source, references }: TrialData,
  run: RunOptions,
): string {
  try {
    if (role !== 'pediaCluster') return template.execute(asData({ source, references }), run);
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

export const determinism: Check = {
  of: 'evidence',
  run: ({ policy, compiled, evidence }) => checkDeterminism(policy.spec, compiled, evidence.samples),
};
