/** Texts that are remembered. Then all are forgotten: what only one object has, its uid say, would fill the memory. */
const MAX_TEXTS = 1024;
/** Longer texts are rarely the same twice. */
const MAX_LENGTH = 256;

/**
 * Texts that many objects have in common: messages, times, names of kinds. Decoded JSON has each of them as often as it
 * occurs.
 */
export class SharedTexts {
  readonly #texts = new Map<string, string>();

  /** Replaces, in place, each text within a JSON value by the equal one that was seen before. */
  share(value: unknown): void {
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
    const fields = value as { [name: string]: unknown };
    for (const name of Object.keys(fields)) {
      const field = fields[name];
      if (typeof field === 'string') fields[name] = this.#shared(field);
      else this.share(field);
    }
  }

  #shared(text: string): string {
    if (text.length > MAX_LENGTH) return text;
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}
