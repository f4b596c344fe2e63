import { program as programs } from '../../template/index.ts';
import type { DecisionPoint, Template, TemplateFunction, Wish } from '../../template/index.ts';

/*
 * Finds where the values of a template come from. The program of a template is walked once. Every expression becomes an
 * origin, a tree whose leaves are data and constants. Every decision point becomes a list of sites: the value that
 * decides there, and the guards that must hold for a run to reach it.
 */

/** Where a value comes from. */
export type Origin =
  /** The data of the template. */
  | { readonly kind: 'data' }
  | { readonly kind: 'constant'; readonly value: unknown }
  | { readonly kind: 'field'; readonly of: Origin; readonly name: string }
  /** The present element of a loop: an item of a list, or a value of a map. */
  | { readonly kind: 'item'; readonly of: Origin; readonly loop: number }
  /** The present key or index of a loop. */
  | { readonly kind: 'key'; readonly of: Origin; readonly loop: number }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly called: TemplateFunction;
      readonly args: readonly Origin[];
    }
  /** A variable that is set in several ways: the first option whose guards hold counts. */
  | { readonly kind: 'several'; readonly options: readonly Option[] }
  | { readonly kind: 'unknown' };

interface Option {
  readonly value: Origin;
  readonly guards: readonly Guard[];
}

/** A condition that must hold. */
export interface Guard {
  readonly origin: Origin;
  readonly wish: Wish;
}

/** One way to reach a decision point. */
export interface Site {
  readonly guards: readonly Guard[];
  readonly decides: Origin;
}

/** A printed value, or literal text, with the guards that lead to it. */
export interface Output {
  readonly guards: readonly Guard[];
  readonly value: Origin;
}

/** How runs of a template reach its decision points and its output. */
export interface Flow {
  readonly sites: ReadonlyMap<DecisionPoint, readonly Site[]>;
  readonly outputs: readonly Output[];
  /** Whether the walk finished, so that all sites are known. */
  readonly complete: boolean;
}

// Templates and branches multiply. Beyond these limits they are not followed.
const MAX_STATEMENTS = 4_000;
const MAX_CALLS = 6;
const MAX_SITES = 6;
const MAX_OPTIONS = 6;
const MAX_GUARDS = 24;
const MAX_OUTPUTS = 64;

const there: Wish = { want: 'truth', holds: true };
const missing: Wish = { want: 'truth', holds: false };
const unknown: Origin = { kind: 'unknown' };

type Variables = ReadonlyMap<programs.VariableId, Origin>;

/** Walks a template once. */
export function flowOf(template: Template): Flow {
  const walk = new Walk(template);
  walk.run();
  return walk;
}

class Walk implements Flow {
  readonly sites = new Map<DecisionPoint, Site[]>();
  readonly outputs: Output[] = [];
  complete = true;
  readonly #program: programs.Program;
  readonly #points: ReadonlyMap<string, DecisionPoint>;
  #left = MAX_STATEMENTS;
  #calls = 0;
  #loops = 0;
  #variables = new Map<programs.VariableId, Origin>();
  #guards: readonly Guard[] = [];

  constructor({ program, decisions }: Template) {
    this.#program = program;
    this.#points = new Map(decisions.map((point) => [keyOf(point.kind, point.position), point]));
  }

  run(): void {
    this.#variables.set(programs.DATA, { kind: 'data' });
    this.#statements(this.#program.main);
  }

