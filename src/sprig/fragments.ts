import type { CallContext } from '../template/function.ts';
import { Encoded } from '../template/value.ts';
import type { Fragment, Value } from '../template/value.ts';

/** Collects what an encoder writes: a plain string or, in a structural run, structure and values separately. */
export class EncodingSink {
  #text = '';
  #structure = '';
  readonly #fragments: Fragment[] = [];
  readonly #context: CallContext;

  constructor(context: CallContext) {
    this.#context = context;
  }

  /** Whether strings are kept separate from structure. */
  get structural(): boolean {
    return this.#context.structural;
  }

  /** Writes text that is structure, or that has only one meaning. */
  structure(text: string): void {
    this.#grow(text);
    if (this.structural) this.#structure += text;
  }

  /** Writes a string; `encoded` is its form in plain output. */
  string(value: string, encoded: string): void {
    this.#grow(encoded);
    if (!this.structural) return;
    this.#flush();
    this.#fragments.push({ kind: 'value', value, exact: true, encoded });
  }

  /** What was written. */
  result(): Value {
    if (!this.structural) return this.#text;
    this.#flush();
    return new Encoded(this.#text, this.#fragments);
  }

  #grow(text: string): void {
    this.#context.checkLength(this.#text.length + text.length);
    this.#text += text;
  }

  #flush(): void {
    if (this.#structure === '') return;
    this.#fragments.push({ kind: 'text', text: this.#structure });
    this.#structure = '';
  }
}

const safeKey = /^[A-Za-z0-9_][A-Za-z0-9_./-]*$/;

/** Whether a map's key is structure, because no context can give it another meaning. Other keys are values. */
export function isSafeKey(key: string): boolean {
  return safeKey.test(key);
}

/** Writes a map's key, as structure or as a value. */
export function writeKey(sink: EncodingSink, key: string, encoded: string): void {
  if (isSafeKey(key)) sink.structure(encoded);
  else sink.string(key, encoded);
}

/**
 * Applies `change` to a plain string, or to an encoding's structure and to the encoded forms of its values. The values
 * stay.
 */
export function changeEncoding(value: Value, change: (text: string) => string): Value {
  if (!(value instanceof Encoded)) return change(value as string);
  const fragments = value.fragments.map((fragment): Fragment => {
    if (fragment.kind === 'text') return { kind: 'text', text: change(fragment.text) };
    return fragment.encoded === undefined ? fragment : { ...fragment, encoded: change(fragment.encoded) };
  });
  return new Encoded(change(value.text), fragments);
}

/** Puts `before` in front of a plain string or an encoding. */
export function prependStructure(before: string, value: Value): Value {
  if (!(value instanceof Encoded)) return before + (value as string);
  return new Encoded(before + value.text, [{ kind: 'text', text: before }, ...value.fragments]);
}

/** The part of an encoding from `start` to `end` of its text; `undefined` if a cut would go through a value. */
export function sliceEncoding(value: Encoded, start: number, end: number): Encoded | undefined {
  const fragments: Fragment[] = [];
  let at = 0;
  for (const fragment of value.fragments) {
    const text = fragment.kind === 'text' ? fragment.text : (fragment.encoded ?? fragment.value);
    const from = Math.max(start - at, 0);
    const to = Math.min(end - at, text.length);
    at += text.length;
    if (to <= from) continue;
    if (fragment.kind === 'text') fragments.push({ kind: 'text', text: text.slice(from, to) });
    else if (from === 0 && to === text.length) fragments.push(fragment);
    else return undefined;
  }
  return new Encoded(value.text.slice(start, end), fragments);
}

/** The plain text of a string, encoded or not. */
export function plainText(value: Value): string {
  return value instanceof Encoded ? value.text : (value as string);
}
