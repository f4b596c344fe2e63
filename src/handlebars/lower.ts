import type {
  Branch,
  Constant,
  Expression,
  Language,
  Program,
  Statement,
  VariableId,
} from '../template/extension.ts';
import { DATA } from '../template/extension.ts';
import type { FunctionTable, TemplateFunction } from '../template/index.ts';
import { types } from '../template/index.ts';
import { lookupFunction } from './lookup.ts';
import { bodiesOf, offsetOf, simpleName } from './syntax.ts';

const { only, truthOf, union, without } = types;

const handlebars: Language = {
  // An empty map is true, unlike in Go.
  truth: (type, outcome) =>
    type.unknown === true
      ? type
      : union(truthOf(without(type, 'maps'), outcome), outcome ? only(type, 'maps') : types.never),
  strictFields: false,
  oneNumber: true,
  loop: 'each',
  root: '@root',
};

/** A template, its syntax checked, as the type checker sees it. */
export function programOf(text: string, program: hbs.AST.Program, functions: FunctionTable): Program {
  const lowering = new Lowering(text, functions);
  const main = lowering.block(program, { dot: DATA, outer: undefined, names: new Map() });
  return { main, templates: new Map(), language: handlebars, mutates: lowering.mutates };
}

/** Names in scope: block parameters, and the values that `@` and `../` refer to. */
interface Scope {
  readonly dot: VariableId;
  readonly outer: Scope | undefined;
  readonly names: ReadonlyMap<string, VariableId>;
  /** The variable behind `@key` and `@index`. */
  readonly key?: VariableId;
}

class Lowering {
  mutates = false;
  readonly #text: string;
  readonly #functions: FunctionTable;
  #ids: VariableId = DATA;

  constructor(text: string, functions: FunctionTable) {
    this.#text = text;
    this.#functions = functions;
  }

