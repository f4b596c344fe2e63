/*
 * Finds one string in another in time linear in both, for any strings. V8's own search is faster for usual texts, but
 * takes the product of the lengths for "aaab" in "aaaaaa".
 */

/** Up to this length, the product is close enough to linear. */
const SHORT_LENGTH = 8;

/**
 * How many characters, per character of the two strings, may be compared without success before the safe search takes
 * over.
 */
const PATIENCE = 4;

/** Where `part` first occurs in `text` at or after `from`; -1 if it does not. */
export function indexOf(text: string, part: string, from = 0): number {
  if (part.length <= SHORT_LENGTH) return text.indexOf(part, from);
  const head = part.slice(0, SHORT_LENGTH);
  let left = PATIENCE * (text.length - from + part.length);
  for (let at = text.indexOf(head, from); at >= 0; at = text.indexOf(head, at + 1)) {
    if (isPlausible(text, part, at) && text.slice(at, at + part.length) === part) return at;
    left -= part.length;
    if (left < 0) return indexByBorders(text, part, at + 1);
  }
  return -1;
}

/**
 * Whether `part` may be at `at`, judged by some of its characters. Texts that begin alike usually differ later.
 * Comparing a slice is many times as fast as `startsWith`, which compares unit by unit, but takes this length to pay.
 */
function isPlausible(text: string, part: string, at: number): boolean {
  const last = part.length - 1;
  const middle = last >> 1;
  return (
    text.charCodeAt(at + middle) === part.charCodeAt(middle) &&
    text.charCodeAt(at + middle + 1) === part.charCodeAt(middle + 1) &&
    text.charCodeAt(at + last) === part.charCodeAt(last)
  );
}

/** Every place where `part`, which is not empty, occurs in `text`. No two places overlap. */
export function* occurrences(text: string, part: string): Generator<number, void> {
  for (let at = indexOf(text, part); at >= 0; at = indexOf(text, part, at + part.length)) yield at;
}

/** The search of Knuth, Morris and Pratt. */
function indexByBorders(text: string, part: string, from: number): number {
  const borders = bordersOf(part);
  let matched = 0;
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    while (matched > 0 && part.charCodeAt(matched) !== unit) matched = borders[matched - 1] ?? 0;
    if (part.charCodeAt(matched) === unit) matched++;
    if (matched === part.length) return at - matched + 1;
  }
  return -1;
}

/** For each beginning of `part`, the length of the longest shorter beginning with which it ends. */
function bordersOf(part: string): Int32Array {
  const borders = new Int32Array(part.length);
  let length = 0;
  for (let at = 1; at < part.length; at++) {
    const unit = part.charCodeAt(at);
    while (length > 0 && part.charCodeAt(length) !== unit) length = borders[length - 1] ?? 0;
    if (part.charCodeAt(length) === unit) length++;
    borders[at] = length;
  }
  return borders;
}
