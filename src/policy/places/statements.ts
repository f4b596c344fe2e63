import { program } from '../../template/index.ts';
import type { DecisionPoint, ReadPath, Template } from '../../template/index.ts';
import type { Trace, Way } from './reach.ts';
import { outcomeKey } from './reach.ts';

/* The statements of a template, and the decisions that lead to each. They show which runs reach a place. */

export const { expressionsOf, nestedIn, partsOf } = program;
export type Statement = program.Statement;
export type Expression = program.Expression;

/** A statement, and the outcomes of the blocks around it. */
export interface Placed {
  readonly statement: Statement;
  readonly way: Way;
  /** The decision points of these blocks. */
  readonly within: readonly DecisionPoint[];
}

export const isTaken = ({ way }: Placed, trace: Trace): boolean => way.every((outcome) => trace.has(outcome));

const maps = new WeakMap<Template, StatementMap>();

/** Made once per template: several faults of one template are examined. */
export function mapOf(template: Template): StatementMap {
  const map = maps.get(template) ?? new StatementMap(template);
  maps.set(template, map);
  return map;
}

/** All statements of a template, and of the templates that it calls, in the order of the text. */
export class StatementMap {
  readonly all: readonly Placed[];
  readonly #template: Template;
  readonly #blocks: ReadonlyMap<number, DecisionPoint>;
  readonly #choices: ReadonlyMap<number, DecisionPoint>;
  readonly #lines: readonly string[];
  /** Where each line begins. */
  readonly #starts: readonly number[];

  constructor(template: Template) {
    this.#template = template;
    this.#lines = template.text.split('\n');
    let start = 0;
    this.#starts = this.#lines.map((line) => {
      start += line.length + 1;
      return start - line.length - 1;
    });
    const byPosition = (points: readonly DecisionPoint[]) =>
      new Map(points.map((point) => [point.position, point]));
    const isBlock = ({ kind }: DecisionPoint) => blocks.has(kind);
    this.#blocks = byPosition(template.decisions.filter(isBlock));
    this.#choices = byPosition(template.decisions.filter((point) => !isBlock(point)));
    const found: Placed[] = [];
    const called = new Set<string>();
    const visit = (statements: readonly Statement[], way: Way, within: readonly DecisionPoint[]): void => {
      for (const statement of statements) {
        found.push({ statement, way, within });
        if (statement.kind === 'template' && !called.has(statement.name)) {
          called.add(statement.name);
          visit(this.#bodyOf(statement.name), way, within);
        }
        if (!('body' in statement)) continue;
        const point = this.blockAt(statement);
        const inside = point === undefined ? within : [...within, point];
        const towards = (holds: boolean): Way =>
          point === undefined ? way : [...way, outcomeKey(point, holds === statement.negated ? 1 : 0)];
        visit(statement.body, towards(true), inside);
        visit(statement.otherwise, towards(false), inside);
      }
    };
    visit(template.program.main, [], []);
    this.all = found.sort((a, b) => a.statement.position - b.statement.position);
  }

  #bodyOf(name: string): readonly Statement[] {
    return this.#template.program.templates.get(name) ?? [];
  }

  /** The statement that an offset lies in. */
  at(offset: number): Placed | undefined {
    let [low, high] = [0, this.all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.all[middle]?.statement.position ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return this.all[low - 1];
  }

  /** The offset of a line and column in the text, in UTF-16 units. */
  offsetOf({ line, column }: Pick<ReadPath, 'line' | 'column'>): number {
    const characters = [...(this.#lines[line - 1] ?? '')].slice(0, column - 1);
    return (this.#starts[line - 1] ?? 0) + characters.join('').length;
  }

  blockAt({ position }: Statement): DecisionPoint | undefined {
    return this.#blocks.get(position);
  }

  choiceAt({ position }: Expression): DecisionPoint | undefined {
    return this.#choices.get(position);
  }

  /** Statements of a called template, and of the templates that it calls. */
  calledBy(name: string, seen = new Set<string>()): readonly Placed[] {
    if (seen.has(name)) return [];
    seen.add(name);
    const body = new Set<Statement>();
    const add = (statements: readonly Statement[]): void => {
      for (const statement of statements) {
        body.add(statement);
        add(nestedIn(statement));
      }
    };
    add(this.#bodyOf(name));
    const own = this.all.filter(({ statement }) => body.has(statement));
    return own.flatMap((placed) =>
      placed.statement.kind === 'template'
        ? [placed, ...this.calledBy(placed.statement.name, seen)]
        : [placed],
    );
  }
}

const blocks: ReadonlySet<string> = new Set(['if', 'unless', 'with', 'range', 'each']);

export const callsOf = (expressions: readonly Expression[]) =>
  expressions.flatMap(partsOf).flatMap((part) => (part.kind === 'call' ? [part] : []));
