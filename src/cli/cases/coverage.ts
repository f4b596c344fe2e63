import type { KubeObject } from '../../api/index.ts';
import type { CompiledPolicy, PolicyTemplate } from '../../policy/index.ts';
import { asData, conditionOutcome, prepareDraft, toEnd } from '../../policy/index.ts';
import type { DecisionPoint } from '../../template/index.ts';
import { TemplateError, valuesOf } from '../../template/index.ts';
import type { FilePosition } from '../errors.ts';
import { describePosition } from '../errors.ts';
import type { CaseFolder } from '../manifests/case-folder.ts';
import { Inventory } from '../manifests/inventory.ts';
import type { Manifest } from '../manifests/manifests.ts';
import { isPolicy } from '../manifests/review.ts';
import { viewOf } from '../plan/inventory-view.ts';
import { planOf } from '../plan/plan.ts';
import type { SourceOutcome } from '../plan/plan.ts';

/** A decision point of a template, with how often the cases took each outcome. */
export interface PointCoverage {
  readonly policy: string;
  /** `spec.template` */
  readonly field: string;
  readonly kind: string;
  readonly position: FilePosition;
  readonly outcomes: readonly { readonly name: string; readonly taken: number }[];
}

/** An expression of a template, with how often a run of the cases came to it. */
export interface ExpressionCoverage {
  readonly policy: string;
  readonly field: string;
  readonly position: FilePosition;
  readonly taken: number;
  /** Whether it is in no branch, so that it is taken whenever its template is rendered. */
  readonly always: boolean;
}

/** How much of the decision points and of the expressions of templates cases take. */
export interface Coverage {
  readonly points: readonly PointCoverage[];
  readonly expressions: readonly ExpressionCoverage[];
  /** Outcomes of decision points. */
  readonly outcomes: number;
  /** Of the outcomes. */
  readonly taken: number;
}

/** Share of the outcomes and expressions that were taken, in percent; everything where there is none. */
export function percentOf({ taken, outcomes, expressions }: Coverage): number {
  const all = outcomes + expressions.length;
  return all === 0 ? 100 : (100 * (taken + takenOf(expressions))) / all;
}

/** How many expressions were taken. */
export const takenOf = (expressions: readonly ExpressionCoverage[]): number =>
  expressions.filter(({ taken }) => taken > 0).length;

/** One policy as cases run it. */
interface Covered {
  readonly manifest: Manifest;
  readonly compiled: CompiledPolicy;
  readonly taken: Map<DecisionPoint, number[]>;
  /** How often each template was rendered. */
  readonly runs: Map<PolicyTemplate['template'], number>;
}

/** Runs the templates of every policy for the sources of its cases, and counts the outcomes of their decisions. Pure. */
export function coverageOf(
  cases: readonly Pick<CaseFolder, 'manifests'>[],
  policies: readonly Manifest[],
): Coverage {
  const covered = new Map<string, Covered>();
  const coveredBy = (manifest: Manifest): Covered | undefined => {
    const id = describePosition(manifest.positionOf(''));
    const known = covered.get(id);
    if (known !== undefined) return known;
    const compiled = compiledOf(manifest);
    if (compiled === undefined) return undefined;
    const made = { manifest, compiled, taken: new Map<DecisionPoint, number[]>(), runs: new Map() };
    covered.set(id, made);
    return made;
  };
  for (const manifest of policies) coveredBy(manifest);
  for (const { manifests } of cases) {
    const view = viewOf(new Inventory(manifests));
    const { outcomes } = planOf(view);
    for (const manifest of manifests.filter(isPolicy)) {
      const policy = coveredBy(manifest);
      const own = view.policies.find(({ metadata }) => metadata.name === manifest.object.metadata.name);
      if (policy === undefined || own === undefined) continue;
      const sources = view.sourcesOf(own);
      for (const outcome of outcomes.filter((one) => one.policy === own.metadata.name)) {
        const source = sources.find(
          ({ metadata }) =>
            metadata.name === outcome.source.name && metadata.namespace === outcome.source.namespace,
        );
        if (source === undefined) continue;
        const found = outcome.references.flatMap((reference) => {
          const looked = view.lookup(reference);
          return looked.kind === 'found' ? [[reference.key, looked.object] as const] : [];
        });
        record(policy, source, Object.fromEntries(found), outcome);
      }
    }
  }
  const points = [...covered.values()].flatMap(pointsOf);
  const all = points.flatMap(({ outcomes }) => outcomes);
  const expressions = [...covered.values()].flatMap(expressionsIn);
  return { points, expressions, outcomes: all.length, taken: all.filter(({ taken }) => taken > 0).length };
}

/** `undefined` if it is not a policy that can be compiled. What is wrong with it is the review's to say. */
function compiledOf({ object }: Manifest): CompiledPolicy | undefined {
  const draft = toEnd(prepareDraft(object));
  return draft.kind === 'malformed' ? undefined : draft.compiled.policy;
}

/** The problems of sources for which the template of the PediaCluster was run. */
const ofBody: ReadonlySet<string | undefined> = new Set(['RenderFailed', 'CredentialNotSelfContained']);

/** Runs what the reconciler runs for one source. */
function record(
  { compiled: { at }, taken, runs }: Covered,
  source: KubeObject,
  found: { readonly [key: string]: KubeObject },
  { evaluation, references, pediaCluster, problem }: SourceOutcome,
): void {
  const run = (template: PolicyTemplate | undefined): string | undefined => {
    if (template === undefined) return undefined;
    runs.set(template.template, (runs.get(template.template) ?? 0) + 1);
    try {
      return template.template.execute(asData({ source, references: found }), {
        decided: (point, outcome) => {
          const counts = taken.get(point) ?? point.outcomes.map(() => 0);
          counts[outcome] = (counts[outcome] ?? 0) + 1;
          taken.set(point, counts);
        },
      });
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return undefined;
    }
  };
  run(at.selector);
  if (evaluation.kind === 'unselected') return;
  run(at.name);
  if (evaluation.kind !== 'selected') return;
  for (const { namespace, name } of at.references) {
    run(namespace);
    run(name);
  }
  const complete = Object.keys(found).length === at.references.length && references.length > 0;
  if (complete || at.references.length === 0) {
    const deletion = run(at.deletionCondition);
    if (deletion !== undefined && conditionOutcome(deletion).holds) return;
  }
  run(at.creationCondition);
  if (pediaCluster !== undefined || ofBody.has(problem?.reason)) run(at.body);
}

function pointsOf({ manifest, compiled, taken }: Covered): readonly PointCoverage[] {
  return compiled.templates.flatMap(({ field, template }) =>
    template.decisions.map((point) => ({
      policy: manifest.object.metadata.name,
      field,
      kind: point.kind,
      position: manifest.positionOf(field, point.line, point.column),
      outcomes: point.outcomes.map((name, index) => ({ name, taken: taken.get(point)?.[index] ?? 0 })),
    })),
  );
}

/** An expression was taken as often as the branch that it is in, or as its template was rendered. */
function expressionsIn({ manifest, compiled, taken, runs }: Covered): readonly ExpressionCoverage[] {
  return compiled.templates.flatMap(({ field, template }) =>
    valuesOf(template.text, template.program, template.decisions).map(({ line, column, within }) => ({
      policy: manifest.object.metadata.name,
      field,
      position: manifest.positionOf(field, line, column),
      taken:
        within === undefined ? (runs.get(template) ?? 0) : (taken.get(within.block)?.[within.outcome] ?? 0),
      always: within === undefined,
    })),
  );
}
