import { Lines } from './errors.ts';
import type { FunctionTable, ParamType, TemplateFunction } from './function.ts';
import type { ReadArgument, ReadRule } from './reads.ts';
import type {
  ActionLike,
  BranchNode,
  CommandNode,
  IdentifierNode,
  ListNode,
  OperandNode,
  PipeNode,
  TemplateNode,
  VariableNode,
} from './syntax/node.ts';
import { VariableStack } from './scope.ts';
import type { Declared } from './scope.ts';

/*
 * What a template may read of its data, found from its syntax tree alone. Values are followed through variables,
 * `with`, `range`, templates and the functions that return their arguments. The result may contain too much, never too
 * little.
 */

/** A part of the data that a template may read. */
export interface ReadPath {
  /**
   * Keys, starting at the template's data. `*` means every element of a list and every value of a map. Empty means all
   * data.
   */
  readonly path: readonly string[];
  /**
   * Whether everything below is read. Otherwise only these are read: whether there is a value, its kind, whether it is
   * empty, and a scalar itself. A path that ends in `*` also reads the keys or the number of items.
   */
  readonly subtree: boolean;
  /** Whether it is written as a field (`.spec.port`). If that field cannot exist, it is most likely misspelt. */
  readonly exactField: boolean;
  /** Where it is read, from 1. */
  readonly line: number;
  readonly column: number;
}

/** A part of the data that may be the value. */
interface Part {
  readonly path: readonly string[];
  readonly position: number;
  readonly exact: boolean;
}

type Parts = readonly Part[];

interface Read extends Part {
  readonly subtree: boolean;
}

/** Every element or value. */
const EACH = '*';

// Longer paths, and variables with more possible parts, come from loops and recursion. From there on, they count as
// reading everything.
const MAX_LENGTH = 16;
const MAX_PARTS = 64;
const MAX_PASSES = 100;

/**
 * The paths that a template reads, in the order of its text.
 *
 * @param trees the template and those that it defines, by name
 * @param functions all functions that the template can call, by name
 */
export function readPathsOf(
  text: string,
  root: ListNode,
  trees: ReadonlyMap<string, ListNode>,
  functions: FunctionTable,
): readonly ReadPath[] {
  const analysis = new Analysis(trees, functions);
  const lines = new Lines(text);
  return analysis.run(root).map(({ path, subtree, exact, position }) => ({
    path,
    subtree,
    exactField: exact,
    ...lines.at(position),
  }));
}

/** Everything that a variable, or the dot of a defined template, may be. It only grows. */
class Cell {
  readonly #parts = new Map<string, Part>();
  #everything = false;

  get parts(): Parts {
    return this.#everything ? [] : [...this.#parts.values()];
  }

