import { Lines } from './errors.ts';
import type { LineAndColumn } from './errors.ts';
import { expressionsOf, nestedIn, partsOf } from './typing/program.ts';
import type { Program, Statement } from './typing/program.ts';

/*
 * The decision points of a template: the places where it takes one of several ways. They are numbered in the order of
 * the text, in both languages alike.
 */

/** A place where a template takes one of several ways. */
export interface DecisionPoint extends LineAndColumn {
  /** From 0, in the order of the text. */
  readonly index: number;
  /** Its kind: `if`, `unless`, `with`, `range`, `each`, or the name of a function that chooses. */
  readonly kind: string;
  /** In UTF-16 units of the template's text. */
  readonly position: number;
  /** The meaning of each outcome, in words for a reader of coverage. */
  readonly outcomes: readonly string[];
}

/** Called for each decision that a run takes. */
export type DecisionListener = (point: DecisionPoint, outcome: number) => void;

/** The decision points of a template, for the code that compiles and runs it. */
export interface Decisions {
  readonly points: readonly DecisionPoint[];
  /** The block at a position. */
  readonly blocks: ReadonlyMap<number, DecisionPoint>;
  /** By position: the call of a function that chooses. */
  readonly calls: ReadonlyMap<number, DecisionPoint>;
}

const branchOutcomes = {
  if: ['holds', 'does not hold'],
  with: ['there', 'missing or empty'],
  range: ['items', 'no items'],
} as const;

/** An expression that is printed, or only computed. */
export interface PlacedExpression extends LineAndColumn {
  /** In UTF-16 units of the template's text. */
  readonly position: number;
  /** The innermost block around it, and the outcome by which a run reaches it; absent if every run does. */
  readonly within?: { readonly block: DecisionPoint; readonly outcome: number };
}

/**
 * The expressions that the template, and the templates that it calls, print or only compute, in the order of the text.
 * Conditions are not among them: they are decision points.
 */
export function valuesOf(
  text: string,
  program: Program,
  points: readonly DecisionPoint[],
): readonly PlacedExpression[] {
  const lines = new Lines(text);
  const blocks = new Map(points.map((point) => [point.position, point]));
  const found = new Map<number, PlacedExpression>();
  const called = new Set<string>();
  const statements = (nodes: readonly Statement[], within: PlacedExpression['within']): void => {
    for (const node of nodes) {
      const { position } = node;
      if (node.kind === 'emit' || node.kind === 'evaluate') {
        if (!found.has(position))
          found.set(position, {
            position,
            ...lines.at(position),
            ...(within === undefined ? {} : { within }),
          });
      } else if (node.kind === 'template') {
        const body = program.templates.get(node.name);
        if (body === undefined || called.has(node.name)) continue;
        called.add(node.name);
        statements(body, within);
      } else if (node.kind === 'if' || node.kind === 'with' || node.kind === 'range') {
        const block = blocks.get(position);
        const inside = (outcome: number) => (block === undefined ? within : { block, outcome });
        statements(node.body, inside(node.negated ? 1 : 0));
        statements(node.otherwise, inside(node.negated ? 0 : 1));
      }
    }
  };
  statements(program.main, undefined);
  return [...found.values()].sort((one, other) => one.position - other.position);
}

/** What is known of a point before all points are in order. */
type Found = Omit<DecisionPoint, 'index' | keyof LineAndColumn> & { readonly of: 'blocks' | 'calls' };

/** The decision points of the template and of the templates that it calls. */
export function decisionsOf(text: string, program: Program): Decisions {
  const found = new Map<string, Found>();
  const add = (point: Found): void => {
    const key = `${point.of} ${String(point.position)}`;
    if (!found.has(key)) found.set(key, point);
  };
  const called = new Set<string>();
  const statements = (nodes: readonly Statement[]): void => {
    for (const node of nodes) {
      if ('body' in node)
        add({
          of: 'blocks',
          kind: node.negated ? 'unless' : node.kind === 'range' ? program.language.loop : node.kind,
          position: node.position,
          outcomes: branchOutcomes[node.kind],
        });
      for (const part of expressionsOf(node).flatMap(partsOf)) {
        if (part.kind !== 'call') continue;
        const outcomes = part.called.choice?.outcomes(part.args.length) ?? [];
        if (outcomes.length > 1) add({ of: 'calls', kind: part.name, position: part.position, outcomes });
      }
      if (node.kind === 'template') {
        const body = program.templates.get(node.name);
        if (body === undefined || called.has(node.name)) continue;
        called.add(node.name);
        statements(body);
      } else statements(nestedIn(node));
    }
  };
  statements(program.main);
  return numbered(text, [...found.values()]);
}

function numbered(text: string, found: readonly Found[]): Decisions {
  const lines = new Lines(text);
  const blocks = new Map<number, DecisionPoint>();
  const calls = new Map<number, DecisionPoint>();
  const points = [...found]
    .sort((a, b) => a.position - b.position)
    .map(({ of, kind, position, outcomes }, index) => {
      const point: DecisionPoint = { index, kind, position, outcomes, ...lines.at(position) };
      (of === 'blocks' ? blocks : calls).set(position, point);
      return point;
    });
  return { points, blocks, calls };
}
