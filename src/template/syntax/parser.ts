import { closest, TemplateError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { FunctionTable } from '../function.ts';
import { lex } from './lexer.ts';
import type { Token, TokenType } from './lexer.ts';
import type { Limits } from '../limits.ts';
import type {
  ActionLike,
  BranchNode,
  ChainNode,
  CommandNode,
  ListNode,
  NumberNode,
  OperandNode,
  PipeNode,
  TemplateNode,
  VariableNode,
} from './node.ts';
import { parseNumber } from './number.ts';
import { unquote } from '../quote.ts';
import { byteLength } from '../text.ts';

/** The content of a template's text: its own tree, and the trees of the templates that it defines. */
export interface ParsedTemplate {
  readonly root: ListNode;
  readonly defined: ReadonlyMap<string, ListNode>;
}

/**
 * Parses a template, after Go's text/template/parse/parse.go.
 *
 * @param functions all functions that it can call, including Go's builtins
 * @throws TemplateError of stage `parse`
 */
export function parse(text: string, name: string, functions: FunctionTable, limits: Limits): ParsedTemplate {
  const size = byteLength(text);
  if (size > limits.templateBytes) {
    const message = `template has ${String(size)} bytes, the limit is ${String(limits.templateBytes)}`;
    throw new TemplateError('limit-template-size', 'parse', text.slice(0, 1), 0, message);
  }
  return new Parser(text, functions, limits).parse(name);
}

interface EndMark {
  readonly kind: 'end' | 'else';
  /** Set if `else` is followed by `if` or `with` in the same action. */
  readonly chained?: 'if' | 'with';
  readonly position: number;
}

const operandTypes: ReadonlySet<TokenType> = new Set([
  'bool',
  'character',
  'complex',
  'dot',
  'field',
  'identifier',
  'leftParen',
  'nil',
  'number',
  'rawString',
  'string',
  'variable',
]);

const constants: ReadonlySet<OperandNode['kind']> = new Set(['bool', 'dot', 'nil', 'number', 'string']);

class Parser {
  readonly #text: string;
  readonly #functions: FunctionTable;
  readonly #limits: Limits;
  readonly #tokens: readonly Token[];
  readonly #defined = new Map<string, ListNode>();
  /** Index of the next token. */
  #index = 0;
  /** Variables in scope in the present template. */
  #variables: string[] = ['$'];
  #rangeDepth = 0;
  #nesting = 0;

  constructor(text: string, functions: FunctionTable, limits: Limits) {
    this.#text = text;
    this.#functions = functions;
    this.#limits = limits;
    this.#tokens = lex(text, functions);
  }

  /** Everything to the end: text, actions and definitions. */
  parse(name: string): ParsedTemplate {
    const position = this.#peek().position;
    const nodes: ActionLike[] = [];
    while (this.#peek().type !== 'eof') {
      if (this.#takeDefine()) {
        this.#definition();
        continue;
      }
      const node = this.#textOrAction();
      if (isEndMark(node))
        throw this.#error('unexpected-token', `unexpected {{${node.kind}}}: nothing is open`, node.position);
      nodes.push(node);
    }
    const own: ListNode = { kind: 'list', position, nodes };
    this.#define(name, own, position);
    return { root: this.#defined.get(name) ?? own, defined: this.#defined };
  }

  /** If `{{ define` is next, reads past it. */
  #takeDefine(): boolean {
    const start = this.#index;
    if (this.#next().type === 'leftDelim' && this.#nextNonSpace().type === 'define') return true;
    this.#index = start;
    return false;
  }

  /** definition: string "}}" itemList "{{ end }}"; `{{ define` has been read. */
  #definition(): void {
    const token = this.#nextNonSpace();
    const name = this.#templateName(token, 'define');
    this.#expect('rightDelim', 'define');
    this.#define(name, this.#body('define'), token.position);
  }

  /** The body of a definition: a template of its own, which sees no variables from outside. */
  #body(context: string): ListNode {
    const saved = { variables: this.#variables, rangeDepth: this.#rangeDepth };
    this.#variables = ['$'];
    this.#rangeDepth = 0;
    const { list, end } = this.#nested(() => this.#itemList(context));
    if (end.kind !== 'end')
      throw this.#error('unexpected-token', `unexpected {{${end.kind}}} in ${context}`, end.position);
    this.#variables = saved.variables;
    this.#rangeDepth = saved.rangeDepth;
    return list;
  }

  /** The last non-empty definition of a name counts. There can be only one. */
  #define(name: string, list: ListNode, position: number): void {
    const known = this.#defined.get(name);
    if (known && !isEmpty(known) && !isEmpty(list)) {
      throw this.#error('duplicate-template', `template "${name}" is defined more than once`, position);
    }
    if (!known || isEmpty(known)) this.#defined.set(name, list);
  }

  /** itemList: textOrAction*, up to `{{ end }}` or `{{ else }}`, which is returned too. */
  #itemList(context: string): { list: ListNode; end: EndMark } {
    const position = this.#peekNonSpace().position;
    const nodes: ActionLike[] = [];
    while (this.#peekNonSpace().type !== 'eof') {
      const node = this.#textOrAction();
      if (isEndMark(node)) return { list: { kind: 'list', position, nodes }, end: node };
      nodes.push(node);
    }
    const message = `the template ends inside "${context}", which has no {{ end }}`;
    throw this.#error('missing-end', message, this.#peek().position);
  }

  /** textOrAction: text | action */
  #textOrAction(): ActionLike | EndMark {
    const token = this.#nextNonSpace();
    if (token.type === 'text') return { kind: 'text', position: token.position, text: token.value };
    if (token.type === 'leftDelim') return this.#action();
    throw this.#unexpected(token, 'input');
  }

  /** action: control | pipeline; the left delimiter has been read. */
  #action(): ActionLike | EndMark {
    const token = this.#nextNonSpace();
    switch (token.type) {
      case 'block':
        return this.#block();
      case 'break':
      case 'continue':
        return this.#loopControl(token, token.type);
      case 'else':
        return this.#else();
      case 'end':
        return { kind: 'end', position: this.#expect('rightDelim', 'end').position };
      case 'if':
      case 'range':
      case 'with':
        return this.#branch(token.type);
      case 'template':
        return this.#template();
      default:
        this.#index--;
        return { kind: 'action', position: token.position, pipe: this.#pipeline('command', 'rightDelim') };
    }
  }

  #loopControl(token: Token, kind: 'break' | 'continue'): ActionLike {
    this.#expect('rightDelim', `{{${kind}}}`);
    if (this.#rangeDepth === 0) {
      throw this.#error('misplaced-loop-control', `{{${kind}}} is outside {{range}}`, token.position);
    }
    return { kind, position: token.position };
  }

  /** else: "else" ("if" | "with")? */
  #else(): EndMark {
    const token = this.#peekNonSpace();
    // The rest is parsed as {{else}}{{if ...}}; one {{end}} closes both.
    if (token.type === 'if' || token.type === 'with')
      return { kind: 'else', chained: token.type, position: token.position };
    return { kind: 'else', position: this.#expect('rightDelim', 'else').position };
  }

  /** branch: pipeline "}}" itemList ("{{ else }}" itemList)? "{{ end }}"; the keyword has been read. */
  #branch(kind: BranchNode['kind']): BranchNode {
    return this.#nested(() => {
      const scope = this.#variables.length;
      const pipe = this.#pipeline(kind, 'rightDelim');
      if (kind === 'range') this.#rangeDepth++;
      const { list, end } = this.#itemList(kind);
      if (kind === 'range') this.#rangeDepth--;
      const elseList = end.kind === 'else' ? this.#elseList(kind, end) : undefined;
      this.#variables.length = scope;
      return { kind, position: pipe.position, pipe, list, ...(elseList ? { elseList } : {}) };
    });
  }

  #elseList(kind: BranchNode['kind'], mark: EndMark): ListNode {
    if (mark.chained && mark.chained !== kind) {
      const message = `unexpected "${mark.chained}": only "if" and "with" may follow "else", each in its own kind`;
      this.#nextNonSpace();
      throw this.#error('unexpected-token', message, mark.position);
    }
    if (mark.chained) {
      this.#nextNonSpace();
      return { kind: 'list', position: mark.position, nodes: [this.#branch(mark.chained)] };
    }
    const { list, end } = this.#itemList(kind);
    if (end.kind !== 'end')
      throw this.#error('unexpected-token', 'unexpected {{else}}: expected {{end}}', end.position);
    return list;
  }

  /** block: string pipeline "}}" itemList "{{ end }}"; defines a template and calls it. */
  #block(): TemplateNode {
    const token = this.#nextNonSpace();
    const name = this.#templateName(token, 'block');
    const pipe = this.#pipeline('block', 'rightDelim');
    this.#define(name, this.#body('block'), token.position);
    return { kind: 'template', position: token.position, name, pipe };
  }

  /** template: string pipeline? */
  #template(): TemplateNode {
    const token = this.#nextNonSpace();
    const name = this.#templateName(token, 'template');
    if (this.#nextNonSpace().type === 'rightDelim')
      return { kind: 'template', position: token.position, name };
    this.#index--;
    return {
      kind: 'template',
      position: token.position,
      name,
      pipe: this.#pipeline('template', 'rightDelim'),
    };
  }

  #templateName(token: Token, context: string): string {
    if (token.type !== 'string' && token.type !== 'rawString') throw this.#unexpected(token, context);
    return this.#unquote(token);
  }

  /** pipeline: declarations? command ("|" command)* */
  #pipeline(context: string, end: 'rightDelim' | 'rightParen'): PipeNode {
    const position = this.#peekNonSpace().position;
    const { variables, assigns } = this.#declarations(context);
    const commands: CommandNode[] = [];
    for (;;) {
      const token = this.#nextNonSpace();
      if (token.type === end) break;
      if (!operandTypes.has(token.type)) throw this.#unexpected(token, context);
      this.#index--;
      commands.push(this.#command());
    }
    this.#checkCommands(commands, context);
    return { kind: 'pipe', position, variables, assigns, commands };
  }

  #checkCommands(commands: readonly CommandNode[], context: string): void {
    if (commands.length === 0) throw this.#error('missing-value', `missing value for ${context}`);
    for (const { words, position } of commands.slice(1)) {
      if (!constants.has(words[0].kind)) continue;
      const message =
        'a constant cannot take the value of the pipeline: expected a function, method or field';
      throw this.#error('not-executable', message, position);
    }
  }

  /** declarations: variable ("," variable)? (":=" | "="); two variables in `range` only. */
  #declarations(context: string): Pick<PipeNode, 'variables' | 'assigns'> {
    const variables: VariableNode[] = [];
    for (;;) {
      const start = this.#index;
      const token = this.#nextNonSpace();
      const after = token.type === 'variable' ? this.#nextNonSpace() : undefined;
      const comma = after?.type === 'char' && after.value === ',';
      if (!after || !(comma || after.type === 'assign' || after.type === 'declare')) {
        this.#index = start;
        return { variables, assigns: false };
      }
      variables.push({ kind: 'variable', position: token.position, name: token.value, fields: [] });
      this.#variables.push(token.value);
      if (!comma) return { variables, assigns: after.type === 'assign' };
      if (context !== 'range' || variables.length > 1) {
        throw this.#error('unexpected-token', `too many variables declared in ${context}`, after.position);
      }
      const next = this.#peekNonSpace();
      if (next.type !== 'variable' && next.type !== 'rightDelim' && next.type !== 'rightParen') {
        throw this.#error('unexpected-token', 'range can only set variables', next.position);
      }
    }
  }

  /**
   * command: operand (space operand)*, up to a "|", which is read, or to the end of the pipeline, which is not read.
   */
  #command(): CommandNode {
    const position = this.#peekNonSpace().position;
    const words: OperandNode[] = [];
    for (;;) {
      this.#peekNonSpace();
      const operand = this.#operand();
      if (operand) words.push(operand);
      const token = this.#next();
      if (token.type === 'space') continue;
      if (token.type === 'rightDelim' || token.type === 'rightParen') this.#index--;
      else if (token.type !== 'pipe') throw this.#unexpected(token, 'operand');
      break;
    }
    const [first, ...rest] = words;
    if (!first) throw this.#error('missing-value', 'empty command');
    return { kind: 'command', position, words: [first, ...rest] };
  }

  /** operand: term field* */
  #operand(): OperandNode | undefined {
    const term = this.#term();
    if (!term) return undefined;
    const { position, type } = this.#peek();
    if (type !== 'field') return term;
    const fields: string[] = [];
    while (this.#peek().type === 'field') fields.push(this.#next().value.slice(1));
    switch (term.kind) {
      // They keep their own fields, but get the position of the chain, where Go reports errors.
      case 'field':
      case 'variable':
        return { ...term, position, fields: [...term.fields, ...fields] };
      case 'identifier':
      case 'pipe':
        return { kind: 'chain', position, operand: term, fields } satisfies ChainNode;
      default:
        throw this.#error(
          'unexpected-token',
          'unexpected "." after a constant, which has no fields',
          position,
        );
    }
  }

  /** term: literal | function | "." | .Field | $variable | "(" pipeline ")"; `undefined` if none is next. */
  #term(): OperandNode | undefined {
    const token = this.#nextNonSpace();
    const { position, value } = token;
    switch (token.type) {
      case 'identifier':
        this.#checkFunction(token);
        return { kind: 'identifier', position, name: value };
      case 'dot':
      case 'nil':
        return { kind: token.type, position };
      case 'variable':
        return this.#useVariable(token);
      case 'field':
        return { kind: 'field', position, fields: [value.slice(1)] };
      case 'bool':
        return { kind: 'bool', position, value: value === 'true' };
      case 'character':
      case 'complex':
      case 'number':
        return this.#number(token, token.type);
      case 'leftParen':
        return this.#nested(() => this.#pipeline('parenthesized pipeline', 'rightParen'));
      case 'string':
      case 'rawString':
        return { kind: 'string', position, quoted: value, value: this.#unquote(token) };
      default:
        this.#index--;
        return undefined;
    }
  }

  #number(token: Token, type: 'character' | 'complex' | 'number'): NumberNode {
    const number = parseNumber(token.value, type, token.position);
    if ('code' in number) throw this.#error(number.code, number.message, token.position);
    return number;
  }

  #unquote(token: Token): string {
    const value = unquote(token.value);
    if (value === undefined)
      throw this.#error('bad-string', `string ${token.value} has a bad escape`, token.position);
    return value;
  }

  #checkFunction({ value: name, position }: Token): void {
    const known = this.#functions.get(name);
    if (known && 'removed' in known) {
      throw this.#error(
        'removed-function',
        `function "${name}" is not available: ${known.removed}`,
        position,
      );
    }
    if (known) return;
    const callable = [...this.#functions].filter(([, entry]) => !('removed' in entry)).map(([key]) => key);
    const suggestion = closest(name, callable);
    // A bare word that does not begin like a function's name is most likely text without its quotes.
    const hint =
      suggestion === undefined && /^[A-Z]/.test(name) ? `; write "${name}" in quotes for text` : '';
    throw this.#error('unknown-function', `function "${name}" is not defined${hint}`, position, suggestion);
  }

  #useVariable({ value: name, position }: Token): VariableNode {
    if (this.#variables.includes(name)) return { kind: 'variable', position, name, fields: [] };
    throw this.#error(
      'undefined-variable',
      `variable "${name}" is not defined`,
      position,
      closest(name, this.#variables),
    );
  }

  #nested<T>(parse: () => T): T {
    if (++this.#nesting > this.#limits.nesting) {
      throw this.#error(
        'limit-nesting',
        `actions and parentheses are nested more than ${String(this.#limits.nesting)} deep`,
      );
    }
    const result = parse();
    this.#nesting--;
    return result;
  }

  // The scan always ends with `eof` or `error`, and the parser never reads beyond these.
  #next(): Token {
    const last = this.#tokens.length - 1;
    const token = this.#tokens[Math.min(this.#index++, last)];
    if (!token) throw new RangeError('no tokens');
    return token;
  }

  #peek(): Token {
    const token = this.#next();
    this.#index--;
    return token;
  }

  #nextNonSpace(): Token {
    for (;;) {
      const token = this.#next();
      if (token.type !== 'space') return token;
    }
  }

  #peekNonSpace(): Token {
    const token = this.#nextNonSpace();
    this.#index--;
    return token;
  }

  #expect(type: TokenType, context: string): Token {
    const token = this.#nextNonSpace();
    if (token.type !== type) throw this.#unexpected(token, context);
    return token;
  }

  #unexpected(token: Token, context: string): TemplateError {
    if (token.type === 'error')
      return this.#error(token.code ?? 'unexpected-token', token.value, token.position);
    const hint = context === 'else' ? HINT_FOR_ELSE : (hintsForOperators.get(token.value) ?? '');
    return this.#error(
      'unexpected-token',
      `unexpected ${describe(token)} in ${context}${hint}`,
      token.position,
    );
  }

  /** An error at `position`; by default at the last token that was read. */
  #error(code: ErrorCode, message: string, position?: number, suggestion?: string): TemplateError {
    const last = this.#tokens[Math.max(0, Math.min(this.#index, this.#tokens.length) - 1)];
    return new TemplateError(code, 'parse', this.#text, position ?? last?.position ?? 0, message, {
      suggestion,
    });
  }
}

/** Operators of other languages, by their first character, and what is written here. */
const hintsForOperators: ReadonlyMap<string, string> = new Map([
  ['=', '; two values are compared by eq, such as eq .a "b"'],
  ['!', '; write not (…), or ne to compare'],
  ['&', '; write and (…) (…)'],
  ['<', '; write lt'],
  ['>', '; write gt'],
]);

const HINT_FOR_ELSE = '; another condition begins with "else if"';

// How much of a token a message shows.
const SHOWN_TOKEN = 20;

function describe(token: Token): string {
  if (token.type === 'eof') return 'end of template';
  const value = token.value.length > SHOWN_TOKEN ? `${token.value.slice(0, SHOWN_TOKEN)}...` : token.value;
  return token.type === 'space' ? 'space' : `"${value}"`;
}

function isEndMark(node: ActionLike | EndMark): node is EndMark {
  return node.kind === 'end' || node.kind === 'else';
}

/** Whether a template contains nothing but space. Such a definition may be replaced. */
function isEmpty(list: ListNode): boolean {
  return list.nodes.every((node) => node.kind === 'text' && /^[\s\x85]*$/.test(node.text));
}