  /**
   * Adds a part, and returns whether it was new. Beyond the limit, parts go to `overflow`, and the cell stands for
   * none.
   */
  add(part: Part, overflow: (part: Part) => void): boolean {
    const key = keyOf(part);
    if (this.#parts.has(key)) return false;
    this.#parts.set(key, part);
    if (!this.#everything && this.#parts.size > MAX_PARTS) {
      this.#everything = true;
      for (const known of this.#parts.values()) overflow(known);
    } else if (this.#everything) {
      overflow(part);
    }
    return true;
  }
}

const keyOf = ({ path, position }: Part): string => JSON.stringify([position, ...path]);

type Variable = Declared & { readonly cell: Cell };

class Analysis {
  readonly #trees: ReadonlyMap<string, ListNode>;
  readonly #functions: FunctionTable;
  readonly #reads = new Map<string, Read>();
  readonly #variables = new Map<VariableNode, Cell>();
  readonly #dots = new Map<string, Cell>();
  #scope = new VariableStack<Variable>();
  #conditional = false;
  #changed = false;

  constructor(trees: ReadonlyMap<string, ListNode>, functions: FunctionTable) {
    this.#trees = trees;
    this.#functions = functions;
  }

  /** Walks the trees repeatedly until no variable grows any more. */
  run(root: ListNode): Read[] {
    const data: Part = { path: [], position: root.position, exact: false };
    let passes = 0;
    do {
      this.#changed = false;
      this.#body(root, [data]);
      for (const [name, dot] of [...this.#dots]) {
        const tree = this.#trees.get(name);
        if (tree) this.#body(tree, dot.parts);
      }
      if (++passes === MAX_PASSES) this.#record(data, true);
    } while (this.#changed && passes < MAX_PASSES);
    return [...this.#reads.values()].sort((a, b) => a.position - b.position);
  }

  #body(tree: ListNode, dot: Parts): void {
    const root = new Cell();
    for (const part of dot) root.add(part, (overflow) => this.#record(overflow, true));
    this.#scope = new VariableStack();
    this.#scope.push({ name: '$', cell: root, conditional: false });
    this.#list(tree, dot);
  }

  #list(list: ListNode, dot: Parts): void {
    this.#scope.within(() => {
      for (const node of list.nodes) this.#action(node, dot);
    });
  }

  #action(node: ActionLike, dot: Parts): void {
    switch (node.kind) {
      case 'action': {
        const value = this.#pipeline(node.pipe, dot);
        if (node.pipe.variables.length === 0) this.#consume(value, true);
        break;
      }
      case 'template':
        this.#template(node, dot);
        break;
      case 'if':
      case 'range':
      case 'with':
        this.#scope.within(() => this.#branch(node, dot));
        break;
      default:
    }
  }

  #branch(node: BranchNode, dot: Parts): void {
    const value = this.#pipeline(node.pipe, dot, node.kind !== 'range');
    this.#consume(value, false);
    if (node.kind === 'range') this.#rangeBody(node, value);
    else this.#list(node.list, node.kind === 'with' ? value : dot);
    if (node.elseList) this.#list(node.elseList, dot);
  }

  #rangeBody(node: BranchNode, value: Parts): void {
    const elements = this.#step(value, EACH, node.pipe.position, false);
    const last = node.pipe.variables.at(-1);
    if (last) for (const cell of this.#cells(last.name)) this.#grow(cell, elements);
    this.#list(node.list, elements);
  }

