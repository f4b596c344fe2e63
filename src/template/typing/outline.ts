import { FunctionError } from '../function.ts';
import { intValue } from '../types.ts';
import type { Value } from '../value.ts';
import { TrialContext } from './call-type.ts';
import { Evaluation } from './evaluation.ts';
import { DATA, expressionsOf, nestedIn, partsOf, textOf } from './program.ts';
import type { Branch, CallTemplate, Emit, Expression, Program, Statement, VariableId } from './program.ts';
import { newPlace, State } from './state.ts';
import type { Typed } from './state.ts';
import { absent, anyItem, anyValue, int, integer, isNever, string, union, unknown, without } from './type.ts';
import type { Type } from './type.ts';

/*
 * What a template prints on one way through its branches, found without running it: its own text, and for each value a
 * hole with a type.
 */

/** A piece of an outline, and its place in the template's text. */
export type Piece = TextPiece | Hole;

export interface TextPiece {
  readonly kind: 'text';
  readonly text: string;
  readonly position: number;
}

/** A value that is printed. */
export interface Hole {
  readonly kind: 'hole';
  readonly type: Type;
  /** The expression, as a message names it. */
  readonly expression: string;
  /** The list of the data whose items are printed, if it may have none: then nothing is printed. */
  readonly mayLackItems?: string;
  /** Text that functions put before the value, such as the indentation of `nindent`. */
  readonly before: string;
  readonly position: number;
}

/** One way through a template. */
export interface Outline {
  readonly pieces: readonly Piece[];
  /** The branches on the way: their positions, and whether their conditions held. */
  readonly taken: readonly Way[];
}

export interface Way {
  readonly position: number;
  readonly holds: boolean;
}

/** How many ways are examined. */
const MAX_OUTLINES = 48;

/** Limit of statements and expressions on all ways together. */
const MAX_STEPS = 20_000;

/** Depth to which called templates are followed. */
const MAX_CALLS = 12;

class OutOfSteps extends Error {}

/**
 * Ways through a template that reach each outcome of each branch twice, if types allow it and there are so many: once
 * with all other conditions true, once with all of them false. The number is limited; what is left out is not reported.
 */
export function outlinesOf(program: Program, data: Type): readonly Outline[] {
  const outliner = new Outliner(program, program.mutates ? unknown : data);
  const outlines: Outline[] = [];
  const planned = new Set<string>();
  const queue: Plan[] = [true, false].map((others) => ({ others, forced: {} }));
  try {
    for (
      let plan = queue.shift();
      plan !== undefined && outlines.length < MAX_OUTLINES;
      plan = queue.shift()
    ) {
      if (isMet(plan, outlines)) continue;
      const { outline, branches } = outliner.follow(plan);
      if (outline !== undefined) outlines.push(outline);
      for (const { position } of branches) {
        for (const [holds, others] of outcomes) {
          const key = `${String(position)} ${String(holds)} ${String(others)}`;
          if (planned.has(key)) continue;
          planned.add(key);
          queue.push({ others, forced: { ...plan.forced, [position]: holds }, aim: { position, holds } });
        }
      }
    }
  } catch (error) {
    if (!(error instanceof OutOfSteps || error instanceof RangeError)) throw error;
  }
  return distinct(outlines);
}

/** Outcomes of a condition, with the outcome of the others. */
const outcomes = [
  [true, true],
  [true, false],
  [false, true],
  [false, false],
] as const;

/** Number of ways on which each outcome is reached, if there are as many. */
const WAYS_PER_OUTCOME = 2;

function isMet({ aim }: Plan, outlines: readonly Outline[]): boolean {
  if (aim === undefined) return false;
  const met = outlines.filter(({ taken }) =>
    taken.some(({ position, holds }) => position === aim.position && holds === aim.holds),
  );
  return met.length >= WAYS_PER_OUTCOME;
}

function distinct(outlines: readonly Outline[]): readonly Outline[] {
  return [...new Map(outlines.map((outline) => [JSON.stringify(outline.taken), outline])).values()];
}

/** The outcomes to take where types leave a choice. */
interface Plan {
  /** The outcome of conditions that are not forced. */
  readonly others: boolean;
  /** By the position of the branch. */
  readonly forced: Readonly<Record<number, boolean>>;
  /** The outcome for which it is made. */
  readonly aim?: Way;
}

