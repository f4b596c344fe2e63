import type { Document, Node } from 'yaml';
import { isCollection, isNode, visit } from 'yaml';

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
    const message = `not YAML: ${error.message.split('\n', 1)[0] ?? ''}`;
    return {
      offset,
      message: beginsWithAction(lineAt(text, offset)) ? `${message}; ${QUOTES_NEEDED}` : message,
    };
  }
  const key = collectionKey(document);
  if (key === undefined) return undefined;
  const offset = key.range?.[0] ?? 0;
  const template = beginsWithAction(lineAt(text, offset));
  return {
    offset,
    message: template ? QUOTES_NEEDED : 'a key that is a mapping or a list has no place in JSON',
  };
}

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
