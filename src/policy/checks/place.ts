import type { ReadPath, Template } from '../../template/index.ts';

/**
 * Where the field chain that a path is read by begins, e.g. at the first point of `.source.spec.name`: the engine's own
 * position is the one that Go reports, somewhere within.
 */
export function placeOfRead(
  { text }: Pick<Template, 'text'>,
  { line, column }: Pick<ReadPath, 'line' | 'column'>,
): { readonly line: number; readonly column: number; readonly excerpt: string } {
  const content = text.split('\n')[line - 1] ?? '';
  const characters = [...content];
  const before = characters.slice(0, column - 1).join('');
  const start = before.length - (/[\p{L}\p{Nd}_.$]*$/u.exec(before)?.[0].length ?? 0);
  const first = [...before.slice(0, start)].length;
  return { line, column: first + 1, excerpt: `${content}\n${' '.repeat(first)}^` };
}