  #template(node: TemplateNode, dot: Parts): void {
    const value = node.pipe ? this.#pipeline(node.pipe, dot) : [];
    let cell = this.#dots.get(node.name);
    if (!cell) {
      cell = new Cell();
      this.#dots.set(node.name, cell);
      this.#changed = true;
    }
    this.#grow(cell, value);
  }

  #grow(cell: Cell, parts: Parts): void {
    for (const part of parts) {
      if (cell.add(part, (overflow) => this.#record(overflow, true))) this.#changed = true;
    }
  }

  // The variables of a range are the whole collection only if that is empty, and then there is nothing to read.
  #pipeline(node: PipeNode, dot: Parts, sets = true): Parts {
    let value: Parts | undefined;
    for (const command of node.commands) value = this.#command(command, dot, value);
    const parts = value ?? [];
    for (const variable of node.variables) {
      if (!node.assigns) this.#declare(variable);
      if (sets) for (const cell of this.#cells(variable.name)) this.#grow(cell, parts);
    }
    return parts;
  }

  #declare(node: VariableNode): void {
    let cell = this.#variables.get(node);
    if (!cell) {
      cell = new Cell();
      this.#variables.set(node, cell);
    }
    this.#scope.push({ name: node.name, cell, conditional: this.#conditional });
  }

  /** The variables that a name may mean here. */
  #cells(name: string): Cell[] {
    return this.#scope.candidates(name).map(({ cell }) => cell);
  }

  #command(node: CommandNode, dot: Parts, final: Parts | undefined): Parts {
    const [first, ...rest] = node.words;
    if (first.kind === 'identifier') return this.#call(first, rest, dot, final);
    // Arguments of a method: data has no methods, but evaluating the arguments counts as reading them.
    for (const arg of rest) this.#consume(this.#operand(arg, dot), true);
    if (final) this.#consume(final, true);
    return this.#operand(first, dot);
  }

  #operand(node: OperandNode, dot: Parts): Parts {
    switch (node.kind) {
      case 'dot':
        return moved(dot, node.position);
      case 'field':
        return this.#fields(dot, node.fields, node.position);
      case 'variable': {
        const value = this.#cells(node.name).flatMap(({ parts }) => parts);
        if (node.fields.length === 0) return moved(value, node.position);
        return this.#fields(value, node.fields, node.position);
      }
      case 'chain':
        return this.#fields(this.#operand(node.operand, dot), node.fields, node.position);
      case 'identifier':
        return this.#call(node, [], dot, undefined);
      case 'pipe':
        return this.#pipeline(node, dot);
      default:
        return [];
    }
  }

  #fields(value: Parts, names: readonly string[], position: number): Parts {
    return names
      .reduce((parts, name) => this.#extend(parts, name, position, true), value)
      .map((part) => {
        this.#record(part, false);
        return part;
      });
  }

  /** Goes one key deeper, which counts as a read. */
  #step(value: Parts, key: string, position: number, exact: boolean): Parts {
    const parts = this.#extend(value, key, position, exact);
    this.#consume(parts, false);
    return parts;
  }

  #extend(value: Parts, key: string, position: number, exact: boolean): Parts {
    return value.flatMap((part) => {
      const path = [...part.path, key];
      if (path.length <= MAX_LENGTH) return [{ path, position, exact }];
      this.#record(part, true);
      return [];
    });
  }

  #consume(value: Parts, subtree: boolean): void {
    for (const part of value) this.#record(part, subtree);
  }

  #record(part: Part, subtree: boolean): void {
    // Data always exists, so testing that reads nothing.
    if (part.path.length === 0 && !subtree) return;
    const key = keyOf(part);
    const known = this.#reads.get(key);
    this.#reads.set(key, {
      ...part,
      subtree: subtree || known?.subtree === true,
      exact: part.exact || known?.exact === true,
    });
  }

  #call(node: IdentifierNode, args: readonly OperandNode[], dot: Parts, final: Parts | undefined): Parts {
    const named = this.#functions.get(node.name);
    const called = named && 'call' in named ? named : undefined;
    const given: ReadArgument<Parts>[] = args.map((arg, i) => ({
      value: this.#evaluate(arg, dot, i > 0 && called?.stopsAt !== undefined),
      ...keyOfArgument(arg),
    }));
    if (final) given.push({ value: final });
    if (called?.reads) return this.#follow(called.reads, given, node.position);
    this.#consumeByType(called, given);
    return [];
  }

  #follow(rule: ReadRule, args: readonly ReadArgument<Parts>[], position: number): Parts {
    const readWhole = (parts: Parts): void => {
      this.#consume(parts, true);
    };
    const readAll = (values: readonly Parts[]): Parts => {
      values.forEach(readWhole);
      return [];
    };
    return rule<Parts>({
      args,
      nothing: [],
      readPlainly: (parts) => {
        this.#consume(parts, false);
      },
      readWhole,
      under: (parts, key) => this.#step(parts, key ?? EACH, position, false),
      oneOf: (values) => values.flat(),
      mapOf: (entries) => readAll(entries.map(({ value }) => value)),
      withEntries: (map, entries) => readAll([map, ...entries.map(({ value }) => value)]),
      mergedWith: (map, others) => readAll([map, ...others]),
    });
  }

  /** An argument's value. If it may stay unevaluated, its variables are declared conditionally. */
  #evaluate(arg: OperandNode, dot: Parts, conditional: boolean): Parts {
    const outer = this.#conditional;
    this.#conditional ||= conditional;
    const parts = this.#operand(arg, dot);
    this.#conditional = outer;
    return parts;
  }

  /** An unknown function reads all of its arguments. Below scalars there is nothing to read. */
  #consumeByType(called: TemplateFunction | undefined, args: readonly ReadArgument<Parts>[]): void {
    args.forEach(({ value }, i) => {
      const type = called?.params[i] ?? called?.variadic;
      this.#consume(value, type === undefined || !scalars.has(type));
    });
  }
}

const scalars: ReadonlySet<ParamType> = new Set([
  'string',
  'bool',
  'int',
  'int64',
  'uint32',
  'float64',
  'rune',
]);

/** The same parts, read at another position. */
function moved(parts: Parts, position: number): Parts {
  return parts.map(({ path }) => ({ path, position, exact: false }));
}

/** The key, if an argument is a constant. */
function keyOfArgument(node: OperandNode): { key?: string } {
  if (node.kind === 'string') return { key: node.value };
  return node.kind === 'number' && node.int !== undefined ? { key: String(node.int) } : {};
}
