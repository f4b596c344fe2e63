import { TemplateError } from '../template/index.ts';
import { handlebars } from './package.ts';
import type { Lexer } from './package.ts';
import { MAX_NESTING, offsetOf } from './syntax.ts';

/** Most `{{ … }}` and calls within them in one template: the package takes some 0.15 ms to compile one. */
const MAX_EXPRESSIONS = 512;

/** Tokens that open a tag without an expression. */
const noExpressions = new Set(['OPEN_ENDBLOCK', 'OPEN_BLOCK_PARAMS']);

/** The syntax tree of a template. @throws TemplateError if it does not parse, or is nested too deeply */
export function parse(text: string): hbs.AST.Program {
  const { Exception, Parser, parse: parseText } = handlebars();
  checkSize(text);
  try {
    return parseText(text);
  } catch (error) {
    // The parser throws text without a position. Its lexer still has the position.
    const position = error instanceof Exception ? offsetIn(text, error) : lexerOffset(text, Parser.lexer);
    const ended = position >= text.trimEnd().length;
    const message = ended
      ? 'the template ends before a block or an expression is closed'
      : 'this is not Handlebars here';
    throw new TemplateError(ended ? 'missing-end' : 'unexpected-token', 'parse', text, position, message, {
      cause: error,
    });
  }
}

/** Where the package reports a mistake. Its own checks (`{{#if}}…{{/each}}`) give a position, its grammar does not. */
function offsetIn(text: string, exception: object): number {
  const { lineNumber, column } = exception as { readonly lineNumber?: unknown; readonly column?: unknown };
  if (typeof lineNumber !== 'number' || typeof column !== 'number') return 0;
  return offsetOf(text, { start: { line: lineNumber, column } });
}

function lexerOffset(text: string, { yylloc }: Lexer): number {
  if (yylloc === undefined) return 0;
  const start = { line: yylloc.first_line, column: yylloc.first_column };
  return Math.min(offsetOf(text, { start }), text.length);
}

/** Counts tokens before the package parses the text: for thousands of nested tags, parsing takes seconds. */
function checkSize(text: string): void {
  const { Parser } = handlebars();
  const lexer = Object.create(Parser.lexer) as Lexer;
  const nesting = new Nesting();
  lexer.yy = {};
  lexer.setInput(text);
  let expressions = 0;
  for (let token = next(lexer); token !== undefined; token = next(lexer)) {
    if (token.startsWith('OPEN') && !noExpressions.has(token)) expressions++;
    nesting.add(token);
    const problem = sizeProblem(expressions, nesting.depth);
    if (problem !== undefined)
      throw new TemplateError(problem.code, 'parse', text, lexerOffset(text, lexer), problem.message);
  }
}

function sizeProblem(expressions: number, depth: number) {
  if (expressions > MAX_EXPRESSIONS)
    return {
      code: 'limit-template-size',
      message: `the template has more than ${String(MAX_EXPRESSIONS)} expressions`,
    } as const;
  if (depth > MAX_NESTING)
    return { code: 'limit-nesting', message: `is nested deeper than ${String(MAX_NESTING)}` } as const;
  return undefined;
}

/** The next token's name. `undefined` at the end, and if the text is not valid; then the parser reports that. */
function next(lexer: Lexer): string | undefined {
  try {
    const token = lexer.lex();
    return token === lexer.EOF ? undefined : handlebars().Parser.terminals_[token];
  } catch {
    return undefined;
  }
}

/** The nesting depth of blocks, of their `else if`s, and of sub-expressions. */
class Nesting {
  depth = 0;
  /** The depth that each open block adds: one, and one for each `else if`. */
  readonly #blocks: number[] = [];

  add(token: string): void {
    switch (token) {
      case 'OPEN_BLOCK':
      case 'OPEN_INVERSE':
      case 'OPEN_RAW_BLOCK':
        this.#blocks.push(1);
        this.depth++;
        return;
      case 'OPEN_INVERSE_CHAIN':
        this.#blocks.push((this.#blocks.pop() ?? 0) + 1);
        this.depth++;
        return;
      case 'OPEN_ENDBLOCK':
      case 'END_RAW_BLOCK':
        this.depth -= this.#blocks.pop() ?? 0;
        return;
      case 'OPEN_SEXPR':
        this.depth++;
        return;
      case 'CLOSE_SEXPR':
        this.depth--;
        return;
    }
  }
}
