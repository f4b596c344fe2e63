/** A rendering is not a YAML document. Positions count from 1 in the rendered text. Excerpts never contain a value. */
export class YamlShapeError extends Error {
  /** Line of the rendered text, if the fault has a position. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** That line, with `{{…}}` for each value. */
  readonly excerpt: string | undefined;
  constructor(
    message: string,
    place?: { readonly line: number; readonly column: number; readonly excerpt: string },
  ) {
    super(message);
    this.line = place?.line;
    this.column = place?.column;
    this.excerpt = place?.excerpt;
  }
}

/**
 * A prefix of letters that does not occur in the template's own text, so that no text can be taken for a placeholder.
 */
export function freePrefix(texts: readonly string[]): string {
  for (let attempt = 0; ; attempt++) {
    const prefix = `Interpolated${attempt === 0 ? '' : String(attempt)}Value`;
    if (!texts.some((text) => text.includes(prefix))) return prefix;
  }
}

/** `Interpolated…Value7_`: letters, digits and a closing underscore have no meaning for YAML in any kind of scalar. */
export const placeholder = (prefix: string, index: number) => `${prefix}${String(index)}_`;

/** The text with `{{…}}` for each placeholder. */
export const hideValues = (text: string, prefix: string) =>
  text.replace(new RegExp(`${prefix}\\d+_`, 'g'), '{{…}}');

/** Line and column of an offset in the text with placeholders, as a reader of that text would count them. */
export function placeOf(
  text: string,
  offset: number,
  prefix: string,
): { line: number; column: number; excerpt: string } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineEnd = text.indexOf('\n', offset);
  return {
    line: before.split('\n').length,
    column: hideValues(text.slice(lineStart, offset), prefix).length + 1,
    excerpt: hideValues(text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd), prefix),
  };
}