  #statements(nodes: readonly programs.Statement[]): void {
    for (const node of nodes) {
      if (this.#left-- <= 0) {
        this.complete = false;
        return;
      }
      this.#statement(node);
    }
  }

  #statement(node: programs.Statement): void {
    switch (node.kind) {
      case 'text':
        this.#output({ kind: 'constant', value: node.text });
        break;
      case 'emit':
        this.#output(this.#origin(node.value));
        break;
      case 'evaluate':
        this.#origin(node.value);
        break;
      case 'template':
        this.#template(node);
        break;
      case 'if':
      case 'with':
      case 'range':
        this.#branch(node);
        break;
      default:
    }
  }

  #output(value: Origin): void {
    if (this.outputs.length < MAX_OUTPUTS) this.outputs.push({ guards: this.#guards, value });
  }

  #template({ name, argument }: programs.CallTemplate): void {
    const data = argument === undefined ? unknown : this.#origin(argument);
    const body = this.#program.templates.get(name);
    if (body === undefined || this.#calls >= MAX_CALLS) {
      this.complete &&= body === undefined;
      return;
    }
    const outer = this.#variables;
    this.#calls++;
    this.#variables = new Map([[programs.DATA, data]]);
    this.#statements(body);
    this.#variables = outer;
    this.#calls--;
  }

  #branch(node: programs.Branch): void {
    const decides = this.#origin(node.value);
    this.#site(this.#points.get(keyOf(kindOf(node, this.#program), node.position)), decides);
    const [then, otherwise] = node.negated ? [missing, there] : [there, missing];
    const before = this.#variables;
    const inBody = this.#within({ origin: decides, wish: then }, () => {
      this.#bind(node, decides);
      this.#statements(node.body);
    });
    const inOther = this.#within({ origin: decides, wish: otherwise }, () => {
      this.#statements(node.otherwise);
    });
    this.#variables = merged(before, [
      [inBody, { origin: decides, wish: then }],
      [inOther, { origin: decides, wish: otherwise }],
    ]);
  }

  #bind({ kind, items, keys }: programs.Branch, of: Origin): void {
    if (kind !== 'range') {
      for (const id of items) this.#variables.set(id, of);
      return;
    }
    const loop = this.#loops++;
    for (const id of items) this.#variables.set(id, { kind: 'item', of, loop });
    for (const id of keys) this.#variables.set(id, { kind: 'key', of, loop });
  }

  /** Walks with one more guard. Returns the variables at the end. */
  #within(guard: Guard, walk: () => void): Variables {
    const [variables, guards] = [this.#variables, this.#guards];
    this.#variables = new Map(variables);
    this.#guards = [...guards, guard].slice(-MAX_GUARDS);
    walk();
    const after = this.#variables;
    this.#variables = variables;
    this.#guards = guards;
    return after;
  }

  #site(point: DecisionPoint | undefined, decides: Origin): void {
    if (point === undefined) return;
    const known = this.sites.get(point);
    if (known === undefined) this.sites.set(point, [{ guards: this.#guards, decides }]);
    else if (known.length < MAX_SITES) known.push({ guards: this.#guards, decides });
  }

  #origin(node: programs.Expression): Origin {
    switch (node.kind) {
      case 'constant':
        return constantOf(node);
      case 'variable':
        return this.#variables.get(node.id) ?? unknown;
      case 'fields':
        return node.names.reduce<Origin>(
          (of, name) => ({ kind: 'field', of, name }),
          this.#origin(node.base),
        );
      case 'assignment': {
        const value = this.#origin(node.value);
        for (const id of node.ids) this.#variables.set(id, value);
        return value;
      }
      case 'call': {
        const { name, called, position } = node;
        const args = this.#argumentsOf(node);
        const origin: Origin = { kind: 'call', name, called, args };
        this.#site(this.#points.get(keyOf(name, position)), origin);
        return origin;
      }
    }
  }

  /**
   * The arguments of a call. An argument that may stay unevaluated is reached only if those before it do not stop the
   * evaluation.
   */
  #argumentsOf({ called, args }: programs.Call): readonly Origin[] {
    const { stopsAt } = called;
    if (stopsAt === undefined) return args.map((argument) => this.#origin(argument));
    const guards = this.#guards;
    const origins = args.map((argument) => {
      const origin = this.#origin(argument);
      this.#guards = [...this.#guards, { origin, wish: stopsAt ? missing : there }].slice(-MAX_GUARDS);
      return origin;
    });
    this.#guards = guards;
    return origins;
  }
}

const keyOf = (kind: string, position: number): string => `${kind} ${String(position)}`;

function kindOf({ kind, negated }: programs.Branch, { language }: programs.Program): string {
  if (negated) return 'unless';
  return kind === 'range' ? language.loop : kind;
}

/** Variables after a branch: each may have the value from either way. */
function merged(
  before: Variables,
  ways: readonly (readonly [after: Variables, guard: Guard])[],
): Map<programs.VariableId, Origin> {
  const result = new Map(before);
  for (const [id, origin] of before) {
    if (ways.every(([after]) => after.get(id) === origin)) continue;
    const options = ways.flatMap(([after, guard]): readonly Option[] => {
      const value = after.get(id) ?? unknown;
      if (value.kind !== 'several' || value === origin) return [{ value, guards: [guard] }];
      return value.options.map((option) => ({ ...option, guards: [guard, ...option.guards] }));
    });
    result.set(id, { kind: 'several', options: options.slice(0, MAX_OPTIONS) });
  }
  return result;
}

/** The value of a constant, taken from its type. */
function constantOf({ type }: programs.Constant): Origin {
  const { strings, booleans, integers } = type;
  const kinds = Object.keys(type);
  if (kinds.length !== 1) return kinds.length === 0 ? { kind: 'constant', value: undefined } : unknown;
  if (type.null === true || type.absent === true) return { kind: 'constant', value: undefined };
  const values: readonly unknown[] = strings?.values ?? booleans ?? integers?.values ?? [];
  return values.length === 1 ? { kind: 'constant', value: values[0] } : unknown;
}
