import type { Template } from '../../template/index.ts';
import type { Finding } from '../finding.ts';

/** The outcomes of decision points that a run took, as {@link outcomeKey} writes them. */
export type Trace = ReadonlySet<string>;

export const outcomeKey = ({ index }: { readonly index: number }, outcome: number): string =>
  `${String(index)}:${String(outcome)}`;

/** The outcomes that a run must take to come to a place: those of the blocks that the place stands in. */
type Way = readonly string[];

type Statement = Template['program']['main'][number];

/** Where a statement begins in the text, in UTF-16 units, and what leads there. */
interface Reached {
  readonly position: number;
  readonly way: Way;
}

/**
 * The ways to the places of a template that may have made a fault: the one where a run failed, or all that spell the field
 * that is wrong in what was rendered. Empty where the fault has no place.
 *
 * @param names fields of the rendered document that the fault is about
 */
export function waysTo(template: Template, fault: Finding, names: readonly string[]): readonly Way[] {
  const statements = statementsOf(template);
  return offsetsOf(template.text, fault, names).flatMap((offset) => {
    const reached = statements.findLast(({ position }) => position <= offset);
    return reached === undefined ? [] : [reached.way];
  });
}

/** Whether a run that went well came by a place where another one failed. */
export function comesBy(trace: Trace, failed: Trace, ways: readonly Way[]): boolean {
  const taken = ways.filter((way) => way.every((outcome) => failed.has(outcome)));
  // Without a place, only a run that took all the same ways is known to have come by.
  if (taken.length === 0) return [...failed].every((outcome) => trace.has(outcome));
  return taken.some((way) => way.every((outcome) => trace.has(outcome)));
}

function offsetsOf(text: string, { line, column }: Finding, names: readonly string[]): readonly number[] {
  if (line !== undefined) {
    const lines = text.split('\n');
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    const characters = [...(lines[line - 1] ?? '')].slice(0, (column ?? 1) - 1);
    return [start + characters.join('').length];
  }
  const name = names.at(-1);
  if (name === undefined || name === '' || name === 'spec') return [];
  const offsets: number[] = [];
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) offsets.push(at);
  return offsets;
}

/** All statements of a template and of those that it calls, in the order of the text. */
function statementsOf({ program, decisions }: Template): readonly Reached[] {
  const points = new Map(decisions.map((point) => [point.position, point]));
  const found: Reached[] = [];
  const called = new Set<string>();
  const visit = (statements: readonly Statement[], way: Way): void => {
    for (const statement of statements) {
      const { position } = statement;
      found.push({ position, way });
      if (statement.kind === 'template') {
        const body = program.templates.get(statement.name);
        if (body !== undefined && !called.has(statement.name)) {
          called.add(statement.name);
          visit(body, way);
        }
      }
      if (!('body' in statement)) continue;
      const point = points.get(position);
      const towards = (holds: boolean): Way =>
        point === undefined ? way : [...way, outcomeKey(point, holds === statement.negated ? 1 : 0)];
      visit(statement.body, towards(true));
      visit(statement.otherwise, towards(false));
    }
  };
  visit(program.main, []);
  return found.sort((a, b) => a.position - b.position);
}
