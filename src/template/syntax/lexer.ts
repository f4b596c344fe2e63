import type { ErrorCode } from '../errors.ts';
import { isPrint } from '../text.ts';

/*
 * Scanner after Go's text/template/parse/lex.go. It gives the same tokens at the same places, so trimming, spacing and
 * the rules for adjacent tokens are Go's.
 */

const keywords = [
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with',
] as const;

export type Keyword = (typeof keywords)[number];

export type TokenType =
  | Keyword
  | 'error'
  | 'assign'
  | 'bool'
  | 'char'
  | 'character'
  | 'complex'
  | 'declare'
  | 'dot'
  | 'eof'
  | 'field'
  | 'identifier'
  | 'leftDelim'
  | 'leftParen'
  | 'number'
  | 'pipe'
  | 'rawString'
  | 'rightDelim'
  | 'rightParen'
  | 'space'
  | 'string'
  | 'text'
  | 'variable';

export interface Token {
  readonly type: TokenType;
  /** Where it begins, in UTF-16 units of the template's text. */
  readonly position: number;
  /** Its text; for an error, the message. */
  readonly value: string;
  /** Set on an error. */
  readonly code?: ErrorCode;
}

/** A state scans the text at its position and returns the next state. Without a next state, the scan ends. */
type State = (lexer: Lexer) => State | undefined;

interface Lexer {
  readonly input: string;
  readonly tokens: Token[];
  readonly keywords: ReadonlySet<string>;
  /** Where the present token begins. */
  start: number;
  position: number;
  parenDepth: number;
}

/**
 * The tokens of a template; the last is `eof` or `error`.
 *
 * @param functions names of functions; if `break` and `continue` are among them, they are not keywords, as in Go
 */
export function lex(input: string, functions: { has(name: string): boolean }): readonly Token[] {
  const reserved = keywords.filter(
    (word) => !((word === 'break' || word === 'continue') && functions.has(word)),
  );
  const lexer: Lexer = {
    input,
    tokens: [],
    keywords: new Set(reserved),
    start: 0,
    position: 0,
    parenDepth: 0,
  };
  for (let state: State | undefined = lexText; state;) state = state(lexer);
  return lexer.tokens;
}

function emit(lexer: Lexer, type: TokenType): void {
  const value = lexer.input.slice(lexer.start, lexer.position);
  lexer.tokens.push({ type, position: lexer.start, value });
  lexer.start = lexer.position;
}

function fail(lexer: Lexer, code: ErrorCode, message: string, position = lexer.start): undefined {
  lexer.tokens.push({ type: 'error', position, value: message, code });
}

/** The character at the position, `''` at the end. */
function peek({ input, position }: Lexer): string {
  const unit = input.charCodeAt(position);
  if (!(unit >= 0xd800 && unit <= 0xdbff)) return input.charAt(position);
  return String.fromCodePoint(input.codePointAt(position) ?? unit);
}

function next(lexer: Lexer): string {
  const character = peek(lexer);
  lexer.position += character.length;
  return character;
}

function skip(lexer: Lexer, length: number): void {
  lexer.position += length;
  lexer.start = lexer.position;
}

const isSpace = (character: string): boolean =>
  character === ' ' || character === '\n' || character === '\t' || character === '\r';

const isDigit = (character: string): boolean => character >= '0' && character <= '9';

function isAlphaNumeric(character: string): boolean {
  if (character < '\x80') {
    const lower = character.toLowerCase();
    return isDigit(character) || (lower >= 'a' && lower <= 'z') || character === '_';
  }
  return /^[\p{L}\p{Nd}]$/u.test(character);
}

function hasLeftTrimMarker(input: string, position: number): boolean {
  return input[position] === '-' && isSpace(input.charAt(position + 1));
}

function hasRightTrimMarker(input: string, position: number): boolean {
  return isSpace(input.charAt(position)) && input[position + 1] === '-';
}

/** Length of the closing delimiter at `position`, including its trim marker; 0 if there is none. */
function rightDelimLength(input: string, position: number): number {
  if (hasRightTrimMarker(input, position) && input.startsWith('}}', position + 2)) return 4;
  return input.startsWith('}}', position) ? 2 : 0;
}

function spacesFrom(input: string, position: number): number {
  let end = position;
  while (isSpace(input.charAt(end))) end++;
  return end - position;
}

function lexText(lexer: Lexer): State | undefined {
  const { input } = lexer;
  const delim = input.indexOf('{{', lexer.position);
  if (delim < 0) {
    lexer.position = input.length;
    if (lexer.position > lexer.start) emit(lexer, 'text');
    emit(lexer, 'eof');
    return undefined;
  }
  let end = delim;
  if (hasLeftTrimMarker(input, delim + 2)) while (end > lexer.start && isSpace(input.charAt(end - 1))) end--;
  lexer.position = end;
  if (end > lexer.start) emit(lexer, 'text');
  lexer.position = lexer.start = delim;
  return lexLeftDelim;
}

