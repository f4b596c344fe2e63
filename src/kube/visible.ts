/*
 * Texts of objects may contain anything. In a terminal, an escape sequence can repaint what was printed before, a
 * carriage return can hide it, and direction marks can show a text in another order than it has
 * (https://trojansource.codes).
 */

/** C0 except tab and newline, DEL, C1, line and paragraph separators, direction marks, and characters without width. */
const invisible =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;

const escaped = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

/** The text, with invisible characters written as `\u001b`. Newlines and tabs stay. */
export const visible = (text: string): string => text.replaceAll(invisible, escaped);
