import { Evaluation } from './evaluation.ts';
import type { Listener, TypeFault } from './evaluation.ts';
import { DATA, expressionsOf, partsOf, textOf } from './program.ts';
import type { Branch, CallTemplate, Expression, Program, Statement, VariableId } from './program.ts';
import { newPlace, State } from './state.ts';
import type { Typed } from './state.ts';
import {
  absent,
  anyItem,
  anyValue,
  describeType,
  fingerprint,
  int,
  isNever,
  string,
  union,
  unknown,
  whereFalse,
  without,
} from './type.ts';
import type { Type } from './type.ts';

/** What the types of a template's expressions show. */
export interface TypeReport {
  /** In the order of the text. */
  readonly faults: readonly TypeFault[];
  /** By expression: the types that it can have. */
  readonly types: ReadonlyMap<Expression, Type>;
  /** Whether the whole template was checked. It is not if it is very large or calls itself deeply. */
  readonly complete: boolean;
}

/** How many expressions and statements are checked. The body of a loop or of a called template counts each time. */
const MAX_STEPS = 20_000;

/** Depth to which called templates are followed. */
const MAX_CALLS = 12;

class OutOfSteps extends Error {}

/**
 * Finds the types of all expressions of a template, for data of a type. Never fails: if there is too much, it stops.
 */
export function checkTypes(program: Program, data: Type): TypeReport {
  const checker = new Checker(program);
  const complete = checker.run(data);
  const faults = [...checker.faults.values()].sort((a, b) => a.position - b.position);
  return { faults, types: checker.types, complete };
}

/** The states that leave a loop. */
interface Loop {
  readonly left: State[];
}

class Checker {
  readonly faults = new Map<string, TypeFault>();
  readonly types = new Map<Expression, Type>();
  readonly #program: Program;
  readonly #listener: Listener;
  readonly #evaluation: Evaluation;
  #steps = MAX_STEPS;
  #calls = 0;
  #complete = true;
  /** Above zero, results are not reported: a loop is first walked to find the types of its variables. */
  #silent = 0;
  #loop: Loop | undefined;

  constructor(program: Program) {
    this.#program = program;
    this.#listener = {
      wantsFaults: () => this.#silent === 0,
      fault: (fault) => {
        if (this.#silent === 0) this.faults.set(`${String(fault.position)} ${fault.kind}`, fault);
      },
      seen: (expression, type) => {
        if (this.#silent === 0) this.types.set(expression, union(this.types.get(expression) ?? type, type));
      },
      step: () => {
        this.#step();
      },
    };
    this.#evaluation = new Evaluation(program, this.#listener);
  }

  #step(): void {
    if (--this.#steps < 0) throw new OutOfSteps();
  }

  /** Returns whether everything was checked. */
  run(data: Type): boolean {
    try {
      // A function that changes maps in place may change the data too.
      const known = this.#program.mutates ? unknown : data;
      this.#block(this.#program.main, new State(new Map([[DATA, newPlace(known)]])));
      return this.#complete;
    } catch (error) {
      if (error instanceof OutOfSteps || error instanceof RangeError) return false;
      throw error;
    }
  }

  /** What is known after some statements; `undefined` if their end is never reached. */
  #block(statements: readonly Statement[], state: State): State | undefined {
    let at: State | undefined = state;
    for (const statement of statements) {
      at = this.#statement(statement, at);
      if (at === undefined) return undefined;
    }
    return at;
  }

  #statement(statement: Statement, state: State): State | undefined {
    this.#step();
    switch (statement.kind) {
      case 'text':
        return state;
      case 'emit':
      case 'evaluate':
        return isNever(this.#evaluation.evaluate(statement.value, state).type) ? undefined : state;
      case 'break':
      case 'continue':
        this.#loop?.left.push(state);
        return undefined;
      case 'template':
        this.#callTemplate(statement, state);
        return state;
      case 'range':
        return this.#range(statement, state);
      default:
        return this.#branch(statement, state);
    }
  }

