/**
 * Cuts a text to at most `length` UTF-16 units. An ellipsis replaces what is left out. No character is cut in two, and
 * there is no space before the ellipsis.
 */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text
    .slice(0, length - 1)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()}…`;
}
