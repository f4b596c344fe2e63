import type { DecisionPoint, RunOptions, Template } from '../../template/index.ts';
import { TemplateError } from '../../template/index.ts';
import type { Paced } from '../paced.ts';
import { asData } from '../rendering/template.ts';
import type { TrialData } from './data.ts';
import { carryOut } from './directed-edit.ts';
import type { Shapes } from './directed-edit.ts';
import { flowOf } from './directed-flow.ts';
import type { Flow, Guard, Site } from './directed-flow.ts';
import { outcomeKey } from '../places/reach.ts';
import { Solver } from './solve.ts';
import type { Work } from './solve.ts';
import { specField } from '../field-path.ts';

export type { Shapes } from './directed-edit.ts';

/*
 * Directed samples: data that reaches each outcome of each decision point of a policy's templates, if such data can be
 * found by reading the conditions backwards.
 */

/** A template of a policy: see `PolicyTemplate`. */
export interface DirectedTemplate {
  readonly field: string;
  readonly role: string;
  readonly template: Template;
}

/**
 * Whether an outcome was reached: `met`: a sample reaches it. `impossible`: no data can. `unknown`: nothing can be
 * concluded.
 */
export type OutcomeState = 'met' | 'impossible' | 'unknown';

export interface PointCoverage {
  readonly point: DecisionPoint;
  /** In the order of the point's outcomes. */
  readonly outcomes: readonly OutcomeState[];
}

export interface TemplateCoverage {
  readonly field: string;
  readonly points: readonly PointCoverage[];
}

/** A sample that reaches an outcome that no earlier one reaches. */
export interface DirectedSample extends TrialData {
  /** What it was made for: the template's field, the point and the outcome. */
  readonly for: { readonly field: string; readonly point: DecisionPoint; readonly outcome: number };
}

export interface Directed {
  /** Few, in the order of the templates and their texts. */
  readonly samples: readonly DirectedSample[];
  /** A sample that is selected and created, if one could be made and the first plain sample is not. */
  readonly imported?: TrialData;
  /** By template, for the plain and the directed samples together. */
  readonly coverage: readonly TemplateCoverage[];
  readonly renderings: number;
}

/** Bounds on what is done for one policy. */
export interface DirectedOptions {
  /** @default 200 */
  readonly renderings?: number;
  /** Steps of all renderings together. @default 400000 */
  readonly steps?: number;
  /** Clock and randomness. */
  readonly run?: RunOptions;
}

const MAX_RENDERINGS = 200;

/** As many steps as one rendering may take, so the worst policy costs as much as one more rendering. */
const MAX_STEPS = 400_000;

/** Maximum work of solving for all outcomes together: see `Work`. An ordinary policy takes some thousand steps. */
const MAX_WORK = 60_000;

/** The steps that carrying out one plan counts: a sample is copied, and values are made. */
const STEPS_PER_PLAN = 50;

/** Maximum of renderings that are tried for one outcome. */
const MAX_TRIES = 6;

/**
 * Makes a small number of small samples that reach each outcome of each decision point, in addition to the plain ones.
 * Deterministic: the same templates, shapes and plain samples give the same result. Never throws because of a template
 * or
 * its data.
 *
 * @param templates in the order in which a reconciliation renders them. `role` marks selector and creation condition.
 * These
 *   are made to hold first, so that the samples for the other templates are selected and created.
 * @param shapes the schemas of the source and of each reference; without a schema, any value is assumed to fit
 * @param plain samples that are tried first, the fullest first; directed samples are copies of them with few changed
 * fields
 */
export function* directedSamples(
  templates: readonly DirectedTemplate[],
  shapes: Shapes,
  plain: readonly TrialData[],
  options: DirectedOptions = {},
): Paced<Directed> {
  const trial = new Trial(templates, shapes, plain, options);
  yield* trial.run();
  const imported = trial.imported();
  return {
    samples: trial.samples(),
    coverage: trial.coverage(),
    renderings: trial.renderings,
    ...(imported && { imported }),
  };
}

/** A template, with the outcomes that were reached. */
interface Tried extends DirectedTemplate {
  /** Computed when first needed: many policies have no decision at all. */
  readonly flow: () => Flow;
  readonly met: Set<string>;
  readonly impossible: Set<string>;
}

interface Kept {
  readonly sample: DirectedSample;
  /** What it reaches in all templates. */
  readonly reaches: Set<string>;
}

