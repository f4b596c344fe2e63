import type { DecisionPoint, ReadPath, Template, TemplateFunction } from '../../template/index.ts';
import type { Finding } from '../finding.ts';
import type { Span } from '../places/field-place.ts';
import { endOfValue, isKey, occurrences } from '../places/field-place.ts';
import type { Trace, Way } from '../places/reach.ts';
import { outcomesTaken } from '../places/reach.ts';
import type { Expression, Placed, Statement, StatementMap } from '../places/statements.ts';
import { callsOf, expressionsOf, isTaken, mapOf, partsOf } from '../places/statements.ts';

/*
 * Finds the place in a template that caused a run's fault: the statement at which the run failed, or the text that
 * wrote the wrong field of the rendered document. It uses the syntax tree and the decisions of the run.
 */

/** The cause of a run's fault in the template. */
export interface FaultPlace {
  /**
   * The ways on which a run has the same result at the place, whatever its values: the branches that lead there, and
   * those that decide what is written there. Empty if the fault has no place.
   */
  readonly ways: readonly Way[];
  /** What was read for it; everything, if the fault has no place. */
  readonly reads: readonly ReadPath[];
  /** The functions that were called for it; all, if the fault has no place. */
  readonly calls: readonly TemplateFunction[];
  /** Whether it was made from fields that the read paths do not know. */
  readonly readsUnseen: boolean;
}

/**
 * @param path of the part of the rendered document that the fault is about, if any
 * @param trace of the run that failed
 */
export function placeOfFault(
  template: Template,
  fault: Finding,
  path: readonly string[],
  trace: Trace,
): FaultPlace {
  const map = mapOf(template);
  const places = spansOf(map, template.text, fault, path).flatMap((span) => {
    const start = map.at(span.start);
    return start !== undefined && isTaken(start, trace) ? [followed(map, start, span, trace)] : [];
  });
  if (places.length === 0) {
    const { readPaths, calls } = template;
    return { ways: [], reads: readPaths, calls: calls.map(({ called }) => called), readsUnseen: false };
  }
  const made = new Set(places.flatMap((place) => [...place.made]));
  const expressions = [...made].flatMap(({ statement }) => expressionsOf(statement));
  const reads = template.readPaths.filter((read) => {
    const statement = map.at(map.offsetOf(read));
    return statement !== undefined && made.has(statement);
  });
  return {
    ways: places.map(({ way }) => way),
    reads,
    calls: callsOf(expressions).map(({ called }) => called),
    readsUnseen: reads.length === 0 && expressions.some(readsData),
  };
}

/** At most this many places that spell one field are examined. A template of ordinary size has a few. */
const MAX_SPANS = 64;

function spansOf(
  map: StatementMap,
  text: string,
  { line, column }: Finding,
  path: readonly string[],
): readonly Span[] {
  if (line !== undefined) {
    const at = map.offsetOf({ line, column: column ?? 1 });
    return [{ start: at, end: at }];
  }
  const name = path.findLast((part) => !/^\d+$/.test(part));
  if (name === undefined || name === '' || name === 'spec') return [];
  const texts = map.all.flatMap(({ statement }) => (statement.kind === 'text' ? [statement] : []));
  const written = texts.flatMap((part) =>
    occurrences(part.text, name).map((at) => ({
      start: part.position + at,
      end: part.position + at + name.length,
    })),
  );
  const keys = written.filter((span) => isKey(text, span));
  // A key may consist of several pieces; then any place that spells it counts.
  const spelt =
    keys.length > 0
      ? keys
      : written.length > 0
        ? written
        : occurrences(text, name).map((start) => ({ start, end: start + name.length }));
  return spelt.slice(0, MAX_SPANS).map(({ start }) => ({ start, end: endOfValue(text, start) }));
}

/** The statements that made the text at a place, and the way that makes the same text. */
function followed(
  map: StatementMap,
  start: Placed,
  span: Span,
  trace: Trace,
): { way: Way; made: Set<Placed> } {
  const inside = map.all.filter(
    ({ statement: { position } }) => position > span.start && position < span.end,
  );
  const made = new Set<Placed>();
  const points = new Set<DecisionPoint>();
  const variables = new Set<number>();
  const add = (placed: Placed): void => {
    if (made.has(placed) || !isTaken(placed, trace)) return;
    const { statement } = placed;
    if ('body' in statement) {
      const point = map.blockAt(statement);
      if (point !== undefined) points.add(point);
      return;
    }
    made.add(placed);
    if (statement.kind === 'template') map.calledBy(statement.name).forEach(add);
    for (const expression of expressionsOf(statement)) addExpression(expression);
  };
  const addExpression = (expression: Expression): void => {
    for (const part of partsOf(expression)) {
      if (part.kind === 'variable') variables.add(part.id);
      const point = map.choiceAt(part);
      if (part.kind === 'call' && point !== undefined) points.add(point);
    }
  };
  // A run may fail at the condition of a block.
  if ('body' in start.statement) {
    made.add(start);
    addExpression(start.statement.value);
  } else add(start);
  inside.forEach(add);
  // The statements that set the variables used, whether or not the run reached them: other runs may skip the same ones.
  for (let before = -1; before !== made.size + variables.size;) {
    before = made.size + variables.size;
    for (const placed of map.all) {
      if (!setsOneOf(placed.statement, variables)) continue;
      placed.within.forEach((point) => points.add(point));
      if (!isTaken(placed, trace) || made.has(placed)) continue;
      if (!('body' in placed.statement)) add(placed);
      else if (isAround(placed, start)) {
        made.add(placed);
        addExpression(placed.statement.value);
      }
    }
  }
  const decided = [...points].flatMap((point) => outcomesTaken(trace, point));
  return { way: [...new Set([...start.way, ...decided])], made };
}

/** Whether a block contains a place. Its variables are visible only there. */
function isAround({ statement, way }: Placed, place: Placed): boolean {
  return (
    statement.position <= place.statement.position && way.every((outcome) => place.way.includes(outcome))
  );
}

function setsOneOf(statement: Statement, variables: ReadonlySet<number>): boolean {
  if ('body' in statement) {
    const set = [...statement.items, ...statement.keys];
    if (set.some((id) => variables.has(id))) return true;
  }
  return expressionsOf(statement)
    .flatMap(partsOf)
    .some((part) => part.kind === 'assignment' && part.ids.some((id) => variables.has(id)));
}

const readsData = (expression: Expression): boolean =>
  partsOf(expression).some(({ kind }) => kind === 'variable' || kind === 'fields');
