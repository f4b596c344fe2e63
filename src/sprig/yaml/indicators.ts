import { Lexer } from 'yaml';

/*
 * Places where the "yaml" package, which knows YAML 1.2, and Go's yaml.v2 begin or end a key, a tag or an anchor at
 * different characters. Both accept such texts and find different keys in them: `{?exec: x}`, `{a: !t,exec: x}`,
 * `{exec: x, exec:}`.
 */

/** Markers without a text. The last one precedes a plain scalar, or the text of a block scalar. */
const MARKERS = new Set(['\x02', '\x18', '\x1f']);
const SCALAR = '\x1f';

const isBlank = (character: string | undefined): boolean => character === undefined || /\s/.test(character);

/**
 * Finds where the two parsers may read a text differently: an index after the place, on the same line or the next.
 * `undefined` if both read the text alike. The text has line feeds as its only breaks, and is valid to the package.
 */
export function foreignIndicator(text: string): number | undefined {
  let at = 0;
  let flows = 0;
  let isText = false;
  let followsPlain = false;
  for (const token of new Lexer().lex(text)) {
    if (MARKERS.has(token)) {
      isText = token === SCALAR;
      continue;
    }
    at += token.length;
    const isPlain = isText;
    isText = false;
    if (isPlain) {
      // For Go, a question mark in a flow collection ends the text before it and begins a key.
      if (flows > 0 && /^:|\?/.test(token)) return at;
    } else if (token === '{' || token === '[') flows++;
    else if (token === '}' || token === ']') flows--;
    // After text, a colon is a part of it unless a blank follows.
    else if (token === ':' && followsPlain && !isBlank(text[at])) return at;
    // For Go, a tag ends at the next blank, not at a comma or bracket.
    else if (token.startsWith('!') && !isBlank(text[at])) return at;
    else if (/^[&*]/.test(token) && !/^.[A-Za-z0-9_-]+$/.test(token)) return at;
    followsPlain = isPlain || (followsPlain && /^(?:\s|#|$)/.test(token));
  }
  return undefined;
}
