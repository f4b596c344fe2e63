import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/index.ts';
import type { CompiledPolicy, Finding, Review } from '../../../src/policy/index.ts';
import { compilePolicy, formatFinding, RenderError, reviewPolicy } from '../../../src/policy/index.ts';
import { usabilityOf } from '../../../src/policy/usable.ts';
import { clusterFacts, policyWith } from '../policies.ts';
import type { Case } from './grammar.ts';
import { caseOf } from './grammar.ts';
import { filledOf, othersLike, sourceOf } from './sources.ts';
import { Tape } from './tape.ts';

/*
 * The review of random policies, compared with what the reconciler's own code does with random sources that fit the
 * schema. `DIFFERENTIAL_RUNS=20000 PROPERTY_SEED=random` tries more.
 */

/** Each with some sources. */
const RUNS = Number(process.env['DIFFERENTIAL_RUNS'] ?? 1000);
const SOURCES = 6;

/** One stage of the rendering of a source. */
interface Stage {
  readonly name: 'selector' | 'name' | 'condition' | 'template';
  /** The decisions that the run of its template took. */
  readonly way: readonly string[];
  readonly fault?: Finding;
}

/** What the reconciler would do with a source. */
interface Result {
  readonly kind: 'unwanted' | 'well' | 'failed';
  /** The stages that were reached; only the last one can have failed. */
  readonly stages: readonly Stage[];
  /** The marks of the places of `spec.template` that the run came past; none if it failed on its way. */
  readonly marks: ReadonlySet<string>;
  /** The key in the rendered document that the fault is about. */
  readonly key?: string;
  /**
   * It has a text that nobody wants: a list or map as Go prints it (`map[a:b]`), a verb with a value of another type
   * (`%!d(string=a)`), an endpoint or credential that is true or false.
   */
  readonly isNonsense?: true;
}

const markPattern = /# <\d+>/g;
const fixedRun = { now: () => 1_700_000_000_000, random: () => 0.5 };

/**
 * Takes a source through a policy's stages with the functions that the reconciler calls.
 * @param evenUnwanted also past a selector or a creation condition that does not hold
 */
function resultFor(policy: CompiledPolicy, source: KubeObject, evenUnwanted = false): Result {
  const stages: Stage[] = [];
  const attempt = <T>(name: Stage['name'], go: (run: object) => T): T | RenderError => {
    const way = new Set<string>();
    const decided = ({ index }: { index: number }, outcome: number) =>
      void way.add(`${String(index)}:${String(outcome)}`);
    try {
      const result = go({ ...fixedRun, decided });
      stages.push({ name, way: [...way] });
      return result;
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      stages.push({ name, way: [...way], fault: error.finding });
      return error;
    }
  };
  const marks = new Set<string>();
  const failed = (error: RenderError): Result => {
    const key =
      error.place && 'path' in error.place
        ? error.place.path.findLast((name) => !/^\d+$/.test(name))
        : undefined;
    return { kind: 'failed', stages, marks, ...(key !== undefined && { key }) };
  };
  const selected = attempt('selector', (run) => policy.selects(source, run));
  if (selected instanceof RenderError) return failed(selected);
  if (!selected && !evenUnwanted) return { kind: 'unwanted', stages, marks };
  const name = attempt('name', (run) => policy.name(source, run));
  if (name instanceof RenderError) return failed(name);
  const created = attempt('condition', (run) => policy.creationConditionHolds(source, {}, run));
  if (created instanceof RenderError) return failed(created);
  if (!created && !evenUnwanted) return { kind: 'unwanted', stages, marks };
  const rendered = attempt('template', (run) => {
    const result = policy.render(source, {}, run);
    const [problem] = usabilityOf(result.spec).problems;
    if (problem === undefined) return result;
    const { message, field } = problem;
    throw new RenderError(
      { severity: 'error', code: 'unusable', field: 'spec.template', message },
      { path: field.split('.') },
    );
  });
  const isOfText = rendered instanceof RenderError && rendered.finding.line !== undefined;
  if (!isOfText) {
    const text = policy.at.body.template.execute({ source, references: {} } as never, fixedRun);
    for (const mark of text.match(markPattern) ?? []) marks.add(mark);
  }
  if (rendered instanceof RenderError) return failed(rendered);
  const isNonsense = nonsense.test(JSON.stringify(rendered));
  return { kind: 'well', stages, marks, ...(isNonsense && { isNonsense }) };
}

