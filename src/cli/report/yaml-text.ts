import { Document, Scalar, visit } from 'yaml';
import { actsWhenPrinted, visible } from '../visible.ts';

/**
 * A value as YAML, of which nothing acts when it is printed: texts with what cannot be seen, or with a line that a runner would
 * take for a command, are in double quotes, with escape sequences.
 */
export function yamlText(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && actsWhenPrinted(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  const text = document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER });
  return visible(text).replaceAll('##[', '#\\x23[');
}
