import { parseDocument } from 'yaml';

/*
 * The line breaks of YAML 1.1 that YAML 1.2 and the "yaml" package do not know: a lone carriage return, next line, line
 * separator, paragraph separator. Go's yaml.v2 (scannerc.go) treats each as a break. It reads the first two as a line
 * feed. It keeps the separators, and never folds them to a space.
 */

/** A text with a line feed for each break, at the same offsets. */
export function withLineFeeds(text: string): string {
  return text.replace(/\r(?!\n)|[\u0085\u2028\u2029]/g, '\n');
}

/** Whether a scalar with this text may have a value that {@link withLineFeeds} changes. */
export function hasSeparators(text: string): boolean {
  return /[\u2028\u2029]/.test(text);
}

/**
 * The value of a scalar with line or paragraph separators.
 *
 * @param value its value with line feeds in their place
 * @param source its text, from its first quote or from the `|` or `>` of its header
 * @param type the style's name in the "yaml" package
 */
export function separatedValue(value: string, source: string, type: string | undefined): string {
  switch (type) {
    case 'BLOCK_LITERAL':
      return literal(value, source);
    case 'BLOCK_FOLDED':
      return folded(value, source);
    case 'QUOTE_DOUBLE':
      return doubleQuoted(source.slice(1, -1));
    case 'QUOTE_SINGLE':
      return foldRuns(source.slice(1, -1)).replaceAll("''", "'");
    default:
      return foldRuns(source);
  }
}

/** The value of a block scalar. The "yaml" package adds a break to its last line even if the text ends without one. */
export function withoutAddedBreak(value: string, source: string): string {
  return value.endsWith('\n') && !/[\r\n\u0085\u2028\u2029] *$/.test(source) ? value.slice(0, -1) : value;
}

const lineBreak = /\r\n|[\r\n\u0085\u2028\u2029]/g;

function breaksOf(text: string): string[] {
  return Array.from(text.matchAll(lineBreak), ([found]) => (hasSeparators(found) ? found : '\n'));
}

/** Runs of blanks and line breaks, as flow scalars fold them. */
function foldRuns(text: string): string {
  return text.replace(/[ \t\r\n\u0085\u2028\u2029]+/g, foldRun);
}

function foldRun(run: string): string {
  const [first, ...rest] = breaksOf(run);
  if (first === undefined) return run;
  if (first !== '\n') return first + rest.join('');
  return rest.length === 0 ? ' ' : rest.join('');
}

const escapedBreaks: Readonly<Record<string, string>> = { '\n': '\\n', '\u2028': '\\L', '\u2029': '\\P' };

function doubleQuoted(text: string): string {
  const parts =
    /\\(?:\r\n|[\r\n\u0085\u2028\u2029])[ \t\r\n\u0085\u2028\u2029]*|\\[^]|[ \t\r\n\u0085\u2028\u2029]+/g;
  const line = text.replace(parts, (part) => {
    if (!part.startsWith('\\')) return onOneLine(foldRun(part));
    const breaks = breaksOf(part);
    // An escaped break does not count as a break. The breaks after it do.
    return breaks.length === 0 ? part : onOneLine(breaks.slice(1).join(''));
  });
  const { contents } = parseDocument(`"${line}"`, { schema: 'failsafe', version: '1.1' });
  return String(contents);
}

function onOneLine(text: string): string {
  return text.replace(/[\n\u2028\u2029]/g, (found) => escapedBreaks[found] ?? found);
}

/** A literal scalar keeps its breaks in order. Chomping drops the last ones. */
function literal(value: string, source: string): string {
  const breaks = breaksOf(source);
  let next = 0;
  return value.replaceAll('\n', () => breaks[++next] ?? '\n');
}

/** Computes a folded scalar again, after yaml_parser_scan_block_scalar. */
function folded(value: string, source: string): string {
  if (/^[ \n]*$/.test(value)) return value;
  const [header = '', ...lines] = source.split(lineBreak);
  const breaks = breaksOf(source).slice(1);
  const indent = indentOf(lines) - indentOf(value.split('\n'));
  let text = '';
  let pending = '';
  let blanks = '';
  let afterBlank = true;
  lines.forEach((line, i) => {
    const content = line.slice(indent);
    if (content === '') {
      blanks += breaks[i] ?? '';
      return;
    }
    const isBlank = /^[ \t]/.test(content);
    const folds = pending === '\n' && !afterBlank && !isBlank;
    text += (folds ? (blanks === '' ? ' ' : '') : pending) + blanks + content;
    pending = breaks[i] ?? '';
    blanks = '';
    afterBlank = isBlank;
  });
  const chomping = /^>[0-9]?([-+]?)/.exec(header)?.[1];
  if (chomping === '-') return text;
  return chomping === '+' ? text + pending + blanks : text + pending;
}

/** The indentation of the first line with text. */
function indentOf(lines: readonly string[]): number {
  return lines.find((line) => /[^ ]/.test(line))?.search(/[^ ]/) ?? 0;
}
