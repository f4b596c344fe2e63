/**
 * One line of at most `length` characters. White space and control characters become single spaces. A text that is too
 * long has an ellipsis where it was cut: before its last clause (`; did you mean "lower"?`), which says what to do, or
 * else at its end. Code points are counted, so no character is cut in two.
 */
export function oneLine(text: string, length: number): string {
  const line = singleLine(affordable(text, length));
  const characters = Array.from(line);
  if (characters.length <= length) return line;
  const clause = line.lastIndexOf('; ');
  const last = clause < 0 ? [] : Array.from(line.slice(clause));
  const end = last.length < length / 2 ? last : [];
  const start = characters.slice(0, length - 1 - end.length).join('');
  return `${start.trimEnd()}…${end.join('')}`;
}

const singleLine = (text: string): string =>
  text
    .replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .toWellFormed();

/** A text far beyond the limit is cut first, to save work. */
const affordable = (text: string, length: number): string =>
  text.length <= length * 8 ? text : `${text.slice(0, length * 4)}${text.slice(-length * 4)}`;
