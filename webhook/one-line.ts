/**
 * One line of at most `length` characters: white space and control characters become single spaces, and what is too
 * long ends in an ellipsis. Counts code points, so no character is cut in two.
 */
export function oneLine(text: string, length: number): string {
  // A text far beyond the limit is cut before it is looked at closely.
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