function lexLeftDelim(lexer: Lexer): State {
  lexer.position += 2;
  const marker = hasLeftTrimMarker(lexer.input, lexer.position) ? 2 : 0;
  if (lexer.input.startsWith('/*', lexer.position + marker)) {
    skip(lexer, marker);
    return lexComment;
  }
  emit(lexer, 'leftDelim');
  skip(lexer, marker);
  lexer.parenDepth = 0;
  return lexInsideAction;
}

function lexComment(lexer: Lexer): State | undefined {
  const { input } = lexer;
  const close = input.indexOf('*/', lexer.position + 2);
  if (close < 0) return fail(lexer, 'unclosed-comment', 'comment is not closed by "*/"');
  const delim = rightDelimLength(input, close + 2);
  if (delim === 0) return fail(lexer, 'unclosed-comment', 'comment must be followed by "}}" at once');
  skip(lexer, close + 2 + delim - lexer.position);
  if (delim === 4) skip(lexer, spacesFrom(input, lexer.position));
  return lexText;
}

function lexRightDelim(lexer: Lexer): State {
  const trims = rightDelimLength(lexer.input, lexer.position) === 4;
  if (trims) skip(lexer, 2);
  lexer.position += 2;
  emit(lexer, 'rightDelim');
  if (trims) skip(lexer, spacesFrom(lexer.input, lexer.position));
  return lexText;
}

const quoted: Readonly<Record<string, State>> = { '"': lexQuote, '`': lexRawQuote, "'": lexCharacter };
const single: Readonly<Record<string, TokenType>> = {
  '=': 'assign',
  '|': 'pipe',
  '(': 'leftParen',
  ')': 'rightParen',
};

function lexInsideAction(lexer: Lexer): State | undefined {
  if (rightDelimLength(lexer.input, lexer.position) > 0) {
    if (lexer.parenDepth === 0) return lexRightDelim;
    return fail(lexer, 'unclosed-action', 'a parenthesis is not closed by ")"');
  }
  const character = peek(lexer);
  if (character === '') return fail(lexer, 'unclosed-action', 'action is not closed by "}}"');
  if (isSpace(character)) return lexSpace;
  if (character === '.') return afterDot(lexer.input.charAt(lexer.position + 1));
  if (isDigit(character) || character === '-' || character === '+') return lexNumber;
  if (isAlphaNumeric(character)) return lexIdentifier;
  lexer.position += character.length;
  if (character === '$') return lexVariable;
  if (character === ':') return lexDeclare;
  const string = quoted[character];
  if (string) return string;
  return lexSymbol(lexer, character);
}

// Also at the end of the text, where Go's scanner takes the dot for a number.
const afterDot = (following: string): State =>
  following === '' || isDigit(following) ? lexNumber : lexField;

function lexSymbol(lexer: Lexer, character: string): State | undefined {
  const type = single[character];
  if (type === undefined && !/^[\x20-\x7e]$/.test(character)) {
    return fail(
      lexer,
      'bad-character',
      `character ${describeCharacter(character)} cannot stand in an action`,
    );
  }
  if (character === '(') lexer.parenDepth++;
  if (character === ')' && --lexer.parenDepth < 0) {
    return fail(lexer, 'unexpected-token', 'unexpected ")": no parenthesis is open');
  }
  emit(lexer, type ?? 'char');
  return lexInsideAction;
}

function describeCharacter(character: string): string {
  if (character === '') return 'at the end';
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return isPrint(character) ? `"${character}" (U+${hex})` : `U+${hex}`;
}

function lexDeclare(lexer: Lexer): State | undefined {
  if (next(lexer) !== '=')
    return fail(lexer, 'unexpected-token', 'unexpected ":": a declaration is written ":="');
  emit(lexer, 'declare');
  return lexInsideAction;
}

/** A run of spaces. If the closing delimiter trims, the last space belongs to it. */
function lexSpace(lexer: Lexer): State {
  const { input } = lexer;
  const spaces = spacesFrom(input, lexer.position);
  lexer.position += spaces;
  if (rightDelimLength(input, lexer.position - 1) === 4) {
    lexer.position--;
    if (spaces === 1) return lexRightDelim;
  }
  emit(lexer, 'space');
  return lexInsideAction;
}

const names = /[A-Za-z0-9_\p{L}\p{Nd}]*/uy;

function acceptAlphaNumeric(lexer: Lexer): void {
  names.lastIndex = lexer.position;
  names.test(lexer.input);
  lexer.position = names.lastIndex;
}

const TERMINATORS = ' \t\r\n.,|:()';

/** Whether the next character may follow a name: `.X.Y` is two fields, `$x+2` an error. */
function atTerminator(lexer: Lexer): boolean {
  const following = lexer.input.charAt(lexer.position);
  return TERMINATORS.includes(following) || lexer.input.startsWith('}}', lexer.position);
}

