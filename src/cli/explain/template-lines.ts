/** Lines of a template, from 1, both included. */
export interface TemplateLines {
  readonly from: number;
  readonly to: number;
}

/**
 * The lines of a template that write a field of the YAML it renders, by its keys and their indentation: one span for
 * each branch that writes it. If no line has the key, the lines of the nearest field above it.
 * @param path e.g. `['spec', 'apiserver']`
 */
export function linesOf(text: string, path: readonly string[]): readonly TemplateLines[] {
  for (let length = path.length; length > 0; length--) {
    const found = spans(text, path.slice(0, length));
    if (found.length > 0) return found;
  }
  return [];
}

interface Key {
  readonly line: number;
  readonly indent: number;
  readonly name: string;
}

function spans(text: string, path: readonly string[]): readonly TemplateLines[] {
  const lines = withoutActions(text).split('\n');
  const keys = lines.flatMap((line, index): Key[] => {
    const [, before = '', name] =
      /^(\s*(?:- +)*)(?:"([^"]+)"|'([^']+)'|([^\s"'#:{}[\]]+))\s*:(?:\s|$)/
        .exec(line)
        ?.filter((part) => part !== undefined) ?? [];
    return name === undefined ? [] : [{ line: index + 1, indent: before.length, name }];
  });
  const found: TemplateLines[] = [];
  const open: Key[] = [];
  for (const [index, key] of keys.entries()) {
    while ((open.at(-1)?.indent ?? -1) >= key.indent) open.pop();
    open.push(key);
    if (open.length !== path.length || !open.every(({ name }, depth) => name === path[depth])) continue;
    const next = keys.slice(index + 1).find(({ indent }) => indent <= key.indent);
    found.push({ from: key.line, to: lastLine(lines.slice(0, (next?.line ?? lines.length + 1) - 1)) });
  }
  return found;
}

/** Number of the last line with more than actions. */
function lastLine(lines: readonly string[]): number {
  return lines.findLastIndex((line) => line.trim() !== '') + 1;
}

/**
 * The text with blanks in place of its actions, which are not YAML. Further lines of an action still count as lines
 * with content.
 */
const withoutActions = (text: string): string =>
  text.replaceAll(/\{\{.*?\}\}/gs, (action) =>
    action
      .split('\n')
      .map((line, index) => line.replaceAll(/\S/g, index === 0 ? ' ' : '?'))
      .join('\n'),
  );
