import type { ReadArgument, ReadRule } from '../reads.ts';
import { DATA } from './program.ts';
import type { Branch, Call, Expression, Program, Statement, VariableId } from './program.ts';
import { unknown } from './type.ts';

/*
 * What the values that a template prints are made of, found without running it. Values are followed through variables,
 * functions, maps that the template makes or changes, and templates that it calls. A condition is not followed: where
 * it chooses between texts of the template, its author has written them all. The result may contain too much, never too
 * little.
 */

/** What a value is made of. */
export interface Flow {
  /**
   * The paths of the data from which it is made, with `*` for every element of a list and every value of a map.
   *
   * @param fields asks only about what is at these nested fields of the value, also if it encodes the map with them
   */
  paths(fields?: readonly string[]): readonly (readonly string[])[];
}

/** What a template prints is made of. */
export interface Flows {
  /** Everything that it prints. */
  readonly all: Flow;
  /** The value that it prints at a position of its text. */
  at(position: number): Flow;
}

const EACH = '*';

// Longer paths, and variables with more possible parts, come from loops and recursion. Beyond the first, the path's
// beginning stands for it; beyond the others, all data.
const MAX_LENGTH = 16;
const MAX_PARTS = 64;
const MAX_STEPS = 20_000;

class OutOfSteps extends Error {}

/** A value: a part of the data, or one that the template computes or makes. What is known of it only grows. */
class Part {
  /** Where it is in the data, if it is a part of that. */
  readonly path: readonly string[] | undefined;
  /** The values from which it is computed. */
  readonly sources = new Set<Part>();
  /** What the template has put into it, by key. */
  readonly fields = new Map<string, Set<Part>>();

  readonly #below = new Map<string, Part>();

  constructor(path?: readonly string[]) {
    this.path = path;
  }

  /** The part of the data under a key of this one, always the same. */
  below(path: readonly string[], key: string): Part {
    if (path.length >= MAX_LENGTH) return this;
    return found(this.#below, key, () => new Part([...path, key]));
  }
}

type Parts = ReadonlySet<Part>;

const none: Parts = new Set();

/** The answer of a rule whose function returns none of its arguments. */
const computed: Parts = new Set();

/** What the values are made of that a template prints. */
export function flowsOf(program: Program): Flows {
  const analysis = new Analysis(program);
  try {
    analysis.run();
  } catch (error) {
    if (!(error instanceof OutOfSteps || error instanceof RangeError)) throw error;
    const anything: Flow = { paths: () => [[]] };
    return { all: anything, at: () => anything };
  }
  const answers = new Map<string, readonly (readonly string[])[]>();
  const flow = (position?: number): Flow => ({
    paths: (fields = []) =>
      found(answers, JSON.stringify([position, ...fields]), () => analysis.pathsOf(position, fields)),
  });
  return { all: flow(), at: flow };
}

class Analysis {
  readonly #program: Program;
  readonly #data = new Part([]);
  readonly #computed = new Map<Call | Branch, Part>();
  /** The variables of each body. */
  readonly #variables = new Map<readonly Statement[], Map<VariableId, Set<Part>>>();
  readonly #printed = new Map<number, Set<Part>>();
  readonly #booleans = new Map<Call, boolean>();
  #body: Map<VariableId, Set<Part>> = new Map();
  #changed = false;
  #steps = MAX_STEPS;

  constructor(program: Program) {
    this.#program = program;
  }

