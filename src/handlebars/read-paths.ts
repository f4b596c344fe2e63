import type { ReadPath, ReadRule } from '../template/extension.ts';
import type { FunctionTable } from '../template/index.ts';
import { lineAndColumn } from '../template/index.ts';
import { bodiesOf, offsetOf, simpleName } from './syntax.ts';

/**
 * The paths of the data that a value may be. Empty for constants, and for data that already counts as read as a whole.
 */
type Parts = readonly (readonly string[])[];

const EACH = '*';

/** Longest path that is followed. Nested `each` blocks always end, because this language has no recursion. */
const MAX_LENGTH = 64;

/** Names in scope: block parameters by name, and the contexts that `../` can refer to. */
interface Scope {
  readonly context: Parts;
  readonly outer: Scope | undefined;
  readonly names: ReadonlyMap<string, Parts>;
}

/**
 * The paths that a template reads, found from its (checked) syntax tree alone. The result may contain too much, never
 * too little: `../` may refer to any surrounding context, because the language skips those that do not change.
 */
export function readPathsOf(
  text: string,
  program: hbs.AST.Program,
  functions: FunctionTable,
): readonly ReadPath[] {
  const analysis = new Analysis(text, functions);
  analysis.program(program, { context: [[]], outer: undefined, names: new Map() });
  return analysis.reads;
}

class Analysis {
  readonly reads: ReadPath[] = [];
  readonly #text: string;
  readonly #functions: FunctionTable;
  readonly #known = new Set<string>();

  constructor(text: string, functions: FunctionTable) {
    this.#text = text;
    this.#functions = functions;
  }

  program(program: hbs.AST.Program, scope: Scope): void {
    for (const statement of program.body) {
      if (statement.type === 'MustacheStatement') {
        const [value] = (statement as hbs.AST.MustacheStatement).params;
        if (value !== undefined) this.#read(value, this.#value(value, scope), true);
      } else if (statement.type === 'BlockStatement') {
        this.#block(statement as hbs.AST.BlockStatement, scope);
      }
    }
  }

  #block(node: hbs.AST.BlockStatement, scope: Scope): void {
    const [argument] = node.params;
    if (argument === undefined) return;
    const value = this.#value(argument, scope);
    const name = simpleName(node.path);
    // The block depends on whether a list or map is empty, and on the value of a scalar.
    this.#read(argument, value, false);
    const { program, inverse } = bodiesOf(node);
    if (inverse !== undefined) this.program(inverse, scope);
    if (program === undefined) return;
    if (name !== 'each' && name !== 'with') {
      this.program(program, scope);
      return;
    }
    const context = name === 'each' ? value.map((path) => [...path, EACH]) : value;
    if (name === 'each') this.#read(argument, context, false);
    const [first, second] = (program.blockParams as string[] | undefined) ?? [];
    const names = new Map(scope.names);
    if (first !== undefined) names.set(first, context);
    if (second !== undefined) names.set(second, []);
    this.program(program, { context, outer: scope, names });
  }

  /** The paths that an expression may be. The reads of its sub-expressions are recorded. */
  #value(node: hbs.AST.Expression, scope: Scope): Parts {
    if (node.type === 'SubExpression') return this.#callResult(node as hbs.AST.SubExpression, scope);
    if (node.type !== 'PathExpression') return [];
    return this.#path(node as hbs.AST.PathExpression, scope);
  }

  #path({ data, depth, parts, original }: hbs.AST.PathExpression, scope: Scope): Parts {
    if (data) return parts[0] === 'root' ? [parts.slice(1)] : [];
    const [first, ...rest] = parts;
    if (depth === 0) {
      const named = first === undefined || original.startsWith('this') ? undefined : scope.names.get(first);
      return named === undefined ? extend(scope.context, parts) : extend(named, rest);
    }
    const reachable: (readonly string[])[] = [];
    for (let at = scope.outer; at !== undefined; at = at.outer) reachable.push(...extend(at.context, parts));
    return [...reachable, ...extend(scope.context, parts)];
  }

  #callResult(node: hbs.AST.SubExpression, scope: Scope): Parts {
    const args = node.params.map((param) => this.#value(param, scope));
    if (simpleName(node.path) === 'lookup') {
      const [object = [], key = []] = args;
      const [objectNode, keyNode] = node.params;
      if (objectNode !== undefined) this.#read(objectNode, object, false);
      if (keyNode?.type === 'StringLiteral')
        return extend(object, [(keyNode as hbs.AST.StringLiteral).value]);
      if (keyNode !== undefined) this.#read(keyNode, key, true);
      return extend(object, [EACH]);
    }
    const called = this.#functions.get(simpleName(node.path) ?? '');
    if (called !== undefined && 'call' in called && called.reads !== undefined)
      return this.#follow(called.reads, node, args);
    node.params.forEach((param, index) => {
      this.#read(param, args[index] ?? [], true);
    });
    return [];
  }

  #follow(rule: ReadRule, node: hbs.AST.SubExpression, args: readonly Parts[]): Parts {
    const read = (parts: Parts, subtree: boolean): Parts => {
      this.#read(node, parts, subtree);
      return parts;
    };
    const readAll = (values: readonly Parts[]): Parts => {
      for (const value of values) read(value, true);
      return [];
    };
    return rule<Parts>({
      args: args.map((value, index) => ({ value, ...keyOf(node.params[index]) })),
      nothing: [],
      readPlainly: (parts) => void read(parts, false),
      readWhole: (parts) => void read(parts, true),
      under: (parts, key) => read(extend(parts, [key ?? EACH]), false),
      oneOf: (values) => values.flat(),
      mapOf: (entries) => readAll(entries.map(({ value }) => value)),
      withEntries: (map, entries) => readAll([map, ...entries.map(({ value }) => value)]),
      mergedWith: (map, others) => readAll([map, ...others]),
    });
  }

  #read(node: hbs.AST.Node, parts: Parts, subtree: boolean): void {
    for (const path of parts) {
      const long = path.length > MAX_LENGTH;
      const kept = long ? path.slice(0, MAX_LENGTH) : path;
      const position = offsetOf(this.#text, node.loc);
      const key = JSON.stringify([kept, subtree || long, position]);
      if (this.#known.has(key)) continue;
      this.#known.add(key);
      const exactField = node.type === 'PathExpression' && (node as hbs.AST.PathExpression).depth === 0;
      this.reads.push({
        path: kept,
        subtree: subtree || long,
        exactField,
        ...lineAndColumn(this.#text, position),
      });
    }
  }
}

/** The key, if an argument is a constant. */
function keyOf(node: hbs.AST.Expression | undefined): { key?: string } {
  if (node?.type !== 'StringLiteral' && node?.type !== 'NumberLiteral') return {};
  return { key: String((node as hbs.AST.StringLiteral | hbs.AST.NumberLiteral).value) };
}

const extend = (parts: Parts, fields: readonly string[]): Parts => parts.map((path) => [...path, ...fields]);