interface Followed {
  /** `undefined` if something on the way fails, so that it does not reach the end. */
  readonly outline?: Outline;
  /** The branches at which there was a choice. */
  readonly branches: readonly Branch[];
}

type End = 'end' | 'break' | 'continue' | 'fails';

class Outliner {
  readonly #program: Program;
  readonly #data: Type;
  readonly #evaluation: Evaluation;
  #steps = MAX_STEPS;
  #calls = 0;
  #plan: Plan = { others: true, forced: {} };
  #pieces: Piece[] = [];
  #taken: Way[] = [];
  #branches: Branch[] = [];
  /** The outcomes of conditions on this way: the same condition has the same outcome again. */
  #decided = new Map<string, boolean>();

  constructor(program: Program, data: Type) {
    this.#program = program;
    this.#data = data;
    this.#evaluation = new Evaluation(program, {
      wantsFaults: () => false,
      fault: () => undefined,
      seen: () => undefined,
      step: () => {
        this.#step();
      },
    });
  }

  #step(): void {
    if (--this.#steps < 0) throw new OutOfSteps();
  }

  follow(plan: Plan): Followed {
    this.#plan = plan;
    this.#pieces = [];
    this.#taken = [];
    this.#branches = [];
    this.#decided = new Map();
    const end = this.#block(this.#program.main, new State(new Map([[DATA, newPlace(this.#data)]])));
    const outline = { pieces: this.#pieces, taken: this.#taken };
    return { branches: this.#branches, ...(end === 'fails' ? {} : { outline }) };
  }

  #block(statements: readonly Statement[], state: State): End {
    for (const statement of statements) {
      const end = this.#statement(statement, state);
      if (end !== 'end') return end;
    }
    return 'end';
  }

  #statement(statement: Statement, state: State): End {
    this.#step();
    switch (statement.kind) {
      case 'text':
        this.#pieces.push(statement);
        return 'end';
      case 'emit':
        return this.#emit(statement, state);
      case 'evaluate':
        return isNever(this.#evaluation.evaluate(statement.value, state).type) ? 'fails' : 'end';
      case 'break':
      case 'continue':
        return statement.kind;
      case 'template':
        return this.#callTemplate(statement, state);
      default:
        return this.#branch(statement, state);
    }
  }

  #emit({ value, position }: Emit, state: State): End {
    const { type } = this.#evaluation.evaluate(value, state);
    if (isNever(type)) return 'fails';
    if (value.kind === 'constant') {
      const [text] = type.strings?.values ?? [];
      if (type.unknown !== true) this.#pieces.push({ kind: 'text', text: text ?? value.text, position });
      return 'end';
    }
    if (isNever(without(type, 'absent', 'null'))) return 'end';
    const hole = { kind: 'hole', type, expression: textOf(value), position } as const;
    const list = this.#listIn(value, state);
    this.#pieces.push({
      ...hole,
      before: this.#before(value, state),
      ...(list === undefined ? {} : { mayLackItems: list }),
    });
    return 'end';
  }

  /** The list of the data whose items a call writes, unless it always has some. */
  #listIn(value: Expression, state: State): string | undefined {
    if (value.kind !== 'call' || value.called.writesItems === undefined) return undefined;
    const list = value.args[value.called.writesItems];
    if (list?.kind !== 'fields') return undefined;
    const { type } = this.#evaluation.evaluate(list, state.clone());
    return type.lists === undefined || (isNever(without(type, 'lists')) && type.lists.size === 'filled')
      ? undefined
      : textOf(list);
  }

  /** The text that functions which pass an encoding on put before it, and before what was an encoding. */
  #before(expression: Expression, state: State): string {
    if (expression.kind !== 'call' || expression.called.structure !== 'passes') return '';
    const args = expression.args.map((argument) => this.#evaluation.evaluate(argument, state.clone()).type);
    const at = args.findIndex(({ strings }) => (strings?.encodes ?? strings?.flattenedBy) !== undefined);
    const encoded = expression.args[at];
    if (encoded === undefined) return '';
    const values = args.map((type, index) => (index === at ? MARK : constantOf(type)));
    const within = this.#before(encoded, state);
    if (values.includes(undefined)) return within;
    try {
      const text = expression.called.call(values, new TrialContext());
      return typeof text === 'string' && text.includes(MARK)
        ? text.slice(0, text.indexOf(MARK)) + within
        : within;
    } catch (error) {
      if (error instanceof FunctionError) return within;
      throw error;
    }
  }

  #callTemplate({ name, argument }: CallTemplate, state: State): End {
    const data: Typed =
      argument === undefined ? { type: absent } : this.#evaluation.evaluate(argument, state);
    const body = this.#program.templates.get(name);
    if (body === undefined || isNever(data.type) || this.#calls >= MAX_CALLS) return 'fails';
    this.#calls++;
    const end = this.#block(body, state.frame(DATA, data.place ?? newPlace(data.type)));
    this.#calls--;
    return end === 'fails' ? end : 'end';
  }

  #branch(branch: Branch, state: State): End {
    const { kind, value, negated, items, keys, body, otherwise } = branch;
    const condition = this.#evaluation.evaluate(value, state);
    const holds = this.#choose(branch, condition, state);
    if (holds === undefined) return 'fails';
    this.#taken.push({ position: branch.position, holds });
    const at = state;
    this.#evaluation.narrow(value, holds, at);
    const isBody = holds !== negated;
    if (!isBody) return this.#block(otherwise, at);
    const type = this.#program.language.truth(condition.type, true);
    if (kind === 'with') for (const id of items) at.set(id, { ...condition, type });
    if (kind !== 'range') return this.#block(body, at);
    const item = union(anyItem(type), anyValue(type), type.integers === undefined ? {} : int);
    const key = type.maps === undefined ? int : type.lists === undefined ? string : unknown;
    const place = newPlace(isNever(item) ? unknown : item);
    // A separator between items depends on whether the index is 0. So the first item is followed, and one of the later
    // ones.
    const isIndexed = keys.length > 0 && type.maps === undefined && uses(body, keys);
    for (const index of isIndexed ? [integer('int', [0]), int] : [key]) {
      for (const id of keys) at.set(id, { type: index });
      for (const id of items) at.set(id, { type: item, place });
      const end = this.#block(body, at);
      if (end === 'fails') return end;
      if (end === 'break') break;
    }
    return 'end';
  }

  /** Whether a condition holds on this way; `undefined` if no outcome is possible. */
  #choose(branch: Branch, { type, place }: Typed, state: State): boolean | undefined {
    const [may, mayNot] = [true, false].map(
      (outcome) => !isNever(this.#program.language.truth(type, outcome)),
    );
    if (may !== true || mayNot !== true) return may === true ? true : mayNot === true ? false : undefined;
    const key = place === undefined ? this.#keyOf(branch.value, state) : placeKey(place);
    const known = this.#decided.get(key);
    if (known !== undefined) return known;
    this.#branches.push(branch);
    const holds = this.#plan.forced[branch.position] ?? this.#plan.others !== branch.negated;
    this.#decided.set(key, holds);
    return holds;
  }

  /** Two conditions with the same key have the same outcome. */
  #keyOf(expression: Expression, state: State): string {
    switch (expression.kind) {
      case 'constant':
        return expression.text;
      case 'variable': {
        const { place } = state.get(expression.id);
        return place === undefined ? '?' : placeKey(place);
      }
      case 'fields':
        return `${this.#keyOf(expression.base, state)} ${expression.names.join(' ')}`;
      case 'assignment':
        return this.#keyOf(expression.value, state);
      case 'call':
        return `(${[expression.name, ...expression.args.map((argument) => this.#keyOf(argument, state))].join(' ')})`;
    }
  }
}

/** Whether statements read one of some variables. */
function uses(statements: readonly Statement[], ids: readonly VariableId[]): boolean {
  const isRead = (part: Expression): boolean => part.kind === 'variable' && ids.includes(part.id);
  return statements.some(
    (statement) =>
      expressionsOf(statement).some((expression) => partsOf(expression).some(isRead)) ||
      uses(nestedIn(statement), ids),
  );
}

const placeKey = ({ root, path }: NonNullable<Typed['place']>): string => [String(root), ...path].join(' ');

/** Stands for an encoding when a function is tried on it. */
const MARK = 'MARK';

/** The single value of a type, for types of arguments beside an encoding. */
function constantOf({ integers, strings }: Type): Value {
  const [number] = integers?.values ?? [];
  const [text] = strings?.values ?? [];
  return number === undefined ? text : intValue(number);
}