  block(program: hbs.AST.Program | undefined, scope: Scope): readonly Statement[] {
    return (program?.body ?? []).flatMap((statement): readonly Statement[] => {
      const position = offsetOf(this.#text, statement.loc);
      switch (statement.type) {
        case 'ContentStatement':
          return [this.#content(statement as hbs.AST.ContentStatement, position)];
        case 'MustacheStatement': {
          const [argument] = (statement as hbs.AST.MustacheStatement).params;
          if (argument === undefined) return [];
          const value = this.#expression(argument, scope);
          return [{ kind: 'emit', position: value.position, value }];
        }
        case 'BlockStatement':
          return [this.#branch(statement as hbs.AST.BlockStatement, position, scope)];
        default:
          return [];
      }
    });
  }

  /** The language removes blanks around blocks, so the text may begin later than in the template. */
  #content(node: hbs.AST.ContentStatement, position: number): Statement {
    // The package's types declare it wrongly.
    const { value, original } = node as { readonly value: string; readonly original: unknown };
    const stripped = typeof original === 'string' ? Math.max(0, original.indexOf(value)) : 0;
    return { kind: 'text', position: position + stripped, text: value };
  }

  #branch(node: hbs.AST.BlockStatement, position: number, scope: Scope): Branch {
    const name = simpleName(node.path);
    const [argument] = node.params;
    const value = argument === undefined ? this.#anything(node) : this.#expression(argument, scope);
    const { program, inverse } = bodiesOf(node);
    const branch = { position, value, otherwise: this.block(inverse, scope) };
    if (name !== 'each' && name !== 'with') {
      const body = this.block(program, scope);
      return { ...branch, kind: 'if', negated: name === 'unless', items: [], keys: [], body };
    }
    const dot = ++this.#ids;
    const key = ++this.#ids;
    const [first, second] = (program?.blockParams as readonly string[] | undefined) ?? [];
    const names = new Map(scope.names);
    if (first !== undefined) names.set(first, dot);
    if (second !== undefined) names.set(second, key);
    // `../` skips contexts that do not differ from the one inside.
    const same = value.kind === 'variable' && value.id === scope.dot;
    const inner: Scope = {
      dot,
      outer: same ? scope.outer : scope,
      names,
      ...(name === 'each' ? { key } : scope.key === undefined ? {} : { key: scope.key }),
    };
    const body = this.block(program, inner);
    const kind = name === 'each' ? 'range' : 'with';
    return { ...branch, kind, negated: false, items: [dot], keys: kind === 'range' ? [key] : [], body };
  }

  #expression(node: hbs.AST.Expression, scope: Scope): Expression {
    const position = offsetOf(this.#text, node.loc);
    switch (node.type) {
      case 'SubExpression':
        return this.#call(node as hbs.AST.SubExpression, scope);
      case 'PathExpression':
        return this.#path(node as hbs.AST.PathExpression, scope);
      case 'StringLiteral': {
        const { value } = node as hbs.AST.StringLiteral;
        return { kind: 'constant', position, type: types.constant(value), text: JSON.stringify(value) };
      }
      case 'BooleanLiteral': {
        const { value } = node as hbs.AST.BooleanLiteral;
        return { kind: 'constant', position, type: types.constant(value), text: String(value) };
      }
      case 'NumberLiteral': {
        const { value } = node as hbs.AST.NumberLiteral;
        const type = Number.isSafeInteger(value) ? types.integer('int64', [value]) : types.float;
        return { kind: 'constant', position, type, text: String(value) };
      }
      case 'NullLiteral':
      case 'UndefinedLiteral': {
        const type = node.type === 'NullLiteral' ? types.nil : types.absent;
        return { kind: 'constant', position, type, text: node.type === 'NullLiteral' ? 'null' : 'undefined' };
      }
      default:
        return this.#anything(node);
    }
  }

  #call(node: hbs.AST.SubExpression, scope: Scope): Expression {
    const position = offsetOf(this.#text, node.loc);
    const name = simpleName(node.path) ?? '';
    const args = node.params.map((param) => this.#expression(param, scope));
    if (name === 'lookup') return { kind: 'call', position, name, called: lookupFunction, args, eager: 0 };
    const called = this.#functions.get(name);
    if (called === undefined || 'removed' in called) return this.#anything(node);
    if (called.mutates === true) this.mutates = true;
    const { params, variadic } = called;
    // A wrong number of arguments has been reported already.
    const isCallable =
      args.length >= params.length && (args.length === params.length || variadic !== undefined);
    return {
      kind: 'call',
      position,
      name,
      called: isCallable ? called : anyFunction,
      args,
      eager: args.length,
    };
  }

  #path(node: hbs.AST.PathExpression, scope: Scope): Expression {
    const { data, depth, parts, original } = node;
    const position = offsetOf(this.#text, node.loc);
    const read = (id: VariableId, text: string, names: readonly string[]): Expression => {
      const variable: Expression = { kind: 'variable', position, id, text };
      return names.length === 0 ? variable : { kind: 'fields', position, base: variable, names };
    };
    const [first = '', ...rest] = parts;
    if (data) {
      if (depth === 0 && first === 'root') return read(DATA, '@root', rest);
      const isKey = depth === 0 && rest.length === 0 && (first === 'key' || first === 'index');
      return isKey && scope.key !== undefined ? read(scope.key, `@${first}`, []) : this.#anything(node);
    }
    if (depth === 0) {
      const own = original.startsWith('this') || original.startsWith('.');
      const named = own ? undefined : scope.names.get(first);
      return named === undefined ? read(scope.dot, 'this', parts) : read(named, first, rest);
    }
    let reached: Scope | undefined = scope;
    for (let level = 0; level < depth; level++) reached = reached?.outer;
    return reached === undefined
      ? this.#anything(node)
      : read(reached.dot, '../'.repeat(depth).slice(0, -1), parts);
  }

  #anything(node: hbs.AST.Node): Constant {
    const position = offsetOf(this.#text, node.loc);
    const { original } = node as { original?: unknown };
    return {
      kind: 'constant',
      position,
      type: types.unknown,
      text: typeof original === 'string' ? original : '…',
    };
  }
}

/** Stands for a call that fails. Only a run can show its error. */
const anyFunction: TemplateFunction = { params: ['any', 'any'], call: () => undefined };
