import type { CST, Document, ErrorCode } from 'yaml';
import { Composer, Lexer, Parser } from 'yaml';
import { Recent } from '../recent.ts';
import { hideValues, placeOf, YamlShapeError } from './yaml-error.ts';

/**
 * Maximum of nodes to which one document may expand. Aliases repeat what they name: "billion laughs" has eleven lines.
 */
export const MAX_NODES = 20_000;

/**
 * Maximum nesting of one document. A PediaCluster has six levels. The parser is recursive, so without this limit the
 * size of the process's stack would decide.
 */
export const MAX_DEPTH = 100;

/**
 * Lexical tokens of a text. A node takes five: its indicator, the spaces around it and the end of its line included.
 */
const MAX_TOKENS = 5 * MAX_NODES;

/** Number of documents that are kept, and the longest text of one in UTF-16 units. */
const MAX_KEPT = 16;
const MAX_KEPT_TEXT = 16 * 1_024;

/**
 * The text that a template's first sample renders is compared with the schema too, so it is parsed only once. Nobody
 * changes the documents.
 */
const parsedOfLate = new Recent<Document | undefined>(MAX_KEPT);

/**
 * Parses a text with placeholders to its one document; `undefined` if the text is empty.
 *
 * The cost depends only on the length of the text. Keys are not compared here (the `yaml` package does that key by
 * key),
 * and aliases are not resolved (it walks the document for each).
 *
 * @throws {YamlShapeError} if it is not YAML, has more than one document, or exceeds a limit
 */
export function parseDocument(text: string, prefix: string): Document | undefined {
  const parse = () => parseOnce(text, prefix);
  return text.length <= MAX_KEPT_TEXT ? parsedOfLate.get(text, parse) : parse();
}

function parseOnce(text: string, prefix: string): Document | undefined {
  const tokens = tokensOf(text);
  checkDepth(tokens);
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    logLevel: 'silent',
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: false,
  });
  const documents = [...composer.compose(tokens)];
  const [document] = documents;
  if (document === undefined) return undefined;
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    throw new YamlShapeError(
      `is not YAML: ${explainSyntax(problem.code, hideValues(problem.message, prefix))}`,
      placeOf(text, problem.pos[0], prefix),
    );
  }
  if (documents.length > 1) {
    throw new YamlShapeError(
      `holds ${String(documents.length)} YAML documents; it must be one: remove the "---" line`,
    );
  }
  return document;
}

function tokensOf(text: string): readonly CST.Token[] {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++count > MAX_TOKENS) throw new YamlShapeError(`has more than ${String(MAX_TOKENS)} YAML tokens`);
    tokens.push(...parser.next(lexeme));
  }
  tokens.push(...parser.end());
  return tokens;
}

/** Walks the token tree without recursion: its purpose is to prevent deep recursion. */
function checkDepth(tokens: readonly CST.Token[]): void {
  let level: readonly CST.Token[] = tokens;
  for (let depth = 0; level.length > 0; depth++) {
    // The first level is the documents themselves.
    if (depth > MAX_DEPTH) {
      throw new YamlShapeError(`nests YAML deeper than ${String(MAX_DEPTH)} levels`);
    }
    level = level.flatMap(childrenOf);
  }
}

function childrenOf(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) =>
    [key, value].filter((child) => child !== undefined && child !== null),
  );
}

const syntaxHints: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: 'a tab indents the line; indent with spaces',
  MULTILINE_IMPLICIT_KEY: 'a line is neither "key: value" nor part of the value before it',
};

function explainSyntax(code: ErrorCode, message: string): string {
  const hint = syntaxHints[code];
  return hint === undefined ? lowerFirst(message) : hint;
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
