import type { FunctionTable, TemplateFunction } from '../template/index.ts';
import { closest, Encoded, TemplateError } from '../template/index.ts';
import { arityProblem } from './call.ts';

/** The block helpers of the language; everything else is a function. */
export const BLOCKS: ReadonlySet<string> = new Set(['if', 'unless', 'each', 'with']);

/** The names that may follow `@`. */
const dataNames: readonly string[] = ['root', 'key', 'index', 'first', 'last'];

/** Depth of blocks and sub-expressions, as for Go templates: the package's own compiler is recursive. */
export const MAX_NESTING = 200;

/** Name of the helper that every interpolation calls. No template can write a name with a space. */
export const EMIT = ' emit';

/** A position as the package counts it: lines from 1, columns from 0. */
interface Location {
  readonly start: { readonly line: number; readonly column: number };
}

/** Offset in the text of a location. */
export function offsetOf(text: string, { start }: Location): number {
  let offset = 0;
  for (let line = 1; line < start.line; line++) offset = text.indexOf('\n', offset) + 1;
  return offset + start.column;
}

/** A call of a function in a template. */
export interface SyntaxCall {
  readonly name: string;
  readonly called: TemplateFunction;
  readonly position: number;
}

/** A template whose syntax is allowed, rewritten so that every interpolation goes through {@link EMIT}. */
export interface CheckedSyntax {
  readonly program: hbs.AST.Program;
  readonly calls: readonly SyntaxCall[];
  readonly certainErrors: readonly TemplateError[];
  /**
   * Strings of the template itself in arguments of functions that treat them as structure: by {@link placeKey} of the
   * call, then by argument.
   */
  readonly spelt: ReadonlyMap<string, ReadonlyMap<number, Encoded>>;
}

/** Identifies the place of a call. */
export const placeKey = ({ start }: Location): string => `${String(start.line)}:${String(start.column)}`;

/**
 * Checks a syntax tree and rewrites it.
 * @throws {TemplateError} for partials, decorators, unknown or removed functions, unknown blocks, deep nesting
 */
export function checkSyntax(text: string, program: hbs.AST.Program, functions: FunctionTable): CheckedSyntax {
  const checker = new SyntaxChecker(text, functions);
  const checked = checker.program(program, 0);
  const { calls, certainErrors, spelt } = checker;
  return { program: checked, calls, certainErrors, spelt };
}

class SyntaxChecker {
  readonly calls: SyntaxCall[] = [];
  readonly certainErrors: TemplateError[] = [];
  readonly spelt = new Map<string, ReadonlyMap<number, Encoded>>();
  readonly #text: string;
  readonly #functions: FunctionTable;

  constructor(text: string, functions: FunctionTable) {
    this.#text = text;
    this.#functions = functions;
  }

  program(program: hbs.AST.Program, depth: number): hbs.AST.Program {
    const body = program.body.map((statement) => this.#statement(statement, depth));
    return { ...program, body };
  }

  #statement(statement: hbs.AST.Statement, depth: number): hbs.AST.Statement {
    this.#checkDepth(statement, depth);
    switch (statement.type) {
      case 'MustacheStatement':
        return this.#interpolation(statement as hbs.AST.MustacheStatement, depth);
      case 'BlockStatement':
        return this.#block(statement as hbs.AST.BlockStatement, depth);
      case 'ContentStatement':
      case 'CommentStatement':
        return statement;
      case 'PartialStatement':
      case 'PartialBlockStatement':
        throw this.#error('unexpected-token', statement, 'partials are not available here');
      default:
        throw this.#error('unexpected-token', statement, 'decorators are not available here');
    }
  }

