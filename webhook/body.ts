/** A request's body is not JSON, or is larger or deeper than allowed. `message` is for the sender. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
}

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Decodes JSON from UTF-8. The depth is counted before anything is built: code that walks the result may be recursive,
 * and a body of nothing but brackets would exhaust its stack.
 *
 * @throws BodyError
 */
export function decodeJson(body: Buffer, maxDepth: number): unknown {
  if (body.length === 0) throw new BodyError('the body is empty; send an AdmissionReview as JSON');
  if (depthExceeds(body, maxDepth)) {
    throw new BodyError(`the body nests objects and lists deeper than ${String(maxDepth)} levels`);
  }
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // The parser's message quotes the body, which may hold secrets.
    throw new BodyError('the body is not JSON');
  }
}

function depthExceeds(body: Buffer, maxDepth: number): boolean {
  let depth = 0;
  for (let index = 0; index < body.length; index++) {
    const byte = body[index];
    if (byte === QUOTE) index = endOfString(body, index + 1);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
    else if ((byte === OPEN_OBJECT || byte === OPEN_LIST) && ++depth > maxDepth) return true;
  }
  return false;
}

/** Index of the quote that ends the string; if there is none, of the end of the body. */
function endOfString(body: Buffer, start: number): number {
  for (let index = start; ;) {
    const quote = body.indexOf(QUOTE, index);
    if (quote < 0) return body.length;
    let escapes = 0;
    while (body[quote - 1 - escapes] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return quote;
    index = quote + 1;
  }
}