  #callTemplate({ name, argument }: CallTemplate, state: State): void {
    const data: Typed =
      argument === undefined ? { type: absent } : this.#evaluation.evaluate(argument, state);
    const body = this.#program.templates.get(name);
    if (body === undefined || isNever(data.type)) return;
    if (this.#calls >= MAX_CALLS) {
      this.#complete = false;
      return;
    }
    this.#calls++;
    const outer = this.#loop;
    this.#loop = undefined;
    this.#block(body, state.frame(DATA, data.place ?? newPlace(data.type)));
    this.#loop = outer;
    this.#calls--;
  }

  #branch({ kind, value, negated, items, body, otherwise }: Branch, state: State): State | undefined {
    const condition = this.#evaluation.evaluate(value, state);
    const ways = [!negated, negated].map((outcome) => {
      const type = this.#program.language.truth(condition.type, outcome);
      const taken = outcome !== negated;
      if (isNever(type)) return undefined;
      const at = state.clone();
      this.#evaluation.narrow(value, outcome, at);
      if (kind === 'with' && taken) {
        for (const id of items) at.set(id, { ...condition, type });
      }
      return this.#block(taken ? body : otherwise, at);
    });
    return ways.reduce(joined, undefined);
  }

  #range(branch: Branch, state: State): State | undefined {
    const { value, otherwise } = branch;
    const over = this.#evaluation.evaluate(value, state).type;
    if (isNever(over)) return undefined;
    const { item, key } = this.#elements(branch, over);
    const ends: (State | undefined)[] = [];
    if (!isNever(item)) ends.push(...this.#turn(branch, this.#widened(branch, state, item, key), item, key));
    if (isNever(item) || !isNever(whereFalse(over))) ends.push(this.#block(otherwise, state.clone()));
    return ends.reduce(joined, undefined);
  }

  /** The states in which one turn of a loop may end: at its end, and wherever it is left. */
  #turn({ items, keys, body }: Branch, state: State, item: Type, key: Type): readonly (State | undefined)[] {
    const at = state.clone();
    const place = newPlace(item);
    for (const id of keys) at.set(id, { type: key });
    for (const id of items) at.set(id, { type: item, place });
    const outer = this.#loop;
    const loop: Loop = { left: [] };
    this.#loop = loop;
    const end = this.#block(body, at);
    this.#loop = outer;
    return [end, ...loop.left];
  }

  /**
   * The state in which any turn of a loop may begin: variables that it sets have their value from before the loop or
   * from a turn. Types that grow from turn to turn become any value.
   */
  #widened(branch: Branch, state: State, item: Type, key: Type): State {
    const set = [...assignedIn(branch.body), ...branch.items, ...branch.keys].filter((id) => state.has(id));
    if (set.length === 0) return state;
    let at = state.clone();
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      this.#silent++;
      const ends = this.#turn(branch, at, item, key);
      this.#silent--;
      const next = at.clone();
      let stable = true;
      for (const id of set) {
        const before = at.get(id).type;
        const type = ends.reduce(
          (sum, end) => (end === undefined ? sum : union(sum, end.get(id).type)),
          before,
        );
        if (fingerprint(type) !== fingerprint(before)) stable = false;
        next.set(id, { type });
      }
      at = next;
      if (stable) return at;
    }
    for (const id of set) at.set(id, { type: unknown });
    return at;
  }

  /** The types of a loop's variables. If the value cannot be iterated, that is reported. */
  #elements({ value, keys }: Branch, over: Type): { readonly item: Type; readonly key: Type } {
    if (over.unknown === true) return { item: unknown, key: unknown };
    const { strictFields, loop } = this.#program.language;
    const present = without(over, 'absent', 'null');
    const counts = strictFields && over.integers !== undefined && keys.length === 0;
    if (!isNever(present) && present.lists === undefined && present.maps === undefined && !counts) {
      this.#listener.fault({
        kind: 'fails',
        position: value.position,
        message: `"${loop}" goes over a list or a map, but ${textOf(value)} is ${describeType(present)}`,
      });
      return { item: unknown, key: unknown };
    }
    return {
      item: union(
        anyItem(over),
        anyValue(over),
        counts ? { integers: { kinds: over.integers?.kinds ?? [] } } : {},
      ),
      key: over.maps === undefined ? int : over.lists === undefined ? string : union(int, string),
    };
  }
}

const joined = (one: State | undefined, other: State | undefined): State | undefined =>
  one === undefined || other === undefined ? (one ?? other) : one.join(other);

/** How many turns are walked to find the types of a loop's variables. */
const MAX_PASSES = 3;

const assigned = new WeakMap<readonly Statement[], ReadonlySet<VariableId>>();

/** The variables that statements set, at any depth. */
function assignedIn(statements: readonly Statement[]): ReadonlySet<VariableId> {
  const known = assigned.get(statements);
  if (known !== undefined) return known;
  const ids = new Set<VariableId>();
  for (const statement of statements) {
    for (const part of expressionsOf(statement).flatMap(partsOf))
      if (part.kind === 'assignment') for (const id of part.ids) ids.add(id);
    if (!('body' in statement)) continue;
    for (const id of [...statement.items, ...statement.keys]) ids.add(id);
    for (const list of [statement.body, statement.otherwise]) for (const id of assignedIn(list)) ids.add(id);
  }
  assigned.set(statements, ids);
  return ids;
}