class Trial {
  renderings = 0;
  readonly #templates: readonly Tried[];
  readonly #shapes: Shapes;
  readonly #plain: readonly TrialData[];
  readonly #kept: Kept[] = [];
  readonly #reachedByPlain = new Set<string>();
  readonly #maxRenderings: number;
  readonly #pool: { left: number };
  /** The solving steps that are left. */
  readonly #work: Work = { left: MAX_WORK };
  readonly #run: RunOptions;
  /** The samples that others are made from: the fullest plain one, and one that is selected and created. */
  #bases: readonly TrialData[];

  constructor(
    templates: readonly DirectedTemplate[],
    shapes: Shapes,
    plain: readonly TrialData[],
    options: DirectedOptions,
  ) {
    this.#templates = templates.map((template) => ({
      ...template,
      flow: lazily(() => flowOf(template.template)),
      met: new Set(),
      impossible: new Set(),
    }));
    this.#shapes = shapes;
    this.#plain = plain;
    this.#bases = plain.slice(0, 1);
    this.#maxRenderings = options.renderings ?? MAX_RENDERINGS;
    this.#pool = { left: options.steps ?? MAX_STEPS };
    this.#run = { ...options.run, pool: this.#pool };
  }

  *run(): Paced<undefined> {
    for (const tried of this.#templates) {
      if (tried.template.decisions.length === 0) continue;
      for (const data of this.#plain) {
        yield;
        this.#render(tried, data, this.#reachedByPlain);
      }
    }
    for (const tried of this.#templates) {
      for (const point of tried.template.decisions) {
        for (const outcome of point.outcomes.keys()) {
          if (!tried.met.has(outcomeKey(point, outcome))) yield* this.#reach(tried, point, outcome);
        }
      }
      if (tried.role === 'selector' || tried.field === specField('creationCondition').text)
        yield* this.#haveHold(tried);
    }
    return undefined;
  }

  /** Tries to reach an outcome, and keeps a sample that does. */
  *#reach(tried: Tried, point: DecisionPoint, outcome: number): Paced<undefined> {
    if (this.#isExhausted()) return undefined;
    const flow = tried.flow();
    const sites = flow.sites.get(point) ?? [];
    let impossible = flow.complete && this.#bases.length > 0;
    let tries = MAX_TRIES;
    for (const base of this.#basesFor(tried)) {
      for (const guards of sites.flatMap((site) => waysTo(site, point, outcome))) {
        const solver = new Solver(asData(base), this.#work, this.#run.kept);
        const plans = solver.plansFor(guards);
        impossible &&= solver.exact;
        for (const plan of plans) {
          this.#work.left -= STEPS_PER_PLAN;
          if (this.#isExhausted()) return undefined;
          const { samples, complete } = carryOut(plan, base, this.#shapes);
          impossible &&= samples.length === 0 && complete;
          for (const data of samples) {
            if (tries-- <= 0 || this.#isExhausted()) return undefined;
            yield;
            const reaches = new Set<string>();
            this.#render(tried, data, reaches);
            if (!tried.met.has(outcomeKey(point, outcome))) continue;
            yield* this.#keep({ ...data, for: { field: tried.field, point, outcome } }, tried, reaches);
            return undefined;
          }
        }
      }
    }
    if (impossible) tried.impossible.add(outcomeKey(point, outcome));
    return undefined;
  }

  /** If an earlier stage fails for the base, a sample that was made for this template has come further. */
  #basesFor(tried: Tried): readonly TrialData[] {
    const made = this.#kept.findLast(({ sample }) => sample.for.field === tried.field)?.sample;
    return made === undefined ? this.#bases : [...this.#bases, made];
  }

  /** Keeps a sample, and records what it reaches in the other templates. */
  *#keep(sample: DirectedSample, made: Tried, reaches: Set<string>): Paced<undefined> {
    this.#kept.push({ sample, reaches });
    for (const other of this.#templates) {
      if (other === made || isCovered(other) || this.#isExhausted()) continue;
      yield;
      this.#render(other, sample, reaches);
    }
    return undefined;
  }

  /** Changes the samples that later ones are made from, so that the selector or the creation condition holds. */
  *#haveHold(tried: Tried): Paced<undefined> {
    const [base] = this.#bases;
    if (base === undefined || this.#holds(tried, base)) return undefined;
    const known = this.#kept.find(({ sample }) => this.#holds(tried, sample))?.sample;
    if (known !== undefined) {
      this.#bases = [known, ...this.#bases];
      return undefined;
    }
    let tries = MAX_TRIES;
    for (const { guards, value } of tried.flow().outputs) {
      if (value.kind === 'constant' && String(value.value).trim().toLowerCase() !== 'true') continue;
      for (const to of [true, 'true']) {
        const solver = new Solver(asData(base), this.#work, this.#run.kept);
        const wanted: readonly Guard[] =
          value.kind === 'constant'
            ? guards
            : [...guards, { origin: value, wish: { want: 'equal', to, holds: true } }];
        for (const plan of solver.plansFor(wanted)) {
          this.#work.left -= STEPS_PER_PLAN;
          for (const data of carryOut(plan, base, this.#shapes).samples) {
            if (tries-- <= 0 || this.#isExhausted()) return undefined;
            yield;
            if (!this.#holds(tried, data)) continue;
            this.#bases = [data, ...this.#bases];
            return undefined;
          }
        }
      }
    }
    return undefined;
  }

  #holds(tried: Tried, data: TrialData): boolean {
    return this.#render(tried, data, new Set())?.trim().toLowerCase() === 'true';
  }

  /** Renders, and records what is reached; `undefined` if the rendering fails. */
  #render(
    { field, template, met }: Tried,
    { source, references }: TrialData,
    reaches: Set<string>,
  ): string | undefined {
    this.renderings++;
    try {
      return template.execute(asData({ source, references }), {
        ...this.#run,
        decided: (point, outcome) => {
          const key = outcomeKey(point, outcome);
          met.add(key);
          reaches.add(`${field} ${key}`);
        },
      });
    } catch (error) {
      if (error instanceof TemplateError) return undefined;
      throw error;
    }
  }

  #isExhausted(): boolean {
    return this.renderings >= this.#maxRenderings || this.#pool.left <= 0 || this.#work.left <= 0;
  }

  /** The samples that reach something that the others together do not reach. */
  samples(): readonly DirectedSample[] {
    const kept = [...this.#kept];
    for (const candidate of this.#kept) {
      const others = kept.filter((one) => one !== candidate);
      const isReached = (key: string): boolean =>
        this.#reachedByPlain.has(key) || others.some(({ reaches }) => reaches.has(key));
      if ([...candidate.reaches].every(isReached)) kept.splice(kept.indexOf(candidate), 1);
    }
    return kept.map(({ sample }) => sample);
  }

  /** The sample that later ones are made from, if it is not a plain one. */
  imported(): TrialData | undefined {
    const [base] = this.#bases;
    return base === undefined || this.#plain.includes(base) ? undefined : base;
  }

  coverage(): readonly TemplateCoverage[] {
    return this.#templates.map(({ field, template, met, impossible }) => ({
      field,
      points: template.decisions.map((point) => ({
        point,
        outcomes: point.outcomes.map((_, outcome): OutcomeState => {
          const key = outcomeKey(point, outcome);
          return met.has(key) ? 'met' : impossible.has(key) ? 'impossible' : 'unknown';
        }),
      })),
    }));
  }
}

const isCovered = ({ template, met, impossible }: Tried): boolean =>
  template.decisions.every((point) =>
    point.outcomes.every((_, outcome) => {
      const key = outcomeKey(point, outcome);
      return met.has(key) || impossible.has(key);
    }),
  );

/** The guards for an outcome at a site, for each way. */
function waysTo(
  { guards, decides }: Site,
  { kind }: DecisionPoint,
  outcome: number,
): readonly (readonly Guard[])[] {
  const choice = decides.kind === 'call' && decides.name === kind ? decides.called.choice : undefined;
  if (decides.kind !== 'call' || choice === undefined) {
    const holds = (outcome === 0) !== (kind === 'unless');
    return [[...guards, { origin: decides, wish: { want: 'truth', holds } }]];
  }
  const { args } = decides;
  return choice.waysTo(outcome, args.length).map((way) => [
    ...guards,
    ...way.flatMap(([index, wish]): readonly Guard[] => {
      const origin = args[index];
      return origin === undefined ? [] : [{ origin, wish }];
    }),
  ]);
}

function lazily<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: compute() }).value;
}
