import type { Document, ErrorCode, Node, Pair } from 'yaml';
import { isAlias, isCollection, isMap, isNode, isScalar, isSeq, visit } from 'yaml';

/** What makes a text unfit for Kubernetes, and where. */
export interface YamlProblem {
  /** In UTF-16 units. */
  readonly offset: number;
  readonly message: string;
}

/**
 * The first problem of a document: text that is no YAML, or YAML that is no JSON, as the API server needs it
 * (`sigs.k8s.io/yaml`), since a key is a mapping or a list. Both are what becomes of a template without quotes.
 */
export function yamlProblem(document: Document, text: string): YamlProblem | undefined {
  const [error] = document.errors;
  if (error !== undefined) {
    const [offset] = error.pos;
    if (tabErrors.has(error.code) && /^ *\t/.test(lineAt(text, offset)))
      return { offset, message: 'not YAML: a tab indents the line; indent with spaces' };
    const message = `not YAML: ${error.message.split('\n', 1)[0] ?? ''}`;
    return {
      offset,
      message: beginsWithAction(lineAt(text, offset)) ? `${message}; ${QUOTES_NEEDED}` : message,
    };
  }
  const key = collectionKey(document);
  if (key === undefined) return aliasProblem(document) ?? mergeProblem(document);
  const offset = key.range?.[0] ?? 0;
  const template = beginsWithAction(lineAt(text, offset));
  return {
    offset,
    message: template ? QUOTES_NEEDED : 'a key that is a mapping or a list has no place in JSON',
  };
}

/** What the parser says of a line that a tab indents, within a block scalar and outside. */
const tabErrors: ReadonlySet<ErrorCode> = new Set(['TAB_AS_INDENT', 'BAD_INDENT', 'MISSING_CHAR']);

const QUOTES_NEEDED = 'a template that begins with {{ needs quotes around it';

/** Whether a value on a line, of a key or of a list, begins with a template's action and is in no quotes. */
const beginsWithAction = (line: string) => /(?:[:-]\s+|^\s*)\{\{/.test(line);

function lineAt(text: string, offset: number): string {
  const end = text.indexOf('\n', offset);
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1, end < 0 ? undefined : end);
}

function collectionKey(document: Document): Node | undefined {
  let found: Node | undefined;
  visit(document, {
    Pair(_key, { key }) {
      if (!isCollection(key) || !isNode(key)) return undefined;
      found = key;
      return visit.BREAK;
    },
  });
  return found;
}

/** An alias that leads nowhere, or to what it stands in (go-yaml v2 `decode.go`, `alias`). */
function aliasProblem(document: Document): YamlProblem | undefined {
  let found: YamlProblem | undefined;
  visit(document, {
    Alias(_key, alias, path) {
      const target = alias.resolve(document);
      if (target !== undefined && !path.some((node) => node === target)) return undefined;
      const why = target === undefined ? 'leads to no anchor' : 'stands in what it leads to';
      found = { offset: alias.range?.[0] ?? 0, message: `not YAML: the alias *${alias.source} ${why}` };
      return visit.BREAK;
    },
  });
  return found;
}

/** A merge key without a mapping, or a list of mappings (go-yaml v2 `decode.go`, `merge`). */
function mergeProblem(document: Document): YamlProblem | undefined {
  let found: YamlProblem | undefined;
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  const merges = (node: unknown): boolean => {
    const value = resolved(node);
    return isMap(value) || (isSeq(value) && value.items.every((item) => isMap(resolved(item))));
  };
  visit(document, {
    Pair(_key, pair) {
      if (!isMergeKey(pair) || merges(pair.value)) return undefined;
      const { key } = pair;
      const message = 'not YAML: the merge key << needs a mapping, or a list of mappings';
      found = { offset: isNode(key) ? (key.range?.[0] ?? 0) : 0, message };
      return visit.BREAK;
    },
  });
  return found;
}

/** A merge key is plain; in quotes `<<` is a key like others. */
const isMergeKey = ({ key }: Pair): boolean =>
  isScalar(key) &&
  (typeof key.value === 'symbol' ? key.value.description : key.source) === '<<' &&
  key.type === 'PLAIN';