  /** Walks the bodies repeatedly until nothing grows any more. */
  run(): void {
    const { main, templates } = this.#program;
    this.#grow(this.#variablesOf(main), DATA, new Set([this.#data]));
    do {
      this.#changed = false;
      for (const body of [main, ...templates.values()]) {
        this.#body = this.#variablesOf(body);
        this.#block(body);
      }
    } while (this.#changed);
    this.#steps = MAX_STEPS;
  }

  /**
   * The paths from which is made what is printed at a position, or anywhere. The answers to all questions together may
   * take as many steps as the analysis.
   */
  pathsOf(position: number | undefined, fields: readonly string[]): readonly (readonly string[])[] {
    try {
      const printed =
        position === undefined
          ? this.#union([...this.#printed.values()])
          : (this.#printed.get(position) ?? none);
      const paths: (readonly string[])[] = [];
      const seen = new Set<Part>(fields.reduce((at, name) => this.#under(at, name), printed));
      for (const part of seen) {
        this.#step();
        if (part.path !== undefined) paths.push(part.path);
        for (const below of [part.sources, ...part.fields.values()]) this.#addTo(seen, below);
      }
      return paths;
    } catch (error) {
      if (error instanceof OutOfSteps) return [[]];
      throw error;
    }
  }

  #step(more = 0): void {
    this.#steps -= 1 + more;
    if (this.#steps < 0) throw new OutOfSteps();
  }

  #variablesOf(body: readonly Statement[]): Map<VariableId, Set<Part>> {
    return found(this.#variables, body, () => new Map<VariableId, Set<Part>>());
  }

  #block(statements: readonly Statement[]): void {
    for (const statement of statements) this.#statement(statement);
  }

  #statement(statement: Statement): void {
    this.#step();
    switch (statement.kind) {
      case 'emit':
        this.#grow(this.#printed, statement.position, this.#value(statement.value));
        break;
      case 'evaluate':
        this.#value(statement.value);
        break;
      case 'template': {
        const { name, argument } = statement;
        const value = argument === undefined ? none : this.#value(argument);
        const body = this.#program.templates.get(name);
        if (body !== undefined) this.#grow(this.#variablesOf(body), DATA, value);
        break;
      }
      case 'if':
      case 'with':
      case 'range':
        this.#branch(statement);
        break;
      default:
    }
  }

  #branch(branch: Branch): void {
    const { kind, items, keys, body, otherwise } = branch;
    const value = this.#value(branch.value);
    const item = kind === 'range' ? this.#under(value, EACH) : value;
    for (const id of items) this.#grow(this.#body, id, item);
    for (const id of keys) this.#grow(this.#body, id, this.#computedFrom(branch, [value]));
    this.#block(body);
    this.#block(otherwise);
  }

  #value(expression: Expression): Parts {
    this.#step();
    switch (expression.kind) {
      case 'constant':
        return none;
      case 'variable':
        return this.#body.get(expression.id) ?? none;
      case 'fields':
        return expression.names.reduce((at, name) => this.#under(at, name), this.#value(expression.base));
      case 'assignment': {
        const value = this.#value(expression.value);
        for (const id of expression.ids) this.#grow(this.#body, id, value);
        return value;
      }
      case 'call':
        return this.#call(expression);
    }
  }

  #call(call: Call): Parts {
    const { called, args } = call;
    const given = args.map((argument, index): ReadArgument<Parts> => {
      const value = this.#value(argument);
      const key = constantKey(argument);
      // A condition chooses between other arguments.
      const isCondition = (called.params[index] ?? called.variadic) === 'bool';
      return { value: isCondition ? none : value, ...(key === undefined ? {} : { key }) };
    });
    const result = called.reads === undefined ? computed : this.#follow(called.reads, call, given);
    if (result !== computed) return result;
    if (found(this.#booleans, call, () => isBoolean(call))) return none;
    return this.#computedFrom(
      call,
      given.map(({ value }) => value),
    );
  }

  #follow(rule: ReadRule, call: Call, args: readonly ReadArgument<Parts>[]): Parts {
    return rule<Parts>({
      args,
      nothing: computed,
      readPlainly: () => undefined,
      readWhole: () => undefined,
      under: (parts, key) => this.#under(parts, key ?? EACH),
      oneOf: (values) => this.#union(values),
      mapOf: (entries) => {
        const map = this.#computedFrom(call, []);
        for (const { key = EACH, value } of entries) this.#put(map, key, value);
        return map;
      },
      withEntries: (map, entries) => {
        for (const { key = EACH, value } of entries) this.#put(map, key, value);
        return map;
      },
      mergedWith: (map, others) => {
        for (const part of map) for (const other of others) this.#add(part.sources, other);
        return this.#union([map, ...others]);
      },
    });
  }

  #put(map: Parts, key: string, value: Parts): void {
    for (const part of map) this.#grow(part.fields, key, value);
  }

  #computedFrom(at: Call | Branch, values: readonly Parts[]): Parts {
    const part = found(this.#computed, at, () => new Part());
    for (const value of values) this.#add(part.sources, value);
    return new Set([part]);
  }

  /** What may be under a key of values: of a text that encodes a map, too. */
  #under(parts: Parts, name: string): Parts {
    const key = /^\d+$/.test(name) ? EACH : name;
    const result = new Set<Part>();
    const seen = new Set<Part>(parts);
    for (const part of seen) {
      this.#step();
      if (part.path !== undefined) result.add(part.below(part.path, key));
      if (key === EACH) for (const values of part.fields.values()) this.#addTo(result, values);
      else for (const own of [key, EACH]) this.#addTo(result, part.fields.get(own) ?? none);
      this.#addTo(seen, part.sources);
      // A list is made of its items.
      if (key === EACH) this.#addTo(result, part.sources);
    }
    return result;
  }

  #union(values: readonly Parts[]): Parts {
    const [only] = values;
    if (only !== undefined && values.length === 1) return only;
    const union = new Set<Part>();
    for (const parts of values) this.#addTo(union, parts);
    return union;
  }

  #addTo(all: Set<Part>, parts: Parts): void {
    this.#step(parts.size);
    for (const part of parts) all.add(part);
  }

  #grow<Key>(cells: Map<Key, Set<Part>>, key: Key, parts: Parts): void {
    this.#add(
      found(cells, key, () => new Set<Part>()),
      parts,
    );
  }

  #add(cell: Set<Part>, parts: Parts): void {
    for (const part of parts) {
      this.#step();
      const more = cell.size < MAX_PARTS ? part : this.#data;
      if (cell.has(part) || cell.has(more)) continue;
      cell.add(more);
      this.#changed = true;
    }
  }
}

/** The entry of a map, which is made if it is not there. */
function found<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

/** The key that an argument is, if it is a constant. */
function constantKey(argument: Expression): string | undefined {
  if (argument.kind !== 'constant') return undefined;
  const { strings, integers } = argument.type;
  const [key] = strings?.values ?? integers?.values ?? [];
  return key === undefined ? undefined : String(key);
}

/** Whether a call returns nothing but booleans, which hold nothing of its arguments. */
function isBoolean({ called, args }: Call): boolean {
  const kinds = Object.keys(called.result?.(args.map(() => unknown)) ?? unknown);
  return kinds.length === 1 && kinds[0] === 'booleans';
}