function lexIdentifier(lexer: Lexer): State | undefined {
  acceptAlphaNumeric(lexer);
  if (!atTerminator(lexer)) return badCharacter(lexer);
  const word = lexer.input.slice(lexer.start, lexer.position);
  if (isKeyword(lexer, word)) emit(lexer, word);
  else emit(lexer, word === 'true' || word === 'false' ? 'bool' : 'identifier');
  return lexInsideAction;
}

function isKeyword(lexer: Lexer, word: string): word is Keyword {
  return lexer.keywords.has(word);
}

function badCharacter(lexer: Lexer): undefined {
  const message = `character ${describeCharacter(peek(lexer))} cannot follow a name`;
  return fail(lexer, 'bad-character', `${message}${hyphenHint(lexer)}`, lexer.position);
}

/** How to read a field whose name has a hyphen or a slash; empty if this is not one. */
function hyphenHint({ input, position }: Lexer): string {
  const before = /[$\w.]*\.\w+$/.exec(input.slice(Math.max(0, position - MAX_HINTED), position))?.[0];
  const rest = input.slice(position, position + MAX_HINTED);
  const after = (rest.startsWith('/') ? /^\/[\w./-]*/ : /^-[\w-]*/).exec(rest)?.[0];
  if (before === undefined || after === undefined || after === '-') return '';
  if (after.startsWith('/')) return slashHint(before, after);
  const dot = before.lastIndexOf('.');
  return `; a name with "-" is read by index ${before.slice(0, dot) || '.'} "${before.slice(dot + 1)}${after}"`;
}

/** A key with a slash usually has points before it: a label or an annotation. */
function slashHint(before: string, after: string): string {
  const [, map, key] = /^(.*\.(?:labels|annotations|data))\.(.+)$/.exec(before) ?? [];
  if (map === undefined || key === undefined) return '';
  return `; a name with "/" is read by index ${map} "${key}${after}"`;
}

/** How many characters before and after it a hint repeats. */
const MAX_HINTED = 60;

function lexField(lexer: Lexer): State | undefined {
  lexer.position++;
  return lexName(lexer, 'field', 'dot');
}

function lexVariable(lexer: Lexer): State | undefined {
  return lexName(lexer, 'variable', 'variable');
}

function lexName(lexer: Lexer, type: TokenType, bare: TokenType): State | undefined {
  if (atTerminator(lexer)) {
    emit(lexer, bare);
    return lexInsideAction;
  }
  acceptAlphaNumeric(lexer);
  if (!atTerminator(lexer)) return badCharacter(lexer);
  emit(lexer, type);
  return lexInsideAction;
}

/** Scans to the closing quote. A backslash escapes the next character, except a newline. */
function acceptQuoted(lexer: Lexer, quote: string): boolean {
  for (;;) {
    let character = next(lexer);
    if (character === quote) return true;
    if (character === '\\') character = next(lexer);
    if (character === '' || character === '\n') return false;
  }
}

function lexQuote(lexer: Lexer): State | undefined {
  if (!acceptQuoted(lexer, '"'))
    return fail(lexer, 'unterminated-string', "string is not closed by '\"' on its line");
  emit(lexer, 'string');
  return lexInsideAction;
}

function lexRawQuote(lexer: Lexer): State | undefined {
  const close = lexer.input.indexOf('`', lexer.position);
  if (close < 0) return fail(lexer, 'unterminated-string', 'raw string is not closed by "`"');
  lexer.position = close + 1;
  emit(lexer, 'rawString');
  return lexInsideAction;
}

function lexCharacter(lexer: Lexer): State | undefined {
  if (!acceptQuoted(lexer, "'"))
    return fail(lexer, 'unterminated-string', 'character is not closed by "\'" on its line');
  emit(lexer, 'character');
  return lexInsideAction;
}

// As loose as Go's: the parser refuses what is accepted here but is not a number.
const number =
  /[-+]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][-+]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9_]*)?)i?/y;

function acceptNumber(lexer: Lexer): boolean {
  number.lastIndex = lexer.position;
  lexer.position += number.exec(lexer.input)?.[0].length ?? 0;
  if (!isAlphaNumeric(peek(lexer))) return true;
  next(lexer);
  return false;
}

function lexNumber(lexer: Lexer): State | undefined {
  let good = acceptNumber(lexer);
  const sign = lexer.input.charAt(lexer.position);
  const complex = good && (sign === '-' || sign === '+');
  if (complex) good = acceptNumber(lexer) && lexer.input[lexer.position - 1] === 'i';
  if (!good) {
    const text = lexer.input.slice(lexer.start, lexer.position);
    return fail(lexer, 'bad-number', `"${text}" is not a number`);
  }
  emit(lexer, complex ? 'complex' : 'number');
  return lexInsideAction;
}