const nonsense = /"(?:map)?\[|%!|"(?:apiserver|caData|tokenData)":"(?:https:..)?(?:true|false)"/;

/** Whether a run took all decisions of another one. */
const comesBy = (way: readonly string[], other: readonly string[]) =>
  other.every((outcome) => way.includes(outcome));

const reviewOf = ({ spec, schema }: Case): Review =>
  reviewPolicy({
    operation: 'CREATE',
    object: policyWith(spec),
    source: { ...clusterFacts, schema },
    references: new Map(),
  });

const described = ({ spec, fields }: Case): string =>
  [
    `selectorTemplate: ${spec.source.selectorTemplate ?? ''}`,
    `nameTemplate: ${spec.nameTemplate}`,
    `creationCondition: ${spec.creationCondition ?? ''}`,
    spec.template,
    ...fields.map(
      ({ name, kind, required, schema }) =>
        `${name}${required ? '' : '?'}: ${kind} ${(schema.enum ?? []).join('|')}`,
    ),
  ].join('\n');

/** The mark behind the `else` that belongs to a condition in a line. */
function elseOf(lines: readonly string[], at: number): string | undefined {
  let depth = 0;
  for (const line of lines.slice(at)) {
    if (/^\{\{ (?:if|with|range) (?!.*\{\{ end)/.test(line)) depth++;
    if (depth === 1 && line.startsWith('{{ else }}')) return line.match(markPattern)?.[0];
    if (line === '{{ end }}' && --depth === 0) return undefined;
  }
  return undefined;
}

/** Whether a source that renders well came past the place of an error. */
function isPast(error: Finding, made: Case, policy: CompiledPolicy, { stages, marks }: Result): boolean {
  const has = (mark: string | undefined) => mark !== undefined && marks.has(mark);
  const [witness] = error.witness ?? [];
  const shown = witness && resultFor(policy, witness);
  const failed = shown?.stages.at(-1);
  if (shown === undefined || failed?.fault?.line !== undefined) {
    // What `and` and `or` leave out is not evaluated, though the run passes by.
    const lines = error.field === 'spec.template' ? made.spec.template.split('\n') : [];
    const line = lines[(error.line ?? 0) - 1] ?? error.excerpt ?? '';
    if (/ (?:and|or) \(/.test(line.slice(0, error.column))) return false;
    if (error.field !== 'spec.template') return true;
    const [own] = line.match(markPattern) ?? [];
    if (!/^\{\{ (?:if|with|range)/.test(line)) return has(own);
    const otherwise = elseOf(lines, (error.line ?? 0) - 1);
    if (error.message.includes('does not hold')) return has(otherwise);
    if (error.message.includes('this condition holds')) return has(own);
    return has(own) || has(otherwise);
  }
  // Other ways may write the same place of a rendered document: the witness shows the way on which the fault is met.
  if (shown.kind !== 'failed' || failed?.fault?.field !== error.field) return false;
  const own = stages.find(({ name }) => name === failed.name);
  return own !== undefined && comesBy(own.way, failed.way) && comesBy(failed.way, own.way);
}

/**
 * Whether the same source with other free values does not have the fault of its last stage, on the same way to the same
 * place. Then the fault is one of the values, as far as a review can know.
 */
function isOfValues(
  made: Case,
  policy: CompiledPolicy,
  source: KubeObject,
  { stages, marks, key }: Result,
): boolean {
  const failed = stages.at(-1);
  const fault = failed?.fault;
  if (failed === undefined || fault === undefined) return false;
  const lines = made.spec.template.split('\n');
  const own = fault.field === 'spec.template' ? lines[(fault.line ?? 0) - 1] : undefined;
  const writing = lines.filter((line) => key !== undefined && line.includes(`${key}:`));
  const written = writing.flatMap((line) => line.match(markPattern) ?? []).filter((mark) => marks.has(mark));
  const places = own === undefined ? written : (own.match(markPattern) ?? []);
  for (const other of othersLike(source, made.fields)) {
    const again = resultFor(policy, other);
    const stage = again.stages.find(({ name }) => name === failed.name);
    if (stage === undefined || stage.fault?.message === fault.message) continue;
    // What has a result that lacks something, it may get with the source's next values, on whatever way.
    if (fault.code === 'unusable') return true;
    const isThere = places.length > 0 && places.every((mark) => again.marks.has(mark));
    if (isThere || (written.length === 0 && comesBy(stage.way, failed.way))) return true;
  }
  return false;
}

/** What a review says wrongly of a source that renders well. */
function falselySaid(errors: readonly Finding[], made: Case, policy: CompiledPolicy, source: KubeObject) {
  const result = resultFor(policy, source);
  if (result.kind !== 'well' || result.isNonsense) return [];
  return errors.filter((error) => {
    // A misspelt field is refused because it is never there, although nothing fails without it; base64 that is not
    // decoded, or encoded twice, because nobody wants it, although it may have the right form.
    if (error.code === 'unknown-field' || /base64 of base64|is base64/.test(error.message)) return false;
    if (!isPast(error, made, policy, result)) return false;
    // Where a value is missing or empty, what is wrong for each value may render well. Each template is judged by itself, so this
    // is so even if another template keeps only sources that lack the value.
    return ![...filledOf(source, made.fields)].some((other) => {
      const { kind, isNonsense } = resultFor(policy, other, true);
      return kind === 'failed' || isNonsense === true;
    });
  });
}

const numbers = (length: number) =>
  fc.array(fc.nat(0xffff), { minLength: length, maxLength: length, size: 'max' });

/** A policy with its review, and sources that fit its schema. */
const trial = fc
  .tuple(numbers(200), fc.array(numbers(60), { minLength: SOURCES, maxLength: SOURCES, size: 'max' }))
  .map(([tape, tapes]) => {
    const made = caseOf(new Tape(tape));
    const sources = tapes.map((each) => sourceOf(made.fields, new Tape(each)));
    return { made, policy: compilePolicy(made.spec), review: reviewOf(made), sources };
  });

const report = (made: Case, { findings }: Review, source: KubeObject, what: string): string =>
  [
    what,
    described(made),
    `source: ${JSON.stringify(source['spec'])}`,
    ...findings.map((finding) => `${finding.severity} ${finding.code} ${formatFinding(finding)}`),
  ].join('\n');

/**
 * Two properties of one run, because a review costs most:
 *
 * - If the review says error, no source that fits the schema renders a valid PediaCluster past the fault.
 * - If a source that fits the schema fails, the review has said so, for the same template; or another source with the
 *   same choices gets past that place, with other texts, numbers and lists: then the values are at fault.
 */
it(
  'a review of a random policy says what becomes of random sources',
  () => {
    const count = { refused: 0, warned: 0, silent: 0, well: 0, failed: 0, foretold: 0 };
    fc.assert(
      fc.property(trial, ({ made, policy, review, sources }) => {
        const errors = review.findings.filter(({ severity }) => severity === 'error');
        count[errors.length > 0 ? 'refused' : review.findings.length > 0 ? 'warned' : 'silent']++;
        for (const source of sources) {
          const result = resultFor(policy, source);
          if (result.kind === 'well') {
            count.well++;
            const [wrong] = falselySaid(errors, made, policy, source);
            if (wrong !== undefined)
              throw new Error(report(made, review, source, `renders well, past "${formatFinding(wrong)}"`));
          }
          const fault = result.stages.at(-1)?.fault;
          // Where the text itself is wrong, nothing was rendered on trial: those errors come first.
          if (fault === undefined || review.coverage === undefined) continue;
          count.failed++;
          if (review.findings.some(({ field }) => field === fault.field)) count.foretold++;
          else if (!isOfValues(made, policy, source, result))
            throw new Error(report(made, review, source, `fails untold: ${formatFinding(fault)}`));
        }
      }),
      { numRuns: RUNS },
    );
    // The properties say nothing where all policies are refused, or none.
    expect(count.refused).toBeGreaterThan(RUNS / 4);
    expect(count.warned + count.silent).toBeGreaterThan(RUNS / 4);
    expect(count.well).toBeGreaterThan(RUNS);
    expect(count.foretold).toBeGreaterThan(RUNS / 4);
  },
  RUNS * 1_000,
);
