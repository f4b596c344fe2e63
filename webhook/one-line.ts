/**
 * One line of at most `length` characters. White space and control characters become single spaces, and a text that is
 * too long ends in an ellipsis. Code points are counted, so no character is cut in two.
 */
export function oneLine(text: string, length: number): string {
  // A text far beyond the limit is cut first, to save work.
  const line = text
    .slice(0, length * 8)
    .replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .toWellFormed();
  const characters = Array.from(line);
  return characters.length <= length
    ? line
    : `${characters
        .slice(0, length - 1)
        .join('')
        .trimEnd()}…`;
}