  /** `{{ f a b }}` becomes `{{ emit (f a b) }}`: then the value is known before it is text. */
  #interpolation(node: hbs.AST.MustacheStatement, depth: number): hbs.AST.Statement {
    const value = this.#isCall(node) ? this.#call(node, depth) : this.#argument(node.path, depth);
    return {
      ...node,
      path: pathTo(EMIT, node.loc),
      params: [value],
      hash: undefined,
    } as unknown as hbs.AST.Statement;
  }

  #isCall({ path, params, hash }: Pick<hbs.AST.MustacheStatement, 'path' | 'params' | 'hash'>): boolean {
    if (params.length > 0 || hash !== undefined) return true;
    const name = simpleName(path);
    return name !== undefined && this.#functions.has(name);
  }

  #call(node: Callable, depth: number): hbs.AST.SubExpression {
    const name = simpleName(node.path);
    if (name === undefined)
      throw this.#error('not-a-function', node, 'a path is no function and takes no arguments');
    if (node.hash !== undefined) {
      throw this.#error('unexpected-token', node, `function "${name}" takes no named arguments`);
    }
    if (name !== 'lookup') this.#checkFunction(name, node);
    else if (node.params.length !== 2)
      throw this.#error('wrong-argument-count', node.path, '"lookup" takes two arguments');
    const params = node.params.map((param) => this.#argument(param, depth + 1));
    return { ...node, type: 'SubExpression', path: node.path as hbs.AST.PathExpression, params };
  }

  #checkFunction(name: string, node: Callable): void {
    const called = this.#functions.get(name);
    if (called === undefined) {
      const suggestion = closest(name, [...this.#functions.keys(), 'lookup']);
      throw this.#error('unknown-function', node.path, `function "${name}" is not defined`, suggestion);
    }
    if ('removed' in called) {
      throw this.#error(
        'removed-function',
        node.path,
        `function "${name}" is not available: ${called.removed}`,
      );
    }
    this.calls.push({ name, called, position: offsetOf(this.#text, node.path.loc) });
    if (called.spells === true) this.spelt.set(placeKey(node.loc), literalsAmong(node.params));
    const problem = arityProblem(called, node.params.length);
    if (problem !== undefined) {
      this.certainErrors.push(
        this.#error('wrong-argument-count', node.path, `function "${name}": ${problem}`),
      );
    }
  }

  #argument(node: hbs.AST.Expression, depth: number): hbs.AST.Expression {
    this.#checkDepth(node, depth);
    if (node.type === 'SubExpression') return this.#call(node as hbs.AST.SubExpression, depth);
    if (node.type === 'PathExpression') this.#checkPath(node as hbs.AST.PathExpression);
    return node;
  }

  #checkPath(node: hbs.AST.PathExpression): void {
    const { data, parts, depth } = node;
    if (parts.length + depth > MAX_NESTING)
      throw this.#error('limit-nesting', node, `is a path of more than ${String(MAX_NESTING)} parts`);
    const [name = ''] = parts;
    if (data && !dataNames.includes(name))
      throw this.#error('undefined-variable', node, `"@${name}" is not defined`, closest(name, dataNames));
  }

  #block(node: hbs.AST.BlockStatement, depth: number): hbs.AST.Statement {
    const name = simpleName(node.path);
    if (name === undefined || !BLOCKS.has(name)) {
      throw this.#error('unexpected-token', node.path, 'only if, unless, each and with can open a block');
    }
    if (node.params.length !== 1 || (node.hash as hbs.AST.Hash | undefined) !== undefined) {
      throw this.#error('wrong-argument-count', node.path, `"${name}" takes one argument`);
    }
    // `{{^if x}}…{{/if}}` has an `else` part only.
    const { program, inverse } = bodiesOf(node);
    if (name !== 'each' && name !== 'with' && [program, inverse].some(namesValues))
      throw this.#error('unexpected-token', node.path, `"${name}" has no value to give a name to`);
    const [condition] = node.params;
    return {
      ...node,
      params: condition === undefined ? [] : [this.#argument(condition, depth + 1)],
      ...(program === undefined ? {} : { program: this.program(program, depth + 1) }),
      ...(inverse === undefined ? {} : { inverse: this.program(inverse, depth + 1) }),
    } as hbs.AST.BlockStatement;
  }

  #checkDepth(node: hbs.AST.Node, depth: number): void {
    if (depth > MAX_NESTING)
      throw this.#error('limit-nesting', node, `is nested deeper than ${String(MAX_NESTING)}`);
  }

  #error(
    code: ConstructorParameters<typeof TemplateError>[0],
    node: hbs.AST.Node,
    message: string,
    suggestion?: string,
  ): TemplateError {
    return new TemplateError(code, 'parse', this.#text, offsetOf(this.#text, node.loc), message, {
      suggestion,
    });
  }
}

function literalsAmong(params: readonly hbs.AST.Expression[]): ReadonlyMap<number, Encoded> {
  const literals = params.flatMap((param, index): readonly (readonly [number, Encoded])[] => {
    if (param.type !== 'StringLiteral') return [];
    const { value } = param as hbs.AST.StringLiteral;
    return [[index, new Encoded(value, value === '' ? [] : [{ kind: 'text', text: value }])]];
  });
  return new Map(literals);
}

/** The parts of a block before and after its `else`. The package's types declare both as always present. */
export function bodiesOf(block: hbs.AST.BlockStatement): {
  readonly program: hbs.AST.Program | undefined;
  readonly inverse: hbs.AST.Program | undefined;
} {
  const { program, inverse } = block as {
    program?: hbs.AST.Program | null;
    inverse?: hbs.AST.Program | null;
  };
  return { program: program ?? undefined, inverse: inverse ?? undefined };
}

function namesValues(program: hbs.AST.Program | undefined): boolean {
  return (program?.blockParams ?? []).length > 0;
}

interface Callable extends hbs.AST.Node {
  readonly path: hbs.AST.Expression;
  readonly params: hbs.AST.Expression[];
  readonly hash: hbs.AST.Hash;
}

/** The name of a path of one part that cannot be a field by its form (`this.x`, `../x`, `@x`). */
export function simpleName(node: hbs.AST.Node): string | undefined {
  if (node.type !== 'PathExpression') return undefined;
  const { parts, data, depth, original } = node as hbs.AST.PathExpression;
  const [name] = parts;
  return parts.length === 1 && !data && depth === 0 && original === name ? name : undefined;
}

function pathTo(name: string, loc: hbs.AST.SourceLocation): hbs.AST.PathExpression {
  return { type: 'PathExpression', data: false, depth: 0, parts: [name], original: name, loc };
}
